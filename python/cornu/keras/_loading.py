"""Models from files and configurations."""

import json
import os
import warnings
import zipfile

from cornu import _cornu

from . import _random
from ._described import deserialize
from ._graph import KerasTensor
from ._layer import InputLayer
from ._model import Model, _listed
from ._names import snake
from ._sequential import Sequential


def from_json_config(root):
    """A model by to_json()'s object."""
    if "input_layers" in root["config"]:
        return _functional(root["config"])
    config = root["config"]
    if "layers" not in config:
        raise NotImplementedError(f"{root.get('class_name', 'the model')}: subclassed models are not in Cornu; "
                                  "use Sequential or Model(inputs, outputs)")
    return Sequential([deserialize(layer, "keras.layers") for layer in config["layers"]], name=config.get("name"))


def _histories(value):
    """The [layer, call, 0] of each tensor in a call's arguments, in Keras 3's form or Keras 2's."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"]]
        return [found for item in value.values() for found in _histories(item)]
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [value]
    return [found for item in value for found in _histories(item)] if isinstance(value, list) else []


def _listed_ends(value):
    """[layer, call, output] of each, from one, or lists and dictionaries of them."""
    if isinstance(value, dict):
        value = list(value.values())
    return [value] if value and isinstance(value[0], str) else [end for item in value for end in _listed_ends(item)]


def _ends(value, layers):
    """The (layer, call, output) of a model's inputs or outputs. Keras counts calls of a model that is a graph from 1 here."""
    ends = _listed_ends(value)
    graph = [isinstance(layers[name], Model) and layers[name]._calls is not None for name, *_ in ends]
    return [(name, max(call - shift, 0), output) for (name, call, output), shift in zip(ends, graph)]


def _functional(config):
    """A graph from its layers and their calls."""
    layers = {entry.get("name") or entry["config"]["name"]: deserialize(entry, "keras.layers")
              for entry in config["layers"]}
    tensors = {(name, 0, 0): layer.output for name, layer in layers.items() if isinstance(layer, InputLayer)}
    waiting = [(entry.get("name") or entry["config"]["name"], number, _histories(node.get("args", node) if isinstance(
        node, dict) else node)) for entry in config["layers"] for number, node in enumerate(entry.get("inbound_nodes", []))]
    waiting = [item for item in waiting if not isinstance(layers[item[0]], InputLayer)]
    while waiting:
        later = []
        for name, number, sources in waiting:
            if all(tuple(source[:3]) in tensors for source in sources):
                given = [tensors[tuple(source[:3])] for source in sources]
                made = layers[name]._call_on(given) if isinstance(layers[name], Model) else KerasTensor(layers[name], given)
                for output, one in enumerate(made if isinstance(made, list) else [made]):
                    tensors[name, number, output] = one
            else:
                later.append((name, number, sources))
        if len(later) == len(waiting):
            raise ValueError(f"layer {later[0][0]} takes what no layer of the model gives")
        waiting = later
    inputs, outputs = ([tensors[end] for end in _ends(config[key], layers)] for key in ("input_layers", "output_layers"))
    return Model(inputs, outputs[0] if len(outputs) == 1 else outputs, name=config.get("name"))


def from_core(core, compiled):
    """A model around a core that was read from a file."""
    model = from_json_config(json.loads(core.to_json()))
    if model._known_shape() is None:
        return model
    model._seed = _random.next_seed()
    if core.weight_count == 0:  # a description alone
        core.seed = model._seed
        core.build(model._input_shapes()[0])
    for layer in model._leaves():  # also those of models within, which have no weights yet
        layer._home = model
    model._adopt(core)
    if compiled:
        _take_compile(model, core)
    return model


def _take_compile(model, core):
    try:
        config = json.loads(core.compile_to_json())
    except ValueError:
        return  # it was not compiled
    optimizer = deserialize(config["optimizer"], "keras.optimizers")
    from . import losses
    from ._described import notation
    from ._compile import by_output, loss_text, metric_list, names_of

    if model._several() and len(model._outputs) > 1:
        weights = config.get("loss_weights")
        model.optimizer, model.loss, model._metric_order = optimizer, config["loss"], []
        model._compiled = (optimizer, by_output([losses.get(one) for one in config["loss"]], loss_text),
                           *(by_output(_objects(config.get(key), "keras.metrics"), metric_list)
                             for key in ("metrics", "weighted_metrics")), None if weights is None else notation(weights))
        optimizer._core = core
        return
    plain, names, _ = names_of(_objects(config.get("metrics"), "keras.metrics"), "metrics")
    weighted, more, _ = names_of(_objects(config.get("weighted_metrics"), "keras.metrics"), "weighted_metrics")
    loss = losses.get(config["loss"])
    model.optimizer, model.loss = optimizer, loss
    model._metric_order = names + more
    model._compiled = (optimizer, loss_text(loss), ", ".join(plain) or None, ", ".join(weighted) or None, None)
    optimizer._core = core


