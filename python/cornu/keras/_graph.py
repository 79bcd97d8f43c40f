"""Symbolic tensors of functional models, and weights as variables."""

import contextlib

import numpy as np

from ._tensor import as_array
from ._variables import LayerKey, Readable


_UFUNCS = frozenset("add subtract multiply divide true_divide negative power square maximum minimum matmul".split())
_answers = []  # to "training?", of each call() that is being traced


@contextlib.contextmanager
def tracing(training):
    _answers.append(training)
    try:
        yield
    finally:
        _answers.pop()


def says_inference(training):
    """Does a call's `training` set apart a layer from the model's training?"""
    return training is False and not (_answers and _answers[-1] is False)


def says_training(training):
    return training is True and not (_answers and _answers[-1] is True)


class KerasTensor:
    """What a layer gives for its inputs; of a model that is a layer, one of its outputs. Outputs of one call have the same
    `call`."""

    def __init__(self, layer, inputs, output=0, call=None):
        self.layer, self.output_index = layer, output
        self.inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        self.call = self if call is None else call
        self._shape = None
        self.on_arrays = None  # of a call() that only runs on arrays: its arguments
        self.dtype = "float32"

    @property
    def name(self):
        return self.layer.name

    @property
    def shape(self):
        if self._shape is None:
            self._shape = _shape_of(self)
        return self._shape

    @property
    def ndim(self):
        return len(self.shape)

    def _fail(self, *_):
        raise NotImplementedError("this operation on a model's tensors is not in Cornu; use layers")

    __getitem__ = __rtruediv__ = __floordiv__ = __mod__ = __rpow__ = __abs__ = __iter__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __array__ = _fail

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """NumPy's functions, and an array on the left of an operation."""
        if method != "__call__" or kwargs or ufunc.__name__ not in _UFUNCS:
            raise NotImplementedError(f"numpy.{ufunc.__name__} on a model's tensors is not in Cornu; use layers")
        return getattr(_ops(), ufunc.__name__)(*inputs)

    def __add__(self, other):
        return _ops().add(self, other)

    def __sub__(self, other):
        return _ops().subtract(self, other)

    def __rsub__(self, other):
        return _ops().subtract(other, self)

    def __mul__(self, other):
        return _ops().multiply(self, other)

    def __truediv__(self, other):
        return _ops().divide(self, other)

    def __neg__(self):
        return _ops().negative(self)

    def __pow__(self, other):
        return _ops().power(self, other)

    def __matmul__(self, other):
        return _ops().matmul(self, other)

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype=float32, name={self.name}>"


def _ops():
    from . import ops

    return ops


def inlined(inputs, outputs):
    """The outputs once more, where calls of models are calls of their layers."""
    made = {id(tensor): tensor for tensor in inputs}

    def visit(tensor):
        if id(tensor) not in made:
            given = [visit(one) for one in tensor.inputs]
            if hasattr(tensor.layer, "_layers"):
                made[id(tensor)] = tensor.layer._call_layers(given)[tensor.output_index]
            elif all(a is b for a, b in zip(given, tensor.inputs)):
                made[id(tensor)] = tensor
            else:
                made[id(tensor)] = KerasTensor(tensor.layer, given)
        return made[id(tensor)]

    return [visit(tensor) for tensor in outputs]


def walk(inputs, outputs):
    """The tensors between inputs and outputs, each behind those that it is made from."""
    order, done = [], set()

    def visit(tensor):
        if id(tensor) in done:
            return
        done.add(id(tensor))
        if all(tensor is not one for one in inputs):
            if not tensor.inputs:
                raise ValueError(f"`inputs` not connected to `outputs`: {tensor.name} is an input that was not given")
            for one in tensor.inputs:
                visit(one)
        order.append(tensor)

    for tensor in (*inputs, *outputs):
        visit(tensor)
    return order


def _shape_of(tensor):
    from cornu import _cornu

    if not tensor.inputs:
        return (None, *tensor.layer.shape)
    if hasattr(tensor.layer, "_layers"):  # a model
        return tensor.layer.outputs[tensor.output_index].shape
    return (None, *_cornu.shape_of(tensor.layer._notation(), [one.shape[1:] for one in tensor.inputs]))


def leaves(layers, prefix=""):
    """(path, layer) of each layer, also of those within models that are layers; a layer that is there twice comes twice."""
    for layer in layers:
        if hasattr(layer, "_layers"):
            yield from leaves(layer._layers, f"{prefix}{layer.name}/")
        else:
            yield prefix + layer.name, layer


class Variable(Readable):
    """A weight, read and written where it lives."""

    def __init__(self, layer, index, name, place):
        self._layer, self._index, self.name, self._place = layer, index, name, place

    @property
    def _key(self):
        return LayerKey(self._layer, self._place)

    @property
    def path(self):
        return f"{self._layer.name}/{self.name}"

    @property
    def trainable(self):
        return self._layer.trainable and not self.name.startswith("moving_")

    def numpy(self):
        return np.asarray(self._layer._home._ensure_core().get_weight(self._index))

    @property
    def value(self):
        return self.numpy()

    @property
    def shape(self):
        return self.numpy().shape

    @property
    def dtype(self):
        return "float32"

    def assign(self, value):
        value = as_array(value)
        if value.shape != self.shape and value.size == 1 and self.numpy().size == 1:
            value = value.reshape(self.shape)
        if value.shape != self.shape:
            raise ValueError(f"The shape of the target variable and the shape of the target value must match: "
                             f"{self.path} has shape {self.shape}, got {value.shape}")
        self._layer._home._ensure_core().set_weight(self._index, value.astype(np.float32))
        return self

    def __repr__(self):
        return f"<Variable path={self.path}, shape={self.shape}, dtype=float32, value={self.numpy()}>"
