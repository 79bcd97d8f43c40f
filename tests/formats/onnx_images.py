"""Graphs of images as PyTorch's and Keras's exporters write them, read by cornu: onnx_images.py CORNU FOLDER [FILES].
cornu predicts what onnxruntime does, from samples with their channels last. FILES, a folder, gets each of them, with an input and
what onnxruntime makes of it: tests/formats/files/onnx/images, which test_onnx_images.c reads."""
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
def lenet():
    g = Graph(3, 12, 10)
    x = g.add("MaxPool", g.relu(g.conv("x", 6, 3, 3, 3)), kernel_shape=[2, 2], strides=[2, 2])
    x = g.relu(g.conv(x, 8, 6, 3, 2, pads=[1, 0, 1, 0], strides=[1, 2]))
    x = g.add("Flatten", x)  # 8 · 5 · 2
    return g, g.gemm(g.add("Dropout", g.relu(g.gemm(x, 80, 7))), 7, 4)


def sized_by_shape(softmax):
    """x.view(x.size(0), -1), an activation before the dense layer, and two flattened paths."""
    g = Graph(2, 5, 6)
    x = g.conv("x", 4, 1, 3, 3, dilations=[2, 2], group=2)
    size = g.add("Gather", g.add("Shape", x), g.constant(np.int64(0)), axis=0)
    sizes = g.add("Concat", g.add("Unsqueeze", size, g.constant([0])), g.constant([-1]), axis=0)
    x = g.relu(g.add("Reshape", x, sizes))  # 4 · 1 · 2
    x = g.add("MatMul", x, g.random(8, 5))
    x = g.add("Add", x, g.random(5))
    return g, g.add("Softmax", x, axis=-1) if softmax else g.add("Sigmoid", x)


def residual():
    g = Graph(3, 17, 15)
    x = g.relu(g.norm(g.conv("x", 8, 3, 7, 7, bias=False, pads=[3, 3, 3, 3], strides=[2, 2]), 8))
    x = g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    y = g.relu(g.norm(g.conv(x, 8, 8, 3, 3, bias=False, pads=[1, 1, 1, 1]), 8))
    x = g.relu(g.add("Add", g.norm(g.conv(y, 8, 8, 3, 3, bias=False, pads=[1, 1, 1, 1]), 8), x))
    y = g.norm(g.conv(x, 12, 8, 3, 3, pads=[1, 1, 1, 1], strides=[2, 2]), 12)
    z = g.norm(g.conv(x, 12, 8, 1, 1, strides=[2, 2]), 12)
    x = g.relu(g.add("Add", y, z))
    return g, g.gemm(g.add("Flatten", g.add("GlobalAveragePool", x)), 12, 5)


def inception():
    g = Graph(4, 8, 9)
    a = g.relu(g.conv("x", 3, 4, 1, 1))
    b = g.add("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1], count_include_pad=1)
    c = g.add("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1])
    d = g.add("MaxPool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1])
    x = g.add("Concat", a, b, c, d, axis=1)
    x = g.add("Concat", x, g.add("Max", x, g.add("Tanh", x)), axis=2)
    x = g.add("Sub", g.add("Mul", x, x), x)
    return g, g.conv(x, 2, 15, 1, 1)


def mobile():
    g = Graph(6, 9, 9, batch=1)
    six = g.constant(np.float32(6)), g.constant(np.float32(0))
    x = g.add("Clip", g.norm(g.conv("x", 6, 1, 3, 3, group=6, bias=False, pads=[1, 1, 1, 1], strides=[2, 2]), 6), *six[::-1])
    x = g.conv(x, 10, 6, 1, 1, bias=False)
    x = g.add("Mul", x, g.add("Sigmoid", x))
    x = g.add("ReduceMean", x, axes=[2, 3], keepdims=0)
    return g, g.gemm(g.norm(x, 10), 10, 3)


def squeezed():
    g = Graph(3, 6, 7)
    x = g.add("GlobalMaxPool", g.conv("x", 5, 3, 2, 3))
    return g, g.gemm(g.add("Squeeze", x, g.constant([2, 3])), 5, 2)


def series():
    g = Graph(4, 20)
    x = g.relu(g.conv("x", 6, 4, 3, pads=[2, 0]))
    x = g.conv(x, 5, 6, 4, pads=[2, 1], dilations=[1], strides=[2])
    x = g.add("MaxPool", x, kernel_shape=[2], strides=[2])
    return g, g.gemm(g.add("Reshape", x, g.constant([-1, 25])), 25, 3)


def keras():
    """Channels last at the input, and before it is flattened; padding by a word."""
    g = Graph(8, 7, 3)
    x = g.relu(g.conv(g.add("Transpose", "x", perm=[0, 3, 1, 2]), 4, 3, 3, 3, auto_pad="SAME_UPPER", strides=[2, 2]))
    x = g.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    x = g.add("Reshape", g.add("Transpose", x, perm=[0, 2, 3, 1]), g.constant([-1, 16]))
    return g, g.add("Add", g.add("MatMul", x, g.random(16, 3)), g.random(3))


def keep(name, x=None, y=None):
    if files:
        shutil.copy("m.onnx", f"{files}/{name}.onnx")
    if files and x is not None:
        np.savez(f"{files}/{name}.npz", x=x, y=y)


def difference(name, graph, y):
    graph.save(y)
    fixed = graph.inputs[0].type.tensor_type.shape.dim[0].dim_value
    x = random.normal(0, 1, (fixed or 7, *graph.shape)).astype("f")
    expected = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    is_last = any(n.op_type == "Transpose" and n.input[0] == "x" for n in graph.nodes)
    np.save("x.npy", x if is_last else np.ascontiguousarray(np.moveaxis(x, 1, -1)))
    done = subprocess.run([program, "predict", "--model", "m.onnx", "--x", "x.npy", "--out", "p.npy"], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        keep(name)
        return done.stderr
    found = np.load("p.npy")
    keep(name, np.load("x.npy"), expected if is_last or expected.ndim < 3 else np.moveaxis(expected, 1, -1))
    if found.ndim > 2 and not is_last:
        found = np.moveaxis(found, -1, 1)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))))


