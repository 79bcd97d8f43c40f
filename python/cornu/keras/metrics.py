"""Keras's metrics: for compile by name or object, and by themselves with update_state and result."""

import inspect

import numpy as np

from . import _functions, losses as _losses, ops
from ._described import CLASSES, Described, define, deserialize, missing_of, parameters
from ._names import free_name, snake
from ._tensor import as_array, tensor
from ._variables import FreeVariable, initial


class Metric(Described):
    """A subclass with an update_state of its own is called for each batch of a training."""

    _signature = inspect.Signature(parameters((), {"dtype": None, "name": None}))
    _unset = ("dtype",)
    _loss = "mean_squared_error"
    _sparse = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if getattr(self, "name", None) is None:
            self.name = free_name(self._word or snake(type(self).__name__))
        Metric.reset_state(self)  # one of a subclass may want what its own __init__ makes later

    def _is_own(self):
        return _functions.defines(type(self), ("update_state", "result", "__call__"))

    def add_variable(self, shape=(), initializer="zeros", dtype=None, aggregation=None, name=None):
        sizes = tuple(shape) if hasattr(shape, "__len__") else (shape,)
        variable = FreeVariable(initial(initializer, sizes), False, name=name, dtype=dtype or np.float32)
        self.__dict__.setdefault("_own_variables", []).append(variable)
        return variable

    def add_weight(self, *args, **kwargs):
        """Keras 3 has the shape first, Keras 2 the name."""
        if args and isinstance(args[0], str):
            kwargs["name"], args = args[0], args[1:]
        kwargs.pop("synchronization", None)
        return self.add_variable(*args, **kwargs)

    @property
    def variables(self):
        return list(self.__dict__.get("_own_variables", []))

    weights = variables

    def _given(self):
        given = super()._given()
        if self._signature.parameters["name"].default is None:
            given["name"] = self.name
        return given

    def reset_state(self):
        self._seen = []
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, np.float32))

    def reset_states(self):
        self.reset_state()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self._seen.append((as_array(y_true), as_array(y_pred), None if sample_weight is None else np.asarray(sample_weight)))

    def result(self):
        from ._values import metric_value

        if not self._seen:
            return tensor(np.float32(0))
        if getattr(self, "top_k", None) and any(_is_of_elements(*one) for one in self._seen):
            return tensor(self._of_elements())
        true, pred, weight = _together(self._seen)
        return tensor(metric_value(self._notation(), self._loss, true, pred, weight, sparse=self._sparse))

    def _of_elements(self):
        """With top_k and a weight for each element: those of the k largest are 1, the others 0."""
        from ._values import metric_value

        if self.thresholds is not None:
            raise NotImplementedError(f"{self.name}: top_k with thresholds and a weight for each element is not in Cornu")
        columns = slice(None) if self.class_id is None else slice(self.class_id, self.class_id + 1)
        parts = [[], [], []]
        for true, pred, weight in self._seen:
            pred = pred.reshape(-1, pred.shape[-1])
            best = np.zeros(pred.shape, np.float32)
            np.put_along_axis(best, np.argsort(-pred, axis=-1, kind="stable")[:, :self.top_k], 1, axis=-1)
            weight = np.ones(1, np.float32) if weight is None else np.asarray(weight, np.float32)
            weight = weight[:, None] if weight.ndim == 1 and len(weight) == len(pred) else weight
            for part, values in zip(parts, (true.reshape(pred.shape), best, np.broadcast_to(weight, pred.shape))):
                part.append(values[:, columns].reshape(-1))
        true, best, weight = (np.concatenate(part) for part in parts)
        return metric_value(f"{self._word}(thresholds=0.5)", self._loss, true, best, weight)

    def __call__(self, y_true, y_pred, sample_weight=None):
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


def _is_of_elements(_, pred, weight):
    return weight is not None and np.ndim(weight) > 1 and np.shape(weight)[-1] > 1 and np.ndim(pred) > 1


def _together(seen):
    """All updates as one; each has its samples in front, and a single row counts as such."""
    if len(seen) == 1:
        return seen[0]
    true, pred, weight = zip(*seen)
    if any(one.ndim != pred[0].ndim for one in pred):
        pred, true = [one.reshape(-1, one.shape[-1]) for one in pred], [one.reshape(-1, one.shape[-1]) for one in true]
    if any(one is not None for one in weight):
        rows = [p.shape[:1] if w is None or np.ndim(w) == 0 else np.shape(w) for p, w in zip(pred, weight)]
        weight = np.concatenate([np.broadcast_to(1.0 if w is None else w, row) for row, w in zip(rows, weight)])
    else:
        weight = None
    return np.concatenate(true), np.concatenate(pred), weight


class _SparseMetric(Metric):
    _loss = "sparse_categorical_crossentropy"
    _sparse = True


