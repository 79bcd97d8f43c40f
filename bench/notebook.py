"""What a Python user gains: the trainings of a course's notebook (bench/peers/keras_lab.py) by TensorFlow, by TensorFlow with
cornu.keras.accelerate(), and with cornu.keras.install(), each in a process of its own, after one another, in one run. Then what a
call of fit and a callback of one's own cost, and whether memory grows over 1,000 of them. `--epochs N` takes N epochs of each training at most.

    ./run bench notebook [--epochs N] [--threads N]"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.join(os.path.dirname(HERE), "python")
DOORS = {"TensorFlow": [], "accelerate()": ["-m", "cornu.keras", "--accelerate"], "install()": ["-m", "cornu.keras"]}

OVERHEAD = """
import time
import numpy as np
from cornu import keras
x, y = np.zeros((64, 8), np.float32), np.zeros(64, np.float32)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
def timed(call, count):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count
model.fit(x, y, verbose=0)
fit = timed(lambda: model.fit(x, y, verbose=0), 200)
def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
begin = memory()
for _ in range(1000):
    model.fit(x, y, verbose=0)
grown = memory() - begin
x, y = np.zeros((64000, 8), np.float32), np.zeros(64000, np.float32)
plain = min(timed(lambda: model.fit(x, y, verbose=0), 1) for _ in range(5))
class Mine(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass
hooked = min(timed(lambda: model.fit(x, y, verbose=0, callbacks=[Mine()]), 1) for _ in range(5))
print(fit, (hooked - plain) / 2000, grown)
"""


ARRAYS = """
import sys
import numpy as np
from cornu.keras import datasets, utils
(x, y), _ = datasets.mnist.load_data()
np.save(sys.argv[1] + "/x.npy", x.reshape(-1, 784).astype("float32") / 255)
np.save(sys.argv[1] + "/y.npy", utils.to_categorical(y).astype("float32"))
print("ready")
"""


def run(words, threads):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([PACKAGE, os.path.join(HERE, "peers")]),
                   "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *words], env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed")
    return done.stdout.splitlines()[-1].split(), time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(["-c", ARRAYS, folder], a.threads)
        compare(a, folder)
    (fit, batch, grown), _ = run(["-c", OVERHEAD], a.threads)
    print(f"a call of fit on 64 samples: {float(fit) * 1e3:.2f} ms; a callback of one's own: {float(batch) * 1e6:.1f} us a batch; "
          f"1,000 calls of fit: {int(grown) / 1024:+.0f} KiB of memory")


def compare(a, folder):
    print(f"{'':14} {'seconds of fit':>14} {'whole process':>14} {'epochs':>7} {'last loss':>10} {'times':>6}")
    reference = None
    for name, words in DOORS.items():
        out, whole = run([*words, os.path.join(HERE, "peers", "keras_lab.py"), folder, str(a.threads), str(a.epochs)],
                         a.threads)
        seconds = float(out[0])
        reference = reference or seconds
        print(f"{name:14} {seconds:14.2f} {whole:14.2f} {out[1]:>7} {float(out[2]):10.4f} {reference / seconds:6.1f}",
              flush=True)


if __name__ == "__main__":
    main()
