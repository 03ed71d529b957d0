"""Translations: complete, current, in the words of the glossary, and written as their language is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import hashlib
from pathlib import Path
import re
from typing import Any, Final

import yaml

from custom_components.nina_observatory.helpers.plural import Plural, plural

from .files import integration, paths, read_json, read_object
from .glossary import Glossary, read_glossary
from .typography import faults_of

ENGLISH: Final = "en"
# What is recorded about a language: the English texts that its texts were made from, and exceptions.
RECORDS: Final = "scripts/_translate/languages"
# The answers by voice, which there are in more languages than other texts.
SPOKEN: Final = "common.voice_"

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_FORBIDDEN: Final = {
    "HTML": re.compile(r"</?[a-z][^>]*>", re.IGNORECASE),
    "quotes around a placeholder": re.compile(r"""['"“„«»”]\s?\{\w+\}\s?['"“„«»”]"""),
    "an apostrophe before a placeholder, which Home Assistant would not replace": re.compile(
        r"'\{"
    ),
    "a key reference": re.compile(r"\[%key:"),
}
_LINK: Final = re.compile(r"\]\(([^)]*)\)")
_CODE: Final = re.compile(r"`[^`]*`")
_EMPHASIS: Final = re.compile(r"\*([^*\n]+)\*")
_ENDS: Final = ".?!:"
_NINA: Final = "N.I.N.A."

# Names of entities are shown in tiles, next to others.
_LONGEST_NAME: Final = 40
_NAME: Final = re.compile(r"entity\..*\.name|device\..*\.name|options\..*\.menu_options\..*")
# Texts of at most so many characters are names and states.
_SHORT: Final = 60
# What is longer than its English text by more was not put well; what is shorter lacks something.
_MOST_OF_SHORT: Final = (1.7, 14)
_MOST_OF_LONG: Final = (1.6, 20)
_LEAST: Final = 0.5
# Names that other texts mention have so many words or more.
_FEWEST_WORDS: Final = 2
_LABELS: Final = re.compile(
    r"services\.\w+\.name|options\.step\.\w+\.(?:data\.\w+|title)|options\.step\.\w+\.menu_options\.\w+"
)
# Examples that are paths or identifiers, not words.
_EXAMPLE: Final = re.compile(r"services\..*\.example")
_IDENTIFIER: Final = re.compile(r"\S*[/_]\S*|\S*[a-z][A-Z]\S*")
# Words that are no English ones: short ones, such as units, numbers, abbreviations, and identifiers.
_NO_WORD: Final = re.compile(r"[^\W\d_]{1,2}|min|bit|[A-ZÆ]{3,}|\S*[a-z][A-Z]\S*|\S*[\d_/]\S*")


