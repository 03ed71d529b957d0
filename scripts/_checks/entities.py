"""The entities that the code describes, found by importing it, against their texts."""

from collections.abc import Iterator
import importlib
from pathlib import Path
import re
from types import ModuleType
from typing import Any

from homeassistant.const import Platform
from homeassistant.helpers.typing import UNDEFINED

from .code import Keys
from .files import DOMAIN, integration, read_object

DEPTH = 5
DESCRIPTION = re.compile(r"(\w+)EntityDescription")


def check_entities(root: Path) -> Iterator[str]:
    """Check that every described entity has a name, and every state of an enum a text.

    Imports the integration of the checkout in which this runs, whatever the root is.
    """
    texts = read_object(integration(root) / "translations/en.json").get("entity", {})
    for platform, description in described(integration(root)):
        place = f"{platform}.{description.key}"
        key = description.translation_key
        if key is None:
            if description.device_class is None and description.name is UNDEFINED:
                yield f"{place}: has neither a text nor a device class"
            continue
        text = texts.get(platform, {}).get(key)
        if text is None:
            yield f"en.json: entity.{platform}.{key} is missing"
            continue
        for option in getattr(description, "options", None) or ():
            if option not in text.get("state", {}):
                yield f"en.json: entity.{platform}.{key}.state.{option} is missing"


def check_entity_texts(root: Path) -> Iterator[str]:
    """Check that every text and icon of an entity, and of a state, belongs to one that exists.

    A text that no table names is one whose key the code has, or makes up, elsewhere.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for platform, description in described(integration(root)):
        key = (platform, str(description.translation_key or description.key))
        found.setdefault(key, set()).update(getattr(description, "options", None) or ())
    keys = Keys.of(integration(root))
    texts = read_object(integration(root) / "translations/en.json").get("entity", {})
    icons = read_object(integration(root) / "icons.json").get("entity", {})
    for name, entities in (("en.json", texts), ("icons.json", icons)):
        for platform, rows in entities.items():
            for key, row in rows.items():
                place = f"{name}: entity.{platform}.{key}"
                if (platform, key) not in found and not keys.has(key):
                    yield f"{place} is not used"
                if options := found.get((platform, key)):
                    unused = row.get("state", {}).keys() - options
                    yield from (f"{place}.state.{state} is not used" for state in sorted(unused))


def described(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield platform and description of every entity in the tables of the platforms."""
    seen: set[int] = set()
    for platform in Platform:
        if (folder / f"{platform}.py").exists() or (folder / platform).is_dir():
            module = importlib.import_module(f"custom_components.{DOMAIN}.{platform}")
            for found in descriptions_in(_own(module), DEPTH):
                if id(found) not in seen:
                    seen.add(id(found))
                    yield str(kind_of(found)), found


def _own(module: ModuleType) -> list[Any]:
    """Return what a module defines at its top."""
    return [value for name, value in vars(module).items() if not name.startswith("__")]


def kind_of(value: object) -> str | None:
    """Return the platform of an entity description, None for anything else.

    Told by the names of its classes: Home Assistant makes instances of the descriptions of its
    platforms that are not instances of `EntityDescription`.
    """
    names = [kind.__name__ for kind in type(value).__mro__]
    of_platforms = (DESCRIPTION.fullmatch(name) for name in names)
    found = next((match[1] for match in of_platforms if match), None)
    return None if found is None else re.sub(r"(?<!^)(?=[A-Z])", "_", found).lower()


def descriptions_in(value: object, depth: int = DEPTH) -> Iterator[Any]:
    """Yield the descriptions in nested tables."""
    if not isinstance(value, type) and kind_of(value) is not None:
        yield value
    elif depth and isinstance(value, dict):
        yield from descriptions_in(list(value.values()), depth)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from descriptions_in(part, depth - 1)
