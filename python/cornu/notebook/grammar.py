"""The lab language's colours in VS Code: a TextMate grammar made of the table of statements, as an extension without code. It
colours blocks of Markdown labs, cells of the Cornu kernel, and %%cornu cells of Python notebooks."""

import json
import os
import re

from . import words

SCOPE = "source.cornu"


def grammar():
    names = list(words.statements())
    first = sorted({name.split()[0] for name in names})
    pairs = sorted(tuple(name.split()) for name in names if " " in name)
    second = sorted({name for _, name in pairs})
    arguments = sorted({argument for takes in words.statements().values() for argument in takes} - {"models"})
    return {
        "name": "Cornu lab", "scopeName": SCOPE, "fileTypes": ["cornu"],
        "patterns": [{"include": f"#{name}"} for name in ("comment", "magic", "statement", "layer", "argument", "string",
                                                          "constant", "number")],
        "repository": {
            "comment": {"name": "comment.line.number-sign.cornu", "match": r"(?:^|(?<=\s))#.*$"},
            "magic": {"match": r"^(%%cornu)\b(.*)$", "captures": {"1": {"name": "keyword.control.cornu"},
                                                                   "2": {"name": "variable.parameter.cornu"}}},
            "statement": {"match": rf"^\s*({_any(first)})(?:[ \t]+({_any(second)})\b(?!=))?(?=\s|$|\?)",
                          "captures": {"1": {"name": "keyword.control.cornu"}, "2": {"name": "support.function.cornu"}}},
            "layer": {"match": r"^\s+([a-z][a-z0-9_]*)\b(?!\s*=)", "captures": {"1": {"name": "entity.name.function.cornu"}}},
            "argument": {"match": rf"\b(?:({_any(arguments)})|([A-Za-z_]\w*))\s*(=)",
                         "captures": {"1": {"name": "variable.parameter.cornu"}, "2": {"name": "variable.other.cornu"},
                                      "3": {"name": "keyword.operator.cornu"}}},
            "string": {"patterns": [{"name": "string.quoted.double.cornu", "begin": '"', "end": '"|$',
                                     "patterns": [{"name": "constant.character.escape.cornu", "match": r"\\."}]},
                                    {"name": "string.quoted.single.cornu", "begin": "'", "end": "'|$"}]},
            "constant": {"name": "constant.language.cornu", "match": r"\b(?:true|false|none)\b"},
            "number": {"name": "constant.numeric.cornu", "match": r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b"}}}


def _any(found):
    return "|".join(re.escape(word) for word in sorted(found, key=lambda word: (-len(word), word)))


def _inside(scope, begin, end, selector):
    """A grammar that is put into another language's."""
    return {"scopeName": scope, "injectionSelector": selector, "patterns": [
        {"begin": begin, "end": end, "contentName": "meta.embedded.block.cornu", "patterns": [{"include": SCOPE}]}]}


def _package():
    import cornu

    inject = [("markdown.cornu", "text.html.markdown"), ("python.cornu", "source.python")]
    return {"name": "cornu-lab", "displayName": "Cornu lab language", "publisher": "cornu", "version": cornu.__version__,
            "engines": {"vscode": "^1.60.0"}, "categories": ["Programming Languages"],
            "contributes": {
                "languages": [{"id": "cornu", "aliases": ["Cornu lab", "cornu"], "extensions": [".cornu"],
                               "configuration": "./language.json"}],
                "grammars": [{"language": "cornu", "scopeName": SCOPE, "path": "./cornu.tmLanguage.json"},
                             *({"scopeName": scope, "path": f"./{scope}.json", "injectTo": [into],
                                "embeddedLanguages": {"meta.embedded.block.cornu": "cornu"}} for scope, into in inject)]}}


def install(folder=None):
    """Writes the extension where VS Code looks, or into `folder`."""
    import cornu

    folder = folder or os.path.join(os.path.expanduser("~"), ".vscode", "extensions", f"cornu.cornu-lab-{cornu.__version__}")
    files = {"package.json": _package(), "cornu.tmLanguage.json": grammar(),
             "language.json": {"comments": {"lineComment": "#"}, "brackets": [["[", "]"], ["{", "}"], ["(", ")"]]},
             "markdown.cornu.json": _inside("markdown.cornu", r"^\s*(`{3,}|~{3,})cornu\b.*$", r"^\s*\1\s*$", "L:text.html.markdown"),
             "python.cornu.json": _inside("python.cornu", r"\A(?=%%cornu\b)", r"(?!)", "L:source.python")}
    os.makedirs(folder, exist_ok=True)
    for name, content in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
    return folder
