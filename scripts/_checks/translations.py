"""English texts: complete, and free of what does not belong in them."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

import yaml

from .files import integration, paths, read_json, read_object

FORBIDDEN = {
    "an address": re.compile(r"https?://|www\."),
    "HTML": re.compile(r"</?[a-z][^>]*>", re.IGNORECASE),
    "quotes around a placeholder": re.compile(r"""['"“]\{\w+\}['"”]"""),
    "a key reference": re.compile(r"\[%key:"),
    "the word service": re.compile(r"\bservices?\b", re.IGNORECASE),
}


def translations(root: Path) -> dict[str, dict[str, Any]]:
    """Return the texts by language."""
    folder = integration(root) / "translations"
    return {path.stem: read_json(path) for path in sorted(folder.glob("*.json"))}


def check_texts(root: Path) -> Iterator[str]:
    """Check what the English texts are made of."""
    for path, text in paths(translations(root).get("en", {})):
        if not isinstance(text, str) or not text.strip():
            yield f"en.json: {path} is empty"
            continue
        if text != text.strip():
            yield f"en.json: {path} has blanks at its ends"
        for what, pattern in FORBIDDEN.items():
            if pattern.search(text):
                yield f"en.json: {path} contains {what}"


def check_actions(root: Path) -> Iterator[str]:
    """Check services.yaml against texts and icons, both ways."""
    path = integration(root) / "services.yaml"
    actions = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    texts = translations(root).get("en", {}).get("services", {})
    icons = read_object(integration(root) / "icons.json").get("services", {})
    for action, described in actions.items():
        fields, text = _fields(described or {}), texts.get(action, {})
        yield from _check_action(action, fields, text)
        for section in sorted(_sections(described or {})):
            if "name" not in text.get("sections", {}).get(section, {}):
                yield f"en.json: services.{action}.sections.{section}.name is missing"
        if not str(icons.get(action, {}).get("service", "")).startswith("mdi:"):
            yield f"icons.json: action {action} has no icon"
    for action in sorted((texts.keys() | icons.keys()) - actions.keys()):
        yield f"{action} is described but not in services.yaml"


def _sections(described: dict[str, Any]) -> set[str]:
    """Return the sections of the form of an action."""
    fields = (described.get("fields") or {}).items()
    return {name for name, field in fields if (field or {}).get("fields")}


def _fields(described: dict[str, Any]) -> set[str]:
    """Return the fields of an action, those in sections included."""
    found = set()
    for name, field in (described.get("fields") or {}).items():
        nested = (field or {}).get("fields")
        found |= set(nested) if nested else {name}
    return found


def _check_action(action: str, fields: set[str], texts: dict[str, Any]) -> Iterator[str]:
    """Check the texts of one action."""
    described = texts.get("fields", {})
    for part in ("name", "description"):
        if part not in texts:
            yield f"en.json: services.{action}.{part} is missing"
        for field in sorted(fields):
            if part not in described.get(field, {}):
                yield f"en.json: services.{action}.fields.{field}.{part} is missing"
    for field in sorted(described.keys() - fields):
        yield f"en.json: services.{action}.fields.{field} is not in services.yaml"


def check_selectors(root: Path) -> Iterator[str]:
    """Check that the options of translated select fields have texts."""
    path = integration(root) / "services.yaml"
    actions = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    texts = translations(root).get("en", {}).get("selector", {})
    for action, described in actions.items():
        for name, field in ((described or {}).get("fields") or {}).items():
            select = ((field or {}).get("selector") or {}).get("select") or {}
            key = select.get("translation_key")
            for option in select.get("options", []) if key else []:
                if option not in texts.get(key, {}).get("options", {}):
                    yield f"en.json: selector.{key}.options.{option} is missing ({action}.{name})"
