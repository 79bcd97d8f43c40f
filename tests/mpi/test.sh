# What mpirun does with the program: ./run mpi-test, which sets $CORNU_PROGRAM and lets mpirun start more ranks than there are cores.
set -eu
folder=$(mktemp -d "${TMPDIR:-/tmp}/cornu-mpi-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
XDG_CACHE_HOME=$folder/cache
export XDG_CACHE_HOME

awk 'BEGIN { srand(3); print "a,b,c,d,kind"
    for (i = 0; i < 2400; i++) { a = rand() - .5; b = rand() - .5; print a "," b "," rand() "," rand() "," (a * b > 0 ? "yes" : "no") } }' >points.csv
layers='dense 96 relu; batch_normalization; dropout 0.2; dense 48 relu; dense 1 sigmoid'
train() { # RANKS OUT ARGUMENT…
    ranks=$1 out=$2
    shift 2
    if [ "$ranks" = 0 ]; then set -- "$CORNU_PROGRAM" train "$@"; else set -- mpirun -n "$ranks" "$CORNU_PROGRAM" train "$@"; fi
    "$@" --data points.csv --target kind --layers "$layers" --batch-size 1024 --validation-split 0.2 --metrics accuracy \
        --threads 1 --verbose 0 --save-weights "$out" >log 2>&1 || { cat log; fail "$*"; }
}

echo "the same bits on every number of ranks"
train 0 alone.npz --epochs 3 --history alone.json
for ranks in 1 2 3 4 7 8 'messages 3' 'shard 2' 'shard 4' 'messages shard 3'; do
    unset CORNU_SHARED_MEMORY
    shard=''
    case $ranks in *messages*) export CORNU_SHARED_MEMORY=0 ;; esac
    case $ranks in *shard*) shard=--shard-optimizer ;; esac
    train "${ranks##* }" over.npz --epochs 3 --history over.json $shard
    unset CORNU_SHARED_MEMORY
    cmp alone.npz over.npz || fail "$ranks ranks: other weights"
    python3 - <<'PY' || fail "$ranks ranks: another history"
import json
a, b = (json.load(open(name)) for name in ("alone.json", "over.json"))
def bare(v):
    return {k: bare(x) for k, x in v.items() if "seconds" not in k and "version" not in k} if isinstance(v, dict) else v
assert bare(a) == bare(b), (a, b)
PY
done

echo "wide layers, whose weights ranks of one machine divide"
(
    layers='dense 700 relu; dense 640 relu; dense 1 sigmoid'
    train 0 alone.npz --epochs 2 --batch-size 260
    for ranks in 2 3 'shard 2'; do
        shard=''
        case $ranks in *shard*) shard=--shard-optimizer ;; esac
        train "${ranks##* }" over.npz --epochs 2 --batch-size 260 --save over.keras $shard
        cmp alone.npz over.npz || fail "$ranks ranks, wide layers: other weights"
    done
)

echo "a rank that is stopped is waited for"
mpirun -n 2 "$CORNU_PROGRAM" train --data points.csv --target kind --layers "$layers" --batch-size 1024 --validation-split 0.2 \
    --metrics accuracy --threads 1 --verbose 0 --epochs 400 --save-weights over.npz >log 2>&1 &
launcher=$!
sleep 1
rank=$(ps -o pid= --ppid "$launcher" | head -n 1)
if [ -n "$rank" ] && kill -STOP $rank 2>/dev/null; then
    sleep 3
    kill -0 "$launcher" 2>/dev/null || { cat log; fail "the others of a stopped rank ended"; }
    kill -CONT $rank
fi
wait "$launcher" || { cat log; fail "a rank that was stopped and went on"; }
train 0 whole.npz --epochs 400
cmp whole.npz over.npz || fail "a rank that was stopped: other weights"

echo "one rank writes"
train 3 part.npz --epochs 2 --callbacks 'csv_logger(log.csv)'
[ "$(wc -l <log.csv)" = 3 ] || fail "$(wc -l <log.csv) lines in a log of 2 epochs"

