"""docs/glossary.md: which word of another language is an English one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
import re

GLOSSARY = "docs/glossary.md"
TERM = "term"
SOURCE = "source"
# In the cell of a language: the English term itself, or anything.
KEPT = "="
FREE = "–"

# What nobody translates: placeholders, code, and the addresses of links.
_NOT_WORDS = re.compile(r"\{\w+\}|`[^`]*`|\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Form:
    """A word or some words, with a star for any letters."""

    text: str

    @property
    def pattern(self) -> str:
        """Return the expression that matches it."""
        return re.escape(self.text).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """An English term, and its translations by language: none if it is translated freely."""

    english: tuple[Form, ...]
    translations: Mapping[str, tuple[Form, ...]]

    @property
    def name(self) -> str:
        """Return what it is called in reports."""
        return self.english[0].text

    def translated(self, language: str, text: str) -> bool:
        """Return whether a text has one of the translations."""
        forms = self.translations[language]
        return not forms or _any_of(forms).search(plain(text)) is not None


@cache
def _any_of(forms: tuple[Form, ...]) -> re.Pattern[str]:
    """Return the expression that matches each of some forms."""
    return _whole_words("|".join(form.pattern for form in forms))


def _whole_words(pattern: str) -> re.Pattern[str]:
    """Return the expression that matches another one where it is whole words."""
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


def plain(text: str) -> str:
    """Return a text without its placeholders, code, and addresses."""
    return _NOT_WORDS.sub(" ", text)


class Glossary:
    """The terms of the glossary."""

    def __init__(self, terms: Iterable[Term], languages: Iterable[str]) -> None:
        """Keep the terms, and the languages that they are translated to."""
        self.terms = tuple(terms)
        self.languages = tuple(languages)
        # Every language has the same English texts.
        self._found: dict[str, list[tuple[Term, str]]] = {}

    @cached_property
    def _forms(self) -> list[tuple[Form, Term]]:
        """Return all English forms with their terms, the longest first."""
        forms = [(form, term) for term in self.terms for form in term.english]
        return sorted(forms, key=lambda each: -len(each[0].text.rstrip("*")))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Return the expression that finds the longest form at a place."""
        return _whole_words("|".join(f"({form.pattern})" for form, _ in self._forms))

    def found(self, english: str) -> list[tuple[Term, str]]:
        """Return the terms in an English text, with the words that they are there."""
        if english not in self._found:
            matches = self._pattern.finditer(plain(english)) if self.terms else ()
            self._found[english] = [
                (self._forms[(match.lastindex or 1) - 1][1], match[0]) for match in matches
            ]
        return self._found[english]

    def untranslated(self, language: str, english: str, text: str) -> list[Term]:
        """Return the terms in an English text whose translations are not in the translated one."""
        terms = dict.fromkeys(term for term, _ in self.found(english))
        return [term for term in terms if not term.translated(language, text)]

    def hints(self, language: str, english: str) -> dict[str, str]:
        """Return the terms in an English text with their translations as the table has them."""
        return {
            term.name: ", ".join(form.text for form in term.translations[language])
            for term, _ in self.found(english)
            if term.translations[language]
        }

    def without_kept(self, language: str, english: str) -> str:
        """Return the words of an English text that are not equal in a language."""
        text = plain(english)
        for term, words in self.found(english):
            if term.translations[language] and term.translated(language, words):
                text = text.replace(words, " ")
        return text


def read_glossary(root: Path) -> Glossary:
    """Read the glossary; without the document it has no terms."""
    path = root / GLOSSARY
    rows = list(_rows(path.read_text(encoding="utf-8"))) if path.exists() else []
    if not rows:
        return Glossary((), ())
    head, *body = rows
    languages = [name for name in head if name not in (TERM, SOURCE)]
    return Glossary(
        [_term(dict(zip(head, row, strict=True)), languages) for row in body], languages
    )


def _rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of the rows of the table of terms."""
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        inside = line.startswith("|") and (inside or cells[0] == TERM)
        if inside and not set(cells[0]) <= set("-: "):
            yield cells


def _term(row: Mapping[str, str], languages: Iterable[str]) -> Term:
    """Return the term of a row."""
    english = _forms(row[TERM])
    found: dict[str, tuple[Form, ...]] = {}
    for language in languages:
        cell = row[language]
        if cell == FREE:
            found[language] = ()
        else:
            found[language] = english if cell == KEPT else _forms(cell)
    return Term(english, found)


def _forms(cell: str) -> tuple[Form, ...]:
    """Return the forms in a cell."""
    return tuple(Form(text.strip()) for text in cell.split(",") if text.strip())


def check_glossary(root: Path) -> Iterator[str]:
    """Check that every term has a translation to every language, and that no term is there twice."""
    glossary = read_glossary(root)
    path = root / GLOSSARY
    rows = list(_rows(path.read_text(encoding="utf-8"))) if path.exists() else []
    seen: set[str] = set()
    for term, row in zip(glossary.terms, rows[1:], strict=True):
        if "" in row[:-1]:
            yield f"{GLOSSARY}: {term.name} has an empty cell"
        for form in term.english:
            if form.text.casefold() in seen:
                yield f"{GLOSSARY}: {form.text} is there twice"
            seen.add(form.text.casefold())
