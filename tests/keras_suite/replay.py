"""Asks Cornu what a record says that Keras was asked: one function an area, found by the area's name.

A replay gives pairs of (ours, Keras's), or raises Unsaid with the reason why the two cannot be compared.
"""

import os
import tempfile

import numpy as np

from cornu import keras
from cornu.keras import _described


class Unsaid(Exception):
    """Cornu has no answer, by name: what is not in it, or what no seed can repeat."""


INTERNAL = ("CompileLoss", "CompileMetrics")  # of Keras's own trainer
RANDOM = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D")
DRAWING = (*RANDOM, *(name for name in vars(keras.layers) if getattr(getattr(keras.layers, name), "_augments", False)))


def is_here(record):
    """Is it of a layer that Cornu has, of a loss that is no internal class of Keras's, …?"""
    if "function" in record or record["area"] in ("models", "trainings"):
        return True
    if record["kind"] in INTERNAL:
        return False
    cls = getattr(getattr(keras, record["area"] if record["area"] != "schedules" else "optimizers"), record["kind"], None)
    return record["area"] != "layers" or not (cls is None or isinstance(cls, _described.Missing))


def made(module, kind, config):
    cls = getattr(getattr(keras, module), kind, None)
    if cls is None or isinstance(cls, _described.Missing):
        raise Unsaid(f"{kind} is not in Cornu")
    if config is None:
        raise Unsaid("no configuration")
    return cls.from_config(_without_dtype(config))


def _without_dtype(config):
    """Keras writes the data type of computation everywhere; Cornu has float32, and other types are looked at before."""
    return {name: value for name, value in config.items() if name != "dtype"}


def _float32(record):
    dtype = record.get("dtype") or "float32"
    if "16" in str(dtype):
        raise Unsaid("half precision is not in Cornu")
    if record.get("masked"):
        raise Unsaid("masks are not in Cornu")


def losses(record):
    _float32(record)
    if record.get("function"):
        return [(_function(keras.losses, record), record["answer"])]
    loss = made("losses", record["kind"], record["config"])
    return [(loss(**record["call"]), record["answer"])]


def _function(module, record):
    function = getattr(module, record["kind"], None)
    if function is None or isinstance(function, _described.Missing):
        raise Unsaid(f"{record['kind']} is not in Cornu")
    return function(*record["args"], **record["call"])


def activations(record):
    return [(_function(keras.activations, record), record["answer"])]


def metrics(record):
    _float32(record)
    metric = made("metrics", record["kind"], record["config"])
    for args, kwargs in record["updates"]:
        metric.update_state(*args, **kwargs)
    return [(metric.result(), record["answer"])]


def schedules(record):
    cls = getattr(keras.optimizers.schedules, record["kind"], None)
    if cls is None:
        raise Unsaid(f"{record['kind']} is not in Cornu")
    return [(cls.from_config(record["config"])(record["call"]), record["answer"])]


def regularizers(record):
    return [(made("regularizers", record["kind"], record["config"])(record["call"]), record["answer"])]


def constraints(record):
    return [(made("constraints", record["kind"], record["config"])(record["call"]), record["answer"])]


def initializers(record):
    initializer = made("initializers", record["kind"], record["config"])
    ours, theirs = np.asarray(initializer(tuple(record["call"]))), np.asarray(record["answer"])
    if record["kind"] in ("Zeros", "Ones", "Constant", "Identity"):
        return [(ours, theirs)]
    return _moments(initializer, record, ours, theirs)


def _moments(initializer, record, ours, theirs):
    """Two samples of one distribution have equal means and deviations: Cornu's is drawn anew until it is large."""
    if ours.shape != theirs.shape:
        return [(ours, theirs)]
    if record["kind"] in ("Orthogonal", "OrthogonalInitializer"):
        rows = ours.reshape(-1, ours.shape[-1])
        rows = rows if rows.shape[0] >= rows.shape[1] else rows.T
        others = theirs.reshape(-1, theirs.shape[-1])
        others = others if others.shape[0] >= others.shape[1] else others.T
        return [(rows.T @ rows, others.T @ others)]
    own = [ours.reshape(-1).astype(np.float64)]
    while sum(one.size for one in own) < 512:
        own.append(np.asarray(initializer(ours.shape), np.float64).reshape(-1))
    a, b = np.concatenate(own), theirs.reshape(-1).astype(np.float64)
    # the mean of n values deviates by s/sqrt(n), their deviation by less: six of these tell two distributions apart
    limit = 6 * np.std(a) * np.sqrt(1 / a.size + 1 / b.size)
    pairs = [(a.mean(), b.mean())] + ([(a.std(), b.std())] if b.size > 8 else [])
    return [(x, y) for x, y in pairs if abs(x - y) > limit]