echo "a training that was stopped on 3 ranks goes on with 2"
train 0 whole.npz --epochs 400
timeout -s TERM 3 mpirun -n 3 "$CORNU_PROGRAM" train --data points.csv --target kind --layers "$layers" --batch-size 1024 \
    --validation-split 0.2 --metrics accuracy --threads 1 --verbose 0 --epochs 400 --checkpoint states --every 1s \
    --save-weights over.npz >log 2>&1 || true # a fast machine is through
if ls states/state-*.cornu >/dev/null 2>&1; then
    mpirun -n 2 "$CORNU_PROGRAM" train --data points.csv --target kind --resume states --batch-size 1024 --validation-split 0.2 \
        --metrics accuracy --threads 1 --verbose 0 --epochs 400 --save-weights over.npz >log 2>&1 || { cat log; fail "resume"; }
fi
cmp whole.npz over.npz || fail "a training that went on with other ranks: other weights"

echo "the state of a divided optimizer goes on with any number of ranks"
rm -rf states
timeout -s TERM 3 mpirun -n 3 "$CORNU_PROGRAM" train --data points.csv --target kind --layers "$layers" --batch-size 1024 \
    --validation-split 0.2 --metrics accuracy --threads 1 --verbose 0 --epochs 400 --checkpoint states --every 1s --shard-optimizer \
    --save-weights over.npz >log 2>&1 || true
for ranks in 2 1; do
    ls states/state-*.cornu >/dev/null 2>&1 || break
    cp -r states "states-$ranks"
    mpirun -n $ranks "$CORNU_PROGRAM" train --data points.csv --target kind --resume "states-$ranks" --batch-size 1024 \
        --validation-split 0.2 --metrics accuracy --threads 1 --verbose 0 --epochs 400 --save-weights over.npz >log 2>&1 ||
        { cat log; fail "resume of a divided optimizer"; }
done
cmp whole.npz over.npz || fail "a divided optimizer that went on: other weights"

echo "a divided optimizer takes less memory"
peak() { # ARGUMENT…: the most memory of any rank but the first, in kB
    rm -f peak-*
    mpirun -n 2 python3 -c '
import os, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], close_fds=False).returncode # MPICH speaks to its launcher by one of them
rank = os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("PMI_RANK"))
open("peak-" + rank, "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)' "$CORNU_PROGRAM" train --data points.csv --target kind --layers 'dense 3000 relu; dense 3000 relu; dense 1 sigmoid' \
        --batch-size 1024 --epochs 1 --threads 1 --verbose 0 "$@" >log 2>&1 || { cat log >&2; fail "peak" >&2; }
    cat peak-1
}
plain=$(peak)
divided=$(peak --shard-optimizer)
echo "  $plain kB, divided $divided kB"
# two slots of 9 million weights: half of 72 MB is saved
[ $((plain - divided)) -gt 25000 ] || fail "--shard-optimizer saved $((plain - divided)) kB"

echo "a sweep shares out its trials"
{
    printf '```cornu\ndataset points.csv target=kind\nmodel m\n  dense 16 relu\n  dense 1 sigmoid\n'
    printf 'compile m optimizer=adam loss=binary_crossentropy metrics=accuracy\n'
    printf 'sweep m over units=[2..64 log] optimizer.learning_rate=[1e-4..1e-1 log] trials=24 epochs=4 validation_split=0.2 '
    printf 'objective=val_loss sampler=tpe(startup=6) pruner=hyperband(eta=2) keep=2\n```\n'
} >study.md
"$CORNU_PROGRAM" sweep study.md --store one.db --quiet
mpirun -n 4 "$CORNU_PROGRAM" sweep study.md --store four.db >log 2>&1 || { cat log; fail "sweep"; }
grep -q '24 trials in' log || fail "sweep over 4 ranks: $(cat log)"
[ "$(grep -c '24 trials in' log)" = 1 ] || fail "several ranks reported: $(cat log)"
for store in one four; do "$CORNU_PROGRAM" runs --limit 0 --csv --store $store.db >$store.csv; done
python3 - <<'PY' || fail "the study over ranks came to something else"
import csv
rows = [list(csv.DictReader(open(f"{name}.csv"))) for name in ("one", "four")]
bare = [[{k: v for k, v in row.items() if "second" not in k and "start" not in k} for row in table] for table in rows]
assert len(bare[0]) == 24 and bare[0] == bare[1]
PY

