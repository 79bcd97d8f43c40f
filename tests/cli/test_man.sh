# Manual pages: one for every command, with every option of its help, one for every header and its functions, and in the
# language of man.
set -eu
folder=$(mktemp -d "$PWD/man-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
"$CORNU_PROGRAM" --help | sed -n '/^Commands/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' >commands
[ "$(wc -l <commands)" -ge 12 ] || fail "no commands in cornu --help"
pages=$(dirname "$CORNU_PROGRAM")/pages/man
"$CORNU_PROGRAM" help --man >cornu.1
while read -r command; do
    "$CORNU_PROGRAM" help --man "$command" >"cornu-$command.1"
    grep -q "^\.BR cornu.-$command (1)" cornu.1 || fail "cornu(1) does not name cornu-$command(1)"
    [ ! -e "$pages/cornu.1" ] || [ -e "$pages/cornu-$command.1" ] || fail "cmake/cornu-pages.cmake lacks $command"
    grep -q '^\.SH EXAMPLES' "cornu-$command.1" || fail "cornu-$command(1) has no example"
    "$CORNU_PROGRAM" "$command" --help | sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p' | while read -r option; do
        sed 's/\\-/-/g' "cornu-$command.1" | grep -qF -e "--$option\\fR" || fail "cornu-$command(1) lacks --$option"
    done
done <commands
# of the headers, with a link for each function and macro
root=$(cd "$CORNU_TESTS_DIR/.." && pwd -P)
sh "$root/cmake/header-man.sh" man3 "$root/include"
for header in "$root"/include/cornu/*.h; do
    name=cornu-$(basename "$header" .h)
    [ "$name" != cornu-cornu ] || name=cornu.h
    page=$(ls "man3/$name.3"*) || fail "no page of $header"
    case $page in *.gz) gzip -dc "$page" ;; *) cat "$page" ;; esac >"$name.3"
    grep -q "^\.B #include <cornu/$(basename "$header")>" "$name.3" || fail "$name(3) does not say what to include"
done
for function in cn_model_fit cn_dense cn_model_new cn_array_free; do
    [ -h "$(ls "man3/$function.3"*)" ] || fail "man $function finds nothing"
done
grep -oh '^CN_API [^(]*\(cn_[a-z0-9_]*\)(' "$root"/include/cornu/*.h | sed 's/.*\(cn_[a-z0-9_]*\)($/\1/' | sort -u >functions
while read -r function; do ls "man3/$function.3"* >/dev/null 2>&1 || fail "$function has no manual page"; done <functions
for page in *.1 *.3; do
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "$page" | grep -v 'missing date' >lint || true # the version says how old a page is
        [ ! -s lint ] || { cat lint; fail "mandoc on $page"; }
    fi
    if command -v groff >/dev/null; then
        groff -K utf8 -man -Tutf8 -ww -z "$page" 2>lint || true
        [ ! -s lint ] || { cat lint; fail "groff on $page"; }
    fi
done
command -v mandoc >/dev/null || command -v groff >/dev/null || { echo "neither mandoc nor groff: the pages are not read"; exit 77; }
if command -v man >/dev/null && man -l cornu-train.1 >shown 2>/dev/null; then
    grep -q -e '--validation-split' shown || fail "man -l shows no options"
fi
