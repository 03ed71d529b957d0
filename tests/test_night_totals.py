"""The totals of a night that N.I.N.A. did not run through: as if it had."""

from collections.abc import Callable
from datetime import datetime, timedelta
import json
import random

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import Frame
from custom_components.nina_observatory.night.facts.night_totals import NightTotals
from custom_components.nina_observatory.readings.frame_statistics import (
    FrameStatistics,
    NightStatistics,
)

from .test_session import NIGHT, light, night_statistics


def plainly(night: NightStatistics, as_told: Callable[[list[float]], object] = list) -> object:
    """Return the statistics of a night for comparison, each list of numbers as told."""

    def part(statistics: FrameStatistics) -> object:
        return as_told(
            [
                statistics.frames,
                statistics.integration_time,
                statistics.measured,
                statistics.average_hfr or 0,
                statistics.best_hfr or 0,
            ]
        )

    return (
        night.night,
        night.started_at,
        part(night.total),
        [(name, part(each)) for name, each in night.by_filter],
        [(name, part(each)) for name, each in night.by_target],
    )


def approximately(night: NightStatistics) -> object:
    """Return statistics with sums that may differ in the last digit."""
    return plainly(night, pytest.approx)


# Frames of a night, in the order of time: when each was saved in minutes after 20:00, and what it is.
taken = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.sampled_from(["L", "H", None]),
        st.sampled_from(["M 31", None]),
        st.floats(0.5, 9) | st.none(),
    ),
    min_size=1,
    max_size=25,
)


def frames_of(described: list[tuple[int, str | None, str | None, float | None]]) -> list[Frame]:
    """Return frames of ten seconds that follow each other."""
    frames, minutes = [], 8 * 60.0
    for pause, name, target, hfr in described:
        minutes += pause
        more = {"filter": name, "target_name": target, "hfr": hfr, "exposure_time": 10.0}
        frames.append(light(minutes / 60, **more))
    return frames


@given(taken, st.randoms(use_true_random=False), st.booleans())
def test_however_often_nina_is_restarted(
    described: list[tuple[int, str | None, str | None, float | None]],
    chance: random.Random,
    saved: bool,
) -> None:
    """Lists that begin again make up the night, also saved and read again at any moment."""
    frames, totals, begin = frames_of(described), NightTotals(), 0
    for number in range(1, len(frames) + 1):
        totals = totals.after(night_statistics(frames[begin:number]))
        if chance.random() < 0.3:
            # It is closed, and answers with an empty list, or the same one.
            totals = totals.after(NightStatistics())
        if chance.random() < 0.3:
            begin = number
        if saved:
            totals = NightTotals.decode(json.loads(json.dumps(totals.encode())))
    assert approximately(totals.shown) == plainly(night_statistics(frames))


def test_the_night_before_stays_until_the_next_has_a_frame() -> None:
    """Neither an empty list nor the noon ends it."""
    evening = night_statistics([light(8), light(9)])
    totals = NightTotals().after(evening).after(NightStatistics())
    assert totals.shown == evening
    next_evening = night_statistics([light(32)])
    assert totals.after(next_evening).shown == next_evening
    both = night_statistics([light(8), light(9), light(32)])
    assert NightTotals().after(evening).after(both).shown == next_evening


def test_a_frame_that_was_missed_at_the_beginning_counts_once() -> None:
    """A list that begins earlier than before is the same list, read better."""
    late, whole = night_statistics([light(9)]), night_statistics([light(8), light(9)])
    assert NightTotals().after(late).after(whole).shown == whole


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"listed": None, "earlier": 5},
        {"listed": {"night": "2026", "started_at": str(NIGHT), "total": [1, 600.0, 0, None, None]}},
        {"listed": {"night": "2026-09-04", "started_at": "noon", "total": [1, 1, 1, 1, 1]}},
        {"listed": {"night": "2026-09-04", "started_at": str(NIGHT), "total": [-5, "x", 1e300]}},
        {"listed": {"night": [], "started_at": {}, "total": {}, "by_filter": [[[]]]}},
    ],
)
def test_saved_totals_that_cannot_be_are_none(kept: dict[str, object]) -> None:
    """Nothing is made up."""
    assert NightTotals.decode(kept) == NightTotals()


def test_odd_numbers_of_saved_totals_are_unknown() -> None:
    """Each costs itself."""
    night = {
        "night": "2026-09-04",
        "started_at": (NIGHT + timedelta(hours=8)).isoformat(),
        "total": [3, -1.0, 7, 2.0, 1.5],
        "by_filter": [["L", [2, 600.0, 2, float("nan"), 1.0]], "odd", [5, 5]],
        "by_target": "odd",
    }
    shown = NightTotals.decode({"listed": night}).shown
    assert shown.started_at == datetime.fromisoformat(str(night["started_at"]))
    assert shown.total == FrameStatistics(
        frames=3, integration_time=0.0, measured=3, average_hfr=2.0, best_hfr=1.5
    )
    assert dict(shown.by_filter)["L"].average_hfr is None
    assert shown.by_target == ()
