"""What the code says: layers, sizes, and the texts it refers to."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
import re

from .files import calls, imports, integration, parse, python_files, read_object

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
SOURCES = ("custom_components", "simulator", "scripts", "tests")


def check_layers(root: Path) -> Iterator[str]:
    """Check that the client library and the simulator stand on their own."""
    forbidden = {
        integration(root) / "api": ("homeassistant", "custom_components", "simulator"),
        root / "simulator": ("homeassistant", "custom_components"),
        integration(root): ("simulator", "scripts", "tests"),
    }
    for folder, names in forbidden.items():
        for path in python_files(folder):
            tree = parse(path)
            for line, name in imports(tree):
                if name.split(".")[0] in names:
                    yield f"{path.relative_to(root)}:{line}: must not import {name}"
    yield from _escapes(root, integration(root) / "api")


def _escapes(root: Path, package: Path) -> Iterator[str]:
    """Check that the relative imports of a package stay inside it."""
    for path in python_files(package):
        depth = len(path.relative_to(package).parts)
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ImportFrom) and node.level > depth:
                yield f"{path.relative_to(root)}:{node.lineno}: imports from outside api"


def check_sizes(root: Path) -> Iterator[str]:
    """Check that files and functions are short enough to be read."""
    for folder in SOURCES:
        for path in python_files(root / folder):
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > LONGEST_FILE:
                yield f"{path.relative_to(root)}: {lines} lines, more than {LONGEST_FILE}"
            yield from _long_functions(root, path)


def _long_functions(root: Path, path: Path) -> Iterator[str]:
    """Yield the functions of a file that are too long."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                place = f"{path.relative_to(root)}:{node.lineno}"
                yield f"{place}: {node.name} has {lines} lines, more than {LONGEST_FUNCTION}"


@dataclass(frozen=True)
class Keys:
    """The texts in code, whole ones and those that are made of parts."""

    literals: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, folder: Path) -> Keys:
        """Return the texts of all files in a folder."""
        trees = [parse(path) for path in python_files(folder)]
        return cls(
            frozenset(chain.from_iterable(map(_literals, trees))),
            tuple(chain.from_iterable(map(_patterns, trees))),
        )

    def has(self, key: str) -> bool:
        """Return whether a key is one of the texts, or can be."""
        return key in self.literals or any(each.fullmatch(key) for each in self.patterns)


def check_exceptions(root: Path) -> Iterator[str]:
    """Check the texts of errors: those raised exist, those that exist can be raised."""
    texts = read_object(integration(root) / "translations/en.json").get("exceptions", {})
    keys = Keys.of(integration(root))
    for path in python_files(integration(root)):
        for line, value in _raised(path):
            pattern = _pattern(value)
            if pattern is None:
                continue
            if not any(pattern.fullmatch(key) for key in texts):
                yield f"{path.relative_to(root)}:{line}: no text for the error {pattern.pattern}"
    # A key that ends with how a command ended is made of two enumerations.
    trees = {path: parse(path) for path in python_files(integration(root))}
    endings = tuple(f"_{value}" for _, value in _members(trees, "Ending"))
    for key in texts:
        if key.endswith(endings):
            continue
        if not keys.has(key):
            yield f"en.json: exceptions.{key} is not used"


def check_reasons(root: Path) -> Iterator[str]:
    """Check that every reason of an error has a text and is given somewhere."""
    texts = read_object(integration(root) / "translations/en.json").get("exceptions", {})
    trees = {path: parse(path) for path in python_files(integration(root))}
    given = {
        node.attr
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "Reason"
    }
    for name, value in _members(trees, "Reason"):
        if value not in texts:
            yield f"errors.py: no text for Reason.{name}"
        if name not in given:
            yield f"errors.py: Reason.{name} is not used"


def _members(trees: dict[Path, ast.Module], enumeration: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of the members of an enumeration of `errors.py`."""
    for path, tree in trees.items():
        if path.name != "errors.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == enumeration:
                for member in node.body:
                    match member:
                        case ast.Assign([ast.Name(name)], ast.Constant(str(value))):
                            yield name, value


def check_decisions(root: Path) -> Iterator[str]:
    """Check that no code depends on the key of a text, or names a method of a client in a text.

    Only `errors.py`, which derives the keys from types, may read the key of an error.
    """
    for path in python_files(integration(root)):
        for node in ast.walk(parse(path)):
            match node:
                case ast.Attribute(attr="translation_key", ctx=ast.Load()) if (
                    path != integration(root) / "errors.py"
                ):
                    fault = "reads a translation key; decide by the type of the error"
                case ast.Call(ast.Name("getattr"), [target, *_]) if (
                    ast.unparse(target).lower().endswith("client")
                ):
                    fault = "names a method of the client in a text"
                case _:
                    continue
            yield f"{path.relative_to(root)}:{node.lineno}: {fault}"


def _literals(tree: ast.Module) -> set[str]:
    """Return all texts in a file."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _patterns(tree: ast.Module) -> list[re.Pattern[str]]:
    """Return what the composed texts in a file can be, those with a part that says something."""
    composed = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    said = [
        node
        for node in composed
        if any(isinstance(part, ast.Constant) and len(str(part.value)) > 3 for part in node.values)
    ]
    return [pattern for node in said if (pattern := _pattern(node)) is not None]


def _raised(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """Yield line and translation key of every translated error."""
    for node in calls(path):
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if "translation_domain" in given and "translation_key" in given:
            yield node.lineno, given["translation_key"]


def _pattern(value: ast.expr) -> re.Pattern[str] | None:
    """Return what a translation key in code can be, None where that cannot be seen."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return re.compile(re.escape(value.value))
    if isinstance(value, ast.JoinedStr):
        parts = [
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
            for part in value.values
        ]
        return re.compile("".join(parts))
    return None
