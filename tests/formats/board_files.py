"""What cornu's tensorboard callback writes, as the tensorboard package reads it: board_files.py CORNU FOLDER."""
import glob
import json
import os
import subprocess
import sys
import zlib

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
os.chdir(folder)
random = np.random.default_rng(2)
np.save("x.npy", random.normal(0, 1, (40, 16)).astype("f"))
np.save("y.npy", np.eye(3, dtype="f")[np.arange(40) % 3])
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"


def train(callback):
    done = subprocess.run(
        [program, "train", "--x", "x.npy", "--y", "y.npy", "--layers", "input 16; dense 5 relu; dense 3 softmax",
         "--epochs", "3", "--batch-size", "8", "--validation-split", "0.2", "--metrics", "accuracy", "--optimizer",
         "adam(learning_rate=0.02)", "--history", "h.json", "--save-weights", "w.npz", "--callbacks", callback],
        capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)


def read(name):
    events = EventAccumulator(name, size_guidance={"tensors": 0})
    events.Reload()
    return events


def scalars(events, tag):
    return [(e.step, float(tensor_util.make_ndarray(e.tensor_proto))) for e in events.Tensors(tag)]


def picture(png):
    """Width, height and rows of a grey PNG without filters, its checksums looked at."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    data, at = b"", 8
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + body) == int.from_bytes(png[at + 8 + size : at + 12 + size], "big")
        if kind == b"IHDR":
            width, height = (int.from_bytes(body[i : i + 4], "big") for i in (0, 4))
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(data), "u1").reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:]


train("tensorboard(logs, histogram_freq=2, write_images=true, update_freq=2)")
with open("h.json", encoding="utf8") as file:
    history = json.load(file)["history"]
one, two = read("logs/train"), read("logs/validation")
for name, values in history.items():
    events, tag = (two, name[4:]) if name.startswith("val_") else (one, name)
    found = scalars(events, f"epoch_{tag}")
    assert [step for step, _ in found] == [0, 1, 2], found
    np.testing.assert_allclose([value for _, value in found], values, rtol=1e-6)
    if name.startswith("val_"):
        found = scalars(two, f"evaluation_{tag}_vs_iterations")
        assert [step for step, _ in found] == [4, 8, 12], found
assert [step for step, _ in scalars(one, "batch_loss")] == [2, 4, 6, 8, 10, 12]
assert scalars(one, "batch_loss")[1][1] == scalars(one, "epoch_loss")[0][1]
np.testing.assert_allclose([v for _, v in scalars(one, "epoch_learning_rate")], 0.02, rtol=1e-6)

# The last histogram and picture are of the weights that were saved: epoch 2 is the last one.
with np.load("w.npz") as weights:
    kernel = weights["arr_0"].astype("d")
events = one.Tensors("dense/kernel/histogram")
assert [e.step for e in events] == [0, 2]
rows = tensor_util.make_ndarray(events[-1].tensor_proto)
edges = np.append(rows[:, 0], rows[-1, 1])
counts, _ = np.histogram(kernel, np.linspace(kernel.min(), kernel.max(), 31))
np.testing.assert_allclose(edges, np.linspace(kernel.min(), kernel.max(), 31), atol=1e-9)
np.testing.assert_array_equal(rows[:, 2], counts)

width, height, png = (bytes(s) for s in one.Tensors("dense/kernel/image")[-1].tensor_proto.string_val)
shown = picture(png)
assert (int(width), int(height)) == (16, 5) and shown.shape == (5, 16)
wanted = (kernel.T - kernel.min()) / np.ptp(kernel) * 255
assert np.max(np.abs(shown - wanted)) <= 0.51
shown = picture(bytes(one.Tensors("dense/kernel/units")[-1].tensor_proto.string_val[2]))
assert shown.shape == (4, 5 * 5 - 1)
for unit in range(5):
    part = kernel[:, unit].reshape(4, 4)
    assert np.max(np.abs(shown[:, 5 * unit : 5 * unit + 4] - (part - part.min()) / np.ptp(part) * 255)) <= 0.51

# Equal trainings, equal bytes; and each its own file.
train("TensorBoard(log_dir=again, histogram_freq=2, write_images=true, update_freq=2)")
(first,), (second,) = (glob.glob(f"{name}/train/*tfevents*") for name in ("logs", "again"))
with open(first, "rb") as a, open(second, "rb") as b:
    assert a.read() == b.read()
train("tensorboard(logs)")
assert len(glob.glob("logs/train/*tfevents*")) == 2
print("read by tensorboard:", *sorted(one.Tags()["tensors"]))
