"""Many small networks: cornu sweep beside scikit-learn's and Optuna's searches on the same space and data, one process of each
after the other. The others train fewer networks, and their time is set against as many of Cornu's.

    ./run bench sweep [--networks N] [--peer-networks N] [--images FOLDER]

1. N networks (10,000) on 1,000 x 20 data: 32 units, 20 epochs, every epoch of every network in the store; what the store costs is
   the difference to the same without one (--store none).
2. With --images (a folder with MNIST's train-images-idx3-ubyte and train-labels-idx1-ubyte): 784-32-10, 2 epochs on 10,000 images.
3. Trials that do nothing: what Optuna's own work and its SQLite take.
Suggestions a second of the samplers alone: ./run bench suggest."""
import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

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


def images_of(folder):
    with open(os.path.join(folder, "train-images-idx3-ubyte"), "rb") as file:
        x = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)[:10000].astype(np.float32) / 255
    with open(os.path.join(folder, "train-labels-idx1-ubyte"), "rb") as file:
        return x, np.frombuffer(file.read(), np.uint8, offset=8)[:10000].astype(np.int64)


def compare(name, x, y, units, classes, epochs, networks, peer_networks):
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "x.npy"), x)
        np.save(os.path.join(folder, "y.npy"), y)
        bare = cornu(folder, networks, units, classes, epochs, "none")
        kept = cornu(folder, networks, units, classes, epochs, "runs.db")
        size = os.path.getsize(os.path.join(folder, "runs.db"))
        tpe = cornu(folder, networks, units, classes, epochs, "tpe.db", "sampler=tpe pruner=hyperband")
    print(f"{name}\n  cornu sweep, {networks} networks: {kept:.1f} s ({kept / networks * 1e3:.2f} ms each); without a store {bare:.1f} s: "
          f"it takes {100 * (kept - bare) / kept:.1f} %, {size / 1e6:.1f} MB\n  cornu sweep sampler=tpe pruner=hyperband: {tpe:.1f} s", flush=True)
    try:
        each = sklearn_search(x, y, units, epochs, peer_networks)
        print(f"  scikit-learn, {peer_networks} networks: {each * 1e3:.1f} ms each, {each * networks / kept:.1f} times as long", flush=True)
    except ImportError as error:
        print(f"  scikit-learn: {error}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--networks", type=int, default=10000)
    p.add_argument("--peer-networks", type=int, default=200)
    p.add_argument("--images")
    a = p.parse_args()
    random = np.random.default_rng(0)
    x = random.normal(size=(1000, 20)).astype(np.float32)
    y = (x @ random.normal(size=20) + 0.5 * x[:, 0] * x[:, 1] > 0).astype(np.int64)
    compare("1,000 x 20, 32 units, 20 epochs", x, y, 32, 2, 20, a.networks, a.peer_networks)
    if a.images:
        compare("784-32-10, 2 epochs on 10,000 images", *images_of(a.images), 32, 10, 2, max(1, a.networks // 10), max(8, a.peer_networks // 5))
    try:
        import optuna
        with tempfile.TemporaryDirectory() as folder:
            for label, sampler, storage, n in (("random, in memory", optuna.samplers.RandomSampler(seed=0), None, 2000),
                                               ("TPE, in memory", optuna.samplers.TPESampler(seed=0), None, 500),
                                               ("random, SQLite", optuna.samplers.RandomSampler(seed=0), f"sqlite:///{folder}/o.db", 100)):
                print(f"Optuna, trials that do nothing, {label}: {optuna_trials(sampler, storage, n):.0f} a second", flush=True)
    except ImportError as error:
        print(f"Optuna: {error}")


main()
