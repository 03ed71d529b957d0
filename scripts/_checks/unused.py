"""What nothing uses: functions, classes, constants and types that no other code names."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re

from .files import integration, parse, python_files

# What Home Assistant looks for by name, and MkDocs.
HOOKS = frozenset(
    {
        *("CONFIG_SCHEMA", "PARALLEL_UPDATES", "SCAN_INTERVAL"),
        *("async_setup", "async_setup_entry", "async_migrate_entry", "async_unload_entry"),
        *("async_remove_entry", "async_remove_config_entry_device", "async_create_fix_flow"),
        *("async_get_config_entry_diagnostics", "async_get_media_source", "async_setup_intents"),
        *("async_describe_events", "async_get_triggers", "async_get_conditions"),
        "async_get_tools",
        *("ConfigFlow", "NinaFlowHandler"),
        *("on_files", "on_page_markdown"),
    }
)
STEP = re.compile(r"async_step_\w+")
# Decorators that use nothing; any other one may hand what it decorates to somebody.
PLAIN = frozenset(
    {
        *("property", "cached_property", "staticmethod", "classmethod", "abstractmethod", "final"),
        *("cache", "callback", "contextmanager", "asynccontextmanager", "dataclass"),
        *("since", "wire_model"),
    }
)
NAME = re.compile(r"[A-Za-z_]\w*")
SPECIAL = re.compile(r"__\w+__")

type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def check_unused(root: Path) -> Iterator[str]:
    """Check that everything is used: of the integration by itself, of the rest by tests as well.

    A name that is used anywhere counts for all that have it, and so does one in a text.
    """
    own, simulator, scripts, tests = (
        integration(root),
        *(root / folder for folder in ("simulator", "scripts", "tests")),
    )
    used_by = {
        user: {name for path in python_files(user) for name in _used(parse(path))}
        for user in (own, simulator, scripts, tests)
    }
    for folder, users in (
        (own, [own]),
        (simulator, [simulator, scripts, tests]),
        (scripts, [scripts, tests]),
    ):
        used = set[str]().union(*(used_by[user] for user in users))
        for path in python_files(folder):
            for line, name in _defined(parse(path)):
                if not (_is_exempt(name) or used & {name, f"{name.split('_')[0]}_*"}):
                    yield f"{path.relative_to(root)}:{line}: nothing uses {name}"


def _is_exempt(name: str) -> bool:
    """Return whether Python or Home Assistant looks for a name."""
    return name in HOOKS or any(each.fullmatch(name) for each in (STEP, SPECIAL))


def _defined(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the functions and classes of a file, and the constants and types at its top."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and _decorators(node) <= PLAIN
        ):
            yield node.lineno, node.name
    for node in tree.body:
        match node:
            case ast.Assign([ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                yield node.lineno, name
            case ast.TypeAlias(ast.Name(name)):
                yield node.lineno, name


def _decorators(node: Definition) -> set[str]:
    """Return the names of the decorators of a definition."""
    called = (each.func if isinstance(each, ast.Call) else each for each in node.decorator_list)
    return {ast.unparse(each).rpartition(".")[2] for each in called}


def _used(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a file uses; to import one, or to list it in `__all__`, is no use."""
    left_out = {id(part) for node in ast.walk(tree) for part in _not_used(node)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(name, ast.Load()) | ast.Attribute(_, name, ast.Load()):
                yield name
            case ast.MatchClass(kwd_attrs=names):
                yield from names
            case ast.Constant(str(text)) if id(node) not in left_out:
                yield from NAME.findall(text)
            case ast.Call(ast.Name("getattr"), [_, ast.JoinedStr([ast.Constant(str(start)), *_])]):
                yield f"{start}*"


def _not_used(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the texts of a node that name nothing that is used."""
    match node:
        case ast.Assign([ast.Name("__all__")], value):
            yield from ast.walk(value)
        case ast.Module(body=[ast.Expr(text), *_]) | ast.ClassDef(body=[ast.Expr(text), *_]):
            yield text
        case ast.FunctionDef(body=[ast.Expr(text), *_]):
            yield text
        case ast.AsyncFunctionDef(body=[ast.Expr(text), *_]):
            yield text
