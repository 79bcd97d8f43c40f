"""Losses and metrics that are Python functions or classes, called for each batch of a training in Cornu."""

import inspect

import numpy as np

from . import _record
from ._tensor import as_array, tensor


def is_function(item):
    """Is this loss or metric the notebook's own, and none of Cornu's?"""
    from ._described import Described

    if item is None or isinstance(item, (str, dict)):
        return False
    if isinstance(item, Described):
        return item._is_own()
    return callable(item)


def defines(cls, names):
    """Does a class that is none of Cornu's define one of these methods?"""
    for base in cls.__mro__:
        if base.__module__.startswith("cornu."):
            return False
        if any(name in vars(base) for name in names):
            return True
    return False


def name_of(item):
    return getattr(item, "name", None) or getattr(item, "__name__", None) or type(item).__name__


# ---- Keras's reductions --------------------------------------------------------------------------------------------------


def same_rank(a, b):
    """As Keras squeezes or expands the last axis where ranks differ by one."""
    if a.ndim == b.ndim + 1 and a.shape[-1] == 1:
        return (a, np.expand_dims(b, -1)) if b.ndim == 1 else (np.squeeze(a, -1), b)
    if b.ndim == a.ndim + 1 and b.shape[-1] == 1:
        return (np.expand_dims(a, -1), b) if a.ndim == 1 else (a, np.squeeze(b, -1))
    return a, b


def reduced(values, weight, reduction="sum_over_batch_size"):
    values = values if isinstance(values, np.ndarray) else tensor(np.asarray(values, np.float32))
    if weight is not None:
        values, weight = same_rank(values, tensor(np.asarray(weight, np.float32)))
        values = values * weight
    if reduction in (None, "none") or not values.ndim:
        return values
    return np.mean(values) if reduction == "sum_over_batch_size" else np.sum(values)


def loss_of(function, y_true, y_pred, weight=None):
    """The loss that a function or a loss object gives, as compile has it."""
    if hasattr(function, "reduction"):
        return function(y_true, y_pred, weight)
    return reduced(function(*same_rank(y_true, y_pred)), weight)


# ---- in a training -------------------------------------------------------------------------------------------------------


class Functions:
    """Those of a compiled model: what its core calls."""

    def __init__(self, losses, metrics):
        self.losses, self.metrics = losses, metrics  # {output: function}, [(output, metric, weighted)]
        self.shapes = {}  # of a sample's target, by output

    def __bool__(self):
        return bool(self.losses or self.metrics)

    def _arrays(self, output, y, pred, shape, weight):
        pred = np.frombuffer(pred, np.float32).reshape(shape)
        y = np.frombuffer(y, np.float32)
        y = y.reshape(shape[0], *self.shapes.get(output, (y.size // shape[0],)))
        weight = None if weight is None else np.frombuffer(weight, np.float32).reshape(shape[0], -1)
        if weight is not None and weight.shape[1] == 1:
            weight = weight[:, 0]
        return tensor(y), tensor(pred), weight

    def loss(self, output, y, pred, shape, weight, wants_gradient):
        function = self.losses[output]
        y, pred, weight = self._arrays(output, y, pred, shape, weight)
        if not wants_gradient:
            return float(_one_number(loss_of(function, y, pred, weight), function)), None
        with _record.recording():
            pred._node = leaf = _record.Node(key=self)
            value = _one_number(loss_of(function, y, pred, weight), function)
            node = _record.node_of(value)
        if node is None:
            raise ValueError(f"loss {name_of(function)}: its value does not depend on the predictions by operations of keras.ops, "
                             "tf or NumPy, so that it has no gradient")
        found = _record.gradients(node, np.ones(np.shape(value), np.float32), [leaf.key])
        gradient = found.get(leaf.key, np.zeros(shape, np.float32))
        return float(np.sum(value)), np.ascontiguousarray(gradient, np.float32)

    def reset(self, index):
        self.metrics[index][1].reset_state()

    def update(self, index, y, pred, shape, weight, _):
        output, metric, _ = self.metrics[index]
        y, pred, weight = self._arrays(output, y, pred, shape, weight)
        with _record.paused():
            metric.update_state(y, pred) if weight is None else metric.update_state(y, pred, sample_weight=weight)

    def result(self, index):
        value = self.metrics[index][1].result()
        if isinstance(value, dict) or np.size(_record.plain(value)) != 1:
            raise NotImplementedError(f"metric {name_of(self.metrics[index][1])}: a result of several values is not in Cornu")
        return float(np.asarray(value).reshape(()))


def _one_number(value, function):
    """Without a reduction Keras trains on the sum, and shows the mean; Cornu asks for a number."""
    if np.size(_record.plain(value)) != 1:
        raise ValueError(f"loss {name_of(function)}: expected one number for a batch, got an array of shape {np.shape(value)}; "
                         "with reduction=None a loss cannot be trained on")
    return value


def as_metric(item):
    """The metric for what compile was given: a function becomes the mean of its values."""
    from . import metrics

    if inspect.isclass(item):
        item = item()
    return item if hasattr(item, "update_state") else metrics.MeanMetricWrapper(item, name_of(item))


def target_shape(y):
    return tuple(np.shape(y)[1:]) if hasattr(y, "shape") else tuple(as_array(y).shape[1:])
