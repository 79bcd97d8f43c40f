"""When two answers agree, and what is said where they do not."""

import numpy as np

RELATIVE, ABSOLUTE = 1e-5, 1e-6  # of float32, after some sums
SLACK = {"layers": (5e-5, 1e-5), "optimizers": (1e-4, 1e-5), "trainings": (1e-4, 1e-5)}  # long sums, and steps of training


def agree(ours, theirs, relative=RELATIVE, absolute=ABSOLUTE):
    if isinstance(ours, str) or isinstance(theirs, str):
        return ours == theirs
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        return bool(np.all((np.abs(a - b) <= absolute + relative * np.abs(b)) | (a == b) | (np.isnan(a) & np.isnan(b))))


def text(value, limit=160):
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    shown = np.array2string(array, precision=7, threshold=12, max_line_width=10000).replace("\n", "")
    return (f"{array.shape} " if array.ndim else "") + (shown if len(shown) < limit else shown[:limit] + "…")