# ---- optimizers: a sum of weights that are multiplied with the gradients


def optimizers(record):
    """Each variable is the kernel of a layer, or the bias of one: a sample (i, j) takes the weight (i, j) alone, times its
    gradient, and all of them are added. The absolute error of the sum from a target far below has the gradient 1."""
    optimizer = made("optimizers", record["kind"], record["config"])
    for earlier, later in zip(record["steps"], record["steps"][1:]):
        if any(not np.array_equal(a, b) for a, b in zip(earlier["after"], later["before"])):
            raise Unsaid("variables assigned between steps")
    if any(g is None for step in record["steps"][1:] for g, first in zip(step["gradients"], record["steps"][0]["gradients"])
           if first is not None):
        raise Unsaid("a variable that has a gradient in some steps alone")
    model, layers = _additive(record)
    model.compile(optimizer, loss=keras.losses.MeanAbsoluteError(reduction="sum"))
    for layer, first in zip(layers, record["first"]):
        _variable_of(layer).assign(_as_weight(first))
    if any(record["excluded"]):
        optimizer.exclude_from_weight_decay([_variable_of(layer) for layer, out in zip(layers, record["excluded"]) if out])
    pairs = []
    for step in record["steps"]:
        if not isinstance(optimizer._rate, _described.Described) and float(optimizer.learning_rate) != step["rate"]:
            optimizer.learning_rate = step["rate"]
        x = _samples(record, step["gradients"])
        model.train_on_batch(x if len(x) > 1 else x[0], np.full((len(x[0]), 1), -1e30, np.float32))
        pairs += [(np.reshape(_variable_of(layer).numpy(), np.shape(after)), after)
                  for layer, after in zip(layers, step["after"])]
    return pairs


def _as_weight(value):
    """Matrices are kernels of that shape, vectors biases; what has other shapes is a vector of its numbers."""
    value = np.asarray(value, np.float32)
    return value if value.ndim == 2 else value.reshape(-1)


def _variable_of(layer):
    return layer.kernel if layer.bias is None else layer.bias


def _samples(record, gradients):
    """Inputs whose product with a variable is the sum of its numbers times their gradients: of a kernel a row of it and a mask,
    of a bias a mask. Optimizers that scale the loss divide the gradients that they are given by the scale."""
    scale = record["config"].get("loss_scale_factor") or 1
    sizes = [np.size(first) for first in record["first"]]
    x, before = [], 0
    for first, gradient, size in zip(record["first"], gradients, sizes):
        mask = np.zeros((sum(sizes), size), np.float32)
        weight = _as_weight(first)
        gradient = np.zeros(size, np.float32) if gradient is None else np.asarray(gradient, np.float32).reshape(-1)
        mask[before:before + size] = np.diag(gradient) / scale
        if weight.ndim == 2:
            rows = np.zeros((sum(sizes), len(weight)), np.float32)
            rows[np.arange(before, before + size), np.arange(size) // weight.shape[1]] = 1
            x += [rows, mask.reshape(-1, *weight.shape).sum(axis=1)]
        else:
            x += [np.zeros((sum(sizes), 1), np.float32), mask]
        before += size
    return x


def _additive(record):
    inputs, outputs, layers = [], [], []
    for first, constraint, gradient in zip(record["first"], record["constraints"], record["steps"][0]["gradients"]):
        weight, bound = _as_weight(first), _described.deserialize(constraint, "keras.constraints")
        kernel = weight.ndim == 2
        layer = keras.layers.Dense(weight.shape[-1], use_bias=not kernel, trainable=gradient is not None,
                                   **{"kernel_constraint" if kernel else "bias_constraint": bound})
        x, mask = keras.Input((len(weight) if kernel else 1,)), keras.Input((weight.shape[-1],))
        inputs += [x, mask]
        outputs.append(keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", trainable=False)(
            keras.layers.Multiply()([layer(x), mask])))
        layers.append(layer)
    output = keras.layers.Add()(outputs) if len(outputs) > 1 else outputs[0]
    return keras.Model(inputs, output), layers


