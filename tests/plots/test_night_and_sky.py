"""Nights and skies of any kind are drawn: long and short ones, odd values, and captured ones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
import math
from pathlib import Path
from typing import Any

import orjson
from PIL import Image
import pytest

from custom_components.nina_observatory.api import EventType, Frame, ImageType, decode
from custom_components.nina_observatory.api.events.decoder import EventDecoder
from custom_components.nina_observatory.plots.night import draw_night
from custom_components.nina_observatory.plots.night_data import night_view
from custom_components.nina_observatory.plots.style import MUTED, PANEL, filter_colors, mix
from custom_components.nina_observatory.readings.night_marks import (
    CONNECTION_FOUND,
    CONNECTION_LOST,
    UNSAFE,
    Mark,
)
from custom_components.nina_observatory.readings.site import Site

from .nights import (
    BODE,
    HAMBURG,
    LONGYEARBYEN,
    MARKS,
    NEEDLE,
    THOUSANDS,
    after,
    frames,
    mark,
    night,
    no_sky,
    sky,
    target,
)
from .samples import look
from .test_odd_data import colors

NEW_YORK = Site(latitude=40.7, longitude=-74.0)
LONG = "A name <b>of</b> a target\nthat goes on and on " * 20


def drawn(data: bytes) -> Image.Image:
    """Return a picture in memory."""
    with Image.open(BytesIO(data)) as picture:
        return picture.convert("RGB")


@pytest.mark.parametrize(
    "taken",
    [
        frames(1),
        frames(2, seconds=0.001),
        frames(2, seconds=80_000),
        [replace(each, exposure_time=None) for each in frames(5)],
        [replace(each, hfr=math.nan, rms_text="Tot: NaN") for each in frames(5)],
        [replace(each, hfr=2.0, rms_text=None) for each in frames(5)],
        [replace(each, hfr=None) for each in frames(5)],
        [replace(each, filter=LONG, target_name=LONG) for each in frames(5)],
        [replace(each, filter=None, target_name=None) for each in frames(5)],
        [replace(each, date=after(2)) for each in frames(5)],
    ],
)
def test_odd_frames(taken: Sequence[Frame]) -> None:
    """Whatever is unknown is left out, and nothing else."""
    marks = [*MARKS, *(Mark(kind=EventType.GUIDER_DITHERED, at=after(0)) for _ in range(500))]
    for site in (HAMBURG, LONGYEARBYEN, None):
        assert drawn(night(taken, marks, site)(look(400))).size == (400, 225)


def test_thousands_of_frames_through_forty_filters() -> None:
    """The rows of filters stay apart, and the others share one."""
    shown = colors(night(THOUSANDS)(look(1600)))
    names = sorted({each.filter or "" for each in THOUSANDS})
    ways = filter_colors(names)
    assert len({ways[name] for name in names} & shown) >= 6


def test_a_cloud_does_not_flatten_the_night() -> None:
    """One frame of hundreds with ten times the HFR leaves the scale as it is."""
    usual = frames(100)
    cloudy = [*usual[:50], replace(usual[50], hfr=25.0), *usual[51:]]
    one, other = (drawn(night(each)(look())) for each in (usual, cloudy))
    left = (0, 120, 40, 250)
    assert one.crop(left).tobytes() == other.crop(left).tobytes()
    assert one.tobytes() != other.tobytes()


def test_unsafe_is_shown_above_everything_else() -> None:
    """Also where the connection was lost at the same time."""
    lost = [mark(CONNECTION_LOST, 4), mark(CONNECTION_FOUND, 8)]
    gray = mix(PANEL, MUTED, 0.45)
    counts = [
        {color: count for count, color in found or ()}[gray]
        for found in (
            drawn(night(frames(3), marks)(look())).getcolors(2**24)
            for marks in (lost, [*lost, mark(UNSAFE, 4)])
        )
    ]
    # What is left is in the legend.
    assert counts[1] < counts[0] / 20


@pytest.mark.parametrize(
    "targets",
    [
        [],
        [target(LONG, (10, 40), (1, 2), 30.0)],
        [target("x", (math.nan, 40), (1, 2)), target("y", (10, math.inf), (1, 2))],
        [target(f"T{number}", (number, 0.5 * number), (0, 1), number) for number in range(90)],
        [target("pole", (0, 90), (0, 9)), target("zenith", (140, 53.55), (0, 9), 90.0)],
        [replace(BODE, slots=(), current=True)],
        [replace(NEEDLE, slots=((after(-9), after(30)),))],
    ],
)
def test_odd_targets(targets: Any) -> None:
    for site in (HAMBURG, LONGYEARBYEN):
        for now in (after(-9), after(3), datetime(2026, 6, 21, 22, tzinfo=UTC)):
            assert drawn(sky(targets, site, now)(look(400))).size == (400, 225)


def test_why_there_is_no_sky() -> None:
    """A profile without a site is another reason than one that was never read."""
    assert no_sky(is_read=True)(look()) != no_sky(is_read=False)(look())


def test_the_present_moves() -> None:
    one, same, other = (sky([BODE], now=after(hours))(look()) for hours in (3, 3, 3.3))
    assert one == same != other


def captured(fixtures: Path, name: str) -> tuple[list[Frame], list[Mark]]:
    """Return the light frames and the marks of a captured night."""
    listed, happened = (
        orjson.loads((fixtures / f"{name}_{kind}.json").read_bytes())["Response"]
        for kind in ("image_history_all", "event_history")
    )
    frames = (decode(Frame, each) for each in listed)
    marks = (Mark.of(event) for event in EventDecoder().history(happened))
    return (
        [each for each in frames if each.image_type is ImageType.LIGHT],
        [each for each in marks if each is not None],
    )


def test_a_captured_night(fixtures: Path) -> None:
    """Frames through four filters, with dithers, runs of the autofocus, and a short wait."""
    taken, marks = captured(fixtures, "imaging_guiding")
    view = night_view(taken, marks, NEW_YORK, datetime.now(UTC))
    assert view is not None
    kinds = Counter(each.kind.value for each in view.happenings)
    assert kinds == {"autofocus": 5, "dither": 12, "filter": 3}
    assert [shade.kind.value for shade in view.shades] == ["wait"]
    assert (len(view.bars), view.filters) == (len(taken), ("B", "H", "O", "S"))
    assert view.light[4].start < view.bars[0].start < view.bars[-1].end < view.light[4].end
    assert drawn(draw_night(view, look())).size == (800, 450)


@pytest.mark.parametrize("name", ["flats_at_dusk", "scheduler_waiting"])
def test_a_captured_evening_without_light_frames(fixtures: Path, name: str) -> None:
    """Flats are no night, nor is a wait."""
    taken, marks = captured(fixtures, name)
    assert night_view(taken, marks, NEW_YORK, datetime.now(UTC)) is None
