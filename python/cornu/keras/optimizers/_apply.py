"""apply_gradients: the step of an optimizer for any variables. They are the weights of small models without a use of their own,
whose gradients are given: Cornu takes the step."""

import numpy as np

from cornu import _cornu

from .. import _record
from .._described import notation

# these take a variable as a whole: its norm, or its rows and columns
_WHOLE = ("Lamb", "Adafactor", "Muon")


class _Given:
    """The "loss" of a small model, whose gradient is the one that was given."""

    def __init__(self):
        self.gradient = None

    def loss(self, output, y, pred, shape, weight, wants_gradient):
        return 0.0, self.gradient


class _Group:
    """Variables that one small model has as its weight: Dense(1 -> n), or of one matrix Dense(rows -> columns)."""

    def __init__(self, optimizer, variables, as_matrix):
        shape = tuple(variables[0].shape) if as_matrix else (1, sum(int(np.prod(v.shape)) for v in variables))
        self.shape, self.given = shape, _Given()
        self.sizes = np.cumsum([int(np.prod(v.shape)) for v in variables])[:-1]
        self.core = _cornu.Model("variables")
        self.core.add(f"input({shape[0]})")
        self.core.add(f"dense({shape[1]}, use_bias=false, kernel_initializer=zeros)")
        self.core.build((shape[0],))
        self.core.compile(notation(optimizer), "mse", None, None)
        self.core.set_functions([(0, "gradient", 1)], [])
        self.x, self.y = np.eye(shape[0], dtype=np.float32), np.zeros((shape[0], 1), np.uint8)

    def apply(self, gradients, variables):
        flat = [np.asarray(v.numpy(), np.float32).reshape(-1) for v in variables]
        self.core.set_weight(0, np.ascontiguousarray(np.concatenate(flat).reshape(self.shape)))
        self.given.gradient = np.ascontiguousarray(np.concatenate([g.reshape(-1) for g in gradients]).reshape(self.shape))
        self.core.fit(self.x, self.y, batch_size=self.shape[0], shuffle=False, goes_on=True, threads=1, functions=self.given)
        values = np.split(np.asarray(self.core.get_weight(0)).reshape(-1), self.sizes)
        for variable, value in zip(variables, values):
            variable.assign(value.reshape(variable.shape))


class Steps:
    """What an optimizer has of the variables that it was first given."""

    def __init__(self, optimizer, variables):
        self.keys = [v._key for v in variables]
        whole = type(optimizer).__name__ in _WHOLE or optimizer.clipnorm is not None
        if whole and optimizer.global_clipnorm is not None and len(variables) > 1:
            raise NotImplementedError(f"{type(optimizer).__name__}.apply_gradients with global_clipnorm is not in Cornu")
        if optimizer._excluded:
            raise NotImplementedError("apply_gradients after exclude_from_weight_decay is not in Cornu")
        if optimizer.use_ema:
            raise NotImplementedError("apply_gradients with use_ema is not in Cornu")
        for variable in variables:
            if type(optimizer).__name__ in ("Adafactor", "Muon") and len(variable.shape) > 2:
                raise NotImplementedError(f"{type(optimizer).__name__}.apply_gradients of a variable of shape {variable.shape} "
                                          "is not in Cornu")
        parts = [[place] for place in range(len(variables))] if whole else [list(range(len(variables)))]
        self.groups = [(part, _Group(optimizer, [variables[i] for i in part], whole and len(variables[part[0]].shape) == 2))
                       for part in parts]
        if optimizer._waiting_state is not None:
            from .._checkpoint import restore_optimizer

            optimizer._steps = self
            restore_optimizer(optimizer, optimizer._waiting_state)

    @property
    def core(self):
        return self.groups[0][1].core

    def set_rate(self, value):
        for _, group in self.groups:
            group.core.learning_rate = value

    def apply(self, gradients, variables):
        by_key = {v._key: (g, v) for g, v in zip(gradients, variables)}
        if len(by_key) != len(self.keys) or any(key not in by_key for key in self.keys):
            unknown = [v.path for v in variables if v._key not in self.keys]
            raise ValueError(f"Unknown variable: {unknown[0]}. This optimizer can only be called for the variables it was "
                             "originally built with; make another one" if unknown else
                             "apply_gradients: the optimizer was built with more variables; fewer are not in Cornu")
        for part, group in self.groups:
            pairs = [by_key[self.keys[i]] for i in part]
            group.apply([g for g, _ in pairs], [v for _, v in pairs])


def apply_gradients(optimizer, grads_and_vars):
    pairs = [(g, v) for g, v in grads_and_vars]
    if not pairs:
        raise ValueError("No gradients provided for any variable.")
    for _, variable in pairs:
        if not hasattr(variable, "_key"):
            raise TypeError(f"apply_gradients: expected variables, got {type(variable).__name__}")
    given = [(np.asarray(_record.plain(g), np.float32), v) for g, v in pairs if g is not None]
    if not given:
        raise ValueError("No gradients provided for any variable.")
    for gradient, variable in given:
        if gradient.shape != tuple(variable.shape):
            raise ValueError(f"apply_gradients: {variable.path} has shape {tuple(variable.shape)}, its gradient {gradient.shape}")
    gradients, variables = [g for g, _ in given], [v for _, v in given]
    if optimizer._steps is None:
        optimizer._steps = Steps(optimizer, variables)
    optimizer._steps.apply(gradients, variables)
    return optimizer.iterations
