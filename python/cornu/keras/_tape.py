"""tf.GradientTape, and calls of models that are recorded: a model's way back is Cornu's."""

import numpy as np

from cornu import _cornu

from . import _record
from ._described import MissingError
from ._tensor import tensor
from ._variables import LayerKey


class _Parts(dict):
    """Gradients of several outputs of one call."""

    def __add__(self, other):
        return _Parts({**self, **{key: self[key] + value if key in self else value for key, value in other.items()}})


class _Call:
    """The way back of one call of a model."""

    def __init__(self, model, arrays, training, shapes):
        self.keys = {LayerKey(leaf, place): number for leaf in model._leaves() if leaf._trainable
                     for place, (number, name) in enumerate(model._places_of(leaf)) if not name.startswith("moving_")}
        self.shapes = shapes  # of the inputs as they were given
        self.pool = model._gradient_pool.setdefault((training, tuple(leaf._trainable for leaf in model._leaves())), [])
        samples = len(arrays[0])
        found = next((one for one in self.pool if one[0] is model._core and samples <= one[1] <= 2 * samples), None)
        if found is not None:
            self.pool.remove(found)
        else:
            self.pool[:] = [one for one in self.pool if one[0] is model._core]
            found = (model._core, samples, _cornu.Gradients(model._core, samples, training))
        self.found, self.gradients = found, found[2]
        made = self.gradients.forward(tuple(arrays))
        self.outputs = [np.asarray(one) for one in (made if isinstance(made, list) else [made])]

    def __del__(self):
        if hasattr(self, "found") and len(self.pool) < 8:
            self.pool.append(self.found)

    def reaches(self, wanted):
        return any(key in wanted for key in self.keys)

    def __call__(self, parts, wanted):
        given = [parts.get(i) for i in range(len(self.outputs))]
        self.gradients.backward(tuple(None if one is None else np.ascontiguousarray(np.broadcast_to(one, made.shape), np.float32)
                                      for one, made in zip(given, self.outputs)))
        found = {key: np.asarray(self.gradients.weight(number)) for key, number in self.keys.items() if key in wanted}
        back = [None if shape is None else np.asarray(self.gradients.input(i)).reshape(shape) for i, shape in enumerate(self.shapes)]
        return back, found


def _arrays_of(inputs):
    """The parts of what a model was given, in their order."""
    values = list(inputs.values()) if isinstance(inputs, dict) else inputs
    return list(values) if isinstance(values, (list, tuple)) else [values]


def model_call(model, inputs, fitted, training):
    """What a model gives for arrays while something records."""
    model._borrow_weights()
    arrays = fitted if isinstance(fitted, tuple) else (fitted,)
    parts = _arrays_of(inputs)
    nodes = [_record.node_of(one) for one in parts] if len(parts) == len(arrays) else [None] * len(arrays)
    shapes = [None if node is None else np.shape(_record.plain(one)) for node, one in zip(nodes, parts)] \
        if any(node is not None for node in nodes) else [None] * len(arrays)
    call = _Call(model, arrays, bool(training), shapes)
    if training:
        model._return_weights()
    whole = _record.Node(nodes, call)
    made = []
    for i, array in enumerate(call.outputs):
        one = tensor(array)
        one._node = _record.Node([whole], lambda g, i=i: [_Parts({i: g})])
        made.append(one)
    return made


def tensor_call(core, x):
    """What a core without weights makes of a tensor, an activation such as softmax: (n, …) in and out."""
    gradients = _cornu.Gradients(core, len(x), threads=1)
    made = np.asarray(gradients.forward((x,)))

    def back(g):
        gradients.backward((np.ascontiguousarray(g, np.float32),))
        return [np.asarray(gradients.input(0))]

    return made, back


