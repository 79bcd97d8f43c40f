"""ONNX files of cornu under onnx's checker and onnxruntime, and back: onnx_files.py CORNU FOLDER.

Every layer and activation: the checker takes the file, onnxruntime predicts the same for one sample and for many, and
what cornu reads back has the same weights and predictions. Of layers that slide a window convolution and pools are read back."""
import json
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
os.chdir(folder)
onnxruntime.set_default_logger_severity(3)
random = np.random.default_rng(3)

activations = """celu(alpha=0.7) elu elu(alpha=0.5) exponential gelu gelu(approximate=true) hard_sigmoid hard_silu
    leaky_relu(negative_slope=0.1) leaky_relu(negative_slope=0) linear log_softmax mish relu relu(max_value=1.5)
    relu(threshold=0.25) relu(threshold=-0.5) relu(negative_slope=0.1) relu(max_value=2,threshold=0.5)
    relu(negative_slope=0.2,threshold=0.5) relu(negative_slope=0.2,max_value=1,threshold=0.5) relu6 selu sigmoid silu
    softmax softplus softsign tanh""".split()

# Samples' shape and layers; each activation as a dense layer's own and as a layer, for samples of one axis and of two.
networks = []
for i in range(0, len(activations), 3):
    a, b, c = (activations + activations[:2])[i : i + 3]
    networks += [
        ((6,), f"dense 5 activation={a}; dense 4; activation {b}; dense 4 activation={c}; dense 3"),
        ((2, 3), f"activation {a}; dense 4 activation={b}; dense 4; activation {c}; dense 3"),
    ]
networks += [
    ((6,), "dense 4 relu use_bias=false; dense 3 softmax"),
    ((6,), "dropout 0.3; dense 4 relu; dropout 0.5; dense 3 softmax; dropout 0.1"),
    ((2, 3), "flatten; dense 4 tanh"),
    ((2, 3), "reshape(3, 2); dense 4; flatten"),
    ((6,), "reshape(2, -1); flatten; reshape(6); dense 2"),
    ((6,), "dense 4; batch_normalization; relu; dense 3"),
    ((6,), "batch_normalization(momentum=0.9, epsilon=0.01); dense 3"),
    ((6,), "batch_normalization(scale=false); dense 3; batch_normalization(center=false)"),
    ((6,), "batch_normalization(scale=false, center=false)"),
    ((2, 3), "dense 4 relu; batch_normalization; dense 2"),
    ((4, 3, 2), "dense 5 gelu; batch_normalization; layer_normalization; flatten; dense 2 softmax"),
    ((6,), "dense 4; layer_normalization; relu; dense 3"),
    ((2, 3), "layer_normalization(scale=false); dense 2; layer_normalization(center=false, epsilon=0.01)"),
    ((6,), "layer_normalization(scale=false, center=false); dense 2"),
    ((2, 3), "softmax axis=1; dense 4; softmax axis=-1; softmax axis=1 name=last"),
    ((4, 3, 2), "softmax axis=2; dense 5; softmax axis=1"),
    ((6,), "relu(max_value=1); dense 4; leaky_relu(negative_slope=0.1); dense 4; elu(alpha=0.3); dense 3; softmax"),
]

# Layers that move elements, or scale and normalise them.
plain = [
    ((3, 4, 2), "rescaling [0.37, 1.5] offset=[-0.21, 0.4]; rescaling [2, 0.3]; rescaling 0.6 offset=[0.1, 0]; flatten; dense 3"),
    ((3, 4, 2), "rescaling 0.37 offset=-0.21; permute 3 1 2; permute(dims=[2, 3, 1]); rescaling 3"),
    ((3, 4, 2), "prelu; prelu shared_axes=(1, 2); prelu shared_axes=3; prelu shared_axes=(1, 3)"),
    ((3, 4, 2), "unit_normalization; unit_normalization axis=(1, 3); unit_normalization axis=(1, 2, 3)"),
    ((3, 4, 2), "layer_normalization axis=(2, 3); dense 3; layer_normalization axis=(1, 3); layer_normalization axis=(1, 2, 3)"),
    ((3, 4, 2), "softmax axis=(1, 3); softmax axis=(1, 2); softmax axis=(1, 2, 3)"),
    ((1, 4, 1), "permute 2 3 1; permute 2 1 3; permute 3 2 1"),
    ((6,), "repeat_vector 3; group_normalization 3; dense 4; group_normalization groups=1 center=false; prelu"),
    ((3, 4, 6), "group_normalization groups=-1; conv2d 4 2; group_normalization 2 scale=false epsilon=0.1; permute 3 1 2"),
    ((2, 3), "normalization mean=[1, 2, 3] variance=[6, 5, 0.4]; normalization axis=1 mean=[1, 2] variance=[3, 4]"),
    ((2, 3), "normalization axis=none mean=0.3 variance=2.1 invert=true; "
     "normalization axis=(1, 2) mean=[1, 2, 3, 4, 5, 6] variance=[6, 5, 4, 3, 2, 1]"),
    ((6,), "gaussian_noise 0.3; gaussian_dropout 0.2; alpha_dropout 0.1; reshape 3 2; spatial_dropout1d 0.4; dense 2"),
    ((4, 5), "identity name=x; dense 3 name=a; dense 4 from=x name=b; dot axes=1 from=[a, b] name=c; dot axes=(2, 1) from=[a, c]"),
    ((5,), "identity name=x; dense 3 tanh name=a; dense 3 from=x name=b; dot axes=1 from=[a, b] name=d; add from=[a, b] name=c; "
     "dot axes=-1 from=[c, a] name=e; concatenate from=[d, e]"),
    ((4, 5), "identity name=x; dense 3 name=a; dense 4 from=x name=b; dot axes=1 normalize=true from=[a, b]"),
    ((3, 4, 2), "identity name=x; permute 2 3 1 name=p; dot axes=(3, 2) from=[x, p]; flatten; dense 3"),
]

