"""Day, twilight, and night at a site, at any latitude and time of the year."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache, partial
from typing import Final

from astral import Observer  # type: ignore[import-untyped]  # Home Assistant ships it
from astral.sun import elevation  # type: ignore[import-untyped]  # see above

from .site import DAY, Site, next_noon

# The altitude of the sun in degrees above which each light begins, the darkest first. The last one is
# that of its center at sunrise.
LIMITS: Final = (-18.0, -12.0, -6.0, -0.833)
# Shorter spells than these, and shorter nights, may be missed; changes are found to the second.
STEP: Final = timedelta(minutes=10)
NIGHT_STEP: Final = timedelta(minutes=30)
HALVINGS: Final = 11
# Time that is shown before sunset and after sunrise, and on each side of a midnight without sunset.
MARGIN: Final = timedelta(minutes=20)
HALF_NIGHT: Final = timedelta(hours=6)


class Light(IntEnum):
    """How light it is, the darkest first."""

    NIGHT = 0
    ASTRONOMICAL = 1
    NAUTICAL = 2
    CIVIL = 3
    DAY = 4


@dataclass(frozen=True, slots=True)
class Spell:
    """A time with the same light."""

    light: Light
    start: datetime
    end: datetime


# The night and the sky ask for the same day, and the sun goes by two hundred positions in it.
@lru_cache(maxsize=8)
def spells(site: Site, start: datetime, end: datetime) -> tuple[Spell, ...]:
    """Return the light between two times, without gaps."""
    altitude_at = _altitude_of_the_sun(site)

    def light_at(moment: datetime) -> Light:
        altitude = altitude_at(moment)
        return Light(sum(altitude > limit for limit in LIMITS))

    return tuple(Spell(*each) for each in _spans(light_at, start, end, STEP))


def night_at(site: Site, noon: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last time to show of the night after a noon.

    That is from sunset to sunrise with a margin; the whole day if the sun stays down, and the hours
    around midnight if it stays up. It is quick enough for the event loop.
    """
    altitude_at = _altitude_of_the_sun(site)

    def is_night(moment: datetime) -> bool:
        return altitude_at(moment) <= LIMITS[-1]

    dark = [span for span in _spans(is_night, noon, noon + DAY, NIGHT_STEP) if span[0]]
    if not dark:
        return noon + DAY / 2 - HALF_NIGHT, noon + DAY / 2 + HALF_NIGHT
    return max(noon, dark[0][1] - MARGIN), min(noon + DAY, dark[-1][2] + MARGIN)


def _altitude_of_the_sun(site: Site) -> Callable[[datetime], float]:
    """Return a function that returns the altitude of the sun in degrees."""
    return partial(elevation, Observer(site.latitude, site.longitude), with_refraction=False)


def _spans[ValueT](
    value_at: Callable[[datetime], ValueT], start: datetime, end: datetime, step: timedelta
) -> Iterator[tuple[ValueT, datetime, datetime]]:
    """Yield the times between two others during which a value stays the same, without gaps."""
    since, before, value = start, start, value_at(start)
    while before < end:
        after = min(before + step, end)
        if (following := value_at(after)) != value:
            low, high = before, after
            for _ in range(HALVINGS):
                middle = low + (high - low) / 2
                if value_at(middle) == value:
                    low = middle
                else:
                    high = middle
            yield value, since, high
            since, value = high, value_at(high)
            # Another change may follow in the same step.
            before = high
            continue
        before, value = after, following
    if end > since:
        yield value, since, end


def tonight(site: Site, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last time to show of this night, by day of the next one."""
    noon = next_noon(now, site)
    start, end = night_at(site, noon - DAY)
    return (start, end) if now < end else night_at(site, noon)
