"""Callback, the list of a run's callbacks, and those of every run: History and the bar. Hooks of batches cost a call a batch only where
there are any."""

import time

from ._progress import Bar, number

EPOCH_HOOKS = ("on_epoch_begin", "on_epoch_end", "on_train_begin", "on_train_end")


class Callback:
    """`self.model` and `self.params` are set before training begins."""

    params = None
    _model = None

    @property
    def model(self):
        return self._model

    def set_params(self, params):
        self.params = params

    def set_model(self, model):
        self._model = model

    def on_batch_begin(self, batch, logs=None):
        pass

    def on_batch_end(self, batch, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_train_batch_begin(self, batch, logs=None):
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch, logs=None):
        pass

    def on_test_batch_end(self, batch, logs=None):
        pass

    def on_predict_batch_begin(self, batch, logs=None):
        pass

    def on_predict_batch_end(self, batch, logs=None):
        pass

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_test_begin(self, logs=None):
        pass

    def on_test_end(self, logs=None):
        pass

    def on_predict_begin(self, logs=None):
        pass

    def on_predict_end(self, logs=None):
        pass


def overrides(callback, *names):
    """Does its class have a hook of its own by one of these names?"""
    return any(getattr(type(callback), name, None) is not getattr(Callback, name) or name in vars(callback)
               for name in names)


class CallbackList(Callback):
    """Calls each hook of its callbacks in their order."""

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        self.callbacks = list(callbacks or [])
        for callback in self.callbacks:
            if not hasattr(callback, "on_epoch_end"):
                raise TypeError(f"callbacks: expected objects of keras.callbacks.Callback, got {callback!r}")
        self._history = next((c for c in self.callbacks if isinstance(c, History)), None)
        if self._history is None and add_history:
            self._history = History()
            self.callbacks.append(self._history)
        self._progress = next((c for c in self.callbacks if isinstance(c, ProgbarLogger)), None)
        if self._progress is None and add_progbar:
            self._progress = ProgbarLogger()
            self.callbacks.append(self._progress)
        self.set_params(params)
        if model:
            self.set_model(model)

    def append(self, callback):
        self.callbacks.append(callback)

    def set_params(self, params):
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        if self._history:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def wants(self, *names):
        return any(overrides(callback, *names) for callback in self.callbacks
                   if not isinstance(callback, ProgbarLogger))


def _forward(name, indexed):
    if indexed:
        def hook(self, index, logs=None):
            logs = {} if logs is None else logs
            for callback in self.callbacks:
                getattr(callback, name)(index, logs=logs)
    else:
        def hook(self, logs=None):
            logs = {} if logs is None else logs
            for callback in self.callbacks:
                getattr(callback, name)(logs)
    hook.__name__ = name
    return hook


for _name in dir(Callback):
    if _name.startswith("on_"):
        setattr(CallbackList, _name, _forward(_name, "batch" in _name or "epoch" in _name))


class History(Callback):
    """`history`: a list of values, one an epoch, for each name of the logs."""

    def __init__(self):
        self.history = {}

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


class ProgbarLogger(Callback):
    """The bar of verbose=1, the lines of verbose=2."""

    def set_params(self, params):
        self.params = params
        self.verbose, self.epochs = params.get("verbose", 1), params.get("epochs", 1)
        self.steps, self.bar = params.get("steps"), None

    def on_epoch_begin(self, epoch, logs=None):
        self.bar = Bar(self.steps)
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")

    def draw(self, done, logs):
        """Now and then, while an epoch runs."""
        if self.verbose == 1 and self.bar:
            self.bar.draw(done, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs or {})

    def on_test_begin(self, logs=None):
        if self.bar is None:
            self.bar = Bar(self.steps)

    def on_test_end(self, logs=None):
        if self.epochs is None:  # evaluate by itself
            self._finish(logs or {})

    on_predict_begin = on_test_begin

    def on_predict_end(self, logs=None):
        self._finish(logs or {})

    def _finish(self, logs):
        bar, self.bar = self.bar, None
        steps = self.steps or 1
        if self.verbose == 1:
            bar.draw(steps, logs, end=True)
        elif self.verbose == 2:
            seconds = time.monotonic() - bar.start
            words = "".join(f" - {name}: {number(value)}" for name, value in logs.items())
            each = seconds / steps
            print(f"{steps}/{steps} - {seconds:.0f}s - "
                  f"{each * 1e3:.0f}ms/step{words}" if each >= 1e-3 else
                  f"{steps}/{steps} - {seconds:.0f}s - {each * 1e6:.0f}us/step{words}")


class LambdaCallback(Callback):
    def __init__(self, on_epoch_begin=None, on_epoch_end=None, on_train_begin=None, on_train_end=None,
                 on_train_batch_begin=None, on_train_batch_end=None, **kwargs):
        given = {"on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin,
                 "on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin,
                 "on_train_batch_end": on_train_batch_end,
                 "on_train_batch_begin_": kwargs.pop("on_batch_begin", None),
                 "on_train_batch_end_": kwargs.pop("on_batch_end", None), **kwargs}
        for name, function in given.items():
            if function is not None:
                setattr(self, name.rstrip("_"), _named(function, name))


def _named(function, name):
    if "batch" in name or "epoch" in name:
        return lambda index, logs=None: function(index, logs)
    return lambda logs=None: function(logs)
