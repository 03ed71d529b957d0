"""Words of users' texts: software reports and responds; it does not speak, read or know."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

import yaml

from .files import integration, parse, paths, python_files, read_object
from .glossary import GLOSSARY

_PARTS = (
    "Advanced API|checklist|framing assistant|image folder|log|log folder|options|plugin manager|"
    "profile|sequence folder|sequencer"
)
# Words by what to write instead; in documents, software may read and people look at something.
LOOSER_IN_DOCUMENTS = ("report, show or be", "check")
BANNED = {
    "report, show or be": r"reads|says|said|tells|told|knows|hears|heard",
    "again": r"anew",
    "without an error": r"without a word",
    "anyway": r"all the same",
    "no longer": r"no more|any ?more",
    "respond": r"answers|answered|answering|(?:not|never) answer",
    "someone, or not known": r"nobody|somebody|whoever",
    "confirmed": r"proven",
    "in progress": r"under way",
    "check": r"looks? (?:at|whether)",
    "automatically, or on its own": r"by (?:itself|themselves)",
    "across": r"over (?:restarts|reloads|a restart|a reload)",
    "imaging in progress": r"something is (?:being )?imaged",
    "taking too long": r"takes too long",
    "N.I.N.A.'s": rf"(?:{_PARTS}) of N\.I\.N\.A",
    "the plugin's or the integration's": r"options of (?:the|this) (?:[\w ]*plugin|integration)",
    "arcseconds and arcminutes": r"arc (?:second|minute)s?",
    "the American spelling": r"(?:colour|behaviour|synchronis|centring|cance(?:ll)(?:ed|ing))\w*",
}
_BANNED = {
    instead: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for instead, words in BANNED.items()
}
# What people see of blueprints and automations.
_SHOWN = ("alias", "default", "description", "message", "name", "title")
# Blocks and spans of code in documents.
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
# Fewer words are keys, names and units.
_FEWEST_WORDS = 3

# A text, and its key or its place.
type Text = tuple[str, str]


def check_wording(root: Path) -> Iterator[str]:
    """Check the texts that users see for words that nobody would say."""
    for key, text in (*translated(root), *of_automations(root), *of_code(root)):
        for instead, word in banned_in(text):
            yield f"{key}: say {instead!r} instead of {word!r}"
    for key, text in of_documents(root):
        for instead, word in banned_in(text):
            if instead not in LOOSER_IN_DOCUMENTS:
                yield f"{key}: say {instead!r} instead of {word!r}"


def banned_in(text: str) -> Iterator[Text]:
    """Yield what to write instead, and the banned word, for each in a text."""
    for instead, words in _BANNED.items():
        if found := words.search(text):
            yield instead, found[0]


def translated(root: Path) -> Iterator[Text]:
    """Yield key and text of every translation."""
    yield from paths(read_object(integration(root) / "translations/en.json"))


def of_automations(root: Path) -> Iterator[Text]:
    """Yield file, path and text of what blueprints and example automations show."""
    files = (*root.glob("blueprints/**/*.yaml"), *root.glob("docs/automations/*.yaml"))
    for path in sorted(files):
        for key, text in _shown(yaml.load(path.read_text(encoding="utf-8"), _Loader)):
            yield f"{path.relative_to(root)}: {key}", text


def of_documents(root: Path) -> Iterator[Text]:
    """Yield place and text of each paragraph of the documents, without code."""
    files = {*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("simulator/*.md")}
    # That one is in many languages.
    for path in sorted(files - {root / GLOSSARY}):
        written = _CODE.sub(
            lambda code: "\n" * code[0].count("\n") or "`…`", path.read_text(encoding="utf-8")
        )
        line = 1
        for paragraph in written.split("\n\n"):
            yield f"{path.relative_to(root)}:{line}", " ".join(paragraph.split())
            line += paragraph.count("\n") + 2


class _Loader(yaml.SafeLoader):
    """Load a blueprint, whose inputs stand for nothing."""


_Loader.add_multi_constructor("!", lambda *_: None)


def _shown(value: Any, prefix: str = "") -> Iterator[Text]:
    """Yield the path and the text of everything below a value that people see."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        path = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(part, dict | list):
            yield from _shown(part, path)
        elif isinstance(part, str) and key in _SHOWN:
            yield path, part


def of_code(root: Path) -> Iterator[Text]:
    """Yield place and text of errors, log messages, proofs and reports in the code."""
    for path in python_files(integration(root)):
        for line, text in sorted(_texts(parse(path))):
            if len(re.findall(r"[A-Za-z]{2,}", text)) >= _FEWEST_WORDS and " " in text:
                yield f"{path.relative_to(root)}:{line}", text


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of the strings of a module; `…` stands for what is filled in."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in skipped or _is_hidden(node):
            skipped.update(map(id, ast.iter_child_nodes(node)))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(map(id, ast.iter_child_nodes(node)))
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _is_hidden(node: ast.AST) -> bool:
    """Return whether nobody sees the strings of a node: a docstring, or for debugging only."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "debug"
    return False
