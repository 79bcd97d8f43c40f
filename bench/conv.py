"""The passes of a convolution, one thread: Cornu's (bench/conv.c) and PyTorch's, which are oneDNN's, in rounds one after the other,
of each the fastest time. Rates are fractions of the peak of multiply-adds that the machine reached beside them.

    ./run bench conv [TEXT] [--rounds N] [--no-peers] [--write]

TEXT: the layers whose names contain it. With --write the rows go into RESULTS.md, under "Passes of a convolution"."""
import argparse
import os
import re
import subprocess
import time

from results import write_section

PROGRAM = os.path.join(os.environ.get("CORNU_BENCH", "build/release/bench"), "conv")
PASSES = ("forward", "to input", "to kernel")
BATCH = 32


def run_program(text):
    """The peak in GFLOP/s, what the program says of itself, and {layer: (GFLOP/s of each pass)}."""
    lines = subprocess.run([PROGRAM, text], check=True, capture_output=True, text=True).stdout.splitlines()
    rates = {}
    for line in lines[2:]:
        numbers = re.findall(r"(\d+) +\d+ %", line)
        rates[re.match(r"(.*?) +\d+ +\d+ %", line)[1].strip()] = [float(n) for n in numbers]
    return float(re.search(r"peak (\d+)", lines[0])[1]), lines[0].partition(", ")[2], rates


def read_layer(name):
    """(side, channels in, channels out, kernel side, stride, same padding) of "32x32 3-32 5x5 same" and its like."""
    side, channels, *words = name.split()
    kernel = next((int(w.partition("x")[0]) for w in words if re.fullmatch(r"\dx\d", w)), 3)
    stride = int(words[words.index("stride") + 1]) if "stride" in words else 1
    c, oc = map(int, channels.split("-"))
    return int(side.partition("x")[0]), c, oc, kernel, stride, "same" in words or stride > 1


def peer_rates(name, seconds=0.15):
    import torch
    side, c, oc, k, stride, same = read_layer(name)
    x = torch.randn(BATCH, c, side, side).contiguous(memory_format=torch.channels_last)
    w = torch.randn(oc, c, k, k).contiguous(memory_format=torch.channels_last)
    bias = torch.randn(oc)
    outputs = -(-side // stride) if same else (side - k) // stride + 1
    padding = (k - 1) // 2 if same else 0  # in front of a stride of 2 Keras pads 0 and 1: the same work
    y = torch.nn.functional.conv2d(x, w, bias, stride, padding)
    assert y.shape[2] == outputs, (name, y.shape, outputs)
    gradient = torch.randn_like(y).contiguous(memory_format=torch.channels_last)

    def back(*wanted):
        return torch.ops.aten.convolution_backward(gradient, x, w, [oc], [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1, wanted)

    calls = (lambda: torch.nn.functional.conv2d(x, w, bias, stride, padding), lambda: back(True, False, False),
             lambda: back(False, True, False))
    flops = 2 * BATCH * outputs * outputs * oc * k * k * c
    rates = []
    with torch.no_grad():
        for call in calls:
            least, end, runs = float("inf"), time.perf_counter() + seconds, 0
            while runs < 5 or time.perf_counter() < end:
                start = time.perf_counter()
                call()
                least = min(least, time.perf_counter() - start)
                runs += 1
            rates.append(flops / least / 1e9)
    return rates


def wanted(name):
    """Percent of the peak."""
    _, c, oc, k, stride, _ = read_layer(name)
    if "fast" in name: return 200
    if min(c, oc) <= 3: return 75
    return 150 if k == 3 and stride == 1 and min(c, oc) >= 32 else 90


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("text", nargs="?", default="")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--no-peers", action="store_true")
    p.add_argument("--write", action="store_true", help="into bench/RESULTS.md")
    options = p.parse_args()
    peers = not options.no_peers
    if peers:
        import torch
        torch.set_num_threads(1)
    peak, ours, theirs = 0, {}, {}
    for _ in range(options.rounds):
        most, about, rates = run_program(options.text)
        peak = max(peak, most)
        for name, found in rates.items():
            ours[name] = [max(a, b) for a, b in zip(ours.get(name, found), found)]
            if peers and "fast" not in name:
                found = peer_rates(name)
                theirs[name] = [max(a, b) for a, b in zip(theirs.get(name, found), found)]
    lines = [f"`./run bench conv --write`: {about}; the peak is {peak:.0f} GFLOP/s. Percent of it, counted by the multiplications of the "
             "definition" + (f"; PyTorch {torch.__version__.partition('+')[0]} in brackets. " if peers else ". ") +
             "Sizes are image, channels in and out; kernels 3x3 unless named; bold: as wanted.", "",
             "| layer | wanted | " + " | ".join(PASSES) + " |", "|---|---|---|---|---|"]
    for name, rates in ours.items():
        cells = []
        for i, rate in enumerate(rates):
            percent = 100 * rate / peak
            cell = f"**{percent:.0f} %**" if round(percent) >= wanted(name) else f"{percent:.0f} %"
            cells.append(cell + (f" ({100 * theirs[name][i] / peak:.0f} %)" if name in theirs else ""))
        lines.append(f"| {name} | {wanted(name)} % | " + " | ".join(cells) + " |")
    print("\n".join(lines))
    if options.write:
        write_section("Passes of a convolution", lines)


if __name__ == "__main__":
    main()
