"""Automations of the documents, as they are written there."""

from pathlib import Path
import re
from typing import Any, Final

import yaml

DOCS: Final = Path(__file__).parent.parent / "docs"
_SECTION: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def written(page: str) -> dict[str, Any]:
    """Return the automations of a page, by the heading above each."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    for block in _BLOCK.finditer(text):
        *_, heading = _SECTION.findall(text[: block.start()])
        assert heading not in found, heading
        found[heading] = yaml.safe_load(block[1])
    return found
