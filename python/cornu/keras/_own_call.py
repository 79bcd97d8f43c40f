"""Layers with a call() of their own: each is a model that its call() makes, or runs on arrays."""

import numpy as np

from . import _written
from ._graph import KerasTensor, says_inference, says_training


def _input(**arguments):
    from ._layer import InputLayer

    return InputLayer(**arguments)


class OwnCall:
    _own_functions = {}  # activation and the like that are Python's
    _part = None  # the model that it is, and what it was called with

    @property
    def _written(self):
        return bool(self._own_functions) or self._word is None and _written.own_call(type(self), (OwnCall,))

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
            except _written.NOT_A_MODEL as error:
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

        heads = {id(one): _input(shape=one.shape[1:], name=f"{self.name}_input_{i}").output
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
            self._call_part((_input(shape=array.shape[1:]).output,), {}, None)
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
