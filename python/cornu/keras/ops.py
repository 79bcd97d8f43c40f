"""keras.ops: on arrays NumPy's functions, on a model's tensors the layers that compute the same. What is no layer is refused
by name."""

import builtins
import math

import numpy as np

from . import activations
from ._described import missing_of
from ._graph import KerasTensor
from ._names import unique_name
from ._tensor import as_array, tensor


def is_symbolic(*values):
    return builtins.any(isinstance(one, KerasTensor) or (isinstance(one, (list, tuple)) and is_symbolic(*one)) for one in values)


def _layer(kind, *args, **kwargs):
    from . import layers

    return getattr(layers, kind)(*args, **kwargs)


def refuse(name, why="on a model's tensors"):
    raise NotImplementedError(f"{name} {why} is not in Cornu; use layers")


def _number(value):
    """The single number in a value, or None."""
    if isinstance(value, KerasTensor) or np.size(value) != 1:
        return None
    return float(np.reshape(value, ()))


def _scaled(x, scale, offset, name):
    return _layer("Rescaling", scale, offset, name=unique_name(name))(x)


def _merged(kind, name, function):
    def merge(x1, x2):
        if not is_symbolic(x1, x2):
            return tensor(function(np.asarray(x1), np.asarray(x2)))
        for one in (x1, x2):
            if not isinstance(one, KerasTensor):
                refuse(f"keras.ops.{name}", f"of a model's tensor and an array of shape {np.shape(one)}")
        return _layer(kind)([x1, x2])

    return merge


_add, _subtract, _multiply = (_merged(name.capitalize(), name, getattr(np, name)) for name in ("add", "subtract", "multiply"))
maximum, minimum = (_merged(name.capitalize(), name, getattr(np, name)) for name in ("maximum", "minimum"))


def add(x1, x2, name=None):
    if is_symbolic(x1, x2):
        tensor, number = (x1, _number(x2)) if isinstance(x1, KerasTensor) else (x2, _number(x1))
        if number is not None:
            return _scaled(tensor, 1.0, number, "add")
    return _add(x1, x2)


def subtract(x1, x2, name=None):
    if isinstance(x1, KerasTensor) and _number(x2) is not None:
        return _scaled(x1, 1.0, -_number(x2), "subtract")
    if isinstance(x2, KerasTensor) and _number(x1) is not None:
        return _scaled(x2, -1.0, _number(x1), "subtract")
    return _subtract(x1, x2)


def multiply(x1, x2, name=None):
    if is_symbolic(x1, x2):
        tensor, number = (x1, _number(x2)) if isinstance(x1, KerasTensor) else (x2, _number(x1))
        if number is not None:
            return _scaled(tensor, number, 0.0, "multiply")
    return _multiply(x1, x2)


def divide(x1, x2, name=None):
    if not is_symbolic(x1, x2):
        return tensor(np.divide(x1, x2))
    number = _number(x2)
    if not isinstance(x1, KerasTensor) or not number:
        refuse("division", "by a model's tensor" if is_symbolic(x2) else "by such a value")
    return _scaled(x1, 1.0 / number, 0.0, "divide")


true_divide = divide


def negative(x):
    return _scaled(x, -1.0, 0.0, "negative") if is_symbolic(x) else tensor(np.negative(x))


def power(x1, x2):
    if not is_symbolic(x1, x2):
        return tensor(np.power(x1, x2))
    if isinstance(x1, KerasTensor) and _number(x2) == 2:
        return square(x1)
    return refuse(f"power {x2!r}")


def square(x):
    return _layer("Multiply")([x, x]) if is_symbolic(x) else tensor(np.square(x))


def concatenate(xs, axis=-1):
    if not is_symbolic(xs):
        return tensor(np.concatenate([np.asarray(x) for x in xs], axis))
    return _layer("Concatenate", axis=axis)(list(xs))


def reshape(x, newshape):
    if not is_symbolic(x):
        return tensor(np.reshape(as_array(x), tuple(newshape)))
    sizes = [newshape] if isinstance(newshape, (int, np.integer)) else list(newshape)
    if builtins.any(isinstance(size, KerasTensor) for size in sizes):
        refuse("keras.ops.reshape", "to sizes that the data decides")
    inner = tuple(-1 if size is None else int(size) for size in sizes[1:])
    keeps = -1 in inner or math.prod(inner) == math.prod(x.shape[1:])
    if not sizes or sizes[0] not in (None, -1) or not keeps:
        refuse(f"keras.ops.reshape of {x.shape} to {tuple(sizes)}", "across samples")
    return _layer("Reshape", inner)(x)


