"""Kills processes of sweeps and trainings at random: a rank, rank 0 with the writer of the store, the launcher, or a sweep of one
process with its workers and its writer. After each kill the others must end within 5 seconds, OpenMPI's launcher must have named
the rank, and what was on disk a second before must still be there; the same command then goes on. In the end the study and the
weights must be those of runs that nobody killed.

    ./run mpi-test --kills [N [SEED]]      N: 50"""
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time

PROGRAM = os.environ["CORNU_PROGRAM"]
RANKS = 3
STUDY = """```cornu
dataset points.csv target=kind
model m
  dense 32 relu
  dense 1 sigmoid
compile m optimizer=adam loss=binary_crossentropy metrics=accuracy
sweep m over units=[2..96 log] optimizer.learning_rate=[1e-4..1e-1 log] trials={trials} epochs=40 validation_split=0.2 \\
      objective=val_loss sampler=tpe(startup=6) pruner={pruner} keep=2
```
"""
LAYERS = "dense 96 relu; batch_normalization; dropout 0.2; dense 48 relu; dense 1 sigmoid"


def make_data():
    r = random.Random(3)
    with open("points.csv", "w") as file:
        file.write("a,b,c,d,kind\n")
        for _ in range(2400):
            a, b = r.random() - 0.5, r.random() - 0.5
            file.write(f"{a:.6f},{b:.6f},{r.random():.6f},{r.random():.6f},{'yes' if a * b > 0 else 'no'}\n")


def sweep(store, name="study.md"):
    return [PROGRAM, "sweep", name, "--store", store]


def train(states, epochs, out):
    begun = os.path.isdir(states) and os.listdir(states)
    begin = ["--resume", states] if begun else ["--layers", LAYERS, "--checkpoint", states]
    return [PROGRAM, "train", "--data", "points.csv", "--target", "kind", *begin, "--batch-size", "1024", "--epochs", str(epochs),
            "--every", "1s", "--metrics", "accuracy", "--threads", "1", "--verbose", "0", "--save-weights", out]


def over_ranks(command):
    return ["mpirun", "-n", str(RANKS), *command]


def start(command, log):
    return subprocess.Popen(command, stdout=open(log, "w"), stderr=subprocess.STDOUT, start_new_session=True)


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"FAILED: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}")


def children(of):
    found, parents = [], {of}
    processes = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as file:
                processes.append((int(name), int(file.read().rsplit(")", 1)[1].split()[1])))
        except (OSError, ValueError, IndexError):
            pass
    grown = True
    while grown:
        grown = False
        for pid, parent in processes:
            if parent in parents and pid not in parents:
                parents.add(pid)
                found.append(pid)
                grown = True
    return found


def rank_of(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            words = file.read().split(b"\0")
        with open(f"/proc/{pid}/comm") as file:
            if not file.read().startswith("cornu"):
                return None
    except OSError:
        return None
    for word in words:
        if word.startswith((b"OMPI_COMM_WORLD_RANK=", b"PMI_RANK=", b"PMIX_RANK=")):
            return int(word.split(b"=")[1])
    return None


def ranks_of(launcher):
    return {r: pid for pid in children(launcher) if (r := rank_of(pid)) is not None}


def ended_trials(store):
    """Numbers of the trials that are final in the store."""
    if not os.path.exists(store):
        return set()
    try:
        db = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=5)
        rows = db.execute("SELECT number FROM trials WHERE state<>'running'").fetchall()
        db.close()
        return {row[0] for row in rows}
    except sqlite3.OperationalError:  # no tables yet
        return set()


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Kills:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counts, self.longest, self.through = {}, 0.0, 0

    def victim(self, job, launched):
        """What to kill, and its name: after the ranks are there."""
        if not launched:
            return job.pid, "one process: workers and writer", None
        for _ in range(400):
            ranks = ranks_of(job.pid)
            if len(ranks) == RANKS or job.poll() is not None:
                break
            time.sleep(0.02)
        choice = self.random.choice(["rank", "rank", "writer", "launcher"])
        if choice == "launcher" or len(ranks) < RANKS:
            return job.pid, "launcher", None
        rank = 0 if choice == "writer" else self.random.randrange(1, RANKS)
        return ranks[rank], "rank 0, with the writer" if rank == 0 else "another rank", rank

    def once(self, command, launched, store, most):
        """Kills it once; returns whether it was still running then."""
        job = start(command, "log")
        pid, name, rank = self.victim(job, launched)
        all_of_it = [job.pid, *children(job.pid)]
        time.sleep(self.random.uniform(0, most))
        before = ended_trials(store) if store else set()
        time.sleep(1)
        if job.poll() is not None:
            self.through += 1
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            self.through += 1
            return False
        begun = time.monotonic()
        while any(is_there(p) for p in all_of_it):
            job.poll()
            if time.monotonic() - begun > 5:
                sys.exit(f"FAILED: {name}: after 5 s processes are left: {[p for p in all_of_it if is_there(p)]}\n{open('log').read()}")
            time.sleep(0.01)
        self.longest = max(self.longest, time.monotonic() - begun)
        job.wait()
        self.counts[name] = self.counts.get(name, 0) + 1
        log = open("log").read()
        if rank is not None and not re.search(rf"rank {rank}\b|signal: Killed|EXIT CODE: 9|signal 9|task {rank}\b", log):
            sys.exit(f"FAILED: rank {rank} is not named:\n{log}")
        lost = before - ended_trials(store) if store else set()
        if lost:
            sys.exit(f"FAILED: {name}: trials {sorted(lost)} were there a second before, and are lost")
        return True


