"""Cornu beside Keras, PyTorch and JAX: the same work, one process each, in interleaved rounds on this machine.

    ./run bench                        everything; writes bench/RESULTS.md, results.json and ratios.svg
    ./run bench compare --no-lab       without the whole lab, which takes Keras a quarter of an hour
    ./run bench compare --only SGD     the rows with that in their names; writes nothing
    ./run bench compare --before DIR   Cornu's rows alone, beside the cornu_peer of another build; writes nothing

`./run bench` makes a virtual environment with the peers' pinned versions outside the tree, or takes the Python that
$CORNU_PEERS names. MNIST is looked for in $CORNU_DATA/mnist and ./data/mnist.
"""
import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from results import read_sections

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.environ.get("CORNU_PEERS", sys.executable)
PROGRAM = os.environ.get("CORNU_PROGRAM", "build/release/cornu")
PROGRAMS = os.environ.get("CORNU_BENCH", "build/release/bench")
PEERS = {
    "Cornu": [os.path.join(PROGRAMS, "cornu_peer")],
    "Keras": [PYTHON, os.path.join(HERE, "peers", "keras_peer.py")],
    "PyTorch": [PYTHON, os.path.join(HERE, "peers", "torch_peer.py")],
    "JAX": [PYTHON, os.path.join(HERE, "peers", "jax_peer.py")],
    "onnxruntime": [PYTHON, os.path.join(HERE, "peers", "onnx_peer.py")],
    "KANN": [os.path.join(PROGRAMS, "kann_peer")],
}


def dense(*widths, activation="linear", dropout=0):
    layers = [["dense", width, activation] for width in widths]
    return [layer for dense in layers for layer in ([dense, ["dropout", dropout]] if dropout else [dense])] + [HEAD]


HEAD = ["dense", 10, "softmax"]
NOTATION = {
    "dense": "dense {0} {1}", "dropout": "dropout {0}", "flatten": "flatten", "conv": "conv2d {0} {1} padding={2} activation={3}",
    "max_pool": "max_pooling2d {0}", "average_pool": "average_pooling2d {0}", "rotation": "random_rotation {0}",
    "translation": "random_translation {0} {0}", "zoom": "random_zoom {0}",
}
LENET = [["conv", 6, 5, "same", "relu"], ["average_pool", 2], ["conv", 16, 5, "valid", "relu"], ["average_pool", 2], ["flatten"],
         ["dense", 120, "relu"], ["dense", 84, "relu"], HEAD]
CONVNET = [["conv", 32, 3, "valid", "relu"], ["max_pool", 2], ["conv", 64, 3, "valid", "relu"], ["max_pool", 2], ["flatten"],
           ["dropout", 0.5], HEAD]
CIFAR = [["conv", 32, 3, "same", "relu"], ["conv", 32, 3, "same", "relu"], ["max_pool", 2], ["conv", 64, 3, "same", "relu"],
         ["conv", 64, 3, "same", "relu"], ["max_pool", 2], ["flatten"], ["dense", 512, "relu"], HEAD]
MNIST_IMAGE, CIFAR_IMAGE = [28, 28, 1], [32, 32, 3]


def row(name, short, command="train", targets=None, layers=None, **work):
    base = {"layers": layers or dense(512), "set": "", "shape": [784], "optimizer": "adam", "rate": None, "batch": 32,
            "train": 45000, "validate": 15000, "seed": 1}
    work = {**base, **work}
    said = [NOTATION[kind].format(*given) for kind, *given in work["layers"]]
    work["notation"] = "; ".join(["input " + " ".join(map(str, work["shape"])), *said])
    return {"name": name, "short": short, "command": command, "targets": targets or {}, "work": work}


