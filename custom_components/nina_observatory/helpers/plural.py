"""Plural forms: the text for a count, in any language of the translations."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final


class Plural(StrEnum):
    """Plural forms by their names in the CLDR, which are the ends of keys: `frames_one`, `frames_other`.

    Which counts take a form depends on the language: in Polish, 2 and 22 are `few`, and 5 is `many`.
    """

    ONE = "one"
    FEW = "few"
    MANY = "many"
    OTHER = "other"


def _only_one(count: int) -> Plural:
    """German, English, Spanish, Italian, Dutch, European Portuguese."""
    return Plural.ONE if count == 1 else Plural.OTHER


def _none_or_one(count: int) -> Plural:
    """French, Brazilian Portuguese: *0 image*."""
    return Plural.ONE if count in (0, 1) else Plural.OTHER


def _polish(count: int) -> Plural:
    if count == 1:
        return Plural.ONE
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return Plural.FEW if few else Plural.MANY


# The rules for whole numbers below a million, from which on French, Italian, Spanish, and Portuguese
# have another form. All other languages have that of English, like their texts.
_RULES: Final[Mapping[str, Callable[[int], Plural]]] = {
    "fr": _none_or_one,
    "pl": _polish,
    "pt-BR": _none_or_one,
}


def plural(language: str, count: int) -> Plural:
    """Return the form that a count takes in a language, such as `pl` or `pt-BR`."""
    rule = _RULES.get(language) or _RULES.get(language.split("-", maxsplit=1)[0], _only_one)
    return rule(abs(count))


def counted(texts: Mapping[str, str], key: str, language: str, count: int) -> str:
    """Return the text for a count, by a key without its end; a text that is missing is that key.

    A form that a translation lacks is `other`.
    """
    exact = texts.get(f"{key}_{plural(language, count)}")
    return texts.get(f"{key}_{Plural.OTHER}", key) if exact is None else exact
