"""What `import tensorflow` gives under install(): Keras, and of TensorFlow what notebooks of courses touch around it. Any
other name says that it is not here."""

import sys
import types

import numpy as np

from cornu import keras
from cornu.keras import _checkpoint, _random, _record, ops
from cornu.keras._described import MissingError
from cornu.keras._tape import GradientTape
from cornu.keras._tensor import Tensor, as_array, recorded, tensor
from cornu.keras._tfdata import Dataset
from cornu.keras._variables import FreeVariable as Variable

__version__ = "2.18.0"  # the one whose names these are
AUTOTUNE = -1
newaxis = None

for _name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
    globals()[_name] = getattr(np, _name)
bool = np.bool_
string = np.str_


def _space(_module, **members):
    space = types.ModuleType(f"tensorflow.{_module}")

    def absent(name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingError(f"tensorflow.{_module}.{name} is not in Cornu")

    vars(space).update(members, __getattr__=absent, __path__=[])
    sys.modules[f"cornu.keras._tensorflow.{_module}"] = space
    return space


def constant(value, dtype=None, shape=None, name=None):
    result = np.asarray(value, dtype)
    if dtype is None and result.dtype == np.float64:
        result = result.astype(np.float32)
    if dtype is None and result.dtype == np.int64:
        result = result.astype(np.int32)
    return tensor(result.reshape(shape) if shape is not None else result)


def convert_to_tensor(value, dtype=None, name=None, **kwargs):
    if ops.is_symbolic(value):
        return value
    if isinstance(value, Tensor) or hasattr(value, "_read"):
        return ops.convert_to_tensor(value, dtype)
    return tensor(np.asarray(value, dtype)) if isinstance(value, np.ndarray) else constant(value, dtype)


def cast(x, dtype, name=None):
    return ops.cast(x, dtype)


def one_hot(indices, depth, **kwargs):
    return tensor(np.eye(depth, dtype=np.float32)[np.asarray(indices).astype(np.int64)])


def _numpy(function, **renamed):
    def call(x, *args, name=None, **kwargs):
        if ops.is_symbolic(x):
            ops.refuse(f"tensorflow.{function.__name__}")
        args = [recorded(one) if hasattr(one, "_read") or isinstance(one, np.ndarray) else one for one in args]
        return tensor(function(recorded(x), *args, **{renamed.get(key, key): value for key, value in kwargs.items()}))

    return call


def reduce_mean(input_tensor, axis=None, keepdims=False, name=None):
    return ops.mean(input_tensor, axis=axis, keepdims=keepdims)


def reduce_sum(input_tensor, axis=None, keepdims=False, name=None):
    return ops.sum(input_tensor, axis=axis, keepdims=keepdims)


def reduce_max(input_tensor, axis=None, keepdims=False, name=None):
    return ops.max(input_tensor, axis=axis, keepdims=keepdims)


def argmax(input, axis=None, output_type=np.int64, name=None):
    return tensor(np.argmax(np.asarray(input), axis=0 if axis is None else axis).astype(output_type))


def reshape(tensor, shape, name=None):
    return ops.reshape(tensor, shape)


def concat(values, axis, name="concat"):
    return ops.concatenate(values, axis)


def expand_dims(input, axis, name=None):
    return ops.expand_dims(input, axis)


def squeeze(input, axis=None, name=None):
    return ops.squeeze(input, axis)


def transpose(a, perm=None, conjugate=False, name="transpose"):
    return ops.transpose(a, perm)


def matmul(a, b, name=None):
    return ops.matmul(a, b)


def _two(name):
    return lambda x, y, name=None, _function=getattr(ops, name): _function(x, y)


add, subtract, multiply, divide, maximum, minimum, pow = (
    _two(name) for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power"))


def square(x, name=None):
    return ops.square(x)


def stack(values, axis=0, name="stack"):
    return ops.stack(values, axis)


def identity(input, name=None):
    return input


equal, not_equal, sqrt, exp, abs, negative = (_numpy(f) for f in (np.equal, np.not_equal, np.sqrt, np.exp, np.abs, np.negative))
greater_equal, less_equal, logical_and, logical_or, logical_not, sin, cos = (
    _numpy(f) for f in (np.greater_equal, np.less_equal, np.logical_and, np.logical_or, np.logical_not, np.sin, np.cos))
zeros_like, ones_like, cumsum, tile, repeat = (
    _numpy(f) for f in (np.zeros_like, np.ones_like, np.cumsum, np.tile, np.repeat))
greater, less, round, sign, floor = (_numpy(f) for f in (np.greater, np.less, np.round, np.sign, np.floor))
reduce_min, reduce_prod, reduce_any, reduce_all, argmin = (_numpy(f) for f in (np.min, np.prod, np.any, np.all, np.argmin))
sigmoid, tanh = keras.activations.sigmoid, keras.activations.tanh


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    if ops.is_symbolic(t):
        ops.refuse("tensorflow.clip_by_value")
    return ops.clip(t, clip_value_min, clip_value_max)


def where(condition, x=None, y=None, name=None):
    return ops.where(condition, x, y)


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    if not isinstance(num_or_size_splits, (int, np.integer)):
        num_or_size_splits = np.cumsum(num_or_size_splits)[:-1]
    return ops.split(value, num_or_size_splits, axis)


def unstack(value, num=None, axis=0, name="unstack"):
    return ops.unstack(value, num, axis)


def gather(params, indices, axis=0, batch_dims=0, name=None):
    if batch_dims:
        raise NotImplementedError("tensorflow.gather with batch_dims is not in Cornu")
    return ops.take(params, indices, axis)


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    return ops.pad(tensor, np.asarray(paddings), mode.lower(), constant_values)


def norm(tensor, ord="euclidean", axis=None, keepdims=False, name=None):
    return ops.norm(tensor, ord, axis, keepdims)


def tensordot(a, b, axes, name=None):
    return ops.tensordot(a, b, axes)


def einsum(equation, *inputs):
    return ops.einsum(equation, *inputs)


def stop_gradient(input, name=None):
    return ops.stop_gradient(input)


def broadcast_to(input, shape, name=None):
    return ops.broadcast_to(input, tuple(shape))


def fill(dims, value, name=None):
    return tensor(np.full(tuple(np.asarray(dims)), value, np.asarray(constant(value)).dtype))


def range(*bounds, **kwargs):
    return constant(np.arange(*bounds))


def linspace(start, stop, num, name=None, axis=0):
    return constant(np.linspace(start, stop, num, axis=axis))


def eye(num_rows, num_columns=None, dtype=np.float32):
    return tensor(np.eye(num_rows, num_columns, dtype=dtype))


def add_n(inputs, name=None):
    total = recorded(inputs[0])
    for one in inputs[1:]:
        total = total + recorded(one)
    return tensor(total)


def print(*values, **kwargs):
    import builtins

    builtins.print(*(np.asarray(one) if isinstance(one, np.ndarray) else one for one in values), **{
        key: value for key, value in kwargs.items() if key in ("sep", "end")})


def device(name):
    import contextlib

    return contextlib.nullcontext()


def _l2_loss(t, name=None):
    return ops.divide(ops.sum(ops.square(t)), 2.0)


def _l2_normalize(x, axis=None, epsilon=1e-12, name=None):
    return ops.divide(x, ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), epsilon)))


