"""Training in Python, batch by batch: of classes with a train_step() and the like of their own, and of models that have weights or
losses that Cornu's fit does not know. The order of the hooks and the logs are those of Keras's trainer."""

import numpy as np

from . import _random, _record
from ._callback import CallbackList
from ._data import is_batched
from ._step_data import Source, unpack


def _numbers(logs, where):
    if not isinstance(logs, dict):
        raise ValueError(f"{where}: expected a dict of values, got {type(logs).__name__}")
    flat = {}
    for name, value in logs.items():
        flat.update(value if isinstance(value, dict) else {name: value})
    return {name: float(np.mean(np.asarray(_record.plain(value)))) for name, value in flat.items()}


def _list_of(model, callbacks, verbose, **more):
    if isinstance(callbacks, CallbackList):
        return callbacks
    given = [] if callbacks is None else list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    return CallbackList(given, add_progbar=verbose != 0, model=model, verbose=verbose, **more)


def _refuse_native(hooks):
    for callback in hooks.callbacks:
        if hasattr(callback, "_native"):
            raise NotImplementedError(f"{type(callback).__name__} beside a training step of one's own is not in Cornu")


def fit(model, given, verbose):
    """model.fit by its train_step."""
    if model.optimizer is None:
        raise ValueError("You must call `compile()` before calling `fit()`.")
    source = Source(given["x"], given["y"], given["sample_weight"], given["batch_size"], given["steps_per_epoch"],
                     bool(given["shuffle"]), _random.next_seed())
    if given["class_weight"] is not None:
        _weigh_classes(source, given["class_weight"])
    check = _validation(source, given)
    hooks = _list_of(model, given["callbacks"], verbose, add_history=True, epochs=given["epochs"], steps=source.length)
    _refuse_native(hooks)
    model._validates, model.stop_training, logs = check is not None, False, {}
    hooks.on_train_begin()
    for epoch in range(given["initial_epoch"], given["epochs"]):
        model._reset_steps()
        hooks.on_epoch_begin(epoch)
        logs = _epoch(model, hooks, source, given["epochs"])
        if logs is None:
            raise ValueError("the generator gave no batches")
        if check is not None and (epoch + 1) % given["validation_freq"] == 0:
            found = evaluate(model, check, hooks)
            logs.update({f"val_{name}": value for name, value in found.items()})
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    hooks.on_train_end(logs)
    return model.history


def _epoch(model, hooks, source, epochs):
    logs, progress = None, hooks._progress
    for step, data in enumerate(source.epoch()):
        hooks.on_train_batch_begin(step)
        logs = _numbers(model.train_step(data), f"{type(model).__name__}.train_step")
        hooks.on_train_batch_end(step, logs)
        if progress:
            progress.draw(step + 1, logs)
        if model.stop_training:
            break
    return logs


def _weigh_classes(source, weights):
    if source.given is not None or source.parts[1] is None:
        raise NotImplementedError("class_weight with batches and a training step of one's own is not in Cornu")
    x, y, weight = source.parts
    classes = np.argmax(y, axis=-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(-1).astype(int)
    of_classes = np.array([float(weights.get(int(one), 1.0)) for one in classes], np.float32)
    source.parts = (x, y, of_classes if weight is None else of_classes * weight)


def _validation(source, given):
    data = given["validation_data"]
    if data is None:
        return source.split(given["validation_split"]) if given["validation_split"] else None
    batch = given["validation_batch_size"] or given["batch_size"]
    if is_batched(data):
        return Source(data, None, None, None, given["validation_steps"], False, None)
    x, y, weight = unpack(data) if isinstance(data, (tuple, list)) else (data, None, None)
    return Source(x, y, weight, batch, given["validation_steps"], False, None)


def source_of(x, y=None, weight=None, batch_size=None, steps=None):
    return Source(x, y, weight, batch_size, steps, False, None)


def evaluate(model, source, hooks):
    """{name: value} by the model's test_step."""
    model._reset_steps()
    logs = {}
    hooks.on_test_begin()
    for step, data in enumerate(source.epoch()):
        hooks.on_test_batch_begin(step)
        logs = _numbers(model.test_step(data), f"{type(model).__name__}.test_step")
        hooks.on_test_batch_end(step, logs)
    hooks.on_test_end(logs)
    return logs


def predict(model, source, hooks):
    """What predict_step gives for all batches, one after the other."""
    parts = []
    hooks.on_predict_begin()
    for step, data in enumerate(source.epoch()):
        hooks.on_predict_batch_begin(step)
        parts.append(model.predict_step(data))
        hooks.on_predict_batch_end(step)
    hooks.on_predict_end()
    if not parts:
        raise ValueError("predict: there is no data")
    return _joined(parts)


def _joined(parts):
    if isinstance(parts[0], dict):
        return {key: _joined([one[key] for one in parts]) for key in parts[0]}
    if isinstance(parts[0], (list, tuple)):
        return [_joined(list(column)) for column in zip(*parts)]
    return np.concatenate([np.asarray(_record.plain(one)) for one in parts])
