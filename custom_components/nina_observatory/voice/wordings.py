"""How people ask: the sentences of each language, as templates of Home Assistant's matcher."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
import re
from typing import Final

from homeassistant.util.yaml import load_yaml_dict

FOLDER: Final = Path(__file__).parent / "sentences"

# European and Brazilian Portuguese are in one file: people mix them.
LANGUAGES: Final = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")

# Planned targets that are understood, so that the matcher stays fast.
MOST_TARGETS: Final = 200

_TARGET: Final = "{target}"
_NAME: Final = "{name}"
_NOTHING: Final = "()"
_WORD: Final = re.compile(r"<(\w+)>")
_OPTIONAL: Final = re.compile(r"\[[^\]]*\]")
_SPOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_APOSTROPHE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"
# A catalog and a number, written as one word or as two.
_JOINED: Final = re.compile(r"\b([^\W\d_]{1,5})(\d+)\b")
_SPLIT: Final = re.compile(r"\b([^\W\d_]{1,5}) (\d+)\b")


class Ask(StrEnum):
    """Questions and commands; the values are the keys of the sentences."""

    IS_SAFE = "is_safe"
    NOW_IMAGING = "now_imaging"
    NIGHT = "night"
    CAMERA_TEMPERATURE = "camera_temperature"
    SEQUENCE_END = "sequence_end"
    MOUNT_PARKED = "mount_parked"
    CLOSE_ROOF = "close_roof"
    OPEN_ROOF = "open_roof"
    CONFIRM_OPEN = "confirm_open"
    PARK = "park"
    SECURE = "secure"
    START_SEQUENCE = "start_sequence"
    TAKE_PICTURE = "take_picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordings:
    """The sentences of a language, with words that stand for several others."""

    words: Mapping[str, tuple[str, ...]]
    sentences: Mapping[Ask, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that sentences may contain.

    `taken` are names of other things in the home, in lowercase: they mean those things.
    """

    observatories: tuple[str, ...]
    targets: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()


def load_wordings(language: str) -> Wordings:
    """Load the sentences of a language; reads a file."""
    data = load_yaml_dict(FOLDER / f"{language}.yaml")
    return Wordings(
        words={word: tuple(each) for word, each in data["words"].items()},
        sentences={Ask(ask): tuple(each) for ask, each in data["sentences"].items()},
    )


def templates(wordings: Iterable[Wordings], names: Names) -> dict[Ask, list[str]]:
    """Return the templates of some languages by what they ask.

    Without planned targets, pictures of them are left out.
    """
    found: dict[Ask, dict[str, None]] = {}
    for each in wordings:
        for ask, sentences in each.sentences.items():
            # The matcher takes a hyphen for a space where a template has a space, not vice versa.
            expanded = (
                expand(sentence, each.words, names).replace("-", " ") for sentence in sentences
            )
            possible = (template for template in expanded if _NOTHING not in template)
            found.setdefault(ask, {}).update(dict.fromkeys(possible))
    planned = _with_targets(found.pop(Ask.TAKE_PICTURE, {}), names.targets)
    every = {ask: list(sentences) for ask, sentences in found.items()}
    return {**every, Ask.TAKE_PICTURE: planned} if planned else every


def expand(sentence: str, words: Mapping[str, tuple[str, ...]], names: Names) -> str:
    """Return a sentence with its words and the names of observatories in full.

    It contains "()" if nothing is left of a part that cannot be left out.
    """

    def alternatives(match: re.Match[str]) -> str:
        meant = [each for each in words[match[1]] if _literal(each) not in names.taken]
        expanded = (expand(each, words, names) for each in meant)
        return _either(each for each in expanded if _NOTHING not in each)

    named = {each: None for name in names.observatories for each in spellings(name)}
    return _WORD.sub(alternatives, sentence).replace(_NAME, _either(named))


def literals(wordings: Iterable[Wordings]) -> frozenset[str]:
    """Return the words without what may be left out, as far as they are plain text."""
    words = (word for each in wordings for every in each.words.values() for word in every)
    return frozenset(map(_literal, words))


def _literal(word: str) -> str:
    """Return a word without what may be left out."""
    return " ".join(_OPTIONAL.sub(" ", word).split()).casefold()


def _with_targets(sentences: Iterable[str], targets: tuple[str, ...]) -> list[str]:
    """Return the sentences with all targets.

    Those that end alike share one list of them: it is long, and takes a while to parse.
    """
    named = {each: None for name in targets[:MOST_TARGETS] for each in spellings(name)}
    if not named:
        return []
    heads: dict[tuple[str, bool], list[str]] = {}
    for sentence in sentences:
        head, _, tail = sentence.partition(_TARGET)
        heads.setdefault((tail, bool(head)), []).append(head.strip())
    return [
        f"{_either(each) if has_head else ''} {_either(named)}{tail}".strip()
        for (tail, has_head), each in heads.items()
    ]


def _either(alternatives: Iterable[str]) -> str:
    return f"({'|'.join(alternatives)})"


def spoken(text: str) -> str:
    """Return the words of a text, without signs, some of which templates use."""
    return " ".join(_SPOKEN.findall(text.replace(_APOSTROPHE, "'")))


def spellings(name: str) -> list[str]:
    """Return how a name may be written: M31 and M 31 are the same."""
    words = spoken(name)
    every = (words, _SPLIT.sub(r"\1\2", words), _JOINED.sub(r"\1 \2", words))
    return [*dict.fromkeys(each for each in every if each)]


def named_in(text: str, names: Iterable[str]) -> str | None:
    """Return the longest of some names that a text contains; None if it contains none."""
    heard = f" {spoken(text).casefold()} "
    found = {
        spelling: name
        for name in names
        for spelling in spellings(name)
        if f" {spelling.casefold()} " in heard
    }
    return found[max(found, key=len)] if found else None
