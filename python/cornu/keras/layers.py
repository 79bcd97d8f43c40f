"""Keras's layers. A new one that Cornu has is one line of the table."""

import inspect
import math

import numpy as np

from . import _graph, _own_parts, _written, activations, constraints, initializers, regularizers
from ._described import CLASSES, Described, call, define, deserialize, is_off, missing_of, plain
from ._graph import KerasTensor, Variable, says_inference, says_training
from ._names import unique_name

_COMMON = ("name", "trainable", "dtype")
_SHAPES = ("input_shape", "input_dim", "batch_input_shape", "batch_size")
_OF_CONFIGS = ("dtype", "batch_input_shape", "build_config", "quantization_config", "renorm_clipping", "renorm_momentum")  # what configurations have beside arguments
_IGNORED = ("autocast",)  # how Keras casts, where there is float32 alone


class Layer(Described):
    """A layer's arguments; its weights live in the model that it was first used in."""

    _module = "keras.layers"
    _home = None  # the model that holds the weights
    _stash = None  # the weights while no model holds them
    _part = None  # of a layer with a call() of its own: the model that it is, and what it was called with
    _only_in_training = False  # passes its input on otherwise
    _own_functions = {}  # activation and the like that are Python's
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

    # ---- a call() of one's own

    @property
    def _written(self):
        return bool(self._own_functions) or self._word is None and _written.own_call(type(self), (Layer,))

    def call(self, inputs):
        """Of a layer that Cornu has with functions of the notebook's own."""
        if not self._own_functions:
            raise NotImplementedError(f"{type(self).__name__} does not have a call()")
        if isinstance(inputs, KerasTensor) and any(name.endswith(("regularizer", "constraint")) for name in self._own_functions):
            raise NotImplementedError(f"{self.name}: {', '.join(self._own_functions)} of one's own")
        made = inputs if self._inner is None else self._inner(inputs)
        return self._own_functions.get("activation", lambda x: x)(made)

    def _call_part(self, args, kwargs, training):
        """The layer is a model that its call() makes; another call is one of the same model."""
        given = _written.tensors_of([args, kwargs])
        if not given:
            return self._call_on_arrays(args, kwargs, training)
        others = _written.mapped(lambda tensor: None, (args, kwargs))
        if self._part is None:
            try:
                self._trace_part(args, kwargs, given, others)
            except NotImplementedError as error:
                return _written.tensors_on_arrays(self, args, kwargs, error)
        part, same, made = self._part
        if others != same:
            raise NotImplementedError(f"{self.name}: a second call with other arguments than tensors is not in Cornu")
        if says_inference(training) or says_training(training):
            part._refuse_training(training)
        outputs = part._call_on(list({id(one): one for one in given}.values()))
        found = dict(zip(map(id, _written.tensors_of(made)), outputs if isinstance(outputs, list) else [outputs]))
        return _written.mapped(lambda tensor: found[id(tensor)], made)

    def _trace_part(self, args, kwargs, given, others):
        from ._model import Model

        heads = {id(one): InputLayer(shape=one.shape[1:], name=f"{self.name}_input_{i}").output
                 for i, one in enumerate(given)}
        self._build_for([(None, *one.shape[1:]) for one in given] if isinstance(args[0], (list, tuple)) else given[0].shape)
        own_args, own_kwargs = _written.mapped(lambda tensor: heads[id(tensor)], (args, kwargs))
        made = _written.traced(self, own_args, own_kwargs)
        part = Model(list(heads.values()), _written.tensors_of(made), name=self.name)
        part._made_for, part._own_layers = self, _written.attributes(self)
        self._part = (part, others, made)

    def _build_for(self, shape):
        """Keras calls build() once, with the shape of what the layer is first given."""
        if "_built_for" not in vars(self):
            self._built_for = shape
            if _written.defines_build(type(self)):
                self.build(shape)

    def _call_on_arrays(self, args, kwargs, training):
        from ._tensor import as_array

        if self._part is None:
            self._build_for(np.shape(args[0]) if hasattr(args[0], "shape") else as_array(args[0]).shape)
            if _written.is_eager(self):
                return _written.eager_call(self, args, kwargs, training)

        if len(args) > 1 or kwargs or isinstance(args[0], (list, tuple, dict)):
            return _written.eager_call(self, args, kwargs, training)
        array = as_array(args[0])
        if self._part is None:
            self._call_part((InputLayer(shape=array.shape[1:]).output,), {}, None)
        if self._part is None:
            return _written.eager_call(self, args, kwargs, training)
        return self._part[0](array, training=training)

    def add_weight(self, *args, **kwargs):
        """A weight of one's own: such a layer can be called on arrays."""
        return _written.add_weight(self, *args, **kwargs)

    def add_loss(self, loss, **_):
        """A loss of a call(): a model with such a layer is trained batch by batch in Python."""
        _written.add_loss(self, loss)

    add_variable = add_weight

    _alone = None  # the model of it alone, in which it was last called on an array
    _of_images = False  # may be given one image instead of several
    _augments = False  # acts in calls that do not say whether they are training

    def _apply(self, inputs, training):
        """On an array: a model of this layer alone."""
        from ._tensor import as_array
        from ._sequential import Sequential

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


