"""The words that fill placeholders, in the language of Home Assistant.

Home Assistant shows a text in the language of each user, but what fills it comes from here. Code
decides by readings and errors; these are their words, made where an error or an issue is raised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations

from ..api import (
    ApplicationTab,
    CameraState,
    CoverState,
    GuiderState,
    LiveStackState,
    ShutterState,
    SideOfPier,
    TrackingMode,
)
from ..const import DOMAIN
from ..errors import error_key

ENGLISH: Final = "en"

_SEEN: Final = f"component.{DOMAIN}.common.seen_"
_DURATION: Final = f"component.{DOMAIN}.common.duration_"
_DECIMAL_SEPARATOR: Final = f"component.{DOMAIN}.common.report_decimal_separator"

# Units of a duration, the largest first, with their seconds.
_UNITS: Final = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


class Seen(StrEnum):
    """States that readings show of a subject that has none of its own."""

    UNKNOWN = "unknown"
    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    NOT_CONNECTED = "not_connected"
    SLEWING = "slewing"
    NOT_SLEWING = "not_slewing"
    PARKED = "parked"
    NOT_PARKED = "not_parked"
    AT_HOME = "at_home"
    NOT_AT_HOME = "not_at_home"
    FOLLOWING = "following"
    NOT_FOLLOWING = "not_following"
    REVERSED = "reversed"
    NOT_REVERSED = "not_reversed"
    HEATER_ON = "heater_on"
    HEATER_OFF = "heater_off"
    PANEL_OFF = "panel_off"
    SEQUENCE_RUNNING = "sequence_running"
    SEQUENCE_NOT_RUNNING = "sequence_not_running"


# The states that have words, by what their keys begin with.
STATES: Final[Mapping[type[StrEnum], str]] = {
    Seen: "",
    ShutterState: "shutter_",
    CoverState: "cover_",
    CameraState: "camera_",
    GuiderState: "guider_",
    LiveStackState: "live_stack_",
    SideOfPier: "side_",
    TrackingMode: "tracking_",
    ApplicationTab: "tab_",
}
# States that say nothing.
_NOTHING: Final[Mapping[type[StrEnum], StrEnum]] = {
    ShutterState: ShutterState.NONE,
    CoverState: CoverState.UNKNOWN,
    CameraState: CameraState.NO_STATE,
    SideOfPier: SideOfPier.UNKNOWN,
}


class Degrees(float):
    """An angle that is shown with its unit."""


def flag(shown: bool | None, on: Seen, off: Seen) -> Seen | None:
    """Return what a flag of a reading shows."""
    return None if shown is None else on if shown else off


def key_of(state: StrEnum) -> str | None:
    """Return the key of the word for a state, without what all of them begin with."""
    if state is _NOTHING.get(type(state)):
        return Seen.UNKNOWN.value
    prefix = STATES.get(type(state))
    return None if prefix is None else f"{prefix}{state.value}"


@dataclass(frozen=True, slots=True)
class Words:
    """Words by key, in a language and in English; a word that is missing in both is its key."""

    own: Mapping[str, str] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)

    def of(self, reading: object) -> str:
        """Return a reading in words: a state, a number, or what N.I.N.A. or the user calls it."""
        if reading is None:
            return self.of(Seen.UNKNOWN)
        if isinstance(reading, StrEnum) and (key := key_of(reading)) is not None:
            return self._word(f"{_SEEN}{key}", reading.value.replace("_", " "))
        if isinstance(reading, float):
            shown = f"{reading:.2f}°" if isinstance(reading, Degrees) else str(reading)
            return shown.replace(".", self._word(_DECIMAL_SEPARATOR, "."))
        return str(reading)

    def duration(self, seconds: float) -> str:
        """Return a duration in its two largest units."""
        rest, counts = abs(round(seconds)), []
        for unit, size in _UNITS:
            count, rest = divmod(rest, size)
            counts.append((unit, count))
        first = next((index for index, (_, count) in enumerate(counts) if count), len(counts) - 1)
        shown = [each for each in counts[first : first + 2] if each[1]] or counts[-1:]
        return " ".join(self._count(unit, count) for unit, count in shown)

    def _count(self, unit: str, count: int) -> str:
        template = self._word(f"{_DURATION}{unit}", f"{{count}} {unit}")
        return template.replace("{count}", str(count))

    def _word(self, key: str, missing: str) -> str:
        return self.own.get(key) or self.english.get(key) or missing


@callback
def words(hass: HomeAssistant, language: str | None = None) -> Words:
    """Return the words of a language, by default that of Home Assistant, which has loaded them."""
    own, english = (
        async_get_cached_translations(hass, each, "common", DOMAIN)
        for each in (language or hass.config.language, ENGLISH)
    )
    return Words(own, english)


@callback
def error_in_words(hass: HomeAssistant, err: HomeAssistantError) -> str:
    """Return an error in the language of Home Assistant; like the English text, without a period."""
    domain, key, language = err.translation_domain, error_key(err), hass.config.language
    if domain is None or key is None or language == ENGLISH:
        return str(err)
    texts = async_get_cached_translations(hass, language, "exceptions", domain)
    template = texts.get(f"component.{domain}.exceptions.{key}.message")
    if not template:
        return str(err)
    try:
        return template.rstrip(".").format(**(err.translation_placeholders or {}))
    except LookupError, ValueError, AttributeError:
        # One with other placeholders.
        return str(err)
