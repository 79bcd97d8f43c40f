"""What is recorded of computations: a node for each result, and the gradients that come back through them."""

import contextlib
import itertools

_serial = itertools.count()
_depth = 0  # how many record


@contextlib.contextmanager
def recording():
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1


@contextlib.contextmanager
def paused():
    global _depth
    before, _depth = _depth, 0
    try:
        yield
    finally:
        _depth = before


def is_recording():
    return _depth > 0


class Node:
    """One result: `back(gradient)` gives the gradients of its parents, None where there is none. A leaf has a key: what it is
    the value of."""

    __slots__ = ("serial", "parents", "back", "key")

    def __init__(self, parents=(), back=None, key=None):
        self.serial, self.parents, self.back, self.key = next(_serial), tuple(parents), back, key


def gradients(node, seed, keys):
    """{key: gradient} of what `node` is the result of, with respect to the leaves that have these keys."""
    wanted, below = {key for key in keys if key is not None}, {}

    def leads(one):  # not recursive: graphs of long loops are deep
        stack = [one]
        while stack:
            top = stack[-1]
            if top in below:
                stack.pop()
                continue
            waiting = [parent for parent in top.parents if parent is not None and parent not in below]
            if waiting:
                stack.extend(waiting)
                continue
            below[top] = top.key in wanted or top in wanted or any(below[parent] for parent in top.parents if parent is not None) \
                or getattr(top.back, "reaches", lambda _: False)(wanted)
            stack.pop()

    leads(node)
    pending, found = {node: seed}, {}
    while pending:
        top = max(pending, key=lambda one: one.serial)
        gradient = pending.pop(top)
        for token in (top.key, top):
            if token is not None and token in wanted:
                found[token] = found[token] + gradient if token in found else gradient
        if top.back is None or not below[top]:
            continue
        if hasattr(top.back, "reaches"):
            given, others = top.back(gradient, wanted)
            for key, value in others.items():
                found[key] = found[key] + value if key in found else value
        else:
            given = top.back(gradient)
        for parent, value in zip(top.parents, given):
            if parent is not None and value is not None and below[parent]:
                pending[parent] = pending[parent] + value if parent in pending else value
    return found


def unsupported(what):
    """The way back of a node from which no gradient comes: asking for it fails by name."""
    def back(_, wanted):
        raise NotImplementedError(f"{what} is not in Cornu")

    back.reaches = lambda wanted: True
    return back
