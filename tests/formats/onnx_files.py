"""ONNX files of cornu under onnx's checker and onnxruntime, and back: onnx_files.py CORNU FOLDER.

Every layer and activation: the checker takes the file, onnxruntime predicts the same for one sample and for many, and
what cornu reads back has the same weights and predictions."""
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
    ((6,), "relu(max_value=1); dense 4; leaky_relu(negative_slope=0.1); dense 4; elu(alpha=0.3); dense 3; softmax"),
]


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
    """Random weights, so that no bias or scale is what it starts as."""
    size = ",".join(map(str, shape))
    cornu("convert", "--input", size, "--weights-only", write("net.txt", f"input {size}; {layers}"), "w.npz")
    with np.load("w.npz") as file:
        new = {name: random.normal(0.4, 0.5, file[name].shape).astype("f") for name in file.files}
    for name in new:
        new[name] = np.abs(new[name]) if len(new[name].shape) == 1 else new[name]
    np.savez("w.npz", **new)
    cornu("convert", "net.txt", "m.onnx", "--weights", "w.npz")


def write(path, text):
    with open(path, "w", encoding="utf8") as file:
        file.write(text)
    return path


worst = 0.0
for shape, layers in networks:
    make(shape, layers)
    onnx.checker.check_model(onnx.load("m.onnx"), full_check=True)
    session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    x = random.normal(0, 1.5, (33, *shape)).astype("f")
    expected = predict(x, "net.txt", "--weights", "w.npz")
    found = session.run([made.name], {given.name: x})[0]
    one = session.run([made.name], {given.name: x[:1]})[0]
    assert found.shape == expected.shape, (layers, found.shape, expected.shape)
    for got, wanted in (found, expected), (one, expected[:1]):
        difference = float(np.max(np.abs(got - wanted) / np.maximum(1, np.abs(wanted))))
        assert difference < 1e-5, (layers, difference)
        worst = max(worst, difference)
    np.testing.assert_array_equal(predict(x, "m.onnx"), expected, err_msg=layers)
    cornu("convert", "--weights-only", "m.onnx", "back.npz")
    before, after = read("w.npz"), read("back.npz")
    assert len(before) == len(after), layers
    for a, b in zip(before, after):
        np.testing.assert_array_equal(a, b, err_msg=layers)
print(f"{len(networks)} networks, onnxruntime {onnxruntime.__version__}: largest difference {worst:.1e}")
