"""What is recorded of each family of Keras 3: losses, metrics, optimizers, layers, trainings, …"""

import functools
import weakref

import numpy as np


class Symbolic(Exception):
    """A value that stands for one: while TensorFlow traces, or while a functional model is put together."""


def concrete(value):
    import tensorflow as tf

    if isinstance(value, (tf.IndexedSlices, tf.SparseTensor, tf.RaggedTensor)):
        raise Symbolic("sparse")
    if isinstance(value, tf.Tensor) and not hasattr(value, "numpy"):
        raise Symbolic
    if type(value).__name__ == "KerasTensor":
        raise Symbolic
    if hasattr(value, "numpy"):
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype == object:
        raise Symbolic("object")
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return array


def own(cls):
    """Is it one of Keras's classes, and not of a test's?"""
    return cls.__module__.startswith("keras.") and "_test" not in cls.__module__ and "testing" not in cls.__module__


def subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from subclasses(sub)


def classes_of(base):
    return [cls for cls in dict.fromkeys([base, *subclasses(base)]) if own(cls)]


def defining(base, name):
    return [cls for cls in classes_of(base) if name in vars(cls)]


def config_of(thing):
    """get_config as Keras writes it into files; None where it cannot."""
    from keras.src.saving.serialization_lib import serialize_keras_object

    try:
        config = thing.get_config()
        for name in ("output_padding", "data_format"):  # Keras forgets to write them, here and there
            if getattr(thing, name, None) not in (None, "channels_last"):
                config.setdefault(name, getattr(thing, name))
        return {name: _written(serialize_keras_object(value)) for name, value in config.items()}
    except Exception:
        return None


def _written(value):
    """Keras's own forms of arrays and tuples, as they are."""
    if isinstance(value, dict):
        if value.get("class_name") in ("__numpy__", "__tensor__"):
            return np.asarray(value["config"]["value"], value["config"]["dtype"])
        if value.get("class_name") == "__tuple__":
            return tuple(_written(item) for item in value["config"]["value"])
        return {name: _written(item) for name, item in value.items()}
    return [_written(item) for item in value] if isinstance(value, list) else value


def masked(values):
    """Has one of them a mask of Keras's?"""
    if isinstance(values, (list, tuple)):
        return any(masked(one) for one in values)
    return getattr(values, "_keras_mask", None) is not None


def install(recorder, plain):
    for part in (losses, metrics, activations, optimizers, schedules, initializers, penalties, layers, trainings):
        part(recorder, plain)


def _record(recorder, plain, area, thing, **values):
    """One record, unless something of it has no value."""
    if not own(type(thing)):
        return
    try:
        values = {name: plain(value) for name, value in values.items()}
    except Symbolic as reason:
        if str(reason):
            recorder.add(area=area, kind=type(thing).__name__, unsaid=f"{reason} data are not in Cornu")
        return
    recorder.add(area=area, kind=type(thing).__name__, config=config_of(thing), **values)


def losses(recorder, plain):
    from keras.src import losses as module
    from keras.src.losses.loss import Loss

    def after(_, answer, args, kwargs):
        call = dict(zip(("y_true", "y_pred", "sample_weight"), args[1:]), **kwargs)
        _record(recorder, plain, "losses", args[0], call=call, answer=answer, masked=masked(call.get("y_pred")),
                dtype=args[0].dtype)

    for cls in defining(Loss, "__call__"):
        recorder.wrap(cls, "__call__", after)
    _functions(recorder, plain, "losses", module, lambda name, thing: thing.__module__ == "keras.src.losses.losses")


def activations(recorder, plain):
    from keras.src import activations as module

    _functions(recorder, plain, "activations", module,
               lambda name, thing: thing.__module__ == "keras.src.activations.activations")


