"""The plot of a night: frames by filter and target, their quality, and what happened in between."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import fmean, median
from typing import Final

from .axes import Axis, Tick, finite, number_axis, time_axis
from .light import draw_light
from .look import Look
from .night_data import (
    Happening,
    HappeningKind,
    Lanes,
    NightView,
    Point,
    ShadeKind,
    filled,
    lanes,
    thinned,
)
from .panel import Panel, Shape, draw_marker
from .plate import Entry, Mark, Plate, cut, width_of
from .style import ACCENT, ALARM, CYCLE, MUTED, PANEL, TEXT, WARNING, Color, filter_colors, mix
from .texts import Texts

_HFR: Final[Color] = ACCENT
_RMS: Final[Color] = WARNING
_TARGETS: Final[Color] = (120, 134, 156)
_SHADES: Final[Mapping[ShadeKind, Color]] = {
    ShadeKind.WAIT: CYCLE[3],
    ShadeKind.NO_CONNECTION: MUTED,
    ShadeKind.UNSAFE: ALARM,
}
_HAPPENINGS: Final[Mapping[HappeningKind, tuple[Color, Shape]]] = {
    HappeningKind.DITHER: (MUTED, Shape.CIRCLE),
    HappeningKind.AUTOFOCUS: (TEXT, Shape.TRIANGLE),
    HappeningKind.AUTOFOCUS_FAILED: (ALARM, Shape.CROSS),
    HappeningKind.FLIP: (CYCLE[4], Shape.DIAMOND),
}
# Sizes of markers in shares of those of the others.
_SMALL: Final = {HappeningKind.DITHER: 0.4}
# Share of the color of a shaded time.
_SHADE: Final = 0.45
# An axis ends at so many times the usual value: a cloud must not flatten the rest of the night.
_MOST_HFR: Final = 3.0
_MOST_RMS: Final = 4.0
# Parts of the night in which a line has two points at most.
_COLUMNS: Final = 500
# Rows for filters on a wide plate and on a narrow one, in pixels of its width.
_WIDE: Final = 600
_MOST_LANES: Final = 7
_FEW_LANES: Final = 4
# Rows besides those of filters: targets above them, and what happened below them.
_MORE_ROWS: Final = 2
# Heights in sizes of text: of a row, and of everything besides the panels. No panel is lower than a
# share of them.
_ROW: Final = 1.15
_BESIDES: Final = 11.5
_LEAST_SHARE: Final = 0.38
_NAME_WIDTH: Final = 80.0


def draw_night(view: NightView | None, look: Look) -> bytes:
    """Return the plot of a night as a PNG."""
    texts, plate = look.texts, Plate(look)
    if view is None:
        plate.heading(texts("night"), None)
        plate.empty(texts("night_empty"), texts("night_empty_why"))
        return plate.png()
    plate.heading(texts("night_of", date=view.night.isoformat()), view.data_at)
    plate.captions(*_captions(view, texts))
    plate.legend(*_legend(view, texts))
    rows = lanes(view, _MOST_LANES if plate.width >= _WIDE else _FEW_LANES)
    across = time_axis(view.start.timestamp(), view.end.timestamp(), texts)
    below = _lane_axis(rows, plate, texts)
    quality = _quality_axes(view, texts)
    if quality is None:
        panels = plate.panels(across, below)
    else:
        size = plate.size()
        wanted = (len(rows.names) + _MORE_ROWS) * _ROW * size / (plate.height - _BESIDES * size)
        share = max(_LEAST_SHARE, min(1 - _LEAST_SHARE, wanted))
        panels = plate.panels(across, quality, below, shares=(1 - share, share))
        _draw_quality(panels[0], view, quality)
    for panel in panels:
        draw_light(panel, view.light)
        _draw_shades(panel, view)
    _draw_lanes(panels[-1], view, rows, plate)
    return plate.png()


def _captions(view: NightView, texts: Texts) -> list[str | None]:
    """Return the numbers of the night."""
    hfr, rms = _values(view.hfr), _values(view.rms)
    return [
        texts("night_frames", count=texts.number(len(view.bars))),
        texts("night_exposure", hours=texts.number(view.integration / 3600, 1)),
        texts("night_hfr", value=texts.number(fmean(hfr), 2)) if hfr else None,
        texts("night_rms", value=texts.number(fmean(rms), 2)) if rms else None,
    ]


def _legend(view: NightView, texts: Texts) -> list[Entry]:
    """Return the legend for what the plot contains, what matters most first."""
    shades = {each.kind for each in view.shades}
    kinds = {each.kind for each in view.happenings}
    return [
        *(
            Entry(texts(f"night_{kind}"), mix(PANEL, _SHADES[kind], _SHADE), Mark.BAR)
            for kind in ShadeKind
            if kind in shades
        ),
        *(
            Entry(texts(f"night_{kind}"), color, shape)
            for kind, (color, shape) in reversed(list(_HAPPENINGS.items()))
            if kind in kinds
        ),
    ]


def _values(points: Iterable[Point]) -> list[float]:
    return finite(value for _, value in points)


def _quality_axes(view: NightView, texts: Texts) -> Axis | tuple[Axis, Axis] | None:
    """Return the axes of HFR and of the guiding error, those of them that have values."""
    hfr, rms = _values(view.hfr), _values(view.rms)
    axes = [
        replace(number_axis(_usual(values, most), texts, name=texts(name), low=low), color=color)
        for values, most, name, low, color in (
            (hfr, _MOST_HFR, "hfr", None, _HFR),
            (rms, _MOST_RMS, "night_rms_axis", 0.0, _RMS),
        )
        if values
    ]
    if len(axes) == 2:
        return axes[0], axes[1]
    return axes[0] if axes else None


def _usual(values: list[float], most: float) -> list[float]:
    """Return values without those that are many times the usual one."""
    limit = most * median(values)
    return [value for value in values if value <= limit]


def _draw_quality(panel: Panel, view: NightView, axes: Axis | tuple[Axis, Axis]) -> None:
    """Draw HFR and guiding error, and where the mount flipped."""
    both = isinstance(axes, tuple)
    step = (view.end - view.start) / _COLUMNS
    panel.line(_timed(thinned(view.rms, step)), _RMS, width=1.6, right=both)
    panel.line(_timed(thinned(view.hfr, step)), _HFR)
    for each in view.happenings:
        if each.kind is HappeningKind.FLIP:
            panel.vertical(each.at.timestamp(), _HAPPENINGS[each.kind][0], dashed=True)


def _timed(points: Iterable[Point]) -> list[tuple[float, float | None]]:
    return [(moment.timestamp(), value) for moment, value in points]


def _draw_shades(panel: Panel, view: NightView) -> None:
    """Shade the times in which nothing could be imaged, the most important ones last."""
    for kind, color in _SHADES.items():
        times = [
            (shade.start.timestamp(), shade.end.timestamp())
            for shade in view.shades
            if shade.kind is kind
        ]
        panel.spans(times, color, share=_SHADE)


def _lane_axis(rows: Lanes, plate: Plate, texts: Texts) -> Axis:
    """Return the axis of the rows, with the names of filters."""
    count = len(rows.names) + _MORE_ROWS
    size = plate.size()
    names = [each or texts("night_others", count=rows.others) for each in rows.names]
    width = _NAME_WIDTH * max(plate.unit, 0.6)
    ticks = [
        Tick(_row_center(row, count), cut(name, size, width)) for row, name in enumerate(names, 1)
    ]
    return Axis(low=0, high=count, name=texts("night_rows"), ticks=lambda _: ticks)


def _row_center(row: int, count: int) -> float:
    """Return the place of a row on its axis, the highest one first."""
    return count - row - 0.5


def _draw_lanes(panel: Panel, view: NightView, rows: Lanes, plate: Plate) -> None:
    """Draw the targets, the frames through each filter, and what happened."""
    count = len(rows.names) + _MORE_ROWS
    height = panel.y(0) - panel.y(1)
    _draw_targets(panel, view, panel.y(_row_center(0, count)), height, plate)
    colors = filter_colors(view.filters)
    shown = {row: colors[view.filters[number]] for number, row in enumerate(rows.rows)}
    if rows.others:
        shown[len(rows.names) - 1] = MUTED
    left, _, right, _ = panel.box
    for row, color in shown.items():
        bars = [
            (panel.x(bar.start.timestamp()) - left, panel.x(bar.end.timestamp()) - left)
            for bar in view.bars
            if rows.rows[bar.filter] == row
        ]
        middle = panel.y(_row_center(row + 1, count))
        for first, last in filled(bars, int(right - left)):
            box = (left + first, middle - height * 0.36, left + last, middle + height * 0.36)
            panel.canvas.rectangle(box, color)
    middle = panel.y(_row_center(count - 1, count))
    _draw_changes(panel, view.happenings, (middle - height * 0.45, middle - height * 0.1), colors)
    _draw_happenings(panel, view.happenings, middle, height)


def _draw_targets(
    panel: Panel, view: NightView, middle: float, height: float, plate: Plate
) -> None:
    """Draw the targets as bands, with their names where there is space."""
    size = plate.size()
    for number, band in enumerate(view.targets):
        left, right = (
            max(panel.box[0], min(panel.box[2], panel.x(each.timestamp())))
            for each in (band.start, band.end)
        )
        box = (left, middle - height * 0.46, max(left + 1, right - 1), middle + height * 0.46)
        panel.canvas.rectangle(box, mix(PANEL, _TARGETS, 0.35 if number % 2 else 0.5))
        if right - left > 2 * size:
            name = cut(band.name, size, right - left - size * 0.6)
            place = left + (right - left - width_of(name, size)) / 2, middle
            panel.canvas.text(place, name, size, TEXT, anchor="lm")


def _draw_changes(
    panel: Panel,
    happenings: Iterable[Happening],
    ends: tuple[float, float],
    colors: Mapping[str, Color],
) -> None:
    """Draw the changes of the filter as ticks in its color, at most one in each column."""
    half = max(0.5, panel.unit / 2)
    columns = {
        int(panel.x(each.at.timestamp())): colors[each.filter]
        for each in happenings
        if each.kind is HappeningKind.FILTER
    }
    for x, color in columns.items():
        panel.canvas.rectangle((x - half, ends[0], x + half, ends[1]), color)


def _draw_happenings(
    panel: Panel, happenings: Iterable[Happening], middle: float, height: float
) -> None:
    """Draw what happened as markers, those that matter most above the others.

    Markers of one kind that would cover each other are drawn once.
    """
    for kind, (color, shape) in _HAPPENINGS.items():
        radius = max(2.0, min(5 * panel.unit, height * 0.4)) * _SMALL.get(kind, 1.0)
        places = sorted(panel.x(each.at.timestamp()) for each in happenings if each.kind is kind)
        before = -radius
        for x in places:
            if x - before >= radius:
                draw_marker(panel.canvas, (x, middle), radius, color, shape)
                before = x
