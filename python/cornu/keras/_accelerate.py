"""accelerate(): TensorFlow and Keras stay, and Cornu does fit, evaluate and predict of the models that it knows.

The methods of Keras's class are replaced, so that the order of imports does not matter. A model goes over by its to_json()
and get_compile_config(), with its weights and the optimizer's arrays, and comes back with what training made of them. What
Cornu does not know goes to Keras, with one line that says why.
"""

import functools
import hashlib
import importlib.abc
import inspect
import itertools
import json
import math
import random
import sys
import time
import weakref

import numpy as np

from cornu import _cornu

from ._data import fitting, is_batched, one_array
from ._trainer import _class_weight, _Fit, _whole

_METHODS = ("fit", "evaluate", "predict")
_OWN = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "make_train_function",
        "make_test_function", "make_predict_function", "train_on_batch")
# Keras's callbacks that read the logs and the learning rate alone
_READERS = frozenset("History ProgbarLogger CSVLogger TerminateOnNaN ReduceLROnPlateau LearningRateScheduler "
                     "RemoteMonitor".split())
_LIGHT = _READERS | {"EarlyStopping"}  # and the weights

_state = {"on": False, "strict": False, "quiet": False}
_originals = {}  # (class, method): what stood in the class itself, or None
_cores = weakref.WeakKeyDictionary()
_said = weakref.WeakKeyDictionary()


class Unsupported(Exception):
    """Why a call goes to Keras."""


# ---- what ran where

class Report(list):
    """One entry a call: method, model, where it ran, seconds, and why not in Cornu."""

    def __str__(self):
        lines = [f"{'call':9} {'model':20} {'ran in':7} {'seconds':>8}  why"]
        for entry in self:
            lines.append(f"{entry['call']:9} {entry['model'][:20]:20} {entry['where']:7} {entry['seconds']:8.2f}  "
                         f"{entry['why'] or ''}".rstrip())
        return "\n".join(lines)

    __repr__ = __str__


_entries = Report()


def report():
    """What ran where since accelerate(), for how long, and why not in Cornu."""
    return _entries


def _record(call, model, where, start, why=None):
    _entries.append({"call": call, "model": getattr(model, "name", "?"), "where": where,
                     "seconds": time.monotonic() - start, "why": why})


def _say(call, model, why):
    """Once for each model and reason."""
    said = _said.setdefault(model, set())
    if (call, why) not in said and not _state["quiet"]:
        print(f"cornu: {call} of {getattr(model, 'name', 'the model')} runs in Keras: {why}", file=sys.stderr)
    said.add((call, why))


# ---- a model of Keras's over here

def _numpy(variable):
    return np.asarray(variable.numpy() if hasattr(variable, "numpy") else variable)


def _slots(optimizer):
    """The optimizer's arrays; iterations, rate and Nadam's product are single numbers. Keras 2 keeps some for an SGD without
    momentum, which are never used."""
    if type(optimizer).__name__ == "SGD" and not optimizer.momentum:
        return []
    return _arrays(optimizer)


def _arrays(optimizer):
    variables = optimizer.variables
    if callable(variables) and not isinstance(variables, (list, tuple)):
        variables = variables()
    return [v for v in variables if len(v.shape) > 0]


class _Single:
    """A model with one input and one output, as _whole asks."""

    @staticmethod
    def _arrays(value, what):
        return one_array(value, what)

    @staticmethod
    def _several():
        return False


class Twin(_Single):
    """A Keras model as _Fit sees a model: its core, and the ways of weights and arrays over and back."""

    def __init__(self, model, core, shape):
        self.model, self._core, self._shape = model, core, shape
        self._validates = False
        self.training = False

    @property
    def stop_training(self):
        return self.model.stop_training

    @stop_training.setter
    def stop_training(self, value):
        self.model.stop_training = value

    @property
    def history(self):
        return self.model.history

    def _fitting(self, x):
        return fitting(x, self._shape, self.model.name)

    def _targets(self, y):
        return y

    def _reshuffles(self):
        return True

    def weights_over(self):
        for i, value in enumerate(self.model.get_weights()):
            self._core.set_weight(i, np.ascontiguousarray(value, np.float32))

    def weights(self):
        return [np.asarray(self._core.get_weight(i)) for i in range(self._core.weight_count)]

    def weights_back(self):
        self.model.set_weights(self.weights())

    def state_over(self):
        optimizer = self.model.optimizer
        if not getattr(optimizer, "built", False) and not _arrays(optimizer):
            optimizer.build(self.model.trainable_variables)
        slots = _slots(optimizer)
        if len(slots) != self._core.state_count:
            raise Unsupported(f"its {type(optimizer).__name__} keeps {len(slots)} arrays, Cornu's {self._core.state_count}")
        for i, slot in enumerate(slots):
            self._core.set_state(i, np.ascontiguousarray(_numpy(slot), np.float32))
        self._core.iterations = int(_numpy(optimizer.iterations))

    def state_back(self):
        optimizer, core = self.model.optimizer, self._core
        for i, slot in enumerate(_slots(optimizer)):
            slot.assign(np.asarray(core.get_state(i)).reshape(tuple(slot.shape)))
        optimizer.iterations.assign(core.iterations)
        product = getattr(optimizer, "_u_product", None)
        if product is not None:
            product.assign(_nadam_product(float(optimizer.beta_1), core.iterations))

    def rate(self):
        return float(_numpy(self.model.optimizer.learning_rate))

    def _borrow_weights(self):
        self.weights_over()
        self.state_over()

    def _return_weights(self):
        self.weights_back()
        self.state_back()