image, series = (9, 11, 4), (13, 4)

# Samples' shape, layers, and how many Transposes they may take: at the borders of what has its channels first.
windows = [
    (image, "conv2d 6 3", 2),
    (image, "conv2d 6 3 activation=relu padding=same; conv2d 5 (2, 3) strides=2 padding=same; max_pooling2d 2", 2),
    (image, "conv2d 6 (3, 2) dilation_rate=(2, 3) use_bias=false", 2),
    (image, "conv2d 6 (3, 2) dilation_rate=2 padding=same; activation tanh; conv2d 3 2", 2),
    (image, "conv2d 6 3 groups=2 strides=(2, 1); conv2d 8 2 groups=2 padding=same", 2),
    (image, "conv2d 32 3 padding=same activation=relu; conv2d 32 3 padding=same", 2),
    (image, "conv2d 4 1 strides=2 padding=same; conv2d 3 1 activation=softmax", 2),
    (image, "depthwise_conv2d 3; depthwise_conv2d 2 depth_multiplier=3 strides=2 padding=same activation=gelu", 2),
    (image, "separable_conv2d 6 3 padding=same; separable_conv2d 5 3 depth_multiplier=2 dilation_rate=2", 2),
    (image, "conv2d_transpose 5 3; conv2d_transpose 3 3 strides=2 padding=same", 2),
    (image, "conv2d_transpose 5 2 strides=3; conv2d_transpose 3 (4, 3) strides=(1, 2) activation=elu", 2),
    (image, "conv2d_transpose 5 2 strides=3 padding=same; conv2d_transpose 3 3 dilation_rate=2 padding=same", 2),
    (image, "max_pooling2d 3 strides=2 padding=same; average_pooling2d pool_size=(2, 3) padding=same", 2),
    (image, "average_pooling2d 3 strides=2; max_pooling2d 2 strides=1", 2),
    (image, "average_pooling2d 4 strides=1 padding=same; global_max_pooling2d keepdims=true", 2),
    (image, "global_average_pooling2d; dense 3", 1),
    (image, "global_max_pooling2d; dense 3 softmax", 1),
    (image, "zero_padding2d; conv2d 3 2; cropping2d cropping=((1, 2), (0, 3)); zero_padding2d padding=((0, 1), (2, 3))", 2),
    (image, "up_sampling2d size=(3, 2) interpolation=bilinear; conv2d 3 2; up_sampling2d", 2),
    (image, "resizing 6 22 bicubic; conv2d 3 2; up_sampling2d size=(2, 4) interpolation=bicubic", 2),
    (image, "conv2d 6 3; batch_normalization; relu; max_pooling2d; flatten; dense 5", 2),
    (image, "conv2d 6 3; dense 4 relu; conv2d 3 2", 4),
    (image, "conv2d 6 3; layer_normalization; conv2d 3 2", 4),
    (image, "conv2d 6 3; softmax axis=1; conv2d 3 2; softmax axis=2", 4),
    (image, "conv2d 6 3; dropout 0.3; leaky_relu; conv2d 3 2 activation=silu; reshape(-1, 3)", 2),
    (series, "conv1d 6 3; conv1d 5 3 padding=causal dilation_rate=2 activation=relu; conv1d 4 2 strides=2 padding=same", 2),
    (series, "conv1d 6 4 groups=2 padding=causal strides=2; max_pooling1d 2", 2),
    (series, "depthwise_conv1d 3 depth_multiplier=2; separable_conv1d 5 3 padding=causal", 2),
    (series, "conv1d_transpose 5 3 strides=2; conv1d_transpose 3 2 strides=3 padding=same; average_pooling1d 3", 2),
    (series, "max_pooling1d 3 strides=2 padding=same; average_pooling1d 2 padding=same strides=1", 2),
    (series, "zero_padding1d padding=(2, 1); conv1d 3 2; cropping1d cropping=(1, 2); up_sampling1d 3", 2),
    (series, "conv1d 6 3; batch_normalization; relu; global_average_pooling1d; dense 2", 1),
    (series, "conv1d 6 3; global_max_pooling1d keepdims=true; flatten", 2),
]

