"""compile, fit, evaluate, predict of a Model: arguments in Keras's form to Cornu's core."""

import math

import numpy as np

from . import _functions, _loops, _steps, optimizers
from ._callback import CallbackList
from ._compile import (OWN_LOSS, by_output, check_loss_weights, functions_of, loss_text, metric_list,
                       names_of)
from ._data import Batches, is_batched, rows
from ._described import notation
from ._fit import Fit, class_weights, whole
from ._tensor import as_array
from ._variables import InTrace


class Trainer(_steps.Steps):
    optimizer = None
    stop_training = False
    history = None
    _compiled = None
    _validates = False
    _convolution = "default"
    _functions = None  # losses and metrics that are the notebook's own
    _metric_words = {}  # Cornu's word for a metric by its name in the logs

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None,
                run_eagerly=False, steps_per_execution=1, jit_compile="auto", auto_scale_loss=True,
                convolution="default", **kwargs):
        """Keras's arguments, and Cornu's own convolution="fast": training computes 3 x 3 convolutions in larger tiles,
        faster and with more rounding."""
        if kwargs:
            raise TypeError(f"compile() got unexpected arguments: {', '.join(kwargs)}")
        if convolution not in ("default", "fast"):
            raise ValueError(f"convolution={convolution!r}, expected 'default' or 'fast'")
        self._convolution = convolution
        optimizer = optimizers.get(optimizer)
        self._loss_scales, self._loss_mean = loss_weights, None
        self.compiled_metrics = _steps.CompiledMetrics(self, metrics, weighted_metrics) if metrics or weighted_metrics else None
        if self._untraced() or self._eager_graph:  # how many outputs it has shows with the first data
            self._compile_later = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics,
                                   "weighted_metrics": weighted_metrics, "convolution": convolution}
            self.optimizer, self.loss, self._metric_order = optimizer, loss, []
            self._compiled = (optimizer, loss, None, None, None)
            return
        if self._several() and len(self._outputs) > 1:
            texts = (by_output(loss, loss_text), by_output(metrics, metric_list),
                     by_output(weighted_metrics, metric_list),
                     None if loss_weights is None else notation(loss_weights))
            names = []
        else:
            check_loss_weights(loss_weights)
            plain, plain_names, own = names_of(metrics, "metrics")
            weighted, weighted_names, own_weighted = names_of(weighted_metrics, "weighted_metrics")
            texts = (loss_text(loss), ", ".join(plain) or None, ", ".join(weighted) or None, None)
            names = plain_names + weighted_names
            own = [_functions.name_of(one) for one in own + own_weighted]
        self._functions = functions_of(loss, metrics, weighted_metrics, self.output_names if self._several() else ["output"])
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
            return core.compile(notation(optimizer), *texts, self._convolution)
        single = 0 in functions.losses and not self._several()
        if single and functions.shapes and math.prod(functions.shapes[0]) == math.prod(core.output_shape()[:-1]):
            # labels: "accuracy" means what it does for them
            texts = ["sparse_categorical_crossentropy" if core.output_shape()[-1] > 1 else OWN_LOSS, *texts[1:]]
        core.compile(notation(optimizer), *texts, self._convolution)
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
            return _loops.fit(self, given, 1 if verbose == "auto" else int(verbose))
        self._check_compiled("fit")
        try:
            return self._fit(**given)
        except InTrace:  # before the first step
            if not self._is_eager():
                raise
        return _loops.fit(self, given, 1 if verbose == "auto" else int(verbose))

    def _fit(self, x, y, batch_size, epochs, verbose, callbacks, validation_split, validation_data, shuffle, class_weight,
             sample_weight, initial_epoch, steps_per_epoch, validation_steps, validation_batch_size, validation_freq):
        run = Fit(self, 1 if verbose == "auto" else int(verbose), callbacks, epochs, initial_epoch)
        run.options(validation_split=validation_split or 0.0, validation_freq=validation_freq, shuffle=bool(shuffle),
                    reshuffle=bool(shuffle) and self._reshuffles(), class_weight=class_weights(class_weight))
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
        source = _loops.source_of(x, y, sample_weight, batch_size, steps)
        logs = _loops.evaluate(self, source, self._list_of(callbacks, verbose, None, source.length))
        return logs if return_dict else next(iter(logs.values())) if len(logs) == 1 else list(logs.values())

    def _evaluate_whole(self, x, y, batch_size, verbose, sample_weight, steps, callbacks, return_dict, tta):
        x, y, sample_weight, batch_size = whole(self, x, y, sample_weight, batch_size, steps)
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
        source = _loops.source_of(x, None, None, batch_size, steps)
        return _loops.predict(self, source, self._list_of(callbacks, verbose, None, source.length))

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
            x, _, _, batch_size = whole(self, x, None, None, batch_size, steps)
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
                              class_weight=class_weights(class_weight), goes_on=True, functions=self._functions or None)
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
