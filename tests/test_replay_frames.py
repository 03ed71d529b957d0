"""Saved frames in the account of what was heard: the history says nothing of them but the moment."""

from dataclasses import replace
from datetime import timedelta
import json

import pytest

from custom_components.nina_observatory.api import (
    EventDecoder,
    EventType,
    Frame,
    ImageType,
    NinaEvent,
)
from custom_components.nina_observatory.events.reconciler import HistoryReconciler, with_frames

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
    supplied = [each.data.get("image_statistics") for each in with_frames(events, frames)]
    assert [each and each["filename"] for each in supplied] == [
        *("0.fits", "60.fits", "61.fits"),
        *(None, None, None),
    ]
    first = supplied[0] or {}
    assert first["date"] == STARTED.isoformat()
    assert (first["image_type"], first["hfr_st_dev"]) == ("LIGHT", 0.3)
    assert list(with_frames(events, [])) == events


def frame(number: int) -> Frame:
    """Return the frame that was saved so many minutes after the start."""
    saved_at = STARTED + timedelta(minutes=number)
    return Frame(date=saved_at, filename=f"{number}.fits", image_type=ImageType.LIGHT)


def heard_frame(number: int, *, named: bool = True) -> NinaEvent:
    """Return what is heard when a frame is saved."""
    statistics = {"filename": f"{number}.fits"} if named else {}
    return replace(saved(None), data={"image_statistics": statistics})


def files(events: list[NinaEvent]) -> list[str | None]:
    """Return the files of saved frames."""
    return [event.data.get("image_statistics", {}).get("filename") for event in events]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("kept", [False, True])
def test_the_frame_that_was_missed_is_told(number: int, kept: bool) -> None:
    """Not one that was heard after it: all of them are alike in the history."""
    account, frames = HistoryReconciler(), [frame(each) for each in (1, 2, 3)]
    account.missed([], STARTED)
    for each in (1, 2, 3):
        if each == number:
            account.connected()
        else:
            account.record(heard_frame(each))
    if kept:
        account = HistoryReconciler.decode(json.loads(json.dumps(account.encode(whole=True))))
    history = [saved(each * 60) for each in (1, 2, 3)]
    assert files(account.missed(history, STARTED, frames)) == [f"{number}.fits"]
    assert account.missed(history, STARTED, frames) == []


@pytest.mark.parametrize("heard", [{1}, {2}, {1, 2}])
def test_frames_without_their_file_are_counted(heard: set[int]) -> None:
    """As they are by servers before 2.2.13, and where frames could not be read."""
    history, frames = [saved(60), saved(120)], [frame(1), frame(2)]
    for named, known in ((False, frames), (True, []), (False, [])):
        account = HistoryReconciler()
        account.missed([], STARTED)
        for each in heard:
            account.record(heard_frame(each, named=named))
        assert len(account.missed(history, STARTED, known)) == 2 - len(heard)
        assert account.missed(history, STARTED, known) == []


def test_frames_of_one_second_are_not_told_twice() -> None:
    """The history writes down a frame so late that it may seem to be the next one."""
    account = HistoryReconciler()
    account.missed([], STARTED)
    frames = [replace(frame(each), date=STARTED + timedelta(seconds=each / 2)) for each in (1, 2)]
    for each in (1, 2):
        account.record(heard_frame(each))
    assert account.missed([saved(1.0), saved(1.5)], STARTED, frames) == []


@pytest.mark.parametrize("kind", ["LIGHT", "SOLAR"])
def test_supplied_statistics_have_the_names_of_live_ones(kind: str) -> None:
    """Whoever reads an event need not care how it came."""
    statistics = {**LIVE, "ImageType": kind}
    live = EventDecoder().live({"Event": "IMAGE-SAVE", "ImageStatistics": statistics}, STARTED)
    assert live is not None
    assert live.frame is not None
    (replayed,) = with_frames([replace(saved(0), time=live.frame.date)], [live.frame])
    assert replayed.data == live.data
