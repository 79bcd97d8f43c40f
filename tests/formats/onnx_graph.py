"""Makes ONNX graphs node by node, as exporters write them, for the scripts beside this one."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(5)


class Graph:
    """Nodes one after the other; a method's name is the operator, and it gives the name of the output."""

    def __init__(self, *shape, batch="batch", **more):
        """Samples of input x, and of further inputs by their names."""
        self.nodes, self.constants, self.shape, self.opset = [], [], shape, 17
        self.shapes = {"x": shape, **more} if shape else more
        self.inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [batch, *s]) for n, s in self.shapes.items()]

    def constant(self, values):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def random(self, *shape, low=None):
        values = random.normal(0, 0.4, shape) if low is None else random.uniform(low, 2, shape)
        return self.constant(values.astype("f"))

    def add(self, op, *inputs, **attributes):
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], f"/l{len(self.nodes)}/{op}", **attributes))
        return name

    def conv(self, x, filters, channels, *kernel, bias=True, **attributes):
        inputs = [x, self.random(filters, channels, *kernel)] + ([self.random(filters)] if bias else [])
        return self.add("Conv", *inputs, kernel_shape=kernel, **attributes)

    def norm(self, x, n):
        low = self.random(n, low=0.5)
        return self.add("BatchNormalization", x, low, self.random(n), self.random(n), self.random(n, low=0.5), epsilon=1e-3)

    def relu(self, x):
        return self.add("Relu", x)

    def gemm(self, x, rows, units):
        return self.add("Gemm", x, self.random(units, rows), self.random(units), transB=1)

    def save(self, y, path="m.onnx"):
        """One output, called y, or several by their values' names."""
        outputs = [y] if isinstance(y, str) else list(y)
        if isinstance(y, str):
            assert y == f"n{len(self.nodes) - 1}"
            self.nodes[-1].output[0] = outputs[0] = "y"
        ports = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs]
        graph = helper.make_graph(self.nodes, "g", self.inputs, ports, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        model = onnx.shape_inference.infer_shapes(model)
        onnx.checker.check_model(model)
        onnx.save(model, path)
        return outputs
