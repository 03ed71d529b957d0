"""The entities that the code describes, found by importing it, against their texts."""

from collections.abc import Iterator
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

from .files import DOMAIN, integration, read_object

DEPTH = 5


def check_entities(root: Path) -> Iterator[str]:
    """Check that every described entity has a name, and every state of an enum a text.

    Imports the integration of the checkout in which this runs, whatever the root is.
    """
    texts = read_object(integration(root) / "translations/en.json").get("entity", {})
    for platform, description in described(integration(root)):
        place = f"{platform}.{description.key}"
        key = description.translation_key
        if key is None:
            if description.device_class is None and not isinstance(description.name, str):
                yield f"{place}: has neither a text nor a device class"
            continue
        text = texts.get(platform, {}).get(key)
        if text is None:
            yield f"en.json: entity.{platform}.{key} is missing"
            continue
        for option in getattr(description, "options", None) or ():
            if option not in text.get("state", {}):
                yield f"en.json: entity.{platform}.{key}.state.{option} is missing"


def described(folder: Path) -> Iterator[tuple[str, EntityDescription]]:
    """Yield platform and description of every entity in the tables of the platforms."""
    for platform in Platform:
        if (folder / f"{platform}.py").exists() or (folder / platform).is_dir():
            module = importlib.import_module(f"custom_components.{DOMAIN}.{platform}")
            seen: set[int] = set()
            for found in _walk(_own(module), seen, DEPTH):
                yield platform.value, found


def _own(module: ModuleType) -> list[Any]:
    """Return what a module defines at its top."""
    return [value for name, value in vars(module).items() if not name.startswith("__")]


def _walk(value: Any, seen: set[int], depth: int) -> Iterator[EntityDescription]:
    """Yield the entity descriptions in nested tables, each once."""
    if isinstance(value, EntityDescription):
        if id(value) not in seen:
            seen.add(id(value))
            yield value
    elif depth and isinstance(value, dict):
        yield from _walk(list(value.values()), seen, depth)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _walk(part, seen, depth - 1)
