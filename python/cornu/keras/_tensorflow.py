"""What `import tensorflow` gives under install(): Keras, and of TensorFlow what notebooks of courses touch around it. Any
other name says that it is not here."""

import os
import sys
import types

import numpy as np

from cornu import keras
from cornu.keras import _random, ops
from cornu.keras._described import MissingError
from cornu.keras._tensor import Tensor, as_array, tensor
from cornu.keras._tfdata import Dataset

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
    return tensor(np.asarray(value, dtype)) if isinstance(value, np.ndarray) else constant(value, dtype)


def cast(x, dtype, name=None):
    return ops.cast(x, dtype)


def one_hot(indices, depth, **kwargs):
    return tensor(np.eye(depth, dtype=np.float32)[np.asarray(indices)])


def _numpy(function, **renamed):
    def call(x, *args, name=None, **kwargs):
        if ops.is_symbolic(x):
            ops.refuse(f"tensorflow.{function.__name__}")
        return tensor(function(np.asarray(x), *args, **{renamed.get(key, key): value for key, value in kwargs.items()}))

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
    if ops.is_symbolic(values):
        ops.refuse("tensorflow.stack")
    return tensor(np.stack([np.asarray(value) for value in values], axis))


def identity(input, name=None):
    return input


equal, sqrt, exp, abs = (_numpy(f) for f in (np.equal, np.sqrt, np.exp, np.abs))
greater, less, round, sign, floor = (_numpy(f) for f in (np.greater, np.less, np.round, np.sign, np.floor))
reduce_min, reduce_prod, reduce_any, reduce_all, argmin = (_numpy(f) for f in (np.min, np.prod, np.any, np.all, np.argmin))
sigmoid, tanh = keras.activations.sigmoid, keras.activations.tanh


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    if ops.is_symbolic(t):
        ops.refuse("tensorflow.clip_by_value")
    return tensor(np.clip(np.asarray(t), np.asarray(clip_value_min), np.asarray(clip_value_max)))


def shape(input):
    return input.shape if ops.is_symbolic(input) else tensor(np.array(np.shape(input), np.int32))


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
            silu=keras.activations.silu, swish=keras.activations.swish)
math = _space("math", add=add, subtract=subtract, multiply=multiply, divide=divide, maximum=maximum, minimum=minimum,
              pow=pow, reduce_min=reduce_min, reduce_prod=reduce_prod, log=_numpy(np.log), argmin=argmin, less=less,
              greater=greater, sigmoid=keras.activations.sigmoid, tanh=keras.activations.tanh, confusion_matrix=_confusion, argmax=argmax, reduce_mean=reduce_mean, reduce_sum=reduce_sum,
              reduce_max=reduce_max, square=square, sqrt=sqrt, exp=exp, abs=abs, equal=equal)
random = _space("random", set_seed=_set_seed,
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


def _latest_checkpoint(checkpoint_dir, latest_filename=None):
    """TensorFlow's checkpoints have a file beside them that names the last; Keras's files of weights have none."""
    if os.path.exists(os.path.join(checkpoint_dir, latest_filename or "checkpoint")):
        raise NotImplementedError("TensorFlow's checkpoints are not in Cornu; save weights to a file that ends in .weights.h5")
    return None


train = _space("train", latest_checkpoint=_latest_checkpoint)
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
