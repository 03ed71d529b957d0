"""Sentences made from templates, and what Home Assistant's matcher makes of them."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
import os
from typing import Final

from hassil import Intents
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.intents import SlotList, TextSlotList
from hassil.recognize import recognize, recognize_all
from home_assistant_intents import get_intents

from custom_components.nina_observatory.voice.wordings import (
    LANGUAGES,
    Ask,
    Names,
    load_wordings,
    templates,
)

NAMES: Final = Names(
    observatories=("Backyard", "C14"), targets=("M 31", "NGC 7000", "Rosette Nebula")
)
# A home: what Home Assistant's own sentences may name.
HOME: Final[Mapping[str, list[str]]] = {
    "name": ["kitchen light", "garage door", "garden shutters", "front door", "washing machine"],
    "area": ["kitchen", "garden", "garage", "living room"],
    "floor": ["first floor"],
}
# How many sentences are made of each template; EXAMPLES makes more.
TURNS: Final = 1 + int(os.environ.get("EXAMPLES", "0")) // 50


def sample(
    expression: Expression,
    turn: int,
    rules: Mapping[str, Sentence] | None = None,
    values: Callable[[str], list[str]] = list,
) -> str:
    """Return a sentence of a template; every turn takes other alternatives."""
    match expression:
        case TextChunk():
            return expression.original_text
        case RuleReference():
            assert rules is not None
            return sample(rules[expression.rule_name].expression, turn, rules, values)
        case ListReference():
            found = values(expression.list_name)
            return found[turn % len(found)]
        case Alternative():
            choices = len(expression.items)
            return sample(expression.items[turn % choices], turn // choices, rules, values)
    assert isinstance(expression, Group)
    parts = enumerate(expression.items)
    return "".join(sample(each, turn + place, rules, values) for place, each in parts)


def matcher(sentences: Mapping[Ask, Iterable[str]]) -> Intents:
    """Return what Home Assistant makes of registered sentences."""
    intents = {ask.value: {"data": [{"sentences": [*each]}]} for ask, each in sentences.items()}
    return Intents.from_dict({"language": "en", "intents": intents})


@cache
def everything() -> Intents:
    """Return all sentences of all languages: more than any home has."""
    return matcher(templates(map(load_wordings, LANGUAGES), NAMES))


def asks(text: str, intents: Intents | None = None) -> set[Ask]:
    """Return what a sentence asks, as far as it is understood."""
    found = recognize_all(text, everything() if intents is None else intents)
    return {Ask(result.intent.name) for result in found}


def samples(language: str, turns: int = TURNS, names: Names = NAMES) -> dict[str, Ask]:
    """Return sentences of a language by what they ask: some of every template."""
    own = matcher(templates([load_wordings(language)], names))
    return {
        " ".join(sample(sentence.expression, turn).split()): Ask(name)
        for name, intent in own.intents.items()
        for data in intent.data
        for sentence in data.sentences
        for turn in range(turns)
    }


class BuiltIn:
    """Home Assistant's own sentences of a language."""

    def __init__(self, language: str) -> None:
        content = get_intents(language)
        assert content is not None
        self.language = language
        self._intents = Intents.from_dict(content)
        self._home: dict[str, SlotList] = {
            name: TextSlotList.from_strings(each, name=name) for name, each in HOME.items()
        }

    def intent_of(self, text: str) -> str | None:
        """Return the intent that Home Assistant recognizes by itself."""
        found = recognize(text, self._intents, slot_lists=self._home, language=self.language)
        return None if found is None else found.intent.name

    def samples(self, turn: int) -> Iterable[str]:
        """Yield a sentence of each of its templates."""
        for intent in self._intents.intents.values():
            for data in intent.data:
                rules = {**self._intents.expansion_rules, **data.expansion_rules}
                for sentence in data.sentences:
                    text = sample(sentence.expression, turn, rules, self._values)
                    yield " ".join(text.split())

    def _values(self, name: str) -> list[str]:
        """Return values of a list: those of the home, the first of a list, or anything."""
        if name in HOME:
            return HOME[name]
        slots = self._intents.slot_lists.get(name)
        if not isinstance(slots, TextSlotList):
            return ["5"]
        first = slots.values[0].text_in
        if isinstance(first, TextChunk):
            return [first.original_text]
        return [sample(first, 0, self._intents.expansion_rules, self._values)]
