"""Sentences for voice assistants: understood as what they ask, and nothing else taken."""

import ast
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.readings.current_target import CurrentTarget
from custom_components.nina_observatory.readings.liveness import Absence
from custom_components.nina_observatory.readings.now_imaging import NowImaging
from custom_components.nina_observatory.voice.answers import AT_REST, UNKNOWN, running
from custom_components.nina_observatory.voice.texts import ANSWERED, VoiceTexts, closest
from custom_components.nina_observatory.voice.wordings import (
    LANGUAGES,
    MOST_TARGETS,
    Ask,
    Names,
    literals,
    load_wordings,
    named_in,
    spellings,
    templates,
)
from scripts._checks.files import parse, python_files, read_object

from .wordings import NAMES, TURNS, BuiltIn, asks, matcher, samples

FOLDER = Path(integration.__file__).parent
PREFIX = "voice_"
# Longer answers are not listened to.
LONGEST_ANSWER = 100

# What other things in a home are told and asked, in every language.
OF_OTHERS = {
    "en": (
        "open the shutters in the garden",
        "open the shutters",
        "close the shutters",
        "close the garage",
        "open the garage door",
        "is the door open",
        "is the garage open",
        "turn on the lights",
        "how many lights are on",
        "what is the temperature",
        "what is the temperature outside",
        "is the front door locked",
        "start the washing machine",
        "when is the washing machine done",
        "take a picture of the garden",
        "take a picture of the front door",
        "secure the house",
        "what is the robot doing",
        "is it cold outside",
        "how was the night",
        "is the car parked",
        "park the car",
        "run the irrigation sequence",
        "show me the garden camera",
        "good night",
        "M31",
        "Backyard",
    ),
    "de": (
        "öffne die Rollläden im Garten",
        "mach die Rollläden zu",
        "mach die Garage zu",
        "ist die Tür offen",
        "wie viele Lichter sind an",
        "wie warm ist es draußen",
        "starte die Waschmaschine",
        "wann ist die Waschmaschine fertig",
        "sichere das Haus",
        "öffne das Dachfenster",
        "mach ein Foto vom Garten",
        "wie war die Nacht",
        "parke das Auto",
    ),
    "es": (
        "abre las persianas del jardín",
        "cierra el garaje",
        "está abierta la puerta",
        "cuántas luces hay encendidas",
        "qué temperatura hace fuera",
        "pon en marcha la lavadora",
        "haz una foto del jardín",
        "asegura la casa",
        "aparca el coche",
    ),
    "fr": (
        "ouvre les volets du jardin",
        "ferme le garage",
        "est-ce que la porte est ouverte",
        "combien de lumières sont allumées",
        "quelle température fait-il dehors",
        "lance la machine à laver",
        "prends une photo du jardin",
        "sécurise la maison",
        "ouvre le toit ouvrant",
    ),
    "it": (
        "apri le tapparelle in giardino",
        "chiudi il garage",
        "la porta è aperta",
        "quante luci sono accese",
        "che temperatura c'è fuori",
        "avvia la lavatrice",
        "fai una foto del giardino",
        "metti in sicurezza la casa",
        "parcheggia la macchina",
    ),
    "nl": (
        "open de rolluiken in de tuin",
        "sluit de garage",
        "is de deur open",
        "hoeveel lampen zijn aan",
        "hoe warm is het buiten",
        "start de wasmachine",
        "maak een foto van de tuin",
        "beveilig het huis",
        "open het dakraam",
    ),
    "pl": (
        "otwórz rolety w ogrodzie",
        "zamknij garaż",
        "czy drzwi są otwarte",
        "ile świateł jest włączonych",
        "jaka jest temperatura na zewnątrz",
        "uruchom pralkę",
        "zrób zdjęcie ogrodu",
        "zabezpiecz dom",
        "zaparkuj samochód",
    ),
    "pt": (
        "abre as persianas do jardim",
        "fecha a garagem",
        "a porta está aberta",
        "quantas luzes estão acesas",
        "qual é a temperatura lá fora",
        "inicia a máquina de lavar",
        "tira uma foto do jardim",
        "protege a casa",
        "estaciona o carro",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_at_least_five_wordings(language: str) -> None:
    sentences = load_wordings(language).sentences
    assert sentences.keys() == {*Ask}
    assert {ask: len({*each}) for ask, each in sentences.items() if len({*each}) < 5} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_understood_as_what_they_ask(language: str) -> None:
    """Also among those of all other languages: what two asked would be answered and done twice."""
    wrong = {
        text: found for text, ask in samples(language).items() if (found := asks(text)) != {ask}
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_others_are_left_alone(language: str) -> None:
    assert {text: found for text in OF_OTHERS[language] if (found := asks(text))} == {}


@pytest.mark.parametrize("language", ANSWERED)
def test_no_sentence_of_home_assistant_is_taken(language: str) -> None:
    """Neither are its sentences understood as ours, nor are ours also sentences of its own.

    A timer may have any name, also that of a sequence or of imaging, in German.
    """
    built_in = BuiltIn(language)
    taken = {
        text: found
        for turn in range(TURNS)
        for text in built_in.samples(turn)
        if (found := asks(text))
    }
    assert taken == {}
    ours = samples(closest(language, LANGUAGES))
    of_each = {ask: text for text, ask in ours.items()}
    some = ours if TURNS > 1 else of_each.values()
    shadowed = {text: built_in.intent_of(text) for text in some}
    assert {*shadowed.values()} <= {None, "HassTimerStatus"}
    named = ("sequenz", "session", "aufnahmen", "fotografieren")
    timers = [text.casefold() for text, found in shadowed.items() if found]
    assert [text for text in timers if not any(each in text for each in named)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Is it safe out there?", Ask.IS_SAFE),
        ("can I leave the roof open", Ask.IS_SAFE),
        ("What\N{RIGHT SINGLE QUOTATION MARK}s my scope up to?", Ask.NOW_IMAGING),
        ("how many subs do we have", Ask.NIGHT),
        ("please close the roll-off roof", Ask.CLOSE_ROOF),
        ("close the Backyard dome", Ask.CLOSE_ROOF),
        ("open the roof", Ask.OPEN_ROOF),
        ("yes, open the roof", Ask.CONFIRM_OPEN),
        ("take a picture of m31", Ask.TAKE_PICTURE),
        ("Take a picture of NGC7000", Ask.TAKE_PICTURE),
        ("peux-tu fermer le toit ?", Ask.CLOSE_ROOF),
        ("Ist die Sternwarte sicher?", Ask.IS_SAFE),
        ("Kannst du bitte das Dach zumachen", Ask.CLOSE_ROOF),
        ("Czy obserwatorium Backyard jest bezpieczne?", Ask.IS_SAFE),
        ("¿Es seguro ahí fuera?", Ask.IS_SAFE),
        ("Feche o teto, por favor", Ask.CLOSE_ROOF),
        ("Doe het dak dicht", Ask.CLOSE_ROOF),
        ("Metti in sicurezza l'osservatorio!", Ask.SECURE),
    ],
)
def test_what_people_say_is_understood(text: str, found: Ask) -> None:
    assert asks(text) == {found}


@pytest.mark.parametrize("language", ANSWERED)
def test_what_is_to_be_said_is_understood(language: str) -> None:
    """The sentence that confirms the opening is one of its language, and not another."""
    texts = read_object(FOLDER / f"translations/{language}.json")["common"]
    _, _, sentence = texts["voice_confirm_open"].rpartition(": ")
    own = matcher(templates([load_wordings(closest(language, LANGUAGES))], NAMES))
    assert asks(sentence, own) == {Ask.CONFIRM_OPEN}


@pytest.mark.parametrize(
    ("name", "every"),
    [
        ("M 31", ["M 31", "M31"]),
        ("M31", ["M31", "M 31"]),
        ("NGC7000 - panel 2", ["NGC7000 panel 2", "NGC7000 panel2", "NGC 7000 panel 2"]),
        ("Barnard\N{RIGHT SINGLE QUOTATION MARK}s Loop", ["Barnard's Loop"]),
        ("(C14) | [x] <y> {z}", ["C14 x y z", "C 14 x y z"]),
        ("Sh2-155", ["Sh2 155", "Sh 2 155"]),
        ("–", []),
    ],
)
def test_names_are_understood_however_they_are_written(name: str, every: list[str]) -> None:
    assert spellings(name) == every


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Is Backyard 2 safe?", "Backyard 2"),
        ("is backyard safe", "Backyard"),
        ("is the observatory safe", None),
        ("take a picture of m31", "M 31"),
        ("take a picture of M 3", "M3"),
    ],
)
def test_the_longest_name_is_meant(text: str, name: str | None) -> None:
    assert named_in(text, ("Backyard", "Backyard 2", "M3", "M 31", "–")) == name


