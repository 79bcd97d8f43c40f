"""keras.ops: on arrays NumPy's functions, on a model's tensors the layers that compute the same. What is no layer is refused
by name."""

import builtins
import math

import numpy as np

from . import _record, activations
from ._described import missing_of
from ._graph import KerasTensor
from ._names import unique_name
from ._variables import InTrace
from ._tensor import Tensor, as_array, recorded, tensor


def is_symbolic(*values):
    found = builtins.any(isinstance(one, KerasTensor) or (isinstance(one, (list, tuple)) and is_symbolic(*one)) for one in values)
    for one in values if found else ():
        if hasattr(one, "_read"):
            raise InTrace(one.path)
    return found


def _layer(kind, *args, **kwargs):
    from . import layers

    return getattr(layers, kind)(*args, **kwargs)


def refuse(name, why="on a model's tensors"):
    raise NotImplementedError(f"{name} {why} is not in Cornu; use layers")


def _number(value):
    """The single number in a value, or None."""
    if hasattr(value, "_read"):
        raise InTrace(value.path)
    if isinstance(value, KerasTensor) or np.size(value) != 1:
        return None
    return float(np.reshape(value, ()))


def _scaled(x, scale, offset, name):
    return _layer("Rescaling", scale, offset, name=unique_name(name))(x)


def _merged(kind, name, function):
    def merge(x1, x2):
        if not is_symbolic(x1, x2):
            return tensor(function(recorded(x1), recorded(x2)))
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
        return tensor(np.divide(recorded(x1), recorded(x2)))
    number = _number(x2)
    if not isinstance(x1, KerasTensor) or not number:
        refuse("division", "by a model's tensor" if is_symbolic(x2) else "by such a value")
    return _scaled(x1, 1.0 / number, 0.0, "divide")


true_divide = divide


def negative(x):
    return _scaled(x, -1.0, 0.0, "negative") if is_symbolic(x) else tensor(np.negative(recorded(x)))


def power(x1, x2):
    if not is_symbolic(x1, x2):
        return tensor(np.power(recorded(x1), recorded(x2)))
    if isinstance(x1, KerasTensor) and _number(x2) == 2:
        return square(x1)
    return refuse(f"power {x2!r}")


def square(x):
    return _layer("Multiply")([x, x]) if is_symbolic(x) else tensor(np.square(recorded(x)))


def concatenate(xs, axis=-1):
    if not is_symbolic(xs):
        return tensor(np.concatenate([recorded(x) for x in xs], axis))
    return _layer("Concatenate", axis=axis)(list(xs))


def reshape(x, newshape):
    if not is_symbolic(x):
        return tensor(np.reshape(
            recorded(x), newshape if isinstance(newshape, (int, np.integer)) else tuple(int(n) for n in newshape)))
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
        return tensor(np.expand_dims(recorded(x), axis))
    place = axis % (x.ndim + 1)
    if place == 0:
        refuse("keras.ops.expand_dims of the batch")
    shape = list(x.shape[1:])
    shape.insert(place - 1, 1)
    return _layer("Reshape", tuple(shape))(x)


def squeeze(x, axis=None):
    if not is_symbolic(x):
        return tensor(np.squeeze(recorded(x), axis))
    axes = None if axis is None else {one % x.ndim for one in (axis if isinstance(axis, (list, tuple)) else [axis])}
    kept = [size for place, size in enumerate(x.shape) if place and not (size == 1 and (axes is None or place in axes))]
    return _layer("Reshape", tuple(kept))(x)


def transpose(x, axes=None):
    if not is_symbolic(x):
        return tensor(np.transpose(recorded(x), axes))
    if axes is None or axes[0] != 0:
        refuse("keras.ops.transpose of the batch")
    return _layer("Permute", tuple(axes[1:]))(x)


def matmul(x1, x2):
    """Of samples' matrices: the last axis of the one with the one before the last of the other."""
    if not is_symbolic(x1, x2):
        return tensor(np.matmul(recorded(x1), recorded(x2)))
    if not (isinstance(x1, KerasTensor) and isinstance(x2, KerasTensor) and x1.ndim == x2.ndim == 3):
        refuse("keras.ops.matmul", "but of two tensors of shape (batch, rows, columns)")
    return _layer("Dot", axes=(2, 1))([x1, x2])


def _pooled(kind, name, function):
    """A mean or maximum over the axes between the samples and the last."""
    def pool(x, axis=None, keepdims=False):
        if not is_symbolic(x):
            return tensor(function(recorded(x), axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims))
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
    return tensor(recorded(x).astype(getattr(dtype, "name", dtype) if not isinstance(dtype, type) else dtype))


def shape(x):
    return x.shape if is_symbolic(x) else np.shape(x)


