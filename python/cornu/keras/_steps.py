"""Training in Python, batch by batch: of classes with a train_step() and the like of their own, and of models that have weights or
losses that Cornu's fit does not know. The steps, the order of the hooks and the logs are those of Keras's trainer."""

import math

import numpy as np

from . import _functions, _own_parts, _random, _record, losses, metrics as metrics_module
from ._data import is_batched
from ._tape import GradientTape
from ._tensor import as_array, tensor
from .callbacks import CallbackList

OF_TRAINING = ("train_step", "compute_loss", "compute_metrics")
OF_TESTING = ("test_step", "compute_loss", "compute_metrics")


def defines(model, names):
    return _functions.defines(type(model), names)


# ---- data

def pack(x, y=None, sample_weight=None):
    """The parts of a batch as Keras gives them to train_step."""
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack(data):
    if isinstance(data, list):
        data = tuple(data)
    return (*data, None, None)[:3] if isinstance(data, tuple) else (data, None, None)


def _mapped(function, value):
    if isinstance(value, dict):
        return {key: _mapped(function, one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(function, one) for one in value)
    return None if value is None else function(value)


def _whole(value):
    """The arrays in what fit was given; a list of numbers is an array, too."""
    if isinstance(value, (list, tuple)) and not (len(value) and hasattr(value[0], "shape")):
        return as_array(value)
    return _mapped(as_array, value)


def _first(value):
    while isinstance(value, (list, tuple, dict)):
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value


def _batch_tensor(value):
    value = tensor(np.asarray(_record.plain(value)))
    return value.astype(np.float32) if value.dtype == np.float64 else value


class _Source:
    """The batches of an epoch: of arrays, in another order each time, or what a data set or a generator gives."""

    def __init__(self, x, y, weight, batch_size, steps, shuffle, seed):
        self.steps, self.given = steps, None
        if is_batched(x):
            self.given, self.iterator = x, None
            try:
                self.length = steps or len(x)
            except TypeError:
                self.length = steps
            return
        self.parts = tuple(None if one is None else _whole(one) for one in (x, y, weight))
        self.samples = len(_first(self.parts[0]))
        for name, part in zip(("y", "sample_weight"), self.parts[1:]):
            if part is not None and len(_first(part)) != self.samples:
                raise ValueError(f"Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. "
                                 f"x has {self.samples}, {name} has {len(_first(part))}")
        self.batch = int(batch_size or (math.ceil(self.samples / steps) if steps else 32))
        self.random = np.random.default_rng(seed) if shuffle else None
        self.length = min(steps or math.inf, math.ceil(self.samples / self.batch))

    def split(self, share):
        """The last share of the arrays, as another source."""
        if self.given is not None:
            raise ValueError("`validation_split` is only supported for arrays")
        at = math.floor(self.samples * (1.0 - share))
        checked = tuple(_mapped(lambda one: one[at:], part) for part in self.parts)
        self.parts = tuple(_mapped(lambda one: one[:at], part) for part in self.parts)
        self.samples, self.length = at, math.ceil(at / self.batch)
        return _Source(*checked, self.batch, None, False, None)

    def epoch(self):
        if self.given is not None:
            yield from self._given_batches()
            return
        order = np.arange(self.samples) if self.random is None else self.random.permutation(self.samples)
        for start in range(0, self.length * self.batch, self.batch):
            rows = order[start:start + self.batch]
            yield pack(*_mapped(lambda one: _batch_tensor(one[rows]), self.parts))

    def _given_batches(self):
        source, taken = self.given, 0
        indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__") and not hasattr(source, "__next__")
        while self.steps is None or taken < self.steps:
            if self.iterator is None:
                self.iterator = (source[i] for i in range(len(source))) if indexed else iter(source)
                fresh = True
            batch = next(self.iterator, None)
            if batch is None:
                self.iterator = None
                if fresh or self.steps is None or hasattr(source, "__next__"):
                    break
                continue
            taken, fresh = taken + 1, False
            yield _mapped(_batch_tensor, batch)
        if hasattr(source, "on_epoch_end"):
            source.on_epoch_end()
        if self.steps is None:
            self.iterator = None


# ---- losses and metrics by themselves

def _loss_function(loss):
    if isinstance(loss, str):
        found = getattr(losses, loss, None)
        if found is None:
            losses.get(loss)  # says which there are
            raise ValueError(f"unknown loss {loss!r}")
        return found
    loss = losses.get(loss)
    return loss() if isinstance(loss, type) else loss


def _value_of(loss, y, y_pred, weight):
    function = _loss_function(loss)
    if isinstance(function, losses.LossFunction):
        from ._values import loss_value

        return loss_value(function._notation(), y, y_pred, weight, **function._of._traits())
    return _functions.loss_of(function, y, y_pred, weight)


def _each(value, names):
    """What belongs to each output, of a list, a dict, or one for all."""
    if isinstance(value, dict) and "class_name" not in value:
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value] * len(names)


