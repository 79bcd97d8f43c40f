"""What ran where since accelerate()."""

import sys
import time
import weakref

_said = weakref.WeakKeyDictionary()


class Report(list):
    """One entry a call: method, model, where it ran, seconds, and why not in Cornu."""

    def __str__(self):
        lines = [f"{'call':9} {'model':20} {'ran in':7} {'seconds':>8}  why"]
        for entry in self:
            lines.append(f"{entry['call']:9} {entry['model'][:20]:20} {entry['where']:7} {entry['seconds']:8.2f}  "
                         f"{entry['why'] or ''}".rstrip())
        return "\n".join(lines)

    __repr__ = __str__


_entries = Report()


def report():
    """What ran where since accelerate(), for how long, and why not in Cornu."""
    return _entries


def record(call, model, where, start, why=None):
    _entries.append({"call": call, "model": getattr(model, "name", "?"), "where": where,
                     "seconds": time.monotonic() - start, "why": why})


def say(call, model, why, quiet):
    """Once for each model and reason."""
    said = _said.setdefault(model, set())
    if (call, why) not in said and not quiet:
        print(f"cornu: {call} of {getattr(model, 'name', 'the model')} runs in Keras: {why}", file=sys.stderr)
    said.add((call, why))