def _samplewise(values, weight, reduce):
    """A value for each sample, times its weight, and the weights, as Keras reduces both."""
    values = np.asarray(values, np.float64)
    if weight is not None:
        weight = np.asarray(weight, np.float64)
        if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
            weight = weight[..., 0]
        elif values.ndim == weight.ndim + 1 and values.shape[-1] == 1:
            weight = weight[..., None]
        values = reduce(values, axis=tuple(range(weight.ndim, values.ndim))) if values.ndim > weight.ndim else values
        weight = np.broadcast_to(weight, np.broadcast_shapes(weight.shape, values.shape))
        values = values * weight
        weight = reduce(weight, axis=tuple(range(1, weight.ndim))) if values.ndim > 1 else weight
    return reduce(values, axis=tuple(range(1, values.ndim))) if values.ndim > 1 else values, weight


class Mean(Metric):
    """The mean of the values that update_state was given."""

    def __init__(self, name="mean", dtype=None):
        self.name, self.dtype = name, dtype
        self.reset_state()

    def update_state(self, values, sample_weight=None):
        values, weight = _samplewise(values, sample_weight, np.mean)
        self._seen.append((float(values.sum()), float(values.size if weight is None else weight.sum())))

    def result(self):
        total, weight = (sum(column) for column in zip(*self._seen)) if self._seen else (0.0, 0.0)
        return tensor(np.float32(total / weight if weight else 0))

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self):
        return {"name": self.name, "dtype": "float32"}

    @classmethod
    def from_config(cls, config):
        return cls(**{name: deserialize(value) for name, value in config.items() if name != "dtype"})


class Sum(Mean):
    """The sum of the values that update_state was given."""

    def __init__(self, name="sum", dtype=None):
        super().__init__(name)

    def update_state(self, values, sample_weight=None):
        self._seen.append(float(_samplewise(values, sample_weight, np.sum)[0].sum()))

    def result(self):
        return tensor(np.float32(sum(self._seen)))


class MeanMetricWrapper(Mean):
    """The mean of a function of targets and predictions, which gives a value for each sample: one of keras.losses or
    keras.metrics, by name or itself, or one of the caller's own."""

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name or getattr(fn, "__name__", str(fn)))
        self._fn = globals().get(fn) if isinstance(fn, str) else fn
        if not callable(self._fn):
            raise ValueError(f"MeanMetricWrapper: unknown function {fn!r}; expected one of keras.losses or keras.metrics")
        self._fn_kwargs = kwargs

    def _is_own(self):
        return True

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = _functions.same_rank(*(ops.cast(one, "float32") for one in (y_true, y_pred)))
        super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight)


for _cls in (Mean, Sum, MeanMetricWrapper):
    CLASSES["keras.metrics", _cls.__name__] = _cls


_AUC = {"num_thresholds": 200, "curve": "ROC", "summation_method": "interpolation", "name": None, "dtype": None,
        "thresholds": None, "multi_label": False, "num_labels": None, "label_weights": None, "from_logits": False}
_CELLS = {"thresholds": None, "top_k": None, "class_id": None, "name": None, "dtype": None}
_COUNTS = {"thresholds": None, "name": None, "dtype": None}
_AT = {"num_thresholds": 200, "class_id": None, "name": None, "dtype": None}
_IOU = {"name": None, "dtype": None, "ignore_class": None, "sparse_y_true": True, "sparse_y_pred": True, "axis": -1}
_ONE_HOT_IOU = {"name": None, "dtype": None, "ignore_class": None, "sparse_y_pred": False, "axis": -1}
for _name, _word, _required, _own in (
        ("SensitivityAtSpecificity", "sensitivity_at_specificity", ("specificity",), _AT),
        ("SpecificityAtSensitivity", "specificity_at_sensitivity", ("sensitivity",), _AT),
        ("PrecisionAtRecall", "precision_at_recall", ("recall",), _AT),
        ("RecallAtPrecision", "recall_at_precision", ("precision",), _AT),
        ("IoU", "io_u", ("num_classes", "target_class_ids"), _IOU),
        ("MeanIoU", "mean_io_u", ("num_classes",), _IOU),
        ("OneHotIoU", "one_hot_io_u", ("num_classes", "target_class_ids"), _ONE_HOT_IOU),
        ("OneHotMeanIoU", "one_hot_mean_io_u", ("num_classes",), _ONE_HOT_IOU)):
    define(globals(), Metric, _name, _word, *_required, **_own)
