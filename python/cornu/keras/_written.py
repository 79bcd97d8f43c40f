"""Models and layers written as classes with a call() of their own: call() is run on symbolic tensors, and what comes out is
the model. A layer of that kind is a model within the model."""

import inspect
import math

import numpy as np

from . import _graph, _names, _record
from ._graph import KerasTensor

_LOOPS = ("make_train_function", "make_test_function", "make_predict_function")
# what a call() may raise on symbolic tensors that runs on arrays
NOT_A_MODEL = (NotImplementedError, TypeError, AttributeError)
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


def refuse_loops(cls):
    for base in cls.__mro__:
        if base.__module__.startswith("cornu."):
            return
        for name in _LOOPS:
            if name in vars(base):
                raise NotImplementedError(f"{cls.__name__}.{name} is not in Cornu; train_step and test_step are")


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
    """Has it, or what it is made of, variables or losses of its own, so that its call() runs on arrays?"""
    if vars(owner).get("_only_on_arrays") or own_variables(owner):
        return True
    return any(getattr(one, "_written", False) and is_eager(one) for one in attributes(owner))


def eager_weights(owner):
    parts = owner._layers if getattr(owner, "_eager_line", False) or getattr(owner, "_eager_graph", False) else attributes(owner)
    return own_variables(owner) + [weight for part in parts for weight in part.weights]


def summary(owner):
    """Of what runs on arrays: its layers and how many weights they have."""
    def count(weights):
        return sum(math.prod(v.shape) for v in weights)

    rows = [(f"{layer.name} ({type(layer).__name__})", f"{count(layer.weights):,}") for layer in owner.layers]
    own = count(own_variables(owner))
    rows += [("its own weights", f"{own:,}")] if own else []
    width = max(len(name) for name, _ in [("Layer (type)", ""), *rows]) + 2
    trained = count(owner.trainable_weights)
    return "\n".join([f'Model: "{owner.name}"', f"{'Layer (type)':{width}}Param #", *(f"{name:{width}}{n}" for name, n in rows),
                      f"Total params: {count(owner.weights):,}", f"Trainable params: {trained:,}",
                      f"Non-trainable params: {count(owner.weights) - trained:,}"])


def add_loss(owner, loss):
    """A loss of a call(), which lasts until the next one. A model with such a call() runs on arrays."""
    from ._variables import InTrace

    if tensors_of(loss):
        owner._only_on_arrays = True
        raise InTrace(owner.name, "add_loss")
    vars(owner).setdefault("_added_losses", []).append(loss() if callable(loss) else loss)


def added_losses(owner):
    return list(vars(owner).get("_added_losses", ()))


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

    owner._added_losses = []
    parameters = inspect.signature(owner.call).parameters
    extra = {"training": bool(training)} if "training" in parameters and training is not None else {}
    return owner.call(*(given(one) for one in args), **{**{key: given(one) for key, one in kwargs.items()}, **extra})


def zeros_for(value):
    """Two samples of zeros in the place of each tensor."""
    from ._tensor import tensor

    return mapped(lambda one: tensor(np.zeros((2, *one.shape[1:]), np.float32)), value)


def tensors_on_arrays(owner, args, kwargs, error):
    """The tensors of a call() that cannot be traced, for `error`, but runs on arrays: two samples of zeros show the shapes."""
    try:
        with _record.paused():
            made = eager_call(owner, zeros_for(args), zeros_for(kwargs), None)
    except Exception:
        raise error from None
    several = isinstance(made, (list, tuple))
    if not all(hasattr(one, "shape") and np.ndim(one) for one in (made if several else [made])):
        raise error
    owner._only_on_arrays = True
    given = tensors_of([args, kwargs])
    tensors, first = [], None
    for i, one in enumerate(made if several else [made]):
        tensors.append(KerasTensor(owner, given, i, first))
        first = first or tensors[0]
        tensors[-1]._shape, tensors[-1].on_arrays = (None, *np.shape(one)[1:]), (args, kwargs)
    return type(made)(tensors) if several else tensors[0]


def run_graph(model, inputs, training):
    """A functional model on arrays, call by call."""
    values = list(inputs.values()) if isinstance(inputs, dict) else list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    heads = [key for one in model._inputs for key, head in model._stands_for.items() if head is one]
    made, calls = dict(zip(heads, values)), {}
    for one in model._calls:
        if id(one) in made:
            continue
        if id(one.call) not in calls:
            args, kwargs = one.on_arrays or ((one.inputs[0] if len(one.inputs) == 1 else one.inputs,), {})
            args, kwargs = mapped(lambda tensor: made[id(tensor)], (args, kwargs))
            acts = one.layer._word is None or one.layer._acts_in_training() if hasattr(one.layer, "_word") else True
            calls[id(one.call)] = one.layer(*args, **kwargs, **({"training": bool(training)} if acts else {}))
        found = calls[id(one.call)]
        made[id(one)] = found[one.output_index] if isinstance(found, (list, tuple)) else found
    out = [made[id(one)] for one in model._outputs]
    return out[0] if model._one_output else out


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