# Inputs of several shapes, whose axes of size 1 are repeated.
gates = [
    ((5, 4, 3), "conv2d 6 3 relu padding=same name=h; global_average_pooling2d; dense 6 sigmoid; reshape 1 1 6 name=c; "
     "multiply from=[h, c] name=g; conv2d 1 3 sigmoid padding=same name=p; multiply from=[p, g] name=m; dense 6 from=g name=v; "
     "maximum from=[m, v]; flatten; dense 3"),
]


def layer(kind, name, *inputs, **arguments):
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, **arguments},
        "inbound_nodes": [[[i, 0, 0, {}] for i in inputs]] if inputs else [],
    }


def same(name, source, **arguments):
    return layer("Conv2D", name, source, filters=4, kernel_size=[3, 3], padding="same", **arguments)


# Two paths that meet again by every layer that merges; `x` is taken twice, channels last by one and first by the other.
parts = [
    layer("InputLayer", "x", batch_shape=[None, *image], dtype="float32"),
    same("a", "x", activation="relu"),
    same("b", "a"),
    layer("Add", "sum", "x", "b"),
    layer("Concatenate", "channels", "sum", "a", axis=-1),
    layer("Concatenate", "rows", "a", "b", axis=1),
    layer("MaxPooling2D", "less", "rows", pool_size=[2, 1]),
    layer("Maximum", "most", "less", "b"),
    layer("Subtract", "apart", "most", "a"),
    layer("Multiply", "times", "apart", "sum"),
    layer("Average", "mean", "times", "b", "a"),
    layer("Minimum", "least", "mean", "sum"),
    layer("Concatenate", "all", "least", "channels", axis=-1),
    same("end", "all"),
]
graph = {
    "class_name": "Functional",
    "config": {"name": "g", "layers": parts, "input_layers": [["x", 0, 0]], "output_layers": [["end", 0, 0]]},
}


def cornu(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"cornu {' '.join(arguments)}: {done.stderr}")


def predict(x, *model):
    np.save("x.npy", x)
    cornu("predict", "--model", *model, "--x", "x.npy", "--out", "p.npy")
    return np.load("p.npy")


def read(path):
    with np.load(path) as file:
        return [file[name] for name in sorted(file.files, key=lambda name: int(name[4:]))]


def make(shape, layers):
    """Random weights, so that no bias or scale is what it starts as; gives the network's file."""
    size = ",".join(map(str, shape))
    is_graph = isinstance(layers, dict)
    net = write("net.json", json.dumps(layers)) if is_graph else write("net.txt", f"input {size}; {layers}")
    cornu("convert", "--input", size, "--weights-only", net, "w.npz")
    with np.load("w.npz") as file:
        new = {name: random.normal(0.4, 0.5, file[name].shape).astype("f") for name in file.files}
    for name in new:
        new[name] = np.abs(new[name]) if len(new[name].shape) == 1 else new[name]
    np.savez("w.npz", **new)
    cornu("convert", net, "m.onnx", "--weights", "w.npz")
    return net


def write(path, text):
    with open(path, "w", encoding="utf8") as file:
        file.write(text)
    return path


def compare(shape, layers):
    """The largest difference between onnxruntime and cornu, and what cornu predicts."""
    net = make(shape, layers)
    onnx.checker.check_model(onnx.load("m.onnx"), full_check=True)
    session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    x = random.normal(0, 1.5, (33, *shape)).astype("f")
    expected = predict(x, net, "--weights", "w.npz")
    found = session.run([made.name], {given.name: x})[0]
    one = session.run([made.name], {given.name: x[:1]})[0]
    assert found.shape == expected.shape, (layers, found.shape, expected.shape)
    worst = 0.0
    for got, wanted in (found, expected), (one, expected[:1]):
        # beside the largest number of the sample: smaller ones are differences of such
        largest = np.max(np.abs(wanted), axis=tuple(range(1, wanted.ndim)), keepdims=True)
        difference = float(np.max(np.abs(got - wanted) / np.maximum(1, largest)))
        assert difference < 1e-5, (layers, difference)
        worst = max(worst, difference)
    return worst, x, expected


