"""A model of Keras's over here: its core, and the ways of weights and the optimizer's arrays over and back."""

import json
import sys
import weakref

import numpy as np

from cornu import _cornu

from ._data import by_names, fitting, one_array

_OWN = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "make_train_function",
        "make_test_function", "make_predict_function", "train_on_batch")
_cores = weakref.WeakKeyDictionary()


class Unsupported(Exception):
    """Why a call goes to Keras."""


def _numpy(variable):
    return np.asarray(variable.numpy() if hasattr(variable, "numpy") else variable)


def _slots(optimizer):
    """The optimizer's arrays; iterations, rate and Nadam's product are single numbers. Keras 2 keeps some for an SGD without
    momentum, which are never used."""
    if type(optimizer).__name__ == "SGD" and not optimizer.momentum:
        return []
    return _arrays(optimizer)


def _arrays(optimizer):
    variables = optimizer.variables
    if callable(variables) and not isinstance(variables, (list, tuple)):
        variables = variables()
    return [v for v in variables if len(v.shape) > 0]


class Twin:
    """A Keras model as Fit sees a model: its core, and the ways of weights and arrays over and back."""

    _functions = None  # the notebook's own losses and metrics go to Keras

    def __init__(self, model, core, shapes):
        self.model, self._core, self._shapes = model, core, shapes
        self._validates = False
        self.training = False

    @property
    def stop_training(self):
        return self.model.stop_training

    @stop_training.setter
    def stop_training(self, value):
        self.model.stop_training = value

    @property
    def history(self):
        return self.model.history

    def _several(self):
        return len(self._core.input_names) > 1 or len(self._core.output_names) > 1

    @property
    def output_names(self):
        return self._core.output_names

    def _arrays(self, value, role):
        if not self._several():
            return one_array(value, role)
        return by_names(value, self._core.input_names if role == "x" else self._core.output_names, role)

    def _fitting(self, x):
        if isinstance(x, tuple):
            return tuple(fitting(one, shape, self.model.name) for one, shape in zip(x, self._shapes))
        return fitting(x, self._shapes[0], self.model.name)

    def _targets(self, y):
        return y

    def _reshuffles(self):
        return True

    def weights_over(self):
        for i, value in enumerate(self.model.get_weights()):
            self._core.set_weight(i, np.asarray(value, np.float32, order="C"))

    def weights(self):
        return [np.asarray(self._core.get_weight(i)) for i in range(self._core.weight_count)]

    def weights_back(self):
        self.model.set_weights(self.weights())

    def state_over(self):
        optimizer = self.model.optimizer
        if not getattr(optimizer, "built", False) and not _arrays(optimizer):
            optimizer.build(self.model.trainable_variables)
        slots = _slots(optimizer)
        if len(slots) != self._core.state_count:
            raise Unsupported(f"its {type(optimizer).__name__} keeps {len(slots)} arrays, Cornu's {self._core.state_count}")
        for i, slot in enumerate(slots):
            self._core.set_state(i, np.asarray(_numpy(slot), np.float32, order="C"))
        self._core.iterations = int(_numpy(optimizer.iterations))

    def state_back(self):
        optimizer, core = self.model.optimizer, self._core
        for i, slot in enumerate(_slots(optimizer)):
            slot.assign(np.asarray(core.get_state(i)).reshape(tuple(slot.shape)))
        optimizer.iterations.assign(core.iterations)
        product = getattr(optimizer, "_u_product", None)
        if product is not None:
            product.assign(_nadam_product(float(optimizer.beta_1), core.iterations))

    def rate(self):
        return float(_numpy(self.model.optimizer.learning_rate))

    def _borrow_weights(self):
        self.weights_over()
        self.state_over()

    def _return_weights(self):
        self.weights_back()
        self.state_back()


def _nadam_product(beta_1, steps):
    product = np.float32(1)
    for t in range(1, steps + 1):
        product *= np.float32(beta_1 * (1 - 0.5 * 0.96 ** t))
    return product


def _own_class(model):
    """The name of the first method of training that the model's class has of its own, or None."""
    for cls in type(model).__mro__:
        module = cls.__module__.partition(".")[0]
        if module in ("keras", "tf_keras", "tensorflow", "builtins"):
            return None
        for name in (*_OWN, "call"):
            if name in vars(cls):
                return f"class {cls.__name__} has its own {name}"
    return None


def twin_of(model, x, compiled):
    """The model's twin, from the cache while nothing of it has changed."""
    own = _own_class(model)
    if own:
        raise Unsupported(own)
    if getattr(getattr(model, "distribute_strategy", None), "num_replicas_in_sync", 1) > 1:
        raise Unsupported("it is distributed over several devices")
    if not model.built or not model.inputs:
        model.build((None, *one_array(x, "x").shape[1:]))
    texts = (_plain_names(model.to_json()), _compile_text(model) if compiled else None)
    for text in texts:
        _check_classes(json.loads(text or "null"))
    _check_functions(json.loads(texts[1] or "null"))
    cached = _cores.get(model)
    if cached and cached[0][0] == texts[0] and (texts[1] is None or cached[0][1] == texts[1]):
        return cached[1]
    try:
        core = _cornu.from_json(texts[0])
        shapes = [tuple(one.shape[1:]) for one in model.inputs]
        if not core.built:
            core.build(shapes[0])
        if compiled:
            core.compile_from_json(texts[1])
    except (ValueError, OSError) as error:
        raise Unsupported(str(error).split("\n")[0]) from None
    names = [tuple(np.asarray(core.get_weight(i)).shape) for i in range(core.weight_count)]
    if names != [tuple(w.shape) for w in model.weights]:
        raise Unsupported("its weights have other shapes in Cornu")
    if len(core.input_names) != len(shapes):
        raise Unsupported("it has other inputs in Cornu")
    _check_several(model, core)
    twin = Twin(model, core, shapes)
    _cores[model] = (texts, _WeakTwin(twin))
    return _cores[model][1]


