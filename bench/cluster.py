"""A model of the time of a step over ranks, fitted on this machine and carried to 1,024 ranks: ./run bench cluster. Before
it: ranks beside threads, on one machine (--threads: this alone; --write: into bench/RESULTS.md).

A step takes  a + b·n + communication,  n being the samples of the rank that has most of them:
  a, b            by least squares from steps of one process with batches of 128, 256 and 512
  gradients       two messages to every other rank, (R - 1)/R of the weights' bytes in each:  2 ((R - 1) l + (R - 1)/R · 4P/w)
  sums            of batch normalization, one message each where few bytes are sent:  s (R - 1) l
  outputs         (R - 1) l + 4 (outputs + 1) · batch / w
with l seconds a message and w bytes a second. For this machine l and w are fitted to sums of 1 KB to 64 MB over its ranks, by messages; for
networks they are what is commonly measured between two nodes. Messages of one sum are counted one after the other, which is what a
plain implementation of MPI does at worst; collectives that go by trees are faster where there are many ranks.
"""
import os
import subprocess
import sys

from results import write_section

PROGRAM = os.path.join(os.environ["CORNU_BENCH"], "cluster")
RANKS = (1, 2, 4)
SHOWN = (1, 2, 4, 16, 64, 256, 1024)
BLOCK = 128
A_RANK = 128  # samples of each rank in the table
NETWORKS = (("10 Gbit/s Ethernet", 20e-6, 1.1e9), ("100 Gbit/s InfiniBand", 1.5e-6, 11e9))


def run(ranks, *words, shared=False):
    """By messages, as between machines, or through the memory that ranks of one machine share."""
    environment = dict(os.environ, CORNU_SHARED_MEMORY="1" if shared else "0", CORNU_MPI_DIR=os.path.dirname(os.environ["CORNU_PROGRAM"]), OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_rmaps_base_oversubscribe="1")
    command = [PROGRAM, *words] if ranks == 1 else ["mpirun", "-n", str(ranks), PROGRAM, *words]
    out = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in out.splitlines()]


def line(points):
    """Least squares: y = a + b x, neither under 0."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    slope = sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)
    slope = max(slope, 0)
    return max(my - slope * mx, 0), slope


def left_of(blocks):
    left = 1
    while 2 * left < blocks:
        left *= 2
    return left


def most_blocks(blocks, ranks):
    """Of the rank that has most: src/cluster/parts.c."""
    if ranks == 1 or blocks == 1:
        return blocks
    left = left_of(blocks)
    own = min(max((2 * ranks * left + blocks) // (2 * blocks), 1), ranks - 1)
    return max(most_blocks(left, own), most_blocks(blocks - left, ranks - own))


def communication(ranks, batch, parameters, outputs, sums, latency, width):
    if ranks == 1:
        return 0
    gradients = 2 * ((ranks - 1) * latency + (ranks - 1) / ranks * 4 * parameters / width)
    return gradients + sums * (ranks - 1) * latency + (ranks - 1) * latency + 4 * (outputs + 1) * batch / width


def step(fit, ranks, batch, network, latency, width):
    samples = min(batch, BLOCK * most_blocks(-(-batch // BLOCK), ranks))
    return fit[0] + fit[1] * samples + communication(ranks, batch, *network, latency, width)


def fit_network(exchanges):
    """l and w of this machine: a sum of B bytes over R ranks takes 2 (R - 1) l + 2 (R - 1)/R · B/w."""
    points = [(2 * (r - 1), 2 * (r - 1) / r * b, t) for r, b, t in exchanges]
    latency = min(t / m for m, b, t in points if b < 4096)
    rates = sorted(b / max(t - m * latency, 1e-9) for m, b, t in points if b > 1 << 20)
    return latency, rates[len(rates) // 2]


def shown(seconds):
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds:.3f} s"


def beside_threads(rounds=5):
    """Ranks of one thread each beside threads of one process, in turn; the fastest step of each."""
    ways = [("one process, 2 threads", 1, ("2",), True), ("2 ranks, shared memory", 2, ("1",), True),
            ("2 ranks, shared memory, --shard-optimizer", 2, ("1", "shard"), True), ("2 ranks, messages", 2, ("1",), False),
            ("2 ranks, messages, --shard-optimizer", 2, ("1", "shard"), False)]
    least = {}
    for _ in range(rounds):
        for name, ranks, words, shared in ways:
            seconds = min(float(row[4]) for row in run(ranks, *words, shared=shared) if row[0] == "step")
            least[name] = min(seconds, least.get(name, seconds))
    lines = ["784-4096-4096-10, Adam, batches of 512; the fastest step of " + str(rounds) + " rounds in turn:", "",
             "| | a step | of the speed of threads |", "|---|---|---|"]
    for name, seconds in least.items():
        lines.append(f"| {name} | {seconds * 1e3:.0f} ms | {100 * least[ways[0][0]] / seconds:.0f} % |")
    print("\n".join(lines) + "\n")
    return lines


def main():
    lines = beside_threads()
    if "--write" in sys.argv:
        write_section("Ranks beside threads", [f"`./run bench cluster --threads --write`, {os.cpu_count()} processors. The bits are the same.",
                                               "", *lines])
    if "--threads" in sys.argv:
        return 0
    lines = [row for ranks in RANKS for row in run(ranks)]
    steps = {(n, int(r), int(b)): float(t) for kind, n, r, b, t in (row for row in lines if row[0] == "step")}
    networks = {row[1]: tuple(int(v) for v in row[2:]) for row in lines if row[0] == "network"}
    exchanges = [(int(r), int(b), float(t)) for _, r, b, t in (row for row in lines if row[0] == "exchange")]
    latency, width = fit_network(exchanges)
    fits = {n: line([(b, steps[n, 1, b]) for m, r, b in steps if m == n and r == 1]) for n in networks}
    cores = os.cpu_count()
    print(f"{cores} cores; between ranks here {latency * 1e6:.1f} µs a message, {width / 1e9:.2f} GB/s\n")
    print("| network | weights | a | b a sample | batch | ranks | measured | model | error |\n|---|---|---|---|---|---|---|---|---|")
    for (n, r, b), t in sorted(steps.items()):
        if b != 512:
            continue
        model = step(fits[n], r, b, networks[n], latency, width)
        more = " (more ranks than cores)" if r > cores else ""
        print(f"| {n} | {networks[n][0]:,} | {shown(fits[n][0])} | {fits[n][1] * 1e6:.1f} µs | {b} | {r}{more} | {shown(t)} | "
              f"{shown(model)} | {100 * (model / t - 1):+.0f} % |")
    print(f"\nBatches of {A_RANK} samples a rank, one core each; the step, and how much of it is not spent in messages:\n")
    print("| network | between ranks |" + "".join(f" {r:,} |" for r in SHOWN) + "\n|---|---|" + "---|" * len(SHOWN))
    for n in networks:
        for name, l, w in (("as on this machine", latency, width), *NETWORKS):
            alone = step(fits[n], 1, A_RANK, networks[n], l, w)
            times = [step(fits[n], r, r * A_RANK, networks[n], l, w) for r in SHOWN]
            print(f"| {n} | {name} |" + "".join(f" {shown(t)}, {100 * alone / t:.0f} % |" for t in times))
    return 0


if __name__ == "__main__":
    sys.exit(main())
