"""What layers have in common, and Input."""

import inspect
import math

import numpy as np

from . import _graph, _own_parts, _written, activations, constraints, initializers, regularizers
from ._described import CLASSES, Described, call, deserialize, is_off, plain
from ._graph import KerasTensor, Variable, says_inference, says_training
from ._names import unique_name
from ._own_call import OwnCall

_COMMON = ("name", "trainable", "dtype")
_SHAPES = ("input_shape", "input_dim", "batch_input_shape", "batch_size")
_OF_CONFIGS = ("dtype", "batch_input_shape", "build_config", "quantization_config", "renorm_clipping", "renorm_momentum")  # what configurations have beside arguments
_IGNORED = ("autocast",)  # how Keras casts, where there is float32 alone


class Layer(OwnCall, Described):
    """A layer's arguments; its weights live in the model that it was first used in."""

    _module = "keras.layers"
    _home = None  # the model that holds the weights
    _stash = None  # the weights while no model holds them
    _only_in_training = False  # passes its input on otherwise
    _by_the_way = False  # made within a call() that is being traced

    def __init__(self, *args, **kwargs):
        self._by_the_way = bool(_graph._answers)
        self._common(kwargs)
        self._read(args, kwargs)
        self._own_functions = _own_parts.take_out(self)
        if self._own_functions:
            self._inner = _own_parts.inner(self, self._own_functions)
        elif self._word:
            from cornu import _cornu

            _cornu.check_layer(self._notation())

    def _common(self, kwargs):
        own = self._signature.parameters
        common = {name: kwargs.pop(name, None) for name in _COMMON if name not in own}
        self.name = common.get("name") or unique_name(type(self).__name__)
        if not isinstance(self.name, str):
            raise ValueError(f"Argument `name` must be a string, received: {self.name!r}")
        self._trainable = True if common.get("trainable") is None else bool(common["trainable"])
        self.dtype = getattr(common.get("dtype"), "name", common.get("dtype")) or "float32"
        self._given_shape = _shape_from(kwargs)
        for name in _IGNORED:
            kwargs.pop(name, None)
        unknown = [name for name in kwargs if name not in own]
        if unknown:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: "
                             f"{ {name: kwargs[name] for name in unknown} }")

    def _read(self, args, kwargs):
        super()._read(args, kwargs)
        for name in self._signature.parameters:
            module = _MODULE_OF.get(name.rpartition("_")[2])
            if module:
                setattr(self, name, module.get(getattr(self, name)))

    def _given(self):
        given = super()._given()
        activation, parameter = given.get("activation"), self._signature.parameters.get("activation")
        if isinstance(activation, activations.Activation) and activation.name == "linear" and parameter.default is None:
            del given["activation"]
        return given

    def _notation(self):
        if self._word is None:
            raise NotImplementedError(f"{type(self).__name__}: a layer of one's own cannot run inside Cornu, unless its call() "
                                      "is made of keras.layers")
        common = {"name": self.name}
        if not self._trainable:
            common["trainable"] = False
        if self.dtype not in ("float32", None):
            common["dtype"] = self.dtype
        return call(self._word, {**self._given(), **common})

    # ---- use in a functional model

    def __call__(self, inputs, *args, **kwargs):
        training = kwargs.pop("training", None)
        if self._written:
            return self._call_part((inputs, *args), kwargs, training)
        if args or kwargs:
            raise NotImplementedError(f"{type(self).__name__}: further arguments of a call are not in Cornu")
        if isinstance(inputs, KerasTensor) or (isinstance(inputs, (list, tuple)) and inputs
                                               and isinstance(inputs[0], KerasTensor)):
            if self._acts_in_training() and says_training(training):
                raise NotImplementedError(f"{self.name}(training=True): what acts as in training also in predict is not in Cornu")
            if self._acts_in_training() and says_inference(training):
                return self._as_in_inference(inputs)
            return KerasTensor(self, inputs)
        return self._apply(inputs, self._augments if training is None else training)

    def _acts_in_training(self):
        return self._only_in_training or (self._word == "batch_normalization" and self._trainable)

    def _as_in_inference(self, inputs):
        if self._only_in_training:
            return inputs
        raise NotImplementedError(f"{self.name}(training=False): batch normalization that keeps its averages is in Cornu where "
                                  "the layer is frozen (trainable = False)")

    _alone = None  # the model of it alone, in which it was last called on an array
    _of_images = False  # may be given one image instead of several
    _augments = False  # acts in calls that do not say whether they are training

    def _apply(self, inputs, training):
        """On an array: a model of this layer alone."""
        from ._tensor import as_array
        from ._sequential import Sequential

        if isinstance(inputs, (list, tuple)) and len(inputs) > 1 and all(np.ndim(one) > 1 for one in inputs):
            return self._apply_to_several(list(inputs), training)
        array = as_array(inputs)
        single = self._of_images and array.ndim == 3
        array = array[None] if single else array
        alone = self._alone
        if alone is None or self._home is not alone or alone._core is None or alone._known_shape() != array.shape[1:]:
            if self._home is not None and self._home._core is not None:
                self._home._stash_weights()
            alone = self._alone = Sequential([self], name=unique_name("layer_call"))
            alone.build((None, *array.shape[1:]))
        out = alone(inputs if array.ndim == np.ndim(inputs) else array, training=training)
        return out[0] if single else out

    def _apply_to_several(self, inputs, training):
        """A layer that merges, on arrays."""
        from ._model import Model

        shapes = [tuple(np.shape(one)[1:]) for one in inputs]
        if self._alone is None or self._alone._input_shapes() != shapes:
            heads = [InputLayer(shape=shape, name=f"merged_{i}").output for i, shape in enumerate(shapes)]
            self._alone = Model(heads, KerasTensor(self, heads), name=unique_name("layer_call"))
        return self._alone(inputs, training=training)

    # ---- weights

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in [self._part[0]] if self._part else _written.attributes(self) if self._written else []:
            layer.trainable = value

    @property
    def built(self):
        return self._part is not None or (self._home is not None and self._home.built)

    @built.setter
    def built(self, value):
        """Layers of one's own set it at the end of build()."""

    def build(self, input_shape=None):
        """Layers of one's own may have one."""

    @property
    def variables(self):
        return self.weights

    @property
    def weights(self):
        if self._part is not None:
            return self._part[0].weights
        if self._written and _written.is_eager(self):
            return _written.eager_weights(self)
        if self._home is None:
            return []
        return [Variable(self, index, name, place) for place, (index, name) in enumerate(self._home._weights_of(self))]

    @property
    def trainable_weights(self):
        if self._part is not None:
            return self._part[0].trainable_weights
        return [v for v in self.weights if self._trainable and v.trainable]

    @property
    def non_trainable_weights(self):
        if self._part is not None:
            return self._part[0].non_trainable_weights
        return [v for v in self.weights if not (self._trainable and v.trainable)]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self):
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights):
        mine = self.weights
        if len(weights) != len(mine):
            raise ValueError(f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of length "
                             f"{len(weights)}, but the layer was expecting {len(mine)} weights.")
        for variable, value in zip(mine, weights):
            variable.assign(value)

    def count_params(self):
        if not self.built:
            raise ValueError(f"You tried to call `count_params` on layer '{self.name}', but the layer isn't built.")
        return sum(math.prod(v.shape) for v in self.weights)

    def _weight(self, name):
        for variable in self.weights:
            if variable.name == name:
                return variable
        return None

    @property
    def kernel(self):
        return vars(self)["_own_kernel"] if "_own_kernel" in vars(self) else self._weight("kernel")

    @kernel.setter
    def kernel(self, value):
        """Layers of one's own keep theirs under such names."""
        self._own_kernel = value

    @property
    def bias(self):
        return vars(self)["_own_bias"] if "_own_bias" in vars(self) else self._weight("bias")

    @bias.setter
    def bias(self, value):
        self._own_bias = value

    @property
    def losses(self):
        """The penalties of its weights, as a loop of one's own adds them to its loss."""
        if self._part is not None or self._written:
            parts = [self._part[0]] if self._part else _written.attributes(self)
            own = _own_parts.penalties(self) if self._own_functions else []
            return own + _written.added_losses(self) + [one for part in parts for one in part.losses]
        found = []
        for name in self._signature.parameters:
            regularizer = getattr(self, name) if name.endswith("_regularizer") else None
            if regularizer is None:
                continue
            variable = next((v for v in self.trainable_weights if v.name.startswith(name.removesuffix("_regularizer"))), None)
            if variable is None and name != "activity_regularizer":
                continue  # of a bias that is not there, or a frozen weight
            found.append(regularizers.recorded(regularizer, variable, f"{self.name}.losses: {name}"))
        return found

    # ---- shapes

    @property
    def input(self):
        return self._node().inputs[0] if self._node().inputs else self._node()

    @property
    def output(self):
        return self._node()

    def _node(self):
        if self._home is None:
            raise ValueError(f"The layer {self.name} has never been called and thus has no defined output.")
        return self._home._tensor_of(self)

    @property
    def input_shape(self):
        return self.input.shape

    @property
    def output_shape(self):
        return self.output.shape

    def compute_output_shape(self, input_shape):
        return KerasTensor(self, [InputLayer(shape=input_shape[1:]).output]).shape

    def get_config(self):
        config = {"name": self.name, "trainable": self._trainable, "dtype": self.dtype}
        for name in self._signature.parameters:
            value = getattr(self, name)
            config[name] = value.config() if isinstance(value, activations.Activation) else plain(value)
        return config

    @classmethod
    def from_config(cls, config):
        known = {**cls._signature.parameters, **dict.fromkeys(("name", "trainable"))}
        for name, value in config.items():
            if name not in known and name not in _OF_CONFIGS and not is_off(value):
                raise NotImplementedError(f"{cls.__name__}: {name} = {value!r} is not in Cornu")
        given = {name: deserialize(value) for name, value in config.items() if name in known}
        return cls(**{name: _tuples(value) for name, value in given.items()})

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _tuples(value):
    """Lists of a configuration as the tuples that they were."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


_MODULE_OF = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints,
              "activation": activations}


def _shape_from(kwargs):
    """The input's shape from the arguments that the first layer of a Sequential may have; without the batch."""
    given = {name: kwargs.pop(name) for name in _SHAPES if name in kwargs}
    if given.get("batch_input_shape") is not None:
        return tuple(given["batch_input_shape"][1:])
    if given.get("input_shape") is not None:
        shape = given["input_shape"]
        return (shape,) if isinstance(shape, int) else tuple(shape)
    if given.get("input_dim") is not None:
        return (given["input_dim"],)
    return None