def _outputs(model, y_pred):
    if isinstance(y_pred, dict):
        return list(y_pred), list(y_pred.values())
    if isinstance(y_pred, (list, tuple)):
        names = model.output_names if model._several() else [f"output_{i}" for i in range(len(y_pred))]
        return names, list(y_pred)
    return ["output"], [y_pred]


def compiled_loss(model, y, y_pred, weight):
    """The loss of compile, with its weights of outputs; None without one."""
    if model.loss is None:
        return None
    names, predictions = _outputs(model, y_pred)
    several = len(predictions) > 1
    targets = _each(y, names) if several else [_first(y) if isinstance(y, (list, tuple, dict)) else y]
    weights, scales = _each(weight, names), _each(getattr(model, "_loss_scales", None), names)
    given = _each(model.loss, names) if several or isinstance(model.loss, (list, tuple)) else [model.loss]
    total = None
    for loss, true, pred, one, scale in zip(given, targets, predictions, weights, scales):
        if loss is None:
            continue
        value = _value_of(loss, true, pred, one)
        value = value if scale is None else value * float(scale)
        total = value if total is None else total + value
    return total


_BY_TARGETS = {"accuracy": ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy"),
               "crossentropy": ("BinaryCrossentropy", "SparseCategoricalCrossentropy", "CategoricalCrossentropy")}
_SHORT = {"acc": "accuracy", "ce": "crossentropy"}


def _metric(item, y, y_pred):
    """A metric object for what compile was given; "accuracy" goes by the shapes."""
    given = metrics_module.get(item)
    if isinstance(given, str):
        kinds = _BY_TARGETS.get(_SHORT.get(given, given))
        if kinds:
            last, true = np.shape(y_pred)[-1:], np.shape(y)
            sparse = len(true) < len(np.shape(y_pred)) or true[-1:] != last
            return getattr(metrics_module, kinds[0 if last == (1,) else 1 if sparse else 2])(name=given)
        for value in vars(metrics_module).values():
            if isinstance(value, type) and issubclass(value, metrics_module.Metric) and value._word == given:
                return value(name=given)
        return metrics_module.MeanMetricWrapper(given, given)
    if isinstance(given, losses.LossFunction):
        return metrics_module.MeanMetricWrapper(given, given.name)
    return _functions.as_metric(given)


class CompiledMetrics:
    """The metrics of compile, which are made when the first targets are seen."""

    name = "compile_metrics"

    def __init__(self, model, given, weighted):
        self.model, self.given, self.weighted, self.made = model, given, weighted, None

    def _make(self, y, y_pred):
        names, predictions = _outputs(self.model, y_pred)
        targets = _each(y, names) if len(names) > 1 else [_first(y) if isinstance(y, (list, tuple, dict)) else y]
        self.made = []
        for place, (true, pred) in enumerate(zip(targets, predictions)):
            for with_weights, given in ((False, self.given), (True, self.weighted)):
                items = _each(given, names)[place] if isinstance(given, dict) or len(names) > 1 else given
                for item in items if isinstance(items, (list, tuple)) else [items]:
                    if item is not None:
                        self.made.append((place, with_weights, _metric(item, true, pred)))

    @property
    def metrics(self):
        return [metric for _, _, metric in self.made or []]

    def update_state(self, y, y_pred, sample_weight=None):
        if y is None:
            return
        with _record.paused():
            if self.made is None:
                self._make(y, y_pred)
            names, predictions = _outputs(self.model, y_pred)
            targets = _each(y, names) if len(names) > 1 else [_first(y) if isinstance(y, (list, tuple, dict)) else y]
            for place, with_weights, metric in self.made:
                true, pred = targets[place], predictions[place]
                if with_weights and sample_weight is not None:
                    metric.update_state(true, pred, sample_weight=sample_weight)
                else:
                    metric.update_state(true, pred)

    def reset_state(self):
        for metric in self.metrics:
            metric.reset_state()

    def result(self):
        return {metric.name: metric.result() for metric in self.metrics}


