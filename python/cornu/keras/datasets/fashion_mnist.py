"""keras.datasets.fashion_mnist."""

from ._load import load


def load_data(path="fashion_mnist.npz"):
    """((x_train, y_train), (x_test, y_test)), uint8."""
    return load("fashion_mnist")
