#!/bin/sh
# Circles between the files of a folder tree. A file is X.c with its X.h. Prints each circle, fails where there is one.
#
#   .ci/circles.sh [FOLDER]        of includes: one file includes another directly or through headers that have no .c of their own
#                                  (what such a header includes are types)
#   .ci/circles.sh --calls BUILD   of calls: the object of one names a function or a table of the other. Here a call from a room to
#                                  one below it is a mistake as well, as an include is.
#
# Templates of kernels/simd, and losses, are one source in many objects and are left out.
set -eu

# Recursion that follows the data: a model's layers may be models, and reading, freeing, calling and naming them goes as deep as they
# do.
allowed='model/build model/graph model/layers model/model model/nested formats/keras/json_graph formats/keras/json_read'
rooms='base kernels cluster nn model train data formats sweep figure report lab cli'

includes() { # FOLDER: lines "file uses"
    (cd "$1" && find . -name '*.[ch]' ! -path '*/simd/*' -exec grep -H '^#include "' {} + | sed 's|^\./||' | sort) |
        awk -F'"' '
function follow(unit, header,   i, parts, n, to) {
    n = split(includes[header], parts, " ")
    for (i = 1; i <= n; i++) {
        to = parts[i]
        if (seen[unit, to]++) continue
        sub(/\.h$/, "", to)
        if (to == unit) continue
        if (has_source[to]) print unit, to
        else follow(unit, parts[i])
    }
}
{
    file = $1; sub(/:#include $/, "", file)
    includes[file] = includes[file] " " $2
    if (file ~ /\.c$/) { sub(/\.c$/, "", file); has_source[file] = 1 }
}
END { for (unit in has_source) { follow(unit, unit ".c"); follow(unit, unit ".h") } }'
}

calls() { # BUILD: the same, and what is named
    find "$1"/CMakeFiles/*.dir/src -name '*.c.o' ! -path '*/simd/*' ! -path '*/losses/*' -exec nm -A -P {} + |
        sed 's|^.*\.dir/src/||; s|\.c\.o: | |' |
        awk '
$3 == "U" { wants[++n] = $1 " " $2; next }
$3 ~ /^[TDBRVWC]$/ { home[$2] = $1 }
END {
    for (i = 1; i <= n; i++) {
        split(wants[i], w, " ")
        if (w[2] in home && home[w[2]] != w[1] && !seen[w[1], home[w[2]]]++) print w[1], home[w[2]], w[2]
    }
}'
}

circles() { # of lines "file uses"
    awk -v allowed="$allowed" '
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
{ uses[$1] = uses[$1] " " $2; units[$1] = 1 }
END {
    for (unit in units) if (!number[unit]) visit(unit)
    exit circles
}'
}

wrong_way() { # of lines "file uses name": calls to a room further down
    awk -v rooms="$rooms" '
BEGIN { n = split(rooms, list, " "); for (i = 1; i <= n; i++) place[list[i]] = i }
{
    split($1, from, "/"); split($2, to, "/")
    if (place[from[1]] < place[to[1]]) { print "wrong way: " $1 " uses " $2 " (" $3 ")"; wrong = 1 }
}
END { exit wrong }'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
if [ "${1:-}" = --calls ]; then
    calls "$2" >"$work/uses"
    [ -s "$work/uses" ] || { echo "circles.sh: no objects in $2" >&2; exit 2; }
    wrong_way <"$work/uses" || status=1
else
    includes "${1:-src}" >"$work/uses"
fi
circles <"$work/uses" || status=1
exit "$status"
