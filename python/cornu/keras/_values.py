"""Losses, metrics and schedules called by themselves: computed by a model that passes its input on."""

import numpy as np

from cornu import _cornu

from ._described import notation
from ._tensor import as_array, tensor


def _identity(columns):
    core = _cornu.Model()
    core.add(f"input({columns})")
    core.add("activation(linear)")
    return core


def _rows(values):
    array = as_array(values)
    return array if array.ndim > 1 else array.reshape(-1, 1)


def loss_value(loss, y_true, y_pred, sample_weight=None):
    """The loss of predictions, as a Tensor that holds one number."""
    pred = _rows(y_pred).astype(np.float32)
    core = _identity(pred.shape[-1])
    core.compile("sgd", loss, None, None)
    pred = pred.reshape(-1, pred.shape[-1])
    true = as_array(y_true)
    true = true.reshape(len(pred), -1) if true.size != len(pred) else true.reshape(-1)
    weight = None if sample_weight is None else as_array(sample_weight).reshape(-1)
    return tensor(np.float32(core.evaluate(pred, true, sample_weight=weight)["loss"]))


def metric_value(metric, loss, y_true, y_pred, sample_weight=None):
    pred = _rows(y_pred).astype(np.float32)
    pred = pred.reshape(-1, pred.shape[-1])
    true = as_array(y_true)
    true = true.reshape(len(pred), -1) if true.size != len(pred) else true.reshape(-1)
    core = _identity(pred.shape[-1])
    weight = None if sample_weight is None else as_array(sample_weight).reshape(-1)
    core.compile("sgd", loss, None, metric) if weight is not None else core.compile("sgd", loss, metric, None)
    logs = core.evaluate(pred, true, sample_weight=weight)
    logs.pop("loss")
    return np.float32(next(iter(logs.values())))


def schedule_value(schedule, step):
    core = _cornu.Model()
    core.add("input(1)")
    core.add("dense(1)")
    core.compile(f"sgd({notation(schedule)})", "mse", None, None)
    core.iterations = int(step)
    return tensor(np.float32(core.learning_rate))
