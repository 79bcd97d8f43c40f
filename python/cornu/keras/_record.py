"""Operations on arrays that a gradient may go through: while something records, each on a tensor with a node leaves another one,
which knows its way back."""

import numpy as np

from ._nodes import Node, gradients, is_recording, paused, recording, unsupported  # noqa: F401

# ---- operations ------------------------------------------------------------------------------------------------------------


def _fit(gradient, shape):
    """A gradient of a broadcast result, summed over what was broadcast."""
    gradient = np.asarray(gradient)
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape)))) if gradient.ndim > len(shape) else gradient
    axes = tuple(i for i, size in enumerate(shape) if size == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=axes, keepdims=True) if axes else np.broadcast_to(gradient, shape)


def _matmul(g, y, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    left, right = (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    g = np.expand_dims(g, -2) if a.ndim == 1 else g
    g = np.expand_dims(g, -1) if b.ndim == 1 else g
    to_left, to_right = g @ np.swapaxes(right, -1, -2), np.swapaxes(left, -1, -2) @ g
    to_left = to_left.reshape(to_left.shape[:-2] + to_left.shape[-1:]) if a.ndim == 1 else to_left
    to_right = to_right.reshape(to_right.shape[:-1]) if b.ndim == 1 else to_right
    return to_left, to_right


def _power(g, y, a, b):
    with np.errstate(all="ignore"):
        to_exponent = g * np.where(a > 0, np.log(np.where(a > 0, a, 1)), 0) * y
    return g * b * np.power(a, b - 1), to_exponent


# gradient, result and inputs: the inputs' gradients
_UFUNCS = {
    "add": lambda g, y, a, b: (g, g),
    "subtract": lambda g, y, a, b: (g, -g),
    "multiply": lambda g, y, a, b: (g * b, g * a),
    "divide": lambda g, y, a, b: (g / b, -g * a / (b * b)),
    "power": _power,
    "float_power": _power,
    "maximum": lambda g, y, a, b: (g * (a >= b), g * (a < b)),
    "minimum": lambda g, y, a, b: (g * (a <= b), g * (a > b)),
    "matmul": _matmul,
    "logaddexp": lambda g, y, a, b: (g * np.exp(a - y), g * np.exp(b - y)),
    "arctan2": lambda g, y, a, b: (g * b / (a * a + b * b), -g * a / (a * a + b * b)),
    "negative": lambda g, y, a: (-g,),
    "positive": lambda g, y, a: (g,),
    "square": lambda g, y, a: (2 * g * a,),
    "sqrt": lambda g, y, a: (g * 0.5 / y,),
    "cbrt": lambda g, y, a: (g / (3 * y * y),),
    "exp": lambda g, y, a: (g * y,),
    "expm1": lambda g, y, a: (g * (y + 1),),
    "log": lambda g, y, a: (g / a,),
    "log1p": lambda g, y, a: (g / (1 + a),),
    "log2": lambda g, y, a: (g / (a * np.log(2)),),
    "log10": lambda g, y, a: (g / (a * np.log(10)),),
    "absolute": lambda g, y, a: (g * np.sign(a),),
    "fabs": lambda g, y, a: (g * np.sign(a),),
    "reciprocal": lambda g, y, a: (-g * y * y,),
    "sin": lambda g, y, a: (g * np.cos(a),),
    "cos": lambda g, y, a: (-g * np.sin(a),),
    "tan": lambda g, y, a: (g * (1 + y * y),),
    "arcsin": lambda g, y, a: (g / np.sqrt(1 - a * a),),
    "arccos": lambda g, y, a: (-g / np.sqrt(1 - a * a),),
    "arctan": lambda g, y, a: (g / (1 + a * a),),
    "sinh": lambda g, y, a: (g * np.cosh(a),),
    "cosh": lambda g, y, a: (g * np.sinh(a),),
    "tanh": lambda g, y, a: (g * (1 - y * y),),
}
# steps: nothing comes back through them
_FLAT_UFUNCS = frozenset("""equal not_equal less less_equal greater greater_equal logical_and logical_or logical_not logical_xor
    isnan isinf isfinite sign floor ceil rint trunc floor_divide remainder mod fmod bitwise_and bitwise_or invert signbit""".split())
_FLAT = frozenset("""argmax argmin argsort shape ndim size zeros_like ones_like full_like empty_like isclose allclose array_equal any
    all count_nonzero nonzero unique searchsorted digitize bincount histogram round around result_type can_cast may_share_memory
    shares_memory array_repr array_str array2string copyto save savez median percentile quantile save""".split())


def plain(value):
    """The array in a tensor or a variable, which records nothing; lists of them likewise."""
    if isinstance(value, np.ndarray):
        return value.view(np.ndarray)
    if hasattr(value, "_read"):
        return value.numpy()
    if isinstance(value, (list, tuple)):
        return type(value)(plain(item) for item in value) if type(value) in (list, tuple) else value
    return value


def node_of(value):
    """The node of a tensor, or of a variable, which is a leaf; None while nothing records."""
    if not is_recording():
        return None
    if hasattr(value, "_read"):
        return value._read()._node
    return getattr(value, "_node", None)


def result(value, parents, back):
    """A tensor of `value` with a node, where a parent has one."""
    from ._tensor import tensor

    made = np.asarray(value).view(np.ndarray)
    made = made.astype(np.float32) if made.dtype == np.float64 else made
    made = tensor(made)
    if any(parent is not None for parent in parents):
        made._node = Node(parents, back)
    return made


def ufunc(function, method, inputs, kwargs):
    """What NumPy's functions give for tensors."""
    name = {"true_divide": "divide", "abs": "absolute"}.get(function.__name__, function.__name__)
    nodes = [node_of(one) for one in inputs]
    arrays = [plain(one) for one in inputs]
    kwargs.pop("out", None)  # x += y is a new tensor
    kwargs = {key: plain(value) for key, value in kwargs.items()}
    if method == "reduce" and name in ("add", "maximum", "minimum", "multiply"):
        reduce = {"add": "sum", "maximum": "max", "minimum": "min", "multiply": "prod"}[name]
        return call(reduce, inputs[0], kwargs.get("axis", 0), bool(kwargs.get("keepdims", False)))
    from ._tensor import tensor

    made = getattr(function, method)(*arrays, **kwargs)
    if isinstance(made, tuple):
        return tuple(tensor(one) for one in made)
    if all(node is None for node in nodes) or name in _FLAT_UFUNCS:
        return tensor(made)
    back = _UFUNCS.get(name)
    if back is None or method != "__call__":
        raise NotImplementedError(f"numpy.{name}: its gradient is not in Cornu")
    made = np.asarray(made)
    arrays = [np.asarray(one) for one in arrays]
    if name == "matmul":
        return result(made, nodes, lambda g: [_fit(one, array.shape) for one, array in zip(back(g, made, *arrays), arrays)])
    return result(made, nodes, lambda g: [None if node is None else _fit(one, array.shape) for node, one, array
                                          in zip(nodes, back(g, made, *arrays), arrays)])


def _axes(axis, ndim):
    return tuple(range(ndim)) if axis is None else tuple(one % ndim for one in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def _spread(g, axis, keepdims, ndim):
    """A reduction's gradient with its axes of size one."""
    return g if keepdims or not ndim else np.expand_dims(g, _axes(axis, ndim))


def _sum(x, axis=None, keepdims=False):
    axis = tuple(axis) if isinstance(axis, list) else axis
    return np.sum(x, axis=axis, keepdims=keepdims), lambda g: [np.broadcast_to(_spread(g, axis, keepdims, x.ndim), x.shape)]


def _mean(x, axis=None, keepdims=False):
    axis = tuple(axis) if isinstance(axis, list) else axis
    value = np.mean(x, axis=axis, keepdims=keepdims, dtype=None if x.dtype.kind == "f" else np.float32)
    count = x.size / max(np.size(value), 1)
    return value, lambda g: [np.broadcast_to(_spread(g, axis, keepdims, x.ndim) / np.float32(count), x.shape)]


def _extreme(function):
    def reduce(x, axis=None, keepdims=False):
        axis = tuple(axis) if isinstance(axis, list) else axis
        value = function(x, axis=axis, keepdims=keepdims)

        def back(g):  # equal ones share
            is_it = x == _spread(value, axis, keepdims, x.ndim)
            return [is_it / is_it.sum(axis=_axes(axis, x.ndim), keepdims=True) * _spread(g, axis, keepdims, x.ndim)]

        return value, back

    return reduce


def _prod(x, axis=None, keepdims=False):
    value = np.prod(x, axis=axis, keepdims=keepdims)

    def back(g):
        with np.errstate(all="ignore"):
            return [_spread(g * value, axis, keepdims, x.ndim) / x]

    return value, back


def _reshape(x, shape):
    return np.reshape(x, shape), lambda g: [np.reshape(g, x.shape)]


def _transpose(x, axes=None):
    return np.transpose(x, axes), lambda g: [np.transpose(g, None if axes is None else np.argsort(axes))]


def _cumsum(x, axis=None):
    if axis is None:
        return np.cumsum(x), lambda g: [np.cumsum(g[::-1])[::-1].reshape(x.shape)]
    return np.cumsum(x, axis), lambda g: [np.flip(np.cumsum(np.flip(g, axis), axis), axis)]


def _item(x, key):
    def back(g):
        whole = np.zeros(x.shape, np.float32)
        np.add.at(whole, key, g)
        return [whole]

    return x[key], back


def _pad(x, widths, mode="constant", constant_values=0):
    if mode.lower() != "constant":
        raise NotImplementedError(f"pad with mode {mode!r}: its gradient is not in Cornu")
    inner = tuple(slice(before, before + size) for (before, _), size in zip(np.broadcast_to(widths, (x.ndim, 2)), x.shape))
    return np.pad(x, widths, constant_values=constant_values), lambda g: [g[inner]]


def _repeat(x, repeats, axis=None):
    place = np.repeat(np.arange(x.size if axis is None else x.shape[axis]), repeats)

    def back(g):
        flat = x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0)
        whole = np.zeros(flat.shape, np.float32)
        np.add.at(whole, place, g if axis is None else np.moveaxis(g, axis, 0))
        return [whole.reshape(x.shape) if axis is None else np.moveaxis(whole, 0, axis)]

    return np.repeat(x, repeats, axis), back


def _tile(x, reps):
    value = np.tile(x, reps)

    def back(g):
        reps_all = (1,) * (value.ndim - len(np.atleast_1d(reps))) + tuple(np.atleast_1d(reps))
        shape = (1,) * (value.ndim - x.ndim) + x.shape
        parted = g.reshape([n for pair in zip(reps_all, shape) for n in pair])
        return [parted.sum(axis=tuple(range(0, 2 * value.ndim, 2))).reshape(x.shape)]

    return value, back


def _diagonal(x):
    if x.ndim != 2:
        raise NotImplementedError("diagonal of a tensor that is no matrix: its gradient is not in Cornu")

    def back(g):
        whole = np.zeros(x.shape, np.float32)
        np.fill_diagonal(whole[:len(g), :len(g)], g)
        return [whole]

    return np.diagonal(x), back


# of one tensor: its result, and its way back
_OF_ONE = {"sum": _sum, "mean": _mean, "max": _extreme(np.max), "min": _extreme(np.min), "prod": _prod, "reshape": _reshape,
           "transpose": _transpose, "cumsum": _cumsum, "getitem": _item, "pad": _pad, "repeat": _repeat, "tile": _tile,
           "cast": lambda x, dtype: (x.astype(dtype), lambda g: [np.asarray(g, np.float32)]),
           "squeeze": lambda x, axis=None: (np.squeeze(x, axis), lambda g: [np.reshape(g, x.shape)]),
           "expand_dims": lambda x, axis: (np.expand_dims(x, axis), lambda g: [np.reshape(g, x.shape)]),
           "broadcast_to": lambda x, shape: (np.broadcast_to(x, shape), lambda g: [_fit(g, x.shape)]),
           "swapaxes": lambda x, a, b: (np.swapaxes(x, a, b), lambda g: [np.swapaxes(g, a, b)]),
           "moveaxis": lambda x, a, b: (np.moveaxis(x, a, b), lambda g: [np.moveaxis(g, b, a)]),
           "flip": lambda x, axis=None: (np.flip(x, axis), lambda g: [np.flip(g, axis)]),
           "roll": lambda x, shift, axis=None: (np.roll(x, shift, axis), lambda g: [np.roll(g, -np.asarray(shift), axis)]),
           "diagonal": _diagonal,
           "tril": lambda x, k=0: (np.tril(x, k), lambda g: [np.tril(g, k)]),
           "triu": lambda x, k=0: (np.triu(x, k), lambda g: [np.triu(g, k)])}


def call(name, x, *args, **kwargs):
    """An operation of one tensor."""
    node = node_of(x)
    value, back = _OF_ONE[name](np.asarray(plain(x)), *args, **kwargs)
    if isinstance(value, np.ndarray) and value.base is not None:
        value = value.copy() if node is not None else value
    return result(value, [node], back) if node is not None else _tensor(value)


def _tensor(value):
    from ._tensor import tensor

    return tensor(value)


def concatenate(values, axis=0):
    arrays = [np.asarray(plain(value)) for value in values]
    ends = np.cumsum([array.shape[axis] if axis is not None else array.size for array in arrays])[:-1]
    value = np.concatenate(arrays, axis)
    return result(value, [node_of(one) for one in values], lambda g: np.split(g, ends, axis))


def stack(values, axis=0):
    return concatenate([call("expand_dims", value, axis) for value in values], axis)


def where(condition, a=None, b=None):
    if a is None:
        return tuple(_tensor(one) for one in np.where(plain(condition)))
    arrays = [np.asarray(plain(one)) for one in (condition, a, b)]
    back = lambda g: [_fit(g * arrays[0], arrays[1].shape), _fit(g * ~arrays[0].astype(bool), arrays[2].shape)]  # noqa: E731
    return result(np.where(*arrays), [node_of(a), node_of(b)], back)


def clip(x, low=None, high=None, **kwargs):
    low, high = kwargs.get("a_min", kwargs.get("min", low)), kwargs.get("a_max", kwargs.get("max", high))
    x = x if low is None else _tensor_ufunc(np.maximum, x, low)
    return x if high is None else _tensor_ufunc(np.minimum, x, high)


def _tensor_ufunc(function, *inputs):
    return ufunc(function, "__call__", inputs, {})


def var(x, axis=None, keepdims=False, ddof=0):
    if ddof:
        raise NotImplementedError("var with ddof: its gradient is not in Cornu")
    return _mean_of(_tensor_ufunc(np.square, _tensor_ufunc(np.subtract, x, _mean_of(x, axis, True))), axis, keepdims)


def _mean_of(x, axis, keepdims):
    return call("mean", x, axis, keepdims)


def std(x, axis=None, keepdims=False, ddof=0):
    return _tensor_ufunc(np.sqrt, var(x, axis, keepdims, ddof))


def norm(x, ord=None, axis=None, keepdims=False):
    if ord in (None, 2, "euclidean", "fro"):
        return _tensor_ufunc(np.sqrt, call("sum", _tensor_ufunc(np.square, x), axis, keepdims))
    if ord == 1:
        return call("sum", _tensor_ufunc(np.absolute, x), axis, keepdims)
    raise NotImplementedError(f"norm with ord = {ord!r}: its gradient is not in Cornu")


def logsumexp(x, axis=None, keepdims=False):
    top = _tensor(np.max(np.asarray(plain(x)), axis=_reduced(axis), keepdims=True))
    inner = _tensor_ufunc(np.exp, _tensor_ufunc(np.subtract, x, top))
    value = _tensor_ufunc(np.add, _tensor_ufunc(np.log, call("sum", inner, axis, True)), top)
    if keepdims:
        return value
    return call("reshape", value, np.sum(np.asarray(plain(x)), axis=_reduced(axis)).shape)


def _reduced(axis):
    return tuple(axis) if isinstance(axis, list) else axis


def dot(a, b):
    if np.ndim(plain(a)) == 0 or np.ndim(plain(b)) == 0:
        return _tensor_ufunc(np.multiply, a, b)
    if np.ndim(plain(b)) > 2:
        raise NotImplementedError("dot of tensors of more than two dimensions: its gradient is not in Cornu")
    return _tensor_ufunc(np.matmul, a, b)


def tensordot(a, b, axes=2):
    left, right = np.asarray(plain(a)), np.asarray(plain(b))
    if isinstance(axes, (int, np.integer)):
        axes = (list(range(left.ndim - axes, left.ndim)), list(range(axes)))
    ours, theirs = ([one % array.ndim for one in np.atleast_1d(part)] for part, array in zip(axes, (left, right)))
    rest_a, rest_b = ([i for i in range(array.ndim) if i not in part] for array, part in ((left, ours), (right, theirs)))
    inner = int(np.prod([left.shape[i] for i in ours]))
    rows = call("reshape", call("transpose", a, rest_a + ours), (-1, inner))
    columns = call("reshape", call("transpose", b, theirs + rest_b), (inner, -1))
    return call("reshape", _tensor_ufunc(np.matmul, rows, columns),
                [left.shape[i] for i in rest_a] + [right.shape[i] for i in rest_b])


def einsum(equation, *operands):
    """Each operand's gradient is an einsum, too, where its letters are among the others'."""
    arrays = [np.asarray(plain(one)) for one in operands]
    if "." in equation:
        raise NotImplementedError(f"einsum {equation!r}: its gradient is not in Cornu")
    inputs, _, output = equation.replace(" ", "").partition("->")
    inputs = inputs.split(",")

    def back(g):
        given = []
        for i, letters in enumerate(inputs):
            others = [output] + inputs[:i] + inputs[i + 1:]
            if len(set(letters)) != len(letters) or not set(letters) <= set("".join(others)):
                raise NotImplementedError(f"einsum {equation!r}: its gradient is not in Cornu")
            given.append(np.einsum(",".join(others) + "->" + letters, g, *arrays[:i], *arrays[i + 1:]))
        return given

    return result(np.einsum(equation, *arrays), [node_of(one) for one in operands], back)


def take(x, indices, axis=None):
    if axis is None:
        return call("getitem", call("reshape", x, (-1,)), np.asarray(plain(indices)))
    key = (slice(None),) * (axis % np.ndim(plain(x))) + (np.asarray(plain(indices)),)
    return call("getitem", x, key)


def take_along_axis(x, indices, axis):
    array, indices = np.asarray(plain(x)), np.asarray(plain(indices))
    key = list(np.indices(indices.shape, sparse=True))
    key[axis % array.ndim] = indices
    return call("getitem", x, tuple(key))


def split(x, parts, axis=0):
    size = np.asarray(plain(x)).shape[axis]
    ends = list(range(0, size, size // parts))[1:] if isinstance(parts, (int, np.integer)) else list(parts)
    if isinstance(parts, (int, np.integer)) and size % parts:
        raise ValueError(f"split: {size} cannot be divided into {parts} equal parts")
    bounds = [0, *ends, size]
    before = (slice(None),) * (axis % np.ndim(plain(x)))
    return [call("getitem", x, (*before, slice(first, last))) for first, last in zip(bounds, bounds[1:])]


def _of_one(name):
    return lambda x, *args, **kwargs: call(name, x, *args, **{key: value for key, value in kwargs.items()
                                                               if key not in ("dtype", "out", "where") or value is not None})


_FUNCTIONS = {"concatenate": concatenate, "stack": stack, "where": where, "clip": clip, "var": var, "std": std, "norm": norm,
              "dot": dot, "tensordot": tensordot, "einsum": einsum, "take": take, "take_along_axis": take_along_axis,
              "split": split, "array_split": split, "amax": _of_one("max"), "amin": _of_one("min"),
              "ravel": lambda x: call("reshape", x, (-1,)), "copy": lambda x, **_: call("cast", x, np.float32),
              **{name: _of_one(name) for name in _OF_ONE if name not in ("getitem", "cast")}}


def function(name, args, kwargs, plain_call):
    """What NumPy's functions that are no ufuncs give for tensors."""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name](*args, **kwargs)
    made = plain_call(*plain(args), **{key: plain(value) for key, value in kwargs.items()})
    if name not in _FLAT and _touches(args):
        raise NotImplementedError(f"numpy.{name}: its gradient is not in Cornu")
    return _tensor(made) if isinstance(made, (np.ndarray, np.generic)) else made


def _touches(values):
    return any(_touches(one) if isinstance(one, (list, tuple)) else node_of(one) is not None for one in values)