def uneven():
    """Resizing by other than whole factors, down and up."""
    g = Graph(3, 8, 7)
    x = g.conv("x", 4, 3, 3, 3)
    x = g.add("Resize", x, "", g.constant(np.float32([1, 1, 1.5, 1.4])), mode="linear")
    x = g.add("Resize", x, "", g.constant(np.float32([1, 1, 4 / 3, 1])), mode="nearest", nearest_mode="round_prefer_ceil")
    x = g.add("Resize", x, "", g.constant(np.float32([1, 1, 0.75, 3])), mode="linear", coordinate_transformation_mode="half_pixel")
    return g, g.conv(x, 2, 4, 3, 3)


def gated():
    """Squeeze-and-excitation by convolutions and by dense layers, and a gate over places."""
    g = Graph(3, 6, 7)
    x = g.relu(g.conv("x", 8, 3, 3, 3))
    y = g.relu(g.conv(g.add("GlobalAveragePool", x), 4, 8, 1, 1))
    x = g.add("Mul", x, g.add("Sigmoid", g.conv(y, 8, 4, 1, 1)))
    y = g.gemm(g.relu(g.gemm(g.add("Flatten", g.add("GlobalAveragePool", x)), 8, 4)), 4, 8)
    x = g.add("Mul", x, g.add("Reshape", g.add("Sigmoid", y), g.constant([-1, 8, 1, 1])))
    x = g.add("Mul", g.add("Sigmoid", g.conv(x, 1, 8, 1, 1)), x)
    return g, g.gemm(g.add("Flatten", g.add("GlobalAveragePool", x)), 8, 3)


def softmax_along_a_row():
    g = Graph(3, 8, 7)
    return g, g.add("Softmax", g.conv("x", 2, 3, 2, 2), axis=-1)


networks = {
    "lenet": lenet(), "shape": sized_by_shape(True), "sigmoid": sized_by_shape(False), "residual": residual(),
    "inception": inception(), "mobile": mobile(), "squeezed": squeezed(), "series": series(), "keras": keras(),
    "uneven": uneven(), "gated": gated(),
}
worst = 0.0
for name, network in networks.items():
    found = difference(name, *network)
    assert isinstance(found, float) and found < 1e-5, (name, found)
    worst = max(worst, found)

found = difference("row_softmax", *softmax_along_a_row())
assert isinstance(found, float) and found < 1e-5, found


def refused(message, make):
    g = Graph(3, 8, 8)
    found = difference("refused_" + "".join(c if c.isalnum() else "_" for c in message).lower(), g, make(g))
    assert isinstance(found, str) and message in found, (message, found)


refused("unknown ONNX operator 'LRN'", lambda g: g.add("LRN", g.conv("x", 2, 3, 3, 3), size=3))
refused("behind a Relu only", lambda g: g.add("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]))
refused("ceil_mode = 1", lambda g: g.add("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1))
refused("a flattened image", lambda g: g.add("Flatten", g.conv("x", 2, 3, 3, 3)))
refused("between a Flatten and its Gemm", lambda g: g.norm(g.add("Flatten", g.conv("x", 2, 3, 3, 3)), 72))
refused("SAME_LOWER", lambda g: g.conv("x", 2, 3, 2, 2, auto_pad="SAME_LOWER"))
refused("one for each of 2 channels", lambda g: g.add("Mul", g.conv("x", 2, 3, 2, 2), g.random(7, 1)))
refused("samples to one axis", lambda g: g.add("Reshape", g.conv("x", 2, 3, 1, 1), g.constant([-1, 2, 64])))
refused("group = 3", lambda g: g.add("ConvTranspose", "x", g.random(3, 1, 2, 2), group=3))
refused("goes beyond what it computes", lambda g: g.add("ConvTranspose", "x", g.random(3, 2, 2, 2), strides=[2, 2], output_padding=[1, 1]))
refused("only a Pad with zeros", lambda g: g.add("Pad", g.conv("x", 2, 3, 1, 1), g.constant([0, 0, 1, 1, 0, 0, 1, 1]), mode="reflect"))
refused("in steps of 1", lambda g: g.add("Slice", g.conv("x", 2, 3, 1, 1), g.constant([0]), g.constant([8]), g.constant([2]), g.constant([2])))
refused("by constant whole factors", lambda g: g.add("Resize", "x", "", g.constant(np.float32([1, 1, 1.5, 2]))))
refused("half pixels", lambda g: g.add("Resize", "x", "", g.constant(np.float32([1, 1, 2, 2])), mode="linear",
                                        coordinate_transformation_mode="align_corners"))
print(f"{len(networks)} graphs, onnxruntime {onnxruntime.__version__}: largest difference {worst:.1e}")
