"""Losses, metrics, schedules, initializers, regularizers and constraints called by themselves: computed by small models.

A loss or metric is that of a model that passes its input on; what belongs to a weight is that of a layer with such a weight.
"""

import numpy as np

from cornu import _cornu

from . import _random, _record
from ._described import notation
from ._tensor import as_array, tensor


def _passes_on(shape):
    """A model whose output is its input."""
    core = _cornu.Model()
    core.add(f"input(shape={list(shape)})")
    core.add("activation(linear)")
    core.build(shape)
    return core


def _array(values):
    """As `as_array`, but a single number stays one."""
    array = as_array(values)
    return array.reshape(()) if np.ndim(values) == 0 and not hasattr(values, "numpy") else array


def _matched(y_true, y_pred, sparse):
    """Targets and predictions with samples first: a single row of numbers is one sample, since means go over the last axis."""
    true, pred = _array(y_true), _array(y_pred).astype(np.float32)
    if true.ndim == pred.ndim + 1 and true.shape[-1] == 1:
        true, pred = (true, pred[:, None]) if pred.ndim == 1 else (true[..., 0], pred)
    elif pred.ndim == true.ndim + 1 and pred.shape[-1] == 1:
        true = true[..., None]
    if sparse and true.shape not in (pred.shape, pred.shape[:-1]) and true.size * pred.shape[-1] == pred.size:
        true = true.reshape(pred.shape[:-1])
    if not sparse and true.shape != pred.shape and true.ndim == pred.ndim:
        true, pred = (np.ascontiguousarray(one) for one in np.broadcast_arrays(true, pred))
    return true, pred


def _samples(true, pred):
    if pred.ndim == 0:
        return true.reshape(1, 1), pred.reshape(1, 1)
    return (true.reshape(1, *true.shape), pred.reshape(1, -1)) if pred.ndim == 1 else (true, pred)


def _aligned(weight, rows):
    """Weights in the shape of the rows' values, as Keras squeezes, expands and broadcasts them."""
    if weight.ndim == len(rows) + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    elif weight.ndim + 1 == len(rows) and rows[-1] == 1:
        weight = weight[..., None]
    return np.ascontiguousarray(np.broadcast_to(weight, rows)).astype(np.float32)


def _evaluate(loss, true, pred, weight=None):
    true, pred = _samples(true, pred)
    core = _passes_on(pred.shape[1:])
    core.compile("sgd", loss, None, None)
    return core.evaluate(np.ascontiguousarray(pred), np.ascontiguousarray(true), batch_size=len(pred),
                         sample_weight=weight)["loss"]


def loss_value(loss, y_true, y_pred, sample_weight=None, sparse=False, whole=False):
    """The loss of predictions, as a Tensor that holds one number. whole: it is one value for all samples, not one a row."""
    if _record.node_of(y_pred) is not None:
        return _recorded_loss(loss, y_true, y_pred, sample_weight, sparse, whole)
    true, pred = _matched(y_true, y_pred, sparse)
    rows = () if whole else pred.shape[:-1]
    if sample_weight is None:
        return tensor(np.float32(_evaluate(loss, true, pred)))
    weight = as_array(sample_weight) if np.ndim(sample_weight) else np.float32(sample_weight)
    if rows:
        return tensor(np.float32(_evaluate(loss, true, pred, _aligned(np.asarray(weight), rows))))
    return tensor(np.float32(_evaluate(loss, true, pred) * np.mean(weight)))


def _recorded_loss(loss, y_true, y_pred, weight, sparse, whole):
    """The same of predictions that a gradient goes back to."""
    if weight is not None and not whole:
        rows = row_values(loss, y_true, y_pred, None, sparse, whole)
        return np.mean(rows * tensor(_aligned(np.asarray(as_array(weight), np.float32), rows.shape)))
    value, back = _mean_and_back(loss, y_true, y_pred, sparse)
    made = _record.result(value, [_record.node_of(y_pred)], lambda g: [back * g])
    return made if weight is None else made * float(np.mean(as_array(weight)))


def _mean_and_back(loss, y_true, y_pred, sparse):
    """A loss's mean, and its gradient in the shape of the predictions as they were given."""
    from ._tape import loss_gradient

    true, pred = _samples(*_matched(y_true, y_pred, sparse))
    shape = np.shape(_record.plain(y_pred))
    if pred.size != np.prod(shape, dtype=int):
        raise NotImplementedError(f"a loss of targets of shape {np.shape(y_true)} and predictions of shape {shape}: its gradient "
                                  "is not in Cornu; give both one shape")
    value, back = loss_gradient(loss, true, pred)
    return value, back.reshape(shape)


def _value_of_each(loss, true, pred, axes):
    """Of a loss over some axes, for each index of the others: what the loss has where these are of size one."""
    axes = {axis % pred.ndim for axis in axes}
    others = [axis for axis in range(pred.ndim) if axis not in axes]
    shape = [pred.shape[axis] for axis in others]
    values = np.empty(shape, np.float32)
    for index in np.ndindex(*shape):
        one = tuple(slice(index[others.index(axis)], index[others.index(axis)] + 1) if axis in others else slice(None)
                    for axis in range(pred.ndim))
        values[index] = _evaluate(loss, true[one], pred[one])
    return values


