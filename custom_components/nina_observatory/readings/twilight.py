"""Day, twilight, and night at a site, at any latitude and time of the year."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Final

from astral import Observer  # type: ignore[import-untyped]  # Home Assistant ships it
from astral.sun import elevation  # type: ignore[import-untyped]  # see above

from .site import DAY, Site, next_noon

# The altitude of the sun in degrees above which each light begins, the darkest first. The last one is
# that of its center at sunrise.
LIMITS: Final = (-18.0, -12.0, -6.0, -0.833)
# Shorter spells than this may be missed; changes are found to the second.
STEP: Final = timedelta(minutes=10)
HALVINGS: Final = 10
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
    observer = Observer(site.latitude, site.longitude)

    def light_at(moment: datetime) -> Light:
        altitude: float = elevation(observer, moment, with_refraction=False)
        return Light(sum(altitude > limit for limit in LIMITS))

    found: list[Spell] = []
    since, before, light = start, start, light_at(start)
    while before < end:
        after = min(before + STEP, end)
        if (following := light_at(after)) != light:
            low, high = before, after
            for _ in range(HALVINGS):
                middle = low + (high - low) / 2
                if light_at(middle) == light:
                    low = middle
                else:
                    high = middle
            found.append(Spell(light, since, high))
            since, light = high, light_at(high)
            # Another light may follow in the same step.
            before = high
            continue
        before, light = after, following
    return (*found, Spell(light, since, end)) if end > since else tuple(found)


def night_at(site: Site, noon: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last time to show of the night after a noon.

    That is from sunset to sunrise with a margin; the whole day if the sun stays down, and the hours
    around midnight if it stays up.
    """
    dark = [each for each in spells(site, noon, noon + DAY) if each.light is not Light.DAY]
    if not dark:
        return noon + DAY / 2 - HALF_NIGHT, noon + DAY / 2 + HALF_NIGHT
    return max(noon, dark[0].start - MARGIN), min(noon + DAY, dark[-1].end + MARGIN)


def tonight(site: Site, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last time to show of this night, by day of the next one."""
    noon = next_noon(now, site)
    start, end = night_at(site, noon - DAY)
    return (start, end) if now < end else night_at(site, noon)
