# What the system refuses is said, and nothing that lacks a part is written: memory, reads, threads and standard output
# fail in turn (failures.c, loaded before the program). libhdf5 breaks down on its own where it gets no memory; files that
# it writes are left out of the first part.
set -eu
cc=${CC:-cc}
command -v "$cc" >/dev/null || { echo "no C compiler"; exit 77; }
[ "$(uname)" = Linux ] || { echo "LD_PRELOAD is tried on Linux"; exit 77; }
[ -z "${CORNU_EMULATOR:-}" ] || { echo "an emulator"; exit 77; }
cache=$(dirname "$CORNU_PROGRAM")/CMakeCache.txt
grep -q '^CORNU_SANITIZE:[A-Z]*=$' "$cache" || { echo "a sanitizer has its own allocator"; exit 77; }
folder=$(mktemp -d "$PWD/failures-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$cc" -O1 -shared -fPIC -w -o failures.so "$CORNU_TESTS_DIR/cli/failures.c" -ldl || { echo "cannot build failures.so"; exit 77; }
wrong=0
fail() { echo "FAILED: $*"; wrong=1; }

printf 'input 6\ndense 4 relu kernel_regularizer=l2(0.01)\nbatch_normalization\ndense 2 softmax\n' >net.txt
"$CORNU_PROGRAM" convert net.txt net.npz >/dev/null
"$CORNU_PROGRAM" convert net.txt net.h5 >/dev/null

LD_PRELOAD=./failures.so FAIL_KIND=malloc "$CORNU_PROGRAM" --version >/dev/null 2>&1 ||
    { echo "another C library, whose malloc is not replaced so"; exit 77; }

# failing KIND NUMBER COMMAND…: the program with one failure.
failing() {
    kind=$1 number=$2
    shift 2
    LD_PRELOAD=./failures.so FAIL_KIND=$kind FAIL_AT=$number "$CORNU_PROGRAM" "$@"
}
# each KIND STEP FILE COMMAND…: FILE must be what it is without failures, or the exit code not 0.
each() {
    kind=$1 step=$2 file=$3 number=1 bad=0
    shift 3
    rm -f "$file" count
    FAIL_COUNT=count failing "$kind" 0 "$@" >expected.out || fail "$*"
    [ "$file" = out ] || cp "$file" expected
    total=$(cat count)
    [ "$total" -gt 0 ] || fail "$kind never happens: $*"
    while [ "$number" -le "$total" ]; do
        [ "$file" = out ] || rm -f "$file"
        status=0
        failing "$kind" "$number" "$@" >out 2>message || status=$?
        [ "$status" -lt 128 ] || fail "$kind $number: the program broke down: $*"
        if [ "$status" = 0 ]; then
            cmp -s out expected.out && { [ "$file" = out ] || cmp -s "$file" expected; } || bad=$((bad + 1))
        else
            [ -s message ] || fail "$kind $number: no message: $*"
            [ "$file" = out ] || [ ! -e "$file" ] || fail "$kind $number: a file in spite of the failure: $*"
        fi
        number=$((number + step))
    done
    [ "$bad" = 0 ] || fail "$bad of $total failures of $kind give exit code 0 and something else than without: $*"
}

each malloc 29 page.html export --model net.npz --html page.html
each malloc 29 out summary net.npz
each malloc 29 net.json summary net.npz --keras-json net.json
each malloc 29 net.c export --model net.npz --c net.c
each malloc 29 net.onnx convert net.npz net.onnx

# Heads of columns are texts of their own.
printf 'a,b,c\n1,2,x\n3,4,y\n5,1,z\n2,2,x\n4,4,y\n6,1,z\n1,3,x\n3,5,y\n' >t.csv
"$CORNU_PROGRAM" train --data t.csv --target c --verbose 0 --layers 'dense 3 softmax' --epochs 1 --save t.keras >/dev/null
each malloc 1 answers.csv predict --model t.keras --data t.csv --out answers.csv

each read 37 again.npz convert net.h5 again.npz
each read 37 out summary net.h5

# Fewer threads give the same bits.
printf '\223NUMPY\001\000\166\000' >x.npy
printf "%-117s\n" "{'descr': '|u1', 'fortran_order': False, 'shape': (64, 6), }" >>x.npy
awk 'BEGIN { for (i = 0; i < 384; i++) printf "%c", 65 + i * 7 % 26 }' >>x.npy
for number in 1 2 3; do
    rm -f y.npy
    failing thread "$number" predict --model net.npz --x x.npy --out y.npy >/dev/null || fail "no thread $number: $?"
    [ "$number" = 1 ] && cp y.npy first.npy
    cmp -s y.npy first.npy || fail "other bits without thread $number"
done

for words in --help --version help "help train" "train --help" "summary net.npz"; do
    ! "$CORNU_PROGRAM" $words >/dev/full 2>message || fail "/dev/full is not noticed: $words"
    grep -q 'cannot write to the standard output' message || fail "$words: $(cat message)"
done
exit $wrong
