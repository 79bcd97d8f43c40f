"""Keras's Model: chains and graphs of layers, and classes with a call()."""

import numpy as np

from . import _record, _tape, _written
from ._core import CoreHolder
from ._data import by_names, fitting, one_array
from ._files import ModelFiles
from ._graph import KerasTensor, inlined, leaves, says_inference, says_training, walk
from ._names import unique_name
from ._tensor import as_array, tensor
from ._trainer import Trainer
from ._variables import InTrace
from ._layer import InputLayer


class Model(CoreHolder, ModelFiles, Trainer):
    """`Model(inputs, outputs)` of layers that stand one upon the other. The weights live in `_core`, Cornu's model, which is
    made when they are first needed; a layer that a second model uses keeps them in the first, its home. A model can be a layer
    of another: layers within it have paths there, "base/dense"."""

    _module = "keras"
    _given_shape = None
    _eager_line = False  # of a Sequential: one of its layers has weights of its own, and runs on arrays alone
    _eager_graph = False  # one of its calls runs on arrays alone
    _has_no_call = False  # a class that holds layers and models, and says itself how they are called

    _core = None
    _calls = None  # of a graph: its tensors; None: the layers stand in a line
    _one_output = True

    _own_layers = None  # of a class with a call() of its own: its attributes, once call() was traced
    _made_for = None  # the layer with a call() of its own that this is
    _structure = None  # of such a class: the inputs as call() takes them

    def __new__(cls, *args, **kwargs):
        _written.refuse_loops(cls)
        return super().__new__(cls)

    def __init__(self, inputs=None, outputs=None, name=None, trainable=True, **kwargs):
        if kwargs and list(kwargs) != ["dtype"]:
            raise TypeError(f"Model: unexpected arguments {', '.join(kwargs)}")
        own = not type(self).__module__.startswith("cornu.")
        if inputs is None and outputs is None and (self._written or own):
            self._has_no_call = not self._written
            self._init([], name or unique_name(type(self).__name__))
            self._trainable = trainable
            return
        if inputs is None or outputs is None:
            raise ValueError("Model: expected inputs and outputs")
        self._of_graph(inputs, outputs)
        self._trainable = trainable
        layers = self._graph_layers()
        self._init(layers, name or unique_name("functional"))
        self._trainable = trainable

    def _of_graph(self, inputs, outputs):
        firsts, lasts = _tensors(inputs, "inputs"), _tensors(outputs, "outputs")
        self._one_output = isinstance(outputs, KerasTensor) or len(lasts) == 1
        heads = {id(tensor): tensor if isinstance(tensor.layer, InputLayer) else InputLayer(shape=tensor.shape[1:]).output
                 for tensor in firsts}
        self._eager_graph = any(one.on_arrays or isinstance(one.layer, Model) and one.layer._is_eager()
                                for one in walk(firsts, lasts))
        if not self._eager_graph and _shared(walk(firsts, lasts)):  # its layers have one place each only where models are taken apart
            lasts = inlined(firsts, lasts)
        self._calls = walk(firsts, lasts)
        self._stands_for = heads
        self._inputs = [heads[id(tensor)] for tensor in firsts]
        self._outputs = lasts

    def _graph_layers(self):
        layers = list(dict.fromkeys(self._stands_for.get(id(tensor), tensor).layer for tensor in self._calls))
        names = [layer.name for layer in layers]
        if len(set(names)) != len(names):
            double = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"The name '{double}' is used twice in the model. All layer names should be unique.")
        return layers

    def _init(self, layers, name):
        self.name, self._layers = name, layers
        self._trainable = True
        self._gradient_pool = {}  # of calls that are recorded
        self._seed = None
        self._shape = None
        if self._calls is not None and len(self._inputs) == 1:
            self._shape = self._inputs[0].layer.shape
        self._tensors = {}
        if self._eager_graph:
            with _record.paused():  # makes the weights
                _written.run_graph(self, _written.zeros_for(self._inputs), False)
            return
        for layer in layers:
            self._take(layer)

    # ---- a call() of one's own

    @property
    def _written(self):
        return _written.own_call(type(self), (Model,))

    def _untraced(self):
        return self._calls is None and (self._written or self._has_no_call or self._eager_line)

    def call(self, inputs, training=None, mask=None):
        if self._eager_graph:
            return _written.run_graph(self, inputs, training)
        raise NotImplementedError(f"Model {type(self).__name__} does not have a `call()` method implemented.")

    def _build_own(self, shape):
        """Keras calls a build() of one's own once, with the shape of what the model is first given."""
        if "_built_for" not in vars(self) and _written.defines_build(type(self)):
            self._built_for = shape
            self.build(shape)

    def _trace(self, structure):
        """Becomes the model that call() makes of tensors, which may stand in lists and dicts."""
        given = _written.tensors_of(structure)
        self._build_own([one.shape for one in given] if isinstance(structure, (list, tuple)) else given[0].shape)
        if self._calls is not None:  # its build() has called ours
            return
        if self._is_eager():
            if self._has_no_call:
                self.call(None)
            raise InTrace(*self._why_eager())
        try:
            made = _written.traced(self, (structure,), {})
        except InTrace:
            raise
        except _written.NOT_A_MODEL as error:
            _written.tensors_on_arrays(self, (structure,), {}, error)
            raise InTrace(self.name, "a call() of its own operations") from None
        outputs = _written.tensors_of(made)
        self._structure = structure
        self._of_graph(given, outputs[0] if made is outputs[0] else outputs)
        self._init(self._graph_layers(), self.name)
        self._own_layers = _written.attributes(self)
        if self._compiled is not None:
            self.compile(**{**self._compile_later, "optimizer": self.optimizer})

    def _trace_for(self, x):
        """With the shapes of data."""
        def head(value, name):
            shape = np.shape(value)[1:] if np.ndim(value) else ()
            return InputLayer(shape=shape or (1,), name=name).output

        if isinstance(x, dict):
            self._trace({key: head(value, key) for key, value in x.items()})
        elif isinstance(x, (list, tuple)) and len(x) and hasattr(x[0], "shape") and np.ndim(x[0]):
            self._trace([head(value, f"input_layer_{i}" if i else "input_layer") for i, value in enumerate(x)])
        else:
            self._trace(head(x if hasattr(x, "shape") else as_array(x), "input_layer"))

    def _trace_shapes(self, shapes):
        single = shapes and (shapes[0] is None or isinstance(shapes[0], (int, np.integer)))
        sizes = [tuple(int(size) for size in one[1:]) for one in ([shapes] if single else shapes)]
        heads = [InputLayer(shape=one, name=f"input_layer_{i}" if i else "input_layer").output for i, one in enumerate(sizes)]
        self._trace(heads[0] if single else heads)

    def add_weight(self, *args, **kwargs):
        """A weight of one's own: such a model can be called on arrays."""
        return _written.add_weight(self, *args, **kwargs)

    def _is_eager(self):
        return self._eager_graph or self._calls is None and (self._has_no_call or self._eager_line or bool(self._written) and _written.is_eager(self))

    def add_loss(self, loss, **_):
        """A loss of a call(): such a model is trained batch by batch in Python."""
        _written.add_loss(self, loss)

    def _why_eager(self):
        if self._eager_line or self._eager_graph:
            return (self.name, "a call() of its own operations")
        weights = _written.own_variables(self) or _written.eager_weights(self)
        return (weights[0].path,) if weights else (self.name, "add_loss")

    def add_metric(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__}.add_metric is not in Cornu")

    def _refuse_training(self, training):
        """A call that goes by another answer to "training?" than the model around it."""
        for layer in self._leaves():
            if layer._acts_in_training():
                raise NotImplementedError(f"{self.name}(training={training}): {layer.name} in it acts in training, and is the "
                                          "model's training alone in Cornu")

    # ---- layers

    def _take(self, layer):
        """A layer that is nowhere else is at home here."""
        for _, leaf in leaves([layer]):
            if leaf._home is None:
                leaf._home = self

    def _leaves(self):
        """The layers that have weights, also those of models within."""
        return [leaf for _, leaf in leaves(self._layers)]

    @property
    def layers(self):
        layers = self._layers if self._own_layers is None else self._own_layers
        if self._untraced() and not self._eager_line:
            layers = _written.attributes(self)
        return [getattr(layer, "_made_for", None) or layer for layer in layers]

    def get_layer(self, name=None, index=None):
        if index is not None:
            if index >= len(self.layers):
                raise ValueError(f"Was asked to retrieve layer at index {index} but model only has {len(self.layers)} layers.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in self._layers]}.")

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    def _tensor_of(self, wanted):
        """The symbolic tensor behind a layer."""
        if self._calls is not None:
            for tensor in self._calls:
                if tensor.layer is wanted:
                    return self._stands_for.get(id(tensor), tensor)
        self._settle()
        if self._shape is None:
            raise AttributeError(f"model {self.name} has never been called: its layers have no input or output yet")
        previous = None
        for layer in self._all_layers():
            if id(layer) not in self._tensors:
                is_input = isinstance(layer, InputLayer)
                self._tensors[id(layer)] = layer.output if is_input else KerasTensor(layer, [previous])
            previous = self._tensors[id(layer)]
            if layer is wanted:
                return previous
        raise ValueError(f"layer {wanted.name} is not in model {self.name}")

    def _all_layers(self):
        return self._layers

    @staticmethod
    def _class_of(layer):
        """The name of its class, as Keras has it."""
        return "Functional" if type(layer) is Model else type(layer).__name__

    @property
    def inputs(self):
        if self._calls is not None:
            return list(self._inputs)
        return [self._tensor_of(self._all_layers()[0])]

    @property
    def outputs(self):
        if self._calls is not None:
            return list(self._outputs)
        return [self._tensor_of(self._all_layers()[-1])]

    @property
    def input(self):
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    @property
    def output(self):
        return self.outputs[0] if len(self.outputs) == 1 else self.outputs

    @property
    def input_shape(self):
        if len(self._input_shapes()) > 1:
            return [(None, *shape) for shape in self._input_shapes()]
        return (None, *self._known_shape()) if self._known_shape() else None

    @property
    def output_shape(self):
        if not self._one_output:
            return [tensor.shape for tensor in self._outputs]
        return self._outputs[0].shape if self._eager_graph else (None, *self._ensure_core().output_shape())

    def compute_output_shape(self, input_shape):
        self.build(input_shape)
        return self.output_shape
    # ---- data that fits

    def _settle(self):
        """Only a Sequential has something to settle."""

    def _fitting(self, x):
        """x as the model takes it; the first data builds a model without an Input."""
        if isinstance(x, tuple):
            shapes = self._input_shapes()
            return tuple(fitting(one, shape, self.name) for one, shape in zip(x, shapes))
        if self._known_shape() is None:
            self._shape = tuple(x.shape[1:]) or (1,)
        self._ensure_core()
        return fitting(x, self._input_shapes()[0], self.name)

    def _several(self):
        return len(self._inputs) > 1 or len(self._outputs) > 1 if self._calls is not None else False

    def _arrays(self, value, role):
        """Data as the core takes it: an array, or a tuple of one for each input or output."""
        if role == "x" and self._eager_graph:
            raise InTrace(*self._why_eager())
        if role == "x" and self._untraced():
            self._trace_for(value)
        if not self._several():
            return one_array(value, role)
        names = [t.name for t in (self._inputs if role == "x" else self._outputs)]
        return by_names(value, names, role)

    @property
    def input_names(self):
        return [one.name for one in self.inputs]

    @property
    def output_names(self):
        return [one.name for one in self.outputs]

    def _targets(self, y):
        self._know_targets(y)
        return y

    def __call__(self, inputs, training=None, mask=None):
        if _written.tensors_of(inputs):
            if says_inference(training) or says_training(training):
                self._refuse_training(training)
            return self._call_on(inputs)
        if self._is_eager():
            self._build_own(np.shape(inputs) if hasattr(inputs, "shape") else None)
            return _written.eager_call(self, (inputs,), {}, training)
        try:
            fitted = self._fitting(self._arrays(inputs, "x"))
        except InTrace:  # a layer in it has made weights of its own
            if not self._is_eager():
                raise
            return _written.eager_call(self, (inputs,), {}, training)
        if _record.is_recording():
            out = _tape.model_call(self, inputs, fitted, training)
            return out[0] if len(out) == 1 else out
        out = self._predict(fitted, training=bool(training))
        return [tensor(one) for one in out] if isinstance(out, list) else tensor(out)

    def _call_on(self, inputs):
        """The model as a layer of the model that is made of these tensors."""
        given = list(inputs.values()) if isinstance(inputs, dict) else _listed(inputs)
        if self._untraced():
            self._trace_shapes(given[0].shape if len(given) == 1 and not isinstance(inputs, list) else [t.shape for t in given])
        if self._calls is None and self._shape is None:
            self._shape = tuple(given[0].shape[1:])
        if len(given) != len(self.inputs):
            raise ValueError(f"model {self.name} expects {len(self.inputs)} inputs, got {len(given)}")
        call = KerasTensor(self, given)
        outputs = [call, *(KerasTensor(self, given, i, call) for i in range(1, len(self.outputs)))]
        return outputs[0] if self._one_output else outputs

    def _call_layers(self, given):
        """The model's layers on other tensors: its outputs, which know nothing of the model."""
        if self._calls is None:
            for layer in self._layers:
                given = layer._call_layers(given) if isinstance(layer, Model) else [layer(given[0])]
            return given
        made = {id(key): one for key, one in zip((t for t in self._calls if id(t) in self._stands_for), given)}
        for call in self._calls:
            if id(call) in made:
                continue
            inputs = [made[id(one)] for one in call.inputs]
            inner = isinstance(call.layer, Model)
            made[id(call)] = call.layer._call_layers(inputs)[call.output_index] if inner else KerasTensor(call.layer, inputs)
        return [made[id(one)] for one in self._outputs]
    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _shared(calls):
    """Is there a layer in several places, such as in a model and beside it?"""
    layers = list({id(tensor.layer): tensor.layer for tensor in calls}.values())
    found = [id(leaf) for _, leaf in leaves(layers) if not isinstance(leaf, InputLayer)]
    return len(set(found)) != len(found)


def _tensors(tensors, what):
    if isinstance(tensors, dict):
        tensors = list(tensors.values())
    tensors = list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]
    for one in tensors:
        if not isinstance(one, KerasTensor):
            raise ValueError(f"Model: {what} must be keras tensors, got {one!r}")
    return tensors