WORKS = [
    row("epoch: 784-512-10 linear, Adam", "512", targets={"Keras": 20, "PyTorch": 9, "JAX": 4.5}),
    row("epoch: 784-1024-10 linear, Adam", "1024", targets={"Keras": 16, "PyTorch": 7, "JAX": 4}, layers=dense(1024)),
    row("epoch: 784-216-10 linear, Adam", "216", targets={"Keras": 16, "PyTorch": 7, "JAX": 4}, layers=dense(216)),
    row("epoch: 784-512-128-10 relu, dropout 0.3, Adam, batch 16", "final", targets={"Keras": 20, "PyTorch": 10},
        layers=dense(512, 128, activation="relu", dropout=0.3), rate=0.0005, batch=16),
    row("epoch: 784-512-10 relu, SGD", "SGD", targets={"Keras": 15}, layers=dense(512, activation="relu"), optimizer="sgd"),
    row("epoch: 784-512-10 relu, RMSprop", "RMSprop", targets={"Keras": 15}, layers=dense(512, activation="relu"),
        optimizer="rmsprop"),
    row("epoch: 784-512-10 sigmoid, Adam", "sigmoid", targets={"Keras": 15}, layers=dense(512, activation="sigmoid")),
    row("epoch: 784-512-10 relu, Adam, batch 128", "batch 128", targets={"Keras": None, "PyTorch": None},
        layers=dense(512, activation="relu"), batch=128),
    row("evaluate 10,000 images, 784-512-10", "evaluate", "evaluate", {"Keras": 10, "PyTorch": 3}, test=32),
    row("predict 10,000 images, 784-512-10", "predict", "predict", {"Keras": 10, "PyTorch": 3, "onnxruntime": 3}, test=32),
    row("1,000 times one image, 784-512-10, one thread", "one", "single", {"onnxruntime": 1}, threads=1),
    row("1,000 times one image, 784-512-128-10, one thread", "one, deep", "single", {"onnxruntime": 1}, threads=1,
        layers=dense(512, 128, activation="relu", dropout=0.3)),
    row("20 batches of 256: 784-4096-4096-10 relu, Adam", "wide", targets={"PyTorch": 1, "JAX": 1},
        layers=dense(4096, 4096, activation="relu"), batch=256, train=5120, validate=0),
    row("60,000 images: LeNet-5, Adam, batch 32", "LeNet-5", targets={"Keras": 4, "PyTorch": None}, layers=LENET,
        shape=MNIST_IMAGE, train=60000, validate=0),
    row("60,000 images: mnist_convnet 32-64, Adam, batch 128", "convnet", targets={"Keras": 2, "PyTorch": 2.5}, layers=CONVNET,
        shape=MNIST_IMAGE, batch=128, train=60000, validate=0),
    row("10,000 images of 32 x 32 x 3: 32-32-64-64-512, Adam, batch 32", "CIFAR", targets={"Keras": 1.8, "PyTorch": 1.8},
        layers=CIFAR, set="_cifar", shape=CIFAR_IMAGE, train=10000, validate=0),
    row("60,000 images rotated, moved and zoomed", "augment", "augment", {"Keras": 8},
        layers=[["rotation", 0.03], ["translation", 0.08], ["zoom", 0.1]], shape=MNIST_IMAGE, train=60000, validate=0),
    row("1,000 times one image, mnist_convnet, one thread", "one, conv", "single", {"onnxruntime": 1.5}, layers=CONVNET,
        shape=MNIST_IMAGE, threads=1),
    row("predict 10,000 images, mnist_convnet", "predict, conv", "predict", {"Keras": None, "onnxruntime": 1.5}, layers=CONVNET,
        shape=MNIST_IMAGE, test=32),
]


# ---- the data ----------------------------------------------------------------------------------------------


def idx(name, skip, shape):
    folders = [os.path.join(os.environ.get("CORNU_DATA", "data"), "mnist"), "data/mnist"]
    for folder in folders:
        for path, opener in ((f"{folder}/{name}.gz", gzip.open), (f"{folder}/{name}", open)):
            if os.path.exists(path):
                with opener(path, "rb") as file:
                    return np.frombuffer(file.read(), "uint8", offset=skip).reshape(shape)
    sys.exit(f"bench: no {name} in {' or '.join(folders)}; set CORNU_DATA")