def _functions(recorder, plain, area, module, wanted):
    """The functions of a module, where tests find them; the classes go on to use their own."""
    for name, thing in list(vars(module).items()):
        if not callable(thing) or isinstance(thing, type) or not wanted(name, thing):
            continue

        def after(_, answer, args, kwargs, name=name):
            try:
                recorder.add(area=area, kind=name, function=True, args=plain(list(args)), call=plain(kwargs),
                             answer=plain(answer))
            except Symbolic:
                pass

        recorder.wrap(module, name, after)


def metrics(recorder, plain):
    """A metric's record is all updates since it was reset, and each result that was asked for."""
    from keras.src.metrics.metric import Metric

    seen = weakref.WeakKeyDictionary()

    def updated(_, answer, args, kwargs):
        try:
            seen.setdefault(args[0], []).append((plain(list(args[1:])), plain(kwargs)))
        except Symbolic as reason:
            seen[args[0]] = str(reason) or None

    def reset(_, answer, args, kwargs):
        seen.pop(args[0], None)

    def asked(_, answer, args, kwargs):
        updates = seen.get(args[0], [])
        if isinstance(updates, list) and answer is not None:
            _record(recorder, plain, "metrics", args[0], updates=[list(update) for update in updates], answer=answer,
                    dtype=args[0].dtype)
        elif updates:
            recorder.add(area="metrics", kind=type(args[0]).__name__, unsaid=f"{updates} data are not in Cornu")

    def called(state, answer, args, kwargs):
        updated(state, answer, args, kwargs)
        asked(state, answer, args, kwargs)

    for cls in classes_of(Metric):
        for name, after in (("update_state", _safe(updated)), ("reset_state", reset), ("result", asked),
                            ("__call__", called)):
            if name in vars(cls):
                recorder.wrap(cls, name, after)


def _safe(after):
    def quiet(state, answer, args, kwargs):
        try:
            after(state, answer, args, kwargs)
        except AttributeError:  # a list after "symbolic"
            pass

    return quiet


def optimizers(recorder, plain):
    """An optimizer's record is the variables at first, the gradients and rate of each step, and the variables after each."""
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    seen = {}

    def before(args, kwargs):
        optimizer = args[0]
        state = seen.setdefault(id(optimizer), {"optimizer": optimizer, "steps": [], "symbolic": False})
        grads = args[1] if len(args) > 1 else kwargs.get("grads")
        variables = args[2] if len(args) > 2 else kwargs.get("trainable_variables")
        try:
            if variables is None:
                variables = optimizer._trainable_variables
            variables = list(variables)
            if not state["steps"]:
                state.update(config=config_of(optimizer), first=[plain(v) for v in variables], variables=variables,
                             constraints=[_constraint_of(v) for v in variables],
                             excluded=[not optimizer._use_weight_decay(v) if optimizer.weight_decay else False
                                       for v in variables])
            same = len(variables) == len(state["variables"]) and all(a is b for a, b in zip(variables, state["variables"]))
            step = {"gradients": [plain(g) for g in grads], "rate": float(optimizer.learning_rate),
                    "before": [plain(v) for v in variables]}
            state["symbolic"] = state["symbolic"] or not same
            return state, step
        except (Symbolic, TypeError, NotImplementedError) as reason:
            state["symbolic"] = str(reason) or True
            return state, None

    def after(found, answer, args, kwargs):
        state, step = found
        if step is not None and not state["symbolic"]:
            step["after"] = [plain(v) for v in state["variables"]]
            state["steps"].append(step)

    def finalized(_, answer, args, kwargs):
        state = seen.get(id(args[0]))
        if state and state["steps"] and not state["symbolic"]:
            state["finalized"] = [plain(v) for v in state["variables"]]

    def end():
        for state in seen.values():
            if state["steps"] and not state["symbolic"] and own(type(state["optimizer"])):
                recorder.add(area="optimizers", kind=type(state["optimizer"]).__name__, **{
                    name: state.get(name) for name in ("config", "first", "steps", "constraints", "excluded", "finalized")})
            elif state["symbolic"] == "sparse":
                recorder.add(area="optimizers", kind=type(state["optimizer"]).__name__, unsaid="sparse data are not in Cornu")
        seen.clear()

    for cls in classes_of(BaseOptimizer):
        if "apply" in vars(cls):
            recorder.wrap(cls, "apply", after, before)
        if "finalize_variable_values" in vars(cls):
            recorder.wrap(cls, "finalize_variable_values", finalized)
    recorder.ends.append(end)