@dataclass(frozen=True, slots=True)
class Record:
    """What is recorded about a language.

    `made_from` identifies the English texts that its texts were made from, `same` are English texts
    that are equal in the language, `terms` are terms by path that a text does without, and `long` are
    paths of texts that may be longer.
    """

    made_from: frozenset[str] = frozenset()
    same: tuple[str, ...] = ()
    terms: Mapping[str, list[str]] = field(default_factory=dict)
    long: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of a language and what they are compared with, by path."""

    name: str
    english: Mapping[str, str]
    texts: Mapping[str, str]
    glossary: Glossary
    record: Record

    def shared(self) -> Iterator[tuple[str, str, str]]:
        """Yield path, English text, and translated text."""
        for path, text in self.texts.items():
            english = self.english.get(origin(path, self.english))
            if english is not None:
                yield path, english, text


def fingerprint(path: str, english: str) -> str:
    """Return what identifies an English text at a path."""
    return hashlib.sha256(f"{path}\n{english}".encode()).hexdigest()[:10]


def origin(path: str, english: Mapping[str, str]) -> str:
    """Return the path of the English text that a text is made from: English has fewer plural forms."""
    stem, _, form = path.rpartition("_")
    if path in english or form not in set(Plural):
        return path
    return f"{stem}_{Plural.OTHER}"


def wanted(language: str, english: Mapping[str, str]) -> list[str]:
    """Return the paths of all texts of a language, in the order of the English ones."""
    forms = [form for form in Plural if form in {plural(language, count) for count in range(200)}]
    found: list[str] = []
    for path in english:
        stem, _, form = path.rpartition("_")
        if path.startswith("common.") and form == Plural.OTHER:
            # The form for one is left out where English has none, because nothing is counted then.
            found += [f"{stem}_{each}" for each in forms if each not in (Plural.ONE, Plural.OTHER)]
        found.append(path)
    return found


def read_texts(root: Path, language: str) -> dict[str, str]:
    """Return the texts of a language by path."""
    return dict(paths(read_object(integration(root) / f"translations/{language}.json")))


def read_record(root: Path, language: str) -> Record:
    """Return what is recorded about a language."""
    made_from, exceptions = (root / RECORDS / f"{language}.{end}" for end in ("txt", "yaml"))
    lines = made_from.read_text(encoding="utf-8").split() if made_from.exists() else []
    found: dict[str, Any] = {}
    if exceptions.exists():
        found = yaml.safe_load(exceptions.read_text(encoding="utf-8")) or {}
    return Record(
        made_from=frozenset(lines),
        same=tuple(found.get("same") or ()),
        terms=found.get("terms") or {},
        long=tuple(found.get("long") or ()),
    )


def languages(root: Path) -> Iterator[Language]:
    """Yield every language but English."""
    english, glossary = read_texts(root, ENGLISH), read_glossary(root)
    for file in sorted((integration(root) / "translations").glob("*.json")):
        if file.stem != ENGLISH:
            texts = dict(paths(read_json(file)))
            yield Language(file.stem, english, texts, glossary, read_record(root, file.stem))


def check_languages(root: Path) -> Iterator[str]:
    """Check every language."""
    if not (integration(root) / f"translations/{ENGLISH}.json").exists():
        yield "en.json is missing"
        return
    for language in languages(root):
        for path, fault in faults_in(language):
            yield f"{language.name}.json: {path} {fault}"


def faults_in(language: Language) -> Iterator[tuple[str, str]]:
    """Yield the path of every fault in a language, and what it is."""
    yield from _missing(language)
    yield from _outdated(language)
    labels = _labels(language)
    for path, english, text in language.shared():
        for fault in (
            *_of_parts(english, text),
            *_of_length(path, english, text, language.record),
            *_of_words(language, path, english, text),
            *_of_labels(labels, path, english, text),
            *faults_of(language.name, text, spoken=path.startswith(SPOKEN)),
        ):
            yield path, fault
    yield from _unneeded(language)


def _missing(language: Language) -> Iterator[tuple[str, str]]:
    """Yield texts that are missing, and those that no English text stands behind.

    A language that only answers by voice has all answers.
    """
    paths_wanted = wanted(language.name, language.english)
    if all(path.startswith(SPOKEN) for path in language.texts):
        paths_wanted = [path for path in paths_wanted if path.startswith(SPOKEN)]
    for path in paths_wanted:
        if path not in language.texts:
            yield path, "is missing"
    for path in language.texts.keys() - set(paths_wanted):
        yield path, "is not in en.json"


def _outdated(language: Language) -> Iterator[tuple[str, str]]:
    """Yield texts whose English text has changed since they were translated."""
    if not language.record.made_from:
        return
    for path, english, _ in language.shared():
        if fingerprint(path, english) not in language.record.made_from:
            yield path, f"was made from another English text. Now it is: {english}"


def _of_parts(english: str, text: str) -> Iterator[str]:
    """Yield what a text has besides words that is not as in English."""
    if set(_PLACEHOLDER.findall(english)) != set(_PLACEHOLDER.findall(text)):
        yield "has other placeholders than en.json"
    for what, pattern in (("links", _LINK), ("code", _CODE)):
        if sorted(pattern.findall(english)) != sorted(pattern.findall(text)):
            yield f"has other {what} than en.json"
    if english.count("*") != text.count("*") or english.count("\n") != text.count("\n"):
        yield "has another Markdown than en.json"
    for what, pattern in _FORBIDDEN.items():
        if pattern.search(text):
            yield f"contains {what}"
    ends = [each[-1:] if each[1:] and each[-1:] in _ENDS else "" for each in (english, text)]
    if ends[0] != ends[1] and not any(each.endswith(_NINA) for each in (english, text)):
        yield f"ends with {ends[1] or 'a word'!r}, and not with {ends[0] or 'a word'!r}"


def longest(path: str, english: str) -> int:
    """Return how long a translated text may be."""
    factor, more = _MOST_OF_SHORT if len(english) <= _SHORT else _MOST_OF_LONG
    most = int(factor * len(english)) + more
    return min(most, _LONGEST_NAME) if _NAME.fullmatch(path) else most


def _of_length(path: str, english: str, text: str, record: Record) -> Iterator[str]:
    """Yield that a text is too long, or so short that something must be missing."""
    if len(text) > longest(path, english) and path not in record.long:
        yield f"has {len(text)} characters, and at most {longest(path, english)} fit"
    if len(english) > _SHORT and len(text) < _LEAST * len(english):
        yield f"has {len(text)} characters, and its English text {len(english)}"


def _of_words(language: Language, path: str, english: str, text: str) -> Iterator[str]:
    """Yield words that are left in English, and terms with another translation."""
    if language.name not in language.glossary.languages:
        return
    if _is_identifier(path, english):
        if text != english:
            yield f"is an identifier, which has no translation: {english}"
        return
    if english == text and english not in language.record.same and _left(language, english):
        yield f"is left in English: {text}"
    exempt = language.record.terms.get(path, [])
    for term in language.glossary.untranslated(language.name, english, text):
        if term.name not in exempt:
            forms = ", ".join(form.text for form in term.translations[language.name])
            yield f"has no translation of {term.name} ({forms}): {text}"


def _is_identifier(path: str, english: str) -> bool:
    """Return whether a text is a path or an identifier that users enter."""
    return bool(_EXAMPLE.fullmatch(path) and _IDENTIFIER.fullmatch(english))


def _left(language: Language, english: str) -> bool:
    """Return whether an English text has words that the language has others for."""
    words = re.findall(r"[^\s.,:;×–—()]+", language.glossary.without_kept(language.name, english))
    return any(re.search(r"[^\W\d_]", word) and not _NO_WORD.fullmatch(word) for word in words)


def _labels(language: Language) -> dict[str, str]:
    """Return the names of actions and options that other texts mention, with their translations."""
    return {
        english: text
        for path, english, text in language.shared()
        if _LABELS.fullmatch(path) and len(english.split()) >= _FEWEST_WORDS
    }


def _of_labels(labels: Mapping[str, str], path: str, english: str, text: str) -> Iterator[str]:
    """Yield names of actions and options that are not called as they are elsewhere."""
    emphasized = set(_EMPHASIS.findall(english))
    for name, translated in labels.items():
        if name not in english or translated in text or _LABELS.fullmatch(path):
            continue
        if name in emphasized or re.search(rf"(?<=[\w,] ){re.escape(name)}(?!\w)", english):
            yield f"mentions {name!r}, which is called {translated!r}: {text}"


def _unneeded(language: Language) -> Iterator[tuple[str, str]]:
    """Yield exceptions that no text needs."""
    texts = {
        path: (english, text)
        for path, english, text in language.shared()
        if not _is_identifier(path, english)
    }
    equal = {english for english, text in texts.values() if english == text}
    for english in language.record.same:
        if english not in equal or not _left(language, english):
            yield english, f"need not be in {RECORDS}/{language.name}.yaml"
    for path, terms in language.record.terms.items():
        found = language.glossary.untranslated(language.name, *texts.get(path, ("", "")))
        for name in set(terms) - {term.name for term in found}:
            yield path, f"need not do without {name} in {RECORDS}/{language.name}.yaml"
    for path in language.record.long:
        english, text = texts.get(path, ("", ""))
        if len(text) <= longest(path, english):
            yield path, f"need not be long in {RECORDS}/{language.name}.yaml"