def write_data(folder):
    for suffix, part, count in (("", "train", 60000), ("_test", "t10k", 10000)):
        pixels = idx(f"{part}-images-idx3-ubyte", 16, (count, 784))
        y = np.eye(10, dtype="float32")[idx(f"{part}-labels-idx1-ubyte", 8, (count,))]
        np.save(f"{folder}/x{suffix}.npy", pixels.astype("float32") / 255)
        np.save(f"{folder}/pixels{suffix}.npy", pixels)
        np.save(f"{folder}/y{suffix}.npy", y)
    # As many bytes as CIFAR-10 has, which we may not count on: noise whose colour tells the class.
    random = np.random.default_rng(1)
    labels = random.integers(0, 10, 10000)
    light = random.integers(0, 128, (10, 3))[labels][:, None, :]
    pixels = (random.integers(0, 128, (10000, 1024, 3)) + light).astype("uint8").reshape(10000, 3072)
    np.save(f"{folder}/x_cifar.npy", pixels.astype("float32") / 255)
    np.save(f"{folder}/pixels_cifar.npy", pixels)
    np.save(f"{folder}/y_cifar.npy", np.eye(10, dtype="float32")[labels])


# ---- the peers -----------------------------------------------------------------------------------------------


class Peer:
    """A running process that does one row's work when told to."""

    def __init__(self, name, work):
        self.name, self.seconds, self.loss, self.accuracy = name, [], 0, 0
        self.process = subprocess.Popen(PEERS[name] + [json.dumps(work)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        ready = self.process.stdout.readline()
        if not ready.startswith("ready "):
            sys.exit(f"bench: {name} did not start; what it says: {' '.join(PEERS[name])} '{json.dumps(work)}'")
        self.version = ready[6:].strip()

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 3:
            sys.exit(f"bench: {self.name} ended while it was asked for: {command}")
        return [float(number) for number in answer]

    def measure(self, command):
        seconds, self.loss, self.accuracy = self.ask(command)
        self.seconds.append(seconds)

    def end(self):
        self.memory = self.ask("memory")[0] / 1024
        self.process.stdin.close()
        self.process.wait()


def versus(row):
    """KANN takes part where it was built, in what it can do."""
    kann = ["KANN"] if row["short"] == "RMSprop" and os.path.exists(PEERS["KANN"][0]) else []
    return ["Cornu", *row["targets"], *kann]


def start(row, folder, options, names):
    """The peers of a row, warmed up. Those of inference alone read the file that Cornu writes."""
    work = {"threads": options.threads, **row["work"], "data": folder}
    peers = []
    for name in names:
        peers.append(Peer(name, work))
        if name == "Cornu" and "onnxruntime" in names:
            peers[0].ask("train")
            peers[0].ask("onnx")
    for peer in peers:
        if row["command"] != "augment":
            peer.ask("train")  # builds graphs, compiles, warms up
        if row["command"] != "train":
            peer.ask(row["command"])
    return peers


def run_row(row, folder, options, names):
    peers = start(row, folder, options, names)
    for _ in range(options.rounds):
        for peer in peers:
            repeats = 1 if row["command"] == "train" else 5
            for _ in range(repeats):
                peer.measure(row["command"])
            time.sleep(0.2)  # until its threads have stopped waiting for more
    for peer in peers:
        peer.end()
    result = {"name": row["name"], "short": row["short"], "targets": row["targets"], "peers": {}}
    for peer in peers:
        result["peers"][peer.name] = {"version": peer.version, "seconds": peer.seconds, "memory": peer.memory,
                                      "loss": peer.loss, "accuracy": peer.accuracy}
    return result


def run_conv_memory(folder, options):
    """Peak memory of each process after 20 batches of 128 of the CIFAR network."""
    work = row("peak memory, CIFAR network, batch 128", "memory, conv", targets={"Keras": 3, "PyTorch": 3}, layers=CIFAR,
               set="_cifar", shape=CIFAR_IMAGE, batch=128, train=2560, validate=0)
    peers = start(work, folder, options, versus(work))
    for peer in peers:
        peer.end()
    return {"name": work["name"], "short": work["short"], "targets": work["targets"], "unit": "MiB",
            "peers": {peer.name: {"seconds": [peer.memory]} for peer in peers}}


# A process starts with the peak memory of the one that made it: a small one in between keeps ours out of the measure.
LAUNCH = """
import os, sys, time
start = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - start, usage.ru_maxrss / 1024, status)
"""


def fresh(command):
    """Wall seconds and peak MiB of a process of its own, and what it printed."""
    done = subprocess.run([sys.executable, "-S", "-c", LAUNCH, *command], capture_output=True, text=True)
    *output, last = done.stdout.splitlines() or [""]
    seconds, memory, status = (last.split() + ["1", "1", "1"])[:3]
    if done.returncode != 0 or int(status) != 0:
        sys.exit(f"bench: this failed: {' '.join(command)}\n{done.stderr}")
    return float(seconds), float(memory), "\n".join(output)


def train_command(options, *arguments):
    return [PROGRAM, "train", "--layers", "dense 512; dense 10 softmax", "--optimizer", "adam", "--loss",
            "categorical_crossentropy", "--metrics", "accuracy", "--batch-size", "32", "--threads", str(options.threads),
            "--verbose", "0", *arguments]


def run_start(folder, options):
    """Cold start to the first trained batch."""
    np.save(f"{folder}/x_first.npy", np.load(f"{folder}/x.npy", mmap_mode="r")[:32])
    np.save(f"{folder}/y_first.npy", np.load(f"{folder}/y.npy", mmap_mode="r")[:32])
    cornu = train_command(options, "--x", f"{folder}/x_first.npy", "--y", f"{folder}/y_first.npy")
    keras = [PYTHON, os.path.join(HERE, "peers", "keras_start.py"), folder]
    seconds = {"Cornu": [], "Keras": []}
    memory = {}
    for _ in range(options.rounds):
        for name, command in (("Cornu", cornu), ("Keras", keras)):
            taken, memory[name], _ = fresh(command)
            seconds[name].append(taken)
    return {"name": "start of the program to the first trained batch", "short": "start", "targets": {"Keras": 200},
            "peers": {name: {"seconds": seconds[name], "memory": memory[name]} for name in seconds}}


def run_memory(results, options):
    """Peak memory of an epoch of the first row: cornu train on MNIST's own files beside Keras's process of that row."""
    _, cornu, _ = fresh(train_command(options, "--data", "mnist", "--validation-split", "0.25"))
    return {"name": "peak memory, 784-512-10 on MNIST", "short": "memory", "targets": {"Keras": 10}, "unit": "MiB",
            "peers": {"Cornu": {"seconds": [cornu]}, "Keras": {"seconds": [results[0]["peers"]["Keras"]["memory"]]}}}


def run_lab(folder, options):
    """All trainings of the lab: two side by side in Cornu, with its reports, one after another in Keras."""
    lab = [PROGRAM, "lab", "run", os.path.join(HERE, "..", "labs", "mnist.es.md"), "--out", os.path.join(folder, "lab"),
           "--no-cache", "--quiet", "--jobs", str(options.threads), "--threads", "1"]
    cornu = [fresh(lab)[0] for _ in range(3)]
    output = fresh([PYTHON, os.path.join(HERE, "peers", "keras_lab.py"), folder, str(options.threads)])[2].split()
    return {"name": f"the whole lab (Keras: its {output[1]} epochs alone; Cornu: reports too)", "short": "lab",
            "targets": {"Keras": 18}, "peers": {"Cornu": {"seconds": cornu}, "Keras": {"seconds": [float(output[0])]}}}


# ---- what is printed -------------------------------------------------------------------------------------------


def median(result, name):
    return statistics.median(result["peers"][name]["seconds"])


def ratio(result, name):
    return median(result, name) / median(result, "Cornu")


def spread(result, name):
    """The least and the greatest ratio of single rounds."""
    ours, theirs = result["peers"]["Cornu"]["seconds"], result["peers"][name]["seconds"]
    if len(ours) != len(theirs):
        return min(theirs) / max(ours), max(theirs) / min(ours)
    ratios = [b / a for a, b in zip(ours, theirs)]
    return min(ratios), max(ratios)


def show(result):
    unit = result.get("unit", "s")
    print(f"\n{result['name']}")
    for name, values in result["peers"].items():
        numbers = values["seconds"]
        line = f"  {name:8} {median(result, name):9.4f} {unit} ({min(numbers):.4f} to {max(numbers):.4f})"
        if values.get("loss"):
            line += f"  loss {values['loss']:.4f} accuracy {values['accuracy']:.4f}"
        line += f"  {values['memory']:.0f} MiB" if values.get("memory") else ""
        if name != "Cornu":
            line += f"  {ratio(result, name):.1f}x"
            line += f" (target {result['targets'][name]:g}x)" if result["targets"].get(name) else ""
        print(line, flush=True)


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def machine(options):
    isa = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    return {"processor": processor(), "processors": os.cpu_count(), "threads": options.threads, "rounds": options.rounds,
            "system": f"{platform.system()} {platform.release().split('-')[0]}", "python": platform.python_version(), "cornu": isa,
            "date": time.strftime("%Y-%m-%d")}


def number(value, unit):
    if unit != "s":
        return f"{value:.0f} {unit}"
    return f"{value:.1f} s" if value >= 10 else f"{value:.3f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"


def markdown(results, about):
    versions = sorted({v["version"] for r in results for v in r["peers"].values() if "version" in v})
    lines = ["# Cornu beside its peers", "",
             f"Measured on {about['date']} with `./run bench`: {about['processor']}, {about['processors']} processors,",
             f"{about['system']}; {about['threads']} threads for everybody; {'; '.join(versions)}.",
             f"Each row is the same work on the same data in interleaved rounds ({about['rounds']}); a ratio is that of the medians, with",
             "the least and the greatest of single rounds behind it. An epoch is 45,000 images of MNIST trained, with loss and",
             "accuracy, and 15,000 validated. PyTorch has its data in memory and its fused optimiser, JAX the whole epoch in one scan;",
             "onnxruntime runs the file that Cornu wrote. The images of 32 x 32 x 3 are noise of CIFAR-10's size.",
             "", "![Ratios](ratios.svg)", "",
             "| work | Cornu | peer | its time | ratio | rounds | target | |", "|---|---|---|---|---|---|---|---|"]
    for result in results:
        unit = result.get("unit", "s")
        for name in result["peers"]:
            if name == "Cornu":
                continue
            low, high = spread(result, name)
            target = result["targets"].get(name)
            verdict = "" if not target else "reached" if ratio(result, name) >= target else "missed"
            lines.append(f"| {result['name']} | {number(median(result, 'Cornu'), unit)} | {name} | "
                         f"{number(median(result, name), unit)} | **{ratio(result, name):.1f}** | {low:.1f} to {high:.1f} | "
                         f"{target or ''} | {verdict} |")
    if not any(result["short"] == "lab" for result in results):
        lines += ["", "The whole lab was left out of this run."]
    lines += ["", "## The same result", "", "Training loss and accuracy of the last epoch that each had run, which is equally many for all.",
              "", "| work | peer | loss | accuracy | peak memory |", "|---|---|---|---|---|"]
    for result in results:
        for name, values in result["peers"].items():
            if values.get("loss"):
                lines.append(f"| {result['name']} | {name} | {values['loss']:.4f} | {values['accuracy']:.4f} | "
                             f"{values['memory']:.0f} MiB |")
    return "\n".join(lines) + "\n"


def write(results, options):
    about = machine(options)
    with open(os.path.join(HERE, "results.json"), "w") as file:
        json.dump({"machine": about, "results": results}, file, indent=1)
        file.write("\n")
    text = markdown(results, about)
    _, sections = read_sections()
    others = [section for heading, section in sections.items() if "## " + heading not in text]
    with open(os.path.join(HERE, "RESULTS.md"), "w") as file:
        file.write("\n".join([text.rstrip() + "\n", *others]))
    subprocess.run([os.path.join(PROGRAMS, "draw"), "ratios", os.path.join(HERE, "results.json"),
                    os.path.join(HERE, "ratios.svg")], check=True)
    print("\nwritten: bench/RESULTS.md, bench/results.json, bench/ratios.svg")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--only", help="rows whose name contains this")
    options.add_argument("--before", metavar="DIR", help="folder of another build's cornu_peer")
    options.add_argument("--no-lab", action="store_true", help="leave out the whole lab")
    options = options.parse_args()
    results = []
    if options.before:
        PEERS["before"] = [os.path.join(options.before, "cornu_peer")]

    def done(result):
        show(result)
        results.append(result)

    with tempfile.TemporaryDirectory() as folder:
        write_data(folder)
        works = [w for w in WORKS if not options.before or w["command"] in ("train", "evaluate", "predict")]
        for work in works:
            if not options.only or options.only in work["name"]:
                done(run_row(work, folder, options, ["Cornu", "before"] if options.before else versus(work)))
        if options.only or options.before:
            return
        done(run_start(folder, options))
        done(run_memory(results, options))
        done(run_conv_memory(folder, options))
        if not options.no_lab:
            done(run_lab(folder, options))
    write(results, options)


if __name__ == "__main__":
    main()