@pytest.mark.parametrize("language", ANSWERED)
def test_the_usual_name_of_an_observatory_changes_nothing(language: str) -> None:
    """It is the word for an observatory, and the form suggests it."""
    usual = read_object(FOLDER / f"translations/{language}.json")["common"]["dashboard_title"]
    names = Names(observatories=(usual,), targets=NAMES.targets)
    spoken = closest(language, LANGUAGES)
    own = matcher(templates([load_wordings(spoken)], names))
    wrong = {
        text: found
        for text, ask in samples(spoken, names=names).items()
        if (found := asks(text, own)) != {ask}
    }
    assert wrong == {}


def test_names_with_signs_of_templates_are_understood() -> None:
    names = Names(observatories=("Rig [2] (C14)",), targets=("<M> {31} | a",))
    own = matcher(templates([load_wordings("en")], names))
    assert asks("is Rig 2 C14 safe", own) == {Ask.IS_SAFE}
    assert asks("take a picture of M 31 a", own) == {Ask.TAKE_PICTURE}


def test_a_name_that_cannot_be_spoken_leaves_the_rest() -> None:
    """One template that is not valid would keep Home Assistant from understanding anything."""
    own = matcher(templates(map(load_wordings, LANGUAGES), Names(observatories=("\N{TELESCOPE}",))))
    assert asks("is the observatory safe", own) == {Ask.IS_SAFE}
    assert asks("close the roof", own) == {Ask.CLOSE_ROOF}
    assert asks("is safe", own) == set()


