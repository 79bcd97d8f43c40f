"""A lab that grows by a block a cell. Each run gives the whole document so far to `cornu lab run`: what was trained before
comes from its cache, so that only what is new takes time. What came out is the last cell of the notebook that it writes."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import weakref

FRONT = ("title", "subtitle", "author", "language", "seed", "summary")
OPTIONS = ("data", "data_dir", "only", "samples", "epochs_limit", "jobs", "threads", "cache")
_PROGRESS = re.compile(r"^\d+/\d+(  |$)|^fetching ")
_MODEL = re.compile(r"^model\s+([\w.-]+)", re.MULTILINE)
_ARRAYS = re.compile(r"\b(x|y|test_x|test_y)\s*=\s*([A-Za-z_]\w*)(?![\w./:])")


class LabError(Exception):
    """A lab's message, without Python's traceback."""

    def _render_traceback_(self):
        return str(self).split("\n")


class Block:
    def __init__(self, text, options="", key=None):
        self.text, self.options, self.key = text, options, key
        self.models = set(_MODEL.findall(text))

    def markdown(self):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", self.text)), default=0))
        return f"{fence}cornu {self.options}".rstrip() + f"\n{self.text.rstrip()}\n{fence}\n"


class Network:
    """What a lab found of a model: `history`, `test`, `parameters`; `model()` is the trained model for Python."""

    def __init__(self, session, result):
        self._session, self._result = session, result
        self.name, self.title = result["id"], result.get("title")
        self.parameters, self.flops = result.get("parameters"), result.get("flops")

    @property
    def fits(self):
        return self._result.get("fits", [])

    @property
    def history(self):
        """{name: array, one value an epoch} of the last fit."""
        import numpy as np

        if not self.fits:
            raise LabError(f"{self.name} has not been trained yet: fit {self.name} trains it")
        return {name: np.array(values) for name, values in self.fits[-1]["history"].items()}

    @property
    def test(self):
        """{name: value} of `evaluate`."""
        return dict(self.fits[-1].get("test", {})) if self.fits else {}

    def model(self):
        from cornu.keras.models import load_model

        return load_model(os.path.join(self._session.out, "models", self.name + ".keras"))

    def __repr__(self):
        return f"<network {self.name}: {self.title}, {self.parameters} parameters>"


class Session:
    def __init__(self, **settings):
        unknown = [name for name in settings if name not in FRONT + OPTIONS]
        if unknown:
            raise LabError(f"%cornu_lab: unknown setting {unknown[0]!r}. Known: {', '.join(FRONT + OPTIONS)}")
        broken = [name for name, value in settings.items() if len(str(value).splitlines()) > 1]
        if broken:
            raise LabError(f"%cornu_lab: {broken[0]} of several lines, expected one")
        self.settings, self.blocks, self.results = settings, [], {}
        self.folder = tempfile.mkdtemp(prefix="cornu-lab-")
        self._removal = weakref.finalize(self, shutil.rmtree, self.folder, True)  # at the latest when Python ends
        self.out = os.path.join(self.folder, "out")

    def close(self):
        self._removal()

    # ---- the document

    def _place(self, block):
        """Where a block stands: a cell that is run again takes its old place, and so does one that makes a model anew."""
        for i, other in enumerate(self.blocks):
            same = block.key is not None and block.key == other.key
            if same or other.text == block.text or other.models & block.models:
                return i
        return len(self.blocks)

    def _write(self, blocks):
        front = "".join(f"{name}: {self.settings[name]}\n" for name in FRONT if name in self.settings)
        text = f"---\n{front}---\n" if front else ""
        lines = []
        for block in blocks:
            lines.append(text.count("\n") + 2)  # of the block's first statement, from 1
            text += block.markdown()
        path = os.path.join(self.folder, "lab.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path, lines

    def bind(self, text, names):
        """`x=images` of a Python array becomes a file."""
        def file_of(match):
            argument, name = match.groups()
            value = names.get(name)
            if value is None or not (hasattr(value, "__array__") or hasattr(value, "shape")):
                return match.group(0)
            import numpy as np

            from cornu.keras._tensor import as_array

            path = os.path.join(self.folder, f"{name}.npy")
            np.save(path, as_array(value, name))
            return f"{argument}={name}.npy"

        return "\n".join(_ARRAYS.sub(file_of, line) if line.lstrip().startswith("dataset") else line
                         for line in text.split("\n"))

    # ---- running

    def _command(self, action, path):
        words = [sys.executable, "-m", "cornu", "lab", action, path, "--out", self.out, "--format", "ipynb"]
        for name in OPTIONS:
            if name in self.settings:
                words += ["--" + name.replace("_", "-"), str(self.settings[name])]
        return words

    def run(self, text, options="", key=None, names=None, progress=None):
        """Runs a block; its outputs as a notebook has them. A failure raises LabError, with what came before in `.outputs`;
        the block is then no part of the lab."""
        block = Block(self.bind(text, names or {}), options, key)
        place = self._place(block)
        blocks = self.blocks[:place] + [block]
        path, lines = self._write(blocks)
        code, message = _run(self._command("run", path), progress)
        outputs = self._outputs(len(blocks))
        if code != 0:
            error = LabError(_message(message, path, lines[-1]))
            error.outputs = outputs
            raise error
        self._read_results()
        later = self.blocks[place + 1:]
        self.blocks = blocks
        if later and _run(self._command("check", self._write(blocks + later)[0]), None)[0] == 0:
            self.blocks = blocks + later
        return outputs

    def _outputs(self, count):
        try:
            with open(os.path.join(self.out, "lab.ipynb"), encoding="utf-8") as file:
                cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"
                         and cell["id"] != "setup"]
        except FileNotFoundError:
            return []
        return cells[-1]["outputs"] if len(cells) == count else []

    def _read_results(self):
        with open(os.path.join(self.out, "results.json"), encoding="utf-8") as file:
            self.results = json.load(file)

    # ---- what it found

    def __getitem__(self, name):
        for result in self.results.get("networks", []):
            if result["id"] == name:
                return Network(self, result)
        known = ", ".join(self) or "none yet"
        raise KeyError(f"the lab has no model {name!r}; there are: {known}")

    def __iter__(self):
        return iter([result["id"] for result in self.results.get("networks", [])])

    def __len__(self):
        return len(self.results.get("networks", []))

    def keys(self):
        return list(self)


def _message(text, path, first):
    """The program's message, with lines counted from the top of the cell."""
    text = text.strip().removeprefix("cornu lab: ")

    def place(match):
        line = int(match.group(1)) - first + 1
        return f"line {line}:" if line > 0 else "an earlier cell:"

    return re.sub(re.escape(path) + r":(\d+):", place, text) or "the lab ended without a message"


