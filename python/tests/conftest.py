"""Data of the tests: sixteen features in four classes that a small network tells apart, and MNIST where it is."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def blobs():
    """x (600, 16) float32, y (600) of four classes; noisy, so that training takes some epochs."""
    random = np.random.default_rng(5)
    y = random.integers(0, 4, 600)
    centres = random.normal(size=(4, 16))
    x = (centres[y] + random.normal(scale=0.9, size=(600, 16))).astype(np.float32)
    return x, y


@pytest.fixture
def keras():
    from cornu import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    return keras


@pytest.fixture
def classifier(keras):
    """Makes a compiled network for the blobs."""
    def make(optimizer="adam", metrics=("accuracy",), **arguments):
        model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(24, activation="relu"),
                                  keras.layers.Dense(4, activation="softmax")])
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics), **arguments)
        return model

    return make
