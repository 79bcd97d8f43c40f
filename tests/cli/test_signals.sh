#!/bin/sh
# Signals, pipes, devices and closed streams: what was trained is written, the exit code says how the program ended, and
# nothing hangs.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
scratch=$(mktemp -d "$PWD/signals-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$scratch"
cd "$scratch"
HOME=$(pwd) XDG_CACHE_HOME=$(pwd)/cache CORNU_OFFLINE=1
export HOME XDG_CACHE_HOME CORNU_OFFLINE
target=$(head -n 1 heating.csv | tr -d '\r' | awk -F, '{ print $NF }')

fail() { echo "failed: $*" >&2; exit 1; }
has() { grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' is not in $2"; }; }
ends() { # CODE COMMAND…
    expected=$1
    shift
    code=0
    "$@" >out.txt 2>err.txt || code=$?
    [ "$code" = "$expected" ] || { cat out.txt err.txt >&2; fail "exit code $code, expected $expected: $*"; }
}

# Arrays of numbers as .npy, without numpy: (200, 2) and (200).
npy() { # SHAPE COUNT
    printf '\223NUMPY\001\000\166\000'
    printf "%-117s\n" "{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
    awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%c", 49 + (i * 7 + int(i / 3)) % 2 }'
}
npy '200, 2' 400 >x.npy
npy '200,' 200 >y.npy
layers='dense 8 relu; dense 64 softmax'
train() { "$CORNU_PROGRAM" train --x x.npy --y y.npy --layers "$layers" --loss sparse_categorical_crossentropy "$@"; }

# ---- signals -------------------------------------------------------------------------------------------------

# Starts a long training, and sends the signal once it has trained for some epochs.
interrupted() { # SIGNAL CODE
    rm -f log.csv
    "$CORNU_PROGRAM" train --x x.npy --y y.npy --layers "$layers" --loss sparse_categorical_crossentropy \
        --epochs 100000000 --verbose 0 --callbacks 'csv_logger(log.csv)' --save "$1.keras" --history "$1.json" &
    child=$!
    while [ "$(cat log.csv 2>/dev/null | wc -l)" -lt 5 ]; do sleep 0.05; done
    kill -INT "$child" # which a shell's background ignores, and what it starts with it
    sleep 0.2
    kill -"$1" "$child"
    code=0
    wait "$child" || code=$?
    [ "$code" = "$2" ] || fail "SIG$1 gave exit code $code, expected $2"
    has '"stopped": "interrupted"' "$1.json"
    ends 0 "$CORNU_PROGRAM" summary "$1.keras"
}
interrupted TERM 143
interrupted HUP 129

# A lab writes the report of what is done.
cat >lab.md <<END
\`\`\`cornu
dataset heating.csv target=$target test_split=0.2
dataset normalise
model a
  dense 512 relu
  dense 512 relu
  dense 1
model b
  dense 1
compile a, b loss=mse
fit a epochs=1
fit b epochs=1000000
\`\`\`
END
"$CORNU_PROGRAM" lab run lab.md --out lab --jobs 2 --quiet 2>lab.err &
child=$!
while ! [ -e lab/models/a.keras ]; do sleep 0.05; done
kill -TERM "$child"
code=0
wait "$child" || code=$?
[ "$code" = 143 ] || { cat lab.err >&2; fail "the lab ended with $code, expected 143"; }
[ -s lab/index.html ] && [ -s lab/results.json ] || fail "the lab wrote no report"
has interrupted lab.err

# A signal while the reports are drawn ends the process that draws them at once; what it was writing is removed. It ends the
# program with the code of the first signal.
drawing() { # FOLDER
    waits=0
    while ! [ -e "$1/results.json" ] && [ "$waits" -lt 1200 ]; do sleep 0.05; waits=$((waits + 1)); done
    sleep 0.1
    drawn_by=$(ps -o pid= --ppid "$child" 2>/dev/null | tr -d ' ') || drawn_by=
    before=$(date +%s)
    kill -TERM "$child"
    code=0
    wait "$child" || code=$?
    [ $(($(date +%s) - before)) -le 5 ] || fail "a lab that was told to end drew on"
    [ "$code" = 143 ] || { cat lab.err >&2; fail "a lab told to end while it drew ended with $code, expected 143"; }
    [ -z "$drawn_by" ] || ! kill -0 "$drawn_by" 2>/dev/null || fail "the process that draws goes on"
    [ ! -e "$1/report.pdf" ] || fail "the last report was there before the signal: it is too short for this test"
    [ -z "$(find "$1" -name '.cornu-*')" ] || fail "temporary files stay: $(find "$1" -name '.cornu-*')"
}
paragraphs=8000
[ -z "${CORNU_SANITIZED:-}" ] || paragraphs=1000
{
    awk -v n=$paragraphs 'BEGIN { for (i = 0; i < n; i++) printf "Paragraph %d of a *report* whose `drawing` takes **some seconds**, in which it is told to end.\n\n", i }'
    printf '```cornu\ndataset heating.csv target=%s\nmodel c\n  dense 1\ncompile c loss=mse\nfit c epochs=1\n' "$target"
} >long.md
{ cat long.md; echo '```'; } >drawn.md
{ cat long.md; printf 'fit c epochs=10000000\n```\n'; } >trained.md
"$CORNU_PROGRAM" lab run drawn.md --out drawn --quiet 2>lab.err &
child=$!
drawing drawn
has 'interrupted before finishing the reports' lab.err

"$CORNU_PROGRAM" lab run trained.md --out trained --quiet 2>lab.err &
child=$!
sleep 1
kill -TERM "$child"
drawing trained
has interrupted lab.err

# ---- a reader that is gone -------------------------------------------------------------------------------------

# more lines than a pipe holds, so that the reader is gone before the last one
{ train --epochs 3000 --verbose 2 --save piped.keras || echo $? >code.txt; } 2>err.txt | head -n 1 >out.txt
[ -e piped.keras ] || fail "a training whose output nobody reads was lost"
has 1 code.txt
has 'standard output' err.txt

# ---- closed streams, full devices ---------------------------------------------------------------------------------

code=0
train --epochs 1 --save closed.keras >&- 2>err.txt || code=$?
[ "$code" = 1 ] || fail "a closed standard output gave exit code $code"
ends 0 "$CORNU_PROGRAM" summary closed.keras
train --epochs 1 --verbose 0 --save closed2.keras <&- >&- 2>&- || true
ends 0 "$CORNU_PROGRAM" summary closed2.keras
if [ -e /dev/full ]; then
    for word in --help --version 'help train' 'train --help' 'data list'; do
        code=0
        "$CORNU_PROGRAM" $word >/dev/full 2>err.txt || code=$?
        [ "$code" = 1 ] || fail "cornu $word on a full device: exit code $code"
        has 'standard output' err.txt
    done
fi

# ---- pipes and devices ------------------------------------------------------------------------------------------------

mkfifo pipe
ends 1 "$CORNU_PROGRAM" summary pipe
has 'this is a pipe' err.txt
ends 1 train --epochs 1 --x /dev/zero
has 'this is a device' err.txt
ends 1 "$CORNU_PROGRAM" summary /dev/zero
ends 1 "$CORNU_PROGRAM" data info pipe.npz
cat x.npy >pipe &
ends 0 "$CORNU_PROGRAM" predict --model closed.keras --x pipe --out p.npy
wait
cat pipe >read.npy &
ends 0 "$CORNU_PROGRAM" predict --model closed.keras --x x.npy --out pipe
wait
cmp p.npy read.npy || fail "predictions into a pipe differ"

# ---- words after -- -------------------------------------------------------------------------------------------------------

ends 0 "$CORNU_PROGRAM" convert -- closed.keras ./-c.npz
cp closed.keras ./--help
ends 0 "$CORNU_PROGRAM" summary -- --help
has dense out.txt

# ---- nothing that was trained is lost -----------------------------------------------------------------------------------

mkdir gone
"$CORNU_PROGRAM" train --x x.npy --y y.npy --layers "$layers" --loss sparse_categorical_crossentropy --epochs 100000000 \
    --verbose 0 --callbacks 'csv_logger(log2.csv)' --save gone/m.keras --save-weights w.npz 2>err.txt &
child=$!
while [ "$(cat log2.csv 2>/dev/null | wc -l)" -lt 3 ]; do sleep 0.05; done
rm -rf gone
kill -TERM "$child"
code=0
wait "$child" || code=$?
[ "$code" = 1 ] || fail "an output folder that vanished gave exit code $code"
has 'the model is in ./rescued-m.keras' err.txt
ends 0 "$CORNU_PROGRAM" summary rescued-m.keras
[ -e w.npz ] || fail "one output that failed took along the other"

if [ -e /dev/full ]; then
    ends 1 train --epochs 2 --verbose 0 --callbacks 'csv_logger("/dev/full")' --save never.keras
    has 'unfinished-never.keras' err.txt
    ends 0 "$CORNU_PROGRAM" summary unfinished-never.keras
    [ ! -e never.keras ] || fail "a training that failed wrote its result"
    ends 1 train --epochs 2 --verbose 0 --save /dev/full
    has 'the model is in ./rescued-full' err.txt
fi
echo "signals, pipes, devices and closed streams: well"
