# The C of the documents compiles. A fragment is put into a function that has the names it speaks of; gcc takes functions inside
# functions, which some fragments are.
set -eu
command -v gcc >/dev/null || { echo "no gcc"; exit 77; }
root=$(cd "$CORNU_TESTS_DIR/.." && pwd -P)
folder=$(mktemp -d "$PWD/docs-c-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
count=0
printf '#define DIGITS_INPUT_SIZE 784\n#define DIGITS_OUTPUT_SIZE 10\nvoid digits_predict(const float *x, float *y);\n' >digits.h
printf '#include <math.h>\ntypedef struct houses_row { float area, rooms; const char *colour; } houses_row;\nvoid houses_predict_row(const houses_row *row, float *y);\n' >houses.h
for path in "$root"/README.md "$root"/docs/*.md; do
    rm -f block-*
    awk '/^ *```c$/ { on = 1; file = "block-" ++n ".c"; printf "" >file; next } /^ *```/ { on = 0 } on { print >file }' "$path"
    for block in block-*.c; do
        [ -e "$block" ] || continue
        if grep -q 'int main(' "$block"; then
            cp "$block" whole.c
        else
            {
                echo '#include <cornu/cornu.h>'
                echo '#include <stdio.h>'
                echo 'cn_model *m, *model; cn_array x, y, test_x, test_y, x_test, y_test, labels, labels_test; cn_history *h;'
                echo 'void fragment(void); void fragment(void) {'
                sed 's/^static //; /^ *… *$/d' "$block"
                echo '}'
            } >whole.c
        fi
        gcc -std=gnu17 -Wall -Werror -Wno-unused-variable -Wno-unused-result -Wno-unused-but-set-variable -Wno-unused-function \
            -I "$root/include" -I . -fsyntax-only whole.c 2>log || { cat log "$block"; fail "$(basename "$path")"; }
        count=$((count + 1))
    done
done
[ "$count" -ge 12 ] || fail "only $count blocks of C were found"
echo "$count blocks"
