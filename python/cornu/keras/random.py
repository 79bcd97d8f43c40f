"""keras.random: seeds that an initializer or a layer may be given, and arrays of random numbers."""

import numpy as np

from . import _random
from ._described import Described, define, missing_of
from ._tensor import tensor


class _Generator(Described):
    """Each use of it is the next of its seeds."""

    def next(self, ordered=True):
        self._uses = getattr(self, "_uses", 0) + 1
        first = self.seed if self.seed is not None else _random.next_seed()
        return (first * 1000003 + self._uses - 1) % 2**31 if self._uses > 1 else first % 2**31

    def _notation(self):
        return str(self.next())


define(globals(), _Generator, "SeedGenerator", "seed_generator", seed=None, name=None)


def _draws(seed):
    """What draws: of a generator the next of its seeds, of a number always the same, else NumPy's, which set_random_seed seeds."""
    if isinstance(seed, _Generator):
        return np.random.default_rng(seed.next())
    return np.random if seed is None else np.random.default_rng(int(seed))


def _shaped(shape):
    return tuple(int(size) for size in np.atleast_1d(np.asarray(shape, dtype=object))) if np.size(shape) else ()


def _made(values, dtype):
    return tensor(np.asarray(values).astype(dtype or "float32"))


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    return _made(_draws(seed).normal(mean, stddev, _shaped(shape)), dtype)


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    return _made(_draws(seed).uniform(minval, maxval, _shaped(shape)), dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """What is beyond two deviations is drawn again."""
    draws = _draws(seed)
    values = draws.normal(size=_shaped(shape))
    while np.any(np.abs(values) > 2):
        values = np.where(np.abs(values) > 2, draws.normal(size=values.shape), values)
    return _made(mean + stddev * values, dtype)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    draws = _draws(seed)
    return _made(getattr(draws, "integers", getattr(draws, "randint", None))(minval, maxval, _shaped(shape)), dtype)


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    return _made(_draws(seed).binomial(np.asarray(counts).astype(int), np.asarray(probabilities), _shaped(shape)), dtype)


def shuffle(x, axis=0, seed=None):
    x = np.asarray(x)
    return tensor(np.take(x, _draws(seed).permutation(x.shape[axis]), axis))


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Of each row of logits so many classes."""
    logits = np.asarray(logits)
    noise = _draws(seed).gumbel(size=(len(logits), num_samples, logits.shape[-1]))
    return _made(np.argmax(logits[:, None, :] + noise, axis=-1), dtype)


__getattr__ = missing_of("keras.random", "beta dropout gamma")
