"""Searches over a function of yours.

    import cornu.sweep

    def price(trial):
        m = build(trial["units"], trial["rate"])
        for epoch in range(1, 21):
            loss = train_one_epoch(m)
            if not trial.report(epoch, loss):   # the pruner ends it
                return
        return loss

    found = cornu.sweep.run(price, {"units": "8..128 log", "rate": "1e-4..1e-1 log", "activation": ["relu", "tanh"]},
                            trials=200, sampler="tpe", pruner="asha", epochs=20, store="runs.db")
    found.best.params, found.best.value

A trial is a function of the study and of its number: where the function gives the same values again, so is the study, for any number
of `jobs` and after it was interrupted. With a store, trials that are in it are not run again, and `cornu runs` shows them.
"""

import difflib
import math
import re

from cornu import _cornu

__all__ = ["run", "Trial", "Result", "Finished"]


def _value_text(value):
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return value
    raise TypeError(f"a value of a space is {value!r}; expected a number, a string, True, False or None")


def _space_text(space):
    """The notation of docs/sweeps.md: as it is, or of a dict whose values are lists or ranges."""
    if isinstance(space, str):
        return space
    parts = []
    for name, values in space.items():
        inside = values if isinstance(values, str) else ", ".join(_value_text(v) for v in values)
        if inside.startswith("[") and inside.endswith("]"):
            inside = inside[1:-1]
        parts.append(f"{name}=[{inside}]")
    return " ".join(parts)


def _dimensions(text):
    """The names that a space in that notation has."""
    return re.findall(r"(?:^|[\s,])([\w.]+)\s*=\s*\[", text)


def _names(objective):
    """Of the objectives: "[val_loss, min(cost)]" has val_loss and cost."""
    inside = objective.strip()
    if inside.startswith("["):
        inside = inside[1:-1]
    return [part.strip().removeprefix("max(").removeprefix("min(").rstrip(")").strip() for part in inside.split(",")]


def _typed(number, text):
    if text is None:
        return None
    if text in ("true", "false"):
        return text == "true"
    if text == "none":
        return None
    if math.isnan(number):
        return text
    return int(number) if float(number).is_integer() and not any(c in text for c in ".e") else number


class Trial:
    """What a function is called with: trial["units"], trial.report(epoch, value), trial.index, trial.seed."""

    def __init__(self, trial, names, dimensions):
        self._trial, self._names, self._dimensions, self._epoch = trial, names, dimensions, 0
        self.pruned = False

    @property
    def index(self):
        """Its number, from 0."""
        return self._trial.index

    @property
    def seed(self):
        """The study's: for what is random in the function."""
        return self._trial.seed

    def __getitem__(self, name):
        if name not in self._dimensions:
            near = difflib.get_close_matches(str(name), self._dimensions, 1)
            meant = f"; did you mean {near[0]!r}?" if near else "."
            raise KeyError(f"the space has no {name!r}{meant} Known: {', '.join(self._dimensions)}")
        return _typed(*self._trial.value(name))

    def get(self, name, default=None):
        """The value of a dimension, or `default` where its condition does not hold."""
        value = self[name]
        return default if value is None else value

    def report(self, epoch, value, name=None):
        """A value of an epoch, counted from 1; of the first objective where no name is given. False: the pruner has ended the
        trial, and the function should return."""
        self._epoch = max(self._epoch, epoch)
        on = self._trial.report(name or self._names[0], epoch, float(value))
        self.pruned = self.pruned or not on
        return on

    def _finish(self, result):
        if result is None:
            return
        values = result if isinstance(result, (tuple, list)) else (result,)
        if len(values) != len(self._names):
            raise ValueError(f"the function returned {len(values)} values, expected one for each of {', '.join(self._names)}")
        if self.pruned:
            return
        for name, value in zip(self._names, values):
            self._trial.report(name, max(self._epoch, 1), float(value))


class Finished:
    """A trial as it ended: index, state ("complete", "pruned", "failed"), params (a string: "units=64 rate=0.003"), values."""

    def __init__(self, index, state, params, values):
        self.index, self.state, self.params, self.values = index, state, params, values

    @property
    def value(self):
        """Of the first objective."""
        return self.values[0]

    def __repr__(self):
        return f"Finished({self.index}, {self.state!r}, {self.params!r}, {self.values})"


class Result:
    """What a study came to: trials, a list, and best, the best complete one or None."""

    def __init__(self, trials, best):
        self.trials = trials
        self.best = None if best is None else trials[best]

    def __repr__(self):
        return f"Result({len(self.trials)} trials, best {self.best!r})"


def run(function, space, *, objective="min(value)", trials=100, sampler="random", pruner=None, epochs=1, seed=0, jobs=1, store=None,
        key=None, name="study", ahead=0, best=False, catch=()):
    """Calls function(trial) for each trial and returns a Result. What the function returns is the objective's value, a tuple of
    several; without it the last value that it reported.

    space      a dict of lists and ranges, or the notation of docs/sweeps.md
    objective  "min(value)", "max(score)", "[val_loss, min(cost)]"
    epochs     how many a trial reports at most, for a pruner ("median", "asha")
    jobs       threads that call the function at the same time; 0: one a processor. Python code of several threads takes turns, so
               that this helps functions which spend their time in Cornu, NumPy or other programs
    store      a file; trials that are in it are not run again
    key        what else decides the values, such as a version of the function: another key is another study in the store
    ahead      how many trials back the results must be that sampler and pruner use; 0: 16
    catch      exceptions that make a trial fail; any other ends the study and is raised"""
    names = _names(objective)
    text = _space_text(space)
    dimensions = _dimensions(text)
    study = _cornu.Study(text, objective, sampler, pruner, trials, epochs, ahead, seed, store, key, name, best)

    def call(trial):
        t = Trial(trial, names, dimensions)
        t._finish(function(t))

    try:
        study.run(call, tuple(catch) if isinstance(catch, (tuple, list)) else (catch,), jobs)
        rows = [Finished(i, *row) for i, row in enumerate(study.trials(len(names)))]
        return Result(rows, study.best())
    finally:
        study.close()
