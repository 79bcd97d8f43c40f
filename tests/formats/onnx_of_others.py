"""Networks laid out as PyTorch's exporter does, read by cornu: onnx_of_others.py CORNU FOLDER.

torch itself is not asked for, whose package is gigabytes: the onnx package makes the same graphs, with the exporter's
names, in every operator set that it has written. onnxruntime says what they compute."""
import itertools
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
os.chdir(folder)
onnxruntime.set_default_logger_severity(3)
random = np.random.default_rng(5)


def cornu(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"cornu {' '.join(arguments)}: {done.stderr}")


class Graph:
    """A chain that grows at `value`. `raw`: weights as bytes, not as a list of numbers."""

    def __init__(self, opset, raw):
        self.opset, self.raw, self.value = opset, raw, "input"
        self.nodes, self.weights, self.count = [], [], 0

    def add(self, op, *more, **attributes):
        name = f"/{self.count}/{op}"
        self.count += 1
        self.nodes.append(helper.make_node(op, [self.value, *more], [f"{name}_output_0"], name=name, **attributes))
        self.value = f"{name}_output_0"

    def weight(self, name, array, kind=TensorProto.FLOAT):
        array = np.asarray(array)
        data = array.tobytes() if self.raw else array.ravel().tolist()
        self.weights.append(helper.make_tensor(name, kind, array.shape, data, raw=self.raw))
        return name

    def constant(self, array, kind=TensorProto.FLOAT):
        name = f"/{self.count}/Constant_output_0"
        self.count += 1
        self.nodes.append(helper.make_node("Constant", [], [name], name=name[:-len("_output_0")],
                                           value=helper.make_tensor("", kind, array.shape, array.tobytes(), raw=True)))
        return name

    def linear(self, rows, columns, bias=True):
        numbers = random.normal(0, 0.6, (columns, rows)).astype("f")
        if bias:
            self.add("Gemm", self.weight(f"net.{self.count}.weight", numbers),
                     self.weight(f"net.{self.count}.bias", random.normal(0, 1, columns).astype("f")),
                     alpha=1.0, beta=1.0, transB=1)
        else:  # transposed on the way out
            self.add("MatMul", self.weight(f"onnx::MatMul_{self.count}", numbers.T.copy()))

    def batchnorm(self, size):
        own = [self.weight(f"net.{self.count}.{name}", (random.normal(0, 1, size) ** 2 + low).astype("f"))
               for name, low in (("weight", 0.2), ("bias", -1), ("running_mean", -1), ("running_var", 0.2))]
        mode = {"training_mode": 0} if self.opset >= 14 else {}
        self.add("BatchNormalization", *own, epsilon=1e-5, momentum=0.9, **mode)

    def dropout(self):
        if self.opset < 12:
            self.add("Dropout", ratio=0.3)
        else:
            self.add("Dropout", self.constant(np.float32(0.3)), self.constant(np.bool_(False), TensorProto.BOOL))

    def reshape(self, *shape):
        self.add("Reshape", self.constant(np.array(shape, "int64"), TensorProto.INT64),
                 **({"allowzero": 0} if self.opset >= 14 else {}))

    def gelu(self):
        """As nn.GELU before operator set 20."""
        x = self.value
        self.add("Div", self.constant(np.float32(np.sqrt(2))))
        self.add("Erf")
        self.add("Add", self.constant(np.float32(1)))
        self.nodes.append(helper.make_node("Mul", [x, self.value], ["/gelu/Mul_output_0"], name="/gelu/Mul"))
        self.value = "/gelu/Mul_output_0"
        self.add("Mul", self.constant(np.float32(0.5)))

    def silu(self):
        x = self.value
        self.add("Sigmoid")
        self.nodes.append(helper.make_node("Mul", [x, self.value], ["/silu/Mul_output_0"], name="/silu/Mul"))
        self.value = "/silu/Mul_output_0"

    def save(self, path, batch, shape, outputs):
        self.nodes[-1].output[0] = "output"
        port = helper.make_tensor_value_info
        graph = helper.make_graph(self.nodes, "main_graph", [port("input", TensorProto.FLOAT, (batch, *shape))],
                                  [port("output", TensorProto.FLOAT, (batch, outputs))], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)],
                                  ir_version=6 if self.opset < 13 else 8, producer_name="pytorch", producer_version="2.1.0")
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def digits(g):
    """nn.Flatten, three nn.Linear, nn.ReLU, nn.Dropout, nn.Softmax."""
    g.add("Flatten", axis=1)
    g.linear(12, 7)
    g.add("Relu")
    g.dropout()
    g.linear(7, 6)
    g.add("Relu")
    g.dropout()
    g.linear(6, 4)
    g.add("Softmax", axis=1)
    return (1, 3, 4), 4


def normalised(g):
    """x.view(-1, 12), nn.BatchNorm1d between layers without a bias, nn.Identity, log_softmax."""
    g.reshape(-1, 12)
    g.linear(12, 7, bias=False)
    g.batchnorm(7)
    g.add("Relu")
    g.add("Identity")
    g.linear(7, 5)
    g.batchnorm(5)
    g.add("Tanh")
    g.linear(5, 4, bias=False)
    g.add("LogSoftmax", axis=-1)
    return (1, 3, 4), 4


def activations(g):
    """One activation after another."""
    for i, add in enumerate((lambda: g.add("LeakyRelu", alpha=0.01), lambda: g.add("Elu", alpha=1.0), g.gelu, g.silu,
                             lambda: g.add("Sigmoid"), lambda: g.add("Softplus"), lambda: g.add("Selu"),
                             lambda: g.add("Softsign"),
                             lambda: g.add("HardSwish") if g.opset >= 14 else g.add("HardSigmoid", alpha=1 / 6))):
        g.linear(5, 5, bias=i % 2 == 0)
        add()
    g.linear(5, 1)
    return (5,), 1


worst, count = 0.0, 0
for network, opset, raw, batch in itertools.product((digits, normalised, activations), range(11, 19), (True, False),
                                                    ("batch", 1)):
    graph = Graph(opset, raw)
    shape, outputs = network(graph)
    graph.save("m.onnx", batch, shape, outputs)
    x = random.normal(0, 1, (batch if batch == 1 else 9, *shape)).astype("f")
    session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
    expected = session.run(["output"], {"input": x})[0]
    np.save("x.npy", x)
    cornu("predict", "--model", "m.onnx", "--x", "x.npy", "--out", "p.npy")
    found = np.load("p.npy")
    what = (network.__name__, opset, "raw" if raw else "list", batch)
    assert found.shape == expected.shape, (what, found.shape, expected.shape)
    difference = float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))))
    assert difference < 1e-5, (what, difference)
    worst, count = max(worst, difference), count + 1
print(f"{count} files, onnxruntime {onnxruntime.__version__}: largest difference {worst:.1e}")
