"""keras.random: seeds that an initializer or a layer may be given."""

from . import _random
from ._described import CLASSES, Described, define, missing_of


class _Generator(Described):
    """Each use of it is the next of its seeds."""

    def next(self, ordered=True):
        self._uses = getattr(self, "_uses", 0) + 1
        first = self.seed if self.seed is not None else _random.next_seed()
        return (first * 1000003 + self._uses - 1) % 2**31 if self._uses > 1 else first % 2**31

    def _notation(self):
        return str(self.next())


define(globals(), _Generator, "SeedGenerator", "seed_generator", seed=None, name=None)

__getattr__ = missing_of("keras.random", "beta binomial categorical dropout gamma normal randint shuffle truncated_normal uniform")