_DENSE = {"activation": None, "use_bias": True, "kernel_initializer": "glorot_uniform", "bias_initializer": "zeros",
          "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None,
          "bias_constraint": None, "lora_rank": None}
_NORM = {"beta_regularizer": None, "gamma_regularizer": None, "beta_constraint": None, "gamma_constraint": None}
_BATCH = {"axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True, "beta_initializer": "zeros",
          "gamma_initializer": "ones", "moving_mean_initializer": "zeros", "moving_variance_initializer": "ones", **_NORM,
          "synchronized": False}
_LAYER_NORM = {"axis": -1, "epsilon": 0.001, "center": True, "scale": True, "rms_scaling": False,
               "beta_initializer": "zeros", "gamma_initializer": "ones", **_NORM}

_AUGMENT = {"seed": None, "data_format": None}
_WARP = {"fill_mode": "reflect", "interpolation": "bilinear", "seed": None, "fill_value": 0.0, "data_format": None}
_LATER_WARP = {"interpolation": "bilinear", "fill_mode": "reflect", "fill_value": 0.0}

for _name, _word, _required, _defaults in (
        ("Dense", "dense", ("units",), _DENSE),
        ("Activation", "activation", ("activation",), {}),
        ("Dropout", "dropout", ("rate",), {"noise_shape": None, "seed": None}),
        ("Flatten", "flatten", (), {"data_format": None}),
        ("Reshape", "reshape", ("target_shape",), {}),
        ("BatchNormalization", "batch_normalization", (), _BATCH),
        ("LayerNormalization", "layer_normalization", (), _LAYER_NORM),
        ("ReLU", "relu", (), {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}),
        ("LeakyReLU", "leaky_relu", (), {"negative_slope": 0.3}),
        ("ELU", "elu", (), {"alpha": 1.0}),
        ("Softmax", "softmax", (), {"axis": -1}),
        ("Add", "add", (), {}),
        ("Subtract", "subtract", (), {}),
        ("Multiply", "multiply", (), {}),
        ("Average", "average", (), {}),
        ("Maximum", "maximum", (), {}),
        ("Minimum", "minimum", (), {}),
        ("Concatenate", "concatenate", (), {"axis": -1}),
        ("Dot", "dot", ("axes",), {"normalize": False}),
        ("ActivityRegularization", "activity_regularization", (), {"l1": 0.0, "l2": 0.0}),
        ("Identity", "identity", (), {}),
        ("Rescaling", "rescaling", ("scale",), {"offset": 0.0}),
        ("Permute", "permute", ("dims",), {}),
        ("RepeatVector", "repeat_vector", ("n",), {}),
        ("GaussianNoise", "gaussian_noise", ("stddev",), {"seed": None}),
        ("GaussianDropout", "gaussian_dropout", ("rate",), {"seed": None}),
        ("AlphaDropout", "alpha_dropout", ("rate",), {"noise_shape": None, "seed": None}),
        ("SpatialDropout1D", "spatial_dropout1d", ("rate",), {"seed": None}),
        ("SpatialDropout2D", "spatial_dropout2d", ("rate",), {"data_format": None, "seed": None}),
        ("RandomFlip", "random_flip", (), {"mode": "horizontal_and_vertical", **_AUGMENT}),
        ("RandomRotation", "random_rotation", ("factor",), _WARP),
        ("RandomTranslation", "random_translation", ("height_factor", "width_factor"), _WARP),
        ("RandomZoom", "random_zoom", ("height_factor",), {"width_factor": None, **_WARP}),
        ("RandomShear", "random_shear", (), {"x_factor": 0.0, "y_factor": 0.0, **_LATER_WARP, "data_format": None, "seed": None}),
        ("RandomElasticTransform", "random_elastic_transform", (),
         {"factor": 1.0, "scale": 1.0, **_LATER_WARP, "value_range": (0, 255), **_AUGMENT, "alpha": None, "sigma": None}),
        ("RandomBrightness", "random_brightness", ("factor",), {"value_range": (0, 255), **_AUGMENT}),
        ("RandomContrast", "random_contrast", ("factor",), {"seed": None, "value_range": None, "data_format": None}),
        ("RandomErasing", "random_erasing", (),
         {"factor": 1.0, "scale": (0.02, 0.33), "fill_value": None, "value_range": (0, 255), **_AUGMENT}),
        ("RandomCrop", "random_crop", ("height", "width"), _AUGMENT),
        ("MixUp", "mix_up", (), {"alpha": 0.2, "data_format": None, "seed": None}),
        ("CutMix", "cut_mix", (), {"factor": 1.0, **_AUGMENT}),
        ("CenterCrop", "center_crop", ("height", "width"), {"data_format": None}),
        ("Resizing", "resizing", ("height", "width"),
         {"interpolation": "bilinear", "crop_to_aspect_ratio": False, "pad_to_aspect_ratio": False, "fill_mode": "constant",
          "fill_value": 0.0, "data_format": None}),
        ("UnitNormalization", "unit_normalization", (), {"axis": -1}),
        ("Normalization", "normalization", (), {"axis": -1, "mean": None, "variance": None, "invert": False}),
        ("PReLU", "prelu", (), {"alpha_initializer": "Zeros", "alpha_regularizer": None, "alpha_constraint": None,
                                "shared_axes": None}),
        ("GroupNormalization", "group_normalization", (),
         {"groups": 32, "axis": -1, "epsilon": 0.001, "center": True, "scale": True, "beta_initializer": "zeros",
          "gamma_initializer": "ones", **_NORM})):
    define(globals(), Layer, _name, _word, *_required, **_defaults)