# ---- layers


HANDS_ON = ("Add", "Subtract", "Average", "Concatenate", "Dot")  # masks, without looking at them


def layers(record):
    """The layer alone, with Keras's weights; moving means are compared after a call in training."""
    data, training = _data_of_call(record)
    several = isinstance(data, (list, tuple))
    layer = made("layers", record["kind"], record["config"] if not training else _without_penalties(record["config"]))
    single = layer._of_images and np.ndim(data) == 3
    arrays = [np.asarray(one)[None] if single else np.asarray(one) for one in (data if several else [data])]
    inputs = [keras.Input(one.shape[1:]) for one in arrays]
    model = keras.Model(inputs, layer(inputs if several else inputs[0]))
    _set(model, record["weights"])
    layer.trainable = record["trainable"]
    answer = np.asarray(record["answer"])[None] if single else record["answer"]
    given = arrays if len(arrays) > 1 else arrays[0]
    if not training:
        return [(model.predict(given, verbose=0), answer)]
    after = [value for path, value in record["weights_after"] if "seed_generator" not in path]
    return _in_training(model, record, given, answer) + list(zip(model.get_weights(), after))


def _data_of_call(record):
    """(inputs, is it in training?)"""
    call = {name: value for name, value in record["call"].items() if name not in ("inputs", "input", "data", "images")}
    training = call.pop("training", getattr(getattr(keras.layers, record["kind"]), "_augments", False))
    given = [*record["args"], *(value for name, value in record["call"].items() if name in ("inputs", "input"))]
    mask = call.pop("mask", None) is not None or (len(given) == 2 and np.ndim(given[1]) == np.ndim(given[0]) - 1)
    if record["kind"] not in HANDS_ON and (record.get("masked") or mask):
        raise Unsaid("masks are not in Cornu")
    if len(given) == 2 and isinstance(given[1], bool):
        training = given.pop()
    if len(given) != 1 or call:
        raise Unsaid("further arguments of the call")
    return given[0], training


DRAWS, MOST_VALUES = 100, 16


def _are_few(values):
    """Are they a few numbers that come again and again?"""
    _, counts = np.unique(values, return_counts=True)
    return len(counts) <= MOST_VALUES and 3 * (counts == 1).sum() <= len(counts)


def _in_training(model, record, given, answer):
    """What is random is drawn often: each of Keras's numbers is one of those that Cornu drew at its place or, where every draw
    gave another, between two of them or within six deviations of their mean."""
    ours = np.asarray(model(given, training=True))
    if record["kind"] not in DRAWING or ours.shape != np.shape(answer):
        return [(ours, answer)]
    draws = np.stack([ours, *(np.asarray(model(given, training=True)) for _ in range(DRAWS - 1))]).astype(np.float64)
    draws, theirs = draws.reshape(DRAWS, -1), np.asarray(answer, np.float64).reshape(-1)
    nearest = draws[np.abs(draws - theirs).argmin(axis=0), np.arange(theirs.size)]
    few = np.array([_are_few(column) for column in draws.T])
    between = (draws.min(axis=0) <= theirs) & (theirs <= draws.max(axis=0))
    within = ~few & (between | (np.abs(theirs - draws.mean(axis=0)) <= 6 * draws.std(axis=0)))
    return [(np.where(within, theirs, nearest), theirs)]


def _without_penalties(config):
    """They would be part of the loss."""
    return {name: None if name.endswith("_regularizer") else value for name, value in config.items()}


def _set(model, weights):
    """Keras's weights, without the seeds of its generators."""
    values = [value for path, value in weights if "seed_generator" not in path]
    if values or model.get_weights():
        model.set_weights(values)


