"""Many small networks: cornu sweep beside scikit-learn's, Keras's, Optuna's, Ray Tune's and KerasTuner's searches on the same space
and data, one process of each after the other. Peers train a sample of the networks (--peer-networks; Keras a tenth of it), and their
time for one is set against Cornu's for one.

    ./run bench sweep [--networks N] [--peer-networks N] [--trials N] [--images FOLDER] [--write]

1. N networks (10,000) on 1,000 x 20 data: 32 units, 20 epochs, every epoch of every network in the store; what the store costs is
   the difference to the same without one (--store none), the faster of two runs of each.
2. 784-32-10, 2 epochs on 10,000 images: of MNIST (its train-images-idx3-ubyte and train-labels-idx1-ubyte, in --images, or in
   $CORNU_DATA/mnist; with or without .gz), N / 10 networks.
3. Trials that do nothing: what the tools' own work and stores take.
4. Suggestions a second (./run bench suggest measures them alone), and the memory of 100,000 trials as they go by.
With --write the rows go into bench/RESULTS.md, under "Many small networks"."""
import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

from results import write_section

HERE = os.path.dirname(os.path.abspath(__file__))
HEADING = "Many small networks"
rows = []


def row(what, cornu, peer, measured, ratio="", target="", reached=None):
    verdict = "" if reached is None else "reached" if reached else "missed"
    rows.append(f"| {what} | {cornu} | {peer} | {measured} | {ratio} | {target} | {verdict} |")
    print(f"{what}: Cornu {cornu}" + (f"; {peer} {measured}" if peer else "") + (f", ratio {ratio}" if ratio else "") +
          (f" (target {target}: {verdict})" if target else ""), flush=True)


def write_rows():
    write_section(HEADING, [f"`./run bench sweep --write`, {os.cpu_count()} processors. Peers train a sample of the networks; ratios are of "
                            "the time for one.", "", "| work | Cornu | peer | its figure | ratio | target | |", "|---|---|---|---|---|---|---|",
                            *rows])


PROGRAM = os.environ.get("CORNU_PROGRAM", "cornu")
STUDY = """```cornu
dataset x=x.npy y=y.npy test_split=0.01
dataset one_hot
model m
  dense {units} relu
  dense {classes} softmax
compile m optimizer=adam loss=categorical_crossentropy metrics=accuracy
sweep m over optimizer.learning_rate=[1e-4..1e-1 log] batch_size=[32, 64] trials={trials} epochs={epochs} validation_split=0.2 \\
      objective=val_accuracy keep=0 {more}
```
"""


def timed(words, folder):
    start = time.perf_counter()
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(done.stdout)
    return time.perf_counter() - start


def cornu(folder, trials, units, classes, epochs, store, more=""):
    with open(os.path.join(folder, "study.md"), "w") as file:
        file.write(STUDY.format(trials=trials, units=units, classes=classes, epochs=epochs, more=more))
    for ending in ("", "-wal", "-shm"):
        if os.path.exists(os.path.join(folder, store + ending)):
            os.remove(os.path.join(folder, store + ending))
    return timed([PROGRAM, "sweep", "study.md", "--store", store, "--quiet"], folder)


def sklearn_search(x, y, units, epochs, networks):
    import warnings
    from sklearn.model_selection import ParameterSampler, train_test_split
    from sklearn.neural_network import MLPClassifier
    from scipy.stats import loguniform
    from joblib import Parallel, delayed
    warnings.filterwarnings("ignore")
    a, b, c, d = train_test_split(x, y, test_size=0.2, random_state=0)

    def one(p):
        os.environ["OMP_NUM_THREADS"] = "1"
        warnings.filterwarnings("ignore")
        m = MLPClassifier((units,), max_iter=epochs, n_iter_no_change=epochs + 1, random_state=0, **p).fit(a, c)
        return m.score(b, d)

    points = list(ParameterSampler({"learning_rate_init": loguniform(1e-4, 1e-1), "batch_size": [32, 64]}, networks, random_state=0))
    Parallel(n_jobs=-1)(delayed(one)(p) for p in points[:2])
    start = time.perf_counter()
    Parallel(n_jobs=-1)(delayed(one)(p) for p in points)
    return (time.perf_counter() - start) / networks


def optuna_trials(sampler, storage, trials):
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def nothing(trial):
        values = [trial.suggest_float(f"x{i}", 1e-4, 1e-1, log=True) for i in range(3)]
        return sum(values) + trial.suggest_int("units", 8, 512, log=True)

    study = optuna.create_study(sampler=sampler, storage=storage)
    start = time.perf_counter()
    study.optimize(nothing, n_trials=trials)
    return trials / (time.perf_counter() - start)


