"""Makes tests/formats/files/onnx with the onnx package: files as other programs' exporters lay networks out, each with an
input and what onnxruntime makes of it, and files that must be refused."""
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx"))
random = np.random.default_rng(1)


def floats(*shape):
    return random.normal(0, 0.5, shape).astype("f")


def tensor(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], name=f"/{output}/{op}", **attributes)


def save(name, nodes, initializers, x=("batch", 6), y=("batch", 3), opset=17, check=True, inputs=(), ir=8):
    port = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "main_graph", [port("x", TensorProto.FLOAT, x), *inputs],
                              [port("y", TensorProto.FLOAT, y)], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir,
                              producer_name="test")
    onnx.save(model, f"{name}.onnx")
    if not check:
        return
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
    given = random.normal(0, 1, (1 if isinstance(x[0], int) else 7, *x[1:])).astype("f")
    np.savez(f"{name}.npz", x=given, y=session.run(None, {"x": given})[0])


save("linear_layers", [
    node("Flatten", "x", "flat", axis=1),
    node("Gemm", "flat w1 b1", "fc1", alpha=1.0, beta=1.0, transB=1),
    node("Relu", "fc1", "relu"),
    node("Dropout", "relu ratio", "dropped"),
    node("Gemm", "dropped w2 b2", "fc2", alpha=0.5, beta=2.0, transB=1),
    node("Softmax", "fc2", "y", axis=-1),
], [tensor("w1", floats(5, 6)), tensor("b1", floats(5)), tensor("w2", floats(3, 5)), tensor("b2", floats(3)),
    tensor("ratio", np.float32(0.25))], x=(1, 2, 3), y=(1, 3))

save("normalised", [
    node("Sub", "x mean", "centred"), node("Div", "centred deviation", "scaled"),
    node("MatMul", "scaled w", "product"), node("Add", "b product", "sum"),
    node("BatchNormalization", "sum g h m v", "normal", epsilon=1e-5, momentum=0.9),
    node("Tanh", "normal", "y"),
], [tensor("mean", floats(6)), tensor("deviation", np.float32(1.5)), tensor("w", floats(6, 3)), tensor("b", floats(3)),
    tensor("g", floats(3)), tensor("h", floats(3)), tensor("m", floats(3)), tensor("v", np.abs(floats(3)))])

weights = {"w": floats(6, 3), "b": floats(3)}
save("old", [
    node("Gemm", "x w b", "sum"), node("Identity", "sum", "same"), node("LeakyRelu", "same", "leaky"),
    node("Softmax", "leaky", "y"),
], [helper.make_tensor(n, TensorProto.FLOAT, v.shape, v.ravel()) for n, v in weights.items()], opset=9, ir=3,
    inputs=[helper.make_tensor_value_info(n, TensorProto.FLOAT, v.shape) for n, v in weights.items()])


def constant(name, value):
    return helper.make_node("Constant", [], [name], value=tensor("", np.float32(value)))


save("composed", [
    constant("root", np.sqrt(2)), constant("one", 1), constant("half", 0.5), constant("zero", 0), constant("six", 6),
    helper.make_node("Transpose", ["w"], ["wt"], perm=[1, 0]),
    node("MatMul", "x wt", "p"),
    node("Div", "p root", "e1"), node("Erf", "e1", "e2"), node("Add", "e2 one", "e3"), node("Mul", "p e3", "e4"),
    node("Mul", "e4 half", "gelu"),
    node("Sigmoid", "gelu", "s"), node("Mul", "gelu s", "silu"),
    node("Clip", "silu zero six", "relu6"),
    node("Softplus", "relu6", "m1"), node("Tanh", "m1", "m2"), node("Mul", "relu6 m2", "y"),
], [tensor("w", floats(3, 6))])

w, b = tensor("w", floats(6, 3)), tensor("b", floats(3))
gemm = node("Gemm", "x w b", "s")
port = helper.make_tensor_value_info
save("convolution", [node("Conv", "x w", "y")], [w], check=False)
save("branches", [gemm, node("Relu", "s", "p"), node("Tanh", "s", "q"), node("Add", "p q", "y")], [w, b], check=False)
far = tensor("w", floats(6, 3))
far.ClearField("raw_data")
far.data_location = TensorProto.EXTERNAL
far.external_data.add(key="location", value="/etc/passwd")
save("external", [gemm, node("Relu", "s", "y")], [far, b], check=False)
save("half", [gemm, node("Relu", "s", "y")], [tensor("w", floats(6, 3).astype("float16")), b], check=False)
save("two_inputs", [node("Add", "x z", "y")], [], inputs=[port("z", TensorProto.FLOAT, ("batch", 6))], check=False)
save("open_size", [gemm, node("Relu", "s", "y")], [w, b], x=("batch", "length"), check=False)
huge = tensor("w", floats(6, 3))
huge.dims[:] = [1 << 40, 1 << 40]
save("huge", [gemm, node("Relu", "s", "y")], [huge, b], check=False)
short = tensor("w", floats(6, 2))
short.dims[:] = [6, 3]
save("short", [gemm, node("Relu", "s", "y")], [short, b], check=False)
save("cycle", [node("Relu", "a", "b2"), node("Relu", "b2", "a"), node("Relu", "x", "c")], [], check=False)
save("twice", [node("Relu", "x", "y"), node("Tanh", "x", "y")], [], check=False)
foreign = node("Dense", "x", "y")
foreign.domain = "com.example"
save("domain", [foreign], [], check=False)
save("wide", [node("Mul", "x one", "y")], [tensor("one", np.float32(2))], x=("batch", 1 << 23), check=False)
save("far", [node("Reshape", "x shape", "y")], [tensor("shape", np.array([(1 << 63) - 1, 3]))], check=False)