def tensor(name, call=0, output=0):
    return [name, call, output, {}]


def model(name, layers, inputs, outputs):
    """A model as a layer, or whole: its own layers, and the names of its ends."""
    ends = {"input_layers": [[i, 0, 0] for i in inputs], "output_layers": [[o, 0, 0] for o in outputs]}
    return {"class_name": "Functional", "name": name, "config": {"name": name, "layers": layers, **ends}}


def called(layer, *calls):
    return layer | {"inbound_nodes": [list(c) for c in calls]}


def given(name, *shape):
    return layer("InputLayer", name, batch_shape=[None, *shape], dtype="float32")


# Models within models, one of two inputs and outputs that is called twice, and a network with several ends.
twice = model("twice", [given("p", 4), given("q", 4), layer("Dense", "wide", "p", units=4, activation="relu"),
                        layer("Subtract", "less", "wide", "q"), layer("Dense", "small", "q", units=3)], ["p", "q"], ["less", "small"])
line = {"class_name": "Sequential", "name": "line", "config": {"name": "line", "layers": [
    layer("Dense", "wide", units=6, activation="tanh"), layer("BatchNormalization", "norm")]}}
ends = model("ends", [
    given("a", 4), given("b", 4), called(twice, [tensor("a"), tensor("b")], [tensor("b"), tensor("a")]),
    called(layer("Concatenate", "all"), [tensor("twice", 1, 0), tensor("twice", 2, 1), tensor("twice", 1, 1), tensor("twice", 2, 0)]),
    called(line, [tensor("all")]), layer("Dense", "kind", "line", units=3, activation="softmax"),
    layer("Dense", "size", "line", units=1)], ["a", "b"], ["kind", "size"])


def compare_ends():
    """The same for two inputs and two outputs; onnxruntime and cornu know them by name."""
    write("net.json", json.dumps(ends))
    cornu("convert", "net.json", "m.npz")
    cornu("convert", "m.npz", "m.onnx")
    onnx.checker.check_model(onnx.load("m.onnx"), full_check=True)
    session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
    x = {name: random.normal(0, 1.5, (33, 4)).astype("f") for name in "ab"}
    np.savez("x.npz", **x)
    assert [i.name for i in session.get_inputs()] == ["a", "b"]
    found = dict(zip([o.name for o in session.get_outputs()], session.run(None, x)))
    for network in ("m.npz", "m.onnx"):
        cornu("predict", "--model", network, "--x", "x.npz", "--out", "p.npz")
        with np.load("p.npz") as expected:
            assert sorted(expected.files) == ["kind", "size"] == sorted(found), expected.files
            for name in found:
                np.testing.assert_allclose(found[name], expected[name], atol=1e-5, err_msg=f"{network}: {name}")


worst = 0.0
for shape, layers in plain:
    worst = max(worst, compare(shape, layers)[0])
compare_ends()
for shape, layers in networks:
    difference, x, expected = compare(shape, layers)
    worst = max(worst, difference)
    np.testing.assert_array_equal(predict(x, "m.onnx"), expected, err_msg=layers)
    cornu("convert", "--weights-only", "m.onnx", "back.npz")
    before, after = read("w.npz"), read("back.npz")
    assert len(before) == len(after), layers
    for a, b in zip(before, after):
        np.testing.assert_array_equal(a, b, err_msg=layers)
unread = {"MatMul", "Reshape"}  # between what has its channels first
back = 0
for shape, layers, transposes in windows + [(image, graph, None)]:
    difference, x, expected = compare(shape, layers)
    worst = max(worst, difference)
    operators = [node.op_type for node in onnx.load("m.onnx").graph.node]
    assert transposes in (operators.count("Transpose"), None), (layers, operators)
    if not unread.intersection(operators):
        found = predict(x, "m.onnx")
        assert np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))) < 1e-5, layers
        back += 1
assert back > 15, back
for shape, layers in gates:
    worst = max(worst, compare(shape, layers)[0])
count = len(networks) + len(plain) + len(windows) + len(gates) + 2
print(f"{count} networks, onnxruntime {onnxruntime.__version__}: largest difference {worst:.1e}")
