"""Cornu: Keras's networks and numbers without TensorFlow.

    from cornu.keras.models import Sequential
    from cornu.keras.layers import Dense

Nothing is imported before it is used: `import cornu` takes milliseconds.
"""

import importlib

__all__ = ["keras", "lab", "sweep", "__version__"]

_SUBMODULES = ("keras", "notebook", "sweep")


def __getattr__(name):
    if name in _SUBMODULES:
        return importlib.import_module("cornu." + name)
    if name == "lab":
        return importlib.import_module("cornu.notebook.session").lab
    if name == "__version__":
        return importlib.import_module("cornu._cornu").__version__
    raise AttributeError(f"module 'cornu' has no attribute {name!r}")


def load_ipython_extension(shell):
    """`%load_ext cornu`: the magics %%cornu and %cornu_keras."""
    importlib.import_module("cornu.notebook.magics").register(shell)
