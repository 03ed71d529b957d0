"""American spelling, in all texts, code and documents."""

from collections.abc import Iterator
from pathlib import Path
import re

# Parts of words by what to write instead.
SPELLINGS = {
    "afterward": r"\bafterwards\b",
    "analyze": "analyse",
    "behavior": "behaviour",
    "canceled": r"(?<![.\w])cancelled(?!\()",
    "canceling": r"(?<![.\w])cancelling(?!\()",
    "capitalize": "capitalis",
    "catalog": "catalogue",
    "center": r"centre|centri?[ne][dg]\b",
    "color": "colour",
    "favorite": "favourit",
    "gray": r"\bgrey",
    "initialize": "initialis",
    "labeled": r"labelled|labelling",
    "license": r"\blicence",
    "localize": "localis",
    "meter": r"\b(?:kilo|centi|milli)?metres?\b",
    "neighbor": "neighbour",
    "recognize": "recognis",
    "serialize": "serialis",
    "story": r"\bstorey",
    "synchronize": "synchronis",
    "toward": r"\btowards\b",
}
_KINDS = (".json", ".md", ".py", ".yaml", ".yml")
# Words of others, and lists of words.
_LEFT_OUT = (
    "docs/glossary.md",
    "scripts/_checks/spelling.py",
    "scripts/_checks/typography.py",
    "scripts/_checks/wording.py",
    "tests/scripts/test_languages.py",
    "tests/scripts/test_prose.py",
    "tests/seed",
)
# Texts in other languages.
_TRANSLATIONS = "custom_components/nina_observatory/translations/"
_FOLDERS = (".", "blueprints", "custom_components", "docs", "scripts", "simulator", "tests")


def check_spelling(root: Path) -> Iterator[str]:
    """Check every line of texts, code and documents."""
    for path in sorted(_files(root)):
        text = path.read_text(encoding="utf-8")
        for instead, spelling in SPELLINGS.items():
            for found in re.finditer(spelling, text, re.IGNORECASE):
                line = text.count("\n", 0, found.start()) + 1
                place = f"{path.relative_to(root)}:{line}"
                yield f"{place}: write {instead!r} instead of {found[0]!r}"


def _files(root: Path) -> Iterator[Path]:
    """Yield the files that people wrote here."""
    for folder in _FOLDERS:
        paths = (root / folder).glob("*" if folder == "." else "**/*")
        for path in paths:
            name = path.relative_to(root).as_posix()
            foreign = name.startswith(_TRANSLATIONS) and path.stem != "en"
            known = path.suffix in _KINDS and path.is_file() and not foreign
            if known and not name.startswith(_LEFT_OUT):
                yield path
