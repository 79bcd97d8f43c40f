"""The page on Python begins with a notebook that works when pasted."""

import os
import re
import subprocess
import sys

import pytest

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "python.md")


def test_the_page_s_classes_are_models(keras, blobs):
    with open(PAGE, encoding="utf-8") as file:
        code = re.search(r"```python\n(class Block.*?)```", file.read(), re.DOTALL).group(1)
    names = {"keras": keras, "layers": keras.layers}
    exec(code, names)
    model = names["Net"]()
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(*blobs, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 1.5


def test_the_first_notebook_of_the_page_runs():
    from cornu import _cornu

    try:
        _cornu.dataset("mnist")
    except (OSError, ValueError):
        pytest.skip("no MNIST here")
    with open(PAGE, encoding="utf-8") as file:
        code = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
    assert "epochs=5" in code
    done = subprocess.run([sys.executable, "-c", code.replace("epochs=5", "epochs=1")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    accuracy = float(done.stdout.splitlines()[-1].strip("[]"))
    assert accuracy > 0.95
