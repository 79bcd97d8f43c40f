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
    """Batches from a generator or a sequence, as the core asks for them: next() and, where it can begin again, rewind()."""

    def __init__(self, source, model, steps=None):
        self.source, self.model, self.steps = source, model, steps
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.iterator = self.first = None
        self.batch = 0
        self.length = _length(source)
        if not hasattr(source, "__next__"):
            self.rewind = self._rewind

    def _rewind(self):
        self.iterator = None

    def _start(self):
        if self.indexed:
            return (self.source[i] for i in range(len(self.source)))
        return iter(self.source)

    def peek(self):
        """The next batch, which the next call of next() gives again; None when nothing is left."""
        if self.first is None:
            self.first = self._fetch()
        return self.first

    def next(self):
        batch, self.first = self.peek(), None
        return batch

    def _fetch(self):
        if self.iterator is None:
            self.iterator = self._start()
        batch = next(self.iterator, None)
        self.batch += batch is not None
        if hasattr(self.source, "on_epoch_end") and (batch is None or self._ends_epoch()):
            if self.batch:
                self.source.on_epoch_end()
            self.batch = 0
        return None if batch is None else self._fitted(*_parts(batch))

    def _ends_epoch(self):
        return self.steps is not None and self.batch == self.steps

    def _fitted(self, x, y, weight):
        model = self.model
        x = model._fitting(model._arrays(x, "x"))
        y = None if y is None else model._targets(model._arrays(y, "y"))
        return x, y, weights_of_samples(model, weight)

    def whole(self):
        """All batches, or `steps` of them, as arrays and the batches' sizes; None when nothing is left."""
        batches = list(itertools.islice(iter(self.next, None), self.steps))
        if not batches:
            return None
        columns = list(zip(*batches))
        return (*(_joined(column) for column in columns), [rows(x) for x in columns[0]])


def _joined(column):
    if column[0] is None:
        return None
    if isinstance(column[0], tuple):
        return tuple(_joined(part) for part in zip(*column))
    return np.concatenate(column)


def _parts(batch):
    """(x, y, sample_weight) of what a generator gave."""
    return (*batch, None, None)[:3] if isinstance(batch, (tuple, list)) else (batch, None, None)


def weights_of_samples(model, weights):
    if weights is None:
        return None
    if isinstance(weights, (list, tuple, dict)) and model._several():
        return by_names(weights, model.output_names, "sample_weight")
    weights = as_array(weights, "sample_weight")
    return weights.reshape(-1) if weights.size == len(weights) else weights


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
