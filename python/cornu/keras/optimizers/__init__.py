"""Keras's optimizers and learning-rate schedules."""

import numpy as np

from .. import _described
from .._described import Described, define, deserialize, missing_of
from . import schedules  # noqa: F401
from .schedules import LearningRateSchedule


class Rate(float):
    """A learning rate: a number that also answers as a variable does."""

    def __new__(cls, optimizer, value):
        rate = super().__new__(cls, value)
        rate._optimizer = optimizer
        return rate

    def numpy(self):
        return np.float32(self)

    @property
    def value(self):
        return self

    def read_value(self):
        return self

    def assign(self, value):
        self._optimizer.learning_rate = value


class Optimizer(Described):
    """Bound to a model by compile: then its learning rate, steps and arrays are the model's."""

    _module = "keras.optimizers"
    _core = None

    def _read(self, args, kwargs):
        if "lr" in kwargs:
            kwargs["learning_rate"] = kwargs.pop("lr")
        for old in ("decay",):
            if old in kwargs:
                raise ValueError(f"Argument(s) not recognized: {{'{old}': {kwargs[old]}}}; "
                                 "use a schedule such as InverseTimeDecay")
        super()._read(args, kwargs)
        if self.name is None:
            self.name = self._word

    _excluded = ()
    _steps = None  # those of apply_gradients
    _waiting_state = None  # of a checkpoint, until there are arrays for it

    def apply_gradients(self, grads_and_vars, **_):
        """A step for pairs of gradients and variables, such as a GradientTape's; its state is apart from that of fit."""
        from ._apply import apply_gradients

        return apply_gradients(self, grads_and_vars)

    def apply(self, grads, trainable_variables=None):
        if trainable_variables is None:
            if self._steps is None:
                raise ValueError("apply: expected trainable_variables, since the optimizer is not built yet")
            raise NotImplementedError("apply without trainable_variables is not in Cornu")
        return self.apply_gradients(zip(grads, trainable_variables))

    def build(self, variables):
        """Keras makes the optimizer's arrays here; Cornu with the first step."""

    def minimize(self, loss, var_list, tape=None):
        from .._tape import GradientTape

        if callable(loss):
            with GradientTape() as tape:
                loss = loss()
        elif tape is None:
            raise ValueError("minimize: expected a function as the loss, or the tape that recorded it")
        variables = var_list() if callable(var_list) else var_list
        return self.apply_gradients(zip(tape.gradient(loss, variables), variables))

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Weights of `var_list`, and those whose name has one of `var_names` in it, do not decay."""
        if self._core is not None and self._core.iterations:
            raise ValueError("`exclude_from_weight_decay()` can only be configued before the optimizer is built.")
        self._excluded = [v.path for v in var_list or []] + list(var_names or [])
        if self._core is not None:
            self._compile()

    def _given(self):
        given = super()._given()
        given.pop("name", None)
        if self._excluded:
            given["exclude_from_weight_decay"] = list(self._excluded)
        if given.get("learning_rate") is None:
            given.pop("learning_rate", None)
        rate = self.__dict__["_rate"]
        if not isinstance(rate, LearningRateSchedule):
            given["learning_rate"] = float(rate)
        else:
            given["learning_rate"] = rate
        return given

    @property
    def learning_rate(self):
        rate, core = self._rate, self._core if self._core is not None else self._steps and self._steps.core
        if core is not None:
            return Rate(self, core.learning_rate)
        return rate if isinstance(rate, LearningRateSchedule) else Rate(self, rate)

    @learning_rate.setter
    def learning_rate(self, value):
        value = _described.deserialize(value, "keras.optimizers.schedules")
        if callable(value) and not isinstance(value, LearningRateSchedule):
            raise NotImplementedError("learning_rate: a Python function cannot run inside Cornu's training; use a "
                                      "schedule of keras.optimizers.schedules or LearningRateScheduler")
        if not isinstance(value, LearningRateSchedule):
            value = float(getattr(value, "numpy", lambda: value)())
        if self._steps is not None and not isinstance(value, LearningRateSchedule):
            self._steps.set_rate(value)
        if self._core is not None:
            if isinstance(value, LearningRateSchedule) or isinstance(self._rate, LearningRateSchedule):
                raise TypeError("This optimizer was created with a schedule, or is to get one: compile the model anew")
            self._core.learning_rate = value
        self._rate = value

    lr = learning_rate

    @property
    def iterations(self):
        from .._tensor import tensor

        core = self._core if self._core is not None and (self._core.iterations or self._steps is None) else \
            self._steps and self._steps.core
        return tensor(np.int64(core.iterations if core is not None else 0))

    @property
    def variables(self):
        if self._core is None:
            return []
        return [np.asarray(self._core.get_state(i)) for i in range(self._core.state_count)]

    def get_config(self):
        config = super().get_config()
        config["learning_rate"] = _described.plain(self._rate if self._core is None or isinstance(
            self._rate, LearningRateSchedule) else float(self.learning_rate))
        return config


_COMMON = {"weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None, "use_ema": False,
           "ema_momentum": 0.99, "ema_overwrite_frequency": None, "loss_scale_factor": None,
           "gradient_accumulation_steps": None, "name": None}
_BETAS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
_RATE = {"learning_rate": 0.001}
for _name, _word, _own in (
        ("SGD", "sgd", {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}),
        ("Adam", "adam", {**_RATE, **_BETAS, "amsgrad": False}),
        ("AdamW", "adamw", {**_RATE, "weight_decay": 0.004, **_BETAS, "amsgrad": False}),
        ("RMSprop", "rmsprop", {**_RATE, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}),
        ("Adagrad", "adagrad", {**_RATE, "initial_accumulator_value": 0.1, "epsilon": 1e-7}),
        ("Adadelta", "adadelta", {**_RATE, "rho": 0.95, "epsilon": 1e-7}),
        ("Adamax", "adamax", {**_RATE, **_BETAS}),
        ("Nadam", "nadam", {**_RATE, **_BETAS}),
        ("Adafactor", "adafactor", {**_RATE, "beta_2_decay": -0.8, "epsilon_1": 1e-30, "epsilon_2": 1e-3,
                                    "clip_threshold": 1.0, "relative_step": True}),
        ("Lamb", "lamb", {**_RATE, **_BETAS}),
        ("Muon", "muon", {**_RATE, "adam_beta_1": 0.9, "adam_beta_2": 0.999, "adam_weight_decay": 0.004, "epsilon": 1e-7,
                          "weight_decay": 0.004, **{name: value for name, value in _COMMON.items() if name != "weight_decay"},
                          "exclude_layers": None, "exclude_embeddings": True, "muon_a": 3.4445, "muon_b": -4.775,
                          "muon_c": 2.0315, "adam_lr_ratio": 1.0, "momentum": 0.95, "ns_steps": 5, "nesterov": True,
                          "rms_rate": 0.2}),
        ("Lion", "lion", {**_RATE, "beta_1": 0.9, "beta_2": 0.99}),
        ("Ftrl", "ftrl", {**_RATE, "learning_rate_power": -0.5, "initial_accumulator_value": 0.1,
                          "l1_regularization_strength": 0.0, "l2_regularization_strength": 0.0,
                          "l2_shrinkage_regularization_strength": 0.0, "beta": 0.0})):
    define(globals(), Optimizer, _name, _word,
           **{**_own, **{name: value for name, value in _COMMON.items() if name not in _own}})

__getattr__ = missing_of("keras.optimizers", "LossScaleOptimizer")


def get(identifier):
    """An optimizer from an optimizer, a name or a configuration."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier, "keras.optimizers")
    if isinstance(identifier, str):
        for name, value in globals().items():
            if isinstance(value, type) and issubclass(value, Optimizer) and name.lower() == identifier.lower() \
                    and value is not Optimizer:
                return value()
        raise ValueError(f"unknown optimizer {identifier!r}; expected one of "
                         + ", ".join(sorted(name for name, value in globals().items() if isinstance(value, type)
                                            and issubclass(value, Optimizer) and value is not Optimizer)))
    raise ValueError(f"optimizer: expected a name or an optimizer, got {identifier!r}")