def models(record):
    if len(record["args"]) != 1 or "mask" in record["call"]:
        raise Unsaid("further arguments of the call")
    model = keras.models.model_from_json(record["json"])
    data = record["args"][0]
    if not model.built:
        model.build((None, *np.shape(data)[1:]))
    _set(model, record["weights"])
    if isinstance(data, dict) and any(isinstance(item, dict) for item in data.values()):
        data = _leaves(data)
    if record["call"].get("training") and any(word in record["json"] for word in DRAWING):
        raise Unsaid("random in training")
    return _by_parts(model(data, training=record["call"].get("training")), record["answer"])


def _leaves(value):
    return [leaf for item in value.values() for leaf in _leaves(item)] if isinstance(value, dict) else [value]


def _by_parts(ours, theirs):
    if isinstance(theirs, dict):
        return _by_parts(ours, _leaves(theirs))
    if isinstance(theirs, (list, tuple)):
        return list(zip(ours, theirs)) if len(ours) == len(theirs) else [(len(ours), len(theirs))]
    return [(ours, theirs)]


# ---- trainings


def trainings(record):
    model = keras.models.model_from_json(record["json"])
    if any(word in record["json"] for word in DRAWING) and record["kind"] in ("fit", "train_on_batch"):
        raise Unsaid("random in training")
    if record["weights"] is None:
        raise Unsaid("weights that Keras made in this call")
    if record["compiled"]:
        _compile(model, record["compiled"])
    if not model.built:
        model.build((None, *np.shape(record["args"][0] if record["args"] else record["call"]["x"])[1:]))
    _set(model, record["weights"])
    _go_on(model, record["state"])
    kwargs = {**record["call"], "verbose": 0} if record["kind"] in ("fit", "evaluate", "predict") else record["call"]
    if record["kind"] == "fit":
        kwargs["shuffle"] = False
    with tempfile.TemporaryDirectory() as folder:
        if record["callbacks"]:
            kwargs["callbacks"] = [_callback(folder, *one) for one in record["callbacks"]]
        if record.get("seen"):
            means, count = record["seen"]
            model._seen = {name: value * count for name, value in means.items()}, count
        answer = getattr(model, record["kind"])(*record["args"], **kwargs)
    answer = answer.history if record["kind"] == "fit" else answer
    pairs = _logs(answer, record["answer"]) if isinstance(answer, dict) else _by_parts(answer, record["answer"])
    theirs = [value for path, value in record["weights_after"] if "seed_generator" not in path]
    return pairs + list(zip(model.get_weights(), theirs))


def _callback(folder, name, args, kwargs):
    """A callback that writes into the folder."""
    def here(value):
        return os.path.join(folder, os.path.basename(value)) if isinstance(value, str) and os.path.isabs(value) else value

    return getattr(keras.callbacks, name)(*map(here, args), **{key: here(value) for key, value in kwargs.items()})


def _compile(model, compiled):
    values = {name: _described.deserialize(compiled.get(name), module) if not isinstance(compiled.get(name), (list, tuple))
              else [_described.deserialize(item, module) for item in compiled[name]]
              for name, module in (("optimizer", "keras.optimizers"), ("loss", "keras.losses"),
                                   ("metrics", "keras.metrics"), ("weighted_metrics", "keras.metrics"))}
    model.compile(**values, loss_weights=compiled.get("loss_weights"))


def _go_on(model, state):
    """With an optimizer that has taken steps."""
    if state is None:
        return
    core = model._ensure_core()
    if core.state_count != len(state["variables"]):
        raise Unsaid("an optimizer whose variables are others")
    for i, values in enumerate(state["variables"]):
        core.set_state(i, values)
    core.iterations = state["iterations"]
    if not isinstance(model.optimizer._rate, _described.Described):
        model.optimizer.learning_rate = state["rate"]


def _logs(ours, theirs):
    if set(ours) != set(theirs):
        return [(f"names {sorted(ours)}", f"names {sorted(theirs)}")]
    return [(ours[name], _in_line(theirs[name], np.shape(ours[name]))) for name in theirs]


def _in_line(values, shape):
    """Newer Keras has arrays of one number in its history."""
    return np.reshape(values, shape) if np.size(values) == np.prod(shape) else values


AREAS = {function.__name__: function for function in (
    losses, metrics, activations, optimizers, schedules, initializers, regularizers, constraints, layers, models, trainings)}
