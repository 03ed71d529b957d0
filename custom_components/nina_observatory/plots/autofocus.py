"""The plot *Autofocus*: measured points, the curves through them, and where the focus is best."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..api import AutofocusReport, FocusPoint
from ..readings.autofocus_run import AutofocusRun, RunState
from .axes import finite, number_axis
from .content import AutofocusData
from .formula import curve
from .look import Look
from .panel import Panel, Shape
from .plate import Entry, Mark, Plate
from .style import ACCENT, ALARM, CYCLE, GOOD, MUTED, TEXT, Color, filter_colors, mix
from .texts import Texts

_STAR_SIZE: Final = "STARHFR"
# Share of the range of positions on either side of the points.
_ASIDE: Final = 0.06


@dataclass(frozen=True, slots=True)
class _Fit:
    """A curve: its formula, the key of its name, its quality, and whether it decided."""

    key: str
    formula: str
    color: Color
    r_squared: float | None
    decides: bool


def draw_autofocus(data: AutofocusData, look: Look) -> bytes:
    """Return the plot as a PNG."""
    texts = look.texts
    plate = Plate(look)
    plate.heading(texts("autofocus"), data.data_at, has_data=data.report is not None)
    if data.shows_run and data.run is not None:
        _draw_run(plate, data.run, texts)
    elif data.report is not None:
        failed = data.run is not None and data.run.state is RunState.FAILED
        _draw_report(plate, data.report, texts, failed=failed)
    else:
        plate.empty(texts("autofocus_empty"), texts("autofocus_empty_why"))
    return plate.png()


def _draw_run(plate: Plate, run: AutofocusRun, texts: Texts) -> None:
    """Draw the points of a run so far."""
    state = texts(f"autofocus_{run.state}")
    count = texts("points", count=texts.number(len(run.points)))
    plate.captions(state, run.filter, count, _temperature(run.temperature, texts))
    points = [(x, y) for x, y in run.points if x is not None and y is not None]
    if not points:
        plate.empty(texts("autofocus_no_points"), state)
        return
    color = _color(run.filter)
    plate.legend(Entry(texts("measured"), color, Shape.CIRCLE))
    panel = _panel(plate, [x for x, _ in points], [y for _, y in points], None, texts)
    in_order = sorted(points)
    panel.line(in_order, mix(MUTED, color, 0.3), width=1.2, dashed=True)
    panel.markers(points, color)
    if run.state is RunState.RUNNING:
        panel.markers([points[-1]], TEXT, shape=Shape.RING, size=8.0)
    elif run.state is RunState.FAILED:
        panel.markers([points[-1]], ALARM, shape=Shape.RING, size=8.0)


def _draw_report(plate: Plate, report: AutofocusReport, texts: Texts, *, failed: bool) -> None:
    """Draw a report with all its curves."""
    points = [each for each in report.points if None not in (each.position, each.value)]
    is_size = report.method in (_STAR_SIZE, None)
    best = texts("best_hfr", value=texts.number(report.hfr, 2)) if report.hfr else None
    position = report.position
    plate.captions(
        texts("autofocus_failed") if failed else None,
        report.filter,
        None if position is None else texts("position_value", value=texts.number(position)),
        best,
        _r_squared(report.r_squared, texts),
        _temperature(report.temperature, texts),
    )
    if not points:
        plate.empty(texts("autofocus_no_points"), texts("autofocus_no_points_why"))
        return
    color = _color(report.filter)
    fits = list(_fits(report))
    calculated = report.calculated if _is_near(report.calculated, points) else None
    extra = FocusPoint() if calculated is None else calculated
    plate.legend(
        Entry(texts("measured"), color, Shape.CIRCLE),
        *(() if calculated is None else (Entry(texts("best"), GOOD, Shape.DIAMOND),)),
        *(_named(fit, texts) for fit in fits),
    )
    places = [*(each.position for each in points), extra.position]
    spread = [
        each.value + way * (each.error or 0.0)
        for each in points
        for way in (1, -1)
        if each.value is not None
    ]
    name = texts("hfr") if is_size else texts("contrast")
    values = [*spread, extra.value]
    panel = _panel(plate, places, values, name, texts)
    low, high = panel.ends
    for fit in sorted(fits, key=lambda each: each.decides):
        line = curve(fit.formula, low, high)
        panel.line(line, fit.color, width=2.2 if fit.decides else 1.3, dashed=not fit.decides)
    if extra.position is not None:
        panel.vertical(extra.position, GOOD, width=1.2, dashed=True)
        panel.markers([(extra.position, extra.value)], GOOD, shape=Shape.DIAMOND, size=6.0)
    panel.errors(
        ((each.position, each.value, each.error) for each in points), mix(MUTED, color, 0.4)
    )
    panel.markers(((each.position, each.value) for each in points), color)


def _panel(
    plate: Plate,
    places: Iterable[float | None],
    values: Iterable[float | None],
    name: str | None,
    texts: Texts,
) -> Panel:
    """Return the panel for points at some positions."""
    known = finite(places)
    aside = (max(known) - min(known)) * _ASIDE or 1.0
    x = number_axis(
        (),
        texts,
        name=texts("position"),
        low=min(known) - aside,
        high=max(known) + aside,
        rounded=False,
    )
    y = number_axis(values, texts, name=name or texts("hfr"))
    return plate.panels(x, y)[0]


def _fits(report: AutofocusReport) -> Iterator[_Fit]:
    """Yield the curves that a report contains, in a fixed order with fixed colors."""
    formulas, squares = report.fittings, report.r_squares
    if formulas is None:
        return
    how = report.fitting or ""
    trends = "TREND" in how
    # Contrast has a peak. Through the sizes of stars, which have a valley, this curve is absurd.
    has_peak = report.method not in (_STAR_SIZE, None)
    rows = (
        ("hyperbolic", ACCENT, "HYPERBOLIC" in how),
        ("quadratic", CYCLE[1], "PARABOLIC" in how),
        ("gaussian", CYCLE[3], "GAUSSIAN" in how),
        ("left_trend", CYCLE[2], trends),
        ("right_trend", CYCLE[4], trends),
    )
    for key, color, decides in rows:
        if (key != "gaussian" or has_peak) and (formula := getattr(formulas, key)):
            quality = None if squares is None else getattr(squares, key)
            yield _Fit(key, formula, color, quality, decides)


def _named(fit: _Fit, texts: Texts) -> Entry:
    """Return the entry of a curve in the legend, with its quality."""
    quality = _r_squared(fit.r_squared, texts)
    name = texts(f"fit_{fit.key}")
    mark = Mark.LINE if fit.decides else Mark.DASHES
    return Entry(name if quality is None else f"{name} ({quality})", fit.color, mark)


def _is_near(point: FocusPoint | None, points: list[FocusPoint]) -> bool:
    """Return whether a computed point is where something was measured: others are absurd."""
    if point is None or point.position is None or point.value is None:
        return False
    known = finite(each.position for each in points)
    return min(known) <= point.position <= max(known)


def _color(name: str | None) -> Color:
    return TEXT if name is None else filter_colors([name])[name]


def _r_squared(value: float | None, texts: Texts) -> str | None:
    return None if value is None else f"R² {texts.number(value, 3)}"


def _temperature(celsius: float | None, texts: Texts) -> str | None:
    return None if celsius is None else texts.temperature(celsius)
