"""utils.plot_model: a drawing of a model's layers, as PNG, SVG or PDF."""

import os

_ENDINGS = (".png", ".svg", ".pdf")


def _box(model, layer, options):
    """What stands in a layer's box, as bytes: a title and a line under it."""
    kind = model._class_of(layer)
    title = f"{layer.name} ({kind})" if options["show_layer_names"] else kind
    activation = getattr(layer, "activation", None)
    lines = []
    if options["show_layer_activations"] and getattr(activation, "name", None):
        lines.append(activation.name)
    if options["show_shapes"]:
        lines.append(str(model._tensor_of(layer).shape))
    if options["show_dtype"]:
        lines.append("float32")
    if options["show_trainable"]:
        lines.append("trainable" if layer.trainable else "frozen")
    return title.encode(), ", ".join(lines).encode()


def plot_model(model, to_file="model.png", show_shapes=False, show_dtype=False, show_layer_names=False, rankdir="TB",
               expand_nested=False, dpi=200, show_layer_activations=False, show_trainable=False, **kwargs):
    """Writes the drawing to a file that ends in .png, .svg or .pdf. In a notebook it is shown, too."""
    if rankdir != "TB":
        raise NotImplementedError(f"plot_model: rankdir={rankdir!r} is not in Cornu; 'TB' is")
    if expand_nested:
        raise NotImplementedError("plot_model: expand_nested=True is not in Cornu")
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    path = os.fspath(to_file)
    if not path.endswith(_ENDINGS):
        raise ValueError(f"plot_model: to_file = {path!r}, expected a name that ends in one of {', '.join(_ENDINGS)}")
    if not model.built:
        raise ValueError("This model has not yet been built. Build the model first by calling `build()` or by calling the "
                         "model on a batch of data.")
    options = {"show_shapes": show_shapes, "show_dtype": show_dtype, "show_layer_names": show_layer_names,
               "show_layer_activations": show_layer_activations, "show_trainable": show_trainable}
    texts = {f"{layer.name} ({model._class_of(layer)})": _box(model, layer, options) for layer in model._all_layers()}
    model._ensure_core().draw(path, texts, dpi / 96)
    return _shown(path, dpi)


def _shown(path, dpi):
    try:
        from IPython.display import SVG, Image
    except ImportError:
        return None
    if path.endswith(".png"):
        return Image(path, width=None if dpi == 96 else _width(path) * 96 // dpi)
    return SVG(path) if path.endswith(".svg") else None


def _width(path):
    with open(path, "rb") as file:
        return int.from_bytes(file.read(20)[16:20], "big")


def model_to_dot(*args, **kwargs):
    raise NotImplementedError("keras.utils.model_to_dot is not in Cornu; plot_model writes a drawing")
