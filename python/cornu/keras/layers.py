"""Keras's layers. A new one that Cornu has is one line of the table."""

import inspect

import numpy as np

from ._described import define, missing_of
from ._layer import Input, InputLayer, Layer  # noqa: F401
from ._tensor import tensor

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
    self._unset = ("mean", "variance")  # they are to be read, and are no arguments
    self.mean, self.variance = (tensor(one.reshape([size if axis in kept else 1 for axis, size in enumerate(data.shape)]))
                                for one in weights[:2])


def _config(self, inherited=Layer.get_config):
    """What was adapted is weights."""
    return {**inherited(self), **({"mean": None, "variance": None} if "mean" in self._unset else {})}


def _axes_of(axis):
    return () if axis is None else axis if isinstance(axis, (list, tuple)) else (axis,)


globals()["Normalization"].adapt = _adapt
globals()["Normalization"].get_config = _config

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
