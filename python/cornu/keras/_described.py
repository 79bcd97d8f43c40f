"""What has a class name and arguments: layers, optimizers, losses, …

A class is made by one line of a table, `define(module, base, "Dense", "dense", "units", activation=None, …)`: its name,
Cornu's word for it, and its parameters in Keras's order. Required ones are given by name, the others with their defaults.
"""

import inspect

REQUIRED = inspect.Parameter.empty


def notation(value):
    """A Python value in Cornu's notation."""
    if isinstance(value, Described):
        return value._notation()
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return "'" + text.replace("\t", "\\t").replace("\r", "\\r") + "'"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(notation(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{notation(str(key))}: {notation(item)}" for key, item in value.items()) + "}"
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return notation(value.item())
    if isinstance(value, (int, float)):
        return repr(value)
    if hasattr(value, "tolist"):  # an array, as lists of lists
        return notation(value.tolist())
    if callable(value):
        name = getattr(value, "__name__", type(value).__name__)
        raise NotImplementedError(f"{name}: a Python function cannot run inside Cornu's training; "
                                  "use one of keras's own by name")
    raise TypeError(f"{value!r}: expected a number, a string, None or one of keras's objects")


def call(word, arguments):
    """`dense(units=512, activation='relu')`."""
    return word + "(" + ", ".join(f"{name}={notation(value)}" for name, value in arguments.items()) + ")"


def plain(value):
    """A value as Keras's get_config has it."""
    if isinstance(value, Described):
        return serialize(value)
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


# what configurations have beside arguments, of Keras 3 and 2
_OF_CONFIGS = ("dtype", "name", "fn", "is_legacy_optimizer", "jit_compile")


def is_off(value):
    """Says an argument that Cornu does not have nothing: None, False, 0.0? A whole number, as of a class, says something."""
    return value is None or value is False or (isinstance(value, float) and value == 0)


class Described:
    _word = None
    _module = "keras"
    _signature = inspect.Signature()
    _unset = ()  # what Cornu is not told even where it is given

    def __init__(self, *args, **kwargs):
        self._read(args, kwargs)

    def _read(self, args, kwargs):
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}: {error}") from None
        bound.apply_defaults()
        self._arguments = dict(bound.arguments)
        for name, value in self._arguments.items():
            setattr(self, name, value)

    def _given(self):
        """The arguments that are not the defaults, as they stand now."""
        given = {}
        for name, parameter in self._signature.parameters.items():
            value = getattr(self, name, parameter.default)
            if name in self._unset or value is parameter.default:
                continue
            if not hasattr(value, "shape") and value == parameter.default and type(value) is type(parameter.default):
                continue
            given[name] = value
        return given

    def _is_own(self):
        """Is it of a class of the notebook's, which Cornu calls?"""
        return False

    def _notation(self):
        if self._word is None:
            raise NotImplementedError(f"{type(self).__name__}: a class of one's own cannot run inside Cornu")
        return call(self._word, self._given())

    def get_config(self):
        return {name: plain(getattr(self, name)) for name in self._signature.parameters}

    @classmethod
    def from_config(cls, config):
        known = cls._signature.parameters
        for name, value in config.items():
            if name not in known and name not in _OF_CONFIGS and not is_off(value):
                raise NotImplementedError(f"{cls.__name__}: {name} = {value!r} is not in Cornu")
        return cls(**{name: deserialize(value) for name, value in config.items() if name in known})

    def __repr__(self):
        return f"<{type(self).__name__} {self._notation()}>" if self._word else super().__repr__()


CLASSES = {}  # (module, class name): class


def parameters(required, defaults):
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [inspect.Parameter(name, kind) for name in required] + [
        inspect.Parameter(name, kind, default=value) for name, value in defaults.items()]


def define(namespace, base, name, word, /, *required, **defaults):
    """A class of Keras's, put into the module's namespace; _aliases are further names."""
    signature = inspect.Signature(parameters(required, defaults))
    module = namespace["__name__"].replace("cornu.", "", 1)
    cls = type(name, (base,), {"_word": word, "_signature": signature, "_module": module,
                               "__module__": namespace["__name__"], "__doc__": f"Keras's {name}{signature}.",
                               "__signature__": signature})
    namespace[name] = cls
    CLASSES[module, name] = cls
    return cls


def serialize(value):
    return {"module": value._module, "class_name": type(value).__name__, "config": value.get_config(),
            "registered_name": None}


def deserialize(value, module=None):
    """The object behind {"module", "class_name", "config"}; any other value is itself."""
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    name, config = value["class_name"], value.get("config") or {}
    if name == "__tuple__":
        return tuple(value.get("items", ()))
    if name == "function":
        return config
    found = CLASSES.get((value.get("module") or module, name)) or CLASSES.get((module, name))
    if found is None:
        raise NotImplementedError(f"{value.get('module') or module or 'keras'}.{name} is not in Cornu")
    return found.from_config(config)


class MissingError(NotImplementedError, AttributeError):
    """Something of Keras's or TensorFlow's that Cornu does not have."""


class Missing:
    """Stands for a class or function that Cornu does not have: importing it is fine, using it says so by name."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def _fail(self):
        raise NotImplementedError(f"{self._name} is not in Cornu")

    def __call__(self, *args, **kwargs):
        self._fail()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingError(f"{self._name} is not in Cornu")

    def __mro_entries__(self, bases):
        self._fail()

    def __repr__(self):
        return f"<{self._name}: not in Cornu>"


def missing_of(module, names):
    """A module's __getattr__: placeholders for Keras's names that are not here."""
    names = frozenset(names.split())

    def find(name):
        if name in names:
            return Missing(f"{module}.{name}")
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return find
