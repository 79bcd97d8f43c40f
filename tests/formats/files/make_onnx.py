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


def list_of(name, *numbers):
    return helper.make_node("Constant", [], [name], value_ints=numbers)


# x.view(x.size(0), -1) of an open batch, a LayerNormalization and a GELU of many nodes, one output that is squeezed.
save("traced", [
    node("Shape", "x", "shape"), helper.make_node("Constant", [], ["zero"], value_int=0), list_of("first", 0),
    list_of("rest", -1), list_of("last", 1), node("Gather", "shape zero", "batch", axis=0),
    node("Unsqueeze", "batch first", "batches"), node("Concat", "batches rest", "flat", axis=0),
    node("Reshape", "x flat", "rows"), node("Gemm", "rows w b", "fc1", transB=1),
    node("ReduceMean", "fc1", "mean", axes=[-1]), node("Sub", "fc1 mean", "centred"),
    constant("two", 2), constant("epsilon", 1e-5), node("Pow", "centred two", "squares"),
    node("ReduceMean", "squares", "variance", axes=[-1]), node("Add", "variance epsilon", "above"),
    node("Sqrt", "above", "deviation"), node("Div", "centred deviation", "n1"), node("Mul", "n1 g", "n2"),
    node("Add", "n2 h", "n3"),
    constant("c3", 0.044715), constant("root", np.sqrt(2 / np.pi)), constant("one", 1), constant("half", 0.5),
    node("Mul", "n3 n3", "t1"), node("Mul", "n3 t1", "t2"), node("Mul", "c3 t2", "t3"), node("Add", "n3 t3", "t4"),
    node("Mul", "root t4", "t5"), node("Tanh", "t5", "t6"), node("Add", "one t6", "t7"), node("Mul", "n3 t7", "t8"),
    node("Mul", "half t8", "gelu"),
    node("Gemm", "gelu w2", "fc2"), node("PRelu", "fc2 slope", "prelu"),
    node("Clip", "prelu low", "clipped"), node("Gemm", "clipped w3", "fc3"), node("Squeeze", "fc3 last", "y"),
], [tensor("w", floats(5, 6)), tensor("b", floats(5)), tensor("g", floats(5)), tensor("h", floats(5)),
    tensor("w2", floats(5, 3)), tensor("slope", np.float32([0.25])), tensor("low", np.float32(0)),
    tensor("w3", floats(3, 1))], x=("batch", 1, 2, 3), y=("batch",))

# Dense layers over the last of several axes: their samples become rows of a matrix, and axes again.
save("rows", [
    node("Shape", "x", "shape", start=0, end=1), node("Squeeze", "shape", "batch"),
    helper.make_node("Constant", [], ["three"], value_int=3), node("Mul", "batch three", "product"),
    list_of("one", -1), list_of("four", 4), list_of("back", 3, 5),
    node("Reshape", "product one", "r1"), node("Concat", "r1 four", "r2", axis=0),
    node("Reshape", "x r2", "folded", allowzero=1), node("Gemm", "folded w b", "product2"),
    node("Reshape", "batch one", "r3"), node("Concat", "r3 back", "r4", axis=0),
    node("Reshape", "product2 r4", "axes", allowzero=1),
    node("Softplus", "axes", "soft"), constant("twenty", 20), node("Greater", "axes twenty", "large"),
    node("Where", "large axes soft", "softplus"),
    list_of("second", 1), node("Unsqueeze", "softplus second", "wide"), node("Flatten", "wide", "y", axis=1),
], [tensor("w", floats(4, 5)), tensor("b", floats(5))], x=("batch", 3, 4), y=("batch", 15), opset=18)

save("mixed", [
    node("Shape", "x", "shape"), list_of("two", 2), list_of("three", 3), list_of("first", 0),
    node("Gather", "shape first", "batch"), node("Mul", "batch two", "product"),
    node("Concat", "product three", "sizes", axis=0), node("Reshape", "x sizes", "y"),
], [], check=False)
low, high = tensor("low", np.float32(-1)), tensor("high", np.float32(1))
save("hardtanh", [node("Clip", "x low high", "y")], [low, high], check=False)
save("slopes", [node("PRelu", "x low", "y")], [tensor("low", floats(6))], check=False)
own = helper.make_function("local", "Twice", ["x"], ["y"], [node("Add", "x x", "y")], [helper.make_opsetid("", 17)])
save("functions", [node("Relu", "x", "y")], [], check=False)
model = onnx.load("functions.onnx")
model.functions.append(own)
onnx.save(model, "functions.onnx")
