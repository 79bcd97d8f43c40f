"""What fit, evaluate and predict are given, as arrays or as batches."""

import itertools

import numpy as np

from ._tensor import as_array


def is_batched(x):
    """Does `x` give batches: a generator, keras.utils.Sequence, tf.data.Dataset, torch DataLoader?"""
    if isinstance(x, (np.ndarray, list, tuple, dict)) or x is None:
        return False
    if hasattr(x, "to_numpy") or hasattr(x, "numpy") or hasattr(x, "__array__") or hasattr(x, "__dlpack__"):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


def one_array(value, what):
    """A list that holds one array is that array; several are refused by name."""
    if isinstance(value, dict):
        if len(value) != 1:
            raise NotImplementedError(f"{what}: models with several inputs or outputs are not in Cornu")
        value = next(iter(value.values()))
    if isinstance(value, (list, tuple)) and value and hasattr(value[0], "shape") and np.ndim(value[0]) >= 1:
        if len(value) == 1:
            return as_array(value[0], what)
        if len({np.shape(item) for item in value}) != 1:
            raise NotImplementedError(f"{what}: models with several inputs or outputs are not in Cornu")
    return as_array(value, what)


def _length(source):
    """How many batches, or None: a data set that has a __len__ may not know it."""
    try:
        return len(source)
    except TypeError:
        return None


class Batches:
    """Batches from a generator or a sequence; those of an epoch become one array."""

    def __init__(self, source, steps=None):
        self.source, self.steps = source, steps
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.goes_on = hasattr(source, "__next__") or (steps is not None and not self.indexed)
        self.iterator = None
        if steps is None:
            self.steps = _length(source)

    def _start(self):
        if self.indexed:
            return (self.source[i] for i in range(len(self.source)))
        return iter(self.source)

    def epoch(self):
        """(x, y, sample_weight, sizes of the batches) of the next epoch; None when nothing is left."""
        if self.iterator is None:
            self.iterator = self._start()
        batches = list(itertools.islice(self.iterator, self.steps))
        if not self.goes_on:
            self.iterator = None
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()
        if not batches:
            return None
        columns = list(zip(*(_batch(batch) for batch in batches)))
        sizes = [len(x) for x in columns[0]]
        x, y, weight = (None if column[0] is None else np.concatenate(column) for column in columns)
        return x, y, weight, sizes


def _batch(batch):
    if isinstance(batch, (tuple, list)):
        x, y, weight = (*batch, None, None)[:3]
    else:
        x, y, weight = batch, None, None
    y = None if y is None else one_array(y, "y")
    return one_array(x, "x"), y, None if weight is None else as_array(weight, "sample_weight").reshape(-1)


def unpack(data, what="validation_data"):
    """(x, y) or (x, y, sample_weight)."""
    if len(data) not in (2, 3):
        raise ValueError(f"{what}: expected (x, y) or (x, y, sample_weight), got {len(data)} parts")
    return (*data, None)[:3]


def fitting(x, shape, name):
    """x as a model for samples of `shape` takes it: an axis of one may be missing or too much at the end."""
    if x.shape[1:] == shape:
        return x
    if x.ndim == 1 and shape == (1,):
        return x.reshape(-1, 1)
    if x.ndim == len(shape) + 2 and x.shape[-1] == 1 and x.shape[1:-1] == shape:
        return x.reshape(len(x), *shape)
    if shape[-1:] == (1,) and x.shape[1:] == shape[:-1]:
        return x.reshape(len(x), *shape)
    raise ValueError(f'Input 0 of model "{name}" is incompatible with the layer: expected shape={(None, *shape)}, '
                     f"found shape={(None, *x.shape[1:])}")


def by_names(value, names, what):
    """A tuple of arrays in the order of the names, from a list or a dict; None where a target is left out."""
    if isinstance(value, dict):
        unknown = [name for name in value if name not in names]
        if unknown:
            raise ValueError(f"{what}: no {what} is called {unknown[0]!r}; expected {', '.join(names)}")
        value = [value.get(name) for name in names]
    if not isinstance(value, (list, tuple)):
        value = [value]
    if len(value) != len(names):
        raise ValueError(f"{what}: expected {len(names)} arrays ({', '.join(names)}), got {len(value)}")
    return tuple(None if one is None else as_array(one, what) for one in value)


def rows(x):
    """How many samples."""
    return len(next(one for one in x if one is not None)) if isinstance(x, tuple) else len(x)


def first_rows(x, last):
    return tuple(one if one is None else one[:last] for one in x) if isinstance(x, tuple) else x[:last]
