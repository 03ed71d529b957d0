"""What drivers report about motion, and movements that do not come to their end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from simulator import Observatory
from simulator.commands import run
from simulator.habits import Coordination, MountHabits, MountWords, RoofHabits, RoofWords, changed

from .support import Client, eventually, happened, observatory_with_client, passes

DOME, MOUNT = "/equipment/dome", "/equipment/mount"
type Rig = tuple[Observatory, Client]


@pytest.fixture(params=["2.2.15", "2.0.1"])
async def rig(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncIterator[Rig]:
    """Run an observatory in each dialect, its roof open and its mount tracking."""
    async with observatory_with_client(version=request.param) as (observatory, client):
        observatory.dome.put_shutter(1.0)
        observatory.mount.put(observatory.sequence.target)
        await observatory.dome.next_poll()
        yield observatory, client


class Seen:
    """What N.I.N.A. knows of a device, poll by poll."""

    def __init__(self) -> None:
        """Begin empty."""
        self.words: list[Any] = []

    def add(self, word: Any) -> None:
        """Keep a word that differs from the one before."""
        if self.words[-1:] != [word]:
            self.words.append(word)


async def shutters(observatory: Observatory, seconds: float) -> list[str]:
    """Return what the shutter reads, poll by poll, in the next simulated seconds."""
    seen, end = Seen(), observatory.clock.elapsed + seconds
    while observatory.clock.elapsed < end:
        await observatory.dome.next_poll()
        seen.add(observatory.dome.known["ShutterStatus"].wire.removeprefix("Shutter"))
    return seen.words


async def parking(observatory: Observatory, seconds: float) -> list[tuple[bool, bool]]:
    """Return (Slewing, AtPark), poll by poll, in the next simulated seconds."""
    seen, end = Seen(), observatory.clock.elapsed + seconds
    while observatory.clock.elapsed < end:
        await observatory.mount.next_poll()
        seen.add((observatory.mount.known["Slewing"], observatory.mount.known["AtPark"]))
    return seen.words


@pytest.mark.parametrize(
    ("words", "closing", "opening"),
    [
        (RoofWords.ANNOUNCES, ["Closing", "Closed"], ["Opening", "Open"]),
        (RoofWords.SWITCHES, ["Open", "Closed"], ["Closed", "Open"]),
        (RoofWords.ERROR, ["Error", "Closed"], ["Error", "Open"]),
        (RoofWords.NONE, ["None", "Closed"], ["None", "Open"]),
    ],
)
async def test_the_words_of_a_roof(
    rig: Rig, words: RoofWords, closing: list[str], opening: list[str]
) -> None:
    """Each driver has its own words on the way; both ways take their own time."""
    observatory, client = rig
    observatory.dome.habits = RoofHabits(words, open_seconds=40, close_seconds=90)
    await client.get(f"{DOME}/close")
    began = observatory.clock.elapsed
    assert await shutters(observatory, 86) == closing[:1]
    assert await shutters(observatory, 10) in (closing, closing[1:])
    assert observatory.clock.elapsed - began < 110
    await client.get(f"{DOME}/open")
    assert await shutters(observatory, 36) == opening[:1]
    await shutters(observatory, 10)
    assert observatory.dome.known["ShutterStatus"].wire == "ShutterOpen"


@pytest.mark.parametrize("blocks", [False, True])
async def test_when_a_silent_roof_is_announced_as_closed(rig: Rig, blocks: bool) -> None:
    """N.I.N.A. believes that a roof is closed which does not say that it moves."""
    observatory, client = rig
    observatory.dome.habits = RoofHabits(RoofWords.SWITCHES, close_seconds=60, blocks=blocks)
    await client.get(f"{DOME}/close")
    await happened(observatory, "DOME-SHUTTER-CLOSED")
    assert (observatory.dome.opening == 0) is blocks


@pytest.mark.parametrize(
    ("mode", "words", "reads", "opening"),
    [
        ("ignore", "announces", ["Open"], 1.0),
        ("jam", "announces", ["Closing", "Error"], 0.5),
        ("halt", "announces", ["Closing", "Open"], 0.5),
        ("halt", "switches", ["Open"], 0.5),
        ("jam", "switches", ["Open"], 0.5),
        ("endless", "announces", ["Closing"], 1.0),
        ("endless", "switches", ["Closing"], 1.0),
        ("error", "announces", ["Error"], 1.0),
    ],
)
async def test_a_stuck_shutter(
    rig: Rig, mode: str, words: str, reads: list[str], opening: float
) -> None:
    """A fault strikes one way and so many times; the next command closes."""
    observatory, client = rig
    await run(observatory, "roof", {"words": words, "open_seconds": 20, "close_seconds": 20})
    await observatory.faults.start("stuck_shutter", mode=mode, direction="close", count=1)
    await client.get(f"{DOME}/close")
    await observatory.dome.next_poll()
    assert await shutters(observatory, 60) in (reads, reads[1:])
    assert observatory.dome.opening == opening
    await client.get(f"{DOME}/stop")
    await observatory.dome.next_poll()
    await client.get(f"{DOME}/close")
    await eventually(lambda: observatory.dome.opening == 0)
    await observatory.dome.next_poll()
    assert observatory.dome.known["ShutterStatus"].wire == "ShutterClosed"


async def test_a_roof_moved_by_its_own_switch(rig: Rig) -> None:
    """What somebody does at the roof N.I.N.A. sees at its next poll, in the driver's words."""
    observatory, _ = rig
    observatory.dome.move_shutter(0.0)
    assert await shutters(observatory, 40) == ["Closing", "Closed"]