def own_metrics(model):
    """Metric objects among the model's attributes, as Keras tracks them."""
    found = []
    for name, value in vars(model).items():
        for one in value if isinstance(value, (list, tuple)) else value.values() if isinstance(value, dict) else [value]:
            if isinstance(one, metrics_module.Metric) and name != "_loss_mean" and one not in found:
                found.append(one)
    return found


def results(found):
    """{name: number} of metrics; one whose result is a dict has several."""
    logs = {}
    for metric in found:
        value = metric.result()
        logs.update(value if isinstance(value, dict) else {metric.name: value})
    return logs


def _numbers(logs, where):
    if not isinstance(logs, dict):
        raise ValueError(f"{where}: expected a dict of values, got {type(logs).__name__}")
    flat = {}
    for name, value in logs.items():
        flat.update(value if isinstance(value, dict) else {name: value})
    return {name: float(np.mean(np.asarray(_record.plain(value)))) for name, value in flat.items()}


class Steps:
    """What a model's class may override, as Keras's trainer has it."""

    _loss_mean = None
    compiled_metrics = None

    def train_step(self, data):
        x, y, weight = unpack(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight)
        self._track(loss, x)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        _own_parts.constrain(self.layers)
        return self.compute_metrics(x, y, y_pred, weight)

    def test_step(self, data):
        x, y, weight = unpack(data)
        y_pred = self(x, training=False)
        self._track(self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight), x)
        return self.compute_metrics(x, y, y_pred, weight)

    def predict_step(self, data):
        return self(unpack(data)[0], training=False)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        parts = [compiled_loss(self, y, y_pred, sample_weight)] if y is not None else []
        parts = [one for one in [*parts, *self.losses] if one is not None]
        if not parts:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")
        total = parts[0]
        for one in parts[1:]:
            total = total + one
        return total

    def compiled_loss(self, y, y_pred, sample_weight=None, regularization_losses=()):
        """Keras 2's name."""
        total = compiled_loss(self, y, y_pred, sample_weight)
        for one in regularization_losses:
            total = total + one
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if self.compiled_metrics is not None:
            self.compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        return results(self.metrics)

    def _track(self, loss, x):
        """The mean over all samples: the last batch may be smaller."""
        if self._loss_mean is None:
            self._loss_mean = metrics_module.Mean(name="loss")
        with _record.paused():
            self._loss_mean.update_state(np.asarray(_record.plain(loss)), sample_weight=len(_first(x)))

    @property
    def metrics(self):
        compiled = [] if self.compiled_metrics is None else [self.compiled_metrics]
        if self._loss_mean is None and (self.loss is not None or not own_metrics(self)):
            self._loss_mean = metrics_module.Mean(name="loss")
        first = [] if self._loss_mean is None else [self._loss_mean]
        return [*first, *own_metrics(self), *compiled]

    def _reset_steps(self):
        for metric in self.metrics:
            metric.reset_state()


# ---- the loops

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
    source = _Source(given["x"], given["y"], given["sample_weight"], given["batch_size"], given["steps_per_epoch"],
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
        return _Source(data, None, None, None, given["validation_steps"], False, None)
    x, y, weight = unpack(data) if isinstance(data, (tuple, list)) else (data, None, None)
    return _Source(x, y, weight, batch, given["validation_steps"], False, None)


def source_of(x, y=None, weight=None, batch_size=None, steps=None):
    return _Source(x, y, weight, batch_size, steps, False, None)


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
