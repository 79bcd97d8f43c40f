"""Keras's models: Sequential, chains of the functional kind, and their files."""

import json
import os

import numpy as np

from cornu import _cornu

from . import _own_parts, _random, _record, _tape, _written
from ._data import by_names, fitting, one_array
from ._described import CLASSES, missing_of
from ._graph import KerasTensor, inlined, leaves, says_inference, says_training, walk
from ._names import unique_name
from ._tensor import as_array, tensor
from ._trainer import Trainer
from ._variables import InTrace
from .layers import InputLayer, Layer


class Model(Trainer):
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
        except NotImplementedError as error:
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

    # ---- the core

    @property
    def built(self):
        return self._core is not None or self._calls is not None or (self._shape is not None and bool(self._layers))

    @built.setter
    def built(self, value):
        """Classes set it at the end of a build() of their own."""

    def _known_shape(self):
        """True-ish where the model can be built."""
        return self._shape if self._calls is None else tuple(self._input_shapes())

    def _input_shapes(self):
        """A sample's shape for each input; none of a line of layers that waits for its data."""
        if self._calls is not None:
            return [tensor.layer.shape for tensor in self._inputs]
        return [] if self._shape is None else [self._shape]

    def build(self, input_shape=None):
        if self._untraced() and input_shape is not None:
            return self._trace_shapes(input_shape)
        if input_shape is not None and self._shape is None:
            self._shape = tuple(int(size) for size in input_shape[1:])
        self._ensure_core()

    def _reshuffles(self):
        return not _random.seeded()

    def _ensure_core(self):
        if self._core is not None:
            self._bring_trainable()
            return self._core
        if self._eager_graph:
            raise InTrace(*self._why_eager())
        self._stash_weights()
        if self._known_shape() is None:
            raise ValueError(f"Weights for model '{self.name}' have not yet been created. Weights are created when the model "
                             "is first called on inputs or `build()` is called with an `input_shape`.")
        if self._seed is None:
            self._seed = _random.next_seed()
        core = self._new_core()
        self._adopt(core)
        self._compile_core(core)
        return core

    def _bring_trainable(self):
        """Layers may have been frozen, or set free, since."""
        for path, layer in leaves(self._layers):
            if not isinstance(layer, InputLayer) and self._as_trained.get(path) is not layer._trainable:
                self._core.set_trainable(path, layer._trainable)
                self._as_trained[path] = layer._trainable

    def _new_core(self):
        core = self._description()
        core.seed = self._seed
        core.build(self._input_shapes()[0])
        return core

    def _description(self):
        """A core without weights."""
        if self._calls is not None:
            places = {id(tensor): place for place, tensor in enumerate(self._calls)}
            layer_places = {id(layer): place for place, layer in enumerate(self._layers)}
            calls, first_of = [], {}
            for tensor in self._calls:
                head = self._stands_for.get(id(tensor))
                layer = tensor.layer if head is None else head.layer
                sibling = places[id(first_of[id(tensor.call)])] if id(tensor.call) in first_of else -1
                first_of.setdefault(id(tensor.call), tensor)
                calls.append((layer_places[id(layer)], [] if head else [places[id(one)] for one in tensor.inputs],
                              0 if head else tensor.output_index, -1 if head else sibling))
            inputs = [next(places[key] for key, head in self._stands_for.items() if head is one) for one in self._inputs]
            return _cornu.graph(self.name, [_described(layer) for layer in self._layers], calls, inputs,
                                [places[id(tensor)] for tensor in self._outputs])
        core = _cornu.Model(self.name)
        for layer in self._layers:
            core.add(_described(layer))
        return core

    def _adopt(self, core):
        """Takes a core whose layers are ours; weights that are elsewhere come into it."""
        self._core = core
        self._as_trained = {path: layer._trainable for path, layer in leaves(self._layers)}
        self._paths = {id(layer): path for path, layer in leaves(self._layers)}
        self._index = {}
        for i, path in enumerate(core.weight_names()):
            layer, _, name = path.rpartition("/")
            self._index.setdefault(layer, []).append((i, name))
        for layer in self._leaves():
            if layer._stash is None and layer._home in (None, self) and hasattr(layer, "_own_initializers"):
                for i, name in self._places_of(layer):
                    value = _own_parts.begin(layer, name, np.asarray(core.get_weight(i)))
                    if value is not None:
                        core.set_weight(i, value)
            if layer._stash is not None:
                for (i, _), value in zip(self._weights_of(layer), layer._stash):
                    core.set_weight(i, value)
                layer._stash = None
                layer._home = self
            elif layer._home is None or (layer._home is not self and not layer._home.built):
                layer._home = self
        self._borrow_weights()

    def _weights_of(self, layer):
        if self._core is None:
            if self._known_shape() is None:
                return []
            self._ensure_core()
        return self._places_of(layer)

    def _places_of(self, layer):
        """(number, name) of the layer's weights in the core."""
        return self._index.get(self._paths[id(layer)], [])

    def _stash_weights(self):
        """Lets go of the core; weights of layers at home here stay with the layers."""
        if self._core is None:
            return
        for layer in self._leaves():
            if layer._home is self and id(layer) in self._paths:
                layer._stash = [np.asarray(self._core.get_weight(i)) for i, _ in self._places_of(layer)]
        if self.optimizer is not None and self.optimizer._core is self._core:
            self.optimizer._rate = self.optimizer._rate if callable(self.optimizer._rate) else self._core.learning_rate
            self.optimizer._core = None
        self._core = None

    def _foreign(self):
        return [layer for layer in self._leaves() if layer._home is not None and layer._home is not self]

    def _borrow_weights(self):
        """Brings weights of layers whose home is another model."""
        core = self._ensure_core()
        for layer in self._foreign():
            if layer._stash is not None:
                values = layer._stash
            else:
                values = [layer._home._core.get_weight(i) for i, _ in layer._home._weights_of(layer)]
            for (i, _), value in zip(self._places_of(layer), values):
                core.set_weight(i, value)

    def _return_weights(self):
        for layer in self._foreign():
            mine = [np.asarray(self._core.get_weight(i)) for i, _ in self._places_of(layer)]
            if layer._stash is not None:
                layer._stash = mine
                continue
            for (i, _), value in zip(layer._home._weights_of(layer), mine):
                layer._home._core.set_weight(i, value)

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

    # ---- weights

    @property
    def weights(self):
        if self._is_eager():
            return _written.eager_weights(self)
        return [v for layer in self.layers for v in layer.weights]

    variables = weights

    @property
    def trainable_weights(self):
        if self._is_eager():
            return [v for v in _written.eager_weights(self) if v.trainable]
        return [v for layer in self.layers for v in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        if self._is_eager():
            return [v for v in _written.eager_weights(self) if not v.trainable]
        return [v for layer in self.layers for v in layer.non_trainable_weights]

    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights

    @property
    def losses(self):
        """The penalties of regularizers, as a loop of one's own adds them to its loss."""
        return _written.added_losses(self) + [one for layer in self.layers for one in layer.losses]

    def get_weights(self):
        if self._is_eager():
            return [np.array(v.numpy()) for v in self.weights]
        if not self.built:
            return []
        self._borrow_weights()
        return [np.asarray(self._core.get_weight(i)) for i in self._weight_places()]

    def _weight_places(self):
        """The core's numbers of the weights, in Keras's order."""
        every = range(self._core.weight_count)
        if all(model._own_layers is None for model in self._models()):
            return every
        leaves = {id(leaf): leaf for leaf in _written.leaves_in_order(self) if id(leaf) in self._paths}
        order = [i for leaf in leaves.values() for i, _ in self._places_of(leaf)]
        return order + sorted(set(every) - set(order))

    def _models(self):
        """The model and those within it."""
        yield self
        for layer in self._layers:
            if isinstance(layer, Model):
                yield from layer._models()

    def set_weights(self, weights):
        if self._is_eager():
            for variable, value in zip(self.weights, weights, strict=True):
                variable.assign(value)
            return
        core = self._ensure_core()
        if len(weights) != core.weight_count:
            raise ValueError(f"You called `set_weights(weights)` on model '{self.name}' with a weight list of length "
                             f"{len(weights)}, but the model was expecting {core.weight_count} weights.")
        for i, value in zip(self._weight_places(), weights):
            core.set_weight(i, as_array(value).astype(np.float32).reshape(np.shape(value)))
        self._return_weights()

    def count_params(self):
        if self._is_eager() and self.weights:
            return sum(int(np.prod(v.shape)) for v in self.weights)
        if not self.built:
            raise ValueError(f"You tried to call `count_params` on model '{self.name}', but the model isn't built.")
        return self._ensure_core().parameters

    # ---- what it is

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False,
                layer_range=None):
        if self._is_eager() and self.weights:
            return (print_fn or print)(_written.summary(self))
        if self._untraced():
            raise ValueError("This model has not yet been built. Build the model first by calling `build()` or by calling the "
                             "model on a batch of data.")
        if self.built:
            text = self._ensure_core().summary()
        else:
            text = self._description().summary()
        (print_fn or print)(text.rstrip("\n"))

    def plan(self, batch_size=32):
        """The steps that training runs, with shapes, bytes and operations: Cornu's own."""
        return self._ensure_core().plan(batch_size)

    def to_json(self, **kwargs):
        return self._ensure_core().to_json() if self.built else json.dumps(
            {"module": "keras", "class_name": "Sequential", "config": self.get_config(), "registered_name": None})

    def get_config(self):
        from ._described import serialize

        if self._calls is not None or any(isinstance(layer, Model) for layer in self._layers):
            return json.loads(self._ensure_core().to_json())["config"]
        return {"name": self.name, "trainable": True, "dtype": "float32",
                "layers": [serialize(layer) for layer in self._all_layers()]}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from ._loading import from_json_config

        return from_json_config({"config": config})

    def get_compile_config(self):
        return json.loads(self._ensure_core().compile_to_json()) if self._compiled else None

    # ---- files

    def save(self, filepath, overwrite=True, save_format=None, **kwargs):
        path = os.fspath(filepath)
        if save_format == "h5" and not path.endswith((".h5", ".hdf5")):
            path += ".h5"
        if not path.endswith((".keras", ".h5", ".hdf5", ".npz", ".onnx", ".json")):
            raise ValueError(f"Invalid filepath extension for saving. Please add either a `.keras` extension for the native "
                             f"Keras format (recommended) or a `.h5` extension. Received: filepath={filepath}. A folder would "
                             "be a SavedModel of TensorFlow's, which is not in Cornu; for other programs there are `.onnx` and "
                             "model.export, which writes `.c` and `.html`, too.")
        _may_write(path, overwrite)
        self._borrow_weights()
        self._core.save(path)

    def save_weights(self, filepath, overwrite=True):
        path = os.fspath(filepath)
        if not path.endswith((".weights.h5", ".npz")):
            raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={filepath}")
        _may_write(path, overwrite)
        self._borrow_weights()
        self._core.save(path, True)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        if skip_mismatch or kwargs.get("by_name"):
            raise NotImplementedError("load_weights: skip_mismatch and by_name are not in Cornu")
        path = os.fspath(filepath)
        if not os.path.exists(path):
            raise FileNotFoundError(f"Unable to open file: {path!r} does not exist")
        self._ensure_core().load_weights(path)
        self._return_weights()

    def export(self, filepath, format=None, **kwargs):
        path = os.fspath(filepath)
        if format is None and not path.endswith((".onnx", ".c", ".html")):
            raise NotImplementedError(f"export: {path} would be a SavedModel of TensorFlow's, which is not in Cornu; give a path "
                                      "that ends in .onnx, .c or .html")
        if path.endswith(".c"):
            return self._ensure_core().export_c(path)
        if path.endswith(".html"):
            return self._ensure_core().export_html(path)
        if format not in (None, "onnx"):
            raise NotImplementedError(f"export: format {format!r} is not in Cornu; onnx, and files ending in .c and .html, are")
        self._borrow_weights()
        self._core.save(path if path.endswith(".onnx") else path + ".onnx")

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _may_write(path, overwrite):
    if os.path.exists(path) and not overwrite:
        raise FileExistsError(f"{path} exists; give overwrite=True to write it anew")


