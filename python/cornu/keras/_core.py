"""A model's weights: they live in its core, Cornu's model, and come and go where layers are shared between models."""

import numpy as np

from cornu import _cornu

from . import _own_parts, _random, _written
from ._graph import leaves
from ._tensor import as_array
from ._variables import InTrace
from ._layer import InputLayer


class CoreHolder:
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
            return _cornu.graph(self.name, [described(layer) for layer in self._layers], calls, inputs,
                                [places[id(tensor)] for tensor in self._outputs])
        core = _cornu.Model(self.name)
        for layer in self._layers:
            core.add(described(layer))
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
    # ---- the weights that a notebook sees

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
            if hasattr(layer, "_layers"):
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


def described(layer):
    """A layer for a core: its notation, or the core of a model that is a layer."""
    return layer._description() if hasattr(layer, "_layers") else layer._notation()
