"""One epoch of the 512-unit network, Cornu beside Keras: 784-512(linear)-10 softmax, 45,000 samples of MNIST,
batch 32, Adam, with its validation pass over 15,000; interleaved rounds on the same machine.

    PYTHON=venv/bin/python ./run bench epoch [--rounds 5] [--threads 2]

Needs keras==3.6.0 and tensorflow-cpu==2.18.0 in that Python, and MNIST in $CORNU_DATA/mnist (or ./data/mnist).
Prints seconds an epoch, the median of the rounds, their ratio, and the loss both reached.
"""
import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--rounds", type=int, default=5)
options.add_argument("--threads", type=int, default=2)
options = options.parse_args()

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    import numpy as np
    import tensorflow as tf
    import keras
except ImportError as error:
    sys.exit(f"bench epoch: {error}; set PYTHON to an interpreter that has keras==3.6.0 and tensorflow-cpu==2.18.0")
tf.config.threading.set_intra_op_parallelism_threads(options.threads)


def idx(name, skip, shape):
    folder = os.path.join(os.environ.get("CORNU_DATA", "data"), "mnist")
    for path, opener in ((f"{folder}/{name}.gz", gzip.open), (f"{folder}/{name}", open)):
        if os.path.exists(path):
            with opener(path, "rb") as file:
                return np.frombuffer(file.read(), "uint8", offset=skip).reshape(shape)
    sys.exit(f"bench epoch: no {name} in {folder}; set CORNU_DATA")


x = idx("train-images-idx3-ubyte", 16, (60000, 784)).astype("float32") / 255
y = np.eye(10, dtype="float32")[idx("train-labels-idx1-ubyte", 8, (60000,))]

keras.utils.set_random_seed(1)
model = keras.Sequential([keras.layers.Input((784,)), keras.layers.Dense(512), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])


def keras_epoch():
    """Seconds of one more epoch; the first call also builds the graph and is not counted."""
    start = time.perf_counter()
    history = model.fit(x, y, epochs=1, batch_size=32, validation_split=0.25, verbose=0)
    return time.perf_counter() - start, history.history["loss"][0]


def cornu_epochs(epochs):
    """Seconds of each epoch of a fresh process, and the losses."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "history.json")
        subprocess.run([os.environ.get("CORNU_PROGRAM", "build/release/cornu"), "train", "--data", "mnist", "--layers",
                        "dense 512; dense 10 softmax", "--optimizer", "adam", "--loss", "categorical_crossentropy",
                        "--metrics", "accuracy", "--epochs", str(epochs), "--batch-size", "32", "--validation-split",
                        "0.25", "--threads", str(options.threads), "--verbose", "0", "--history", out], check=True)
        with open(out) as file:
            result = json.load(file)
    return result["seconds"], result["history"]["loss"]


keras_epoch()
keras_seconds, cornu_seconds, cornu_loss, keras_loss = [], [], [], []
for round_number in range(options.rounds):
    seconds, loss = keras_epoch()
    keras_seconds.append(seconds)
    keras_loss.append(loss)
    seconds, cornu_loss = cornu_epochs(3)
    cornu_seconds += seconds
    print(f"round {round_number + 1}: Keras {keras_seconds[-1]:.3f} s, Cornu {statistics.median(seconds):.3f} s an epoch", flush=True)

k, c = statistics.median(keras_seconds), statistics.median(cornu_seconds)
print(f"\n{'':8}{'median':>9}{'min':>9}{'max':>9}  s/epoch, {options.threads} threads")
for name, values in (("Keras", keras_seconds), ("Cornu", cornu_seconds)):
    print(f"{name:8}{statistics.median(values):9.3f}{min(values):9.3f}{max(values):9.3f}")
print(f"Keras / Cornu = {k / c:.1f}")
print(f"training loss of epoch 2: Keras {keras_loss[0]:.4f}; Cornu {cornu_loss[1]:.4f}")