def _run(command, progress):
    """(exit code, what it wrote to its terminal). It gets a terminal, so that it shows what is running."""
    try:
        import pty
    except ImportError:  # no such terminals: no progress
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stderr
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, stdin=subprocess.DEVNULL,
                               start_new_session=True)
    os.close(theirs)
    text = ""
    try:
        text = _follow(ours, progress)
        return process.wait(), text
    finally:
        if process.poll() is None:  # Ctrl-C: what is trained so far is in the cache
            process.terminate()
            process.wait()
        os.close(ours)


def _follow(terminal, progress):
    message, rest = "", ""
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            data = b""
        rest += data.decode("utf-8", "replace")
        pieces = re.split(r"[\r\n]+", rest)
        rest = pieces.pop() if data else ""
        for piece in pieces:
            if _PROGRESS.match(piece):
                if progress:
                    progress(piece.strip())
            elif piece.strip():
                message += piece + "\n"
        if _PROGRESS.match(rest):
            if progress:
                progress(rest.strip())
            rest = ""
        if not data:
            return message


class _Current:
    """`cornu.lab`: the notebook's lab."""

    session = None

    def start(self, **settings):
        if self.session is not None:
            self.session.close()
        self.session = Session(**settings)
        return self.session

    def current(self):
        return self.start() if self.session is None else self.session

    def __getitem__(self, name):
        return self.current()[name]

    def __iter__(self):
        return iter(self.current())

    def __len__(self):
        return len(self.current())

    def keys(self):
        return self.current().keys()

    def __repr__(self):
        return f"<lab with {', '.join(self) or 'no models yet'}>"


lab = _Current()
