"""README and the other documents: links that lead somewhere, examples that are the tested ones."""

from collections.abc import Iterator
from pathlib import Path
import re

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
EXAMPLE = "close_the_dome_when_it_rains.yaml"


def check_links(root: Path) -> Iterator[str]:
    """Check that links to files of the repository lead to files."""
    for document in [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]:
        for link in LINK.findall(document.read_text(encoding="utf-8")):
            target = link.partition("#")[0]
            if target and "://" not in target and not (document.parent / target).exists():
                yield f"{document.relative_to(root)}: {link} leads nowhere"


def check_example(root: Path) -> Iterator[str]:
    """Check that the README shows the automation that the demonstration installs."""
    example = (root / "docs/automations" / EXAMPLE).read_text(encoding="utf-8").strip()
    if example not in (root / "README.md").read_text(encoding="utf-8"):
        yield f"README.md: does not show docs/automations/{EXAMPLE} as it is"
