"""Keras's losses: classes, and functions by the same names."""

import inspect

from . import _functions
from ._described import Described, call, define, deserialize, missing_of, parameters
from ._names import snake
from .ops import cast

_BATCH = "sum_over_batch_size"


class Loss(Described):
    """A subclass with a `call` of its own is called for each batch of a training."""

    _unset = ("name", "dtype")
    _signature = inspect.Signature(parameters((), {"name": None, "reduction": _BATCH, "dtype": None}))
    reduction = _BATCH

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if getattr(self, "name", None) is None:
            self.name = snake(type(self).__name__)
        if self._is_own() and self.reduction == "auto":
            self.reduction = _BATCH

    def _is_own(self):
        return _functions.defines(type(self), ("call", "__call__"))

    def call(self, y_true, y_pred):
        if self._word is None:
            raise NotImplementedError(f"{type(self).__name__}: a loss of one's own needs a call(y_true, y_pred)")
        from ._values import row_values

        return row_values(self._notation(), y_true, y_pred, **self._traits())

    def _given(self):
        given = super()._given()
        if given.get("reduction") in ("auto", None):
            given.pop("reduction", None)
        return given

    def __call__(self, y_true, y_pred, sample_weight=None):
        from ._values import loss_value, row_values

        if self._is_own():
            y_true, y_pred = (cast(one, "float32") for one in (y_true, y_pred))
            return _functions.reduced(self.call(y_true, y_pred), sample_weight, self.reduction)
        by_row = getattr(self, "reduction", _BATCH) in (None, "none")
        if not by_row:
            return loss_value(self._notation(), y_true, y_pred, sample_weight, **self._traits())
        axis = getattr(self, "axis", None) or ()
        return row_values(self._notation(), y_true, y_pred, sample_weight, **self._traits(),
                          axes=axis if isinstance(axis, (list, tuple)) else (axis,))

    @classmethod
    def _traits(cls):
        """Are targets class numbers? Is there one value for all samples?"""
        axis = cls._signature.parameters.get("axis")
        return {"sparse": cls.__name__.startswith("Sparse"), "whole": axis is not None and axis.default is None}


class LossFunction(Described):
    """keras.losses.mean_squared_error and the like: a loss by name, and a function that gives one value a sample."""

    def __init__(self, name, of=Loss):
        self.__name__ = self.name = name
        self._of = of

    def _notation(self):
        return self.name

    def __call__(self, y_true, y_pred, **arguments):
        from ._values import row_values

        return row_values(call(self.name, arguments), y_true, y_pred, **self._of._traits())

    def __repr__(self):
        return f"<loss {self.name}>"


_REDUCTION = {"reduction": _BATCH}
_CROSS = {"from_logits": False, "label_smoothing": 0.0, "axis": -1, **_REDUCTION}
_FOCAL = {"alpha": 0.25, "gamma": 2.0, **_CROSS}
for _name, _word, _own in (
        ("BinaryCrossentropy", "binary_crossentropy", _CROSS),
        ("BinaryFocalCrossentropy", "binary_focal_crossentropy", {"apply_class_balancing": False, **_FOCAL}),
        ("CategoricalCrossentropy", "categorical_crossentropy", _CROSS),
        ("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", _FOCAL),
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy",
         {"from_logits": False, "ignore_class": None, **_REDUCTION}),
        ("CategoricalHinge", "categorical_hinge", _REDUCTION),
        ("CosineSimilarity", "cosine_similarity", {"axis": -1, **_REDUCTION}),
        ("Dice", "dice", {**_REDUCTION, "name": "dice", "axis": None}),
        ("Hinge", "hinge", _REDUCTION),
        ("Huber", "huber", {"delta": 1.0, **_REDUCTION}),
        ("KLDivergence", "kl_divergence", _REDUCTION),
        ("LogCosh", "log_cosh", _REDUCTION),
        ("MeanAbsoluteError", "mean_absolute_error", _REDUCTION),
        ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", _REDUCTION),
        ("MeanSquaredError", "mean_squared_error", _REDUCTION),
        ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", _REDUCTION),
        ("Poisson", "poisson", _REDUCTION),
        ("SquaredHinge", "squared_hinge", _REDUCTION),
        ("Tversky", "tversky", {"alpha": 0.5, "beta": 0.5, **_REDUCTION, "name": "tversky"})):
    define(globals(), Loss, _name, _word, **{**_own, "name": _word, "dtype": None})
    globals()[_word] = LossFunction(_word, globals()[_name])

mse = MSE = globals()["mean_squared_error"]
mae = MAE = globals()["mean_absolute_error"]
mape = MAPE = globals()["mean_absolute_percentage_error"]
msle = MSLE = globals()["mean_squared_logarithmic_error"]
kld = KLD = kullback_leibler_divergence = globals()["kl_divergence"]
bce = BCE = globals()["binary_crossentropy"]
logcosh = globals()["log_cosh"]



class Reduction:
    """Keras 2's names."""

    AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE = "auto", "none", "sum", _BATCH


__getattr__ = missing_of("keras.losses", "CTC Circle ctc circle")


def get(identifier):
    return deserialize(identifier, "keras.losses")
