"""keras.models: models and their files."""

from ._described import CLASSES, missing_of
from ._loading import clone_model, load_model, model_from_json, save_model  # noqa: F401
from ._model import Model
from ._sequential import Sequential
from .utils import register_keras_serializable  # noqa: F401

Functional = Model
for _place in ("keras", "keras.models", "keras.layers", "keras.src.models.functional", "keras.src.models.sequential"):
    CLASSES[_place, "Sequential"] = Sequential
    CLASSES[_place, "Functional"] = CLASSES[_place, "Model"] = Model

__getattr__ = missing_of("keras.models", "")
