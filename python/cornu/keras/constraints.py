"""Keras's constraints."""

from ._described import Described, define, deserialize


class Constraint(Described):
    def __call__(self, w):
        from ._values import constrained

        return constrained(self, w)


define(globals(), Constraint, "MaxNorm", "max_norm", max_value=2, axis=0)
define(globals(), Constraint, "MinMaxNorm", "min_max_norm", min_value=0.0, max_value=1.0, rate=1.0, axis=0)
define(globals(), Constraint, "NonNeg", "non_neg")
define(globals(), Constraint, "UnitNorm", "unit_norm", axis=0)
max_norm, min_max_norm = globals()["MaxNorm"], globals()["MinMaxNorm"]
non_neg, unit_norm = globals()["NonNeg"], globals()["UnitNorm"]


def get(identifier):
    return deserialize(identifier, "keras.constraints")
