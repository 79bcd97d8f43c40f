"""Keras's regularizers."""

from ._described import Described, define, deserialize


class Regularizer(Described):
    def __call__(self, x):
        from ._values import penalty

        return penalty(self, x)


define(globals(), Regularizer, "L1", "l1", l1=0.01)
define(globals(), Regularizer, "L2", "l2", l2=0.01)
define(globals(), Regularizer, "L1L2", "l1_l2", l1=0.0, l2=0.0)


define(globals(), Regularizer, "OrthogonalRegularizer", "orthogonal_regularizer", factor=0.01, mode="rows")


def orthogonal_regularizer(factor=0.01, mode="rows"):
    return globals()["OrthogonalRegularizer"](factor, mode)


def l1(l1=0.01):
    return globals()["L1"](l1)


def l2(l2=0.01):
    return globals()["L2"](l2)


def l1_l2(l1=0.01, l2=0.01):
    return globals()["L1L2"](l1, l2)


def get(identifier):
    return deserialize(identifier, "keras.regularizers")


_BY_NAME = {"l1": (0.01, 0.0), "l2": (0.0, 0.01), "l1_l2": (0.01, 0.01), "L1": (0.01, 0.0), "L2": (0.0, 0.01), "L1L2": (0.0, 0.0)}


def recorded(regularizer, variable, what):
    """The penalty of a weight, by operations that a gradient goes through."""
    from . import ops

    own = isinstance(regularizer, Regularizer) and type(regularizer).__name__ in ("L1", "L2", "L1L2")
    if variable is None or not (own or regularizer in _BY_NAME):
        raise NotImplementedError(f"{what} is not in Cornu")
    l1, l2 = (getattr(regularizer, "l1", 0.0), getattr(regularizer, "l2", 0.0)) if own else _BY_NAME[regularizer]
    weight, total = variable._read(), 0.0
    if l1:
        total = total + float(l1) * ops.sum(ops.abs(weight))
    if l2:
        total = total + float(l2) * ops.sum(ops.square(weight))
    return ops.convert_to_tensor(total)