class GradientTape:
    """Keras's models, layers and losses, and what is computed of their results by keras.ops, tf and NumPy."""

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent, self._used, self._recording = persistent, False, None
        self._watches_all, self._watched = watch_accessed_variables, []

    def __enter__(self):
        self._recording = _record.recording()
        self._recording.__enter__()
        return self

    def __exit__(self, *exception):
        if self._recording is not None:
            self._recording.__exit__(*exception)
            self._recording = None

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise MissingError(f"tensorflow.GradientTape.{name} is not in Cornu")

    def watch(self, tensor):
        for one in tensor if isinstance(tensor, (list, tuple)) else [tensor]:
            self._watched.append(one)
            if hasattr(one, "_read"):
                continue
            if not hasattr(one, "_node"):
                raise ValueError(f"Passed in object {one!r} of type {type(one).__name__!r}, not tf.Tensor or tf.Variable; "
                                 "make it one by tf.constant or tf.convert_to_tensor")
            if one._node is None:
                one._node = _record.Node(key=object())

    def watched_variables(self):
        return tuple(one for one in self._watched if hasattr(one, "_read"))

    def stop_recording(self):
        return _record.paused()

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients="none"):
        if self._used and not self._persistent:
            raise RuntimeError("A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)")
        self._used = True
        targets = _flat(target)
        seeds = output_gradients if isinstance(output_gradients, (list, tuple)) else [output_gradients] * len(targets)
        inside = _record.is_recording()
        with _record.recording():  # nodes are looked at, none is made
            tokens = _mapped(sources, self._token)
            found = {}
            for one, seed in zip(targets, seeds):
                node = _record.node_of(one)
                if node is None:
                    continue
                shape = np.shape(_record.plain(one))
                seed = np.ones(shape, np.float32) if seed is None else np.asarray(_record.plain(seed), np.float32)
                for key, value in _record.gradients(node, seed, _flat(tokens)).items():
                    found[key] = found[key] + value if key in found else value
        zero = str(getattr(unconnected_gradients, "value", unconnected_gradients)) == "zero"

        def give(source):
            value = found.get(self._token(source))
            if value is None:
                return tensor(np.zeros(np.shape(_record.plain(source)), np.float32)) if zero else None
            made = tensor(np.asarray(value, np.float32))
            if inside:  # a gradient of this one would be a second derivative
                made._node = _record.Node([], _record.unsupported("GradientTape: a gradient of a gradient"))
            return made

        return _mapped(sources, give)

    def _token(self, source):
        if hasattr(source, "_read"):
            if not self._watches_all and all(source._key != one._key for one in self.watched_variables()):
                return None
            return source._key
        node = getattr(source, "_node", None)
        return None if node is None else node if node.key is None else node.key

    def reset(self):
        self._used = False


def _mapped(value, function):
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(item, function) for item in value)
    if isinstance(value, dict):
        return {key: _mapped(item, function) for key, item in value.items()}
    return function(value)


def _flat(value):
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else None
    return [value] if items is None else [one for item in items for one in _flat(item)]


# ---- losses of Keras's on recorded predictions ------------------------------------------------------------------------------

_losses = {}  # (loss, shape of a sample): gradients of a model that passes its input on


def _gradients_of(loss, pred):
    from ._values import _passes_on

    key = (loss, pred.shape)
    if key not in _losses:
        if len(_losses) > 32:
            _losses.clear()
        core = _passes_on(pred.shape[1:])
        core.compile("sgd", loss, None, None)
        _losses[key] = _cornu.Gradients(core, len(pred), loss=True, threads=1)
    return _losses[key]


def loss_of_rows(loss, true, pred):
    """What each row has alone; one graph serves all."""
    gradients = _gradients_of(loss, pred[:1])
    pred, true = np.ascontiguousarray(pred, np.float32), np.ascontiguousarray(true)
    return np.array([gradients.compute(pred[i:i + 1], true[i:i + 1]) for i in range(len(pred))], np.float32)


def loss_gradient(loss, true, pred):
    """(the mean of the loss, its gradient by each prediction)."""
    gradients = _gradients_of(loss, pred)
    value = gradients.compute(np.ascontiguousarray(pred, np.float32), np.ascontiguousarray(true))
    return np.float32(value), np.asarray(gradients.input(0)).reshape(pred.shape)

