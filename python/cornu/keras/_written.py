"""Models and layers written as classes with a call() of their own: call() is run on symbolic tensors, and what comes out is
the model. A layer of that kind is a model within the model."""

import inspect

from . import _graph, _names
from ._graph import KerasTensor

_STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "make_train_function",
          "make_test_function", "make_predict_function")
# attributes that hold layers for purposes of ours
_INTERNAL = frozenset("_home _made_for _part _layers _inputs _outputs _calls _head optimizer loss history".split())


def own_call(cls, bases):
    """Has the class a call() that is none of ours?"""
    for base in cls.__mro__:
        if base in bases or base.__module__.startswith("cornu."):
            return False
        if "call" in vars(base):
            return True
    return False


def refuse_steps(cls):
    for base in cls.__mro__:
        if base.__module__.startswith("cornu."):
            return
        for name in _STEPS:
            if name in vars(base):
                raise NotImplementedError(f"{cls.__name__}.{name}: a training step of one's own is not in Cornu")


def attributes(owner):
    """Layers and models among an object's attributes, also in lists and dicts, in the order in which they were set."""
    found = []

    def look(value):
        if hasattr(value, "_notation") and hasattr(value, "_home") or hasattr(value, "_layers"):
            if all(value is not one for one in found):
                found.append(value)
        elif isinstance(value, (list, tuple)):
            for item in value:
                look(item)
        elif isinstance(value, dict):
            look(list(value.values()))

    for name, value in vars(owner).items():
        if name not in _INTERNAL:
            look(value)
    return found


def defines_build(cls):
    return any("build" in vars(base) for base in cls.__mro__ if not base.__module__.startswith("cornu."))


def add_weight(owner, *args, **kwargs):
    if args and isinstance(args[0], str):  # Keras 2 had the name first
        args, kwargs["name"] = args[1:], args[0]
    return _add_weight(owner, *args, **kwargs)


def _add_weight(owner, shape=(), initializer=None, dtype=None, trainable=True, regularizer=None, constraint=None, name=None, **_):
    from ._variables import FreeVariable, initial

    if regularizer is not None or constraint is not None:
        raise NotImplementedError(f"{type(owner).__name__}.add_weight: a regularizer or constraint of it is not in Cornu")
    shape = tuple(int(size) for size in (shape if hasattr(shape, "__len__") else (shape,)))
    if initializer is None:
        initializer = "glorot_uniform" if len(shape) > 1 else "zeros"
    made = FreeVariable(initial(initializer, shape), trainable, name=name, dtype=dtype)
    vars(owner).setdefault("_own_weights", []).append(made)
    return made


def own_variables(owner):
    """Variables that belong to the object itself, in the order of its attributes; add_weight's are among them."""
    found = []

    def look(value):
        if hasattr(value, "_read") and hasattr(value, "_value"):
            if all(value is not one for one in found):
                found.append(value)
        elif isinstance(value, (list, tuple, dict)):
            for one in value.values() if isinstance(value, dict) else value:
                look(one)

    for value in list(vars(owner).values()):
        look(value)
    return found


def is_eager(owner):
    """Has it, or what it is made of, variables of its own, so that its call() runs on arrays?"""
    if own_variables(owner):
        return True
    return any(getattr(one, "_written", False) and is_eager(one) for one in attributes(owner))


def eager_weights(owner):
    return own_variables(owner) + [weight for part in attributes(owner) for weight in part.weights]


def eager_call(owner, args, kwargs, training):
    """call() as it stands, on arrays."""
    def given(value):
        if isinstance(value, (list, tuple)) and value and hasattr(value[0], "shape"):
            return type(value)(given(one) for one in value)
        if isinstance(value, dict):
            return {key: given(one) for key, one in value.items()}
        if hasattr(value, "shape") or isinstance(value, (list, tuple, float)):
            return cast_single(value)
        return value

    parameters = inspect.signature(owner.call).parameters
    extra = {"training": bool(training)} if "training" in parameters and training is not None else {}
    return owner.call(*(given(one) for one in args), **{**{key: given(one) for key, one in kwargs.items()}, **extra})


def cast_single(value):
    """Of real numbers float32, as Keras casts what layers are given."""
    from .ops import convert_to_tensor

    value = convert_to_tensor(value)
    return value.astype("float32") if value.dtype.kind == "f" and value.dtype != "float32" else value


def leaves_in_order(model):
    """The layers that have weights, by the order of attributes where classes have a call() of their own."""
    for layer in model._layers if model._own_layers is None else model._own_layers:
        part = getattr(layer, "_part", None)
        if part is not None or hasattr(layer, "_layers"):
            yield from leaves_in_order(layer if part is None else part[0])
        else:
            yield layer


def mapped(function, value):
    """The same lists and dicts of other tensors."""
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(function, item) for item in value)
    if isinstance(value, dict):
        return {key: mapped(function, item) for key, item in value.items()}
    return function(value) if isinstance(value, KerasTensor) else value


def tensors_of(value):
    if isinstance(value, KerasTensor):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [one for item in items for one in tensors_of(item)]


def traced(owner, args, kwargs):
    """What owner.call gives for the tensors. Where it asks whether it is training, both answers must make the same model."""
    takes_training = "training" in inspect.signature(owner.call).parameters
    counts = dict(_names._counts)

    def run(training):
        _names.restore(counts)  # what call() makes on the way has no number in Keras
        with _graph.tracing(training):
            return owner.call(*args, **kwargs, **({"training": training} if takes_training else {}))

    try:
        made = run(True if takes_training else None)
        if takes_training and [_same(one) for one in tensors_of(run(False))] != [_same(one) for one in tensors_of(made)]:
            raise NotImplementedError(f"{type(owner).__name__}.call computes something else when it is not training, which is "
                                      "not in Cornu")
    finally:
        _names.restore(counts)
    if not tensors_of(made):
        raise NotImplementedError(f"{type(owner).__name__}.call gives {type(made).__name__}, no tensors of its layers")
    return made


def _same(tensor):
    """What a tensor is made of, but for layers that act in training alone."""
    if not tensor.inputs:
        return id(tensor)
    layer = tensor.layer
    if getattr(layer, "_only_in_training", False):
        return _same(tensor.inputs[0])
    made = getattr(layer, "_by_the_way", False)
    what = layer._notation().replace(layer.name, "") if made else id(layer)
    return (what, tensor.output_index, *(_same(one) for one in tensor.inputs))
