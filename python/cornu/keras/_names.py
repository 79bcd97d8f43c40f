"""Names that Keras makes: dense, dense_1, …"""

import re

_counts = {}


def snake(name):
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(class_name):
    return free_name({"ReLU": "re_lu", "LeakyReLU": "leaky_re_lu", "ELU": "elu"}.get(class_name) or snake(class_name))


def free_name(word):
    """The word, or with the number of those before it: one count for layers, metrics and models."""
    count = _counts.get(word, 0)
    _counts[word] = count + 1
    return word if count == 0 else f"{word}_{count}"


def restore(counts):
    _counts.clear()
    _counts.update(counts)


def forget_names():
    _counts.clear()