def _nadam_product(beta_1, steps):
    product = np.float32(1)
    for t in range(1, steps + 1):
        product *= np.float32(beta_1 * (1 - 0.5 * 0.96 ** t))
    return product


def _own_class(model):
    """The name of the first method of training that the model's class has of its own, or None."""
    for cls in type(model).__mro__:
        module = cls.__module__.partition(".")[0]
        if module in ("keras", "tf_keras", "tensorflow", "builtins"):
            return None
        for name in (*_OWN, "call"):
            if name in vars(cls):
                return f"class {cls.__name__} has its own {name}"
    return None


def _twin(model, x, compiled):
    """The model's twin, from the cache while nothing of it has changed."""
    own = _own_class(model)
    if own:
        raise Unsupported(own)
    if getattr(getattr(model, "distribute_strategy", None), "num_replicas_in_sync", 1) > 1:
        raise Unsupported("it is distributed over several devices")
    if not model.built or not model.inputs:
        model.build((None, *x.shape[1:]))
    texts = (model.to_json(), _compile_text(model) if compiled else None)
    cached = _cores.get(model)
    if cached and cached[0][0] == texts[0] and (texts[1] is None or cached[0][1] == texts[1]):
        return cached[1]
    try:
        core = _cornu.from_json(texts[0])
        if len(core.input_names) > 1 or len(core.output_names) > 1:
            raise Unsupported("it has several inputs or outputs")
        if not core.built:
            core.build(tuple(model.input_shape[1:]))
        if compiled:
            core.compile_from_json(texts[1])
    except (ValueError, OSError) as error:
        raise Unsupported(str(error).split("\n")[0]) from None
    names = [tuple(np.asarray(core.get_weight(i)).shape) for i in range(core.weight_count)]
    if names != [tuple(w.shape) for w in model.weights]:
        raise Unsupported("its weights have other shapes in Cornu")
    twin = Twin(model, core, tuple(model.input_shape[1:]))
    _cores[model] = (texts, _WeakTwin(twin))
    return _cores[model][1]


class _WeakTwin(Twin):
    """In the cache, which must not keep the model alive."""

    def __init__(self, twin):
        self._model = weakref.ref(twin.model)
        self._core, self._shape = twin._core, twin._shape
        self._validates = self.training = False

    @property
    def model(self):
        return self._model()


def _compile_text(model):
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise Unsupported("it is not compiled")
    if "legacy" in type(optimizer).__module__:
        raise Unsupported("its optimizer is one of keras.optimizers.legacy")
    if _is_keras_2(model) and type(optimizer).__name__ == "Nadam":
        raise Unsupported("Keras 2 computes Nadam otherwise")
    if getattr(model, "run_eagerly", False):
        raise Unsupported("it was compiled with run_eagerly=True")
    try:
        config = model.get_compile_config()
    except Exception as error:  # a function of one's own that cannot be written down
        raise Unsupported(f"what it was compiled with cannot be written down: {error}") from None
    if not config or not config.get("loss"):
        raise Unsupported("it was compiled without a loss")
    if config.get("loss_weights") is not None:
        raise Unsupported("loss_weights are not in Cornu")
    # how Keras runs it, which is not Cornu's
    config = {key: config.get(key) for key in ("optimizer", "loss", "metrics", "weighted_metrics")}
    try:
        return json.dumps(config, default=_plain)
    except TypeError as error:
        raise Unsupported(f"what it was compiled with cannot be written down: {error}") from None