def _moments(x, axes, keepdims=False, **_):
    return ops.mean(x, axes, keepdims), tensor(np.var(recorded(x), axis=axes if isinstance(axes, int) else tuple(axes), keepdims=keepdims))


def _sigmoid_loss(labels=None, logits=None, name=None):
    """log(1 + exp(x)) - x z, written so that exp stays small."""
    x, z = recorded(logits), recorded(labels)
    return tensor(np.maximum(x, 0) - x * z + np.log1p(np.exp(-np.abs(x))))


def _softmax_loss(labels=None, logits=None, axis=-1, name=None):
    x = recorded(logits)
    return tensor(_record.logsumexp(x, axis) * np.sum(recorded(labels), axis=axis) - np.sum(x * recorded(labels), axis=axis))


def _sparse_softmax_loss(labels=None, logits=None, name=None):
    x, at = recorded(logits), np.asarray(labels).astype(np.int64)
    picked = _record.take_along_axis(x, at[..., None], -1)
    return tensor(_record.logsumexp(x, -1) - _record.call("squeeze", picked, -1))


def _clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    given = [None if one is None else np.asarray(one) for one in t_list]
    norm = use_norm if use_norm is not None else np.sqrt(sum(np.sum(one.astype(np.float32) ** 2) for one in given if one is not None))
    scale = np.float32(clip_norm / max(norm, clip_norm))
    return [None if one is None else tensor(one * scale) for one in given], tensor(np.float32(norm))


