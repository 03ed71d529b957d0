"""Local times of a computer with a known offset but unknown daylight saving rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# One zone for each rule of daylight saving, and for each offset under it.
_NAMES: Final = (
    *("Atlantic/Azores", "Europe/London", "Europe/Berlin", "Europe/Helsinki", "Africa/Cairo"),
    *("Asia/Jerusalem", "Asia/Beirut", "Africa/Casablanca", "America/Nuuk", "America/St_Johns"),
    *("America/Halifax", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Anchorage", "America/Adak", "America/Havana"),
    *("America/Santiago", "Pacific/Easter", "Australia/Sydney", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham"),
)
_DAY: Final = timedelta(days=1)
# Number of stretches of one offset to consider, the longest: a night has two at most.
_MOST_STRETCHES: Final = 100


def _zones() -> Iterator[ZoneInfo]:
    """Yield the zones in this computer's database."""
    for name in _NAMES:
        try:
            yield ZoneInfo(name)
        except ZoneInfoNotFoundError:
            continue


# Read when this is imported: files are not read in the event loop.
_CHANGING: Final = tuple(_zones())


def is_certain(local: datetime, zone: tzinfo, computer_time: datetime | None) -> bool:
    """Return whether a local time is unambiguous, given a time `computer_time` with its offset.

    The repeated hour is ambiguous, and so is the skipped one. A zone whose clocks change around that
    time is assumed to be right; if its clocks do not change, another zone of the same offset may.
    """
    moment = local.replace(tzinfo=zone)
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        return False
    days = (moment - _DAY, moment + _DAY)
    if computer_time is None or days[0].utcoffset() != days[1].utcoffset():
        return True
    near = (
        each
        for each in _CHANGING
        if computer_time.astimezone(each).utcoffset() == computer_time.utcoffset()
    )
    return all(local.replace(tzinfo=each).utcoffset() == moment.utcoffset() for each in near)


def zone_at(computer_time: datetime | None, likely: tzinfo | None) -> tzinfo | None:
    """Return the zone of a computer that sent a time with its offset; None without one.

    If the `likely` zone has that offset, prefer it: it includes the daylight saving rule.
    """
    if computer_time is None or likely is None:
        return None if computer_time is None else computer_time.tzinfo
    return (
        likely
        if computer_time.astimezone(likely).utcoffset() == computer_time.utcoffset()
        else computer_time.tzinfo
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """The local clock of a computer: the zones that it may be in."""

    zones: tuple[tzinfo, ...] = (UTC,)

    @classmethod
    def of(cls, times: Iterable[datetime], likely: tzinfo | None = None) -> Self:
        """Return the clock for times that were sent with their offsets.

        It includes the zones that match most of them, or the `likely` zone alone if it is among those.
        """
        stretches = _stretches(times)
        if not stretches:
            return cls()
        fixed = stretches[0][0].tzinfo or UTC
        score = {zone: _score(stretches, zone) for zone in (likely, fixed, *_CHANGING) if zone}
        best = max(score.values())
        if likely is not None and score[likely] == best:
            return cls((likely,))
        return cls(tuple(zone for zone, found in score.items() if found == best))

    def at(self, moment: datetime) -> datetime:
        """Return a time in the zone of this clock; in UTC if that is ambiguous."""
        shown = [moment.astimezone(zone) for zone in self.zones]
        certain = len({each.utcoffset() for each in shown}) == 1
        return shown[0] if certain else moment.astimezone(UTC)


def _stretches(times: Iterable[datetime]) -> list[tuple[datetime, datetime, int]]:
    """Return first, last and number of times in a row with one offset, the longest rows first."""
    rows = [list(row) for _, row in groupby(sorted(times), datetime.utcoffset)]
    longest = sorted(rows, key=len, reverse=True)[:_MOST_STRETCHES]
    return [(row[0], row[-1], len(row)) for row in longest]


def _score(stretches: Iterable[tuple[datetime, datetime, int]], zone: tzinfo) -> int:
    """Return the number of times that match a zone."""
    return sum(
        number
        for first, last, number in stretches
        if all(each.astimezone(zone).utcoffset() == each.utcoffset() for each in (first, last))
    )
