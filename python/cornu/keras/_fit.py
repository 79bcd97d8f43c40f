"""One call of fit in Cornu: its data, its hooks in Keras's order, and what comes back."""

import math

from ._callback import CallbackList
from ._data import Batches, first_rows, is_batched, rows, unpack, weights_of_samples
from ._described import notation


def _split_logs(logs):
    return {name[4:]: value for name, value in logs.items() if name.startswith("val_")}


def class_weights(weights):
    return None if weights is None else notation({int(key): float(value) for key, value in weights.items()})


def whole(model, x, y, weight, batch_size, steps):
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


class Fit:
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
        x, y, weight, _ = whole(self.model, x, y, weight, batch_size, None)
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