def _constraint_of(variable):
    """{"class_name", "config"} of the constraint that a step ends with, or None."""
    constraint = getattr(variable, "constraint", None)
    return constraint and {"class_name": type(constraint).__name__, "config": config_of(constraint)}


def schedules(recorder, plain):
    from keras.src.optimizers.schedules.learning_rate_schedule import LearningRateSchedule

    def after(_, answer, args, kwargs):
        _record(recorder, plain, "schedules", args[0], call=args[1], answer=answer)

    for cls in defining(LearningRateSchedule, "__call__"):
        recorder.wrap(cls, "__call__", after)


def initializers(recorder, plain):
    from keras.src.initializers.initializer import Initializer

    def after(_, answer, args, kwargs):
        shape = args[1] if len(args) > 1 else kwargs.get("shape")
        dtype = args[2] if len(args) > 2 else kwargs.get("dtype")
        _record(recorder, plain, "initializers", args[0], call=list(shape), dtype=str(dtype or "float32"), answer=answer)

    for cls in defining(Initializer, "__call__"):
        recorder.wrap(cls, "__call__", after)


def penalties(recorder, plain):
    """Regularizers and constraints: one array in, one value or array out."""
    from keras.src.constraints.constraints import Constraint
    from keras.src.regularizers.regularizers import Regularizer

    for area, base in (("regularizers", Regularizer), ("constraints", Constraint)):
        def after(_, answer, args, kwargs, area=area):
            _record(recorder, plain, area, args[0], call=args[1], answer=answer)

        for cls in defining(base, "__call__"):
            recorder.wrap(cls, "__call__", after)


def _weights(layer):
    return [(v.path, v.numpy()) for v in layer.weights]


def layers(recorder, plain):
    """A layer's record is its weights, the data, the answer, and the weights after it (moving means)."""
    from keras.src.layers.layer import Layer
    from keras.src.models.model import Model

    def before(args, kwargs):
        layer = args[0]
        if not layer.built and own(type(layer)) and not isinstance(layer, Model) and len(args) > 1:
            _build_layer(layer, args[1])
        return _weights(layer) if layer.built else None

    def after(weights, answer, args, kwargs):
        layer = args[0]
        if not own(type(layer)) or layer.compute_dtype != "float32" and "float" in str(layer.compute_dtype):
            if own(type(layer)):
                recorder.add(area="layers", kind=type(layer).__name__, unsaid="half precision is not in Cornu")
            return
        try:
            data = plain(list(args[1:]))
            call = plain({name: value for name, value in kwargs.items() if value is not None})
            answer = plain(answer)
        except Symbolic as reason:
            if str(reason):
                recorder.add(area="layers", kind=type(layer).__name__, unsaid=f"{reason} data are not in Cornu")
            return
        json = None
        if isinstance(layer, Model):
            try:
                json = layer.to_json()
            except Exception:
                return
        weights = weights if weights is not None else _weights(layer)  # built by this call
        recorder.add(area="models" if json else "layers", kind=type(layer).__name__, config=config_of(layer), json=json,
                     weights=weights, args=data, call=call, answer=answer, weights_after=_weights(layer),
                     trainable=layer.trainable, masked=masked(args[1:]))

    for cls in defining(Layer, "__call__"):
        recorder.wrap(cls, "__call__", after, before)


