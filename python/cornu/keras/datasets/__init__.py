"""keras.datasets: data sets by name, found where Cornu looks for them or downloaded."""

from .._described import missing_of
from . import cifar10, fashion_mnist, mnist  # noqa: F401

__getattr__ = missing_of("keras.datasets", "boston_housing california_housing cifar100 imdb reuters")