def expand_dims(x, axis):
    if not is_symbolic(x):
        return tensor(np.expand_dims(np.asarray(x), axis))
    place = axis % (x.ndim + 1)
    if place == 0:
        refuse("keras.ops.expand_dims of the batch")
    shape = list(x.shape[1:])
    shape.insert(place - 1, 1)
    return _layer("Reshape", tuple(shape))(x)


def squeeze(x, axis=None):
    if not is_symbolic(x):
        return tensor(np.squeeze(np.asarray(x), axis))
    axes = None if axis is None else {one % x.ndim for one in (axis if isinstance(axis, (list, tuple)) else [axis])}
    kept = [size for place, size in enumerate(x.shape) if place and not (size == 1 and (axes is None or place in axes))]
    return _layer("Reshape", tuple(kept))(x)


def transpose(x, axes=None):
    if not is_symbolic(x):
        return tensor(np.transpose(np.asarray(x), axes))
    if axes is None or axes[0] != 0:
        refuse("keras.ops.transpose of the batch")
    return _layer("Permute", tuple(axes[1:]))(x)


def matmul(x1, x2):
    """Of samples' matrices: the last axis of the one with the one before the last of the other."""
    if not is_symbolic(x1, x2):
        return tensor(np.matmul(np.asarray(x1), np.asarray(x2)))
    if not (isinstance(x1, KerasTensor) and isinstance(x2, KerasTensor) and x1.ndim == x2.ndim == 3):
        refuse("keras.ops.matmul", "but of two tensors of shape (batch, rows, columns)")
    return _layer("Dot", axes=(2, 1))([x1, x2])


def _pooled(kind, name, function):
    """A mean or maximum over the axes between the samples and the last."""
    def pool(x, axis=None, keepdims=False):
        if not is_symbolic(x):
            return tensor(function(np.asarray(x), axis=axis, keepdims=keepdims))
        axes = sorted(one % x.ndim for one in (axis if isinstance(axis, (list, tuple)) else [axis])) if axis is not None else []
        if axes != list(range(1, x.ndim - 1)) or x.ndim not in (3, 4):
            refuse(f"keras.ops.{name} over axis {axis}")
        return _layer(f"Global{kind}Pooling{x.ndim - 2}D", keepdims=keepdims)(x)

    return pool


mean, max = _pooled("Average", "mean", np.mean), _pooled("Max", "max", np.max)


def cast(x, dtype):
    if is_symbolic(x):
        if getattr(dtype, "__name__", dtype) != "float32":
            refuse(f"a cast to {dtype}")
        return x
    return tensor(np.asarray(x).astype(dtype))


def shape(x):
    return x.shape if is_symbolic(x) else np.shape(x)


def convert_to_tensor(x, dtype=None, sparse=None):
    return x if is_symbolic(x) else tensor(np.asarray(x, dtype))


def convert_to_numpy(x):
    return as_array(x)


def one_hot(x, num_classes, axis=-1, dtype="float32", sparse=False):
    if is_symbolic(x):
        refuse("keras.ops.one_hot")
    return tensor(np.moveaxis(np.eye(num_classes, dtype=dtype)[np.asarray(x)], -1, axis))


def _numpy(name, function):
    """What there is for arrays alone."""
    def call(x, *args, **kwargs):
        if is_symbolic(x, *args):
            refuse(f"keras.ops.{name}")
        return tensor(function(np.asarray(x), *args, **kwargs))

    call.__name__ = name
    return call


for _name in ("sum min argmax argmin exp log sqrt sin cos abs round floor ceil clip equal not_equal greater less greater_equal "
              "less_equal isnan any all std var prod cumsum dot where logical_and logical_not zeros_like ones_like").split():
    globals()[_name] = _numpy(_name, getattr(np, _name))
for _name in "zeros ones arange eye linspace array full".split():
    globals()[_name] = lambda *args, _function=getattr(np, _name), **kwargs: tensor(_function(*args, **kwargs))

for _name in activations._NAMES:
    if _name != "linear":
        globals()[_name] = getattr(activations, _name)

__getattr__ = missing_of("keras.ops", """
    append average bincount broadcast_to cond conv cross depthwise_conv einsum erf expm1 fori_loop
    image in_top_k log1p log10 log2 logsumexp map max_pool average_pool meshgrid moveaxis multi_hot nn normalize outer pad
    repeat rsqrt scan scatter scatter_update segment_max segment_sum separable_conv slice slice_update softmax_cross_entropy
    sort split stack stop_gradient swapaxes take take_along_axis tan tanh_shrink tensordot tile top_k trace tril triu unstack
    vectorize vectorized_map vdot vstack hstack while_loop norm cholesky inv solve svd qr det rfft irfft fft
    binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy nonzero mod floor_divide is_tensor""")
