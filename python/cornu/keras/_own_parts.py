"""Activations, initializers, regularizers and constraints that are Python functions: the layer is then one with a call() of its own,
around the layer without them."""

import numpy as np

_OF_WEIGHTS = ("initializer", "regularizer", "constraint")
# whose activation comes last
_ACTIVATED = ("dense", "conv1d", "conv2d", "conv1d_transpose", "conv2d_transpose", "depthwise_conv1d", "depthwise_conv2d",
              "separable_conv1d", "separable_conv2d", "activation")


def _is_own(value):
    kind = value if isinstance(value, type) else type(value)
    return callable(value) and not kind.__module__.startswith("cornu.") and getattr(value, "_word", None) is None


def take_out(layer):
    """{argument: function} of those that are the notebook's own, which the layer's description cannot have."""
    own = {}
    for name in layer._signature.parameters:
        value = getattr(layer, name, None)
        kind = name.rpartition("_")[2]
        if kind not in (*_OF_WEIGHTS, "activation") or not _is_own(value):
            continue
        value = value() if isinstance(value, type) else value
        if name != kind and kind == "activation" or name == "activity_regularizer" or layer._word not in _ACTIVATED:
            what = getattr(value, "__name__", type(value).__name__)
            raise NotImplementedError(f"{type(layer).__name__}({name}={what}): a function of one's own is not in Cornu there")
        own[name] = value
    return own


def inner(layer, own):
    """The same layer without its own functions; None for an Activation, which is nothing else."""
    if layer._word == "activation":
        return None
    given = {name: getattr(layer, name) for name in layer._signature.parameters if name not in own}
    made = type(layer)(**given, name=layer.name)
    made._own_initializers = {name.rpartition("_")[0]: function for name, function in own.items() if name.endswith("initializer")}
    return made


def begin(layer, name, value):
    """A weight's first value, where the layer has an initializer of the notebook's own for it."""
    function = getattr(layer, "_own_initializers", {}).get(name)
    if function is None:
        return None
    try:
        made = function(value.shape, dtype="float32")
    except TypeError:
        made = function(value.shape)
    made = np.asarray(made, np.float32)
    if made.shape != value.shape:
        raise ValueError(f"{layer.name}: the initializer of its {name} gave shape {made.shape}, expected {value.shape}")
    return np.ascontiguousarray(made)


def penalties(layer):
    """What its own regularizers give for its weights."""
    return [function(layer._weight(name.rpartition("_")[0])._read()) for name, function in layer._own_functions.items()
            if name.endswith("regularizer") and layer._weight(name.rpartition("_")[0]) is not None]


def constrain(variables_of):
    """Own constraints of layers, after a step."""
    for layer in variables_of:
        for name, function in getattr(layer, "_own_functions", {}).items():
            weight = layer._weight(name.rpartition("_")[0]) if name.endswith("constraint") else None
            if weight is not None:
                weight.assign(np.asarray(function(weight._read())))
