"""keras.backend, what notebooks use of it."""

import numpy as np

from ._described import missing_of
from ._names import forget_names


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


__getattr__ = missing_of("keras.backend", """
    abs all any argmax batch_dot cast clip concatenate cos count_params dot equal exp expand_dims flatten get_uid greater
    is_float_dtype less log max maximum mean min minimum name_scope not_equal ones pow prod random_normal random_uniform
    relu reshape round result_type set_epsilon set_floatx set_image_data_format shape sigmoid sign sin softmax sqrt square
    squeeze std sum tanh to_dense transpose variable zeros""")
