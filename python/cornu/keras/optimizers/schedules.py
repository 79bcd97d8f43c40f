"""Keras's learning-rate schedules (keras.optimizers.schedules)."""

from .._described import Described, define


class LearningRateSchedule(Described):
    """A learning rate by steps. A subclass with a __call__ of its own cannot run inside Cornu."""

    _module = "keras.optimizers.schedules"

    def __call__(self, step):
        from .._values import schedule_value

        return schedule_value(self, step)


_SCOPE = {"__name__": "cornu.keras.optimizers.schedules"}


def _schedule(name, *required, **defaults):
    defaults["name"] = name
    cls = define(_SCOPE, LearningRateSchedule, name, name, *required, **defaults)
    cls._unset = ("name",)
    globals()[name] = cls


_schedule("ExponentialDecay", "initial_learning_rate", "decay_steps", "decay_rate", staircase=False)
_schedule("InverseTimeDecay", "initial_learning_rate", "decay_steps", "decay_rate", staircase=False)
_schedule("PiecewiseConstantDecay", "boundaries", "values")
_schedule("PolynomialDecay", "initial_learning_rate", "decay_steps", end_learning_rate=0.0001, power=1.0, cycle=False)
_schedule("CosineDecay", "initial_learning_rate", "decay_steps", alpha=0.0, warmup_target=None, warmup_steps=0)
_schedule("CosineDecayRestarts", "initial_learning_rate", "first_decay_steps", t_mul=2.0, m_mul=1.0, alpha=0.0)
