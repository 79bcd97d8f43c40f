"""%load_ext cornu: %%cornu runs lab statements, %cornu_lab begins a lab, %cornu_keras makes Cornu the notebook's Keras."""

import importlib.util
import sys

from IPython.display import display, publish_display_data

from . import words
from .session import LabError, lab

EXAMPLE = """%%cornu
dataset mnist
dataset normalise
dataset flatten
dataset one_hot
model small
  dense 32 relu
  dense 10 softmax
compile small optimizer=adam loss=categorical_crossentropy metrics=accuracy
fit small epochs=5 validation_split=0.25
plot history small"""


_PLOTLY = "application/vnd.plotly.v1+json"


class _Progress:
    """One line that is redrawn while trainings run, and is gone afterwards."""

    def __init__(self):
        self.handle = None

    def __call__(self, text):
        if text == "0/0":  # nothing is to be trained
            return
        if self.handle is None:
            self.handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self.handle.update({"text/plain": text}, raw=True)

    def clear(self):
        if self.handle is not None:
            from IPython.display import clear_output

            clear_output(wait=True)


def publish(outputs, shell):
    """Shows a notebook's outputs. An error among them was expected: it is shown as one, and Run All goes on."""
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            sys.stdout.write(_text(output["text"]))
            sys.stdout.flush()
        elif kind == "error":
            _show_error(output, shell)
        else:
            data = {name: _text(value) if isinstance(value, list) else value for name, value in output["data"].items()}
            if _PLOTLY in data and "image/svg+xml" in data and importlib.util.find_spec("plotly"):
                data.pop("image/png", None)  # Plotly's renderer in JupyterLab would show it, wider than the cell may be
            publish_display_data(data, output.get("metadata") or {})


def _text(lines):
    return lines if isinstance(lines, str) else "".join(lines)


def _show_error(output, shell):
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        print("\n".join(output["traceback"]), file=sys.stderr)
        return
    sys.stdout.flush()
    kernel.send_response(kernel.iopub_socket, "error", {key: output[key] for key in ("ename", "evalue", "traceback")})


def _settings(line):
    settings = {}
    for word in line.split():
        name, mark, value = word.partition("=")
        if not mark:
            raise LabError(f"%cornu_lab: {word!r}, expected settings such as seed=0 language=en samples=2000")
        settings[name] = value
    return settings


def _add_completer(shell):
    """Words of statements, in cells that begin with %%cornu."""
    try:
        from IPython.core.completer import SimpleCompletion, context_matcher
    except ImportError:  # an older IPython
        return

    @context_matcher(identifier="cornu_matcher")
    def matcher(context):
        if not context.full_text.startswith("%%cornu") or context.cursor_line == 0:
            return {"completions": []}
        line = context.full_text.split("\n")[context.cursor_line][:context.cursor_position]
        found, word = words.complete(line, lab.keys())
        return {"completions": [SimpleCompletion(text=text, type="keyword") for text in found], "suppress": True,
                "matched_fragment": word}

    shell.Completer.custom_matchers.append(matcher)


def register(shell):
    def cornu_cell(line, cell):
        """Runs statements of the lab language. A line that ends in `?` (fit?) shows what a statement takes."""
        asked = [text for text in cell.splitlines() if text.rstrip().endswith("?")]
        if asked:
            print("\n".join(words.help_of(text) for text in asked))
            return
        header = getattr(shell, "parent_header", None) or {}
        key = header.get("metadata", {}).get("cellId")
        progress = _Progress()
        try:
            outputs = lab.current().run(cell, line.strip(), key, shell.user_ns, progress)
        except LabError as error:
            progress.clear()
            publish(getattr(error, "outputs", []), shell)
            raise
        progress.clear()
        publish(outputs, shell)

    def cornu_lab(line):
        """%cornu_lab seed=0 language=en samples=2000: begins a new lab with these settings."""
        lab.start(**_settings(line))

    def cornu_keras(line):
        """%cornu_keras: `import keras` and `import tensorflow` give Cornu. %cornu_keras accelerate: they stay, and Cornu
        trains what it can; deactivate, report."""
        from cornu import keras

        known = {"": "install", "install": "install", "uninstall": "uninstall", "accelerate": "accelerate",
                 "deactivate": "deactivate", "report": "report"}
        if line.strip() not in known:
            raise LabError(f"%cornu_keras: {line.strip()!r}, expected one of: {', '.join(filter(None, known))}")
        result = getattr(keras, known[line.strip()])()
        return result if line.strip() == "report" else None

    _add_completer(shell)
    cornu_cell.__doc__ += "\n\n" + EXAMPLE
    shell.register_magic_function(cornu_cell, "cell", "cornu")
    shell.register_magic_function(cornu_lab, "line", "cornu_lab")
    shell.register_magic_function(cornu_keras, "line", "cornu_keras")
