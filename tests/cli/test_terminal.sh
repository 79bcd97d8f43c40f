# The terminal: colours, NO_COLOR, TERM=dumb, a progress bar on terminals of several widths (terminal.c draws them).
set -eu
cc=${CC:-cc}
command -v "$cc" >/dev/null || { echo "no C compiler"; exit 77; }
[ -z "${CORNU_EMULATOR:-}" ] || { echo "an emulator"; exit 77; }
folder=$(mktemp -d "$PWD/terminal-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$cc" -std=c17 -D_GNU_SOURCE -O1 -w -o terminal "$CORNU_TESTS_DIR/cli/terminal.c" || { echo "cannot build terminal.c"; exit 77; }
fail() { echo "FAILED: $*"; exit 1; }
unset NO_COLOR COLUMNS
TERM=xterm-256color
export TERM

awk 'BEGIN { srand(1); print "a,b,c"; for (i = 0; i < 30000; i++) { x = rand(); y = rand(); print x "," y "," (x > y ? "yes" : "no") } }' >t.csv
train() {
    ./terminal "$1" "$CORNU_PROGRAM" train --data t.csv --target c --layers 'dense 64 relu; dense 64 relu; dense 2 softmax' \
        --metrics accuracy,precision,recall --epochs 1 --batch-size 4 --validation-split 0.1 >out || { cat out; fail "at $1 columns"; }
}

for width in 20 40 80 200; do
    train $width
    redrawn=$(sed -n 's/^redrawn //p' out)
    [ "$redrawn" -ge 1 ] || { cat out; fail "nothing was drawn at $width columns"; }
    grep -q 'val_recall: 0' out || { cat out; fail "the last value is not shown at $width columns"; }
done
grep -q "$(printf '\033\\[32m')" out || fail "no colour on a terminal"

# several trainings of a lab in one line, and the trials of a sweep
cat >lab.md <<'END'
```cornu
dataset t.csv target=c test_split=0.1
model a_model_of_some_length
  dense 8 relu
  dense 2 softmax
model another_model like=a_model_of_some_length
compile a_model_of_some_length, another_model loss=sparse_categorical_crossentropy
fit a_model_of_some_length, another_model epochs=3 batch_size=16
```
END
cat >sweep.md <<'END'
```cornu
dataset t.csv target=c test_split=0.1
model m
  dense 8 relu
  dense 2 softmax
compile m loss=sparse_categorical_crossentropy
sweep m over units=[4, 8, 16] trials=6 epochs=1 batch_size=64 validation_split=0.1
```
END
for width in 20 40 80; do
    ./terminal $width "$CORNU_PROGRAM" lab run lab.md --no-cache --out lab --format html >out || { cat out; fail "a lab at $width columns"; }
    [ "$(sed -n 's/^redrawn //p' out)" -ge 2 ] || { cat out; fail "no fits were shown at $width columns"; }
    ./terminal $width "$CORNU_PROGRAM" sweep sweep.md --store none >out || { cat out; fail "a sweep at $width columns"; }
    [ "$(sed -n 's/^redrawn //p' out)" -ge 2 ] || { cat out; fail "no trials were shown at $width columns"; }
done
TERM=dumb ./terminal 80 "$CORNU_PROGRAM" lab run lab.md --no-cache --out lab --format html >out
! grep -q "$(printf '\033')" out || fail "a lab sends control characters to TERM=dumb"

NO_COLOR=1 train 80
! grep -q "$(printf '\033\\[3')" out || fail "NO_COLOR has colours"
[ "$(sed -n 's/^redrawn //p' out)" -ge 1 ] || fail "NO_COLOR has no bar"
TERM=dumb train 80
! grep -q "$(printf '\033')" out || fail "TERM=dumb gets control characters"
grep -q '^redrawn 0' out || fail "TERM=dumb gets a bar"

# --color, before and after the command, on what is no terminal
"$CORNU_PROGRAM" --color=always train --help | grep -q "$(printf '\033\\[1m')" || fail "--color=always before the command"
"$CORNU_PROGRAM" train --color=always --help >always
"$CORNU_PROGRAM" train --help >plain
! grep -q "$(printf '\033')" plain || fail "help has colours in a pipe"
"$CORNU_PROGRAM" train --color always --epochs x 2>err || true
grep -q "$(printf '\033')" err && fail "a wrong command line has no colours that were asked for before it"
status=0
"$CORNU_PROGRAM" --color=sometimes train 2>err || status=$?
[ "$status" = 2 ] && grep -q 'auto, always, never' err || { cat err; fail "--color=sometimes"; }

# help fits the terminal
for width in 40 80 200; do
    for command in train predict lab doctor; do
        COLUMNS=$width "$CORNU_PROGRAM" $command --help | sed '/^Example/,$d' | LC_ALL=C tr -d '\200-\277' |
            awk -v w=$width -v c=$command '
            length($0) > w && NF > 1 && !/^ *--?[a-z]/ && !/^Data: / && !/^[A-Z]/ { print c " at " w ": " $0; bad = 1 } END { exit bad }' ||
            fail "help wider than the terminal"
    done
done

# so does a summary, a line of layers and a graph, with every number whole
for width in 40 60 80 200; do
    for layers in "input 784; dense 512 relu; dropout 0.3; dense 10" "input 4 name=a; dense 3 from=a name=b; add from=[b, b] name=c"; do
        COLUMNS=$width "$CORNU_PROGRAM" summary --layers "$layers" >out
        LC_ALL=C tr -d '\200-\277' <out | LC_ALL=C awk -v w=$width 'length($0) > w { bad = 1 } END { exit bad }' ||
            { cat out; fail "a summary wider than $width columns"; }
    done
    COLUMNS=$width "$CORNU_PROGRAM" summary --layers "input 784; dense 512" | grep -q ' 401,920 ' || fail "a number is cut at $width columns"
done
