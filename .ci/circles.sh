#!/bin/sh
# Circles of includes between the files of a folder tree: .ci/circles.sh [FOLDER]. A file is X.c with its X.h; one includes another
# directly or through headers that have no .c of their own (what such a header includes are types). Prints each circle, fails where
# there is one. Templates of kernels/simd are one source in many parts and are left out.
cd "${1:-src}" || exit 2

# A model's layers may be models, and freeing, calling and naming them goes as deep as they do.
allowed='model/graph model/model model/nested'

find . -name '*.[ch]' ! -path '*/simd/*' -exec grep -H '^#include "' {} + | sed 's|^\./||' | sort |
    awk -F'"' -v allowed="$allowed" '
function follow(unit, header,   i, parts, n, to) {
    n = split(includes[header], parts, " ")
    for (i = 1; i <= n; i++) {
        to = parts[i]
        if (seen[unit, to]++) continue
        sub(/\.h$/, "", to)
        if (to == unit) continue
        if (has_source[to]) uses[unit] = uses[unit] " " to
        else follow(unit, parts[i])
    }
}
function visit(unit,   i, parts, n) { # Tarjan: numbers as they are met, and the least that is reached on the stack
    number[unit] = least[unit] = ++met
    stack[++depth] = unit; on_stack[unit] = 1
    n = split(uses[unit], parts, " ")
    for (i = 1; i <= n; i++) {
        if (!number[parts[i]]) visit(parts[i])
        if (on_stack[parts[i]] && least[parts[i]] < least[unit]) least[unit] = least[parts[i]]
    }
    if (least[unit] == number[unit]) leave(unit)
}
function leave(unit,   count, member, free, names) {
    do {
        member = stack[depth--]
        on_stack[member] = 0
        names = names " " member
        count++
        if (index(" " allowed " ", " " member " ") == 0) free = 1
    } while (member != unit)
    if (count > 1 && free) { print "circle:" names; circles = 1 }
}
{
    file = $1; sub(/:#include $/, "", file)
    includes[file] = includes[file] " " $2
    if (file ~ /\.c$/) { sub(/\.c$/, "", file); has_source[file] = 1 }
}
END {
    for (unit in has_source) { follow(unit, unit ".c"); follow(unit, unit ".h") }
    for (unit in has_source) if (!number[unit]) visit(unit)
    exit circles
}'
