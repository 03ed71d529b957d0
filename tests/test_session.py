"""The statistics of a night are the same whatever the order or repetition of its frames."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from math import fsum
import random
from statistics import fmean
import sys

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import Frame, ImageType
from custom_components.nina_observatory.readings.frame_list import FrameList
from custom_components.nina_observatory.readings.frame_statistics import (
    Addend,
    FrameStatistics,
    NightsTally,
    NightStatistics,
    Tally,
    night_of,
    noon_of,
)

ZONE = timezone(timedelta(hours=-5))
OTHER_ZONE = timezone(timedelta(hours=9))
NIGHT = datetime(2026, 9, 4, 12, tzinfo=ZONE)

frames = st.builds(
    Frame,
    date=st.sampled_from([0, 1, 2, 30, 700, 701, 1439, 1440, 1441, 2000, 2880, 4320]).map(
        lambda minutes: NIGHT + timedelta(minutes=minutes)
    )
    | st.integers(0, 3000).map(
        lambda minutes: (NIGHT + timedelta(minutes=minutes)).astimezone(OTHER_ZONE)
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


def night_statistics(taken: Iterable[Frame]) -> NightStatistics:
    """Return the statistics after frames came one by one."""
    tally = NightsTally()
    for frame in taken:
        tally.add(frame)
    return tally.statistics


def plain(taken: list[Frame]) -> FrameStatistics:
    """Return the statistics of frames, all at once."""
    measured = [frame.hfr for frame in taken if frame.hfr is not None]
    return FrameStatistics(
        frames=len(taken),
        integration_time=fsum(frame.exposure_time or 0.0 for frame in taken),
        measured=len(measured),
        average_hfr=fmean(measured) if measured else None,
        best_hfr=min(measured, default=None),
    )


def plain_night(taken: Iterable[Frame]) -> NightStatistics:
    """Return the statistics of the newest night, all at once."""
    lights: dict[object, Frame] = {}
    for frame in taken:
        if frame.image_type is ImageType.LIGHT and frame.date is not None:
            known = lights.setdefault(frame.identity, frame)
            lights[frame.identity] = min(known, frame, key=repr)
    nights: dict[date, list[tuple[datetime, Frame]]] = {}
    for frame in lights.values():
        if frame.date is not None:
            nights.setdefault(night_of(frame.date), []).append((frame.date, frame))
    if not nights:
        return NightStatistics()
    newest = nights[max(nights)]
    parts: tuple[dict[str, list[Frame]], ...] = ({}, {})
    for _, frame in newest:
        parts[0].setdefault(frame.filter or "", []).append(frame)
        parts[1].setdefault(frame.target_name or "", []).append(frame)
    by_filter, by_target = (
        tuple((name, plain(part[name])) for name in sorted(part)) for part in parts
    )
    return NightStatistics(
        night=max(nights),
        started_at=min(at - timedelta(seconds=each.exposure_time or 0.0) for at, each in newest),
        total=plain([frame for _, frame in newest]),
        by_filter=by_filter,
        by_target=by_target,
    )


@given(st.lists(frames, max_size=30), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(taken: list[Frame], random: random.Random) -> None:
    """The statistics follow from the set of frames, also where two tell of one differently."""
    shuffled = taken + taken
    random.shuffle(shuffled)
    assert night_statistics(shuffled) == night_statistics(taken) == plain_night(taken)


@given(st.data(), st.randoms(use_true_random=False))
def test_frame_by_frame_as_all_at_once(data: st.DataObject, random: random.Random) -> None:
    """Frames that come, change and go, in any order, and those dated ahead while time passes."""
    now, listed = NIGHT, FrameList()
    for _ in range(data.draw(st.integers(1, 25))):
        step = data.draw(st.sampled_from(["add", "add", "add", "read", "change", "go", "later"]))
        frames_now = list(listed.frames)
        if step == "add":
            listed.add(data.draw(frames))
        elif step == "read":
            listed = listed.replaced(frames_now + data.draw(st.lists(frames, max_size=5)))
        elif step == "change" and frames_now:
            place = random.randrange(len(frames_now))
            frames_now[place] = data.draw(frames)
            listed = listed.replaced(frames_now)
        elif step == "go":
            random.shuffle(frames_now)
            listed = listed.replaced(frames_now[: data.draw(st.integers(0, 3))])
        else:
            now += timedelta(hours=data.draw(st.integers(0, 30)))
        end = now + timedelta(days=1)
        counted = [each for each in listed.frames if each.date is not None and each.date < end]
        assert listed.night(now) == plain_night(counted)
        lights = [each for each in listed.frames if each.image_type is ImageType.LIGHT]
        assert listed.newest_light == (lights[-1] if lights else None)
        for number, frame in enumerate(listed.frames):
            found = listed.number(frame.identity)
            assert found is not None
            assert found >= number
            assert listed.frames[found].identity == frame.identity


@given(st.lists(frames, max_size=20), st.randoms(use_true_random=False))
def test_what_is_taken_out_leaves_no_trace(taken: list[Frame], random: random.Random) -> None:
    """The sums are exact: not a last digit is left of a frame that was counted."""
    tally = Tally()
    for frame in taken:
        tally.add(Addend.of(frame))
    rest = list(taken)
    random.shuffle(rest)
    while rest:
        assert tally.statistics == plain(rest)
        tally.remove(Addend.of(rest.pop()))
    assert tally.statistics == FrameStatistics()


def test_a_list_that_continues_another_is_the_same() -> None:
    """Whoever knows the frames so far need not look at them again."""
    first, second, third = (light(hours, hfr=2.0) for hours in (8, 9, 10))
    listed = FrameList()
    assert listed.replaced([first, second]) is listed
    listed.add(second)
    listed.add(third)
    assert listed.frames == (first, second, third)
    assert listed.replaced([light(8, hfr=2.0), second, third, light(11)]) is listed
    assert len(listed.frames) == 4
    for shorter in ([first], [first, third], []):
        successor = listed.replaced(shorter)
        assert successor is not listed
        assert (successor.frames, successor.generation) == (tuple(shorter), 1)
    assert listed.generation == 0


def test_a_frame_costs_the_same_however_many_there_are() -> None:
    """Calls are counted: none is made for a frame that is there already."""

    def calls(kept: int) -> int:
        listed = FrameList()
        taken = [
            light(8 + n / 3600, hfr=2 + n % 97 / 100, filter="LRGB"[n % 4]) for n in range(kept + 1)
        ]
        listed.replaced(taken[:-1]).night(NIGHT)
        count = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(note)
        listed.add(taken[-1])
        listed.night(NIGHT)
        sys.setprofile(None)
        assert listed.night(NIGHT).total.frames == kept + 1
        return count

    assert 10 < calls(40) == calls(400) == calls(4000) < 200


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
