"""Saved frames in the account of what was heard: the history says nothing of them but the moment."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import (
    EventDecoder,
    EventType,
    Frame,
    ImageType,
    NinaEvent,
)
from custom_components.nina_observatory.api.models.wire import mapping
from custom_components.nina_observatory.events.reconciler import HistoryReconciler
from custom_components.nina_observatory.events.saved_frames import (
    SavedFrame,
    saved_frames,
    supplied,
)

from .test_replay import STARTED, event

LIVE = {
    "ExposureTime": 300.0,
    "ImageType": "LIGHT",
    "Filter": "Ha",
    "RmsText": 'Tot: 0.42 (0.74")',
    "Temperature": -10.0,
    "CameraName": "ZWO ASI2600MM Pro",
    "TargetName": "M 31",
    "Gain": 100,
    "Offset": 50,
    "Date": "2026-02-24T22:41:09.100000+01:00",
    "TelescopeName": "FRA400",
    "FocalLength": 400.0,
    "StDev": 120.4,
    "Mean": 812.3,
    "Median": 790.0,
    "Min": 310.0,
    "Max": 65535.0,
    "Stars": 842,
    "HFR": 1.93,
    "HFRStDev": 0.31,
    "IsBayered": False,
    "Filename": "0042.fits",
}


def saved(seconds: float | None) -> NinaEvent:
    """Return the event of a frame that was saved so many seconds after the start."""
    time = None if seconds is None else STARTED + timedelta(seconds=seconds)
    return NinaEvent(type=EventType.IMAGE_SAVED, name="IMAGE-SAVE", time=time)


def test_saved_frames_get_their_statistics() -> None:
    """The history leaves them out; the frame that was saved at that moment has them."""
    frames = [
        Frame(
            date=STARTED + timedelta(seconds=seconds),
            filename=f"{seconds}.fits",
            image_type=ImageType.LIGHT,
            hfr_std_dev=0.3,
        )
        for seconds in (60, 0, 61)
    ] + [Frame(filename="no date")]
    events = [saved(0.001), saved(60.001), saved(61.001), saved(30), saved(None), event("a")]
    told = with_frames(events, frames)
    assert files(told) == [*("0.fits", "60.fits", "61.fits"), *(None, None, None)]
    first = mapping(told[0].data["image_statistics"])
    assert first["date"] == STARTED.isoformat()
    assert (first["image_type"], first["hfr_st_dev"]) == ("LIGHT", 0.3)
    assert with_frames(events, []) == events


def with_frames(events: list[NinaEvent], frames: Iterable[Frame]) -> list[NinaEvent]:
    """Return events with the statistics of their frames."""
    known = filter(None, map(SavedFrame.of, frames))
    found = saved_frames(events, known)
    return [supplied(event, found.get(place)) for place, event in enumerate(events)]


def frame(number: int) -> Frame:
    """Return the frame that was saved so many minutes after the start."""
    saved_at = STARTED + timedelta(minutes=number)
    return Frame(date=saved_at, filename=f"{number}.fits", image_type=ImageType.LIGHT)


def heard_frame(number: int, *, named: bool = True, dated: bool = True) -> NinaEvent:
    """Return what is heard when a frame is saved."""
    heard = frame(number)
    statistics = {"filename": heard.filename} if named else {}
    heard = replace(heard, filename=heard.filename if named else None)
    data = {"image_statistics": statistics}
    return replace(saved(None), data=data, frame=heard if dated else None)


def files(events: Iterable[NinaEvent]) -> list[object]:
    """Return the files of saved frames."""
    return [mapping(event.data.get("image_statistics")).get("filename") for event in events]


def kept(account: HistoryReconciler) -> HistoryReconciler:
    """Return an account as it is after a restart of Home Assistant."""
    return HistoryReconciler.decode(json.loads(json.dumps(account.encode(whole=True))))


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("listed", [(1, 2, 3), ()])
def test_the_frame_that_was_missed_is_told(
    number: int, is_kept: bool, named: bool, listed: tuple[int, ...]
) -> None:
    """Not one that was heard after it: all of them are alike in the history.

    Servers before 2.2.13 do not name the file, and the list may not be readable.
    """
    account, frames = HistoryReconciler(), [frame(each) for each in listed]
    account.missed([], STARTED)
    for each in (1, 2, 3):
        if each == number:
            account.connected()
        else:
            account.record(heard_frame(each, named=named))
    if is_kept:
        account = kept(account)
    history = [saved(each * 60) for each in (1, 2, 3)]
    frames = frames if named else [replace(each, filename=None) for each in frames]
    (told,) = account.missed(history, STARTED, frames)
    assert told.time == history[number - 1].time
    assert files([told]) == [f"{number}.fits" if listed and named else None]
    assert account.missed(history, STARTED, frames) == []


@pytest.mark.parametrize("listed", [(), (1,), (1, 3, 4), (1, 2, 3, 4)])
def test_a_frame_that_arrives_after_the_history_is_not_told_in_place_of_another(
    listed: tuple[int, ...],
) -> None:
    """The list of frames may be unreadable, old, or without the one that was missed."""
    account, frames = HistoryReconciler(), [frame(each) for each in listed]
    account.missed([], STARTED)
    account.record(heard_frame(1))
    account.connected()
    account.record(heard_frame(3))
    history = [saved(each * 60) for each in (1, 2, 3)]
    account.record(heard_frame(4))
    (told,) = account.missed(history, STARTED, frames)
    assert told.time == history[1].time
    assert files([told]) == ["2.fits" if 2 in listed else None]
    history.append(saved(4 * 60))
    assert account.missed(history, STARTED, [frame(each) for each in (1, 2, 3, 4)]) == []
    assert account.counters.duplicates == 0


def test_a_missed_frame_does_not_get_the_statistics_of_its_neighbor() -> None:
    """Flats are saved so fast that the one before is near enough, where the list lacks their own."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    frames = [replace(frame(1), date=STARTED + timedelta(seconds=1))]
    account.record(replace(heard_frame(1), frame=frames[0]))
    (told,) = account.missed([saved(1.001), saved(1.6)], STARTED, frames)
    assert (told.time, files([told])) == (saved(1.6).time, [None])