def convert_to_tensor(x, dtype=None, sparse=None):
    return x if is_symbolic(x) else tensor(recorded(x) if dtype is None else recorded(x).astype(dtype))


def convert_to_numpy(x):
    return as_array(x)


def one_hot(x, num_classes, axis=-1, dtype="float32", sparse=False):
    if is_symbolic(x):
        refuse("keras.ops.one_hot")
    return tensor(np.moveaxis(np.eye(num_classes, dtype=dtype)[np.asarray(x).astype(np.int64)], -1, axis))


def _numpy(name, function):
    """What there is for arrays alone."""
    def call(x, *args, **kwargs):
        if is_symbolic(x, *args):
            refuse(f"keras.ops.{name}")
        return tensor(function(recorded(x), *args, **kwargs))

    call.__name__ = name
    return call


for _name in ("sum min argmax argmin exp log log1p log2 log10 expm1 sqrt sin cos tan abs absolute round floor ceil sign equal "
              "not_equal "
              "greater less greater_equal less_equal isnan any all std var prod cumsum dot tensordot logical_and logical_or "
              "logical_not zeros_like ones_like reciprocal logaddexp sort argsort repeat tile swapaxes moveaxis flip tril triu "
              "broadcast_to take_along_axis arctan sinh cosh outer").split():
    globals()[_name] = _numpy(_name, getattr(np, _name))
for _name in "zeros ones arange eye linspace array full".split():
    globals()[_name] = lambda *args, _function=getattr(np, _name), **kwargs: tensor(_function(*args, **kwargs))


def clip(x, x_min, x_max):
    if is_symbolic(x):
        refuse("keras.ops.clip")
    return tensor(np.clip(recorded(x), recorded(x_min), recorded(x_max)))


def where(condition, x1=None, x2=None):
    if is_symbolic(condition, x1, x2):
        refuse("keras.ops.where")
    if x1 is None:
        return _record.where(recorded(condition))
    return tensor(_record.where(recorded(condition), recorded(x1), recorded(x2)))


def stack(x, axis=0):
    if is_symbolic(x):
        refuse("keras.ops.stack")
    return tensor(_record.stack([recorded(one) for one in x], axis))


def unstack(x, num=None, axis=0):
    return [tensor(np.squeeze(one, axis)) for one in split(x, np.shape(x)[axis], axis)]


def split(x, indices_or_sections, axis=0):
    if is_symbolic(x):
        refuse("keras.ops.split")
    return [tensor(one) for one in _record.split(recorded(x), indices_or_sections, axis)]


def take(x, indices, axis=None):
    if is_symbolic(x):
        refuse("keras.ops.take")
    return tensor(_record.take(recorded(x), indices, axis))


def pad(x, pad_width, mode="constant", constant_values=0):
    if is_symbolic(x):
        refuse("keras.ops.pad")
    return tensor(np.pad(recorded(x), pad_width, mode, **({"constant_values": constant_values} if mode == "constant" else {})))


def logsumexp(x, axis=None, keepdims=False):
    if is_symbolic(x):
        refuse("keras.ops.logsumexp")
    return tensor(_record.logsumexp(recorded(x), axis, keepdims))


def norm(x, ord=None, axis=None, keepdims=False):
    if is_symbolic(x):
        refuse("keras.ops.norm")
    return tensor(_record.norm(recorded(x), ord, axis, keepdims))


def normalize(x, axis=-1, order=2):
    x = recorded(x)
    return divide(x, maximum(norm(x, order, axis, True), 1e-12))


def rsqrt(x):
    return divide(1.0, sqrt(x))


def einsum(subscripts, *operands):
    if is_symbolic(*operands):
        refuse("keras.ops.einsum")
    return tensor(_record.einsum(subscripts, *(recorded(one) for one in operands)))


def stop_gradient(variable):
    return tensor(np.array(_record.plain(recorded(variable))))


def is_tensor(x):
    return isinstance(x, Tensor)


def _crossentropy(name):
    def loss(target, output, from_logits=False, axis=-1):
        from . import losses

        return getattr(losses, name)(target, output, from_logits=from_logits)

    loss.__name__ = name
    return loss


binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy = (
    _crossentropy(name) for name in ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"))

for _name in activations._NAMES:
    if _name != "linear":
        globals()[_name] = getattr(activations, _name)

__getattr__ = missing_of("keras.ops", """
    append average bincount cond conv cross depthwise_conv erf fori_loop image in_top_k map max_pool average_pool meshgrid multi_hot nn
    scan scatter scatter_update segment_max segment_sum separable_conv slice slice_update softmax_cross_entropy tanh_shrink top_k trace
    vectorize vectorized_map vdot vstack hstack while_loop cholesky inv solve svd qr det rfft irfft fft nonzero mod floor_divide""")
