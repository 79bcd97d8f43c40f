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
import math
import random
import sys
import time

import numpy as np

from ._data import is_batched, rows
from ._keras_fit import KerasFit
from ._report import record, report, say  # noqa: F401
from ._fit import class_weights, whole
from ._twin import Unsupported, forget, in_keras_order, metric_names, root_of, twin_of

_METHODS = ("fit", "evaluate", "predict")
_state = {"on": False, "strict": False, "quiet": False}
_originals = {}  # (class, method): what stood in the class itself, or None


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


def _refuse(given, **allowed):
    for name, values in allowed.items():
        if name in given and given[name] not in values:
            raise Unsupported(f"{name}={given[name]!r} is not in Cornu")


def _check_steps(given):
    """Where the batches of all epochs are more than the arrays have, versions of Keras differ."""
    samples = rows(given["x"][0] if isinstance(given["x"], (list, tuple)) else given["x"])
    steps = given["steps_per_epoch"]
    batch = given["batch_size"] or math.ceil(samples / steps)
    if math.ceil(samples / batch) < steps * (given["epochs"] - given["initial_epoch"]) or given["validation_split"]:
        raise Unsupported("the arrays have less batches than steps_per_epoch in all epochs")


def _fit(original, model, args, kwargs):
    given = _bound(original, model, args, kwargs)
    x, y = given["x"], given["y"]
    if given.get("shuffle") not in (True, False):
        raise Unsupported(f"shuffle={given['shuffle']!r} is not in Cornu")
    if not is_batched(x) and given.get("steps_per_epoch") is not None:
        _check_steps(given)
    if isinstance(given.get("validation_freq"), (list, tuple)):
        raise Unsupported("a list as validation_freq")
    if not is_batched(x) and y is None:
        raise Unsupported("there are no targets")
    if is_batched(x) and not model.built:
        raise Unsupported("the model is not built, and its data is no array")
    twin = twin_of(model, x, True)
    if twin.training:
        raise Unsupported("it is being trained already")
    verbose = 1 if given["verbose"] == "auto" else int(given["verbose"])
    run = KerasFit(twin, verbose, given["callbacks"], given["epochs"], given["initial_epoch"])
    shuffle = bool(given["shuffle"])
    run.options(validation_split=given["validation_split"] or 0.0, validation_freq=given["validation_freq"],
                shuffle=shuffle, reshuffle=shuffle, class_weight=class_weights(given["class_weight"]),
                steps_per_epoch=given["steps_per_epoch"] or 0)
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
            return run.batches(x, None, given["steps_per_epoch"])
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
    twin = twin_of(model, x, compiled)
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
        twin = _ready(model, given["x"], True)
        x, y, weight, batch = whole(twin, given["x"], given["y"], given["sample_weight"], given["batch_size"],
                                     given["steps"])
        if len(twin.output_names) > 1 and not given.get("return_dict"):
            raise Unsupported("a list of the values of several outputs (return_dict=True is done)")
        start = time.monotonic()
        logs = twin._core.evaluate(twin._fitting(x), y, sample_weight=weight)
    except (ValueError, NotImplementedError, TypeError) as error:
        raise Unsupported(str(error).split("\n")[0]) from None
    logs = in_keras_order(model, logs)
    _show_bar(model, given["verbose"], math.ceil(rows(x) / (batch or 32)), logs, start)
    if given.get("return_dict"):
        return logs
    names = [name for name in ("loss", *metric_names(model)) if name in logs]
    values = [logs[name] for name in (*names, *(n for n in logs if n not in names))]
    return values[0] if len(values) == 1 else values


def _predict(original, model, args, kwargs):
    given = _bound(original, model, args, kwargs)
    _refuse({"callbacks": bool(given.get("callbacks"))}, callbacks=(False,))
    try:
        twin = _ready(model, given["x"], False)
        x, _, _, batch = whole(twin, given["x"], None, None, given["batch_size"], given["steps"])
        start = time.monotonic()
        out = twin._core.predict(twin._fitting(x))
        out = [np.asarray(one) for one in out] if isinstance(out, list) else np.asarray(out)
    except (ValueError, NotImplementedError, TypeError) as error:
        raise Unsupported(str(error).split("\n")[0]) from None
    _show_bar(model, given["verbose"], math.ceil(rows(x) / (batch or 32)), {}, start)
    return out


def _show_bar(model, verbose, steps, logs, start):
    """Keras's own bar, at its end."""
    if verbose == 0:
        return
    bar = root_of(model).utils.Progbar(target=steps, verbose=1 if verbose == "auto" else int(verbose), unit_name="step",
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
            record(name, self, "Cornu", start)
            return result
        say(name, self, why, _state["quiet"])
        start = time.monotonic()
        try:
            return original(self, *args, **kwargs)
        finally:
            record(name, self, "Keras", start, why)

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
    forget()