def row_values(loss, y_true, y_pred, sample_weight=None, sparse=False, whole=False, axes=()):
    """What a loss without a reduction gives: a value for each row of the predictions; of one over `axes` for all else."""
    from ._tape import loss_of_rows

    node = _record.node_of(y_pred)
    if node is not None:
        if (whole and axes) or sample_weight is not None:
            raise NotImplementedError(f"{loss}: its gradient for single rows, with weights or over an axis, is not in Cornu")
        with _record.paused():
            values = row_values(loss, y_true, y_pred, None, sparse, whole, axes)
        _, back = _mean_and_back(loss, y_true, y_pred, sparse)
        return _record.result(values, [node], lambda g: [
            back * (np.asarray(g)[..., None] * np.float32(values.size) if np.ndim(g) else g)])
    true, pred = _matched(y_true, y_pred, sparse)
    if whole and axes:
        values = _value_of_each(loss, true, pred, axes)
    elif whole or pred.ndim < 2:
        values = np.float32(_evaluate(loss, true, pred))
    else:
        rows = pred.reshape(-1, pred.shape[-1])
        targets = true.reshape(len(rows), -1)
        values = loss_of_rows(loss, targets, rows).reshape(pred.shape[:-1])
    if sample_weight is not None:
        weight = as_array(sample_weight) if np.ndim(sample_weight) else np.float32(sample_weight)
        values = values * (_aligned(weight, values.shape) if np.ndim(values) and np.ndim(weight) else weight)
    return tensor(np.asarray(values, np.float32))


def metric_value(metric, loss, y_true, y_pred, sample_weight=None, sparse=False):
    """A metric of predictions; weights are one a row, or one an element where elements are counted."""
    true, pred = _matched(y_true, y_pred, sparse)
    if sample_weight is None:
        return _metric(metric, loss, true, pred, None)
    weight = np.asarray(sample_weight, np.float32)
    if weight.ndim == pred.ndim and weight.shape[-1] != 1:  # one an element
        weight = np.broadcast_to(weight, pred.shape).reshape(-1)
        return _metric(metric, loss, true.reshape(-1, 1), pred.reshape(-1, 1), np.ascontiguousarray(weight))
    if pred.ndim == 1 and weight.ndim == 1:
        return _metric(metric, loss, true.reshape(-1, 1), pred.reshape(-1, 1), weight)
    return _metric(metric, loss, true, pred, _aligned(weight, pred.shape[:-1]))


def _metric(metric, loss, true, pred, weight):
    true, pred = _samples(true, pred)
    core = _passes_on(pred.shape[1:])
    core.compile("sgd", loss, None, metric) if weight is not None else core.compile("sgd", loss, metric, None)
    logs = core.evaluate(np.ascontiguousarray(pred), np.ascontiguousarray(true), batch_size=len(pred), sample_weight=weight)
    logs.pop("loss")
    values = np.float32(list(logs.values()))
    return values[0] if len(values) == 1 else values


def schedule_value(schedule, step):
    core = _cornu.Model()
    core.add("input(1)")
    core.add("dense(1)")
    core.compile(f"sgd({notation(schedule)})", "mse", None, None)
    core.iterations = int(step)
    return tensor(np.float32(core.learning_rate))


# ---- what belongs to a weight


def _with_weight(shape, what, thing):
    """A model with a weight of that shape, of which `thing` is the initializer, regularizer or constraint; its number."""
    layers = {1: ("input(1)", f"dense({shape[-1:] and shape[-1]}, bias_{what}={{}})", (1,)),
              2: ("input({0})", f"dense({shape[-1:] and shape[-1]}, use_bias=false, kernel_{what}={{}})", shape[:1]),
              3: ("input(shape={0})", "conv1d({1}, {2}, use_bias=false, kernel_{what}={{}})", shape[:2]),
              4: ("input(shape={0})", "conv2d({1}, {2}, use_bias=false, kernel_{what}={{}})", shape[:3])}
    if len(shape) not in layers or 0 in shape:
        raise NotImplementedError(f"a weight of shape {tuple(shape)} is not in Cornu")
    first, layer, data = layers[len(shape)]
    if len(shape) > 2:
        layer = layer.format(None, shape[-1], list(shape[:-2]), what=what)
    core = _cornu.Model("weight", _random.next_seed())
    core.add(first.format(list(data) if len(data) > 1 else data[0]))
    core.add(layer.format(notation(thing)))
    core.build(data)
    return core, 1 if len(shape) == 1 else 0, np.zeros((1, *data), np.float32)


def initial_value(initializer, shape):
    single = tuple(shape) or (1,)
    core, index, _ = _with_weight(single, "initializer", initializer)
    return tensor(np.asarray(core.get_weight(index)).reshape(tuple(shape)))


def penalty(regularizer, weight):
    """The loss of a model that has no other."""
    value = as_array(weight).astype(np.float32)
    core, index, x = _with_weight(value.shape, "regularizer", regularizer)
    core.compile("sgd", "mse", None, None)
    y = np.zeros_like(core.predict(x))
    core.set_weight(index, value)
    error = np.mean(np.square(value)) if value.ndim == 1 else 0.0  # a bias is an output, too
    return tensor(np.float32(core.evaluate(x, y)["loss"] - error))


def constrained(constraint, weight):
    """The weight after a step of size 0."""
    value = as_array(weight).astype(np.float32)
    core, index, x = _with_weight(value.shape, "constraint", constraint)
    core.compile("sgd(0.0)", "mse", None, None)
    core.set_weight(index, value)
    core.fit(x, np.zeros_like(core.predict(x)), shuffle=False)
    return tensor(np.asarray(core.get_weight(index)))