def _clip_by_norm(t, clip_norm, axes=None, name=None):
    length = np.sqrt(np.sum(np.asarray(t) ** 2, axis=axes, keepdims=axes is not None))
    return tensor(np.asarray(t) * (np.float32(clip_norm) / np.maximum(length, np.float32(clip_norm))))


def meshgrid(*args, indexing="xy", name=None):
    return [tensor(one) for one in np.meshgrid(*(np.asarray(one) for one in args), indexing=indexing)]


class UnconnectedGradients:
    NONE, ZERO = "none", "zero"


clip_by_global_norm, clip_by_norm = _clip_by_global_norm, _clip_by_norm


class Module:
    """What has variables among its attributes."""

    def __init__(self, name=None):
        self.name = name or type(self).__name__.lower()

    def _parts(self, wanted):
        found = []

        def look(value):
            if hasattr(value, "_read"):
                if wanted(value):
                    found.append(value)
            elif isinstance(value, Module) or hasattr(value, "trainable_variables"):
                for one in value.variables:
                    look(one)
            elif isinstance(value, (list, tuple, dict)):
                for one in value.values() if isinstance(value, dict) else value:
                    look(one)

        for _, value in sorted(vars(self).items()):
            look(value)
        return tuple({id(one._key) if one._key is one else one._key: one for one in found}.values())

    @property
    def submodules(self):
        found = []
        for value in vars(self).values():
            for one in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(one, Module) or hasattr(one, "trainable_variables"):
                    found += [one, *getattr(one, "submodules", ())]
        return tuple(found)

    @property
    def variables(self):
        return self._parts(lambda one: True)

    @property
    def trainable_variables(self):
        return self._parts(lambda one: one.trainable)


def shape(input):
    return input.shape if ops.is_symbolic(input) else tensor(np.array(np.shape(input), np.int32))


def size(input, out_type=np.int32, name=None):
    return tensor(np.asarray(np.size(recorded(input)), out_type))


def rank(input):
    return input.ndim if ops.is_symbolic(input) else tensor(np.int32(np.ndim(input)))


def zeros(shape, dtype=np.float32):
    return tensor(np.zeros(shape, dtype))


def ones(shape, dtype=np.float32):
    return tensor(np.ones(shape, dtype))


def is_tensor(x):
    return isinstance(x, Tensor)


def executing_eagerly():
    return True


def get_logger():
    import logging

    return logging.getLogger("tensorflow")


def function(func=None, **kwargs):
    return func if func is not None else (lambda inner: inner)


def _confusion(labels, predictions, num_classes=None, **kwargs):
    labels, predictions = as_array(labels).astype(int).ravel(), as_array(predictions).astype(int).ravel()
    count = num_classes or int(max(labels.max(), predictions.max())) + 1
    matrix = np.zeros((count, count), np.int32)
    np.add.at(matrix, (labels, predictions), 1)
    return tensor(matrix)


def _set_seed(seed):
    _random.set_seed(seed)


nn = _space("nn", softmax=keras.activations.softmax, relu=keras.activations.relu, sigmoid=keras.activations.sigmoid,
            tanh=keras.activations.tanh, elu=keras.activations.elu, gelu=keras.activations.gelu,
            leaky_relu=keras.activations.leaky_relu, selu=keras.activations.selu, softplus=keras.activations.softplus,
            silu=keras.activations.silu, swish=keras.activations.swish, log_softmax=keras.activations.log_softmax,
            l2_loss=_l2_loss, l2_normalize=_l2_normalize, moments=_moments, sigmoid_cross_entropy_with_logits=_sigmoid_loss,
            softmax_cross_entropy_with_logits=_softmax_loss, sparse_softmax_cross_entropy_with_logits=_sparse_softmax_loss)
