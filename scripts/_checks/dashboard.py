"""The module of the dashboard: small, and with a text for everything it shows."""

from collections.abc import Iterator
from pathlib import Path
import re

from .files import integration, read_object

MODULE = "frontend/dashboard.js"
# Every page of Home Assistant loads it.
LARGEST = 15_000
PREFIX = "dashboard_"
# Keys of texts that it names, those of views and sections, and those of the messages.
_NAMED = (
    re.compile(r'\bt\("(\w+)"'),
    re.compile(r'rig\.section\(\s*"(\w+)"'),
    re.compile(r'\? "(\w+)" : "(\w+)"'),
    re.compile(r'\? "(\w+)" : .*&& "(\w+)"'),
    re.compile(r"dashboard_(\w+)`"),
    re.compile(r"Object\.entries\(\{ (\w+), (\w+), (\w+), (\w+) \}\)"),
    re.compile(r'loadTexts\(hass\)\)\("(\w+)"\)'),
)


def check_dashboard(root: Path) -> Iterator[str]:
    """Check the size of the module, and its texts, both ways."""
    path = integration(root) / MODULE
    if not path.exists():
        yield f"{MODULE} is missing"
        return
    size = path.stat().st_size
    if size > LARGEST:
        yield f"{MODULE}: {size} bytes, more than {LARGEST}"
    named = set(_texts(path.read_text(encoding="utf-8")))
    texts = read_object(integration(root) / "translations/en.json").get("common", {})
    written = {key.removeprefix(PREFIX) for key in texts if key.startswith(PREFIX)}
    for key in sorted(named - written):
        yield f"en.json: common.{PREFIX}{key} is missing"
    for key in sorted(written - named):
        yield f"en.json: common.{PREFIX}{key} is not used"


def _texts(source: str) -> Iterator[str]:
    """Yield the keys of the texts that the module names."""
    for pattern in _NAMED:
        for found in pattern.finditer(source):
            yield from found.groups()
