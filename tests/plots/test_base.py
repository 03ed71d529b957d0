"""What all plots are drawn with: axes, formulas, numbers, colors, lines."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
import math
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
from PIL import Image
import pytest

from custom_components.nina_observatory.plots.axes import (
    number_axis,
    time_axis,
)
from custom_components.nina_observatory.plots.canvas import Canvas
from custom_components.nina_observatory.plots.formula import Formula, curve
from custom_components.nina_observatory.plots.panel import Panel, clipped, thinned
from custom_components.nina_observatory.plots.plate import cut, width_of, wrapped
from custom_components.nina_observatory.plots.style import CYCLE, filter_colors
from custom_components.nina_observatory.plots.texts import Texts
from custom_components.nina_observatory.readings.guide_graph import StepPace, added_steps

from .samples import graph, texts

MINUS = "\N{MINUS SIGN}"
NUMBERS = st.floats(-1e12, 1e12)


@pytest.mark.parametrize(
    ("formula", "x", "y"),
    [
        ("y = 2 * x + -1", 3, 5),
        ("y = 0.5 * x^2 + -1 * x + 3", 4, 7),
        ("y = 3 * cosh(asinh((10 - x) / 2))", 10, 3),
        ("y = √((x - 3)² + 16)", 0, 5),
        ("y = min(max(0, x), 1) * 4 / 2", 9, 2),
        ("y = 2 * exp(-1 * (x - 1) * (x - 1)) + 1", 1, 3),
        ("-x", 2, -2),
        ("y = x^-1", 4, 0.25),
        ("y = 1E-3 * X", 2, None),
        ("y = x / 0", 1, None),
        ("y = √x", -1, None),
        ("y = ln(x)", 0, None),
        ("y = x^0.5", -4, None),
        ("y = x^(x^9)", 9, None),
        ("y = exp(x)", 1e6, None),
        ("y = open(x)", 1, None),
        ("y = x.real", 1, None),
        ("y = 'a' * 9", 1, None),
        ("y = True + x", 1, None),
        ("y = (x, x)", 1, None),
        ("y = [x for x in (1,)][0]", 1, None),
        ("y = cosh()", 1, None),
    ],
)
def test_formulas(formula: str, x: float, y: float | None) -> None:
    """They are computed, never executed; one that has no value has none."""
    found = Formula(formula)(x)
    assert found == (None if y is None else pytest.approx(y))


@pytest.mark.parametrize(
    "text", ["", "y =", "y = (", "y = 2 3", "(" * 900, "y = " + "1+" * 600 + "1", "a; b"]
)
def test_no_formulas(text: str) -> None:
    """Nothing is drawn of them."""
    with pytest.raises(ValueError, match="no formula"):
        Formula(text)
    assert curve(text, 0, 1) == []


def test_a_curve() -> None:
    """It reaches from one end to the other, and leaves out where it has no values."""
    line = curve("y = √(x - 5)", 0, 10)
    assert line[0] == (5, 0)
    assert line[-1] == pytest.approx((10, math.sqrt(5)))
    assert curve("y = x", 3, 3) == curve(None, 0, 1) == []


@given(st.lists(NUMBERS, max_size=5), st.booleans(), st.booleans(), st.integers(1, 40))
def test_axes_of_numbers(values: list[float], symmetric: bool, rounded: bool, most: int) -> None:
    """All values are on it, and as many ticks as there is room for."""
    axis = number_axis([*values, None, math.nan], texts(), symmetric=symmetric, rounded=rounded)
    assert axis.low < axis.high
    slack = (axis.high - axis.low) * 1e-6
    assert all(axis.low - slack <= each <= axis.high + slack for each in values)
    ticks = axis.ticks(most)
    assert len(ticks) <= most + 1
    assert all(axis.low - slack <= each.value <= axis.high + slack for each in ticks)
    if symmetric:
        assert axis.low == -axis.high


@pytest.mark.parametrize("values", [[5e-324], [0, 5e-324], [1e-300, 2e-300], [7, 7 + 1e-12]])
def test_axes_of_equal_numbers(values: list[float]) -> None:
    """Numbers that no label can tell apart have an axis as one number has."""
    axis = number_axis(values, texts())
    assert axis.high - axis.low >= 1
    assert axis.ticks(5)


@pytest.mark.parametrize("value", [1e9, 1e30, 1e300, 1.7e308])
@pytest.mark.parametrize("dashed", [True, False])
def test_lines_to_absurd_values(value: float, *, dashed: bool) -> None:
    """They end at the edges, and soon."""
    canvas = Canvas(400, 225, 8)
    axis = number_axis([0, 0.1], texts())
    panel = Panel(canvas, (40, 40, 380, 200), axis, axis, None, 3)
    points = [(0.0, -value), (0.02, 0.05), (0.04, value), (0.06, -value), (0.1, 0.05)]
    panel.line(points, CYCLE[0], dashed=dashed)
    with Image.open(BytesIO(canvas.png())) as opened:
        picture = opened.convert("RGB")
    drawn = [picture.getpixel((x, y)) == CYCLE[0] for x in range(400) for y in range(225)]
    columns = [drawn[start : start + 225] for start in range(0, len(drawn), 225)]
    assert any(map(any, columns))
    assert not any(any(column[:30]) or any(column[210:]) for column in columns)


def test_thousands_of_shaded_times() -> None:
    """No more of them are drawn than can be told apart."""
    canvas = Canvas(400, 225, 8)
    axis = number_axis([0, 10_000], texts())
    panel = Panel(canvas, (40, 40, 380, 200), axis, axis, None, 1)
    with patch.object(canvas, "rectangle", wraps=canvas.rectangle) as drawn:
        panel.spans([(start, start + 0.5) for start in range(10_000)], CYCLE[0])
        assert drawn.call_count == 1
        panel.spans([(9000, 9500), (1000, 2000), (1500, 1600), (3000, 2900)], CYCLE[0])
    widths = [box[2] - box[0] for box in (call.args[0] for call in drawn.call_args_list)]
    assert widths == pytest.approx([340, 34, 17], abs=0.1)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 10], ["0", "2", "4", "6", "8", "10"]),
        ([0.001, 0.004], ["0.001", "0.002", "0.003", "0.004"]),
        ([-1, 1], ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
        ([24_000, 24_400], ["24,000", "24,100", "24,200", "24,300", "24,400"]),
        ([], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_ticks(values: list[float], labels: list[str]) -> None:
    """They are round numbers with as many decimals as they need."""
    found = [tick.label for tick in number_axis(values, texts()).ticks(5)]
    assert found == [label.replace("-", MINUS) for label in labels]


@pytest.mark.parametrize(
    ("start", "hours", "zone", "labels"),
    [
        ("2026-02-24T17:10", 4, "Europe/Berlin", ["17:30", "18:00", "18:30", "19:00"]),
        ("2026-02-24T17:10", 9, "Asia/Kathmandu", ["18:00", "20:00", "22:00", "00:00"]),
        # The clocks are turned back at three: the hour from two on is there twice.
        ("2026-10-25T00:30", 4, "Europe/Berlin", ["01:00", "02:00", "02:00", "03:00"]),
        ("2026-03-29T00:30", 4, "Europe/Berlin", ["01:00", "03:00", "04:00", "05:00"]),
    ],
)
def test_axes_of_time(start: str, hours: int, zone: str, labels: list[str]) -> None:
    """Ticks are round times where Home Assistant is, also when the clocks change."""
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).timestamp()
    axis = time_axis(begin, begin + hours * 3600, texts(zone=zone))
    found = [tick.label for tick in axis.ticks(8 if hours == 4 and "02-24" in start else 5)]
    assert found[: len(labels)] == labels


def test_a_clock_that_jumped() -> None:
    """An axis that would end before it begins is one of two minutes."""
    axis = time_axis(1e9, 1e9 - 5000, texts())
    assert axis.high - axis.low == 120
    assert time_axis(0, 1e9, texts()).ticks(5)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "-1,234.50"),
        ("en-GB", "-1,234.50"),
        ("de", "-1.234,50"),
        ("de-CH", "-1,234.50"),
        ("pt-BR", "-1.234,50"),
        ("fr", "-1\u202f234,50"),
        ("ja", "-1,234.50"),
        ("xx", "-1,234.50"),
    ],
)
def test_numbers(language: str, shown: str) -> None:
    """They are written as the language does."""
    assert texts(language).number(-1234.5, 2) == shown.replace("-", MINUS)


def test_signs_and_units() -> None:
    """Zero has no sign; temperatures have the unit of Home Assistant."""
    english = texts()
    assert english.number(-0.001, 2) == "0.00"
    assert english.number(0.5, 1, signed=True) == "+0.5"
    assert english.number(math.nan) == "–"
    assert english.temperature(-2.5) == f"{MINUS}2.5 °C"
    assert texts(fahrenheit=True).temperature(10) == "50.0 °F"
    moment = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert english.date_and_clock(moment) == "2026-07-02 01:30"
    assert english.clock(moment.timestamp(), seconds=True) == "01:30:00"


def test_texts_that_do_not_fit() -> None:
    """A translation with a wrong placeholder is shown as it is, and a missing one by its key."""
    odd = Texts(words={"one": "{wrong}", "two": "{", "three": "{value:d}"})
    assert odd("one", value=1) == "{wrong}"
    assert odd("two", value=1) == "{"
    assert odd("three", value="x") == "{value:d}"
    assert odd("four", value=1) == "four"


def test_colors_of_filters() -> None:
    """Filters have the colors that people use, whatever their maker adds; others differ."""
    names = ["Ha 3nm", "H-alpha", "OIII", "O III", "SII 6.5 nm", "L", "Lum", "Mystery", "Other"]
    colors = filter_colors([*names, *names])
    assert colors["Ha 3nm"] == colors["H-alpha"] != colors["OIII"]
    assert colors["OIII"] == colors["O III"]
    assert colors["L"] == colors["Lum"]
    assert (colors["Mystery"], colors["Other"]) == CYCLE[:2]
    many = filter_colors(f"Filter {chr(97 + n)}" for n in range(26))
    assert len(set(many.values())) == len(CYCLE)


def test_lines_are_thinned() -> None:
    """What is seen stays: the extremes of each column, and the ends."""
    line = [(n / 100, math.sin(n)) for n in range(10_000)] + [(99.995, 7.0)]
    thin = thinned(line)
    assert len(thin) <= 400
    assert (thin[0], thin[-1]) == (line[0], line[-1])
    assert (min(y for _, y in thin), max(y for _, y in thin)) == (min(y for _, y in line), 7.0)
    assert thinned([]) == []


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=6))
def test_lines_are_clipped(line: list[tuple[float, float]]) -> None:
    """Nothing is drawn beyond the edges."""
    for part in clipped(line, (0, 0, 100, 50)):
        assert len(part) > 1
        for x, y in part:
            assert -1e-3 <= x <= 100.001
            assert -1e-3 <= y <= 50.001


def test_a_line_through_a_panel() -> None:
    """It has two parts if it leaves it in between."""
    line = [(-10.0, 25.0), (50.0, 25.0), (50.0, 90.0), (60.0, 90.0), (60.0, 10.0)]
    assert list(clipped(line, (0, 0, 100, 50))) == [
        [(0.0, 25.0), (50.0, 25.0), (50.0, 50.0)],
        [(60.0, 50.0), (60.0, 10.0)],
    ]


@given(st.text(max_size=400), st.integers(10, 30), st.integers(0, 500))
def test_texts_are_cut(text: str, size: int, width: int) -> None:
    """They are one line that fits, whatever somebody named his telescope."""
    short = cut(text, size, width)
    assert "\n" not in short
    assert short == "" or width_of(short, size) <= width
    for line in wrapped(text, size, width):
        assert line == "" or width_of(line, size) <= width


def test_the_pace_of_steps() -> None:
    """It is known from the steps that are added while somebody looks, and unknown after a gap."""
    steps = graph(200).steps
    pace = StepPace()
    for count, at in ((60, 100.0), (64, 108.0), (70, 118.0)):
        pace.watch(steps[:count], at)
    assert pace.seconds_per_step is None
    pace.watch(steps[10:75], 130.0)
    assert pace.seconds_per_step == 2.0
    # Guiding paused for an hour.
    pace.watch(steps[10:75], 3730.0)
    pace.watch(steps[10:80], 3740.0)
    assert pace.seconds_per_step == 2.0
    # Nobody looked during the next pause.
    pace.pause()
    pace.watch(steps[10:82], 7340.0)
    assert pace.seconds_per_step == 2.0
    pace.watch(steps[10:83], 7342.0)
    assert pace.seconds_per_step == 2.0
    # Somebody chose a longer exposure.
    for more in range(1, 11):
        pace.watch(steps[10 : 83 + more], 7342.0 + 5 * more)
    assert pace.seconds_per_step == 5.0
    pace.watch(steps[150:200], 8000.0)
    assert pace.seconds_per_step is None


def test_added_steps() -> None:
    """One graph continues another if it begins with the end of it."""
    steps = graph(50).steps
    assert added_steps(steps[:30], steps[5:32]) == 2
    assert added_steps(steps[:30], steps[:30]) == 0
    assert added_steps(steps[:30], steps[40:]) is None
    assert added_steps((), steps) is None
    assert added_steps(steps, ()) is None


def test_an_hour_is_an_hour() -> None:
    """Ticks of days are at midnight."""
    begin = datetime(2026, 5, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    axis = time_axis(begin.timestamp(), (begin + timedelta(days=4)).timestamp(), texts())
    assert {tick.label for tick in axis.ticks(4)} == {"00:00"}
