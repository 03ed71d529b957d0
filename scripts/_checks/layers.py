"""Layers: what stands above imports what stands below, and nothing runs in a circle."""

import ast
from collections.abc import Collection, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from .files import parse, python_files

# Rooms of a package, layer by layer, the lowest first. A room is a module or a folder at its top.
# It imports only from the layers below its own, and from itself.
LAYERS: dict[str, Sequence[str]] = {
    "custom_components/nina_observatory": (
        "api",
        "const",
        "errors",
        "helpers",
        "readings",
        "plots",
        "events",
        "control",
        "roof",
        "night upkeep",
        "runtime",
        "entities procedures",
        # What Home Assistant looks for by name; some of it is used by others of its kind.
        "camera trigger",
        "actions alarm_control_panel binary_sensor button calendar condition cover event image light",
        "media_source number select sensor switch weather",
        "config_flow diagnostics llm logbook repairs system_health voice",
        "__init__",
    ),
    "simulator": (
        "clock curves dialogs enums faults habits ledger listener pages picture reply sky",
        "astrometry catalog disturbance hardware images log parameters profile_settings tasks wire",
        "application channels dialect profile scheduler",
        "events networked routing",
        "context live_stack transport",
        "devices",
        "axis_control flats sequence tppa tremble",
        "routes truth",
        "nina",
        "misfortune scenarios",
        "observatory",
        "__init__ commands state",
        "control terminal",
        "__main__",
    ),
}

# More rooms than this are hard to find one's way in.
MOST_ROOMS: dict[str, int] = {"custom_components/nina_observatory": 40}


def check_rooms(root: Path) -> Iterator[str]:
    """Check the layers of every package that has them."""
    for name, layers in LAYERS.items():
        if (root / name).is_dir():
            yield from faults_of(root / name, layers)
            if name in MOST_ROOMS:
                yield from too_many_rooms(root / name, MOST_ROOMS[name])


def too_many_rooms(package: Path, most: int) -> Iterator[str]:
    """Yield a fault of a package with more rooms than a number."""
    rooms = {_room(_module(package, path)) for path in python_files(package)}
    if len(rooms) > most:
        yield f"{package.name}: {len(rooms)} rooms, and at most {most} are wanted"


def faults_of(package: Path, layers: Sequence[str]) -> Iterator[str]:
    """Yield the faults of a package: rooms without a layer, imports upward, circles of files.

    Imports for types only count, and so do those inside functions.
    """
    ranks = {room: rank for rank, layer in enumerate(layers) for room in layer.split()}
    files = {_module(package, path): path for path in python_files(package)}
    rooms = {_room(module) for module in files}
    for room in sorted(rooms - ranks.keys()):
        yield f"{package.name}: {room} stands in no layer"
    for room in sorted(ranks.keys() - rooms):
        yield f"{package.name}: {room} stands in a layer, and is not there"
    graph: dict[str, list[str]] = {}
    for module, path in files.items():
        arrows = list(_arrows(package, path, files.keys()))
        graph[module] = [target for _, target in arrows]
        for line, target in arrows:
            here, there = _room(module), _room(target)
            if here == there or here not in ranks or there not in ranks:
                continue
            if ranks[here] <= ranks[there]:
                place = f"{package.name}/{path.relative_to(package)}:{line}"
                yield f"{place}: imports {there}, which does not stand below {here}"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as err:
        yield f"{package.name}: imports in a circle: {' → '.join(reversed(err.args[1]))}"


def _module(package: Path, path: Path) -> str:
    """Return the dotted name of a file, its package included."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(module: str) -> str:
    """Return the room of a module; the package itself is the room `__init__`."""
    _, *inside = module.split(".")
    return inside[0] if inside else "__init__"


def _arrows(package: Path, path: Path, modules: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield line and module of the imports of a file from its own package."""
    module = _module(package, path)
    for node in ast.walk(parse(path)):
        match node:
            case ast.Import(names):
                full = [alias.name for alias in names]
            case ast.ImportFrom():
                # The name may be that of a module in a folder, or of something in a module.
                base = _base(path.relative_to(package.parent), node)
                full = [f"{base}.{alias.name}" for alias in node.names]
            case _:
                continue
        for name in full:
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and target != module:
                yield node.lineno, target


def _base(path: Path, node: ast.ImportFrom) -> str:
    """Return the full name of what a file imports from."""
    if node.level == 0:
        return node.module or ""
    parts = path.parts[: len(path.parts) - node.level]
    return ".".join((*parts, node.module) if node.module else parts)
