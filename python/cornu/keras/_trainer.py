"""compile, fit, evaluate, predict of a Model: arguments in Keras's form to Cornu's core, hooks in Keras's order."""

import math

import numpy as np

from . import _functions, _steps, losses, metrics as metrics_module, optimizers
from ._data import Batches, first_rows, is_batched, rows, unpack, weights_of_samples
from ._described import notation
from ._tensor import as_array
from ._variables import InTrace
from .callbacks import CallbackList


def _names(value, what):
    """metrics= as lists of notations, the names that their values will have, and the notebook's own metrics."""
    if value is None:
        return [], [], []
    if isinstance(value, dict):
        if len(value) != 1:
            raise NotImplementedError(f"{what}: models with several outputs are not in Cornu")
        value = next(iter(value.values()))
    if isinstance(value, (str, dict)) or not isinstance(value, (list, tuple)):
        value = [value]
    value = [item for inner in value for item in (inner if isinstance(inner, (list, tuple)) else [inner])]
    items = [metrics_module.get(item) for item in value if item is not None]
    items = [_functions.as_metric(item) if _functions.is_function(item) else item for item in items]
    names = [item if isinstance(item, str) else _functions.name_of(item) for item in items]
    own = [item for item in items if _functions.is_function(item)]
    texts = [item if isinstance(item, str) else notation(item) for item in items if not _functions.is_function(item)]
    return texts, names, own


_OWN = "mean_squared_error"  # stands in the place of a loss that is a function, until that is set


def _single_loss(loss):
    if isinstance(loss, (list, tuple, dict)) and not (isinstance(loss, dict) and "class_name" in loss):
        items = list(loss.values()) if isinstance(loss, dict) else list(loss)
        if len(items) != 1:
            raise NotImplementedError("loss: models with several outputs are not in Cornu")
        loss = items[0]
    return loss


def _loss_text(loss):
    loss = losses.get(_single_loss(loss))
    if _functions.is_function(loss):
        return _OWN
    return loss if loss is None or isinstance(loss, str) else notation(loss)


def _each_output(value, names):
    """(output, item) of what compile was given for several outputs, or for one."""
    if value is None:
        return []
    if isinstance(value, dict) and "class_name" not in value:
        return [(names.index(name), item) for name, item in value.items() if name in names]
    if isinstance(value, (list, tuple)) and len(names) > 1:
        return list(enumerate(value))
    if len(names) == 1:
        return [(0, value)]
    return [(i, value) for i in range(len(names))]


def _functions_of(loss, metrics, weighted, names):
    """The losses and metrics that are the notebook's own."""
    own_losses = {}
    for output, item in _each_output(loss, names):
        item = losses.get(_single_loss(item))
        if _functions.is_function(item):
            own_losses[output] = item() if isinstance(item, type) else item
    own_metrics = [(output, metric, with_weights) for with_weights, given in ((False, metrics), (True, weighted))
                   for output, items in _each_output(given, names) for metric in _names(items, "metrics")[2]]
    return _functions.Functions(own_losses, sorted(own_metrics, key=lambda one: one[0]))


def _check_loss_weights(weights):
    """Of a single loss a weight of one says nothing."""
    values = list(weights.values()) if isinstance(weights, dict) else weights
    values = values if isinstance(values, (list, tuple)) else [] if values is None else [values]
    if any(isinstance(value, str) for value in values):
        raise ValueError(f"compile: loss_weights = {weights!r}, expected numbers; it is the third argument, so give metrics "
                         "by name: metrics=[...]")
    if any(value != 1 for value in values):
        raise NotImplementedError("compile: loss_weights is not in Cornu")


def _metric_list(value):
    texts = _names(value, "metrics")[0]
    return "[" + ", ".join(texts) + "]" if texts else "none"


def _by_output(value, text):
    """A list or a map by the outputs, in the notation; one for all stands for each."""
    if value is None:
        return None
    if isinstance(value, dict) and "class_name" not in value:
        return "{" + ", ".join(f"{notation(name)}: {text(item) or 'none'}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(item) or "none" for item in value) + "]"
    return text(value)


