"""Graphs with several inputs and outputs, branches, constants and borders, as PyTorch's and Keras's exporters write them, read by
cornu: onnx_graphs.py CORNU FOLDER [FILES]. cornu predicts what onnxruntime does; images are given with their channels last. FILES
is tests/formats/files/onnx/graphs, which test_onnx_images.c reads: it gets each graph, those of one input and output with an input
and what onnxruntime makes of it."""
import os
import shutil
import subprocess
import sys

import numpy as np
import onnxruntime
from onnx_graph import Graph, random

program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
files = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
os.chdir(folder)
onnxruntime.set_default_logger_severity(3)


def unet():
    """Down and up again, with the older path beside the newer one; padding by a layer of its own."""
    g = Graph(3, 8, 12)
    pad = g.constant([0, 0, 1, 1, 0, 0, 1, 1])
    a = g.relu(g.norm(g.conv(g.add("Pad", "x", pad), 4, 3, 3, 3), 4))
    b = g.relu(g.conv(g.add("MaxPool", a, kernel_shape=[2, 2], strides=[2, 2]), 6, 4, 3, 3, pads=[1, 1, 1, 1]))
    up = g.add("ConvTranspose", b, g.random(6, 4, 2, 2), g.random(4), kernel_shape=[2, 2], strides=[2, 2])
    c = g.relu(g.conv(g.add("Concat", a, up, axis=1), 4, 8, 3, 3, pads=[1, 1, 1, 1]))
    near = g.add("Resize", b, "", g.constant(np.float32([1, 1, 2, 2])), mode="nearest", nearest_mode="floor",
                 coordinate_transformation_mode="asymmetric")
    soft = g.add("Resize", b, "", g.constant(np.float32([1, 1, 2, 2])), mode="linear", coordinate_transformation_mode="half_pixel")
    return g, g.conv(g.add("Concat", c, near, soft, axis=1), 2, 16, 1, 1)


