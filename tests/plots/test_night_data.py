"""What the plot of a night shows, as a pure function of its frames and of what happened."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
import math
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import EventType, Frame
from custom_components.nina_observatory.plots.night_data import (
    MARGIN,
    NightView,
    data_at,
    filled,
    lanes,
    night_view,
    thinned,
)
from custom_components.nina_observatory.readings.night_marks import (
    CONNECTION_FOUND,
    CONNECTION_LOST,
    SAFE,
    UNSAFE,
    Mark,
)
from custom_components.nina_observatory.readings.site import Site
from custom_components.nina_observatory.readings.twilight import tonight
from tests.test_report import NIGHT, frame, mark
from tests.test_sky import HAMBURG, LONGYEARBYEN

NOW = NIGHT + timedelta(hours=3)
AUTOFOCUS, FINISHED, FAILED = (
    EventType.AUTOFOCUS_STARTED,
    EventType.AUTOFOCUS_FINISHED,
    EventType.AUTOFOCUS_FAILED,
)
WAIT, TARGET = EventType.SCHEDULER_WAIT_STARTED, EventType.SCHEDULER_TARGET_STARTED


def view(
    frames: list[Frame], *marks: Mark, site: Site | None = None, now: datetime = NOW
) -> NightView:
    """Return the view of a night with frames."""
    found = night_view(frames, marks, site, now)
    assert found is not None
    return found


def minutes(moment: datetime) -> float:
    """Return the minutes since ten in the evening."""
    return (moment - NIGHT) / timedelta(minutes=1)


def test_without_a_frame() -> None:
    assert night_view([], [mark(UNSAFE, 5)], HAMBURG, NOW) is None
    assert night_view([frame(5, date=None)], [], None, NOW) is None
    assert data_at([frame(5, date=None)], [mark(UNSAFE, 5)]) is None


def test_one_frame() -> None:
    """It is not alone on its plot: two hours are shown."""
    seen = view([frame(5)])
    assert seen.start == NIGHT - MARGIN
    assert seen.end - seen.start == timedelta(hours=2)
    assert [(bar.filter, minutes(bar.start), minutes(bar.end)) for bar in seen.bars] == [(0, 0, 5)]
    assert [value for _, value in seen.hfr] == [2.0]
    assert (seen.filters, seen.seconds, seen.integration) == (("L",), (300,), 300)
    assert seen.data_at == NIGHT + timedelta(minutes=5)


@pytest.mark.parametrize("site", [HAMBURG, None])
def test_from_dusk_to_dawn(site: Site | None) -> None:
    """With a site the whole night is shown, without one what was imaged of it."""
    seen = view([frame(5), frame(120)], site=site)
    if site is None:
        assert (minutes(seen.start), minutes(seen.end)) == (-15, 135)
        assert seen.light == ()
    else:
        assert (seen.start, seen.end) == tonight(site, NIGHT)
        assert (seen.light[0].start, seen.light[-1].end) == (seen.start, seen.end)


def test_frames_by_day() -> None:
    """None is left out where it does not get dark, or before it does."""
    noon = datetime(2026, 6, 21, 13, tzinfo=UTC)
    frames = [frame(0, date=noon + timedelta(hours=hour)) for hour in (0, 22)]
    seen = view(frames, site=LONGYEARBYEN, now=noon + timedelta(days=1))
    assert seen.start < noon < seen.end - timedelta(hours=22)


def test_only_the_newest_night() -> None:
    seen = view([frame(5), frame(5 + 24 * 60), frame(10 + 24 * 60)])
    assert (len(seen.bars), seen.night.day) == (2, 25)


def test_values_that_were_not_measured() -> None:
    """They are left out of their line, and their frames are shown anyway."""
    odd = [math.nan, math.inf, -2.0, 0.0, 1e6, None]
    frames = [frame(5 * number, hfr=value) for number, value in enumerate([2.0, *odd, 3.0], 1)]
    frames.append(frame(60, rms_text='Tot: 99.0 (999.0")', hfr=None))
    frames.append(frame(65, rms_text=None, hfr=None))
    seen = view(frames)
    assert [value for _, value in seen.hfr] == [2.0, None, 3.0]
    assert [value for _, value in seen.rms] == [0.8] * 8
    assert len(seen.bars) == 10


def test_a_line_is_interrupted_where_nothing_was_measured() -> None:
    seen = view([frame(5), frame(10), frame(90)])
    assert [value for _, value in seen.hfr] == [2.0, 2.0, None, 2.0]


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        (["B", "L", "R", "G"], ("L", "R", "G", "B")),
        (["SII", "Ha 3nm", "OIII", "L"], ("L", "Ha 3nm", "OIII", "SII")),
        ([None, ""], ("–",)),
        (["a\nb"], ("a b",)),
    ],
)
def test_filters(filters: list[str | None], shown: tuple[str, ...]) -> None:
    seen = view([frame(5 * number, filter=name) for number, name in enumerate(filters, 1)])
    assert seen.filters == shown
    assert lanes(seen, len(shown)).names == shown
    assert lanes(seen, len(shown)).rows == tuple(range(len(shown)))


@pytest.mark.parametrize("most", [4, 8])
def test_forty_filters(most: int) -> None:
    """Those with the most exposure time have their own rows, all others share one."""
    frames = [
        frame(number, filter=f"F{number:02}", exposure_time=10.0 + number) for number in range(40)
    ]
    found = lanes(view(frames), most)
    first = 41 - most
    assert found.names == (*(f"F{number}" for number in range(first, 40)), "")
    assert found.others == first
    assert found.rows == (*[most - 1] * first, *range(most - 1))


def test_targets() -> None:
    """A target that is imaged twice has two bands."""
    names = ["M 31", "M 31", "M 33", "M 31", None]
    frames = [frame(5 * number, target_name=name) for number, name in enumerate(names, 1)]
    seen = [(each.name, minutes(each.start), minutes(each.end)) for each in view(frames).targets]
    assert seen == [("M 31", 0, 10), ("M 33", 10, 15), ("M 31", 15, 20), ("–", 20, 25)]


@pytest.mark.parametrize(
    ("happened", "shaded"),
    [
        ([(UNSAFE, 20), (UNSAFE, 25), (SAFE, 30)], [("unsafe", 20, 30)]),
        ([(UNSAFE, 20), (EventType.SAFETY_MONITOR_CONNECTED, 30)], [("unsafe", 20, 30)]),
        ([(SAFE, 20)], []),
        # From before what is shown, and until after it.
        ([(UNSAFE, -200), (SAFE, 10)], [("unsafe", -15, 10)]),
        ([(UNSAFE, 100)], [("unsafe", 100, 165)]),
        ([(UNSAFE, -20 * 60)], []),
        ([(CONNECTION_LOST, 20), (CONNECTION_FOUND, 20.5)], []),
        ([(CONNECTION_LOST, 20), (CONNECTION_FOUND, 22)], [("no_connection", 20, 22)]),
        ([(WAIT, 20), (WAIT, 25), (TARGET, 30)], [("wait", 20, 30)]),
        ([(WAIT, 20), (EventType.SEQUENCE_FINISHED, 40)], [("wait", 20, 40)]),
        # Nothing reported its end, but a frame was exposed.
        ([(WAIT, 20)], [("wait", 20, 145)]),
        (
            [(UNSAFE, 20), (WAIT, 25), (SAFE, 30), (TARGET, 35)],
            [("unsafe", 20, 30), ("wait", 25, 35)],
        ),
    ],
)
def test_shaded_times(
    happened: list[tuple[str, float]], shaded: list[tuple[str, float, float]]
) -> None:
    marks = [mark(kind, minute) for kind, minute in happened]
    seen = view([frame(5), frame(150)], *marks)
    assert [(each.kind, minutes(each.start), minutes(each.end)) for each in seen.shades] == shaded


def test_a_shaded_time_lasts_until_now() -> None:
    (seen,) = view([frame(5)], mark(UNSAFE, 60), site=HAMBURG, now=NOW).shades
    assert (minutes(seen.start), seen.end) == (60, NOW)


@pytest.mark.parametrize(
    ("happened", "marked"),
    [
        ([(AUTOFOCUS, 10), (FINISHED, 13)], [("autofocus", 10)]),
        ([(FINISHED, 13)], [("autofocus", 13)]),
        ([(AUTOFOCUS, 10), (FAILED, 13)], [("autofocus_failed", 10)]),
        (
            [(AUTOFOCUS, 10), (AUTOFOCUS, 20), (FINISHED, 23)],
            [("autofocus_failed", 10), ("autofocus", 20)],
        ),
        # Three hours later the first one has failed, and the second one may be running.
        ([(AUTOFOCUS, 10)], [("autofocus_failed", 10)]),
        ([(AUTOFOCUS, 160)], [("autofocus", 160)]),
        ([(EventType.MERIDIAN_FLIP_STARTED, 10)], [("meridian_flip", 10)]),
        (
            [(EventType.GUIDER_DITHERED, 10), (EventType.GUIDER_DITHERED, 12)],
            [("dither", 10), ("dither", 12)],
        ),
        ([(EventType.GUIDER_DITHERED, -200)], []),
    ],
)
def test_marks(happened: list[tuple[str, float]], marked: list[tuple[str, float]]) -> None:
    marks = [mark(kind, minute) for kind, minute in happened]
    seen = view([frame(5), frame(200)], *marks)
    assert [(each.kind, minutes(each.at)) for each in seen.happenings] == marked


def test_changes_of_the_filter() -> None:
    """They are marked where the first frame through the next one began."""
    seen = view([frame(5), frame(10), frame(15, filter="R"), frame(20)])
    assert [(each.filter, minutes(each.at)) for each in seen.happenings] == [("R", 10), ("L", 15)]


def test_the_time_of_the_data() -> None:
    """By the newest frame, or a mark of the same night."""
    frames, later = [frame(5)], mark(SAFE, 30)
    assert view(frames, later).data_at == data_at(frames, [later]) == later.at
    other = [mark(SAFE, -20 * 60), mark(SAFE, 20 * 60)]
    assert view(frames, *other).data_at == data_at(frames, other) == frames[0].date


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)])
def test_a_change_of_the_clocks(month: int, day: int) -> None:
    """Frames come one after the other, with the offset of their time."""
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2026, month, day, 0, 30, tzinfo=zone).astimezone(UTC)
    frames = []
    for number in range(5):
        local = (first + timedelta(hours=number)).astimezone(zone)
        fixed = local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))
        frames.append(frame(0, date=fixed, filename=str(number)))
    seen = view(frames, now=first + timedelta(hours=5))
    assert [bar.end - first for bar in seen.bars] == [timedelta(hours=each) for each in range(5)]
    assert seen.night.day == day - 1


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([], []),
        ([(0, 1.0)], [(0, 1.0)]),
        ([(0, 1.0), (1, 2.0), (2, 3.0)], [(0, 1.0), (2, 3.0)]),
        ([(0, 2.0), (1, 3.0), (2, 1.0), (3, 2.0)], [(1, 3.0), (2, 1.0)]),
        ([(0, 1.0), (9, 2.0), (18, 3.0)], [(0, 1.0), (9, 2.0), (18, 3.0)]),
        ([(0, 1.0), (1, None), (2, 2.0)], [(0, 1.0), (1, None), (2, 2.0)]),
    ],
)
def test_long_lines_are_thinned(
    values: list[tuple[float, float | None]], kept: list[tuple[float, float | None]]
) -> None:
    """Two points in five minutes show how far the values are apart."""
    points = [(NIGHT + timedelta(minutes=minute), value) for minute, value in values]
    found = thinned(points, timedelta(minutes=5))
    assert [(minutes(moment), value) for moment, value in found] == kept


@given(
    st.lists(st.tuples(st.floats(-100, 500), st.floats(0, 50)), max_size=60), st.integers(1, 400)
)
def test_bars_in_columns(bars: list[tuple[float, float]], columns: int) -> None:
    """Runs are in order, apart, and within the plot; each bar within it is seen."""
    runs = filled([(left, left + width) for left, width in bars], columns)
    assert all(0 <= first < last <= columns for first, last in runs)
    assert all(one[1] <= other[0] for one, other in pairwise(runs))
    for left, width in bars:
        if left + width > 0 and left < columns:
            assert any(first <= max(0, int(left)) < last for first, last in runs)


@pytest.mark.parametrize(
    ("bars", "runs"),
    [
        ([], []),
        # Many short exposures are one run, and long ones are seen one by one.
        ([(number / 2, number / 2 + 0.5) for number in range(20)], [(0, 10)]),
        ([(0, 5), (5, 10)], [(0, 4), (5, 9)]),
        ([(2, 2)], [(2, 3)]),
        ([(-5, 3), (98, 140)], [(0, 2), (98, 100)]),
    ],
)
def test_runs_of_columns(bars: list[tuple[float, float]], runs: list[tuple[int, int]]) -> None:
    assert filled(bars, 100) == runs


def test_thousands_of_frames() -> None:
    frames = [
        frame(
            number / 6,
            filter=f"F{number % 40}",
            target_name=f"T{number // 100}",
            exposure_time=10.0,
        )
        for number in range(3000)
    ]
    seen = view(frames, now=NIGHT + timedelta(hours=9))
    assert (len(seen.bars), len(seen.targets), len(seen.filters)) == (3000, 30, 40)