def _check_several(model, core):
    """Where versions of Keras name or weigh the values of several outputs otherwise."""
    if len(core.output_names) > 1 and _is_keras_2(model):
        raise Unsupported("several outputs of Keras 2")
    weights = (model.get_compile_config() or {}).get("loss_weights") if len(core.output_names) > 1 else None
    if weights is not None and not str(root_of(model).__version__).startswith("3.6"):
        raise Unsupported("loss_weights of several outputs: this version of Keras reports their losses without them")


def _plain_names(text):
    """Functions of TensorFlow's, such as tf.nn.softmax, have other names than Keras's own."""
    for name in ("softmax", "log_softmax"):
        text = text.replace(f'"{name}_v2"', f'"{name}"')
    return text


def _check_functions(value):
    """Losses and metrics that are functions; activations such as tf.nn.relu are functions that Cornu has."""
    if isinstance(value, dict) and value.get("module") == "builtins" and value.get("class_name") == "function":
        raise Unsupported(f"{value.get('config')} is a function of your own")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_functions(item)


def _check_classes(value):
    """A class of one's own may have the name of one of Keras's."""
    if isinstance(value, list):
        for item in value:
            _check_classes(item)
    if isinstance(value, dict):
        registered = value.get("registered_name")
        if "class_name" in value and "module" in value and not str(value["module"]).startswith(("keras", "tf_keras", "builtins")) \
                and registered:
            raise Unsupported(f"class {registered.rpartition('>')[2]} is one of your own")
        for item in value.values():
            _check_classes(item)


class _WeakTwin(Twin):
    """In the cache, which must not keep the model alive."""

    def __init__(self, twin):
        self._model = weakref.ref(twin.model)
        self._core, self._shapes = twin._core, twin._shapes
        self._validates = self.training = False

    @property
    def model(self):
        return self._model()


def _compile_text(model):
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise Unsupported("it is not compiled")
    if "legacy" in type(optimizer).__module__:
        raise Unsupported("its optimizer is one of keras.optimizers.legacy")
    if _is_keras_2(model) and type(optimizer).__name__ == "Nadam":
        raise Unsupported("Keras 2 computes Nadam otherwise")
    if getattr(model, "run_eagerly", False):
        raise Unsupported("it was compiled with run_eagerly=True")
    try:
        config = model.get_compile_config()
    except Exception as error:  # a function of one's own that cannot be written down
        raise Unsupported(f"what it was compiled with cannot be written down: {error}") from None
    if not config or not config.get("loss"):
        raise Unsupported("it was compiled without a loss")
    # how Keras runs it, which is not Cornu's
    config = {key: config.get(key) for key in ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")}
    excluded = _excluded(model, optimizer)
    if excluded:
        written = config["optimizer"]
        config["optimizer"] = {**written, "config": {**written["config"], "exclude_from_weight_decay": excluded}}
    try:
        return json.dumps(config, default=_plain)
    except TypeError as error:
        raise Unsupported(f"what it was compiled with cannot be written down: {error}") from None


def _excluded(model, optimizer):
    """layer/weight of each that exclude_from_weight_decay named: Keras does not write it down."""
    decays = getattr(optimizer, "_use_weight_decay", None)
    if decays is None or not getattr(optimizer, "weight_decay", None):
        return []
    return ["/".join(getattr(v, "path", v.name).partition(":")[0].split("/")[-2:])
            for v in model.trainable_variables if not decays(v)]


def _plain(value):
    """Numbers of NumPy's and TensorFlow's in configurations."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r}")


# ---- what Keras it is

def root_of(model):
    """The module keras whose model this is; tf_keras is another."""
    for cls in type(model).__mro__:
        root = cls.__module__.partition(".")[0]
        if root in ("keras", "tf_keras"):
            return sys.modules[root]
    return sys.modules["keras"]


def _is_keras_2(model):
    return str(getattr(root_of(model), "__version__", "3")).startswith("2")


def metric_names(model):
    """In the order in which they were given to compile."""
    config = model.get_compile_config() or {}
    names = []
    for group in ("metrics", "weighted_metrics"):
        items = config.get(group) or []
        for item in [items] if isinstance(items, (str, dict)) else items:
            for inner in item if isinstance(item, list) else [item]:
                if isinstance(inner, dict):
                    inner = inner.get("config", {})
                    inner = inner.get("name") if isinstance(inner, dict) else inner
                names.append(inner)
    return names


def in_keras_order(model, logs):
    if not _is_keras_2(model):
        return logs
    names = ["loss", *metric_names(model)]
    order = [name for prefix in ("", "val_") for name in (prefix + n for n in names) if name in logs]
    return {name: logs[name] for name in (*order, *(n for n in logs if n not in order))}


def forget():
    _cores.clear()
