"""Times of day as a sequence knows them: by the clock, or by the sun."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.devices.rig import Rig

__all__ = ["TimeSource", "moment_of", "time_values"]

_HALF_A_DAY = timedelta(hours=12)


class TimeSource(StrEnum):
    """Where a time of day comes from."""

    CLOCK = "Time"
    SUNSET = "Sunset"
    DUSK = "Astronomical Dusk"
    DAWN = "Astronomical Dawn"
    SUNRISE = "Sunrise"


def time_values(hours: int = 0, minutes: int = 0, seconds: int = 0, offset: int = 0) -> Any:
    """Return the properties of a time of day; the offset is in minutes."""
    return {
        "Hours": hours,
        "Minutes": minutes,
        "Seconds": seconds,
        "MinutesOffset": offset,
        "SelectedProvider": {},
    }


def moment_of(rig: Rig, values: dict[str, Any], source: TimeSource) -> datetime:
    """Return the moment nearest to now at which a time of day is reached.

    By the sun the time of day is that of tonight and is written into the values.
    """
    now = rig.clock.now()
    if source is not TimeSource.CLOCK:
        sun = _by_the_sun(rig, source)
        values |= {"Hours": sun.hour, "Minutes": sun.minute, "Seconds": sun.second}
    moment = now.replace(
        hour=values["Hours"], minute=values["Minutes"], second=values["Seconds"], microsecond=0
    )
    moment += timedelta(minutes=values.get("MinutesOffset", 0))
    if moment - now > _HALF_A_DAY:
        moment -= timedelta(days=1)
    elif now - moment > _HALF_A_DAY:
        moment += timedelta(days=1)
    return moment


def _by_the_sun(rig: Rig, source: TimeSource) -> datetime:
    """Return a moment of the night under way or coming; without darkness, sunset or sunrise."""
    night = rig.site.night(rig.clock.now())
    if night is None:
        return rig.clock.now()
    moments = {
        TimeSource.SUNSET: night.sunset,
        TimeSource.DUSK: night.dusk or night.sunset,
        TimeSource.DAWN: night.dawn or night.sunrise,
        TimeSource.SUNRISE: night.sunrise,
    }
    return moments[source]