for _name in ("RandomFlip RandomRotation RandomTranslation RandomZoom RandomShear RandomElasticTransform RandomBrightness "
              "RandomContrast RandomErasing RandomCrop MixUp CutMix").split():
    globals()[_name]._augments = True
    globals()[_name]._of_images = _name not in ("MixUp", "CutMix")
for _name in ("RandomFlip RandomRotation RandomTranslation RandomZoom RandomShear RandomElasticTransform RandomBrightness "
              "RandomContrast RandomErasing RandomCrop MixUp CutMix Dropout GaussianNoise GaussianDropout AlphaDropout "
              "SpatialDropout1D SpatialDropout2D").split():
    globals()[_name]._only_in_training = True
for _name in ("CenterCrop", "Resizing"):
    globals()[_name]._of_images = True


def _adapt(self, data):
    """Mean and variance of the data, which the layer takes before it is built, or has at once."""
    data = np.asarray(data, np.float64)
    data = data.reshape(-1, 1) if data.ndim == 1 else data
    kept = {axis % data.ndim for axis in _axes_of(self.axis)}
    over = tuple(axis for axis in range(data.ndim) if axis not in kept)
    weights = [data.mean(over).astype(np.float32), data.var(over).astype(np.float32), np.float32(0)]
    if self.built:
        self.set_weights(weights)
    else:
        self._stash = weights


def _axes_of(axis):
    return () if axis is None else axis if isinstance(axis, (list, tuple)) else (axis,)


globals()["Normalization"].adapt = _adapt

_BIAS = {"bias_initializer": "zeros"}
_ENDS = {"bias_regularizer": None, "activity_regularizer": None}
_PLAIN = {"activation": None, "use_bias": True, "kernel_initializer": "glorot_uniform", **_BIAS, "kernel_regularizer": None,
          **_ENDS, "kernel_constraint": None, "bias_constraint": None}
_DEPTHWISE = {"activation": None, "use_bias": True, "depthwise_initializer": "glorot_uniform", **_BIAS,
              "depthwise_regularizer": None, **_ENDS, "depthwise_constraint": None, "bias_constraint": None}
_SEPARABLE = {"activation": None, "use_bias": True, "depthwise_initializer": "glorot_uniform",
              "pointwise_initializer": "glorot_uniform", **_BIAS, "depthwise_regularizer": None,
              "pointwise_regularizer": None, **_ENDS, "depthwise_constraint": None, "pointwise_constraint": None,
              "bias_constraint": None}