def runs_json(store):
    out = subprocess.run([PROGRAM, "runs", "--store", store, "--limit", "0", "--json"], capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"FAILED: {store}: {out.stderr}")
    return json.loads(out.stdout)


def kill_sweep(kills, number, pruner, wanted):
    whole, part, trials, seconds = f"whole-{number}.db", f"part-{number}.db", 40, 0.0
    while seconds < 8:  # long enough that most kills come before its end
        trials *= 2
        with open(f"study-{number}.md", "w") as file:
            file.write(STUDY.format(trials=trials, pruner=pruner))
        if os.path.exists(whole):
            os.remove(whole)
        begun = time.monotonic()
        run([*sweep(whole, f"study-{number}.md"), "--quiet", "--jobs", "2"])
        seconds = time.monotonic() - begun
    hit = 0
    for _ in range(8 * wanted):
        if hit == wanted:
            break
        launched = kills.random.random() < 0.7
        command = sweep(part, f"study-{number}.md")
        hit += kills.once(over_ranks(command) if launched else [*command, "--jobs", "2"], launched, part, 1.5)
        if os.path.exists(part) and len(ended_trials(part)) == trials:
            os.remove(part)  # it is through: once more from the beginning
            for ending in ("-wal", "-shm"):
                if os.path.exists(part + ending):
                    os.remove(part + ending)
    run(over_ranks(sweep(part, f"study-{number}.md")))
    if runs_json(whole) != runs_json(part):
        sys.exit("FAILED: the study that was killed came to something else")
    return hit


def kill_training(kills, number, wanted):
    epochs, states = 1000000, f"states-{number}"  # never through: it is compared after as many epochs as it has reached
    hit = 0
    for _ in range(8 * wanted):
        if hit == wanted:
            break
        hit += kills.once(over_ranks(train(states, epochs, "over.npz")), True, None, 2)
    reached = subprocess.run(train(states, 1, "none.npz"), capture_output=True, text=True).stderr
    m = re.search(r"it is in epoch (\d+)", reached)
    last = int(m.group(1)) + 3 if m else 3
    run(over_ranks(train(states, last, f"part-{number}.npz")))
    run([PROGRAM, *train("none", last, f"whole-{number}.npz")[1:]])
    with open(f"part-{number}.npz", "rb") as a, open(f"whole-{number}.npz", "rb") as b:
        if a.read() != b.read():
            sys.exit(f"FAILED: a training of {last} epochs that was killed came to other weights")
    return hit, last


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    kills = Kills(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    make_data()
    begun = time.monotonic()
    for number, pruner in enumerate(("asha", "hyperband(eta=2)")):
        hit = kill_sweep(kills, number, pruner, (wanted + 2) // 3)
        print(f"sweep, pruner={pruner}: {hit} kills, the same study", flush=True)
    hit, epochs = kill_training(kills, 0, wanted - 2 * ((wanted + 2) // 3))
    print(f"training: {hit} kills, the same weights after {epochs} epochs", flush=True)
    for name, count in sorted(kills.counts.items()):
        print(f"  {count} of {name}")
    print(f"{sum(kills.counts.values())} kills in {time.monotonic() - begun:.0f} s; all had ended {kills.longest:.2f} s after one at most; "
          f"{kills.through} runs were through before theirs")
    if sum(kills.counts.values()) < wanted:
        sys.exit(f"FAILED: {sum(kills.counts.values())} kills of {wanted}: the machine is too fast for this study")


main()
