"""Labs in notebooks, run by nbclient: the magics, the notebook that a lab writes, the kernel."""

import gc
import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

LAB = """\
---
language: en
seed: 3
---
# Two widths

```cornu
dataset x=x.npy y=y.npy test_split=0.2
dataset one_hot
```

Some words.

```cornu
model small "8 units"
  dense 8 relu
  dense 4 softmax
compile small optimizer=adam loss=categorical_crossentropy metrics=accuracy
fit small epochs=3 validation_split=0.25
plot history small
evaluate small
```

```cornu expect=error
fit small epochs=1 validation_split=2
```

```cornu hidden
compare small
```

It reads {{small.test.accuracy:.1%}}.
"""


@pytest.fixture
def folder(tmp_path, blobs, monkeypatch):
    """Holds a lab and its data; results are kept there too."""
    np.save(tmp_path / "x.npy", blobs[0])
    np.save(tmp_path / "y.npy", blobs[1])
    (tmp_path / "lab.md").write_text(LAB)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lab(*words):
    return subprocess.run([sys.executable, "-m", "cornu", "lab", *words], capture_output=True, text=True)


def notebook_of(document, out):
    done = lab("run", str(document), "--out", str(out), "--format", "ipynb", "--quiet")
    assert done.returncode == 0, done.stderr
    return nbformat.read(out / "lab.ipynb", 4)