def resident(process):
    try:
        with open(f"/proc/{process}/status") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
    except (OSError, StopIteration):
        return None


def cornu_trials(most):
    """A sweep's own work: networks of one unit, one epoch, every one in the store; and whether memory grows with their number."""
    import sqlite3
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "x.npy"), random.normal(size=(8, 1)).astype(np.float32))
        np.save(os.path.join(folder, "y.npy"), (np.arange(8) % 2).astype(np.int64))
        with open(os.path.join(folder, "study.md"), "w") as file:
            file.write(STUDY.format(units=1, classes=2, epochs=1, trials=most, more="").replace("test_split=0.01", "")
                       .replace("validation_split=0.2", "").replace("val_accuracy", "accuracy"))
        start, seen = time.perf_counter(), []
        done = subprocess.Popen([PROGRAM, "sweep", "study.md", "--store", "most.db", "--quiet"], cwd=folder)
        while done.poll() is None:
            time.sleep(0.2)
            memory = resident(done.pid)
            try:
                store = sqlite3.connect(f"file:{folder}/most.db?mode=ro", uri=True)
                trials = store.execute("SELECT count(*) FROM trials").fetchone()[0]
                store.close()
            except sqlite3.Error:
                continue
            if memory:
                seen.append((trials, memory))
        seconds = time.perf_counter() - start
        if done.returncode:
            sys.exit("cornu sweep failed")
    quarters = [max((m for n, m in seen if most * i // 4 <= n <= most * (i + 1) // 4), default=0) for i in range(4)]
    row(f"{most:,} networks of one unit, stored", f"{most / seconds:,.0f} trials a second", "", "")
    row(f"memory at most, in each quarter of {most:,} trials", ", ".join(f"{m:.0f}" for m in quarters) + " MB", "", "", "",
        "flat", quarters[3] <= quarters[1] + 16)


def suggestions():
    out = subprocess.run([os.path.join(os.environ["CORNU_BENCH"], "suggest")], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        words = line.split()
        if words[0] == "tpe":
            row(f"TPE, {int(words[1]):,} results to look at", f"{float(words[3]):,.0f} suggestions a second", "", "", "", "1,000",
                float(words[3]) >= 1000)


def ray_trials(trials):
    import ray
    from ray import tune
    ray.init(num_cpus=os.cpu_count(), include_dashboard=False, logging_level="ERROR")
    with tempfile.TemporaryDirectory() as folder:
        config = getattr(tune, "RunConfig", None) or __import__("ray.train", fromlist=["RunConfig"]).RunConfig
        tuner = tune.Tuner(lambda point: {"score": point["x"]}, param_space={"x": tune.uniform(0, 1)},
                           tune_config=tune.TuneConfig(num_samples=trials), run_config=config(verbose=0, storage_path=folder))
        start = time.perf_counter()
        tuner.fit()
        seconds = time.perf_counter() - start
    ray.shutdown()
    return trials / seconds


def kerastuner_trials(trials):
    import keras_tuner

    class Nothing(keras_tuner.RandomSearch):
        def run_trial(self, trial, *args, **keywords):
            return {"score": trial.hyperparameters.Float("x", 0, 1)}

    with tempfile.TemporaryDirectory() as folder:
        tuner = Nothing(objective=keras_tuner.Objective("score", "min"), max_trials=trials, directory=folder, seed=0)
        start = time.perf_counter()
        tuner.search(verbose=0)
        return trials / (time.perf_counter() - start)


def keras_search(x, y, units, classes, epochs, networks):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    random = np.random.default_rng(0)
    target = np.eye(classes, dtype=np.float32)[y]

    def one():
        m = keras.Sequential([keras.layers.Dense(units, activation="relu"), keras.layers.Dense(classes, activation="softmax")])
        m.compile(keras.optimizers.Adam(10 ** random.uniform(-4, -1)), "categorical_crossentropy", metrics=["accuracy"])
        m.fit(x, target, batch_size=int(random.choice([32, 64])), epochs=epochs, validation_split=0.2, verbose=0)

    one()
    start = time.perf_counter()
    for _ in range(networks):
        one()
    return (time.perf_counter() - start) / networks


def read_idx(folder, name):
    path = os.path.join(folder, name)
    with gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb") as file:
        return file.read()


def images_of(folder):
    x = np.frombuffer(read_idx(folder, "train-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 784)[:10000].astype(np.float32) / 255
    return x, np.frombuffer(read_idx(folder, "train-labels-idx1-ubyte"), np.uint8, offset=8)[:10000].astype(np.int64)


def compare(name, x, y, units, classes, epochs, networks, peer_networks, limit=None, targets=()):
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "x.npy"), x)
        np.save(os.path.join(folder, "y.npy"), y)
        runs = [(cornu(folder, networks, units, classes, epochs, "none"), cornu(folder, networks, units, classes, epochs, "runs.db"))
                for _ in range(2)]
        bare, kept = min(r[0] for r in runs), min(r[1] for r in runs)
        size = os.path.getsize(os.path.join(folder, "runs.db"))
        pruned = "sampler=tpe pruner=hyperband" if epochs > 2 else "sampler=tpe"  # two epochs are no rungs
        tpe = cornu(folder, networks, units, classes, epochs, "tpe.db", pruned)
    cost = 100 * (kept - bare) / kept
    row(f"{networks:,} networks: {name}", f"{kept:.1f} s, {kept / networks * 1e3:.2f} ms each, {size / 1e6:.1f} MB stored", "", "", "",
        f"{limit} s" if limit else "", kept <= limit if limit else None)
    row("of it the store", f"{cost:.1f} %" if cost >= 0.1 else "less than two runs differ by", "", "", "", "5 %", cost <= 5)
    row(f"the same with {pruned}", f"{tpe:.1f} s", "", "")
    peers = (("scikit-learn", lambda n: sklearn_search(x, y, units, epochs, n), peer_networks),
             ("Keras", lambda n: keras_search(x, y, units, classes, epochs, n), max(3, peer_networks // 10)))
    for (peer, search, sample), target in zip(peers, targets or (None, None)):
        try:
            each = search(sample)
        except ImportError as error:
            print(f"{peer}: {error}")
            continue
        ratio = each * networks / kept
        row(name, f"{kept / networks * 1e3:.2f} ms a network", peer, f"{each * 1e3:.1f} ms a network, of {sample}", f"{ratio:.1f}",
            target or "", ratio >= target if target else None)


def idle(peer, trial, n):
    try:
        row("trials that do nothing", "", peer, f"{trial(n):.1f} a second, of {n}")
    except ImportError as error:
        print(f"{peer}: {error}")


def find_images(given):
    for folder in (given, os.path.join(os.environ.get("CORNU_DATA", ""), "mnist"), os.environ.get("CORNU_DATA")):
        if folder and any(os.path.exists(os.path.join(folder, "train-images-idx3-ubyte" + end)) for end in ("", ".gz")):
            return folder
    return None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--networks", type=int, default=10000)
    p.add_argument("--peer-networks", type=int, default=100)
    p.add_argument("--trials", type=int, default=100000)
    p.add_argument("--images")
    p.add_argument("--write", action="store_true", help="into bench/RESULTS.md")
    a = p.parse_args()
    random = np.random.default_rng(0)
    x = random.normal(size=(1000, 20)).astype(np.float32)
    y = (x @ random.normal(size=20) + 0.5 * x[:, 0] * x[:, 1] > 0).astype(np.int64)
    whole = a.networks == 10000
    compare("1,000 x 20, 32 units, 20 epochs", x, y, 32, 2, 20, a.networks, a.peer_networks, 35 if whole else None)
    images = find_images(a.images)
    if images:
        compare("784-32-10, 2 epochs on 10,000 images", *images_of(images), 32, 10, 2, max(1, a.networks // 10),
                max(8, a.peer_networks // 5), targets=(10, 30))
    else:
        print("no MNIST: --images FOLDER")
    suggestions()
    cornu_trials(a.trials)
    with tempfile.TemporaryDirectory() as folder:
        def of_optuna(name, storage):
            def trial(n):
                import optuna
                samplers = {"random": optuna.samplers.RandomSampler, "TPE": optuna.samplers.TPESampler}
                return optuna_trials(samplers[name](seed=0), storage, n)
            return trial
        idle("Optuna, random, in memory", of_optuna("random", None), 2000)
        idle("Optuna, TPE, in memory", of_optuna("TPE", None), 500)
        idle("Optuna, random, SQLite", of_optuna("random", f"sqlite:///{folder}/o.db"), 100)
    idle("Ray Tune", ray_trials, 30)
    idle("KerasTuner", kerastuner_trials, 100)
    if a.write:
        write_rows()


main()
