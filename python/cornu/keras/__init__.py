"""The Keras that notebooks of courses use, trained by Cornu."""

from . import (activations, backend, callbacks, constraints, datasets, initializers, layers, losses, metrics, models,
               ops, optimizers, random, regularizers, utils)
from ._described import missing_of
from ._variables import KerasVariable as Variable
from .layers import Input, InputLayer, Layer
from .losses import Loss
from .metrics import Metric
from .models import Model, Sequential

__version__ = "3.6.0"  # whose words and numbers these are

__all__ = ["Input", "InputLayer", "Layer", "Loss", "Metric", "Model", "Sequential", "Variable", "accelerate", "activations", "backend", "callbacks",
           "constraints", "datasets", "deactivate", "initializers", "install", "layers", "losses", "metrics", "models",
           "ops", "optimizers", "random", "regularizers", "report", "uninstall", "utils"]

saving = models  # the module that has load_model and save_model, too

_missing = missing_of("keras", """
    Function KerasTensor applications config distribution dtype_policies export legacy mixed_precision name_scope
    preprocessing quantizers tree version""")


def __getattr__(name):
    if name in ("install", "uninstall"):
        from . import _install

        return getattr(_install, name)
    if name in ("accelerate", "deactivate", "report"):
        from . import _accelerate

        return getattr(_accelerate, name)
    if name == "KerasTensor":
        from ._graph import KerasTensor

        return KerasTensor
    return _missing(name)