def outputs(notebook):
    """What each code cell shows; pieces of one stream are one."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        shown = []
        for output in json.loads(json.dumps(cell.outputs)):
            for key in ("execution_count", "metadata", "transient"):
                output.pop(key, None)
            if shown and output["output_type"] == shown[-1]["output_type"] == "stream":
                shown[-1]["text"] += output["text"]
            else:
                shown.append(output)
        cells.append(shown)
    return cells


def execute(notebook, kernel="python3"):
    nbclient.NotebookClient(notebook, timeout=120, kernel_name=kernel).execute()
    return notebook


def cells(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(source)) for source in sources])


def test_run_all_gives_a_labs_outputs_again(folder):
    notebook = notebook_of(folder / "lab.md", folder / "out")
    nbformat.validate(notebook)
    before = outputs(notebook)
    assert [len(shown) for shown in before] == [0, 1, 4, 1, 3]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    assert outputs(execute(notebook)) == before


def test_a_labs_notebook_is_a_lab_again(folder):
    notebook_of(folder / "lab.md", folder / "out")
    done = lab("run", "out/lab.ipynb", "--out", "again", "--format", "ipynb", "--quiet")
    assert done.returncode == 0, done.stderr
    assert (folder / "again/lab.ipynb").read_bytes() == (folder / "out/lab.ipynb").read_bytes()


def test_python_cells_are_no_lab(folder):
    nbformat.write(cells("%load_ext cornu", "print(1)"), folder / "mixed.ipynb")
    done = lab("run", "mixed.ipynb", "--quiet")
    assert done.returncode == 1 and "code cell 2 is Python: 'print(1)'" in done.stderr
    (folder / "broken.ipynb").write_text("{")
    assert "broken.ipynb: not a notebook" in lab("run", "broken.ipynb").stderr


def test_cells_share_a_lab_and_python_reads_what_it_found(folder):
    notebook = execute(cells(
        "import numpy as np\n%load_ext cornu\n%cornu_lab language=en\nimages = np.load('x.npy')\nlabels = np.load('y.npy')",
        "%%cornu\ndataset x=images y=labels test_split=0.2",
        "%%cornu\nmodel small\n  dense 8 relu\n  dense 4 softmax\n"
        "compile small optimizer=adam loss=sparse_categorical_crossentropy metrics=accuracy",
        "%%cornu\nfit small epochs=3 validation_split=0.25\nplot history small\nevaluate small",
        """
        import cornu
        net = cornu.lab["small"]
        history = net.history["val_loss"]
        assert history.shape == (3,) and history.dtype == float
        assert set(net.test) == {"accuracy", "loss"} and list(cornu.lab) == ["small"]
        model = net.model()
        print(net.parameters == model.count_params(), model.predict(images[:2], verbose=0).shape)
        """))
    shown = outputs(notebook)
    assert shown[3][0]["text"].startswith("Epoch 1/3\n") and "image/png" in shown[3][1]["data"]
    assert shown[4] == [{"output_type": "stream", "name": "stdout", "text": "True (2, 4)\n"}]


def test_a_mistake_names_the_cells_line_and_leaves_the_lab_as_it_was(folder):
    notebook = cells("%load_ext cornu\n%cornu_lab language=en", "%%cornu\ndataset x=x.npy y=y.npy",
                     "%%cornu\nmodel a\n  dense 4 sofmax", "%%cornu\nmodel a\n  dense 4 softmax\nsummary a")
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    shown = outputs(execute(notebook))
    assert shown[2][-1]["output_type"] == "error" and shown[2][-1]["ename"] == "LabError"
    assert "line 2:" in shown[2][-1]["evalue"] and "did you mean 'softmax'" in shown[2][-1]["evalue"]
    assert "Total params" in shown[3][0]["text"]


def test_a_cell_that_is_run_again_takes_its_old_place(folder):
    from cornu.notebook.session import Session

    session = Session(language="en")
    session.run("dataset x=x.npy y=y.npy")
    session.run("model a\n  dense 4 softmax\ncompile a optimizer=adam loss=sparse_categorical_crossentropy")
    session.run("fit a epochs=1")
    session.run("model a\n  dense 6 relu\n  dense 4 softmax\n"
                "compile a optimizer=adam loss=sparse_categorical_crossentropy")
    assert len(session.blocks) == 3 and "dense 6" in session.blocks[1].text
    session.run("evaluate a")
    assert session["a"].parameters == 16 * 6 + 6 + 6 * 4 + 4
    session.close()


OUTSIDE = ("fit a epochs=1 callbacks=[csv_logger('../../outside.csv')]",
           "fit a epochs=1 callbacks=[model_checkpoint('/tmp/outside.keras')]", "fit a epochs=1\nsave a ../../outside.npz",
           "fit a epochs=1\nsave a /tmp/outside.npz", "dataset /etc/passwd target=x")


@pytest.mark.parametrize("statement", OUTSIDE)
def test_a_cell_writes_and_reads_nothing_outside_its_lab(folder, statement):
    from cornu.notebook.session import LabError, Session

    session = Session()
    with pytest.raises(LabError, match="inside|outside"):
        session.run("dataset x=x.npy y=y.npy\nmodel a\n  dense 4 softmax\ncompile a loss=sparse_categorical_crossentropy\n" + statement)
    session.close()


def test_a_session_leaves_no_folder_and_takes_settings_of_one_line():
    from cornu.notebook.session import LabError, Session

    session = Session()
    place = session.folder
    assert os.path.isdir(place)
    del session
    gc.collect()
    assert not os.path.exists(place)
    with pytest.raises(LabError, match="title of several lines"):
        Session(title="x\n---\n```cornu\nsave a b.npz\n```")


def test_the_kernel_runs_statements(folder, monkeypatch):
    from cornu.notebook.kernel import install

    install(str(folder / "jupyter"))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter/share/jupyter"))
    shown = outputs(execute(cells("dataset x=x.npy y=y.npy", "dataset info", "model a\n  dense 4 softmax\nsummary a"),
                            "cornu"))
    assert "text/html" in shown[1][0]["data"] and "Total params" in shown[2][0]["text"]


def test_the_line_magic_makes_cornu_the_notebooks_keras(folder):
    shown = outputs(execute(cells("%load_ext cornu\n%cornu_keras", "import keras\nprint(keras.__name__)")))
    assert shown[1] == [{"output_type": "stream", "name": "stdout", "text": "cornu.keras\n"}]


def test_a_lab_as_python_code_runs(folder):
    pytest.importorskip("matplotlib")
    done = lab("run", "lab.md", "--out", "code", "--format", "ipynb", "--language", "python", "--quiet")
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(folder / "code/lab.ipynb", 4)
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert 'small.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])' in source
    assert 'layers.Dense(8, "relu"),' in source and "%%cornu" not in source
    shown = outputs(execute(notebook))
    assert any("image/png" in output.get("data", {}) for output in shown[2])
    assert any("Epoch 3/3" in output.get("text", "") for output in shown[2])


def test_every_statement_becomes_python(folder):
    """What the shipped labs say, cell by cell, as code that Python can read."""
    import ast

    labs = os.path.join(os.path.dirname(__file__), "..", "..", "labs")
    for name in ("heating.en.md",):
        done = lab("run", os.path.join(labs, name), "--out", name, "--format", "ipynb", "--language", "python", "--quiet",
                   "--epochs-limit", "1")
        assert done.returncode == 0, done.stderr
        for cell in nbformat.read(folder / name / "lab.ipynb", 4).cells:
            if cell.cell_type == "code":
                ast.parse(cell.source)


def test_words_are_completed_and_explained(folder):
    from cornu.notebook import words

    assert words.complete("pl") == (["plan", "plot"], "pl")
    assert words.complete("plot h") == (["history"], "h")
    assert words.complete("fit a epo", ["a", "b"]) == (["epochs="], "epo")
    assert words.complete("evaluate sm", ["small"]) == (["small"], "sm")
    assert "epochs = 1" in words.help_of("fit?") and "plot history" in words.help_of("fot?")
    shown = outputs(execute(cells("%load_ext cornu", "%%cornu\nplot history?")))
    assert shown[1][0]["text"].startswith("plot history\n  A, B\n  limit = none\n")


def test_an_unknown_language_of_cells_is_refused(folder):
    done = lab("run", "lab.md", "--language", "pyhton")
    assert done.returncode == 2 and "did you mean 'python'" in done.stderr


def scopes(grammar, line):
    """{text: scope} of a line's captures; of the patterns that are one expression, each at its first place, as VS Code's, by the
    engine for expressions that VS Code has."""
    oniguruma = pytest.importorskip("onigurumacffi")
    found, place = {}, 0
    rules = [grammar["repository"][pattern["include"][1:]] for pattern in grammar["patterns"]]
    rules = [rule for rule in rules if "match" in rule]
    while place <= len(line):
        hits = [(hit.start(), order, hit, rule) for order, rule in enumerate(rules)
                if (hit := oniguruma.compile(rule["match"]).search(line, place))]
        if not hits:
            return found
        _, _, hit, rule = min(hits, key=lambda item: item[:2])
        if "name" in rule:
            found[hit.group(0).strip()] = rule["name"]
        for group, capture in rule.get("captures", {}).items():
            if hit.group(int(group)):
                found[hit.group(int(group))] = capture["name"]
        place = max(hit.end(), place + 1)
    return found


def expressions(value):
    """Every regular expression in a grammar."""
    if isinstance(value, list):
        return [one for item in value for one in expressions(item)]
    if not isinstance(value, dict):
        return []
    own = [text for key, text in value.items() if key in ("match", "begin", "end", "while") and isinstance(text, str)]
    return own + [one for item in value.values() for one in expressions(item)]


def test_the_grammar_for_editors_knows_every_statement(tmp_path):
    from cornu.notebook import grammar, words

    done = subprocess.run([sys.executable, "-m", "cornu.notebook.kernel", "vscode", str(tmp_path / "cornu-lab")], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    package = json.loads((tmp_path / "cornu-lab/package.json").read_text())
    for part in package["contributes"]["grammars"]:
        assert json.loads((tmp_path / "cornu-lab" / part["path"]).read_text())["scopeName"] == part["scopeName"]
    made = grammar.grammar()
    for name, takes in words.statements().items():
        seen = scopes(made, name + "".join(f" {argument}=3" for argument, default in takes.items() if default is not None))
        first, _, second = name.partition(" ")
        assert seen[first] == "keyword.control.cornu" and (not second or seen[second] == "support.function.cornu"), name
        assert all(seen[argument] == "variable.parameter.cornu" for argument, default in takes.items() if default is not None), name
    oniguruma = pytest.importorskip("onigurumacffi")
    files = [json.loads(path.read_text()) for path in (tmp_path / "cornu-lab").glob("*.json")]
    found = [expression for file in files for expression in expressions(file)]
    assert len(found) > 12
    for expression in found:  # in an end, \1 is what the beginning has found
        oniguruma.compile(expression.replace("\\1", "```"))
    fence = next(file for file in files if file.get("scopeName") == "markdown.cornu")["patterns"][0]
    begin = oniguruma.compile(fence["begin"])
    assert begin.match("```cornu hidden").group(1) == "```" and begin.match("````cornu") and not begin.match("```python")
    assert oniguruma.compile(fence["end"].replace("\\1", "```")).match("``` ")
    seen = scopes(made, "  dense 512 relu kernel_initializer=he_normal # wide")
    assert seen == {"dense": "entity.name.function.cornu", "512": "constant.numeric.cornu", "=": "keyword.operator.cornu",
                    "kernel_initializer": "variable.other.cornu", "# wide": "comment.line.number-sign.cornu"}