def test_names_of_others_mean_others() -> None:
    """With another cover called "Roof", the roof of the observatory has to be called so."""
    words = load_wordings("en")
    assert {"roof", "dome", "sequence"} <= literals([words])
    names = Names(observatories=("Backyard",), taken=frozenset({"roof"}))
    own = matcher(templates([words], names))
    assert asks("close the roof", own) == set()
    assert asks("can I leave the roof open", own) == set()
    assert asks("close the observatory roof", own) == {Ask.CLOSE_ROOF}
    assert asks("close the dome", own) == {Ask.CLOSE_ROOF}


def test_without_planned_targets_no_pictures_are_taken() -> None:
    found = templates(map(load_wordings, LANGUAGES), Names(observatories=("Backyard",)))
    assert found.keys() == {*Ask} - {Ask.TAKE_PICTURE}


def test_thousands_of_targets_do_not_make_sentences_slow() -> None:
    targets = tuple(f"Field {number}" for number in range(5000))
    names = Names(observatories=("Backyard",), targets=targets)
    found = templates([load_wordings("en")], names)[Ask.TAKE_PICTURE]
    assert sum(sentence.count("Field") for sentence in found) <= 3 * len(found) * MOST_TARGETS


@pytest.mark.parametrize(
    ("language", "sentences", "answers"),
    [
        ("de-CH", "de", "de"),
        ("pt-BR", "pt", "pt-BR"),
        ("pt", "pt", "pt"),
        ("en-GB", "en", "en"),
        ("sv", "en", "en"),
    ],
)
def test_the_closest_language_is_spoken(language: str, sentences: str, answers: str) -> None:
    assert closest(language, LANGUAGES) == sentences
    assert closest(language, ANSWERED) == answers


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        ({}, "The sequence is running."),
        ({"instruction": "Autofocus"}, "The sequence is running: Autofocus."),
        ({"target": "M 31"}, "Imaging M 31."),
        ({"target": "M 31", "number": 3}, "Imaging M 31."),
        ({"target": "M 31", "filter": "Ha"}, "Imaging M 31 through Ha."),
        ({"target": "M 31", "number": 3, "total": 9}, "Imaging M 31. Frame 3 of 9."),
        (
            {"target": "M 31", "instruction": "Center"},
            "The target is M 31. The sequence is running: Center.",
        ),
    ],
)
def test_what_a_sequence_does_is_described(now: dict[str, Any], answer: str) -> None:
    shown = NowImaging(**{**now, "target": CurrentTarget(name=now.get("target"))})
    assert running(_english(), shown) == answer


@pytest.mark.parametrize(
    ("value", "text"), [(-10.04, "-10"), (-0.04, "0"), (1.66, "1.7"), (12.0, "12")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert _english().number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(29, "0 min"), (3570, "1 h 0 min"), (9000, "2 h 30 min")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert _english().duration(seconds) == text


def _english() -> VoiceTexts:
    """Return the English answers."""
    texts = read_object(FOLDER / "translations/en.json")["common"]
    own = {key.removeprefix(PREFIX): text for key, text in texts.items() if key.startswith(PREFIX)}
    return VoiceTexts("en", own)


def _answers_in_code() -> Counter[str]:
    """Return the texts that the code names, and those of its tables."""
    named = Counter(
        node.value
        for path in python_files(FOLDER / "voice")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return named + Counter([*UNKNOWN.values(), *AT_REST.values(), *Absence])


def test_every_answer_is_used() -> None:
    texts = read_object(FOLDER / "translations/en.json")["common"]
    keys = {key.removeprefix(PREFIX) for key in texts if key.startswith(PREFIX)}
    assert keys - _answers_in_code().keys() == set()


def test_every_answer_exists_and_is_filled_in_completely() -> None:
    texts = read_object(FOLDER / "translations/en.json")["common"]
    calls = [
        node
        for path in python_files(FOLDER / "voice")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("texts", "self", "asked.texts")
        and isinstance(node.args[0] if node.args else None, ast.Constant)
    ]
    assert len(calls) > 30
    for call in calls:
        key = call.args[0]
        assert isinstance(key, ast.Constant)
        wanted = {
            name for _, name, _, _ in Formatter().parse(texts[f"{PREFIX}{key.value!s}"]) if name
        }
        assert wanted == {keyword.arg for keyword in call.keywords}, key.value


@pytest.mark.parametrize("language", ANSWERED)
def test_answers_are_short_enough_to_be_heard(language: str) -> None:
    texts: dict[str, Any] = read_object(FOLDER / f"translations/{language}.json")["common"]
    spoken = {key: text for key, text in texts.items() if key.startswith(PREFIX)}
    assert {key: len(text) for key, text in spoken.items() if len(text) > LONGEST_ANSWER} == {}
