"""The batches of a training that runs in Python."""

import math

import numpy as np

from . import _record
from ._data import is_batched
from ._tensor import as_array, tensor


def pack(x, y=None, sample_weight=None):
    """The parts of a batch as Keras gives them to train_step."""
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack(data):
    if isinstance(data, list):
        data = tuple(data)
    return (*data, None, None)[:3] if isinstance(data, tuple) else (data, None, None)


def _mapped(function, value):
    if isinstance(value, dict):
        return {key: _mapped(function, one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(function, one) for one in value)
    return None if value is None else function(value)


def _whole(value):
    """The arrays in what fit was given; a list of numbers is an array, too."""
    if isinstance(value, (list, tuple)) and not (len(value) and hasattr(value[0], "shape")):
        return as_array(value)
    return _mapped(as_array, value)


def first(value):
    while isinstance(value, (list, tuple, dict)):
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value


def _batch_tensor(value):
    value = tensor(np.asarray(_record.plain(value)))
    return value.astype(np.float32) if value.dtype == np.float64 else value


class Source:
    """The batches of an epoch: of arrays, in another order each time, or what a data set or a generator gives."""

    def __init__(self, x, y, weight, batch_size, steps, shuffle, seed):
        self.steps, self.given = steps, None
        if is_batched(x):
            self.given, self.iterator = x, None
            try:
                self.length = steps or len(x)
            except TypeError:
                self.length = steps
            return
        self.parts = tuple(None if one is None else _whole(one) for one in (x, y, weight))
        self.samples = len(first(self.parts[0]))
        for name, part in zip(("y", "sample_weight"), self.parts[1:]):
            if part is not None and len(first(part)) != self.samples:
                raise ValueError(f"Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. "
                                 f"x has {self.samples}, {name} has {len(first(part))}")
        self.batch = int(batch_size or (math.ceil(self.samples / steps) if steps else 32))
        self.random = np.random.default_rng(seed) if shuffle else None
        self.length = min(steps or math.inf, math.ceil(self.samples / self.batch))

    def split(self, share):
        """The last share of the arrays, as another source."""
        if self.given is not None:
            raise ValueError("`validation_split` is only supported for arrays")
        at = math.floor(self.samples * (1.0 - share))
        checked = tuple(_mapped(lambda one: one[at:], part) for part in self.parts)
        self.parts = tuple(_mapped(lambda one: one[:at], part) for part in self.parts)
        self.samples, self.length = at, math.ceil(at / self.batch)
        return Source(*checked, self.batch, None, False, None)

    def epoch(self):
        if self.given is not None:
            yield from self._given_batches()
            return
        order = np.arange(self.samples) if self.random is None else self.random.permutation(self.samples)
        for start in range(0, self.length * self.batch, self.batch):
            rows = order[start:start + self.batch]
            yield pack(*_mapped(lambda one: _batch_tensor(one[rows]), self.parts))

    def _given_batches(self):
        source, taken = self.given, 0
        indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__") and not hasattr(source, "__next__")
        while self.steps is None or taken < self.steps:
            if self.iterator is None:
                self.iterator = (source[i] for i in range(len(source))) if indexed else iter(source)
                fresh = True
            batch = next(self.iterator, None)
            if batch is None:
                self.iterator = None
                if fresh or self.steps is None or hasattr(source, "__next__"):
                    break
                continue
            taken, fresh = taken + 1, False
            yield _mapped(_batch_tensor, batch)
        if hasattr(source, "on_epoch_end"):
            source.on_epoch_end()
        if self.steps is None:
            self.iterator = None