@pytest.mark.parametrize("heard", [{1}, {2}, {1, 2}])
@pytest.mark.parametrize("named", [False, True])
def test_frames_without_their_date_are_counted(heard: set[int], named: bool) -> None:
    """Nothing else tells them apart."""
    frames = [frame(1), frame(2)]
    for times, dated, known in (
        ((60, 120), False, frames),
        ((60, 120), False, []),
        ((None, None), True, frames),
        ((None, None), False, []),
    ):
        account, history = HistoryReconciler(), [saved(seconds) for seconds in times]
        account.missed([], STARTED)
        for each in heard:
            account.record(heard_frame(each, named=named, dated=dated))
        assert len(account.missed(history, STARTED, known)) == 2 - len(heard)
        assert account.missed(history, STARTED, known) == []
        assert account.encode(whole=True)["heard"] == {}


@pytest.mark.parametrize("suffix", ["", ":0a1b2c3d4e5f6071", ":" + "9" * 40 + ":0a", ":"])
def test_a_kept_frame_that_is_not_told_apart_is_counted(suffix: str) -> None:
    """As before the date was kept, and where what was kept was damaged."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    account.record(heard_frame(1, dated=False))
    encoded = account.encode(whole=True)
    encoded["heard"] = {f"{each}{suffix}": times for each, times in encoded["heard"].items()}
    account = HistoryReconciler.decode(encoded)
    assert files(account.missed([saved(60), saved(120)], STARTED, [frame(1), frame(2)])) == [
        "2.fits"
    ]


def test_frames_of_one_second_are_not_told_twice() -> None:
    """The history may write down a frame so late that it seems to be the next one."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    frames = [replace(frame(each), date=STARTED + timedelta(seconds=each / 2)) for each in (1, 2)]
    for each in frames:
        account.record(replace(saved(None), frame=each))
    assert account.missed([saved(1.0), saved(1.5)], STARTED, frames) == []


@given(
    spells=st.lists(
        st.tuples(
            # Seconds since the frame before, and until its event is written.
            st.floats(0.06, 400),
            st.floats(0, 0.04),
            # Whether it is heard, and whether it is listed.
            st.booleans(),
            st.booleans(),
            # How many of the newest a history lacks that is read now; None if none is read.
            st.none() | st.integers(0, 3),
        ),
        max_size=12,
    )
)
def test_each_missed_frame_is_told_once_as_itself(
    spells: list[tuple[float, float, bool, bool, int | None]],
) -> None:
    """Whichever frames are heard, listed, or on their way while the history is read."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    at, history, listed, told = 0.0, list[NinaEvent](), list[Frame](), list[NinaEvent]()
    missed: list[tuple[int, bool]] = []
    on_their_way = 0
    for number, (pause, late, is_heard, is_listed, lacking) in enumerate(spells):
        at += pause
        new = Frame(date=STARTED + timedelta(seconds=at), filename=f"{number}.fits")
        history.append(saved(at + late))
        listed += [new] * is_listed
        if is_heard:
            on_their_way += 1
            account.record(replace(saved(None), frame=new))
        else:
            on_their_way = 0
            missed.append((number, is_listed))
            account.connected()
        if lacking is not None:
            read = history[: len(history) - min(lacking, on_their_way)]
            told += account.missed(read, STARTED, listed)
            on_their_way = min(lacking, on_their_way)
    told += account.missed(history, STARTED, listed)
    assert [each.time for each in told] == [history[number].time for number, _ in missed]
    names = [f"{number}.fits" if is_listed else None for number, is_listed in missed]
    assert files(told) == names
    assert account.encode(whole=True)["heard"] == {}


@pytest.mark.parametrize("kind", ["LIGHT", "SOLAR"])
def test_supplied_statistics_have_the_names_of_live_ones(kind: str) -> None:
    """Whoever reads an event need not care how it came."""
    statistics = {**LIVE, "ImageType": kind}
    live = EventDecoder().live({"Event": "IMAGE-SAVE", "ImageStatistics": statistics}, STARTED)
    assert live is not None
    assert live.frame is not None
    (replayed,) = with_frames([replace(saved(0), time=live.frame.date)], [live.frame])
    assert replayed.data == live.data
