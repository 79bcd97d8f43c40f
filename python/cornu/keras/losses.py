"""Keras's losses: classes, and functions by the same names."""

from ._described import Described, call, define, deserialize, missing_of

_BATCH = "sum_over_batch_size"


class Loss(Described):
    """A subclass with a `call` of its own cannot run inside Cornu's training."""

    _unset = ("name", "dtype")

    def _given(self):
        given = super()._given()
        if given.get("reduction") in ("auto", None):
            given.pop("reduction", None)
        return given

    def __call__(self, y_true, y_pred, sample_weight=None):
        from ._values import loss_value

        return loss_value(self._notation(), y_true, y_pred, sample_weight)


class LossFunction(Described):
    """keras.losses.mean_squared_error and the like: a loss by name, and a function that gives one value a sample."""

    def __init__(self, name):
        self.__name__ = self.name = name

    def _notation(self):
        return self.name

    def __call__(self, y_true, y_pred, **arguments):
        import numpy as np

        from ._tensor import as_array, tensor
        from ._values import loss_value

        loss = call(self.name, arguments)
        true, pred = as_array(y_true), as_array(y_pred)
        if pred.ndim == 1:
            return loss_value(loss, true.reshape(1, -1), pred.reshape(1, -1))
        return tensor(np.array([loss_value(loss, t[None], p[None]) for t, p in zip(true, pred)], np.float32))

    def __repr__(self):
        return f"<loss {self.name}>"


_CROSS = {"from_logits": False, "label_smoothing": 0.0, "axis": -1}
for _name, _word, _own in (
        ("BinaryCrossentropy", "binary_crossentropy", _CROSS),
        ("CategoricalCrossentropy", "categorical_crossentropy", _CROSS),
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy",
         {"from_logits": False, "ignore_class": None}),
        ("CategoricalHinge", "categorical_hinge", {}),
        ("CosineSimilarity", "cosine_similarity", {"axis": -1}),
        ("Hinge", "hinge", {}),
        ("Huber", "huber", {"delta": 1.0}),
        ("KLDivergence", "kl_divergence", {}),
        ("LogCosh", "log_cosh", {}),
        ("MeanAbsoluteError", "mean_absolute_error", {}),
        ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", {}),
        ("MeanSquaredError", "mean_squared_error", {}),
        ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", {}),
        ("Poisson", "poisson", {}),
        ("SquaredHinge", "squared_hinge", {})):
    _order = {**_own}
    if _name == "SparseCategoricalCrossentropy":
        _order = {"from_logits": False, "ignore_class": None}
    _order["reduction"] = _BATCH
    if _name == "CosineSimilarity":
        _order = {"axis": -1, "reduction": _BATCH}
    define(globals(), Loss, _name, _word, **_order, name=_word, dtype=None)
    globals()[_word] = LossFunction(_word)

mse = MSE = globals()["mean_squared_error"]
mae = MAE = globals()["mean_absolute_error"]
mape = MAPE = globals()["mean_absolute_percentage_error"]
msle = MSLE = globals()["mean_squared_logarithmic_error"]
kld = KLD = kullback_leibler_divergence = globals()["kl_divergence"]
bce = BCE = globals()["binary_crossentropy"]
logcosh = globals()["log_cosh"]

__getattr__ = missing_of("keras.losses", "BinaryFocalCrossentropy CategoricalFocalCrossentropy CTC Circle Dice Tversky "
                         "binary_focal_crossentropy categorical_focal_crossentropy ctc circle dice tversky")


def get(identifier):
    return deserialize(identifier, "keras.losses")
