# No name is two types: each struct, enum and union of the headers is declared once.
set -eu
root=$(dirname "$CORNU_TESTS_DIR")
twice() { # FOLDER
    find "$1" -name '*.h' -exec grep -hoE '^typedef (struct|enum|union) cn_[a-z0-9_]+ \{' {} + | awk '{ print $3 }' | sort | uniq -d
}
found=$(twice "$root/src")
[ -z "$found" ] || { echo "FAILED: declared in two headers:" $found; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'typedef struct cn__thing {\n    int a;\n} cn__thing;\n' | tee "$work/one.h" | sed 's/struct/enum/' >"$work/other.h"
[ "$(twice "$work")" = cn__thing ] || { echo "FAILED: two types of one name were not found"; exit 1; }
