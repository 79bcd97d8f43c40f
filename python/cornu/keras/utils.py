"""keras.utils."""

import types

import numpy as np

from . import _random
from ._described import missing_of
from ._plot import plot_model, model_to_dot  # noqa: F401


def to_categorical(x, num_classes=None):
    """Class numbers as one-hot rows, float64 as Keras's."""
    labels = np.array(x, dtype="int64")
    shape = labels.shape[:-1] if labels.ndim > 1 and labels.shape[-1] == 1 else labels.shape
    labels = labels.reshape(-1)
    if not num_classes:
        num_classes = int(labels.max()) + 1
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise IndexError(f"to_categorical: labels from {labels.min()} to {labels.max()}, expected 0 to {num_classes - 1}")
    rows = np.zeros((labels.size, num_classes))
    rows[np.arange(labels.size), labels] = 1
    return rows.reshape(*shape, num_classes)


def set_random_seed(seed):
    """Seeds Python, NumPy and Cornu."""
    import random

    if not isinstance(seed, (int, np.integer)):
        raise ValueError(f"Expected `seed` argument to be an integer. Received: seed={seed} (of type {type(seed)})")
    random.seed(seed)
    np.random.seed(seed)
    _random.set_seed(seed)


def normalize(x, axis=-1, order=2):
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)


class Sequence:
    """Batches by index: a subclass has __len__ and __getitem__."""

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        pass

    def on_epoch_end(self):
        pass


PyDataset = Sequence


def get_file(fname=None, origin=None, untar=False, md5_hash=None, file_hash=None, cache_subdir="datasets",
             hash_algorithm="auto", extract=False, archive_format="auto", cache_dir=None, **kwargs):
    raise NotImplementedError("keras.utils.get_file is not in Cornu; use urllib.request.urlretrieve")


def register_keras_serializable(package="Custom", name=None):
    """A decorator that leaves the class as it is: files hold models of classes as graphs of Keras's own layers."""
    return lambda cls: cls


np_utils = types.SimpleNamespace(to_categorical=to_categorical, normalize=normalize)  # Keras 2's module of these


__getattr__ = missing_of("keras.utils", """
    CustomObjectScope FeatureSpace Progbar array_to_img audio_dataset_from_directory bounding_boxes clear_session
    custom_object_scope deserialize_keras_object disable_interactive_logging enable_interactive_logging get_custom_objects
    get_registered_name get_registered_object get_source_inputs image_dataset_from_directory img_to_array
    is_interactive_logging_enabled is_keras_tensor legacy load_img pack_x_y_sample_weight pad_sequences
    save_img serialize_keras_object set_random_seed split_dataset standardize_dtype
    text_dataset_from_directory timeseries_dataset_from_array unpack_x_y_sample_weight""")
