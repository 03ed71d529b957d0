"""A whole clear night, from connecting before sunset to flats in the morning."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta, timezone
import itertools

import pytest

from simulator import Observatory
from simulator.events import Event
from simulator.images import Frame
from simulator.sequence.library import SCHEDULED
from simulator.sequence.node import Status
from simulator.sky import Site

from .support import Client, observatory_with_client

ZONE = timezone(timedelta(hours=2))
SUNSET = datetime(2026, 9, 12, 18, 30, tzinfo=ZONE)
SITE = Site(40.5, 15.0, 500)
DEVICES = [
    "SAFETY",
    "WEATHER",
    "SWITCH",
    "ROTATOR",
    "FOCUSER",
    "FILTERWHEEL",
    "MOUNT",
    "CAMERA",
    "FLAT",
    "DOME",
]


def positions(events: list[Event], name: str) -> list[int]:
    """Return where events of a name are in the list."""
    return [number for number, event in enumerate(events) if event.name == name]


@pytest.mark.timeout(400)
async def test_a_whole_clear_night(socket_enabled: None) -> None:
    async with observatory_with_client(
        scenario="cold_start", start=SUNSET, site=SITE, scheduler_port=0, speed=3000
    ) as (observatory, client):
        assert observatory.sequence.files is not None
        observatory.sequence.initialized = True
        observatory.sequence.load(observatory.sequence.files[SCHEDULED])
        async with client.listening() as listener:
            finished = asyncio.ensure_future(observatory.events.wait_for("SEQUENCE-FINISHED"))
            await observatory.sequence.start(skip_validation=True)
            await finished
        events = observatory.events.history
        _check_numbers(events)
        _check_start(events)
        _check_imaging(events)
        _check_end(events)
        assert [message for message in listener.names if message != "IMAGE-PREPARED"] == [
            event.name for event in events if event.name != "IMAGE-PREPARED"
        ]
        assert {root.status for root in observatory.sequence.plan.roots} == {Status.FINISHED}
        assert observatory.mount.parked
        assert observatory.dome.opening == 0
        _check_frames(observatory.images.frames)
        await _check_counters(observatory, client)


def _check_numbers(events: list[Event]) -> None:
    """Check how many events there were, and of how many kinds."""
    recorded = [event.name for event in events if event.name != "IMAGE-PREPARED"]
    counts = Counter(recorded)
    assert len(counts) >= 40, sorted(counts)
    assert 400 < len(recorded) < 1000, counts
    assert counts["MOUNT-BEFORE-FLIP"] == counts["MOUNT-AFTER-FLIP"] >= 1
    assert counts["AUTOFOCUS-FINISHED"] >= 3
    assert counts["AUTOFOCUS-POINT-ADDED"] >= 8 * counts["AUTOFOCUS-FINISHED"]
    assert counts["TS-TARGETSTART"] >= counts["STACK-UPDATED"] > 40
    assert counts["GUIDER-DITHER"] > 5
    assert "ERROR-PLATESOLVE" not in counts
    assert "SEQUENCE-ENTITY-FAILED" not in counts


def _check_start(events: list[Event]) -> None:
    """Check that everything is connected, each after its disconnect, before the roof opens."""
    names = [event.name for event in events]
    assert names[0] == "SEQUENCE-STARTING"
    for device in DEVICES:
        assert names.index(f"{device}-DISCONNECTED") + 1 == names.index(f"{device}-CONNECTED")
    opened = names.index("DOME-SHUTTER-OPENED")
    assert names.index("GUIDER-CONNECTED") < opened < names.index("MOUNT-UNPARKED")
    assert opened < names.index("AUTOFOCUS-STARTING") < names.index("TS-TARGETSTART")


def _check_imaging(events: list[Event]) -> None:
    """Check the cycle of exposures."""
    new, target = (positions(events, f"TS-{name}START") for name in ("NEWTARGET", "TARGET"))
    assert all(number + 1 in target for number in new)
    lights = [
        number
        for number in positions(events, "IMAGE-SAVE")
        if events[number].payload["ImageStatistics"]["ImageType"] == "LIGHT"
    ]
    for before, after in itertools.pairwise(target):
        saved = [number for number in lights if before < number < after]
        assert len(saved) == 1, [event.name for event in events[before:after]]
        name = events[saved[0]].payload["ImageStatistics"]["TargetName"]
        assert name == events[before].payload["TargetName"]
    for number in positions(events, "STACK-UPDATED"):
        frame = max(entry for entry in lights if entry < number)
        assert 0.5 < (events[number].time - events[frame].time).total_seconds() < 3
    for number in positions(events, "MOUNT-BEFORE-FLIP"):
        names = [event.name for event in events[number : number + 12]]
        assert names.index("GUIDER-STOP") < names.index("GUIDER-START")
        assert names.index("GUIDER-START") < names.index("MOUNT-AFTER-FLIP")
    dithers = positions(events, "GUIDER-DITHER")
    followers = [next(e.name for e in events[n + 1 :] if e.name[:2] != "ST") for n in dithers]
    assert followers.count("GUIDER-START") + followers.count("FILTERWHEEL-CHANGED") == len(dithers)


def _check_end(events: list[Event]) -> None:
    """Check that all is closed before the flats, and what comes last."""
    names = [event.name for event in events]
    last_light = positions(events, "TS-TARGETSTART")[-1]
    parked, closed = names.index("MOUNT-PARKED"), names.index("DOME-SHUTTER-CLOSED")
    assert last_light < parked < closed < names.index("FLAT-COVER-CLOSED")
    assert names[-1] == "SEQUENCE-FINISHED"
    times = [event.time for event in events]
    assert times == sorted(times)
    assert times[-1] - times[0] < timedelta(hours=14)


def _check_frames(frames: list[Frame]) -> None:
    """Check that the frames are what was planned, sharp for the most part."""
    kinds = Counter(frame.image_type for frame in frames)
    assert kinds["FLAT"] == 35
    assert kinds["LIGHT"] > 40
    radii = sorted(frame.hfr for frame in frames if frame.image_type == "LIGHT")
    assert 1.2 < radii[len(radii) // 2] < 2.6
    assert radii[-1] < 4


async def _check_counters(observatory: Observatory, client: Client) -> None:
    """Check that what the scheduler counts is what was saved."""
    assert observatory.scheduler is not None
    frames = observatory.images.frames
    taken = Counter(frame.target_name for frame in frames if frame.image_type == "LIGHT")
    for _, target in observatory.scheduler.store.all_targets():
        tonight = [frame for frame in target.frames if frame.saved_at > SUNSET]
        if target.active:
            assert len(tonight) == taken.pop(target.name, 0), target.name
    assert not taken
    assert await client.get("/image-history?count=true") == len(frames)
