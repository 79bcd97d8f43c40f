"""Random combinations, each by real Keras and by Cornu."""

import collections

import keras as real
import numpy as np

import combinations
import compare
from cornu import keras as ours

RELATIVE, ABSOLUTE = 2e-4, 2e-5
SCRIPT = '''import numpy as np
import keras
from cornu import keras as cornu

{text}

theirs, mine = build(keras), build(cornu)
start = np.random.default_rng(1)
weights = [w + start.uniform(0, 0.2, w.shape).astype('float32') for w in ({first})]
for model in (theirs, mine):
    model.set_weights(weights)
    print(fit(model))
    print(model.get_weights())
'''


def run(text, k, weights, nudge=0):
    """(history, weights, predictions); nudge: which of the ways to change x and the weights by their rounding."""
    k.backend.clear_session()  # names begin anew
    scope = {"np": np}
    exec(text, scope)
    if nudge:
        random = np.random.default_rng(nudge)
        scope["x"] = scope["x"] * (1 + 1e-6 * random.choice([-1, 1], scope["x"].shape)).astype("float32")
        weights = [w * (1 + 2e-7 * random.choice([-1, 1], w.shape)).astype("float32") for w in weights]
    model = scope["build"](k)
    model.set_weights(weights)
    history = scope["fit"](model)
    return history, model.get_weights(), np.asarray(model.predict(scope["x"], verbose=0))


def start_of(text):
    scope = {"np": np}
    exec(text, scope)
    random = np.random.default_rng(1)
    return [np.asarray(w) + random.uniform(0, 0.2, np.shape(w)).astype("float32") for w in scope["build"](real).get_weights()]


def differences(a, b):
    """[(what, ours, theirs)] that do not agree."""
    if set(a[0]) != set(b[0]):
        return [("names", str(sorted(a[0])), str(sorted(b[0])))]
    found = [(f"history[{name!r}]", a[0][name], b[0][name]) for name in b[0]]
    found += [(f"weight {i}", x, y) for i, (x, y) in enumerate(zip(a[1], b[1]))] + [("predictions", a[2], b[2])]
    return [item for item in found if not compare.agree(item[1], item[2], RELATIVE, ABSOLUTE)]


def outcome(seed):
    text = combinations.program(seed)
    real.utils.set_random_seed(seed)
    try:
        weights = start_of(text)
        theirs = run(text, real, weights)
    except Exception as error:
        return "not Keras's", f"{type(error).__name__}: {error}", text
    try:
        mine = run(text, ours, weights)
    except Exception as error:
        return "refused", f"{type(error).__name__}: {error}", text
    found = differences(mine, theirs)
    if found and _unstable(text, weights, theirs, found):
        return "unstable", _words(found), text
    return ("differ" if found else "agree"), _words(found), text


def _words(found):
    return "; ".join(f"{what}: Cornu {compare.text(a)}, Keras {compare.text(b)}" for what, a, b in found[:3])


NUDGES, TIMES = 8, 4


def _unstable(text, weights, theirs, found):
    """Does Keras itself go elsewhere when x and the weights are changed in their last digits, or nearly as far as Cornu is from it? Then nothing
    can be said."""
    moved, spread = set(), {}
    for nudge in range(1, NUDGES + 1):
        nudged = run(text, real, weights, nudge)
        moved |= {what for what, _, _ in differences(nudged, theirs)}
        for (what, a), (_, b) in zip(_values(nudged), _values(theirs)):
            spread[what] = np.maximum(spread.get(what, 0), np.abs(np.subtract(a, b, dtype=np.float64)))
        if moved and {what for what, _, _ in found} <= moved | {"predictions"}:
            return True
    return all(what in moved or what in spread and np.all(np.abs(np.subtract(a, b, dtype=np.float64)) <= TIMES * spread[what] + ABSOLUTE
                                       + RELATIVE * np.abs(b)) for what, a, b in found)


def _values(outcome):
    history, weights, predictions = outcome
    return [*((f"history[{name!r}]", history[name]) for name in sorted(history)),
            *((f"weight {i}", weight) for i, weight in enumerate(weights)), ("predictions", predictions)]


def run_all(seeds, said, show=False):
    """How many differ. Without traces: a thousand networks would each be compiled."""
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    tf.config.run_functions_eagerly(True)
    tf.data.experimental.enable_debug_mode()
    print(f"{len(seeds)} random combinations, {said}", flush=True)
    counts, reasons = collections.Counter(), collections.Counter()
    for one in seeds:
        result, why, text = outcome(one)
        counts[result] += 1
        if result in ("refused", "not Keras's"):
            reasons[result, why.splitlines()[0][:160]] += 1
        if result == "differ" or show:
            print(f"---- {result} (--only {one}): {why}\n{SCRIPT.format(text=text, first='theirs.get_weights()')}", flush=True)
    print(", ".join(f"{count} {result}" for result, count in counts.most_common()))
    for (result, why), count in reasons.most_common():
        print(f"  {count:5d} {result}: {why}")
    return counts["differ"]

