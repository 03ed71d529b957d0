"""The present in one line, the exposure under way, and the sky above."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import DEGREE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from ..api import one_line
from ..const import DOMAIN
from ..entities.source import IMAGING, SKY
from ..helpers.devices import HubPart
from ..readings.now_imaging import NowImaging
from ..readings.sequence import SequenceState
from ..readings.sky import Sky
from ..runtime import NinaRuntimeData
from .description import NinaSensorDescription

# Characters of a name that the line shows: no name hides what comes after it.
LONGEST_NAME: Final = 60
_TEXTS: Final = f"component.{DOMAIN}.entity.sensor"


class _Words:
    """Words of the line in the language of Home Assistant; without them, symbols."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)

    def _text(self, key: str, otherwise: str) -> str:
        return self._texts.get(f"{_TEXTS}.{key}", otherwise)

    def state(self, state: SequenceState) -> str:
        """Return the name of a state of the sequence."""
        return self._text(f"sequence_state.state.{state.value}", state.value)

    def exposure(self, number: int | None, total: int | None) -> str | None:
        """Return the number of a frame, with that of all frames if it is known."""
        if number is None:
            return None
        if total is None:
            text = self._text("now_imaging.state_attributes.exposure.state.number", "{number}")
            return text.format(number=number)
        text = self._text("now_imaging.state_attributes.exposure.state.part", "{number}/{total}")
        return text.format(number=number, total=total)

    def until(self, end: datetime | None) -> str | None:
        """Return the local time of an end, to the minute."""
        if end is None:
            return None
        text = self._text("now_imaging.state_attributes.until.state.time", "→ {time}")
        return text.format(time=f"{dt_util.as_local(end):%H:%M}")


def line_of(hass: HomeAssistant, now: NowImaging) -> str | None:
    """Return the present as one line; None if it is unknown."""
    if now.state is None:
        return None
    words = _Words(hass)
    exposure = words.exposure(now.number, now.total)
    activity = _name(now.instruction)
    if now.state is not SequenceState.RUNNING or not (now.target.name or exposure or activity):
        activity = words.state(now.state)
    parts = (
        _name(now.target.name),
        _name(now.filter),
        exposure,
        activity,
        words.until(now.until),
    )
    return " · ".join(part for part in parts if part)


def _shown_of(data: NinaRuntimeData) -> object:
    """Return what the line depends on."""
    now, language = data.present.now, data.equipment.hass.config.language
    until = None if now.until is None else now.until.replace(second=0, microsecond=0)
    shown = (now.target.name, now.filter, now.number, now.total, now.instruction)
    return now.state, shown, until, language


def _name(name: str | None) -> str | None:
    """Return a name in N.I.N.A. as a part of the line."""
    return None if name is None else one_line(name, LONGEST_NAME)


def _of_how_many(data: NinaRuntimeData) -> str | None:
    """Return what follows the number of an exposure: "/ 10".

    As a unit it keeps the state a number, for conditions and curves, and each exposure out of the
    logbook, which *Frame saved* is in.
    """
    total = data.present.now.total
    return None if total is None else f"/ {total}"


def _numbers(data: NinaRuntimeData) -> Mapping[str, Any]:
    now = data.present.now
    return {"total": now.total, "filter": now.filter}


def _moon(data: NinaRuntimeData) -> int | None:
    """Return the degrees between target and moon; None without the coordinates of a target."""
    target = data.present.now.target
    if target.right_ascension is None or target.declination is None:
        return None
    return round(data.sky.moon_separation(target.right_ascension, target.declination))


PRESENT_SENSORS: Final = (
    NinaSensorDescription[NinaRuntimeData](
        key="now_imaging",
        translation_key="now_imaging",
        source=IMAGING,
        value_fn=lambda data: line_of(data.equipment.hass, data.present.now),
        part_fn=_shown_of,
    ),
    NinaSensorDescription[NinaRuntimeData](
        key="current_exposure",
        translation_key="current_exposure",
        device=HubPart.SEQUENCE,
        source=IMAGING,
        native_unit_of_measurement="/ ?",
        value_fn=lambda data: data.present.now.number,
        unit_fn=_of_how_many,
        attributes_fn=_numbers,
    ),
    NinaSensorDescription[NinaRuntimeData](
        key="moon_separation",
        translation_key="moon_separation",
        device=HubPart.IMAGING,
        source=IMAGING,
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=_moon,
    ),
)


# Known by day as well, when N.I.N.A. is closed and people look.
SKY_SENSORS: Final = (
    NinaSensorDescription[Sky](
        key="next_dusk",
        translation_key="next_dusk",
        source=SKY,
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda sky: sky.darkness.dusk,
    ),
    NinaSensorDescription[Sky](
        key="next_dawn",
        translation_key="next_dawn",
        source=SKY,
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda sky: sky.darkness.dawn,
    ),
)
