# Every program of examples/ does what its first lines say. Those that read MNIST are skipped where it is not at hand.
set -eu
build=$(dirname "$CORNU_PROGRAM")
root=$(cd "$CORNU_TESTS_DIR/.." && pwd -P)
[ -x "$build/examples/xor" ] || { echo "the examples were not built"; exit 77; }
folder=$(mktemp -d "$PWD/examples-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; cat out 2>/dev/null || true; exit 1; }
# example NAME PATTERN ARGUMENTS…: it ends well and prints the pattern
example() {
    name=$1 pattern=$2
    shift 2
    "$build/examples/$name" "$@" >out 2>&1 || fail "$name ended with $?"
    grep -qE "$pattern" out || fail "$name does not print: $pattern"
    tested="$tested $name"
}
tested=''

example xor '1 xor 0 = (0\.9|1\.0)'
example callback 'mae'
example loop 'epoch 100  loss 0\.00'
example threads "did you mean 'adam'"
grep -q '^b: loss 0.0' out || fail "threads trains two models"
example iris 'accuracy on 30 flowers .*: (0\.9|1\.0)' "$root/examples/iris.csv"
"$CORNU_PROGRAM" predict iris.keras --data "$root/examples/iris.csv" | grep -q '^2,setosa,0.9' || fail "cornu predict with the iris example's file"
example regression 'energy_kwh is off by [0-6]\.' "$root/labs/heating.csv" energy_kwh
example microcontroller 'bytes of weights'
"${CC:-cc}" -std=c99 -Wall -Wextra -Werror -c sine.c || fail "sine.c does not compile"

printf '5.1 3.5 1.4 0.2\n1 2\n' >requests
"$CORNU_PROGRAM" convert iris.keras iris.npz >/dev/null
"$build/examples/server" iris.npz <requests >out || fail "server"
[ "$(sed -n 1p out | wc -w)" = 3 ] && grep -q '^error: 2 numbers, expected 4$' out || fail "server"
tested="$tested server"

if [ -d "${CORNU_DATA:-/nowhere}/mnist" ]; then
    example mnist 'test accuracy: 0.9[789]'
    example images 'accuracy on the test images: 0.9' mnist 8000
    "$CORNU_PROGRAM" train --data mnist --layers "input 784; dense 128 relu; dense 10 softmax" --verbose 0 --save digits.keras
    example transfer 'odd or even: 0.9' digits.keras
else
    echo "no MNIST in CORNU_DATA: not run: mnist images transfer"
    tested="$tested mnist images transfer"
fi

for source in "$root"/examples/*.c; do
    name=$(basename "$source" .c)
    case " $tested " in *" $name "*) ;; *) fail "examples/$name.c is run by no line of this test" ;; esac
    lines=$(wc -l <"$source")
    [ "$lines" -le 80 ] || fail "examples/$name.c has $lines lines, which is no screen"
done
