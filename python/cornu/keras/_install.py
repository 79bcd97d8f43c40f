"""install(): `import keras` and `import tensorflow` give Cornu, on a machine that has neither."""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types

from ._described import Missing

_TARGETS = {"keras": "cornu.keras", "tensorflow.keras": "cornu.keras", "tensorflow.python.keras": "cornu.keras",
            "tf_keras": "cornu.keras", "tensorflow": "cornu.keras._tensorflow"}
_ROOTS = ("keras", "tensorflow", "tf_keras")
# Keras's own names for modules that are elsewhere here
_MOVED = {"saving": "models", "optimizers.legacy": "optimizers", "optimizers.adam": "optimizers", "layers.core": "layers",
          "layers.normalization": "layers", "layers.convolutional": "layers", "layers.pooling": "layers", "layers.merge": "layers",
          "layers.advanced_activations": "layers", "layers.noise": "layers",
          "src": "", "utils.np_utils": "utils"}


class _MissingModule(types.ModuleType):
    """A module of Keras's or TensorFlow's that Cornu does not have: its names can be imported, using them says so."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.__name__}.{name}")


def _target(fullname):
    """The name of Cornu's module for one of Keras's or TensorFlow's, or None."""
    for prefix in ("tensorflow.python.keras", "tensorflow.keras", "tf_keras", "keras", "tensorflow"):
        if fullname == prefix:
            return _TARGETS[prefix]
        if fullname.startswith(prefix + "."):
            rest = fullname[len(prefix) + 1:]
            return f"{_TARGETS[prefix]}.{_MOVED.get(rest, rest)}".rstrip(".")
    return None


def _module(fullname):
    try:
        return importlib.import_module(_target(fullname))
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("cornu."):
            raise
    parent, _, name = fullname.rpartition(".")
    found = getattr(sys.modules.get(parent), name, None)  # tensorflow.nn is an object of its module
    return found if isinstance(found, types.ModuleType) else _MissingModule(fullname)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        module = _module(spec.name)
        self._own = (module, getattr(module, "__spec__", None), getattr(module, "__loader__", None))
        return module

    def exec_module(self, module):
        """The module keeps the names that it was made with."""
        own, spec, loader = self._own
        if own is module and spec is not None:
            module.__spec__, module.__loader__ = spec, loader


_finder = _Finder()


def install():
    """From here on `import keras`, `import tensorflow as tf` and what is in them give Cornu. Undone by uninstall()."""
    if _finder in sys.meta_path:
        return
    for root in _ROOTS:
        if root in sys.modules:
            raise RuntimeError(f"{root} is imported already: call cornu.keras.install() before it, in a fresh process "
                               "(in a notebook: restart the kernel), or cornu.keras.accelerate() to keep it")
    sys.meta_path.insert(0, _finder)


def uninstall():
    """`import keras` and `import tensorflow` find what is installed again; what was imported stays with its owner."""
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    for name in [name for name in sys.modules if name.partition(".")[0] in _ROOTS]:
        del sys.modules[name]
