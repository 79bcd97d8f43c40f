"""A Jupyter kernel whose cells are lab statements: `cornu-kernel install` makes it known, the wheel does it by itself."""

import json
import os
import sys

SPEC = {"argv": [sys.executable, "-m", "cornu.notebook.kernel", "-f", "{connection_file}"], "display_name": "Cornu",
        "language": "cornu", "metadata": {"debugger": False}}


def _kernel_class():
    from ipykernel.kernelbase import Kernel

    import cornu

    from . import words
    from .session import LabError, Session

    class CornuKernel(Kernel):
        implementation = "cornu"
        implementation_version = cornu.__version__
        language_info = {"name": "cornu", "mimetype": "text/x-cornu", "file_extension": ".cornu",
                         "codemirror_mode": "python", "pygments_lexer": "python"}  # whose strings, numbers and comments are alike
        banner = "Cornu: statements of the lab language"

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.session_of_lab = Session()

        def _send(self, kind, **content):
            self.send_response(self.iopub_socket, kind, content)

        def _progress(self, text):
            self._send("clear_output", wait=True)
            self._send("stream", name="stdout", text=text + "\n")

        def _publish(self, outputs):
            for output in outputs:
                if output["output_type"] == "stream":
                    self._send("stream", name="stdout", text=_joined(output["text"]))
                elif output["output_type"] == "error":  # an expected one: the notebook goes on
                    self._send("error", **{key: output[key] for key in ("ename", "evalue", "traceback")})
                else:
                    data = {name: _joined(value) for name, value in output["data"].items()}
                    self._send("display_data", data=data, metadata=output.get("metadata") or {})
            return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

        def _fail(self, name, message, trace):
            self._send("error", ename=name, evalue=message, traceback=trace)
            return {"status": "error", "execution_count": self.execution_count, "ename": name, "evalue": message,
                    "traceback": trace}

        def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, *, cell_meta=None,
                       cell_id=None, **kwargs):
            line, _, rest = code.partition("\n")
            options, text = (line[len("%%cornu"):].strip(), rest) if line.startswith("%%cornu") else ("", code)
            seen = []
            try:
                if not text.strip():
                    return self._publish([])
                asked = [line for line in text.splitlines() if line.rstrip().endswith("?")]
                if asked:
                    return self._publish([{"output_type": "stream", "text": words.help_of(line) + "\n"} for line in asked])
                outputs = self.session_of_lab.run(text, options, cell_id,
                                                  progress=lambda line: (seen.append(line), self._progress(line)))
            except LabError as error:
                if seen:
                    self._send("clear_output", wait=True)
                self._publish(getattr(error, "outputs", []))
                return self._fail("Error", str(error), str(error).split("\n"))
            except KeyboardInterrupt:
                return self._fail("KeyboardInterrupt", "interrupted", ["interrupted"])
            if seen:
                self._send("clear_output", wait=True)
            return self._publish(outputs)

        def do_complete(self, code, cursor_pos):
            line = code[:cursor_pos].rpartition("\n")[2]
            found, word = words.complete(line, self.session_of_lab.keys())
            return {"status": "ok", "matches": found, "cursor_start": cursor_pos - len(word), "cursor_end": cursor_pos,
                    "metadata": {}}

        def do_inspect(self, code, cursor_pos, detail_level=0, omit_sections=()):
            start = code[:cursor_pos].rfind("\n") + 1
            line = code[start:].partition("\n")[0]
            return {"status": "ok", "found": True, "metadata": {}, "data": {"text/plain": words.help_of(line)}}

        def do_shutdown(self, restart):
            self.session_of_lab.close()
            return {"status": "ok", "restart": restart}

    return CornuKernel


def _joined(value):
    return "".join(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


def install(prefix=None):
    """Writes the kernel's specification where Jupyter looks: under `prefix`, or in the user's own folder."""
    if prefix:
        folder = os.path.join(prefix, "share", "jupyter", "kernels", "cornu")
    else:
        from jupyter_core.paths import jupyter_data_dir

        folder = os.path.join(jupyter_data_dir(), "kernels", "cornu")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "kernel.json"), "w", encoding="utf-8") as file:
        json.dump(SPEC, file, indent=1)
    return folder


def main():
    words = sys.argv[1:]
    if words[:1] == ["install"]:
        print("kernel Cornu:", install(words[1] if len(words) > 1 else None))
        return
    if words[:1] == ["vscode"]:
        from . import grammar

        print("colours of the lab language for VS Code:", grammar.install(words[1] if len(words) > 1 else None))
        return
    if "-f" not in words:
        sys.exit("usage: cornu-kernel install [PREFIX]\n       cornu-kernel vscode [FOLDER]: colours for its editor\n       cornu-kernel -f CONNECTION_FILE (Jupyter does this)")
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(kernel_class=_kernel_class())


if __name__ == "__main__":
    main()
