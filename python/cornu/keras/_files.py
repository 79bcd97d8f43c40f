"""What a model says of itself, and its files."""

import json
import os

from . import _written


class ModelFiles:
    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False,
                layer_range=None):
        if self._is_eager() and self.weights:
            return (print_fn or print)(_written.summary(self))
        if self._untraced():
            raise ValueError("This model has not yet been built. Build the model first by calling `build()` or by calling the "
                             "model on a batch of data.")
        if self.built:
            text = self._ensure_core().summary()
        else:
            text = self._description().summary()
        (print_fn or print)(text.rstrip("\n"))

    def plan(self, batch_size=32):
        """The steps that training runs, with shapes, bytes and operations: Cornu's own."""
        return self._ensure_core().plan(batch_size)

    def to_json(self, **kwargs):
        return self._ensure_core().to_json() if self.built else json.dumps(
            {"module": "keras", "class_name": "Sequential", "config": self.get_config(), "registered_name": None})

    def get_config(self):
        from ._described import serialize

        if self._calls is not None or any(hasattr(layer, "_layers") for layer in self._layers):
            return json.loads(self._ensure_core().to_json())["config"]
        return {"name": self.name, "trainable": True, "dtype": "float32",
                "layers": [serialize(layer) for layer in self._all_layers()]}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from ._loading import from_json_config

        return from_json_config({"config": config})

    def get_compile_config(self):
        return json.loads(self._ensure_core().compile_to_json()) if self._compiled else None

    # ---- files

    def save(self, filepath, overwrite=True, save_format=None, **kwargs):
        path = os.fspath(filepath)
        if save_format == "h5" and not path.endswith((".h5", ".hdf5")):
            path += ".h5"
        if not path.endswith((".keras", ".h5", ".hdf5", ".npz", ".onnx", ".json")):
            raise ValueError(f"Invalid filepath extension for saving. Please add either a `.keras` extension for the native "
                             f"Keras format (recommended) or a `.h5` extension. Received: filepath={filepath}. A folder would "
                             "be a SavedModel of TensorFlow's, which is not in Cornu; for other programs there are `.onnx` and "
                             "model.export, which writes `.c` and `.html`, too.")
        _may_write(path, overwrite)
        self._borrow_weights()
        self._core.save(path)

    def save_weights(self, filepath, overwrite=True):
        path = os.fspath(filepath)
        if not path.endswith((".weights.h5", ".npz")):
            raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={filepath}")
        _may_write(path, overwrite)
        self._borrow_weights()
        self._core.save(path, True)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        if skip_mismatch or kwargs.get("by_name"):
            raise NotImplementedError("load_weights: skip_mismatch and by_name are not in Cornu")
        path = os.fspath(filepath)
        if not os.path.exists(path):
            raise FileNotFoundError(f"Unable to open file: {path!r} does not exist")
        self._ensure_core().load_weights(path)
        self._return_weights()

    def export(self, filepath, format=None, **kwargs):
        path = os.fspath(filepath)
        if format is None and not path.endswith((".onnx", ".c", ".html")):
            raise NotImplementedError(f"export: {path} would be a SavedModel of TensorFlow's, which is not in Cornu; give a path "
                                      "that ends in .onnx, .c or .html")
        if path.endswith(".c"):
            return self._ensure_core().export_c(path)
        if path.endswith(".html"):
            return self._ensure_core().export_html(path)
        if format not in (None, "onnx"):
            raise NotImplementedError(f"export: format {format!r} is not in Cornu; onnx, and files ending in .c and .html, are")
        self._borrow_weights()
        self._core.save(path if path.endswith(".onnx") else path + ".onnx")


def _may_write(path, overwrite):
    if os.path.exists(path) and not overwrite:
        raise FileExistsError(f"{path} exists; give overwrite=True to write it anew")
