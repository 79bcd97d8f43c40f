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
