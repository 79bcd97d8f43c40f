"""What every peer of the comparison shares: the work it is given, and the conversation with compare.py.

A peer is started with one argument, the work as JSON:

    {"data": FOLDER, "set": "", "shape": [784], "layers": [["dense", 512, "linear"], ["dense", 10, "softmax"]],
     "notation": "…", "optimizer": "adam", "rate": null, "batch": 32, "train": 45000, "validate": 15000, "threads": 2, "seed": 1}

FOLDER holds x.npy (float32, 0 to 1), y.npy (one hot), x_test.npy, y_test.npy, and pixels.npy and pixels_test.npy, the bytes
of which x are the 255th parts; the same with "set" after x, y and pixels. A layer is one of

    ["dense", UNITS, ACTIVATION]  ["dropout", RATE]  ["flatten"]
    ["conv", FILTERS, SIZE, PADDING, ACTIVATION]  ["max_pool", SIZE]  ["average_pool", SIZE]
    ["rotation", FACTOR]  ["translation", FACTOR]  ["zoom", FACTOR]

and "notation" says the same in Cornu's words. A peer answers each line it reads:

    train       an epoch over the first `train` samples in random order, with loss and accuracy, then loss and accuracy of
                the `validate` after them
    evaluate    loss and accuracy of the test samples
    predict     the probabilities of the test samples
    single      1,000 times the probabilities of one test sample
    augment     the first `train` samples, moved at random
    memory      peak resident memory in kilobytes

with a line of numbers: seconds, loss, accuracy.
"""
import json
import os
import sys
import time

import numpy as np

work = json.loads(sys.argv[1])
RATES = {"adam": 0.001, "sgd": 0.01, "rmsprop": 0.001}
rate = work["rate"] or RATES[work["optimizer"]]


def array(name, first=0, last=None):
    """Samples first … last-1, copied, so that the rest of the file is not kept."""
    return np.array(np.load(os.path.join(work["data"], name + ".npy"), mmap_mode="r")[first:last])


def images(name, first=0, last=None):
    x = array(name, first, last)
    return x.reshape(len(x), *work["shape"])


def train_arrays():
    n, m, of = work["train"], work["validate"], work["set"]
    return images("x" + of, 0, n), array("y" + of, 0, n), images("x" + of, n, n + m), array("y" + of, n, n + m)


def test_arrays():
    return images("x_test"), array("y_test")


def peak_memory():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def serve(version, **answers):
    """`answers`: functions by command, each returning (loss, accuracy)."""
    print("ready", version, flush=True)
    for line in sys.stdin:
        command = line.strip()
        if command == "memory":
            print(peak_memory(), 0, 0, flush=True)
            continue
        start = time.perf_counter()
        loss, accuracy = answers[command]()
        print(time.perf_counter() - start, float(loss), float(accuracy), flush=True)