def _listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _described(layer):
    """A layer for a core: its notation, or the core of a model that is a layer."""
    return layer._description() if isinstance(layer, Model) else layer._notation()


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


class Sequential(Model):
    def __init__(self, layers=None, trainable=True, name=None):
        self._init([], name or unique_name("sequential"))
        self._head = None
        for layer in layers or []:
            self.add(layer)
        self._trainable = trainable

    def add(self, layer, rebuild=True):
        if isinstance(layer, KerasTensor):
            layer = layer.layer
        if isinstance(layer, Model):
            if len(layer._input_shapes()) > 1 or not layer._one_output:
                raise ValueError(f"Layers added to a Sequential model can only have a single input and output tensor. "
                                 f"Received: model {layer.name}")
        elif not isinstance(layer, Layer):
            raise ValueError(f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer} (of type "
                             f"{type(layer)})")
        if not layer._written:
            _described(layer)  # says what cannot run
        self._stash_weights()
        self._tensors = {}
        if isinstance(layer, InputLayer):
            if self._all_layers():
                raise ValueError("Sequential model has already been configured to use an Input; it must come first")
            self._head, self._shape = layer, layer.shape
            return
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(f"All layers added to a Sequential model should have unique names. Name '{layer.name}' is already "
                             "the name of a layer in this model.")
        if not self._layers and self._shape is None and layer._given_shape is not None:
            self._head = InputLayer(shape=layer._given_shape)
            self._shape = self._head.shape
        if not self._layers and self._shape is None and isinstance(layer, Model) and layer._known_shape():
            self._shape = layer._input_shapes()[0]
        self._layers.append(layer)
        self._take(layer)
        self._settle()

    def _settle(self):
        """Layers with a call() of their own become models, once the shape is known that they are called with."""
        if self._shape is None or not any(layer._written and layer._known_shape() is None if isinstance(layer, Model)
                                          else layer._written for layer in self._layers):
            return
        tensor = InputLayer(shape=self._shape, name="settle").output
        for place, layer in enumerate(self._layers):
            try:
                made = layer(tensor)
            except InTrace:
                return self._run_on_arrays()
            if isinstance(made, KerasTensor) and (made.on_arrays or isinstance(layer, Model) and layer._is_eager()):
                return self._run_on_arrays()
            if not isinstance(made, KerasTensor):
                raise ValueError(f"Layers added to a Sequential model can only have a single input and output tensor. "
                                 f"Received: {layer}")
            self._layers[place] = made.layer if layer._written and not isinstance(layer, Model) else layer
            tensor = made

    def _run_on_arrays(self):
        """Weights of layers are then where each is called alone."""
        self._stash_weights()
        self._eager_line = True
        for layer in self._leaves():
            layer._home = None if layer._home is self else layer._home

    def pop(self, rebuild=True):
        if not self._layers:
            raise ValueError("There are no layers in the model.")
        self._stash_weights()
        self._tensors = {}
        return self._layers.pop()

    def _all_layers(self):
        if self._head is None and self._shape is not None:
            self._head = InputLayer(shape=self._shape)
        return ([self._head] if self._head else []) + self._layers

    def _ensure_core(self):
        if not self._layers:
            raise ValueError(f"Sequential model {self.name} has no layers; add some first")
        self._settle()
        if self._eager_line:
            raise InTrace(*self._why_eager())
        return super()._ensure_core()

    def call(self, inputs, training=None, mask=None):
        """Layer by layer, on arrays."""
        for layer in self._layers:
            inputs = layer(inputs, training=training)
        return inputs


Functional = Model
for _place in ("keras", "keras.models", "keras.layers", "keras.src.models.functional", "keras.src.models.sequential"):
    CLASSES[_place, "Sequential"] = Sequential
    CLASSES[_place, "Functional"] = CLASSES[_place, "Model"] = Model


from ._loading import clone_model, load_model, model_from_json, save_model  # noqa: E402,F401

from .utils import register_keras_serializable  # noqa: E402,F401

__getattr__ = missing_of("keras.models", "")
