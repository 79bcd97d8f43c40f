"""Keras's activations: names for layers, and functions of arrays."""

import numpy as np

from cornu import _cornu

from . import _record
from ._described import Described, missing_of


class Activation(Described):
    """A function that a layer takes, and that can be called on an array."""

    def __init__(self, name):
        self.__name__ = self.name = name

    def _notation(self):
        return self.name

    def config(self):
        """As a layer's get_config has it."""
        return self.name

    def __call__(self, x, **arguments):
        from ._described import call
        from ._graph import KerasTensor
        from ._tensor import apply, as_array

        arguments.pop("name", None)
        axis = arguments.pop("axis", -1)
        if isinstance(x, KerasTensor):
            return self._on_tensor(x, axis, arguments)
        if _record.node_of(x) is not None:
            return self._recorded(x, axis, arguments)
        if axis != -1:
            return self._over(as_array(x), axis if isinstance(axis, (list, tuple)) else (axis,), arguments)
        return apply([f"activation({call(self.name, arguments) if arguments else self.name})"], x)

    def _on_tensor(self, x, axis, arguments):
        from . import layers

        if axis != -1 and self.name != "softmax":
            raise NotImplementedError(f"{self.name} over axis {axis} of a model's tensor is not in Cornu")
        if self.name == "leaky_relu" and "alpha" in arguments:  # TensorFlow's name
            arguments = {"negative_slope": arguments["alpha"]}
        return (layers.Softmax(axis) if axis != -1 else layers.Activation(_With(self.name, arguments) if arguments else self))(x)

    def _recorded(self, x, axis, arguments):
        """Of a tensor that a gradient goes back to."""
        from ._described import call
        from ._tape import tensor_call

        array = np.asarray(_record.plain(x), np.float32)
        moved = array if axis == -1 else np.moveaxis(array, axis, -1)
        rows = moved.reshape(-1, moved.shape[-1]) if moved.ndim > 1 else moved.reshape(1, -1)
        word = f"activation({call(self.name, arguments) if arguments else self.name})"
        core = _cornu.Model()
        core.add(word)
        core.build(rows.shape[1:])
        made, back = tensor_call(core, np.ascontiguousarray(rows))

        def whole(values):
            values = np.asarray(values).reshape(moved.shape)
            return values if axis == -1 else np.moveaxis(values, -1, axis)

        def gradient(g):
            g = g if axis == -1 else np.moveaxis(g, axis, -1)
            return [whole(back(np.asarray(g).reshape(rows.shape))[0])]

        return _record.result(whole(made), [_record.node_of(x)], gradient)

    def _over(self, x, axes, arguments):
        """Along other axes than the last: they go behind the others as one."""
        behind = tuple(range(-len(axes), 0))
        moved = np.moveaxis(x, axes, behind)
        flat = self(moved.reshape(*moved.shape[:-len(axes)], -1), **arguments)
        return np.moveaxis(flat.reshape(moved.shape), behind, axes)

    def __repr__(self):
        return f"<activation {self.name}>"


class _With(Activation):
    """A function with arguments of its own."""

    def __init__(self, name, arguments):
        super().__init__(name)
        self._arguments = arguments

    def _notation(self):
        from ._described import call

        return call(self.name, self._arguments)


class _OfLayer(Activation):
    """A layer in the place of a function: its arguments, not its name, are what counts."""

    def __init__(self, layer):
        super().__init__(layer._word)
        self._layer = layer

    def _notation(self):
        from ._described import call

        return call(self.name, self._layer._given())

    def config(self):
        from ._described import serialize

        return serialize(self._layer)

    def __call__(self, x, **arguments):
        return self._layer(x)


_NAMES = ("celu elu exponential gelu hard_sigmoid hard_silu hard_swish leaky_relu linear log_softmax mish relu relu6 selu "
          "sigmoid silu softmax softplus softsign swish tanh").split()
for _name in _NAMES:
    globals()[_name] = Activation(_name)

__getattr__ = missing_of("keras.activations", "glu hard_shrink hard_tanh log_sigmoid soft_shrink sparse_plus squareplus "
                         "tanh_shrink threshold sparsemax sparse_sigmoid")


def get(identifier):
    """The function of that name; others are left as they are, for Cornu to look at."""
    if identifier is None:
        return globals()["linear"]
    if isinstance(identifier, str):
        return globals()[identifier] if identifier in _NAMES else identifier
    if hasattr(identifier, "_home"):  # a layer without weights, such as LeakyReLU(0.2)
        return _OfLayer(identifier)
    return identifier


def serialize(activation):
    return getattr(activation, "name", activation)


def deserialize(config):
    return get(config)