def _build_layer(layer, inputs):
    """So that the weights at first are known: else the call makes them, and may change them at once."""
    try:
        layer.build([tuple(x.shape) for x in inputs] if isinstance(inputs, (list, tuple)) else tuple(inputs.shape))
    except Exception:
        pass  # then the call says what is wrong


def _callback_arguments(recorder):
    """Callbacks have no get_config: their arguments are kept when they are made."""
    from keras.src.callbacks.callback import Callback

    for cls in classes_of(Callback):
        if "__init__" in vars(cls):
            def after(_, answer, args, kwargs):
                args[0]._recorded = (list(args[1:]), dict(kwargs))

            recorder.wrap(cls, "__init__", after)


def trainings(recorder, plain):
    """fit, evaluate, … of models that a JSON describes. fit takes the samples in order, so that it can be repeated."""
    from keras.src.backend.tensorflow.trainer import TensorFlowTrainer as Trainer

    _callback_arguments(recorder)

    def state_of(args, kwargs, kind="fit"):
        model = args[0]
        _build(model, args[1] if len(args) > 1 else kwargs.get("x"))
        try:
            return {"json": model.to_json(), "compiled": model.get_compile_config() if model.compiled else None,
                    "weights": _weights(model) if model.built else None, "state": _state(model),
                    "seen": _seen(model) if kind in ("train_on_batch", "test_on_batch") else None}
        except Exception as error:
            return {"unsaid": f"no JSON of the model ({type(error).__name__})"}

    def done(name):
        def after(state, answer, args, kwargs):
            if "unsaid" in state:
                return recorder.add(area="trainings", kind=name, **state)
            try:
                callbacks = _described(kwargs.get("callbacks"))
                data = {key: plain(value) for key, value in kwargs.items() if key != "callbacks"}
                found = {"args": plain(list(args[1:])), "call": data, "callbacks": callbacks,
                         "answer": plain(answer.history if name == "fit" else answer)}
            except Symbolic as reason:
                return recorder.add(area="trainings", kind=name, unsaid=_why(reason))
            recorder.add(area="trainings", kind=name, **state, **found, weights_after=_weights(args[0]))

        return after

    for name in ("evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"):
        recorder.wrap(Trainer, name, done(name), functools.partial(state_of, kind=name))
    fit = Trainer.fit

    def in_order(self, *args, **kwargs):
        if len(args) < 9:
            kwargs["shuffle"] = False
        return fit(self, *args, **kwargs)

    Trainer.fit = in_order
    recorder.wrap(Trainer, "fit", done("fit"), state_of)


def _why(reason):
    words = str(reason)
    return (f"{words} data are not in Cornu" if words == "sparse" else words) or "data that a generator gives"


def _build(model, x):
    """So that the weights at first are known: a model without an Input would make them in this call."""
    if model.built or type(model).__name__ != "Sequential" or not hasattr(x, "shape"):
        return
    try:
        model.build((None, *x.shape[1:]))
    except Exception:
        pass


def _seen(model):
    """Means of the batches since reset_metrics, and how many samples they had; None where there were none."""
    tracker = getattr(model, "_loss_tracker", None)
    if tracker is None or not float(tracker.count):
        return None
    return {name: float(value) for name, value in model.get_metrics_result().items()}, float(tracker.count)


def _state(model):
    """Of an optimizer that has taken steps: how many, and its variables."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not optimizer.built or not int(optimizer.iterations):
        return None
    return {"iterations": int(optimizer.iterations), "rate": float(optimizer.learning_rate),
            "variables": [v.numpy() for v in optimizer.variables[2:] if len(v.shape)]}


def _described(callbacks):
    """[(class name, args, kwargs)]; raises Symbolic where a test has one of its own."""
    if callbacks is None:
        return []
    callbacks = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in callbacks:
        if not own(type(callback)):
            raise Symbolic("a callback of the test's own")
    return [(type(callback).__name__, *getattr(callback, "_recorded", ([], {}))) for callback in callbacks]
