# A Slurm of one node, for this test alone: its own controller, its own daemon and munge, in a folder that goes away. What docs/cluster.md
# says of Slurm is done in it. Needs root, as slurmd does. $CORNU_PROGRAM.
set -eu
[ "$(id -u)" = 0 ] || { echo "skipped: slurmd needs root"; exit 77; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/cornu-slurm-XXXXXX")
chmod 755 "$folder"
daemons=''
fail() { echo "FAILED: $*"; for log in "$folder"/*.log; do echo "--- $log"; tail -n 15 "$log"; done; exit 1; }
end() {
    [ ! -e "$folder/slurm.conf" ] || { scancel --user=root >/dev/null 2>&1; sleep 2; } || true
    for daemon in $daemons; do kill "$daemon" 2>/dev/null || true; done
    wait
    rm -rf "$folder"
}
trap end EXIT
mkdir "$folder/state" "$folder/spool" "$folder/run" "$folder/key"
chmod 700 "$folder/key"
head -c 128 /dev/urandom >"$folder/key/munge.key"
chmod 400 "$folder/key/munge.key"
munged --foreground --force --key-file="$folder/key/munge.key" --socket="$folder/run/munge" --pid-file="$folder/key/pid" \
    --seed-file="$folder/key/seed" --log-file="$folder/munge.log" >/dev/null 2>&1 &
daemons="$!"
host=$(hostname -s)
cat >"$folder/slurm.conf" <<END
ClusterName=cornu
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge
CredType=cred/munge
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
END
SLURM_CONF=$folder/slurm.conf
export SLURM_CONF
for i in 1 2 3 4 5 6 7 8 9 10; do [ -S "$folder/run/munge" ] && break; sleep 0.5; done
slurmctld -D >/dev/null 2>"$folder/slurmctld-errors.log" &
daemons="$! $daemons"
slurmd -D -N "$host" >/dev/null 2>"$folder/slurmd-errors.log" &
daemons="$! $daemons"
for i in $(seq 60); do sinfo -h -o %T 2>/dev/null | grep -q idle && break; sleep 0.5; done
sinfo -h -o %T | grep -q idle || fail "the node does not come up"
mkdir "$folder/work"
cd "$folder/work"
XDG_CACHE_HOME=$folder/cache OMP_NUM_THREADS=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export XDG_CACHE_HOME OMP_NUM_THREADS OMPI_MCA_rmaps_base_oversubscribe OMPI_MCA_hwloc_base_binding_policy

awk 'BEGIN { srand(3); print "a,b,c,d,kind"
    for (i = 0; i < 2400; i++) { a = rand() - .5; b = rand() - .5; print a "," b "," rand() "," rand() "," (a * b > 0 ? "yes" : "no") } }' >points.csv
layers='dense 96 relu; batch_normalization; dense 48 relu; dense 1 sigmoid'
common="--data points.csv --target kind --batch-size 1024 --metrics accuracy --threads 1 --verbose 0"
wait_for() { # JOB: until it has ended
    for i in $(seq 1000); do squeue -h -j "$1" 2>/dev/null | grep -q . || return 0; sleep 0.3; done
    fail "job $1 does not end"
}

echo "srun, with Slurm's own start of ranks"
"$CORNU_PROGRAM" train $common --layers "$layers" --epochs 3 --save-weights alone.npz
for kind in ${CORNU_SRUN_MPI:-pmix}; do
    for ranks in 2 3; do
        srun -n $ranks --mpi=$kind --kill-on-bad-exit=1 "$CORNU_PROGRAM" train --mpi $common --layers "$layers" --epochs 3 \
            --save-weights over.npz >out.log 2>&1 || { cat out.log; fail "srun --mpi=$kind"; }
        cmp alone.npz over.npz || fail "srun --mpi=$kind, $ranks ranks: other weights"
    done
done

echo "the job of docs/cluster.md: stopped by Slurm a moment before its time, then put on again, it ends in the same bits"
epochs=900
while :; do # long enough that the signal comes before its end
    begun=$(date +%s)
    "$CORNU_PROGRAM" train $common --layers "$layers" --epochs $epochs --save-weights whole.npz
    [ $(($(date +%s) - begun)) -lt 6 ] || break
    epochs=$((epochs * 2))
done
cat >job.sh <<END
#!/bin/bash
if [ -e states/model.keras ]; then from="--resume states"; else from="--layers \"$layers\" --checkpoint states"; fi
eval srun -n \$RANKS --mpi=${CORNU_SRUN_MPI:-pmix} --kill-on-bad-exit=1 "$CORNU_PROGRAM" train --mpi $common \$from --epochs $epochs --every 1s \
    --save-weights long.npz
END
job=$(RANKS=3 sbatch --parsable -n 4 -o first.log job.sh)
for i in $(seq 200); do ls states/state-*.cornu >/dev/null 2>&1 && break; sleep 0.1; done
sleep 1
scancel --signal=TERM "$job" # as --signal=TERM@60 does
wait_for "$job"
ls states/state-*.cornu >/dev/null 2>&1 || { cat first.log; fail "the job left no state"; }
job=$(RANKS=2 sbatch --parsable -n 4 -o second.log job.sh)
wait_for "$job"
cmp whole.npz long.npz || { cat first.log second.log; fail "the job that was stopped came to other weights"; }

echo "a task that is killed ends the job within 5 s"
rm -rf states
srun -n 3 --mpi=${CORNU_SRUN_MPI:-pmix} --kill-on-bad-exit=1 "$CORNU_PROGRAM" train --mpi $common --layers "$layers" --epochs 1000000 \
    --checkpoint states --every 1s >killed.log 2>&1 &
step=$!
for i in $(seq 200); do ls states/state-*.cornu >/dev/null 2>&1 && break; sleep 0.1; done
victim=''
for one in /proc/[0-9]*; do
    case $(cat "$one/comm" 2>/dev/null) in cornu*) ;; *) continue ;; esac
    { tr '\0' '\n' <"$one/environ" | grep -qx 'SLURM_PROCID=2'; } 2>/dev/null || continue
    victim=${one#/proc/}
done
[ -n "$victim" ] || fail "the task is not found"
begun=$(date +%s%N)
kill -9 "$victim"
wait "$step" && fail "a killed task went unnoticed"
took=$((($(date +%s%N) - begun) / 1000000))
[ "$took" -lt 5000 ] || fail "it took $took ms to end"
grep -qE 'rank 2 |task 2\b' killed.log || fail "the task is not named: $(cat killed.log)"
echo "  ended after $took ms: $(grep -m 1 -E 'rank 2 |task 2\b' killed.log)"

echo "a sweep over ranks, and as an array of jobs that need no MPI"
cat >study.md <<'END'
```cornu
dataset points.csv target=kind
model m
  dense 16 relu
  dense 1 sigmoid
compile m optimizer=adam loss=binary_crossentropy metrics=accuracy
sweep m over units=[2..64 log] optimizer.learning_rate=[1e-4..1e-1 log] trials=32 epochs=4 validation_split=0.2 objective=val_loss
```
END
"$CORNU_PROGRAM" sweep study.md --store one.db --quiet
srun -n 3 --mpi=${CORNU_SRUN_MPI:-pmix} "$CORNU_PROGRAM" sweep study.md --mpi --store over.db >out.log 2>&1 || { cat out.log; fail "srun: sweep"; }
cat >array.sh <<END
#!/bin/bash
srun -n 1 "$CORNU_PROGRAM" sweep study.md --shard \$SLURM_ARRAY_TASK_ID/16 --store part-\$SLURM_ARRAY_TASK_ID.db --jobs 1
END
job=$(sbatch --parsable -n 1 --array=1-16 -o array-%a.log array.sh)
wait_for "$job"
"$CORNU_PROGRAM" runs merge part-*.db --store all.db >/dev/null || { cat array-*.log; fail "merge"; }
for store in one over all; do "$CORNU_PROGRAM" runs --limit 0 --json --store $store.db >$store.json; done
python3 - <<'PY' || fail "over ranks or as an array it is another study"
import json
one, over, everything = (json.load(open(f"{name}.json"))["studies"][0]["trials"] for name in ("one", "over", "all"))
assert len(one) == 32 and one == over and one == everything
PY
echo "all of it"