def decoder():
    """Kernels of 3 and 5 with strides of 2, whose output padding makes even sizes; cropping; a slope for each channel."""
    g = Graph(5, 3, 4)
    x = g.add("ConvTranspose", "x", g.random(5, 6, 3, 3), g.random(6), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    x = g.add("PRelu", x, g.random(6, 1, 1))
    x = g.add("ConvTranspose", x, g.random(6, 4, 5, 4), strides=[2, 1], pads=[2, 1, 2, 2], output_padding=[1, 0])
    x = g.add("Slice", g.relu(x), g.constant([1, -9]), g.constant([-2, 2**60]), g.constant([2, 3]))
    return g, g.add("Tanh", g.add("ConvTranspose", x, g.random(4, 2, 2, 2), dilations=[2, 3]))


def series():
    g = Graph(4, 11)
    x = g.add("ConvTranspose", "x", g.random(4, 3, 3), g.random(3), strides=[2], pads=[1, 1], output_padding=[1])
    x = g.add("Pad", x, g.constant([0, 0, 2, 0, 0, 1]))
    x = g.add("Slice", x, g.constant([3]), g.constant([20]), g.constant([2]))
    return g, g.add("Resize", x, "", g.constant(np.float32([1, 1, 3])), mode="nearest", nearest_mode="floor",
                    coordinate_transformation_mode="asymmetric")


def prepared():
    """Mean and deviation of a data set's channels, and numbers for all, beside convolution."""
    g = Graph(3, 6, 6)
    x = g.add("Div", g.add("Sub", "x", g.random(1, 3, 1, 1)), g.random(3, 1, 1, low=0.5))
    x = g.add("Add", g.add("Mul", g.conv(x, 4, 3, 3, 3), g.constant(np.float32(0.7))), g.random(4, 1, 1))
    x = g.add("Sub", g.constant(np.float32(1)), g.relu(x))
    x = g.add("Mul", g.add("Flatten", x), g.random(64))
    return g, g.gemm(x, 64, 3)


def heads():
    """Two inputs, one trunk, two outputs, one of them of images."""
    g = Graph(3, 6, 6, extra=(5,))
    trunk = g.relu(g.conv("x", 4, 3, 3, 3, pads=[1, 1, 1, 1]))
    flat = g.add("Flatten", g.add("GlobalAveragePool", trunk))
    both = g.add("Concat", flat, g.relu(g.gemm("extra", 5, 4)), axis=1)
    return g, [g.add("Softmax", g.gemm(both, 8, 3), axis=1), g.conv(trunk, 2, 4, 1, 1)]


def twins():
    """Two vectors through the same weights, and what is made of both."""
    g = Graph(6, other=(6,))
    w, b = g.random(4, 6), g.random(4)
    p, q = (g.add("Tanh", g.add("Gemm", v, w, b, transB=1)) for v in ("x", "other"))
    made = [g.add(op, p, q) for op in ("Add", "Sub", "Mul", "Max", "Min", "Sum", "Mean")]
    return g, g.gemm(g.add("Concat", *made, axis=-1), 28, 2)


def residual():
    """Blocks of a multilayer perceptron with normalisation before each, over the last of two axes."""
    g = Graph(5, 6)
    x = "x"
    for _ in range(2):
        h = g.add("LayerNormalization", x, g.random(6), g.random(6), axis=-1, epsilon=1e-5)
        h = g.add("Add", g.add("MatMul", h, g.random(6, 8)), g.random(8))
        h = g.add("MatMul", g.add("Sigmoid", h), g.random(8, 6))
        x = g.add("Add", x, h)
    t = g.add("Transpose", x, perm=[0, 2, 1])
    mixed = g.add("MatMul", g.add("Softmax", g.add("MatMul", x, t), axis=-1), x)
    x = g.add("Identity", g.add("Reshape", g.add("Add", x, mixed), g.constant([0, 3, 10])))
    return g, g.gemm(g.add("Flatten", g.add("PRelu", x, g.random(10))), 30, 4)


def policy():
    """An actor and a critic beside each other."""
    g = Graph(6)
    h = g.add("Tanh", g.gemm("x", 6, 8))
    return g, [g.gemm(g.add("Tanh", g.gemm(h, 8, 8)), 8, 3), g.gemm(g.relu(g.gemm(h, 8, 8)), 8, 1)]


def maps():
    """Softmax over the channels of images, over their rows, and over their columns."""
    g = Graph(3, 6, 5)
    x = g.add("Softmax", g.conv("x", 4, 3, 3, 3, pads=[1, 1, 1, 1]), axis=1)
    x = g.add("Softmax", g.conv(x, 4, 4, 1, 1), axis=2)
    return g, g.conv(g.add("Softmax", x, axis=-1), 2, 4, 1, 1)


def old_maps():
    """Before operator set 13 an axis stands for all from it on."""
    g = Graph(3, 6, 5)
    g.opset = 11
    x = g.add("Softmax", g.conv("x", 4, 3, 3, 3), axis=2)
    return g, g.add("Softmax", g.conv(x, 4, 4, 1, 1))


def columns():
    """One chain, over the first axis of samples."""
    g = Graph(4, 6)
    return g, g.gemm(g.add("Flatten", g.add("Softmax", g.add("Softmax", "x", axis=1), axis=-2)), 24, 3)


def given(graph, x):
    return {n: np.moveaxis(v, 1, -1) if v.ndim > 2 and not graph.last else v for n, v in x.items()}


def difference(name, graph, y, last=False):
    """The largest difference, of all outputs, for data with channels first (`last`: as it is)."""
    graph.last = last
    names = graph.save(y)
    x = {n: random.normal(0, 1, (5, *s)).astype("f") for n, s in graph.shapes.items()}
    expected = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"]).run(names, x)
    if len(x) > 1:
        np.savez("x.npz", **given(graph, x))
    else:
        np.save("x.npy", given(graph, x)["x"])
    out = "p.npz" if len(names) > 1 else "p.npy"
    done = subprocess.run([program, "predict", "--model", "m.onnx", "--x", "x.npz" if len(x) > 1 else "x.npy", "--out", out],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    if files:
        shutil.copy("m.onnx", f"{files}/{name}.onnx")
    if files and len(x) == len(names) == 1:
        wanted = expected[0] if last or expected[0].ndim < 3 else np.moveaxis(expected[0], 1, -1)
        np.savez(f"{files}/{name}.npz", x=np.load("x.npy"), y=wanted)
    found = np.load(out)
    found = [found[n] for n in found.files] if len(names) > 1 else [found]
    worst = 0.0
    for got, wanted in zip(found, expected, strict=True):
        got = np.moveaxis(got, -1, 1) if got.ndim > 2 and not last else got
        assert got.shape == wanted.shape, (got.shape, wanted.shape)
        worst = max(worst, float(np.max(np.abs(got - wanted) / np.maximum(1, np.abs(wanted)))))
    return worst


worst = 0.0
networks = [(unet, False), (decoder, False), (series, False), (prepared, False), (heads, False), (twins, True), (residual, True),
            (policy, True), (maps, False), (old_maps, False), (columns, True)]
for make, last in networks:
    try:
        found = difference(make.__name__, *make(), last)
    except SystemExit as error:
        sys.exit(f"{make.__name__}: {error}")
    assert found < 1e-5, (make.__name__, found)
    worst = max(worst, found)
print(f"{len(networks)} graphs, onnxruntime {onnxruntime.__version__}: largest difference {worst:.1e}")
