"""Keras's progress lines, for terminals and notebooks."""

import shutil
import sys
import time


def number(value):
    return f"{value:.4f}" if abs(value) > 1e-3 or value == 0 else f"{value:.4e}"


def _step_time(seconds):
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


class Bar:
    """One line that is redrawn while steps are done, and stays as it was drawn last."""

    WIDTH = 20

    def __init__(self, steps, out=None):
        self.steps, self.out = steps, out or sys.stdout
        self.start = time.monotonic()
        self.length = 0
        self.live = self.out.isatty() or type(self.out).__module__.startswith("ipykernel")

    def draw(self, done, logs, end=False):
        if not end and not self.live:
            return
        seconds = time.monotonic() - self.start
        each = seconds / done if done else 0
        total = self.steps or done
        filled = self.WIDTH if not total else min(self.WIDTH, int(self.WIDTH * done / total))
        bar = "━" * filled + ("━" if end else " ") * (self.WIDTH - filled)
        clock = f"{seconds:.0f}s" if end else f"{each * max(total - done, 0):.0f}s"
        words = " - ".join(f"{name}: {number(value)}" for name, value in logs.items())
        count = f"{done}/{total}" if self.steps else f"{done}/Unknown"
        line = f"{count} {bar} {clock} {_step_time(each)}/step" + (f" - {words}" if words else "")
        width = shutil.get_terminal_size().columns - 1 if self.out.isatty() and not end else 0
        shown = line[:width] if width else line
        back = "\r" if self.live else ""
        self.out.write(back + shown + " " * max(0, self.length - len(shown)) + ("\n" if end else ""))
        self.length = len(shown)
        self.out.flush()
