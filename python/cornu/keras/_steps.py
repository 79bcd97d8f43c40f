"""What a model's class may override of its training, as Keras's trainer has it: train_step and the like, and the losses and metrics of
compile that they use."""

import numpy as np

from . import _functions, _own_parts, _record, losses, metrics as metrics_module
from ._step_data import first, unpack
from ._tape import GradientTape

OF_TRAINING = ("train_step", "compute_loss", "compute_metrics")
OF_TESTING = ("test_step", "compute_loss", "compute_metrics")


def defines(model, names):
    return _functions.defines(type(model), names)


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
    targets = _each(y, names) if several else [first(y) if isinstance(y, (list, tuple, dict)) else y]
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
        targets = _each(y, names) if len(names) > 1 else [first(y) if isinstance(y, (list, tuple, dict)) else y]
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
            targets = _each(y, names) if len(names) > 1 else [first(y) if isinstance(y, (list, tuple, dict)) else y]
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
            self._loss_mean.update_state(np.asarray(_record.plain(loss)), sample_weight=len(first(x)))

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
