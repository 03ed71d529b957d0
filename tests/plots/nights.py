"""What the plots of a night and of the sky are drawn from in tests: made up, and captured."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import math
import random
from typing import Final

from custom_components.nina_observatory.api import EventType, Frame, ImageType
from custom_components.nina_observatory.plots.look import Look
from custom_components.nina_observatory.plots.night import draw_night
from custom_components.nina_observatory.plots.night_data import night_view
from custom_components.nina_observatory.plots.sky import draw_no_sky, draw_sky
from custom_components.nina_observatory.plots.sky_data import SkyTarget, sky_view
from custom_components.nina_observatory.readings.night_marks import (
    CONNECTION_FOUND,
    CONNECTION_LOST,
    SAFE,
    UNSAFE,
    Mark,
)
from custom_components.nina_observatory.readings.site import Site

type Drawn = Callable[[Look], bytes]

HAMBURG: Final = Site(latitude=53.55, longitude=9.99)
CAPE_TOWN: Final = Site(latitude=-33.93, longitude=18.42)
LONGYEARBYEN: Final = Site(latitude=78.22, longitude=15.65)
DUSK: Final = datetime(2026, 2, 24, 18, 50, tzinfo=UTC)
DAWN: Final = DUSK + timedelta(hours=12)


def after(hours: float) -> datetime:
    """Return a time so many hours after dusk."""
    return DUSK + timedelta(hours=hours)


def frames(
    count: int,
    *,
    seconds: float = 300.0,
    filters: Sequence[str] = ("L", "R", "G", "B", "Ha"),
    targets: Sequence[str] = ("M 81", "NGC 4565"),
) -> list[Frame]:
    """Return light frames in a row, the same in every run, with a pause for clouds."""
    chance = random.Random(17)
    taken = []
    for number in range(count):
        hours = number * (seconds + 5) / 3600
        hours += 0.7 if hours > 3 else 0
        hfr, rms = 2.2 + 0.3 * math.sin(hours) + chance.gauss(0, 0.06), chance.gauss(0.6, 0.07)
        taken.append(
            Frame(
                date=after(hours + seconds / 3600),
                filename=f"{number}.fits",
                image_type=ImageType.LIGHT,
                filter=filters[number // 8 % len(filters)],
                target_name=targets[number * len(targets) // count],
                exposure_time=seconds,
                hfr=hfr,
                rms_text=f'Tot: 0.4 ({rms:.2f}")',
            )
        )
    return taken


def mark(kind: str, hours: float) -> Mark:
    """Return something that happened so many hours after dusk."""
    return Mark(kind=kind, at=after(hours))


MIDNIGHT: Final = after(3)
MARKS: Final = (
    mark(UNSAFE, -0.6),
    mark(SAFE, -0.2),
    *(mark(EventType.AUTOFOCUS_STARTED, hours) for hours in (0.05, 2.0)),
    mark(EventType.AUTOFOCUS_FINISHED, 2.05),
    mark(UNSAFE, 3.05),
    mark(SAFE, 3.7),
    mark(EventType.MERIDIAN_FLIP_STARTED, 4.2),
    mark(CONNECTION_LOST, 5.4),
    mark(CONNECTION_FOUND, 5.6),
    mark(EventType.SCHEDULER_WAIT_STARTED, 7.9),
    *(mark(EventType.GUIDER_DITHERED, number / 6) for number in range(44)),
)


def night(
    taken: Sequence[Frame],
    marks: Sequence[Mark] = (),
    site: Site | None = HAMBURG,
    now: datetime = DAWN,
) -> Drawn:
    """Return the drawing of a night."""
    return lambda look: draw_night(night_view(taken, marks, site, now), look)


def target(
    name: str,
    place: tuple[float, float],
    slot: tuple[float, float] | None,
    minimum_altitude: float | None = None,
) -> SkyTarget:
    """Return a target with its planned hours after dusk."""
    slots = () if slot is None else ((after(slot[0]), after(slot[1])),)
    return SkyTarget(
        name=name,
        right_ascension=place[0],
        declination=place[1],
        slots=slots,
        minimum_altitude=minimum_altitude,
    )


ORION: Final = target("M 42", (83.8, -5.4), (0, 2), 25.0)
BODE: Final = target("M 81", (148.9, 69.07), (2, 5), 25.0)
NEEDLE: Final = target("NGC 4565", (189.1, 25.99), (5, 9), 25.0)
CARINA: Final = target("NGC 3372", (161.3, -59.7), (3, 4), 25.0)


def sky(targets: Sequence[SkyTarget], site: Site = HAMBURG, now: datetime = MIDNIGHT) -> Drawn:
    """Return the drawing of the sky."""
    return lambda look: draw_sky(sky_view(site, targets, now), look, now)


def no_sky(*, is_read: bool) -> Drawn:
    """Return the drawing instead of one without a site."""
    return lambda look: draw_no_sky(look, is_read=is_read)


THOUSANDS: Final = frames(
    3000,
    seconds=8,
    filters=[f"Filter {number}" for number in range(40)],
    targets=[f"Target {number}" for number in range(300)],
)

# The pictures that are stored, by name.
PICTURES: Final[dict[str, Drawn]] = {
    "night": night(frames(84), MARKS),
    "night_begun": night(frames(30), MARKS[:5], now=after(2.6)),
    "night_thousands": night(THOUSANDS, MARKS),
    "night_without_site": night(frames(20), MARKS, site=None),
    "night_empty": night(()),
    "sky": sky([ORION, replace(BODE, current=True), NEEDLE, CARINA]),
    "sky_south": sky([CARINA, replace(ORION, minimum_altitude=40.0)], CAPE_TOWN),
    "sky_polar": sky([BODE], LONGYEARBYEN, datetime(2026, 6, 21, 22, tzinfo=UTC)),
    "sky_no_targets": sky([]),
    "sky_no_site": no_sky(is_read=True),
}
