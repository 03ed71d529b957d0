"""Local times of a computer of which the offset is known, but not when its clocks change."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# One zone of each rule by which clocks change, and of each offset under it.
_NAMES: Final = (
    *("Atlantic/Azores", "Europe/London", "Europe/Berlin", "Europe/Helsinki", "Africa/Cairo"),
    *("Asia/Jerusalem", "Asia/Beirut", "Africa/Casablanca", "America/Nuuk", "America/St_Johns"),
    *("America/Halifax", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Anchorage", "America/Adak", "America/Havana"),
    *("America/Santiago", "Pacific/Easter", "Australia/Sydney", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham"),
)
_DAY: Final = timedelta(days=1)


def _zones() -> Iterator[ZoneInfo]:
    """Yield the zones that this computer knows of."""
    for name in _NAMES:
        try:
            yield ZoneInfo(name)
        except ZoneInfoNotFoundError:
            continue


# Read when this is imported: files are not read in the event loop.
_CHANGING: Final = tuple(_zones())


def is_certain(local: datetime, zone: tzinfo, told: datetime | None) -> bool:
    """Return whether a local time is one moment, where the computer told `told` with its offset.

    The hour that comes twice is none, nor that which is left out. A zone whose clocks change about
    then is taken for the right one; where they do not, there may be others of that offset whose
    clocks do.
    """
    moment = local.replace(tzinfo=zone)
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        return False
    days = (moment - _DAY, moment + _DAY)
    if told is None or days[0].utcoffset() != days[1].utcoffset():
        return True
    near = (each for each in _CHANGING if told.astimezone(each).utcoffset() == told.utcoffset())
    return all(local.replace(tzinfo=each).utcoffset() == told.utcoffset() for each in near)
