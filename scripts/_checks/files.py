"""Reading the files that are checked."""

import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
from typing import Any

DOMAIN = "nina_observatory"


def integration(root: Path) -> Path:
    """Return the folder of the integration."""
    return root / "custom_components" / DOMAIN


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; a key that is there twice is an error (ValueError)."""
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, refusing keys that are there twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"keys more than once: {', '.join(twice)}")
    return made


def read_object(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file, an empty one where the file is absent."""
    return dict(read_json(path)) if path.exists() else {}


def python_files(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a folder."""
    yield from sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file, which no check changes."""
    return _parsed(path.read_text(encoding="utf-8"), str(path))


@cache
def _parsed(text: str, name: str) -> ast.Module:
    """Return the syntax tree of a text: a dozen checks look at the same files."""
    return ast.parse(text, filename=name)


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield the calls in a Python file."""
    yield from (node for node in ast.walk(parse(path)) if isinstance(node, ast.Call))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of every absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def paths(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted path and the value of every leaf of nested objects."""
    if not isinstance(value, dict):
        yield prefix, value
        return
    for key, part in value.items():
        yield from paths(part, f"{prefix}.{key}" if prefix else str(key))
