# What the system refuses is said, and nothing that lacks a part is written: memory, reads, threads and standard output
# fail in turn (failures.c, loaded before the program). Libraries that end the program where they get no memory do so in child
# processes; in a second attempt the same allocation fails again.
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

# broken KIND FIRST STEP LAST FILE COMMAND…: the failures reach into the child process, and some end it.
broken() {
    kind=$1 number=$2 step=$3 last=$4 file=$5 ended=0
    shift 5
    rm -f "$file"
    "$CORNU_PROGRAM" "$@" >/dev/null
    cp "$file" expected
    while [ "$number" -le "$last" ]; do
        rm -f "$file"
        status=0
        failing "$kind" "$number" "$@" >out 2>message || status=$?
        [ "$status" -lt 128 ] || fail "$kind $number: the program broke down: $*"
        ! grep -q 'ended by signal' message || ended=$((ended + 1))
        if [ "$status" = 0 ]; then cmp -s "$file" expected || fail "$kind $number: exit code 0 and another $file: $*"
        else [ -s message ] && [ ! -e "$file" ] || fail "$kind $number: no message, or a file in spite of it: $*"; fi
        number=$((number + step))
    done
    [ "$ended" -gt 0 ] || fail "no child process was ended: $*"
}
broken malloc 1 61 6000 net.keras convert net.npz net.keras

# Nothing that was trained is lost where a library cannot draw.
printf '```cornu\ndataset x=x.npy y=y.npy test_split=0.25\nmodel a\n  dense 2 relu\n  dense 1\ncompile a loss=mse\nfit a epochs=1\nplot history a\n```\n' >lab.md
numbers() {
    printf '\223NUMPY\001\000\166\000'
    printf "%-117s\n" "{'descr': '|u1', 'fortran_order': False, 'shape': (16, $1), }"
    awk -v n=$((16 * $1)) 'BEGIN { for (i = 0; i < n; i++) printf "%c", 65 + i * 7 % 26 }'
}
numbers 3 >x.npy
numbers 1 >y.npy
lab() { lab_out=$1; shift; "$@" lab run lab.md --out "$lab_out" --no-cache --no-times --jobs 1 --threads 1 --quiet; }
lab right "$CORNU_PROGRAM" || fail "the lab itself"
ended=0
draws() { # with this allocation failing
    number=$1
    rm -rf lab-out
    status=0
    lab lab-out failing malloc "$number" 2>message || status=$?
    [ "$status" -lt 128 ] || fail "malloc $number: the lab broke down"
    [ "$status" = 0 ] || [ -s message ] || fail "malloc $number: no message of the lab"
    ! grep -q 'ended by signal' message || ended=$((ended + 1))
    for file in models/a.keras results.json results.csv; do
        cmp -s "lab-out/$file" "right/$file" || fail "malloc $number: $file is lost with the drawing: $(cat message)"
    done
    for file in index.html report.pdf lab.ipynb; do
        [ ! -e "lab-out/$file" ] || cmp -s "lab-out/$file" "right/$file" || fail "malloc $number: $file is wrong"
    done
    [ -z "$(find lab-out -name '.cornu-*')" ] || fail "malloc $number: a temporary file stays"
}
for at in 9000 12000 17000 26000 33000 41000 56000 72000; do draws $at; done
# Which allocation belongs to a library that ends the program differs from machine to machine.
at=20011
while [ "$ended" = 0 ] && [ $at -lt 90000 ]; do draws $at; at=$((at + 997)); done
[ "$ended" -gt 0 ] || fail "no library was ended while it drew"

# Heads of columns are texts of their own.
printf 'a,b,c\n1,2,x\n3,4,y\n5,1,z\n2,2,x\n4,4,y\n6,1,z\n1,3,x\n3,5,y\n' >t.csv
"$CORNU_PROGRAM" train --data t.csv --target c --verbose 0 --layers 'dense 3 softmax' --epochs 1 --save t.keras >/dev/null
each malloc 1 answers.csv predict --model t.keras --data t.csv --out answers.csv
"$CORNU_PROGRAM" summary t.keras --json=expected >/dev/null
for number in $(seq 1 7 490); do
    failing malloc "$number" summary t.keras --json=facts.json >/dev/null 2>&1 || continue # it is written before the rest is printed
    cmp -s facts.json expected || fail "malloc $number: the summary as JSON is wrong with exit code 0"
done

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
