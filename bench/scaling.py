"""How the time of an epoch of 784-N-10 (relu, Adam) grows with the width N, the batch, and the threads.

    ./run bench scaling          writes bench/scaling.json and bench/scaling.svg
"""
import json
import os
import subprocess
import tempfile

from compare import HERE, PROGRAMS, Peer, dense, row, write_data

SAMPLES, REPEATS = 9600, 9


def seconds(folder, threads, width=512, batch=32):
    """Of an epoch of all 45,000 samples, from the fastest of some of fewer."""
    spec = row("", "", layers=dense(width, activation="relu"), train=SAMPLES, validate=0, batch=batch)["work"]
    peer = Peer("Cornu", {**spec, "data": folder, "threads": threads})
    for _ in range(REPEATS + 1):
        peer.measure("train")
    peer.end()
    return min(peer.seconds[1:]) * 45000 / SAMPLES


def line(name, key, values, measure):
    result = {"name": name, "x": list(values), "y": [round(measure(v), 4) for v in values]}
    print(f"{name}, {key}:", ", ".join(f"{x}: {y:.3f} s" for x, y in zip(result["x"], result["y"])), flush=True)
    return result


def main():
    processors = os.cpu_count()
    threads = sorted({1, 2, processors} | {2**k for k in range(8) if 2**k <= processors})
    threads = [t for t in threads if t <= processors]
    widths, batches = (64, 128, 256, 512, 1024, 2048), (8, 16, 32, 64, 128, 256, 512)
    with tempfile.TemporaryDirectory() as folder:
        write_data(folder)
        panels = [
            {"title": "Width (batch 32)", "x": "hidden units", "y": "seconds an epoch",
             "lines": [line(f"{t} thread{'s' if t > 1 else ''}", "width", widths,
                            lambda n, t=t: seconds(folder, t, width=n)) for t in threads]},
            {"title": "Batch (512 units)", "x": "samples a batch", "y": "seconds an epoch",
             "lines": [line(f"{t} thread{'s' if t > 1 else ''}", "batch", batches,
                            lambda n, t=t: seconds(folder, t, batch=n)) for t in threads]},
            {"title": "Threads (batch 32)", "x": "threads", "y": "times as fast as one",
             "lines": []},
        ]
        for width in (216, 512, 2048):
            single = None
            speed = {"name": f"{width} units", "x": threads, "y": []}
            for t in threads:
                taken = seconds(folder, t, width=width)
                single = single or taken
                speed["y"].append(round(single / taken, 3))
            print(f"{width} units, threads:", speed["y"], flush=True)
            panels[2]["lines"].append(speed)
    result = {"title": "784-N-10, relu, Adam: an epoch of 45,000 images", "panels": panels}
    path = os.path.join(HERE, "scaling.json")
    with open(path, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    subprocess.run([os.path.join(PROGRAMS, "draw"), "scaling", path, os.path.join(HERE, "scaling.svg")], check=True)
    print("written: bench/scaling.json, bench/scaling.svg")


main()
