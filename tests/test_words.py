"""What fills the placeholders of texts: words of the translations, in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceNotFound
import pytest

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.api import (
    CoverState,
    GuiderState,
    Role,
    ShutterState,
    SideOfPier,
    TrackingMode,
)
from custom_components.nina_observatory.api.models.enums import Unknown
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.control.commands.mount import MountKey
from custom_components.nina_observatory.errors import NoAnswerError, NotDoneError, Reason
from custom_components.nina_observatory.helpers.words import (
    STATES,
    Degrees,
    Seen,
    Words,
    error_in_words,
    key_of,
    words,
)
from scripts._checks.files import calls, python_files, read_object
from simulator import Observatory

from .commanding import answer
from .conftest import entry_with

FOLDER = Path(integration.__file__).parent
# What makes errors of words for their placeholders, or issues.
FILLED_BY = {
    "TransientError",
    "EndedError",
    "NotDoneError",
    "RefusedError",
    "TooOldError",
    "Finding",
}
# What is no text: names of fields, and keys of texts.
AS_WRITTEN = {"field", "key"}
# Where they are among the arguments of what raises an issue.
PLACEHOLDERS = 4
LITERAL = re.compile(r"[^\W\d_]{3,}")


def texts(language: str) -> dict[str, str]:
    """Return the words of a language, as Home Assistant returns them."""
    common = read_object(FOLDER / f"translations/{language}.json")["common"]
    return {f"component.{DOMAIN}.common.{key}": text for key, text in common.items()}


ENGLISH, GERMAN, FRENCH = (Words(texts(each), texts("en")) for each in ("en", "de", "fr"))


def test_every_state_has_a_word_and_every_word_a_state() -> None:
    keys = {f"seen_{key_of(state)}" for kind in STATES for state in kind}
    known = read_object(FOLDER / "translations/en.json")["common"]
    assert {key for key in known if key.startswith("seen_")} == keys


@pytest.mark.parametrize(
    ("reading", "english", "german"),
    [
        (None, "unknown", "unbekannt"),
        (Seen.NOT_PARKED, "not parked", "nicht geparkt"),
        (ShutterState.CLOSED, "closed", "geschlossen"),
        (ShutterState.NONE, "unknown", "unbekannt"),
        (CoverState.NOT_PRESENT, "not present", "nicht vorhanden"),
        (GuiderState.LOST_LOCK, "star lost", "Stern verloren"),
        (TrackingMode.KING, "king", "King"),
        (SideOfPier.UNKNOWN, "unknown", "unbekannt"),
        (-9.5, "-9.5", "-9,5"),
        (50000, "50000", "50000"),
        (Degrees(1.234), "1.23°", "1,23°"),
        # What N.I.N.A. or the user calls it, also where it is the same as a state.
        (Unknown("Ajar"), "Ajar", "Ajar"),
        ("open", "open", "open"),
        ("2.5nm", "2.5nm", "2.5nm"),
    ],
)
def test_readings(reading: object, english: str, german: str) -> None:
    assert (ENGLISH.of(reading), GERMAN.of(reading)) == (english, german)


def test_a_word_that_is_missing_is_english() -> None:
    """A language without the word has the English one, and without any texts there is still one."""
    assert Words({}, texts("en")).of(GuiderState.LOST_LOCK) == "star lost"
    assert (Words().of(Seen.NOT_PARKED), Words().of(1.5)) == ("not parked", "1.5")
    assert Words().duration(60) == "1 minutes"


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "0 s", "0 s"),
        (61, "1 min 1 s", "1 min 1 s"),
        (-120, "2 min", "2 min"),
        (3600, "1 h", "1 h"),
        (3 * 3600 + 65, "3 h 1 min", "3 h 1 min"),
        (86400 * 3 + 7200, "3 d 2 h", "3 j 2 h"),
        (86400 + 59, "1 d", "1 j"),
    ],
)
def test_durations(seconds: int, english: str, french: str) -> None:
    assert (ENGLISH.duration(seconds), FRENCH.duration(seconds)) == (english, french)


def literals(node: ast.AST) -> Iterator[str]:
    """Yield the words in what fills a placeholder; keys are the names of placeholders."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from LITERAL.findall(node.value)
    inner = ast.iter_child_nodes(node)
    if isinstance(node, ast.Dict):
        inner = iter(node.values)
    elif isinstance(node, ast.Subscript):
        inner = iter([node.value])
    for each in inner:
        yield from literals(each)


def fillings() -> Iterator[tuple[str, ast.AST]]:
    """Yield what fills placeholders, and what commands say that a reading shows."""
    for path in python_files(FOLDER):
        for node in calls(path):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            where = f"{path.name}:{node.lineno}"
            for keyword in node.keywords:
                filled = name in FILLED_BY and keyword.arg not in AS_WRITTEN
                if filled or keyword.arg in {"translation_placeholders", "reads"}:
                    yield where, keyword.value
            if name == "async_raise_issue" and len(node.args) > PLACEHOLDERS:
                yield where, node.args[PLACEHOLDERS]


def test_nothing_is_filled_with_an_english_word() -> None:
    found = [*fillings()]
    assert len(found) > 100
    assert [(where, word) for where, node in found for word in literals(node)] == []


async def test_errors_in_german(hass: HomeAssistant, observatory: Observatory) -> None:
    """An error, one that tells of it, and one of Home Assistant, after set-up in German alone."""
    hass.config.language = "de"
    observatory.dome.can_turn = False
    async with entry_with(hass, observatory) as entry:
        for device in observatory.devices:
            device.refresh()
        response = await answer(hass, entry, "start_up")
        steps = {step["step"]: step for step in response["steps"]}
        message = steps["unpark_mount"]["message"]
        assert message.startswith("Die Montierung wurde nicht bewegt")
        assert "Sein Zustand: geschlossen." in message

    seen = words(hass).of(Seen.PARKED)
    silent = NoAnswerError(MountKey.PARK_MOUNT, Role.MOUNT, seen=seen, age=4.0)
    assert "4 s): geparkt." in error_in_words(hass, silent)
    nested = NotDoneError(Reason.SECURE_FAILED, reason=error_in_words(hass, silent))
    assert error_in_words(hass, nested).startswith("Die Sternwarte")
    # With other placeholders, of another integration, and without a text.
    assert error_in_words(hass, NotDoneError(Reason.SECURE_FAILED)) == str(
        NotDoneError(Reason.SECURE_FAILED)
    )
    for err in (ServiceNotFound("a", "b"), HomeAssistantError("Full")):
        assert error_in_words(hass, err) == str(err)
    hass.config.language = "en"
    assert error_in_words(hass, silent) == str(silent)
