"""keras.datasets.mnist."""

from ._load import load


def load_data(path="mnist.npz"):
    """((x_train, y_train), (x_test, y_test)), uint8."""
    return load("mnist")
