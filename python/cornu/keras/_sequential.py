"""Keras's Sequential."""

from ._core import described
from ._graph import KerasTensor
from ._model import Model
from ._names import unique_name
from ._variables import InTrace
from ._layer import InputLayer, Layer


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
            described(layer)  # says what cannot run
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
