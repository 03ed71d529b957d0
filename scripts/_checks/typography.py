"""How texts of a language are written: quotes, blanks, and the form of address."""

from collections.abc import Iterator
import re
from typing import Final

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
_QUOTES: Final = '"“”„«»' + "\u2018\u2019\u201a\u2039\u203a"
# The quotes of each language.
QUOTES: Final = {
    "de": "„“",
    "es": "«»",
    "fr": "«»",
    "it": "“”",
    "nl": "“”",
    "pl": "„”",
    "pt": "“”",
    "pt-BR": "“”",
}
# Code and addresses, which are the same everywhere.
_FIXED: Final = re.compile(r"`[^`]*`|\]\([^)]*\)|[\w-]+://\S+|\d:\d")
_BEFORE_FRENCH: Final = re.compile(rf"(?<![{NO_BREAK}{NARROW}])[:;!?»]|«(?![{NO_BREAK}{NARROW}])")
_BEFORE_SPOKEN: Final = re.compile(rf"(?<![{NO_BREAK}{NARROW} ])[:;!?]")
# Another address than docs/glossary.md has for the language.
_ADDRESS: Final = {
    "de": r"\w+en Sie\b|\bIhnen\b",
    "es": r"\busted(?:es)?\b",
    "fr": r"\b(?:tu|ton|tes|toi)\b",
    "nl": r"\buw\b|\bu (?:kunt|wilt|bent|moet|hebt)\b|\b(?:kunt|wilt|bent|moet|hebt) u\b",
    "pl": r"\b(?:Pan|Pana|Pani|Państw\w+)\b",
    "pt": r"\bvocê\b",
    "pt-BR": r"\bvocê\b",
}
# These are addressed in another way in what is spoken.
_SPOKEN_OTHERWISE: Final = ("fr", "pt-BR")


def faults_of(language: str, text: str, *, spoken: bool) -> Iterator[str]:
    """Yield how a text is not written as texts of its language are."""
    text = _FIXED.sub("…", text)
    if text != text.strip():
        yield "has blanks at its ends"
    if "  " in text or " \n" in text:
        yield "has blanks in a row, or at the end of a line"
    if "..." in text:
        yield "has three periods instead of an ellipsis"
    quotes = QUOTES.get(language, _QUOTES)
    if wrong := sorted({each for each in text if each in _QUOTES} - set(quotes)):
        yield f"has {' '.join(wrong)} instead of {quotes} or '"
    blanks = _BEFORE_SPOKEN if spoken else _BEFORE_FRENCH
    if language == "fr" and (found := blanks.search(text)):
        yield f"has no no-break space at {found[0]}"
    address = "" if spoken and language in _SPOKEN_OTHERWISE else _ADDRESS.get(language, "")
    if address and (found := re.search(address, text)):
        yield f"says {found[0]!r}, which is another address than in docs/glossary.md"