echo "a mistake is reported once, with its exit code"
code=0
mpirun -n 3 "$CORNU_PROGRAM" train --data points.csv --target kind --layers 'dens 4' >log 2>&1 || code=$?
[ "$code" = 2 ] || fail "a mistake ended with $code: $(cat log)"
[ "$(grep -c "did you mean 'dense'" log)" = 1 ] || fail "a mistake: $(cat log)"

echo "a rank that is killed is named, and the others end"
start=$(date +%s)
code=0
mpirun -n 3 sh -c '[ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}" != 2 ] || {
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do ! ls killed/*.cornu >/dev/null 2>&1 || break; sleep 1; done; kill -9 $$; } &
    exec "$0" "$@"' \
    "$CORNU_PROGRAM" train --data points.csv --target kind --layers "$layers" --batch-size 1024 --epochs 1000000 --verbose 0 \
    --checkpoint killed --every 1s >log 2>&1 || code=$?
[ "$code" != 0 ] || fail "a killed rank went unnoticed"
[ $(($(date +%s) - start)) -lt 35 ] || fail "it took $(($(date +%s) - start)) s to end"
grep -qiE 'rank 2|signal 9|BAD TERMINATION|KILLED' log || fail "a killed rank is not named: $(cat log)"
"$CORNU_PROGRAM" train --data points.csv --target kind --resume killed --epochs 1 --verbose 0 >log 2>&1 || true
grep -q 'epochs is 1' log || ls killed/*.cornu >/dev/null || fail "no state is left: $(cat log)"

echo "a rank that is stopped is named within five seconds, and the run goes on when it does"
stopped() { # RANK COMMAND…: stops this rank after two seconds, for ever
    victim=$1
    shift
    mpirun -n 3 sh -c '[ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}" != '"$victim"' ] || { sleep 2; kill -STOP $$; } & exec "$0" "$@"' \
        "$CORNU_PROGRAM" "$@" >log 2>&1 &
    launcher=$!
    named=
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do # 2 s until it is stopped, and what the start takes
        sleep 0.5
        grep -q "rank $victim is stopped" log && named=1 && break
    done
    [ -n "$named" ] || { kill -9 "$launcher"; fail "a stopped rank $victim is not named: $(cat log)"; }
    process=$(sed -n 's/.*kill -CONT \([0-9]*\).*/\1/p' log)
}
stopped 1 train --data points.csv --target kind --layers "$layers" --batch-size 1024 --epochs 4000 --verbose 0 --save-weights stopped.npz
kill -CONT "$process"
wait "$launcher" || fail "it did not go on: $(cat log)"
grep -q 'rank 1 continues' log || fail "nobody said that it goes on: $(cat log)"
sed 's/trials=24 epochs=4/trials=40000 epochs=40/' study.md >long.md
for victim in 0 2; do # 0: the writer of the store
    stopped "$victim" sweep long.md --store stopped.db
    kill -9 "$process"
    code=0
    wait "$launcher" || code=$?
    [ "$code" != 0 ] || fail "a sweep with a killed rank ended well"
    "$CORNU_PROGRAM" runs --limit 0 --csv --store stopped.db --state complete >stopped.csv || fail "the store of a stopped sweep"
    [ "$(wc -l <stopped.csv)" -gt 1 ] || fail "nothing was stored before a rank was stopped"
done

echo "without MPI's module it says so"
code=0
CORNU_MPI_DIR=/nowhere mpirun -n 2 "$CORNU_PROGRAM" train --data points.csv --target kind --layers "$layers" >log 2>&1 || code=$?
[ "$code" = 2 ] || fail "without the module: $code"
grep -q 'MPI is not here' log || fail "without the module: $(cat log)"
echo "all of it"
