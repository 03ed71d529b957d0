"""README and the other documents: links that lead somewhere, examples that are the tested ones."""

from collections.abc import Iterator
from pathlib import Path
import re

from .files import integration, python_files

FIELD_NOTES = "docs/field-notes.md"
CITATION = re.compile(rf"{re.escape(FIELD_NOTES)}, ([A-Z][a-z ]+(?: and [A-Z][a-z ]+)?)\)")
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


def check_citations(root: Path) -> Iterator[str]:
    """Check that the sections of the field notes that the code refers to exist."""
    notes = root / FIELD_NOTES
    text = notes.read_text(encoding="utf-8") if notes.exists() else ""
    sections = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    for path in python_files(integration(root)):
        cited = CITATION.findall(path.read_text(encoding="utf-8"))
        for section in {each for names in cited for each in names.split(" and ")} - sections:
            yield f"{path.relative_to(root)}: {FIELD_NOTES} has no section {section}"
