"""A pytest plugin that writes down what Keras's own tests ask of Keras, and what it answers.

    KERAS_RECORD=calls.pickle python -m pytest -p record FOLDER/keras/src/losses

A record is a dictionary: its area ("losses"), the kind ("Huber"), its configuration, what was called with which arrays, the
answer, and the test. Only the outermost call counts (a loss inside a training is the training's affair), and only those on
arrays: what TensorFlow traces has no values. Nothing of Keras's code is kept, and every test runs as it would without this.
"""

import functools
import os
import pickle

import numpy as np

import families


class Recorder:
    """Calls seen so far; `depth` is above 0 inside of a call that is itself recorded."""

    def __init__(self):
        self.records, self.test, self.depth = [], "", 0
        self.ends = []  # what has to be said when a test is over

    def add(self, **record):
        try:
            pickle.dumps(record)
        except Exception:
            record = {"area": record["area"], "kind": record["kind"], "unsaid": "a function of the test's own"}
        self.records.append({"test": self.test, **record})

    def inside(self, function, *args, **kwargs):
        self.depth += 1
        try:
            return function(*args, **kwargs)
        finally:
            self.depth -= 1

    def wrap(self, owner, name, after, before=None):
        """owner.name reports to after(state, answer, args, kwargs) when it is called from outside; before(args, kwargs) is its
        state, asked first."""
        function = owner.__dict__[name] if isinstance(owner, type) else getattr(owner, name)
        if isinstance(function, (staticmethod, classmethod)):
            return

        @functools.wraps(function)
        def outer(*args, **kwargs):
            if self.depth:
                return function(*args, **kwargs)
            state = self.inside(before, args, kwargs) if before else None
            answer = self.inside(function, *args, **kwargs)
            self.inside(after, state, answer, args, kwargs)
            return answer

        setattr(owner, name, outer)


recorder = Recorder()


def plain(value):
    """Arrays as NumPy's, containers of them likewise; raises families.Symbolic for what has no values."""
    if value is None or isinstance(value, (bool, int, float, str, np.generic)):
        return value
    if isinstance(value, np.ndarray):
        return value.copy()  # tests go on to write in theirs
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(plain(item) for item in value) if type(value) in (list, tuple) else [plain(v) for v in value]
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    return families.concrete(value)


def pytest_collection_modifyitems(config, items):
    families.install(recorder, plain)


def pytest_runtest_call(item):
    recorder.test = item.nodeid
    recorder.depth = 0


def pytest_runtest_teardown(item):
    for end in recorder.ends:
        end()


def pytest_sessionfinish(session):
    with open(os.environ["KERAS_RECORD"], "wb") as file:
        pickle.dump(recorder.records, file)
