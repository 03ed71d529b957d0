"""Plain words in docstrings and comments: software reports; it does not speak or listen."""

import ast
from collections.abc import Iterator
import io
from pathlib import Path
import re
import tokenize

from .files import parse, python_files

# Words by what to write instead.
IDIOMS = {
    "again": r"\banew\b",
    "silently": r"\bwithout a word\b",
    "anyway": r"\w all the same(?=[.,:;]|$)",
}
WORDS = {
    "report, be or show": r"\b(?:says|said)\b",
    "report, notify or return": r"\b(?:tells|told|telling)\b",
    "receive": r"\b(?:hears|heard)\b",
    "the one who": r"(?i:\bwhoever\b)",
    "begin with a noun or a verb": r"(?:^|(?<=[.;:] ))(?:What|Whatever|That which)\b",
}
FOLDERS = {
    "custom_components": IDIOMS | WORDS,
    "simulator": IDIOMS | WORDS,
    "scripts": IDIOMS,
    "tests": IDIOMS,
}
_NAME = re.compile(r"`[^`]*`")


def check_prose(root: Path) -> Iterator[str]:
    """Check docstrings and comments of all sources; names in backticks may be anything."""
    for folder, words in FOLDERS.items():
        for path in python_files(root / folder):
            for line, text in _prose(path):
                plain = _NAME.sub("``", text)
                for instead, word in words.items():
                    if found := re.search(word, plain):
                        place = f"{path.relative_to(root)}:{line}"
                        yield f"{place}: say {instead!r} instead of {found[0].strip()!r}"


def _prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of docstrings and comments with their numbers."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False)
            for number, text in enumerate((docstring or "").splitlines()):
                yield node.body[0].lineno + number, text.strip()
    with path.open(encoding="utf-8") as file:
        for token in tokenize.generate_tokens(io.StringIO(file.read()).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string.lstrip("# ")