def _objects(items, module):
    if items is None:
        return None
    items = items if isinstance(items, list) else [items]
    return [_objects(item, module) if isinstance(item, list) else deserialize(item, module) for item in items]


def _custom(name, objects):
    """The function of that name; a class is also known by its own name."""
    if name in objects:
        return objects[name]
    return next((value() if isinstance(value, type) else value for key, value in objects.items() if snake(key) == name), None)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    path = os.fspath(filepath)
    if not os.path.exists(path):
        raise ValueError(f"File not found: filepath={path}. Please ensure the file is an accessible `.keras` zip file.")
    config, name = _own_loss(path) if compile else (None, None)
    if name is None:
        return from_core(_cornu.load(path, bool(compile)), compile)
    found = _custom(name, custom_objects or {})
    if found is None:
        raise ValueError(f"load_model: {path} was compiled with the loss {name}, which is a function; give it as "
                         f"custom_objects={{{name!r}: {name}}}, or load with compile=False")
    model = from_core(_cornu.load(path, False), False)
    warnings.warn(f"load_model: the optimizer begins anew, since the loss {name} is a function", stacklevel=2)
    model.compile(deserialize(config["optimizer"], "keras.optimizers"), found,
                  metrics=_objects(config.get("metrics"), "keras.metrics"),
                  weighted_metrics=_objects(config.get("weighted_metrics"), "keras.metrics"))
    return model


def _own_loss(path):
    """What a .keras file says of the compilation, and the name of a loss that is a function; else two times None."""
    if os.path.isdir(path) or not zipfile.is_zipfile(path):
        return None, None
    with zipfile.ZipFile(path) as file:
        config = json.loads(file.read("config.json")).get("compile_config") if "config.json" in file.namelist() else None
    loss = (config or {}).get("loss")
    own = isinstance(loss, dict) and loss.get("class_name") == "function" and loss.get("module") == "builtins"
    return (config, loss["config"]) if own else (None, None)


def save_model(model, filepath, overwrite=True, **kwargs):
    model.save(filepath, overwrite=overwrite, **kwargs)


def model_from_json(json_string, custom_objects=None):
    return from_core(_cornu.from_json(json_string), False) if _has_input(json_string) else Sequential.from_config(
        json.loads(json_string)["config"])


def _has_input(text):
    return '"InputLayer"' in text or '"batch_shape"' in text or '"build_config"' in text


def _clone_graph(model, clone):
    """The same calls of new layers; a layer that is called twice is made once."""
    layers, tensors, made = {}, {}, {}
    for call in model._calls:
        head = model._stands_for.get(id(call))
        if head is not None:
            tensors[id(call)] = InputLayer(shape=head.layer.shape, name=head.layer.name).output
            continue
        if id(call.layer) not in layers:
            layers[id(call.layer)] = clone_model(call.layer) if isinstance(call.layer, Model) else clone(call.layer)
        copied = layers[id(call.layer)]
        given = [tensors[id(one)] for one in call.inputs]
        if isinstance(copied, Model):
            if id(call.call) not in made:
                made[id(call.call)] = _listed(copied._call_on(given))
            tensors[id(call)] = made[id(call.call)][call.output_index]
        else:
            tensors[id(call)] = KerasTensor(copied, given)
    heads = {id(head): tensors[key] for key, head in model._stands_for.items()}
    outputs = [tensors[id(one)] for one in model._outputs]
    return Model([heads[id(one)] for one in model._inputs], outputs[0] if model._one_output else outputs, name=model.name)


def clone_model(model, input_tensors=None, clone_function=None, **kwargs):
    """The same layers with new weights."""
    clone = clone_function or (lambda layer: type(layer).from_config(layer.get_config()))
    if model._calls is not None:
        return _clone_graph(model, clone)
    return Sequential([clone_model(layer) if isinstance(layer, Model) else clone(layer) for layer in model._all_layers()],
                      name=model.name)