class InputLayer(Layer):
    _word = "input"
    _signature = inspect.Signature()

    def __init__(self, shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, name=None,
                 input_shape=None, input_tensor=None, optional=False, **kwargs):
        if kwargs.pop("ragged", None) or sparse or input_tensor is not None or optional or kwargs:
            raise NotImplementedError("Input: ragged, sparse, optional and input_tensor are not in Cornu")
        shape = shape if shape is not None else input_shape
        if batch_shape is not None:
            shape = batch_shape[1:]
        if shape is None:
            raise ValueError("You must pass a `shape` argument.")
        shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        if any(size is None for size in shape):
            raise NotImplementedError(f"Input(shape={shape}): sizes of None are not in Cornu")
        self.shape = tuple(int(size) for size in shape)
        self.name = name or unique_name("input_layer")
        self._trainable, self.dtype, self._given_shape = True, "float32", self.shape
        self.output_tensor = KerasTensor(self, [])

    @property
    def batch_shape(self):
        return (None, *self.shape)

    @property
    def output(self):
        return self.output_tensor

    input = output

    def _notation(self):
        return call("input", {"shape": list(self.shape), "name": self.name})

    def get_config(self):
        return {"batch_shape": [None, *self.shape], "dtype": "float32", "sparse": False, "name": self.name}

    @classmethod
    def from_config(cls, config):
        shape = config.get("batch_shape") or config.get("batch_input_shape")
        return cls(shape=tuple(shape[1:]), name=config.get("name"))


CLASSES["keras.layers", "InputLayer"] = InputLayer


def Input(shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, name=None, tensor=None, **kwargs):
    return InputLayer(shape=shape, batch_size=batch_size, sparse=sparse, batch_shape=batch_shape, name=name,
                      input_tensor=tensor, **kwargs).output