def _split_logs(logs):
    return {name[4:]: value for name, value in logs.items() if name.startswith("val_")}


class Trainer(_steps.Steps):
    optimizer = None
    stop_training = False
    history = None
    _compiled = None
    _validates = False
    _functions = None  # losses and metrics that are the notebook's own
    _metric_words = {}  # Cornu's word for a metric by its name in the logs

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None,
                run_eagerly=False, steps_per_execution=1, jit_compile="auto", auto_scale_loss=True, **kwargs):
        if kwargs:
            raise TypeError(f"compile() got unexpected arguments: {', '.join(kwargs)}")
        optimizer = optimizers.get(optimizer)
        self._loss_scales, self._loss_mean = loss_weights, None
        self.compiled_metrics = _steps.CompiledMetrics(self, metrics, weighted_metrics) if metrics or weighted_metrics else None
        if self._untraced() or self._eager_graph:  # how many outputs it has shows with the first data
            self._compile_later = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics,
                                   "weighted_metrics": weighted_metrics}
            self.optimizer, self.loss, self._metric_order = optimizer, loss, []
            self._compiled = (optimizer, loss, None, None, None)
            return
        if self._several() and len(self._outputs) > 1:
            texts = (_by_output(loss, _loss_text), _by_output(metrics, _metric_list),
                     _by_output(weighted_metrics, _metric_list),
                     None if loss_weights is None else notation(loss_weights))
            names = []
        else:
            _check_loss_weights(loss_weights)
            plain, plain_names, own = _names(metrics, "metrics")
            weighted, weighted_names, own_weighted = _names(weighted_metrics, "weighted_metrics")
            texts = (_loss_text(loss), ", ".join(plain) or None, ", ".join(weighted) or None, None)
            names = plain_names + weighted_names
            own = [_functions.name_of(one) for one in own + own_weighted]
        self._functions = _functions_of(loss, metrics, weighted_metrics, self.output_names if self._several() else ["output"])
        self._metric_words = dict(zip((name for name in names if name not in own), (
            text.partition("(")[0] for text in plain + weighted))) if names else {}
        self._set_compiled(optimizer, texts, names, loss)

    def _set_compiled(self, optimizer, texts, names, loss):
        self._stash_weights()
        self.optimizer, self.loss = optimizer, loss
        self._metric_order = [name for name in names if isinstance(name, str)]
        self._compiled = (optimizer, *texts)
        self._rate_at_compile = optimizer._rate
        optimizer._core = None
        if self._known_shape():
            self._ensure_core()

    def _compile_core(self, core):
        if self._compiled is None or self._compiled[1] is None:
            return
        optimizer, *texts = self._compiled
        if self._functions and not self._functions.shapes:  # until the first targets are seen
            return
        optimizer._compile = lambda: self._compile_with(core, optimizer, texts)
        optimizer._compile()
        optimizer._core = core

    def _compile_with(self, core, optimizer, texts):
        functions = self._functions
        if not functions:
            return core.compile(notation(optimizer), *texts)
        single = 0 in functions.losses and not self._several()
        if single and functions.shapes and math.prod(functions.shapes[0]) == math.prod(core.output_shape()[:-1]):
            # labels: "accuracy" means what it does for them
            texts = ["sparse_categorical_crossentropy" if core.output_shape()[-1] > 1 else _OWN, *texts[1:]]
        core.compile(notation(optimizer), *texts)
        core.set_functions([(output, _functions.name_of(loss), math.prod(functions.shapes[output]))
                            for output, loss in functions.losses.items()],
                           [(output, _functions.name_of(metric), weighted) for output, metric, weighted in functions.metrics])

    def _know_targets(self, y):
        """The shapes of targets say how many numbers the notebook's own losses have of each."""
        functions = self._functions
        if not functions or y is None:
            return
        shapes = {i: tuple(one.shape[1:]) for i, one in enumerate(y if isinstance(y, tuple) else (y,)) if one is not None}
        if shapes == functions.shapes and self.optimizer._core is self._core:
            return
        first = not functions.shapes or self.optimizer._core is not self._core
        before, functions.shapes = functions.shapes, shapes
        if first:
            self._compile_core(self._core)
        elif any(math.prod(before[i]) != math.prod(shapes[i]) for i in shapes if i in functions.losses):
            raise ValueError(f"targets of shape {shapes[0]} a sample, and of {before[0]} before: compile the model anew")

    @property
    def metrics_names(self):
        return ["loss", *self._metric_order] if self._compiled else []

    @property
    def compiled(self):
        return self._compiled is not None

    def _check_compiled(self, what):
        if self._compiled is None:
            raise ValueError("You must call `compile()` before using the model.")
        if self._compiled[1] is None:
            raise ValueError(f"No loss to compute: {what} needs a model that was compiled with a loss.")

    # ---- fit

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
            validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0, steps_per_epoch=None,
            validation_steps=None, validation_batch_size=None, validation_freq=1):
        if not isinstance(epochs, (int, np.integer)) or epochs < 0:
            raise ValueError(f"epochs = {epochs!r}, expected an integer of 0 or more")
        if isinstance(validation_freq, (list, tuple)):
            raise NotImplementedError("fit: a list as validation_freq is not in Cornu")
        given = {name: value for name, value in locals().items() if name != "self"}
        if _steps.defines(self, _steps.OF_TRAINING):
            return _steps.fit(self, given, 1 if verbose == "auto" else int(verbose))
        self._check_compiled("fit")
        try:
            return self._fit(**given)
        except InTrace:  # before the first step
            if not self._is_eager():
                raise
        return _steps.fit(self, given, 1 if verbose == "auto" else int(verbose))

    def _fit(self, x, y, batch_size, epochs, verbose, callbacks, validation_split, validation_data, shuffle, class_weight,
             sample_weight, initial_epoch, steps_per_epoch, validation_steps, validation_batch_size, validation_freq):
        run = _Fit(self, 1 if verbose == "auto" else int(verbose), callbacks, epochs, initial_epoch)
        run.options(validation_split=validation_split or 0.0, validation_freq=validation_freq, shuffle=bool(shuffle),
                    reshuffle=bool(shuffle) and self._reshuffles(), class_weight=_class_weight(class_weight))
        run.validation(validation_data, validation_steps, validation_batch_size)
        run.settings["steps_per_epoch"] = steps_per_epoch or 0
        if is_batched(x):
            return run.batches(x, y, steps_per_epoch)
        return run.arrays(x, y, batch_size, sample_weight)

    # ---- evaluate, predict

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None,
                 return_dict=False, tta=1, **kwargs):
        """tta: Cornu's own, test-time augmentation; as for predict."""
        _check_views(tta, is_batched(x))
        if not _steps.defines(self, _steps.OF_TESTING):
            self._check_compiled("evaluate")
            try:
                return self._evaluate_whole(x, y, batch_size, verbose, sample_weight, steps, callbacks, return_dict, tta)
            except InTrace:
                if not self._is_eager():
                    raise
        source = _steps.source_of(x, y, sample_weight, batch_size, steps)
        logs = _steps.evaluate(self, source, self._list_of(callbacks, verbose, None, source.length))
        return logs if return_dict else next(iter(logs.values())) if len(logs) == 1 else list(logs.values())

    def _evaluate_whole(self, x, y, batch_size, verbose, sample_weight, steps, callbacks, return_dict, tta):
        x, y, sample_weight, batch_size = _whole(self, x, y, sample_weight, batch_size, steps)
        x = self._fitting(x)
        batch = min(batch_size or 32, max(rows(x), 1))
        hooks = self._list_of(callbacks, verbose, None, math.ceil(rows(x) / batch))
        hooks.on_test_begin()
        logs = self._evaluate(x, y, sample_weight, batch, tta)
        if hooks.wants("on_test_batch_begin", "on_test_batch_end"):
            for step in range(math.ceil(rows(x) / batch)):
                hooks.on_test_batch_begin(step)
                hooks.on_test_batch_end(step, dict(logs))
        hooks.on_test_end(logs)
        return logs if return_dict else self._in_order(logs)

    def _evaluate(self, x, y, weight, batch, tta=1):
        self._borrow_weights()
        y = self._targets(y)
        return self._core.evaluate(x, y, batch_size=batch, sample_weight=weight, tta=int(tta),
                                   functions=self._functions or None)

    def _in_order(self, logs):
        names = [name for name in ("loss", *self._metric_order) if name in logs]
        if self._several():
            names += [f"{name}_loss" for name in self.output_names if f"{name}_loss" in logs]
        names += [name for name in logs if name not in names]
        values = [logs[name] for name in names]
        return values[0] if len(values) == 1 else values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, tta=1, **kwargs):
        """tta: Cornu's own, the mean over an image as it is and tta - 1 views that the model's layers of augmentation make."""
        _check_views(tta, is_batched(x))
        if not _steps.defines(self, ("predict_step",)):
            try:
                return self._predict_whole(x, batch_size, verbose, steps, callbacks, tta)
            except InTrace:
                if not self._is_eager():
                    raise
        source = _steps.source_of(x, None, None, batch_size, steps)
        return _steps.predict(self, source, self._list_of(callbacks, verbose, None, source.length))

    def _predict_whole(self, x, batch_size, verbose, steps, callbacks, tta):
        if is_batched(x):
            source = Batches(x, self, steps)
            if source.peek() is None:  # builds the model
                raise ValueError("the generator gave no batches")
            steps = steps or source.length or 0
            hooks = self._list_of(callbacks, verbose, None, steps)
            hooks.on_predict_begin()
            out = self._predict_batches(source, steps)
        else:
            x, _, _, batch_size = _whole(self, x, None, None, batch_size, steps)
            x = self._fitting(x)
            steps = math.ceil(rows(x) / (batch_size or 32))
            hooks = self._list_of(callbacks, verbose, None, steps)
            hooks.on_predict_begin()
            out = self._predict(x, tta=tta)
        if hooks.wants("on_predict_batch_begin", "on_predict_batch_end"):
            for step in range(steps):
                hooks.on_predict_batch_begin(step)
                hooks.on_predict_batch_end(step)
        hooks.on_predict_end()
        return out

    def _predict_batches(self, source, steps):
        """The inputs are fetched batch by batch."""
        self._borrow_weights()
        out = self._core.predict(None, generator=source, steps=steps)
        return [np.asarray(one) for one in out] if isinstance(out, list) else np.asarray(out)

    def _predict(self, x, training=False, tta=1):
        """training: dropout drops, and batch normalization goes by these samples, which its averages take in."""
        self._borrow_weights()
        out = self._core.predict(x, training=training, tta=int(tta))
        if training:
            self._return_weights()
        return [np.asarray(one) for one in out] if isinstance(out, list) else np.asarray(out)

    def _list_of(self, callbacks, verbose, epochs, steps):
        verbose = 1 if verbose == "auto" else int(verbose)
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(callbacks, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=epochs, steps=steps)

    # ---- one batch

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        self._check_compiled("train_on_batch")
        x, y = self._fitting(self._arrays(x, "x")), self._targets(self._arrays(y, "y"))
        self._borrow_weights()
        weight = None if sample_weight is None else as_array(sample_weight)
        logs = self._core.fit(x, y, batch_size=rows(x), shuffle=False, sample_weight=weight,
                              class_weight=_class_weight(class_weight), goes_on=True, functions=self._functions or None)
        self._return_weights()
        logs = self._running({name: values[0] for name, values in logs.items()}, rows(x))
        return logs if return_dict else self._in_order(logs)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        self._check_compiled("test_on_batch")
        x = self._fitting(self._arrays(x, "x"))
        weight = None if sample_weight is None else as_array(sample_weight)
        logs = self._running(self._evaluate(x, self._arrays(y, "y"), weight, rows(x)), rows(x))
        return logs if return_dict else self._in_order(logs)

    def predict_on_batch(self, x):
        return self._predict(self._fitting(self._arrays(x, "x")))

    _seen = None

    def _running(self, logs, samples):
        """Keras's values of a batch are means since reset_metrics."""
        sums, total = self._seen or ({}, 0)
        sums = {name: sums.get(name, 0.0) + value * samples for name, value in logs.items()}
        self._seen = (sums, total + samples)
        return {name: value / (total + samples) for name, value in sums.items()}

    def reset_metrics(self):
        self._seen = None
        self._reset_steps()


