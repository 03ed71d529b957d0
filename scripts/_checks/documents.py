"""README and the other documents: links that lead somewhere, examples that can be used."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

import yaml

from scripts._docs.__main__ import outdated
from scripts._site.pages import ELSEWHERE, SOURCES, anchors, blocks, documents, links, without_code

from .files import DOMAIN, integration, python_files

FIELD_NOTES = "docs/field-notes.md"
CITATION = re.compile(rf"{re.escape(FIELD_NOTES)}, ([A-Z][a-z ]+(?: and [A-Z][a-z ]+)?)\)")
EXAMPLE = "close_the_dome_when_it_rains.yaml"
FIRST_AUTOMATION = "docs/first-automation.md"
# Addresses of files of the repository, in anything that people read or follow.
ADDRESS = re.compile(rf"{re.escape(SOURCES)}([\w./-]+)(?:#([\w-]+))?")
LINKING = ("*.py", "*.json", "*.yaml", "*.yml")
# A paragraph or a list within a list: GitHub takes it with two or three spaces, the site with four.
SHALLOW = re.compile(r"(?:(?<=\n\n) {1,3}\S|^ {1,3}(?:[-*]|\d+\.) )", re.MULTILINE)
# What blocks may name, by the key that names it, and the file that describes all of them.
NAMED = {
    "action": "services.yaml",
    "perform_action": "services.yaml",
    "trigger": "triggers.yaml",
    "condition": "conditions.yaml",
}


def check_links(root: Path) -> Iterator[str]:
    """Check that links to files of the repository lead to files, and to sections of documents."""
    found = {path: path.read_text(encoding="utf-8") for path in documents(root)}
    sections = {path.resolve(): anchors(text) for path, text in found.items()}
    for document, text in found.items():
        for line, link in links(text):
            target, _, section = link.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            path = (document.parent / target if target else document).resolve()
            place = f"{document.relative_to(root)}:{line}"
            if not path.exists():
                yield f"{place}: {link} leads nowhere"
            elif section and section not in sections.get(path, ()):
                yield f"{place}: {link} leads to a section that does not exist"


def check_addresses(root: Path) -> Iterator[str]:
    """Check the addresses of files of the repository in code, texts, and forms."""
    folders = (integration(root), root / ".github", root / "blueprints")
    files = [path for folder in folders for kind in LINKING for path in folder.rglob(kind)]
    for path in sorted([*files, *documents(root)]):
        for target, section in ADDRESS.findall(path.read_text(encoding="utf-8")):
            place = path.relative_to(root)
            file = root / target
            if not file.is_file():
                yield f"{place}: {target} does not exist"
            elif section and section not in anchors(file.read_text(encoding="utf-8")):
                yield f"{place}: {target} has no section {section}"


def check_site(root: Path) -> Iterator[str]:
    """Check that the site lists every document once, and shows them as GitHub does."""
    path = root / "mkdocs.yml"
    listed = re.findall(r"^ +- (?:[^:]+: )?([\w-]+\.md)$", path.read_text("utf-8"), re.MULTILINE)
    there = {each.name for each in (root / "docs").glob("*.md")} | set(ELSEWHERE)
    yield from (f"mkdocs.yml: {name} is missing" for name in sorted(there - set(listed)))
    yield from (f"mkdocs.yml: {name} does not exist" for name in sorted(set(listed) - there))
    twice = {name for name in listed if listed.count(name) > 1}
    yield from (f"mkdocs.yml: {name} is there twice" for name in sorted(twice))
    for document in documents(root):
        text = without_code(document.read_text(encoding="utf-8"))
        for found in SHALLOW.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{document.relative_to(root)}:{line}: indent it by four spaces, for the site"


def check_blocks(root: Path) -> Iterator[str]:
    """Check that blocks of YAML can be read, and name what exists."""
    known = {name: _described(root, name) for name in set(NAMED.values())}
    for document in documents(root):
        for line, language, code in blocks(document.read_text(encoding="utf-8")):
            place = f"{document.relative_to(root)}:{line}"
            if language not in ("yaml", "json"):
                continue
            try:
                content = yaml.load(code, _Loader)
            except yaml.YAMLError as err:
                yield f"{place}: {err}"
                continue
            for fault in _unknown(content, known):
                yield f"{place}: {fault}"


def _described(root: Path, name: str) -> dict[str, set[str]]:
    """Return the actions, triggers, or conditions that a file describes, with their fields."""
    path = integration(root) / name
    content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {key: set(_fields(value or {})) for key, value in content.items()}


def _fields(value: dict[str, Any]) -> Iterator[str]:
    """Yield the names of fields, those in sections included."""
    for name, field in (value.get("fields") or {}).items():
        yield name
        yield from _fields(field or {})


def _unknown(value: Any, known: dict[str, dict[str, set[str]]]) -> Iterator[str]:
    """Yield what a block names that does not exist."""
    if isinstance(value, list):
        for each in value:
            yield from _unknown(each, known)
    if not isinstance(value, dict):
        return
    for key, file in NAMED.items():
        name = value.get(key)
        if not isinstance(name, str) or not name.startswith(f"{DOMAIN}."):
            continue
        fields = known[file].get(name.removeprefix(f"{DOMAIN}."))
        if fields is None:
            yield f"{name} is not in {file}"
            continue
        given = {*(value.get("data") or {}), *(value.get("options") or {})}
        yield from (f"{name} has no field {each}" for each in sorted(given - fields))
    for each in value.values():
        yield from _unknown(each, known)


class _Loader(yaml.SafeLoader):
    """Load YAML with the tags of Home Assistant, which stand for texts."""


_Loader.add_multi_constructor("!", lambda *_: "")


def check_example(root: Path) -> Iterator[str]:
    """Check that the automation that the demonstration installs is shown as it is."""
    example = (root / "docs/automations" / EXAMPLE).read_text(encoding="utf-8").strip()
    if example not in (root / FIRST_AUTOMATION).read_text(encoding="utf-8"):
        yield f"{FIRST_AUTOMATION}: does not show docs/automations/{EXAMPLE} as it is"


def check_generated(root: Path) -> Iterator[str]:
    """Check that the documents that are generated from the code are up to date.

    Imports the integration of the checkout in which this runs, whatever the root is.
    """
    for path in outdated(root):
        yield f"{path} is out of date. Run scripts/make_docs."


def check_citations(root: Path) -> Iterator[str]:
    """Check that the sections of the field notes that the code refers to exist."""
    notes = root / FIELD_NOTES
    text = notes.read_text(encoding="utf-8") if notes.exists() else ""
    sections = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    for path in python_files(integration(root)):
        cited = CITATION.findall(path.read_text(encoding="utf-8"))
        for section in {each for names in cited for each in names.split(" and ")} - sections:
            yield f"{path.relative_to(root)}: {FIELD_NOTES} has no section {section}"
