"""The plot of the sky: altitudes of the planned targets and the moon over a night."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

from ..readings.twilight import Light
from .axes import Axis, Tick, time_axis
from .light import draw_light
from .look import Look
from .panel import Panel, Shape
from .plate import Entry, Mark, Plate, cut
from .sky_data import Curve, Point, SkyView, Slot
from .style import ALARM, CYCLE, PANEL, TEXT, Color, mix
from .texts import Texts

_MOON: Final[Color] = (214, 208, 178)
_LIMIT: Final[Color] = ALARM
_COLORS: Final[tuple[Color, ...]] = (*CYCLE, (196, 160, 255))
# Steps of altitudes in degrees.
_STEPS: Final = (15, 30, 45, 90)
# Share of the color of a curve while its target is not planned.
_FAINT: Final = 0.6
_LEGEND_LINES: Final = 3
# The widest name in the legend in shares of the width of the plate.
_WIDEST_NAME: Final = 0.19


def draw_no_sky(look: Look, *, is_read: bool) -> bytes:
    """Return a plate instead of the plot while no site is known; `is_read` is whether the profile is."""
    plate = Plate(look)
    plate.heading(look.texts("sky"), None)
    why = "sky_no_site_why" if is_read else "guiding_unreachable"
    plate.empty(look.texts("sky_no_site"), look.texts(why))
    return plate.png()


def draw_sky(view: SkyView, look: Look, data_at: datetime | None) -> bytes:
    """Return the plot of the sky as a PNG."""
    texts, plate = look.texts, Plate(look)
    plate.heading(texts("sky"), data_at)
    plate.captions(*_captions(view, texts))
    size = plate.size()
    entries = (
        replace(each, name=cut(each.name, size, plate.width * _WIDEST_NAME))
        for each in _legend(view, texts)
    )
    plate.legend(*entries, lines=_LEGEND_LINES)
    across = time_axis(view.start.timestamp(), view.end.timestamp(), texts)
    altitude = Axis(low=0, high=90, name=texts("sky_altitude"), ticks=lambda n: _ticks(n, texts))
    (panel,) = plate.panels(across, altitude)
    draw_light(panel, view.light)
    _draw_limits(panel, view)
    panel.line(_timed(view.moon), _MOON, width=1.6, dashed=True)
    for curve, color in zip(view.curves, _COLORS, strict=False):
        _draw_curve(panel, curve, color, view.now)
    if view.start < view.now < view.end:
        panel.vertical(view.now.timestamp(), TEXT, width=1.2)
    return plate.png()


def _captions(view: SkyView, texts: Texts) -> list[str | None]:
    """Return when it is dark, the phase of the moon, and how many targets are not shown."""
    dark = [each for each in view.light if each.light is Light.NIGHT]
    hidden = [curve.target.name for curve in view.curves if not curve.rises]
    phase = "sky_waxing" if view.phase.waxing else "sky_waning"
    if dark and len(view.light) == 1:
        told = texts("sky_always_dark")
    elif dark:
        told = texts("sky_dark", start=texts.clock(dark[0].start), end=texts.clock(dark[-1].end))
    else:
        told = texts("sky_not_dark")
    return [
        told,
        texts(phase, percent=texts.number(100 * view.phase.illuminated)),
        None if view.curves else texts("sky_no_targets"),
        texts("sky_never_rises", names=", ".join(hidden)) if hidden else None,
        texts("sky_left_out", count=view.left_out) if view.left_out else None,
    ]


def _legend(view: SkyView, texts: Texts) -> list[Entry]:
    """Return the legend: the targets, the moon, and what is marked."""
    entries = [
        Entry(curve.target.name, color, Shape.CIRCLE if curve.target.current else Mark.LINE)
        for curve, color in zip(view.curves, _COLORS, strict=False)
        if curve.rises
    ]
    entries.append(Entry(texts("sky_moon"), _MOON, Mark.DASHES))
    if any(curve.target.minimum_altitude for curve in view.curves):
        entries.append(Entry(texts("sky_minimum"), _LIMIT, Mark.DASHES))
    if any(altitude > 0 for curve in view.curves for _, altitude in curve.transits):
        entries.append(Entry(texts("sky_meridian"), TEXT, Shape.TRIANGLE))
    return entries


def _ticks(most: int, texts: Texts) -> list[Tick]:
    """Return the ticks of altitudes."""
    step = next((each for each in _STEPS if 90 / each <= most), _STEPS[-1])
    return [Tick(each, texts.number(each)) for each in range(0, 91, step)]


def _draw_limits(panel: Panel, view: SkyView) -> None:
    """Draw the minimum altitude: of all targets, or during the times of each."""
    shared = view.minimum_altitude
    if shared is not None:
        panel.horizontal(shared, _LIMIT, dashed=True)
        return
    for curve in view.curves:
        if (limit := curve.target.minimum_altitude) is not None:
            for start, end in curve.target.slots:
                ends = ((start.timestamp(), limit), (end.timestamp(), limit))
                panel.line(ends, _LIMIT, width=1.5, dashed=True)


def _draw_curve(panel: Panel, curve: Curve, color: Color, now: datetime) -> None:
    """Draw a target: bold while it is planned, with its meridian, and where it is now."""
    only = curve.target.current and not curve.target.slots
    panel.line(_timed(curve.points), color if only else mix(PANEL, color, _FAINT), width=1.8)
    for slot in curve.target.slots:
        panel.line(_timed(_during(curve.points, slot)), color, width=3.6)
    panel.markers(_timed(curve.transits), color, shape=Shape.TRIANGLE, size=5)
    if curve.target.current:
        panel.markers(_timed(_during(curve.points, (now, now))), color, size=5.5)


def _during(points: Sequence[Point], slot: Slot) -> list[Point]:
    """Return the part of a curve during a time."""
    start, end = slot
    within = [point for point in points if start < point[0] < end]
    first, last = _at(points, start), _at(points, end)
    ends = [] if last is None or end == start else [last]
    return [*([] if first is None else [first]), *within, *ends]


def _at(points: Sequence[Point], moment: datetime) -> Point | None:
    """Return a point of a curve between those that were computed; None outside of them."""
    for (before, one), (after, other) in pairwise(points):
        if before <= moment <= after:
            share = (moment - before) / (after - before)
            return moment, one + (other - one) * share
    return None


def _timed(points: Iterable[Point]) -> list[tuple[float, float]]:
    return [(moment.timestamp(), value) for moment, value in points]
