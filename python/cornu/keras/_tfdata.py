"""tf.data.Dataset of arrays in memory: slices, shuffled, batched, repeated."""

import builtins
import itertools

import numpy as np

from ._described import MissingError
from ._tensor import as_array, tensor


def _map(function, value):
    if isinstance(value, Dataset):
        return value
    if isinstance(value, tuple):
        return tuple(_map(function, item) for item in value)
    return function(value)


def _absent(name):
    if name.startswith("_"):
        raise AttributeError(name)
    raise MissingError(f"tensorflow.data.Dataset.{name} is not in Cornu")


class _Names(type):
    def __getattr__(cls, name):
        _absent(name)


class Dataset(metaclass=_Names):
    """An iterable that can be begun again; each method gives a new one."""

    def __init__(self, start, length=None):
        self._start, self._length = start, length

    @classmethod
    def from_tensor_slices(cls, tensors):
        arrays = _map(as_array, tuple(tensors) if isinstance(tensors, (tuple, list)) and hasattr(
            tensors[0], "shape") else tensors)
        first = arrays
        while isinstance(first, tuple):
            first = first[0]
        return cls(lambda: (_map(lambda a: a[i], arrays) for i in range(len(first))), len(first))

    @classmethod
    def from_tensors(cls, tensors):
        value = _map(as_array, tuple(tensors) if isinstance(tensors, list) else tensors)
        return cls(lambda: iter([value]), 1)

    @classmethod
    def range(cls, *bounds):
        numbers = builtins.range(*(int(bound) for bound in bounds))
        return cls(lambda: (np.int64(number) for number in numbers), len(numbers))

    @classmethod
    def from_generator(cls, generator, output_types=None, output_shapes=None, args=None, output_signature=None):
        return cls(lambda: (_map(np.asarray, item) for item in generator(*(args or ()))))

    @classmethod
    def zip(cls, *datasets):
        datasets = datasets[0] if len(datasets) == 1 else datasets
        lengths = [dataset._length for dataset in datasets]
        return cls(lambda: builtins.zip(*(dataset._start() for dataset in datasets)), None if None in lengths else min(lengths))

    def __iter__(self):
        return (_map(tensor, item) for item in self._start())

    def __len__(self):
        if self._length is None:
            raise TypeError("The dataset has no known length.")
        return self._length

    def cardinality(self):
        return tensor(np.int64(-2 if self._length is None else self._length))

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True):
        random = np.random.default_rng(seed)

        def start():
            buffer = []
            for item in self._start():
                buffer.append(item)
                if len(buffer) > buffer_size:
                    i = int(random.integers(len(buffer)))
                    buffer[i], buffer[-1] = buffer[-1], buffer[i]
                    yield buffer.pop()
            for i in random.permutation(len(buffer)):
                yield buffer[i]

        return Dataset(start, self._length)

    def batch(self, batch_size, drop_remainder=False, **kwargs):
        def stack(items):
            if isinstance(items[0], tuple):
                return tuple(stack([item[k] for item in items]) for k in range(len(items[0])))
            return np.stack(items)

        def start():
            source = self._start()
            while items := list(itertools.islice(source, batch_size)):
                if len(items) == batch_size or not drop_remainder:
                    yield stack(items)

        length = self._length
        if length is not None:
            length = length // batch_size if drop_remainder else -(-length // batch_size)
        return Dataset(start, length)

    def repeat(self, count=None):
        endless = count in (None, -1)
        length = None if endless or self._length is None else self._length * count
        return Dataset(lambda: (item for _ in (itertools.count() if endless else range(count)) for item in self._start()),
                       length)

    def take(self, count):
        return Dataset(lambda: itertools.islice(self._start(), count),
                       None if self._length is None else min(count, self._length))

    def skip(self, count):
        return Dataset(lambda: itertools.islice(self._start(), count, None),
                       None if self._length is None else max(0, self._length - count))

    def map(self, map_func, num_parallel_calls=None, deterministic=None):
        def start():
            for item in self._start():
                item = _map(tensor, item)
                yield map_func(*item) if isinstance(item, tuple) else map_func(item)

        return Dataset(start, self._length)

    def flat_map(self, map_func):
        """Each element becomes a data set; they follow one another."""
        def start():
            for item in self._start():
                item = item if isinstance(item, Dataset) else _map(tensor, item)
                yield from (map_func(*item) if isinstance(item, tuple) else map_func(item))._start()

        return Dataset(start)

    def filter(self, predicate):
        def start():
            for item in self._start():
                shown = _map(tensor, item)
                if predicate(*shown) if isinstance(shown, tuple) else predicate(shown):
                    yield item

        return Dataset(start)

    def window(self, size, shift=None, stride=1, drop_remainder=False):
        """Runs of elements, each a data set of its own."""
        shift = size if shift is None else shift
        reach = (size - 1) * stride + 1

        def start():
            items = list(self._start())
            for first in range(0, len(items), shift):
                run = items[first:first + reach:stride]
                if len(run) == size or not drop_remainder:
                    yield Dataset(lambda run=run: iter(run), len(run))

        return Dataset(start)

    def unbatch(self):
        return Dataset(lambda: (_map(lambda array: array[i], item) for item in self._start()
                                for i in range(len(item[0] if isinstance(item, tuple) else item))))

    def concatenate(self, dataset):
        length = None if None in (self._length, dataset._length) else self._length + dataset._length
        return Dataset(lambda: itertools.chain(self._start(), dataset._start()), length)

    def prefetch(self, buffer_size=None):
        return self

    def cache(self, filename=""):
        return self

    def as_numpy_iterator(self):
        return (_map(np.asarray, item) for item in self._start())

    def __getattr__(self, name):
        _absent(name)
