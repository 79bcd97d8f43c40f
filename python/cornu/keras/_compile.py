"""What compile is given, in Keras's form, as the notation of Cornu's core."""

from . import _functions, losses, metrics as metrics_module
from ._described import notation


def names_of(value, what):
    """metrics= as lists of notations, the names that their values will have, and the notebook's own metrics."""
    if value is None:
        return [], [], []
    if isinstance(value, dict):
        if len(value) != 1:
            raise NotImplementedError(f"{what}: models with several outputs are not in Cornu")
        value = next(iter(value.values()))
    if isinstance(value, (str, dict)) or not isinstance(value, (list, tuple)):
        value = [value]
    value = [item for inner in value for item in (inner if isinstance(inner, (list, tuple)) else [inner])]
    items = [metrics_module.get(item) for item in value if item is not None]
    items = [_functions.as_metric(item) if _functions.is_function(item) else item for item in items]
    names = [item if isinstance(item, str) else _functions.name_of(item) for item in items]
    own = [item for item in items if _functions.is_function(item)]
    texts = [item if isinstance(item, str) else notation(item) for item in items if not _functions.is_function(item)]
    return texts, names, own


OWN_LOSS = "mean_squared_error"  # stands in the place of a loss that is a function, until that is set


def _single_loss(loss):
    if isinstance(loss, (list, tuple, dict)) and not (isinstance(loss, dict) and "class_name" in loss):
        items = list(loss.values()) if isinstance(loss, dict) else list(loss)
        if len(items) != 1:
            raise NotImplementedError("loss: models with several outputs are not in Cornu")
        loss = items[0]
    return loss


def loss_text(loss):
    loss = losses.get(_single_loss(loss))
    if _functions.is_function(loss):
        return OWN_LOSS
    return loss if loss is None or isinstance(loss, str) else notation(loss)


def each_output(value, names):
    """(output, item) of what compile was given for several outputs, or for one."""
    if value is None:
        return []
    if isinstance(value, dict) and "class_name" not in value:
        return [(names.index(name), item) for name, item in value.items() if name in names]
    if isinstance(value, (list, tuple)) and len(names) > 1:
        return list(enumerate(value))
    if len(names) == 1:
        return [(0, value)]
    return [(i, value) for i in range(len(names))]


def functions_of(loss, metrics, weighted, names):
    """The losses and metrics that are the notebook's own."""
    own_losses = {}
    for output, item in each_output(loss, names):
        item = losses.get(_single_loss(item))
        if _functions.is_function(item):
            own_losses[output] = item() if isinstance(item, type) else item
    own_metrics = [(output, metric, with_weights) for with_weights, given in ((False, metrics), (True, weighted))
                   for output, items in each_output(given, names) for metric in names_of(items, "metrics")[2]]
    return _functions.Functions(own_losses, sorted(own_metrics, key=lambda one: one[0]))


def check_loss_weights(weights):
    """Of a single loss a weight of one says nothing."""
    values = list(weights.values()) if isinstance(weights, dict) else weights
    values = values if isinstance(values, (list, tuple)) else [] if values is None else [values]
    if any(isinstance(value, str) for value in values):
        raise ValueError(f"compile: loss_weights = {weights!r}, expected numbers; it is the third argument, so give metrics "
                         "by name: metrics=[...]")
    if any(value != 1 for value in values):
        raise NotImplementedError("compile: loss_weights is not in Cornu")


def metric_list(value):
    texts = names_of(value, "metrics")[0]
    return "[" + ", ".join(texts) + "]" if texts else "none"


def by_output(value, text):
    """A list or a map by the outputs, in the notation; one for all stands for each."""
    if value is None:
        return None
    if isinstance(value, dict) and "class_name" not in value:
        return "{" + ", ".join(f"{notation(name)}: {text(item) or 'none'}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(item) or "none" for item in value) + "]"
    return text(value)
