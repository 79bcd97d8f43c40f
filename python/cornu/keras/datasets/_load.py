"""A named data set in Keras's form."""

import numpy as np

from cornu import _cornu


def load(name):
    train_x, train_y, test_x, test_y = (np.asarray(part) for part in _cornu.dataset(name))
    return (train_x, train_y), (test_x, test_y)
