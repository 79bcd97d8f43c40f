"""keras.datasets.cifar10."""

from ._load import load


def load_data():
    """((x_train, y_train), (x_test, y_test)), uint8; labels as columns, as Keras's are."""
    (train_x, train_y), (test_x, test_y) = load("cifar10")
    return (train_x, train_y.reshape(-1, 1)), (test_x, test_y.reshape(-1, 1))
