"""Completion and help for statements, from the list that the program gives."""

import functools
import re
import subprocess
import sys


@functools.lru_cache(maxsize=1)
def statements():
    """{"plot history": {"models": None, "limit": "none", …}, …}."""
    done = subprocess.run([sys.executable, "-m", "cornu", "lab", "statements"], capture_output=True, text=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        words = line.split()
        first = next((i for i, word in enumerate(words) if "=" in word or word == "models"), len(words))
        found[" ".join(words[:first])] = {name: default or None for name, _, default in (
            word.partition("=") for word in words[first:])}
    return found


def statement_of(line):
    """The name of the statement that a line begins, the longest that fits; None."""
    words = line.split()
    for count in (2, 1):
        if " ".join(words[:count]) in statements() and len(words) >= count:
            return " ".join(words[:count])
    return None


def complete(line, models=()):
    """(what the last word can become, that word) for a line up to the cursor."""
    word = re.search(r"[^\s,=]*$", line).group(0)
    before = line[:len(line) - len(word)]
    if not before.strip():
        options = sorted({name.split()[0] for name in statements()})
    elif len(before.split()) == 1 and any(name.startswith(before.strip() + " ") for name in statements()):
        options = sorted(name.split()[1] for name in statements() if name.startswith(before.strip() + " "))
    elif before.rstrip().endswith("="):
        return [], word
    else:
        takes = statements().get(statement_of(before) or "", {})
        options = [name + "=" for name, default in takes.items() if name != "models"]
        options += sorted(models) if "models" in takes else []
    return [option for option in options if option.startswith(word)], word


def help_of(text):
    """What a statement takes, a line an argument; of an unknown one what there is."""
    name = statement_of(text.strip().rstrip("?").strip())
    if name is None:
        return "Statements: " + ", ".join(statements())
    lines = [name]
    for argument, default in statements()[name].items():
        lines.append(f"  {'A, B' if argument == 'models' else argument}" + ("" if default is None else f" = {default}"))
    return "\n".join(lines)