@pytest.mark.parametrize(
    ("habits", "seen"),
    [
        (MountHabits(), [(True, False), (False, True)]),
        (MountHabits(MountWords.SILENT), [(False, False), (False, True)]),
        (MountHabits(lingers=90), [(True, False), (True, True), (False, True)]),
    ],
)
async def test_the_words_of_a_mount(rig: Rig, habits: MountHabits, seen: list[Any]) -> None:
    """A driver may never say that it slews, or go on saying so; parking takes its time."""
    observatory, client = rig
    observatory.mount.habits = changed(habits, park_seconds=120)
    await client.get(f"{MOUNT}/park")
    began = observatory.clock.elapsed
    await observatory.mount.next_poll()
    assert await parking(observatory, 112) == seen[:1]
    assert await parking(observatory, 120) in (seen, seen[1:])
    assert observatory.mount.hardware.stopped - began == pytest.approx(120, abs=3)


async def test_a_mount_goes_on_saying_slewing_after_a_stop(rig: Rig) -> None:
    """The same after a stop, although it stands."""
    observatory, client = rig
    await run(observatory, "mount", {"park_seconds": 120.0, "lingers": 60.0})
    await client.get(f"{MOUNT}/park")
    await observatory.mount.next_poll()
    observatory.mount.routines.stop_slew()
    assert not observatory.mount.slewing
    assert await parking(observatory, 50) == [(True, False)]
    assert await parking(observatory, 20) in ([(True, False), (False, False)], [(False, False)])


@pytest.mark.parametrize(
    ("coordinates", "moves"),
    [
        (Coordination.MOVE, {"Altitude", "Declination", "RightAscension"}),
        (Coordination.STAND, {"RightAscension"}),
        (Coordination.FREEZE, set[str]()),
    ],
)
async def test_coordinates_on_the_way_to_the_park_position(
    rig: Rig, coordinates: Coordination, moves: set[str]
) -> None:
    """They may follow the axes, or stand still until it has arrived."""
    observatory, client = rig
    await run(observatory, "mount", {"park_seconds": 240, "coordinates": coordinates.value})
    await client.get(f"{MOUNT}/park")
    await observatory.mount.next_poll()
    before = dict(observatory.mount.known)
    await passes(observatory, 200)
    await observatory.mount.next_poll()
    after = observatory.mount.known
    keys = ("Altitude", "Declination", "RightAscension")
    assert {key for key in keys if abs(after[key] - before[key]) > 0.01} == moves
    await eventually(lambda: observatory.mount.known["AtPark"])
    assert observatory.mount.known["Declination"] == pytest.approx(90)


@pytest.mark.parametrize(
    ("mode", "seen", "parked", "announced"),
    [
        ("ignore", [(False, False)], False, True),
        ("halt", [(True, False), (False, False)], False, True),
        ("endless", [(True, False)], False, False),
        ("claimless", [(True, False), (False, False)], True, True),
    ],
)
async def test_a_mount_that_will_not_park(
    rig: Rig, mode: str, seen: list[Any], parked: bool, announced: bool
) -> None:
    """N.I.N.A. announces the end whenever the driver's call returns; then it parks."""
    observatory, client = rig
    await observatory.faults.start("stuck_park", mode=mode, count=1)
    before = observatory.events.names.count("MOUNT-PARKED")
    await client.get(f"{MOUNT}/park")
    await observatory.mount.next_poll()
    assert await parking(observatory, 120) in (seen, seen[1:])
    assert observatory.mount.parked is parked
    assert (observatory.events.names.count("MOUNT-PARKED") > before) is announced
    assert await client.get(f"{MOUNT}/park") == "Parking"
    await eventually(lambda: observatory.mount.known["AtPark"])
    assert not observatory.mount.known["Slewing"]


async def test_a_mount_goes_on_parking_without_nina(rig: Rig) -> None:
    """The hardware does not notice that N.I.N.A. ends."""
    observatory, client = rig
    observatory.mount.habits = MountHabits(park_seconds=60)
    await client.get(f"{MOUNT}/park")
    await observatory.mount.next_poll()
    await observatory.stop()
    await passes(observatory, 70)
    assert observatory.mount.parked


@pytest.mark.usefixtures("socket_enabled")
async def test_habits_at_construction() -> None:
    """An observatory can be built with its drivers' habits."""
    roof, mount = RoofHabits(RoofWords.SWITCHES), MountHabits(MountWords.SILENT)
    async with observatory_with_client(roof=roof, mount=mount) as (observatory, _):
        assert observatory.dome.habits is roof
        assert observatory.mount.habits is mount


@pytest.mark.parametrize(
    ("command", "options", "text"),
    [
        ("roof", {"words": "loud"}, "one of announces, switches, error, none"),
        ("roof", {"close_seconds": -1}, "close_seconds cannot be -1"),
        ("roof", {"words": 3}, "must be str"),
        ("mount", {"coordinates": "spin"}, "one of move, stand, freeze"),
    ],
)
async def test_nonsense(
    observatory: Observatory, command: str, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        await run(observatory, command, options)
