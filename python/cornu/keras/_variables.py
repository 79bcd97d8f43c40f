"""Variables: what they have in common, whether they are weights of a model or hold their own value."""

import operator

import numpy as np

from . import _record
from ._names import unique_name
from ._tensor import Tensor, as_array, tensor


class InTrace(NotImplementedError):
    """A variable, or a loss of a call's own, in what Cornu is to train as a whole: there weights belong to layers."""

    def __init__(self, path, what="a weight of one's own"):
        super().__init__(f"{path}: {what} is in Cornu where a model or layer is called on arrays: in fit of a Sequential or of a "
                         "class with a call(), and in a loop with GradientTape; in Model(inputs, outputs) and in files it is not")


class Readable(np.lib.mixins.NDArrayOperatorsMixin):
    """Something with a value that computations read, and that gradients go to: `numpy()` is the value, `_key` says what it is."""

    def _read(self):
        value = tensor(np.array(self.numpy()))
        if _record.is_recording() and value.dtype.kind == "f":
            value._node = _record.Node(key=self._key)
        return value

    def __array__(self, dtype=None, copy=None):
        value = np.asarray(self.numpy())
        return value.astype(dtype) if dtype else value

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if any(hasattr(one, "inputs") for one in inputs):  # a model's tensor
            raise InTrace(self.path)
        inputs = [one._read() if isinstance(one, Readable) else one for one in inputs]
        kwargs.pop("out", None)
        return getattr(ufunc, method)(*inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return _record.function(func.__name__, args, kwargs, func)

    def __getitem__(self, key):
        found = self._read()[key]
        part = np.asarray(found).view(Part)
        part._node, part._source = getattr(found, "_node", None), (self, key)
        return part

    def __len__(self):
        return len(self.numpy())

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __float__(self):
        return float(self.numpy())

    def __int__(self):
        return int(self.numpy())

    __index__ = __int__

    def __bool__(self):
        return bool(self.numpy())

    __hash__ = object.__hash__

    def __format__(self, spec):
        return format(self._read(), spec)

    def read_value(self):
        return self._read()

    def value(self):
        return self._read()

    constraint = None

    @property
    def ndim(self):
        return len(self.shape)

    def _moved(self, function, value):
        return self.assign(function(np.asarray(self.numpy()), np.asarray(_record.plain(value))))

    def assign_add(self, value, **_):
        return self._moved(operator.add, value)

    def assign_sub(self, value, **_):
        return self._moved(operator.sub, value)

    def scatter_nd_update(self, indices, updates, name=None):
        whole, at = np.array(self.numpy()), np.asarray(indices)
        whole[tuple(np.moveaxis(at, -1, 0))] = np.asarray(_record.plain(updates))
        return self.assign(whole)


class Part(Tensor):
    """A part of a variable, which can be assigned to: v[0].assign(value)."""

    _source = None

    def _put(self, change):
        variable, key = self._source
        whole = np.array(variable.numpy())
        try:
            change(whole, _record.plain(key))
        except ValueError as error:
            raise ValueError(f"assign to a part of {variable.name}, of shape {np.shape(self)}: {error}") from None
        return variable.assign(whole)

    def assign(self, value, **_):
        return self._put(lambda whole, key: operator.setitem(whole, key, np.asarray(_record.plain(value))))

    def assign_add(self, value, **_):
        return self.assign(np.asarray(self) + np.asarray(_record.plain(value)))

    def assign_sub(self, value, **_):
        return self.assign(np.asarray(self) - np.asarray(_record.plain(value)))


class FreeVariable(Readable):
    """A variable that belongs to no layer: tf.Variable, keras.Variable, the weights of a metric."""

    def __init__(self, initial_value, trainable=True, validate_shape=True, caching_device=None, name=None, variable_def=None,
                 dtype=None, import_scope=None, constraint=None, **_):
        from ._graph import KerasTensor

        if constraint is not None:
            raise NotImplementedError("Variable with a constraint is not in Cornu")
        if callable(initial_value) and not hasattr(initial_value, "numpy"):
            initial_value = initial_value()
        if isinstance(initial_value, KerasTensor):
            raise NotImplementedError("a variable of a model's tensor is not in Cornu")
        value = np.array(_record.plain(initial_value) if not hasattr(initial_value, "numpy") else initial_value.numpy())
        trainable = trainable is not False
        if dtype is None and value.dtype.kind == "f":
            dtype = np.float32
        if dtype is None and value.dtype == np.int64:
            dtype = np.int32
        self._value = value if dtype is None else value.astype(getattr(dtype, "name", dtype) if not isinstance(dtype, type) else dtype)
        self.trainable, self.name = trainable, name or unique_name("variable")

    @property
    def _key(self):
        return self

    @property
    def path(self):
        return self.name

    def numpy(self):
        return self._value if self._value.ndim else self._value[()]

    @property
    def shape(self):
        return self._value.shape

    @property
    def dtype(self):
        return self._value.dtype

    def assign(self, value, **_):
        value = np.asarray(as_array(value) if np.ndim(_record.plain(value)) else _record.plain(value))
        if value.shape != self._value.shape:
            if value.size != self._value.size or value.size != 1:
                raise ValueError("The shape of the target variable and the shape of the target value must match: "
                                 f"{self.name} has shape {self.shape}, got {value.shape}")
            value = value.reshape(self._value.shape)
        self._value = np.array(value, self._value.dtype)
        return self

    def __repr__(self):
        return f"<Variable path={self.name}, shape={self.shape}, dtype={self.dtype}, value={self._value}>"


def initial(initializer, shape):
    """The value of an initializer, which is a function or a name."""
    from ._values import initial_value

    simple = {"zeros": 0.0, "ones": 1.0}
    if isinstance(initializer, str) and initializer in simple:
        return np.full(shape, simple[initializer], np.float32)
    return np.asarray(initial_value(initializer, shape) if isinstance(initializer, str) else initializer(shape))


class KerasVariable(FreeVariable):
    """keras.Variable: its value, or an initializer with a shape."""

    def __init__(self, initializer, shape=None, dtype=None, trainable=True, autocast=True, aggregation=None, name=None):
        if callable(initializer) or isinstance(initializer, str):
            if shape is None:
                raise ValueError("Variable: when creating a Variable from an initializer, the `shape` argument should be specified")
            initializer = initial(initializer, tuple(shape))
        super().__init__(initializer, trainable, name=name, dtype=dtype)


class LayerKey:
    """What a layer's weight is, in whatever model it stands."""

    __slots__ = ("layer", "place")

    def __init__(self, layer, place):
        self.layer, self.place = layer, place

    def __eq__(self, other):
        return isinstance(other, LayerKey) and self.layer is other.layer and self.place == other.place

    def __hash__(self):
        return hash((id(self.layer), self.place))
