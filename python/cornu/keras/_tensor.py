"""Results of computations outside of training: arrays that also answer to TensorFlow's `.numpy()`."""

import numpy as np

from cornu import _cornu

DTYPES = frozenset("float32 float64 bool uint8 int8 int16 int32 int64".split())


class Tensor(np.ndarray):
    """An array; `.numpy()` gives it plain."""

    def numpy(self):
        return np.asarray(self) if self.ndim else self[()]

    def __array_finalize__(self, _):
        pass

    def __format__(self, spec):
        return format(self.item(), spec) if self.ndim == 0 else super().__format__(spec)


def tensor(value):
    return np.asarray(value).view(Tensor)


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