math = _space("math", add=add, subtract=subtract, multiply=multiply, divide=divide, maximum=maximum, minimum=minimum,
              pow=pow, reduce_min=reduce_min, reduce_prod=reduce_prod, log=_numpy(np.log), argmin=argmin, less=less, sin=sin,
              cos=cos, tanh=keras.activations.tanh,
              log1p=_numpy(np.log1p), expm1=_numpy(np.expm1), not_equal=not_equal, cumsum=cumsum, negative=negative,
              greater_equal=greater_equal, less_equal=less_equal, logical_and=logical_and, logical_not=logical_not,
              reduce_std=_numpy(np.std), reduce_variance=_numpy(np.var), l2_normalize=_l2_normalize, add_n=add_n,
              reduce_logsumexp=lambda x, axis=None, keepdims=False: ops.logsumexp(x, axis, keepdims), is_nan=_numpy(np.isnan),
              softplus=keras.activations.softplus, reduce_any=reduce_any, reduce_all=reduce_all,
              greater=greater, sigmoid=keras.activations.sigmoid, confusion_matrix=_confusion, argmax=argmax,
              reduce_mean=reduce_mean, reduce_sum=reduce_sum,
              reduce_max=reduce_max, square=square, sqrt=sqrt, exp=exp, abs=abs, equal=equal)
random = _space("random", set_seed=_set_seed,
                shuffle=lambda value, seed=None, name=None: tensor(np.random.permutation(np.asarray(value))),
                normal=lambda shape, mean=0.0, stddev=1.0, dtype=np.float32, seed=None, name=None: tensor(
                    np.random.normal(mean, stddev, tuple(shape)).astype(dtype)),
                uniform=lambda shape, minval=0.0, maxval=1.0, dtype=np.float32, seed=None, name=None: tensor(
                    np.random.uniform(minval, maxval, tuple(shape)).astype(dtype)))
config = _space("config", threading=_space("config.threading", set_intra_op_parallelism_threads=lambda count: None,
                                           set_inter_op_parallelism_threads=lambda count: None),
                list_physical_devices=lambda device_type=None: [], list_logical_devices=lambda kind=None: [],
                experimental=_space("config.experimental", list_physical_devices=lambda device_type=None: [],
                                    enable_op_determinism=lambda: None,
                                    set_memory_growth=lambda device, enable: None))


def _saved_model(name):
    def refuse(*args, **kwargs):
        raise NotImplementedError(f"tensorflow.saved_model.{name} is not in Cornu; use model.save with a path that ends in .keras, "
                                  "and keras.models.load_model, or model.export to .onnx")

    return refuse


saved_model = _space("saved_model", save=_saved_model("save"), load=_saved_model("load"))
train = _space("train", Checkpoint=_checkpoint.Checkpoint, CheckpointManager=_checkpoint.CheckpointManager,
               latest_checkpoint=_checkpoint.latest_checkpoint)
test = _space("test", is_gpu_available=lambda *args, **kwargs: False, gpu_device_name=lambda: "",
              is_built_with_cuda=lambda: False)
data = _space("data", Dataset=Dataset, AUTOTUNE=AUTOTUNE, experimental=_space("data.experimental", AUTOTUNE=AUTOTUNE))
_logging = _space("logging", ERROR=40, WARN=30, INFO=20, set_verbosity=lambda level: None)
_v1 = _space("compat.v1", logging=_logging, set_random_seed=_set_seed, __version__=__version__,
             disable_v2_behavior=lambda: None, enable_eager_execution=lambda *args, **kwargs: None)
vars(_v1)["__getattr__"] = lambda name: getattr(sys.modules[__name__], name)  # what version 2 has, too
compat = _space("compat", v1=_v1)
version = _space("version", VERSION=__version__)
initializers, losses, metrics, optimizers = keras.initializers, keras.losses, keras.metrics, keras.optimizers


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"tensorflow.{name} is not in Cornu, which stands for TensorFlow here (cornu.keras.install)")