def _plain(value):
    """Numbers of NumPy's and TensorFlow's in configurations."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r}")


# ---- fit with Keras's callbacks

class _KerasFit(_Fit):
    def _callback_list(self, steps):
        module = _root(self.model.model).callbacks
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
        return _in_keras_order(self.model.model, logs)

    def _validate(self):
        x, y, weight = self.check
        self._hook("on_test_begin")
        for step in range(math.ceil(len(x) / (self.validation_batch or self.batch))):
            for callback in self.users:
                callback.on_test_batch_begin(step, {})
        logs = self.model._core.evaluate(x, y, sample_weight=weight)
        for step in range(math.ceil(len(x) / (self.validation_batch or self.batch))):
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


def _of_keras(cls):
    return cls.__module__.partition(".")[0] in ("keras", "tf_keras")


def _overrides(callback, name):
    for cls in type(callback).__mro__:
        if name in vars(cls):
            return cls.__name__ != "Callback" or not _of_keras(cls)
    return name in vars(callback)


def _root(model):
    """The module keras whose model this is; tf_keras is another."""
    for cls in type(model).__mro__:
        root = cls.__module__.partition(".")[0]
        if root in ("keras", "tf_keras"):
            return sys.modules[root]
    return sys.modules["keras"]


def _is_keras_2(model):
    return str(getattr(_root(model), "__version__", "3")).startswith("2")


def _metric_names(model):
    """In the order in which they were given to compile."""
    config = model.get_compile_config() or {}
    names = []
    for group in ("metrics", "weighted_metrics"):
        items = config.get(group) or []
        for item in [items] if isinstance(items, (str, dict)) else items:
            for inner in item if isinstance(item, list) else [item]:
                if isinstance(inner, dict):
                    inner = inner.get("config", {})
                    inner = inner.get("name") if isinstance(inner, dict) else inner
                names.append(inner)
    return names


def _in_keras_order(model, logs):
    if not _is_keras_2(model):
        return logs
    names = ["loss", *_metric_names(model)]
    order = [name for prefix in ("", "val_") for name in (prefix + n for n in names) if name in logs]
    return {name: logs[name] for name in (*order, *(n for n in logs if n not in order))}


# ---- the three methods

_fits = itertools.count()


def _seed():
    """Another for each fit, the same in each run after keras.utils.set_random_seed: it seeds Python's generator, whose state
    is looked at and not moved."""
    text = repr((random.getstate(), next(_fits)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")



def _bound(original, model, args, kwargs):
    bound = inspect.signature(original).bind(model, *args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def _sample(x):
    """Something with the shape of the data, to build a model that is not built."""
    if is_batched(x):
        raise Unsupported("the model is not built, and its data is no array")
    return np.asarray(x)


def _refuse(given, **allowed):
    for name, values in allowed.items():
        if name in given and given[name] not in values:
            raise Unsupported(f"{name}={given[name]!r} is not in Cornu")


def _fit(original, model, args, kwargs):
    given = _bound(original, model, args, kwargs)
    x, y = given["x"], given["y"]
    if given.get("shuffle") not in (True, False):
        raise Unsupported(f"shuffle={given['shuffle']!r} is not in Cornu")
    if not is_batched(x) and given.get("steps_per_epoch") is not None:
        raise Unsupported("steps_per_epoch with arrays")
    if isinstance(given.get("validation_freq"), (list, tuple)):
        raise Unsupported("a list as validation_freq")
    if not is_batched(x) and y is None:
        raise Unsupported("there are no targets")
    twin = _twin(model, x if is_batched(x) and model.built else _sample(x), True)
    if twin.training:
        raise Unsupported("it is being trained already")
    verbose = 1 if given["verbose"] == "auto" else int(given["verbose"])
    run = _KerasFit(twin, verbose, given["callbacks"], given["epochs"], given["initial_epoch"])
    shuffle = bool(given["shuffle"])
    run.options(validation_split=given["validation_split"] or 0.0, validation_freq=given["validation_freq"],
                shuffle=shuffle, reshuffle=shuffle, class_weight=_class_weight(given["class_weight"]))
    started = []
    first = run._train_begin

    def begin(_=0):
        started.append(True)
        return first()

    run._train_begin = begin
    twin._core.seed = _seed()
    twin.training = True
    try:
        run.validation(given["validation_data"], given["validation_steps"], given["validation_batch_size"])
        if is_batched(x):
            return run.batches(x, None, given["batch_size"], None, given["steps_per_epoch"])
        return run.arrays(x, y, given["batch_size"], given["sample_weight"])
    except (ValueError, NotImplementedError, TypeError) as error:
        if started:
            raise
        raise Unsupported(str(error).split("\n")[0]) from None
    except BaseException:
        if started:  # Ctrl-C, or a callback's exception: what was trained stays
            twin._return_weights()
        raise
    finally:
        twin.training = False


def _ready(model, x, compiled):
    twin = _twin(model, x, compiled)
    if not twin.training:
        twin.weights_over()
    return twin


def _evaluate(original, model, args, kwargs):
    given = _bound(original, model, args, kwargs)
    _refuse({name: bool(given.get(name)) for name in ("callbacks", "_use_cached_eval_dataset")}, callbacks=(False,),
            _use_cached_eval_dataset=(False,))
    if is_batched(given["x"]) and not model.built:
        raise Unsupported("the model is not built, and its data is no array")
    try:
        x, y, weight, batch = _whole(_Single, given["x"], given["y"], given["sample_weight"], given["batch_size"],
                                      given["steps"])
        twin = _ready(model, x, True)
        start = time.monotonic()
        logs = twin._core.evaluate(twin._fitting(x), y, sample_weight=weight)
    except (ValueError, NotImplementedError, TypeError) as error:
        raise Unsupported(str(error).split("\n")[0]) from None
    logs = _in_keras_order(model, logs)
    _show_bar(model, given["verbose"], math.ceil(len(x) / (batch or 32)), logs, start)
    if given.get("return_dict"):
        return logs
    names = [name for name in ("loss", *_metric_names(model)) if name in logs]
    values = [logs[name] for name in (*names, *(n for n in logs if n not in names))]
    return values[0] if len(values) == 1 else values


def _predict(original, model, args, kwargs):
    given = _bound(original, model, args, kwargs)
    _refuse({"callbacks": bool(given.get("callbacks"))}, callbacks=(False,))
    try:
        x, _, _, batch = _whole(_Single, given["x"], None, None, given["batch_size"], given["steps"])
        twin = _ready(model, x, False)
        start = time.monotonic()
        out = np.asarray(twin._core.predict(twin._fitting(x)))
    except (ValueError, NotImplementedError, TypeError) as error:
        raise Unsupported(str(error).split("\n")[0]) from None
    _show_bar(model, given["verbose"], math.ceil(len(x) / (batch or 32)), {}, start)
    return out


def _show_bar(model, verbose, steps, logs, start):
    """Keras's own bar, at its end."""
    if verbose == 0:
        return
    bar = _root(model).utils.Progbar(target=steps, verbose=1 if verbose == "auto" else int(verbose), unit_name="step",
                        stateful_metrics=list(logs))
    bar._start = time.time() - (time.monotonic() - start)
    bar.update(steps, list(logs.items()), finalize=True)