def _check_views(tta, batched):
    if not isinstance(tta, (int, np.integer)) or tta < 1:
        raise ValueError(f"tta = {tta!r}, expected a whole number of 1 or more: how many views the mean is over")
    if tta > 1 and batched:
        raise NotImplementedError(f"tta = {tta} with a generator is not in Cornu; give arrays")


def _class_weight(weights):
    return None if weights is None else notation({int(key): float(value) for key, value in weights.items()})


def _whole(model, x, y, weight, batch_size, steps):
    """All samples as arrays; a generator is read to its end, or for `steps` batches."""
    if is_batched(x):
        given = Batches(x, model, steps).whole()
        if given is None:
            raise ValueError("the generator gave no batches")
        x, y, weight, sizes = given
        return x, y, weight, sizes[0]
    x = model._arrays(x, "x")
    y = None if y is None else model._arrays(y, "y")
    weight = weights_of_samples(model, weight)
    if steps is not None:
        last = steps * (batch_size or 32)
        x, y, weight = (None if one is None else first_rows(one, last) for one in (x, y, weight))
    return x, y, weight, batch_size


class _Fit:
    """One call of fit."""

    def __init__(self, model, verbose, callbacks, epochs, initial_epoch):
        self.model, self.verbose = model, verbose
        self.given, self.epochs, self.initial_epoch = callbacks, int(epochs), int(initial_epoch)
        self.settings, self.check, self.check_batches = {"steps_per_epoch": 0, "validation_steps": 0}, None, None

    def options(self, **settings):
        self.settings.update(settings)

    def validation(self, data, steps, batch_size):
        self.validation_batch, self.check, self.check_batches = batch_size, None, None
        self.settings["validation_steps"] = steps or 0
        if data is None:
            return
        if is_batched(data):
            self.check_batches = Batches(data, self.model, steps)
            return
        x, y, weight = unpack(data)
        x, y, weight, _ = _whole(self.model, x, y, weight, batch_size, None)
        self.check = (self.model._fitting(x), self.model._targets(y), weight)

    # ---- the callbacks

    def begin(self, steps):
        model = self.model
        model._validates = bool(self.check or self.check_batches or self.settings["validation_split"])
        self.hooks = self._callback_list(steps)
        self.progress = self.hooks._progress
        native = [c._native for c in self.hooks.callbacks if hasattr(c, "_native")]
        if native:
            from ._described import call

            self.settings["callbacks"] = ", ".join(call(*item) for item in native)
        self.own_validation = bool(self.check or self.check_batches) and self.hooks.wants(
            "on_test_begin", "on_test_batch_begin", "on_test_batch_end")
        model.stop_training = False
        model._borrow_weights()
        for callback in self.hooks.callbacks:
            if hasattr(callback, "restore"):
                first = callback.restore(model)
                self.initial_epoch = self.initial_epoch if first is None else first

    def _callback_list(self, steps):
        if isinstance(self.given, CallbackList):
            return self.given
        return CallbackList(_as_list(self.given), add_history=True, add_progbar=self.verbose != 0, model=self.model,
                            verbose=self.verbose, epochs=self.epochs, steps=steps)

    def _train_begin(self, _=0):
        self.hooks.on_train_begin()
        return False

    def end(self, logs):
        self.model._return_weights()
        self.hooks.on_train_end(logs)
        return self.model.history

    def _epoch_begin(self, epoch):
        self.hooks.on_epoch_begin(epoch)
        return self.model.stop_training

    def _batch_begin(self, batch):
        self.hooks.on_train_batch_begin(batch)
        return self.model.stop_training

    def _batch_end(self, batch, logs):
        self.hooks.on_train_batch_end(batch, logs)
        return self.model.stop_training

    def _epoch_end(self, epoch, logs):
        checked = _split_logs(logs)
        if checked:
            self.hooks.on_test_begin()
            self.hooks.on_test_end(checked)
        elif self.own_validation and (epoch + 1) % self.settings["validation_freq"] == 0:
            logs.update(self._validate())
        return self._end_of_epoch(epoch, logs)

    def _end_of_epoch(self, epoch, logs):
        self.logs = logs
        self.hooks.on_epoch_end(epoch, logs)
        return self.model.stop_training

    def _validate(self):
        """With the hooks around it, for callbacks that do something there."""
        steps = self.settings["validation_steps"] or None
        if self.check_batches is not None:
            given = self.check_batches.whole()
            if given is None and hasattr(self.check_batches, "rewind"):
                self.check_batches.rewind()
                given = self.check_batches.whole()
            if given is None:
                return {}
            x, y, weight, sizes = given
            self.validation_batch, steps = sizes[0], None
        else:
            x, y, weight = self.check
        checked = self.model.evaluate(x, y, batch_size=self.validation_batch or self.batch, sample_weight=weight, steps=steps,
                                      callbacks=self.hooks, return_dict=True, verbose=0)
        return {"val_" + name: value for name, value in checked.items()}

    def _draw(self, batch, logs):
        if self.progress:
            self.progress.draw(batch, logs)

    def _batch_hooks(self):
        wants = self.hooks.wants
        return {"batch_begin": self._batch_begin if wants("on_train_batch_begin", "on_batch_begin") else None,
                "batch_end": self._batch_end if wants("on_train_batch_end", "on_batch_end") else None,
                "progress": self._draw if self.verbose == 1 else None}

    def _validation_options(self):
        if self.own_validation:
            return {}
        if self.check_batches is not None:
            return {"validation_generator": self.check_batches}
        if self.check is None:
            return {}
        x, y, weight = self.check
        return {"validation_x": x, "validation_y": y, "validation_sample_weight": weight}

    # ---- data as arrays

    def arrays(self, x, y, batch_size, sample_weight):
        model = self.model
        if y is None:
            raise ValueError("fit: y is missing; expected targets, one a sample")
        x, y = model._fitting(model._arrays(x, "x")), model._targets(model._arrays(y, "y"))
        weight = weights_of_samples(model, sample_weight)
        if rows(x) != rows(y):
            raise ValueError(f"Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. "
                             f"x has {rows(x)}, y has {rows(y)}")
        split = self.settings["validation_split"] if self.check is None else 0.0
        samples = math.floor(rows(x) * (1.0 - split)) if split else rows(x)
        steps = self.settings["steps_per_epoch"]
        self.batch = min(int(batch_size or (math.ceil(samples / steps) if steps else 32)), max(samples, 1))
        self.sample = (first_rows(x, 1), first_rows(y, 1))
        self.begin(steps or math.ceil(samples / self.batch))
        self.logs = {}
        self._run(x, y, batch_size=self.batch, sample_weight=weight)
        return self.end(self.logs)

    def _run(self, x, y, **data):
        self.model._core.fit(x, y, epochs=self.epochs, initial_epoch=self.initial_epoch, train_begin=self._train_begin,
                             epoch_begin=self._epoch_begin, epoch_end=self._epoch_end,
                             functions=self.model._functions or None, **data, **self._batch_hooks(),
                             **self._validation_options(), **self.settings)

    # ---- data as batches

    def batches(self, x, y, steps):
        if y is not None:
            raise ValueError("`y` should not be passed when x gives batches: they hold the targets")
        if self.settings["validation_split"]:
            raise ValueError("`validation_split` is only supported for arrays")
        self.settings.update(shuffle=False, reshuffle=False, validation_split=0.0, steps_per_epoch=steps or 0)
        source = Batches(x, self.model, steps)
        first = source.peek()  # builds the model
        if first is None:
            raise ValueError("the generator gave no batches")
        if first[1] is None:
            raise ValueError("fit: the batches have no targets; expected (x, y) or (x, y, sample_weight)")
        self.batch, self.sample = rows(first[0]), (first_rows(first[0], 1), first_rows(first[1], 1))
        self.begin(steps or source.length)
        self.logs = {}
        self._run(None, None, generator=source)
        return self.end(self.logs)


def _as_list(callbacks):
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
