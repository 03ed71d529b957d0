"""quality_scale.yaml, which Home Assistant's own validator skips for custom integrations."""

from collections.abc import Iterator
from pathlib import Path
import re

from homeassistant.const import Platform
import yaml

from scripts._site.pages import anchors

from .files import integration

RULES = 54
STATES = {"done", "todo", "exempt"}
# A place in a comment: a file, a function in it (`tests/test_a.py::test_b`), or a section of a
# document (`docs/install.md#removal`).
PLACE = re.compile(r"(CODEOWNERS|[\w./-]+\.(py|md|toml|typed|yaml))(::\w+|#[\w-]+)?")


def check_quality_scale(root: Path) -> Iterator[str]:
    """Check that every rule has a state and a place that proves it, and every exemption a reason."""
    path = integration(root) / "quality_scale.yaml"
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    if len(rules) != RULES:
        yield f"quality_scale.yaml: {len(rules)} rules, not {RULES}"
    for rule, value in rules.items():
        state = value.get("status") if isinstance(value, dict) else value
        if state not in STATES:
            yield f"quality_scale.yaml: {rule} is {state!r}"
        comment = str(value.get("comment") or "") if isinstance(value, dict) else ""
        places = [word for word in comment.split() if PLACE.fullmatch(word)]
        if state == "exempt" and len(comment.split()) == len(places):
            yield f"quality_scale.yaml: {rule} is exempt without a reason"
        if not places:
            yield f"quality_scale.yaml: {rule} has no place that proves it"
        for place in places:
            if (fault := _fault_of(root, place)) is not None:
                yield f"quality_scale.yaml: {rule}: {fault}"


def _fault_of(root: Path, place: str) -> str | None:
    """Return what is wrong with a place."""
    name, _, function = place.partition("::")
    name, _, section = name.partition("#")
    if not (root / name).is_file():
        return f"{name} does not exist"
    text = (root / name).read_text(encoding="utf-8")
    if function and not re.search(rf"^(async )?def {function}\(", text, re.MULTILINE):
        return f"{name} has no {function}"
    if section and section not in anchors(text):
        return f"{name} has no section {section}"
    return None


def check_parallel_updates(root: Path) -> Iterator[str]:
    """Check that every platform says how many of its entities may act at a time."""
    folder = integration(root)
    for platform in Platform:
        files = [folder / f"{platform}.py", folder / platform / "__init__.py"]
        for path in filter(Path.is_file, files):
            code = path.read_text(encoding="utf-8")
            if "def async_setup_entry" in code and "\nPARALLEL_UPDATES" not in code:
                yield f"{path.relative_to(folder)}: PARALLEL_UPDATES is missing"