def _windows(axes):
    """What convolutions and pools over one or two axes take; one number stands for both of two."""
    one = 1 if axes == 1 else (1, 1)
    two = 2 if axes == 1 else (2, 2)
    start = {"strides": one, "padding": "valid"}
    dilated = {"data_format": None, "dilation_rate": one}
    pooled = {"strides": None, "padding": "valid", "data_format": None}
    whole = {"data_format": None, "keepdims": False}
    border = {} if axes == 1 else {"data_format": None}
    return (
        ("Conv%dD", ("filters", "kernel_size"), {**start, **dilated, "groups": 1, **_PLAIN}),
        ("Conv%dDTranspose", ("filters", "kernel_size"), {**start, **dilated, **_PLAIN, "output_padding": None}),
        ("DepthwiseConv%dD", ("kernel_size",), {**start, "depth_multiplier": 1, **dilated, **_DEPTHWISE}),
        ("SeparableConv%dD", ("filters", "kernel_size"), {**start, **dilated, "depth_multiplier": 1, **_SEPARABLE}),
        ("MaxPooling%dD", (), {"pool_size": two, **pooled}),
        ("AveragePooling%dD", ("pool_size",), pooled),
        ("GlobalMaxPooling%dD", (), whole),
        ("GlobalAveragePooling%dD", (), whole),
        ("ZeroPadding%dD", (), {"padding": one, "data_format": None}),
        ("Cropping%dD", (), {"cropping": (1, 1) if axes == 1 else ((0, 0), (0, 0)), **border}),
        ("UpSampling%dD", (), {"size": two, **border, **({} if axes == 1 else {"interpolation": "nearest"})}))


for _axes in (1, 2):
    for _name, _required, _defaults in _windows(_axes):
        define(globals(), Layer, _name % _axes, _name % _axes, *_required, **_defaults)
    for _new, _old in (("Convolution%dD", "Conv%dD"), ("Convolution%dDTranspose", "Conv%dDTranspose"),
                       ("SeparableConvolution%dD", "SeparableConv%dD"), ("MaxPool%dD", "MaxPooling%dD"),
                       ("AvgPool%dD", "AveragePooling%dD"), ("GlobalMaxPool%dD", "GlobalMaxPooling%dD"),
                       ("GlobalAvgPool%dD", "GlobalAveragePooling%dD")):
        globals()[_new % _axes] = globals()[_old % _axes]


class Lambda(Layer):
    """A function of tensors that is made of layers and keras.ops."""

    _signature = inspect.Signature()
    _written = True

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        self.function, self.arguments = function, dict(arguments or {})

    def call(self, inputs):
        return self.function(inputs, **self.arguments)


def _merged(name):
    """Keras's function for a layer that merges: add([a, b])."""
    def merge(inputs, *args, **kwargs):
        return globals()[name](*args, **kwargs)(inputs)

    merge.__name__ = name.lower()
    return merge


for _name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"):
    globals()[_name.lower()] = _merged(_name)


def _old_leaky(self, kwargs, _common=Layer._common):
    if "alpha" in kwargs:  # Keras 2's name
        kwargs["negative_slope"] = kwargs.pop("alpha")
    _common(self, kwargs)


globals()["LeakyReLU"]._common = _old_leaky

__getattr__ = missing_of("keras.layers", """
    AdditiveAttention Attention AutoContrast AveragePooling3D 
    AvgPool3D Bidirectional CategoryEncoding CenterCrop 
    Conv3D Conv3DTranspose Convolution3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution3D
    Cropping3D CutMix Discretization EinsumDense Embedding
    Equalization FlaxLayer GRU GRUCell 
    GlobalAveragePooling3D GlobalAvgPool3D GlobalMaxPool3D
    GlobalMaxPooling3D GroupQueryAttention HashedCrossing Hashing
    InputSpec IntegerLookup JaxLayer LSTM LSTMCell Masking MaxNumBoundingBoxes MaxPool3D
    MaxPooling3D MelSpectrogram MixUp MultiHeadAttention 
    Pipeline RMSNormalization RNN RandAugment RandomBrightness RandomContrast RandomCrop RandomErasing RandomFlip RandomHeight
    RandomHue RandomPerspective RandomRotation RandomSaturation RandomTranslation RandomWidth RandomZoom 
    Resizing STFTSpectrogram SimpleRNN
    SimpleRNNCell Solarization SpatialDropout3D SpectralNormalization StackedRNNCells
    StringLookup TFSMLayer TextVectorization ThresholdedReLU TimeDistributed TorchModuleWrapper 
    UpSampling3D Wrapper ZeroPadding3D 
    """)
