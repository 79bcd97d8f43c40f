"""fit by Cornu with Keras's callbacks, in Keras's order."""

import math

import numpy as np

from ._data import rows
from ._fit import Fit
from ._twin import in_keras_order, root_of

# Keras's callbacks that read the logs and the learning rate alone
_READERS = frozenset("History ProgbarLogger CSVLogger TerminateOnNaN ReduceLROnPlateau LearningRateScheduler "
                     "RemoteMonitor".split())
_LIGHT = _READERS | {"EarlyStopping"}  # and the weights


class KerasFit(Fit):
    def _callback_list(self, steps):
        module = root_of(self.model.model).callbacks
        if isinstance(self.given, module.CallbackList):
            return self.given
        return module.CallbackList(self.given, add_history=True, add_progbar=self.verbose != 0, model=self.model.model,
                                   verbose=self.verbose, epochs=self.epochs, steps=steps)

    def begin(self, steps):
        twin = self.model
        self.hooks = self._callback_list(steps)
        self.users = [c for c in self.hooks.callbacks if type(c).__name__ not in ("History", "ProgbarLogger")
                      or not _of_keras(type(c))]
        self.progress = next((c for c in self.hooks.callbacks if type(c).__name__ == "ProgbarLogger"), None)
        kinds = {type(c).__name__ if _of_keras(type(c)) else "" for c in self.users}
        self.reads_weights = not kinds <= _READERS
        self.writes_weights = not kinds <= _LIGHT | {"ModelCheckpoint", "TensorBoard", "BackupAndRestore"}
        self.reads_state = not kinds <= _LIGHT
        self.own_validation = self.check is not None and self._wants("on_test_begin", "on_test_batch_begin",
                                                                     "on_test_batch_end")
        twin.stop_training = False
        if self.users:
            _name_metrics(twin.model, self.sample)
        twin._borrow_weights()

    def _wants(self, *names):
        return any(_overrides(c, name) for c in self.users for name in names)

    def _train_begin(self, _=0):
        self.hooks.on_train_begin()
        self._after_hook()
        return False

    def end(self, logs):
        self.model._return_weights()
        self.hooks.on_train_end(logs)
        return self.model.history

    def _before_hook(self):
        if self.reads_weights:
            self.shown = self.model.weights()
            self.model.model.set_weights(self.shown)
        if self.reads_state:
            self.model.state_back()

    def _after_hook(self):
        """What a hook may have changed comes over."""
        if not self.users:
            return
        rate = self.model.rate()
        if abs(rate - self.model._core.learning_rate) > 1e-12 * abs(rate):
            try:
                self.model._core.learning_rate = rate
            except ValueError:
                pass  # a schedule, which both follow
        if self.writes_weights and getattr(self, "shown", None) is not None:
            if any(not np.array_equal(a, b) for a, b in zip(self.shown, self.model.model.get_weights())):
                self.model.weights_over()

    def _hook(self, name, *args):
        if self.users:
            self._before_hook()
        getattr(self.hooks, name)(*args)
        self._after_hook()
        return self.model.stop_training

    def _epoch_begin(self, epoch):
        return self._hook("on_epoch_begin", epoch)

    def _user_hook(self, name, *args):
        self._before_hook()
        for callback in self.users:
            getattr(callback, name)(*args)
        self._after_hook()
        return self.model.stop_training

    def _batch_begin(self, batch):
        return self._user_hook("on_train_batch_begin", batch, {})

    def _batch_end(self, batch, logs):
        return self._user_hook("on_train_batch_end", batch, self._ordered(logs))

    def _epoch_end(self, epoch, logs):
        checked = {name[4:]: value for name, value in logs.items() if name.startswith("val_")}
        if checked and self._wants("on_test_end"):
            self.hooks.on_test_begin()
            self.hooks.on_test_end(checked)
        elif self.own_validation and (epoch + 1) % self.settings["validation_freq"] == 0:
            logs.update(self._validate())
        return self._end_of_epoch(epoch, logs)

    def _end_of_epoch(self, epoch, logs):
        self.logs = self._ordered(logs)
        return self._hook("on_epoch_end", epoch, self.logs)

    def _ordered(self, logs):
        """Keras 2 has the loss first, and the metrics as they were given."""
        return in_keras_order(self.model.model, logs)

    def _validate(self):
        x, y, weight = self.check
        self._hook("on_test_begin")
        for step in range(math.ceil(rows(x) / (self.validation_batch or self.batch))):
            for callback in self.users:
                callback.on_test_batch_begin(step, {})
        logs = self.model._core.evaluate(x, y, sample_weight=weight)
        for step in range(math.ceil(rows(x) / (self.validation_batch or self.batch))):
            for callback in self.users:
                callback.on_test_batch_end(step, dict(logs))
        self._hook("on_test_end", logs)
        return {"val_" + name: value for name, value in logs.items()}

    def _draw(self, batch, logs):
        if self.progress:
            self.progress.on_train_batch_end(batch - 1, self._ordered(logs))

    def _batch_hooks(self):
        return {"batch_begin": self._batch_begin if self._wants("on_train_batch_begin", "on_batch_begin") else None,
                "batch_end": self._batch_end if self._wants("on_train_batch_end", "on_batch_end") else None,
                "progress": self._draw if self.verbose == 1 else None}


def _name_metrics(model, sample):
    """EarlyStopping and the like ask the model for its metrics, which Keras 3 makes with the first batch."""
    made = getattr(model, "_compile_metrics", None)
    if made is not None and not made.built and hasattr(model, "_symbolic_build"):
        x, y = ((list(part) if isinstance(part, tuple) else part) for part in sample)
        model._symbolic_build(data_batch=(x, y))


def _of_keras(cls):
    return cls.__module__.partition(".")[0] in ("keras", "tf_keras")


def _overrides(callback, name):
    for cls in type(callback).__mro__:
        if name in vars(cls):
            return cls.__name__ != "Callback" or not _of_keras(cls)
    return name in vars(callback)
