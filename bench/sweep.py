"""Many small networks: cornu sweep beside scikit-learn's, Keras's, Optuna's, Ray Tune's and KerasTuner's searches on the same space
and data, one process of each after the other. The others train fewer networks, and their time is set against as many of Cornu's.

    ./run bench sweep [--networks N] [--peer-networks N] [--images FOLDER]

1. N networks (10,000) on 1,000 x 20 data: 32 units, 20 epochs, every epoch of every network in the store; what the store costs is
   the difference to the same without one (--store none).
2. With --images (a folder with MNIST's train-images-idx3-ubyte and train-labels-idx1-ubyte): 784-32-10, 2 epochs on 10,000 images.
3. Trials that do nothing: what the tools' own work and stores take; 100,000 of Cornu's, and the most memory that they took.
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


def cornu_trials(trials, most):
    """A sweep's own work: networks of one unit, one epoch, every one in the store; and whether memory grows with their number."""
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "x.npy"), random.normal(size=(8, 1)).astype(np.float32))
        np.save(os.path.join(folder, "y.npy"), (np.arange(8) % 2).astype(np.int64))
        seconds, peaks = {}, {}
        for n in (trials, most):
            with open(os.path.join(folder, "study.md"), "w") as file:
                file.write(STUDY.format(units=1, classes=2, epochs=1, trials=n, more="").replace("test_split=0.01", "")
                           .replace("validation_split=0.2", "").replace("val_accuracy", "accuracy"))
            start = time.perf_counter()
            done = subprocess.Popen([PROGRAM, "sweep", "study.md", "--store", f"{n}.db", "--quiet"], cwd=folder)
            _, status, usage = os.wait4(done.pid, 0)
            if status:
                sys.exit("cornu sweep failed")
            seconds[n], peaks[n] = time.perf_counter() - start, usage.ru_maxrss / 1024
        for n in seconds:
            print(f"Cornu, networks of one unit, stored: {n} trials, {n / seconds[n]:.0f} a second, {peaks[n]:.0f} MB at most", flush=True)


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
        m.compile(keras.optimizers.Adam(10 ** random.uniform(-4, -1)), "categorical_crossentropy", ["accuracy"])
        m.fit(x, target, batch_size=int(random.choice([32, 64])), epochs=epochs, validation_split=0.2, verbose=0)

    one()
    start = time.perf_counter()
    for _ in range(networks):
        one()
    return (time.perf_counter() - start) / networks


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
    try:
        each = keras_search(x, y, units, classes, epochs, max(3, peer_networks // 10))
        print(f"  Keras, {max(3, peer_networks // 10)} networks: {each * 1e3:.0f} ms each, {each * networks / kept:.1f} times as long", flush=True)
    except ImportError as error:
        print(f"  Keras: {error}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--networks", type=int, default=10000)
    p.add_argument("--peer-networks", type=int, default=200)
    p.add_argument("--trials", type=int, default=100000)
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
    for label, trial, n in (("Ray Tune", ray_trials, 100), ("KerasTuner", kerastuner_trials, 200)):
        try:
            print(f"{label}, trials that do nothing: {trial(n):.1f} a second", flush=True)
        except ImportError as error:
            print(f"{label}: {error}")
    cornu_trials(a.trials // 10, a.trials)


main()
