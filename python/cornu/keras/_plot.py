"""utils.plot_model: a drawing of a model's layers, as SVG."""

from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _GAP = 260, 44, 26


def _boxes(model, show_shapes, show_layer_names, show_layer_activations):
    for layer in model._all_layers():
        lines = [type(layer).__name__]
        if show_layer_names:
            lines[0] = f"{layer.name} ({lines[0]})"
        activation = getattr(layer, "activation", None)
        if show_layer_activations and activation is not None:
            lines.append(f"activation: {activation.name}")
        if show_shapes:
            lines.append(f"output: {model._tensor_of(layer).shape}")
        yield lines


def _svg(boxes):
    parts, y = [], 10
    for number, lines in enumerate(boxes):
        height = _HEIGHT + 18 * (len(lines) - 1)
        if number:
            parts.append(f'<path d="M{_WIDTH / 2 + 10} {y - _GAP} v{_GAP - 4}" stroke="#555" marker-end="url(#a)"/>')
        parts.append(f'<rect x="10" y="{y}" width="{_WIDTH}" height="{height}" rx="5" fill="#f5f7fa" stroke="#555"/>')
        for i, line in enumerate(lines):
            weight = ' font-weight="bold"' if i == 0 else ""
            parts.append(f'<text x="{_WIDTH / 2 + 10}" y="{y + 27 + 18 * i}" text-anchor="middle"{weight}>'
                         f"{escape(line)}</text>")
        y += height + _GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH + 20}" height="{y - _GAP + 10}" font-size="13" '
            'font-family="sans-serif"><defs><marker id="a" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" '
            'markerHeight="6" orient="auto"><path d="M0 0 L6 3 L0 6 z" fill="#555"/></marker></defs>'
            + "".join(parts) + "</svg>\n")


def plot_model(model, to_file="model.png", show_shapes=False, show_dtype=False, show_layer_names=False, rankdir="TB",
               expand_nested=False, dpi=200, show_layer_activations=False, show_trainable=False, **kwargs):
    """Writes the drawing; a file name that ends otherwise than in .svg gets that ending. In a notebook it is shown, too."""
    if rankdir != "TB":
        raise NotImplementedError(f"plot_model: rankdir={rankdir!r} is not in Cornu; 'TB' is")
    model._ensure_core()
    path = str(to_file)
    if not path.endswith(".svg"):
        path = path.rpartition(".")[0] + ".svg" if "." in path.rpartition("/")[2] else path + ".svg"
    text = _svg(list(_boxes(model, show_shapes, show_layer_names, show_layer_activations)))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        from IPython.display import SVG
    except ImportError:
        return None
    return SVG(text)


def model_to_dot(*args, **kwargs):
    raise NotImplementedError("keras.utils.model_to_dot is not in Cornu; plot_model writes an SVG drawing")