_RUN = {"fit": _fit, "evaluate": _evaluate, "predict": _predict}


def _patched(name, original):
    @functools.wraps(original)
    def method(self, *args, **kwargs):
        if not _state["on"]:
            return original(self, *args, **kwargs)
        start = time.monotonic()
        try:
            result = _RUN[name](original, self, args, kwargs)
        except Unsupported as reason:
            if _state["strict"]:
                raise RuntimeError(f"cornu: {name} of {self.name} cannot run in Cornu: {reason}") from None
            why = str(reason)
        else:
            _record(name, self, "Cornu", start)
            return result
        _say(name, self, why)
        start = time.monotonic()
        try:
            return original(self, *args, **kwargs)
        finally:
            _record(name, self, "Keras", start, why)

    method._cornu = True
    return method


# ---- on and off

def _patch(keras):
    cls = keras.Model
    for name in _METHODS:
        if getattr(getattr(cls, name), "_cornu", False):
            continue
        _originals[cls, name] = vars(cls).get(name)
        setattr(cls, name, _patched(name, getattr(cls, name)))


def _unpatch():
    for (cls, name), original in _originals.items():
        if original is None:
            delattr(cls, name)
        else:
            setattr(cls, name, original)
    _originals.clear()


class _Watch(importlib.abc.MetaPathFinder):
    """Patches Keras when it is imported after accelerate()."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in ("keras", "tf_keras"):
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                self._wrap(spec.loader)
                return spec
        return None

    @staticmethod
    def _wrap(loader):
        run = loader.exec_module

        def exec_module(module):
            run(module)
            if _state["on"]:
                _patch(module)

        loader.exec_module = exec_module


_watch = _Watch()


class _Switch:
    """What accelerate() gives: it is on at once, and goes off at the end of a `with`."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        deactivate()


def accelerate(strict=False, quiet=False):
    """From here on Cornu does fit, evaluate and predict of Keras's models where it can. `strict` raises where it cannot,
    `quiet` leaves out the line that says why."""
    for root in ("keras", "tf_keras"):
        module = sys.modules.get(root)
        if module is not None and str(getattr(module, "__name__", "")).startswith("cornu"):
            raise RuntimeError("cornu.keras.install() is in force: keras is Cornu already")
    _state.update(on=True, strict=bool(strict), quiet=bool(quiet))
    if _watch not in sys.meta_path:
        sys.meta_path.insert(0, _watch)
    for root in ("keras", "tf_keras"):
        if root in sys.modules and hasattr(sys.modules[root], "Model"):
            _patch(sys.modules[root])
    return _Switch()


def deactivate():
    """Keras is as it was."""
    _state["on"] = False
    if _watch in sys.meta_path:
        sys.meta_path.remove(_watch)
    _unpatch()
    _cores.clear()
