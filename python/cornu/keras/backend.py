"""keras.backend, what notebooks use of it."""

import numpy as np

from . import ops
from ._described import missing_of
from ._names import forget_names
from ._variables import FreeVariable


def clear_session(free_memory=True):
    forget_names()


def get_value(variable):
    return np.asarray(variable.numpy() if hasattr(variable, "numpy") else variable)[()]


def set_value(variable, value):
    variable.assign(value)


def epsilon():
    return 1e-7


def floatx():
    return "float32"


def backend():
    return "cornu"


def image_data_format():
    return "channels_last"


def variable(value, dtype=None, name=None, constraint=None):
    return FreeVariable(value, name=name, dtype=dtype)


def flatten(x):
    return ops.reshape(x, (-1,))


# Keras 2's functions, of which losses and metrics are written
for _name in """abs all any argmax argmin cast clip cos dot equal exp expand_dims greater greater_equal less less_equal log max maximum
        mean min minimum not_equal ones ones_like prod relu reshape round shape sigmoid sign sin softmax softplus sqrt square squeeze
        stack std stop_gradient sum tanh transpose var zeros zeros_like binary_crossentropy categorical_crossentropy
        sparse_categorical_crossentropy concatenate""".split():
    globals()[_name] = getattr(ops, _name)
pow, l2_normalize = ops.power, ops.normalize

__getattr__ = missing_of("keras.backend", """
    batch_dot count_params get_uid is_float_dtype name_scope random_normal random_uniform result_type set_epsilon set_floatx
    set_image_data_format to_dense""")
