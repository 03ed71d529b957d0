"""The statistics of a night are the same whatever the order or repetition of its frames."""

from datetime import date, datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import Frame, ImageType
from custom_components.nina_observatory.readings.frame_statistics import (
    NightStatistics,
    night_of,
    night_statistics,
    noon_of,
)

ZONE = timezone(timedelta(hours=-5))
NIGHT = datetime(2026, 9, 4, 12, tzinfo=ZONE)

frames = st.builds(
    Frame,
    date=st.sampled_from([0, 1, 2, 30, 700, 701, 1439, 1440, 1441, 2000, 2880, 4320]).map(
        lambda minutes: NIGHT + timedelta(minutes=minutes)
    )
    | st.none(),
    filename=st.sampled_from(["a.fits", "b.fits", None]),
    image_type=st.sampled_from([*ImageType, None]),
    filter=st.sampled_from(["L", "H", None]),
    target_name=st.sampled_from(["M 31", "NGC 281", None]),
    exposure_time=st.floats(0, 1200, allow_nan=False) | st.none(),
    hfr=st.floats(0.5, 9, allow_nan=False) | st.none(),
)


def light(hours: float, **described: object) -> Frame:
    """Return a light frame that was saved some hours after noon."""
    date = NIGHT + timedelta(hours=hours)
    frame = {"exposure_time": 600.0, "filter": "H", "target_name": "NGC 281", **described}
    return Frame(date=date, filename=f"{hours}.fits", image_type=ImageType.LIGHT, **frame)  # type: ignore[arg-type]


@given(st.lists(frames, max_size=30), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(taken: list[Frame], random: object) -> None:
    """The fold is a function of the set of frames, also where two tell of one differently."""
    shuffled = taken + taken
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert night_statistics(shuffled) == night_statistics(taken)


@given(st.lists(frames, max_size=30))
def test_parts_add_up(taken: list[Frame]) -> None:
    """Filters and targets divide the night without loss."""
    session = night_statistics(taken)
    for parts in (session.by_filter, session.by_target):
        assert sum(part.frames for _, part in parts) == session.total.frames


def test_a_night_by_hand() -> None:
    """Lights of the newest night alone count; HFR is the mean of those that have one."""
    session = night_statistics(
        [
            light(-3, hfr=9.0),
            light(10, hfr=2.0),
            light(14, hfr=3.0, filter="O"),
            light(15),
            Frame(date=NIGHT + timedelta(hours=18), image_type=ImageType.FLAT, hfr=1.0),
        ]
    )
    assert session.total.frames == 3
    assert session.total.integration_time == 1800
    assert session.total.average_hfr == 2.5
    assert session.total.best_hfr == 2.0
    assert session.started_at == NIGHT + timedelta(hours=10, seconds=-600)
    assert [(name, part.frames) for name, part in session.by_filter] == [("H", 2), ("O", 1)]
    assert [(name, part.frames) for name, part in session.by_target] == [("NGC 281", 3)]


def test_nothing_taken() -> None:
    """Without a light frame there is no session."""
    assert night_statistics([]) == NightStatistics()
    assert night_statistics([Frame(image_type=ImageType.LIGHT)]) == NightStatistics()


def test_the_night_begins_at_the_noon_of_the_rig() -> None:
    """Midnight does not divide a night, and N.I.N.A.'s own time decides."""
    assert night_of(datetime(2026, 9, 5, 3, tzinfo=ZONE)) == NIGHT.date()
    assert night_of(datetime(2026, 9, 5, 11, 59, tzinfo=ZONE)) == NIGHT.date()
    assert night_of(datetime(2026, 9, 5, 12, tzinfo=ZONE)) == date(2026, 9, 5)
    assert noon_of(datetime(2026, 9, 5, 3, tzinfo=ZONE)) == NIGHT


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_the_clocks_are_changed_in_the_night(before: int, after: int) -> None:
    """Frames of summer and of winter time are of one night."""
    zones = [timezone(timedelta(hours=hours)) for hours in (before, after)]
    saved = [datetime(2026, 10, 25, 2 * hour, tzinfo=zone) for hour, zone in enumerate(zones)]
    frames = [Frame(date=each, image_type=ImageType.LIGHT, exposure_time=60.0) for each in saved]
    assert night_statistics(frames).total.frames == 2
