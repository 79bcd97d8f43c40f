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


# ---- optimizers: a sum of products whose gradients are the inputs


def optimizers(record):
    """Variables become the kernels of one-unit layers without bias, whose outputs are added. The mean absolute error of one
    sample with a target far below has the gradient 1 towards the output: the gradient of each kernel is its input."""
    if any(record["constrained"]):
        raise Unsaid("constrained variables outside a model")
    if any(g is None for step in record["steps"] for g in step["gradients"]):
        raise Unsaid("a variable without gradient")
    for earlier, later in zip(record["steps"], record["steps"][1:]):
        if any(not np.array_equal(a, b) for a, b in zip(earlier["after"], later["before"])):
            raise Unsaid("variables assigned between steps")
    optimizer = made("optimizers", record["kind"], record["config"])
    if any(record["excluded"]):
        raise Unsaid("exclude_from_weight_decay is not in Cornu")
    model, layers = _additive(record)
    model.compile(optimizer, loss="mae")
    for layer, first in zip(layers, record["first"]):
        layer.set_weights([np.reshape(first, (-1, 1))])
    pairs = []
    for step in record["steps"]:
        if not isinstance(optimizer._rate, _described.Described) and float(optimizer.learning_rate) != step["rate"]:
            optimizer.learning_rate = step["rate"]
        x = [np.reshape(g, (1, -1)).astype(np.float32) for g in step["gradients"]]
        model.train_on_batch(x if len(x) > 1 else x[0], np.full((1, 1), -1e30, np.float32))
        pairs += [(np.reshape(layer.get_weights()[0], np.shape(after)), after)
                  for layer, after in zip(layers, step["after"])]
    return pairs


def _additive(record):
    inputs, outputs, layers = [], [], []
    for first in record["first"]:
        one = keras.Input((int(np.size(first)),))
        layer = keras.layers.Dense(1, use_bias=False)
        inputs.append(one)
        outputs.append(layer(one))
        layers.append(layer)
    output = keras.layers.Add()(outputs) if len(outputs) > 1 else outputs[0]
    return keras.Model(inputs, output), layers


# ---- layers


def layers(record):
    """A model of the layer alone, with Keras's weights. What it gives in training shows in its moving means, and in the
    error of its output against Keras's, which is 0."""
    if record.get("masked") or "mask" in record["call"]:
        raise Unsaid("masks are not in Cornu")
    training = record["call"].get("training", False)
    if training and record["kind"] in RANDOM and record["config"].get("rate", record["config"].get("stddev")) != 0:
        raise Unsaid("random in training")
    given = [*record["args"], *(value for name, value in record["call"].items() if name in ("inputs", "input"))]
    if len(given) == 2 and np.ndim(given[1]) == np.ndim(given[0]) - 1:
        raise Unsaid("masks are not in Cornu")
    if len(given) != 1 or set(record["call"]) - {"training", "inputs", "input"}:
        raise Unsaid("further arguments of the call")
    data = given[0]
    several = isinstance(data, (list, tuple))
    arrays = [np.asarray(one) for one in data] if several else [np.asarray(data)]
    layer = made("layers", record["kind"], record["config"] if not training else _without_penalties(record["config"]))
    inputs = [keras.Input(one.shape[1:]) for one in arrays]
    model = keras.Model(inputs, layer(inputs if several else inputs[0]))
    _set(model, record["weights"])
    if not training:
        return [(model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0), record["answer"])]
    layer.trainable = record["trainable"]
    model.compile(keras.optimizers.SGD(0.0), loss="mse")
    _set(model, record["weights"])
    answer = np.asarray(record["answer"])
    loss = model.train_on_batch(arrays if len(arrays) > 1 else arrays[0], answer)
    return [(loss, 0.0)] + [(ours, theirs) for ours, (_, theirs) in zip(model.get_weights(), record["weights_after"])]


def _without_penalties(config):
    """They would be part of the loss."""
    return {name: None if name.endswith("_regularizer") else value for name, value in config.items()}


def _set(model, weights):
    """Keras's weights, without the seeds of its generators."""
    values = [value for path, value in weights if "seed_generator" not in path]
    if values or model.get_weights():
        model.set_weights(values)


def models(record):
    if record["call"].get("training"):
        raise Unsaid("a model called with training=True")
    if len(record["args"]) != 1 or "mask" in record["call"]:
        raise Unsaid("further arguments of the call")
    model = keras.models.model_from_json(record["json"])
    data = record["args"][0]
    if not model.built:
        model.build((None, *np.shape(data)[1:]))
    _set(model, record["weights"])
    ours = model(data)
    theirs = record["answer"]
    return _by_parts(ours, theirs)


def _by_parts(ours, theirs):
    if isinstance(theirs, dict):
        return _by_parts(ours, list(theirs.values()))
    if isinstance(theirs, (list, tuple)):
        return list(zip(ours, theirs)) if len(ours) == len(theirs) else [(len(ours), len(theirs))]
    return [(ours, theirs)]


# ---- trainings


def trainings(record):
    model = keras.models.model_from_json(record["json"])
    if any(word in record["json"] for word in RANDOM) and record["kind"] in ("fit", "train_on_batch"):
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
    return [(ours[name], theirs[name]) for name in theirs]


AREAS = {function.__name__: function for function in (
    losses, metrics, activations, optimizers, schedules, initializers, regularizers, constraints, layers, models, trainings)}