for _name, _word, _own in (
        ("BinaryAccuracy", "binary_accuracy", {"name": "binary_accuracy", "dtype": None, "threshold": 0.5}),
        ("CategoricalAccuracy", "categorical_accuracy", {"name": "categorical_accuracy", "dtype": None}),
        ("TopKCategoricalAccuracy", "top_k_categorical_accuracy",
         {"k": 5, "name": "top_k_categorical_accuracy", "dtype": None}),
        ("Precision", "precision", _CELLS),
        ("Recall", "recall", _CELLS),
        ("F1Score", "f1_score", {"average": None, "threshold": None, "name": "f1_score", "dtype": None}),
        ("FBetaScore", "fbeta_score",
         {"average": None, "beta": 1.0, "threshold": None, "name": "fbeta_score", "dtype": None}),
        ("AUC", "auc", _AUC),
        ("Accuracy", "Accuracy", {"name": "accuracy", "dtype": None}),
        ("FalseNegatives", "false_negatives", _COUNTS),
        ("FalsePositives", "false_positives", _COUNTS),
        ("TrueNegatives", "true_negatives", _COUNTS),
        ("TruePositives", "true_positives", _COUNTS),
        ("R2Score", "r2_score",
         {"class_aggregation": "uniform_average", "num_regressors": 0, "name": "r2_score", "dtype": None}),
        ("BinaryIoU", "binary_io_u",
         {"target_class_ids": (0, 1), "threshold": 0.5, "name": None, "dtype": None}),
        ("RootMeanSquaredError", "root_mean_squared_error", {"name": "root_mean_squared_error", "dtype": None}),
        ("MeanSquaredError", "mean_squared_error", {"name": "mean_squared_error", "dtype": None}),
        ("MeanAbsoluteError", "mean_absolute_error", {"name": "mean_absolute_error", "dtype": None}),
        ("MeanAbsolutePercentageError", "mean_absolute_percentage_error",
         {"name": "mean_absolute_percentage_error", "dtype": None}),
        ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error",
         {"name": "mean_squared_logarithmic_error", "dtype": None}),
        ("CosineSimilarity", "cosine_similarity", {"name": "cosine_similarity", "dtype": None, "axis": -1}),
        ("LogCoshError", "LogCoshError", {"name": "logcosh", "dtype": None}),
        ("KLDivergence", "kl_divergence", {"name": "kl_divergence", "dtype": None}),
        ("Poisson", "poisson", {"name": "poisson", "dtype": None}),
        ("Hinge", "hinge", {"name": "hinge", "dtype": None}),
        ("SquaredHinge", "squared_hinge", {"name": "squared_hinge", "dtype": None}),
        ("CategoricalHinge", "categorical_hinge", {"name": "categorical_hinge", "dtype": None}),
        ("BinaryCrossentropy", "binary_crossentropy",
         {"name": "binary_crossentropy", "dtype": None, "from_logits": False, "label_smoothing": 0}),
        ("CategoricalCrossentropy", "categorical_crossentropy",
         {"name": "categorical_crossentropy", "dtype": None, "from_logits": False, "label_smoothing": 0, "axis": -1})):
    define(globals(), Metric, _name, _word, **_own)
for _name, _word, _own in (
        ("SparseCategoricalAccuracy", "sparse_categorical_accuracy",
         {"name": "sparse_categorical_accuracy", "dtype": None}),
        ("SparseTopKCategoricalAccuracy", "sparse_top_k_categorical_accuracy",
         {"k": 5, "name": "sparse_top_k_categorical_accuracy", "dtype": None}),
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy",
         {"name": "sparse_categorical_crossentropy", "dtype": None, "from_logits": False, "axis": -1})):
    define(globals(), _SparseMetric, _name, _word, **_own)


# what Keras counts as an error: less of it is better
_LOWER = {word for word, thing in vars(_losses).items() if isinstance(thing, _losses.LossFunction)}
_LOWER = _LOWER - {"cosine_similarity"} | {"root_mean_squared_error", "LogCoshError", "loss"}
_HIGHER = {cls._word for cls in list(globals().values()) if isinstance(cls, type) and issubclass(cls, Metric)} - _LOWER
_PARTS = ("acc", "auc", "precision", "recall", "f1", "similarity", "top_k")


def lower_is_better(word):
    """Of a metric by Cornu's word for it; of other values their names tell."""
    if word in _LOWER or word in _HIGHER:
        return word in _LOWER
    return not any(part in word for part in _PARTS)


class _Function(_losses.LossFunction):
    """keras.metrics.binary_accuracy and the like: for compile."""

    def __call__(self, y_true, y_pred):
        from ._values import metric_value

        loss = "sparse_categorical_crossentropy" if self.name.startswith("sparse") else "mean_squared_error"
        true, pred = as_array(y_true), as_array(y_pred)
        pred = pred.reshape(len(pred), -1)
        return tensor(np.array([metric_value(self.name, loss, t[None], p[None]) for t, p in zip(true, pred)]))


for _name in ("binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "top_k_categorical_accuracy",
              "sparse_top_k_categorical_accuracy"):
    globals()[_name] = _Function(_name)
for _name, _value in vars(_losses).items():
    if isinstance(_value, _losses.LossFunction) and _name not in globals():
        globals()[_name] = _value

__getattr__ = missing_of("keras.metrics", "MeanRelativeError ConcordanceCorrelation PearsonCorrelation")


def get(identifier):
    return deserialize(identifier, "keras.metrics")
