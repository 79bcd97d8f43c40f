#!/bin/sh
# cornu train --checkpoint DIR, killed and taken up by --resume DIR: the files of a training that never stopped. The same for a
# file of --save in the middle, and for a lab.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
scratch=$(mktemp -d "$PWD/resume-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$scratch"
cd "$scratch"
HOME=$(pwd) XDG_CACHE_HOME=$(pwd)/cache CORNU_OFFLINE=1
export HOME XDG_CACHE_HOME CORNU_OFFLINE

fail() { echo "failed: $*" >&2; exit 1; }
has() { grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' is not in $2"; }; }
refuses() { # MESSAGE ARGUMENTS…
    message=$1
    shift
    if "$CORNU_PROGRAM" train "$@" >out.txt 2>&1; then fail "accepted: $*"; fi
    has "$message" out.txt
}

npy() { # SHAPE COUNT
    printf '\223NUMPY\001\000\166\000'
    printf "%-117s\n" "{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
    awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%c", 49 + (i * 7 + int(i / 3)) % 2 }'
}
npy '400, 2' 800 >x.npy
npy '400,' 400 >y.npy
data='--x x.npy --y y.npy --seed 3 --verbose 0'
network='dense 64 relu; dropout 0.3; batch_normalization; dense 64 softmax'
loss='--loss sparse_categorical_crossentropy --optimizer adam --metrics accuracy'

# ---- killed at any moment -----------------------------------------------------------------------------------------

calls='reduce_lr_on_plateau(monitor=loss, patience=1), csv_logger(log.csv)'
# As many epochs as take more than a second here, so that there is time to kill it.
epochs=400 took=0
while [ $took -lt 2 ] && [ $epochs -lt 200000 ]; do
    epochs=$((epochs * 2)) start=$(date +%s)
    "$CORNU_PROGRAM" train $data $loss --layers "$network" --epochs $epochs --callbacks "$calls" --save-weights whole.npz
    mv log.csv whole.csv
    took=$(($(date +%s) - start))
done
attempt=1
resume=''
while [ $attempt -lt 40 ]; do
    if [ -z "$resume" ]; then
        "$CORNU_PROGRAM" train $data $loss --layers "$network" --epochs $epochs --callbacks "$calls" --checkpoint states \
            --every 0.02s --save-weights again.npz &
    else
        "$CORNU_PROGRAM" train $data --resume states --epochs $epochs --callbacks "$calls" --every 0.02s \
            --save-weights again.npz &
    fi
    child=$!
    sleep $((attempt / 8)).$((attempt % 8 + 1)) # longer and longer, so that slow machines come to the end too
    kill -KILL "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    [ ! -e again.npz ] || break
    [ ! -e states/model.keras ] || resume=yes
    attempt=$((attempt + 1))
done
[ -e again.npz ] || fail "it never came to its end"
cmp whole.npz again.npz || fail "other weights after $attempt parts"
cmp whole.csv log.csv || fail "another log after $attempt parts"
[ $attempt -gt 1 ] || echo "note: the training was too quick to be killed"

# ---- asked to stop ------------------------------------------------------------------------------------------------------

# More epochs than anyone waits for; it goes on to a few more than it came to.
"$CORNU_PROGRAM" train $data $loss --layers "$network" --epochs 100000000 --callbacks 'csv_logger(asked.csv)' --checkpoint asked \
    --every 1h --save-weights first.npz &
child=$!
while [ ! -e asked/model.keras ]; do sleep 0.02; done
sleep 0.2
kill -TERM "$child"
wait "$child" || true
epochs=$(($(wc -l <asked.csv) + 50))
"$CORNU_PROGRAM" train $data --resume asked --epochs $epochs --callbacks "csv_logger(asked.csv)" --save-weights second.npz
"$CORNU_PROGRAM" train $data $loss --layers "$network" --epochs $epochs --save-weights third.npz
cmp second.npz third.npz || fail "a training that was asked to stop goes on to other bits"
"$CORNU_PROGRAM" train $data --verbose 2 --resume asked --callbacks "csv_logger(asked.csv)" --epochs $((epochs + 1)) >out.txt
has "going on in epoch" out.txt

# ---- a file in the middle: dropout, and the order of the samples -----------------------------------------------------------

for order in '' --no-shuffle --no-reshuffle; do
    "$CORNU_PROGRAM" train $data $order $loss --layers "$network" --epochs 4 --save-weights full.npz
    "$CORNU_PROGRAM" train $data $order $loss --layers "$network" --epochs 2 --save half.keras
    "$CORNU_PROGRAM" train $data $order --resume half.keras --initial-epoch 2 --epochs 4 --save-weights rest.npz
    cmp full.npz rest.npz || fail "a resumed file gives other bits with '$order'"
done

# ---- mistakes ----------------------------------------------------------------------------------------------------------------

refuses "a training's states are there" $data $loss --layers "$network" --checkpoint asked
refuses 'is no time' $data $loss --layers "$network" --checkpoint new --every fortnight
refuses '--every needs' $data $loss --layers "$network" --every 1s
refuses 'the seed was 3 and is 4' --x x.npy --y y.npy --seed 4 --resume asked --callbacks "csv_logger(asked.csv)" --epochs $((epochs + 2))
cp y.npy y2.npy
printf 0 | dd of=y2.npy bs=1 seek=300 conv=notrunc 2>/dev/null
refuses 'another data' --x x.npy --y y2.npy --seed 3 --resume asked --callbacks "csv_logger(asked.csv)" --epochs $((epochs + 2))
[ ! -e new ] || fail "a mistaken training made a folder"
echo "killed $((attempt - 1)) times and taken up: the same bits"
