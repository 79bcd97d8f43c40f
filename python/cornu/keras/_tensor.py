"""Results of computations outside of training: arrays that also answer to TensorFlow's `.numpy()`."""

import numpy as np

from cornu import _cornu

from . import _record

DTYPES = frozenset("float32 float64 bool uint8 int8 int16 int32 int64".split())


class Tensor(np.ndarray):
    """An array; `.numpy()` gives it plain. While a gradient is recorded, it may have a node."""

    _node = None

    def numpy(self):
        return np.asarray(self) if self.ndim else self[()]

    def __array_finalize__(self, source):
        """A view or copy that no function below has made: its gradient is refused, not forgotten."""
        node = getattr(source, "_node", None)
        if node is not None and _record.is_recording():
            self._node = _record.Node([node], _record.unsupported("GradientTape: this method or attribute of a tensor"))

    @property
    def T(self):
        return _record.call("transpose", self) if self._node is not None and _record.is_recording() else np.transpose(self)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if any(hasattr(one, "layer") for one in inputs):  # a model's tensor
            return NotImplemented
        if _record.is_recording():
            return _record.ufunc(ufunc, method, inputs, kwargs)
        inputs = [_record.plain(one) for one in inputs]
        given = kwargs.get("out")
        if given is not None:
            kwargs["out"] = tuple(None if one is None else one.view(np.ndarray) for one in given)
        made = getattr(ufunc, method)(*inputs, **kwargs)
        if given is not None and len(given) == 1:
            return given[0]
        return tuple(tensor(one) for one in made) if isinstance(made, tuple) else made if made is None else tensor(made)

    def __array_function__(self, func, types, args, kwargs):
        if _record.is_recording():
            return _record.function(func.__name__, args, kwargs, func)
        return super().__array_function__(func, types, args, kwargs)

    def __getitem__(self, key):
        if self._node is not None and _record.is_recording():
            return _record.call("getitem", self, _record.plain(key))
        return super().__getitem__(_record.plain(key))

    def get_shape(self):
        return self.shape

    @property
    def device(self):
        return "CPU:0"

    def __format__(self, spec):
        return format(self.item(), spec) if self.ndim == 0 else super().__format__(spec)


def _recorded_methods():
    """NumPy's methods that are functions, too."""
    def method(name):
        plain = getattr(np.ndarray, name)

        def call(self, *args, **kwargs):
            if self._node is None or not _record.is_recording():
                return plain(self, *args, **kwargs)
            if name in ("reshape", "transpose") and len(args) != 1:
                args = (args,) if args else ()
            if name == "flatten":
                return _record.call("reshape", self, (-1,))
            if name == "astype":
                return _record.call("cast", self, args[0])
            if name == "copy":
                return _record.call("cast", self, self.dtype)
            return _record.function(name, (self, *args), kwargs, getattr(np, name))

        call.__name__ = name
        return call

    for name in """sum mean max min prod var std reshape transpose squeeze swapaxes clip dot cumsum repeat take ravel flatten astype
            copy diagonal""".split():
        setattr(Tensor, name, method(name))


_recorded_methods()


def tensor(value):
    return value if isinstance(value, Tensor) else np.asarray(value).view(Tensor)


def recorded(value):
    """A tensor, or what makes one, for a function of NumPy's: it keeps its node."""
    if isinstance(value, Tensor):
        return value
    return value._read() if hasattr(value, "_read") else np.asarray(value)


def as_array(value, what="x"):
    """Anything that holds numbers, as an array that Cornu takes without a copy: C order, a type that it knows."""
    if not isinstance(value, np.ndarray):
        if hasattr(value, "to_numpy"):
            value = value.to_numpy()  # pandas, polars
        elif hasattr(value, "numpy"):
            value = value.numpy()  # tensors
        elif hasattr(value, "__dlpack__"):
            value = np.from_dlpack(value)
        elif hasattr(value, "toarray"):
            raise NotImplementedError(f"{what}: sparse matrices are not in Cornu; give {what}.toarray()")
    array = np.asarray(value)
    if array.dtype.name not in DTYPES:
        kind = array.dtype.kind
        if kind == "f":
            array = array.astype(np.float32)
        elif kind in "ui":
            array = array.astype(np.int64)
        else:
            try:
                array = array.astype(np.float32)  # objects that are numbers
            except (TypeError, ValueError):
                raise ValueError(f"{what}: an array of {array.dtype} holds no numbers; expected numbers") from None
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    array = np.ascontiguousarray(array).view(np.ndarray)
    return array.reshape(1) if array.ndim == 0 else array


def apply(layers, x):
    """The layers, which have no weights, on an array of any shape."""
    array = as_array(x).astype(np.float32)
    rows = array if array.ndim > 1 else array.reshape(1, -1)
    core = _cornu.Model()
    for layer in layers:
        core.add(layer)
    core.build(rows.shape[1:])
    return tensor(np.asarray(core.predict(rows)).reshape(array.shape))
