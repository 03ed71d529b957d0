"""What protects the observatory is sent again when that is needed and safe, and never too early.

A driver's word about motion is believed only where it was seen to announce such a movement. One row
for each driver, each kind of reply, and each command.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands.dome import (
    CLOSE_SHUTTER,
    OPEN_SHUTTER,
    PARK_DOME,
    STOP_DOME,
)
from custom_components.nina_observatory.control.commands.flats import STOP_FLATS
from custom_components.nina_observatory.control.commands.focuser import CANCEL_AUTOFOCUS
from custom_components.nina_observatory.control.commands.guider import STOP_GUIDING
from custom_components.nina_observatory.control.commands.mount import (
    FIND_HOME,
    PARK_MOUNT,
    STOP_MOUNT,
    STOP_TRACKING,
    UNPARK_MOUNT,
)
from custom_components.nina_observatory.control.commands.sequence import STOP_SEQUENCE
from custom_components.nina_observatory.control.movements import LateMovement
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory
from simulator.enums import TrackingMode
from simulator.habits import Coordination, MountHabits, MountWords, RoofHabits, RoofWords
from simulator.sequence.containers import Target
from simulator.sequence.library import do
from simulator.sequence.plan import Plan

from .action_cases import slewing, under_the_stars, unparked
from .commanding import forget, place, prepare, teach
from .conftest import entry_with
from .errors import raises
from .ignored_cases import take_flats
from .states import DOME, act, state
from .waiting import eventually

CLOSE, PARK = "/equipment/dome/close", "/equipment/mount/park"

# How often a reply fails, and how often a command is then sent in all: 0 is always.
TRIES = {1: 2, 2: 3, 3: 4, 0: 4}


@pytest.fixture
def unhurried(observatory: Observatory, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the rig with limits that a busy machine keeps, its roof open and its mount parked."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    place(observatory, opening=1.0, parked=True)
    return loaded_entry


@pytest.fixture
def late(unhurried: NinaConfigEntry) -> list[LateMovement]:
    """Return what is told of movements that take long."""
    told: list[LateMovement] = []
    unhurried.runtime_data.runner.late_listeners.async_add(told.append)
    return told


async def run(entry: NinaConfigEntry, command: Command[Any]) -> None:
    """Carry out a command."""
    await entry.runtime_data.runner.async_run(command)


@dataclass(frozen=True, kw_only=True)
class Protecting:
    """A command that protects the observatory, and where it is sent to."""

    command: Command[Any]
    path: str
    opening: float = 1.0
    parked: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    def done(self, observatory: Observatory) -> bool:
        """Return whether it has really happened."""
        if self.command is CLOSE_SHUTTER:
            return observatory.dome.opening == 0
        return observatory.mount.parked


PROTECTING = [
    Protecting(command=CLOSE_SHUTTER, path=CLOSE),
    Protecting(command=PARK_MOUNT, path=PARK, parked=False),
]
REPLIES = ["unknown_error", "html", "empty", "error_500"]


@pytest.mark.parametrize("case", PROTECTING, ids=lambda case: case.command.key)
async def test_what_protects_survives_a_bad_reply(
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    subtests: pytest.Subtests,
    case: Protecting,
) -> None:
    """It is sent again, also by a driver of which nothing is known, and fails in the end."""
    unhurried.runtime_data.runner.pace.scale = 1 / 60
    for reply, (count, tries) in product(REPLIES, TRIES.items()):
        with subtests.test(f"{reply}, {count or 'always'}"):
            forget(unhurried)
            place(observatory, opening=case.opening, parked=case.parked)
            async with observatory.faults.during(reply, path=case.path, count=count):
                if count:
                    await run(unhurried, case.command)
                else:
                    ending = "denied" if reply == "unknown_error" else "unproven"
                    with raises(f"{case.command.key}_{ending}") as raised:
                        await run(unhurried, case.command)
                    if reply == "unknown_error":
                        assert "Unknown error" in str(raised.value)
            assert case.done(observatory) is bool(count)
            assert observatory.ledger.count(case.path) == tries


@pytest.mark.parametrize("case", PROTECTING, ids=lambda case: case.command.key)
async def test_an_error_after_the_movement_has_begun(
    observatory: Observatory, unhurried: NinaConfigEntry, case: Protecting
) -> None:
    """The driver raised and moves anyway: what reads as moving is not sent again."""
    place(observatory, opening=case.opening, parked=case.parked)
    await observatory.faults.start("unknown_error", path=case.path, count=1, done=True)
    await run(unhurried, case.command)
    assert case.done(observatory)
    assert observatory.ledger.count(case.path) == 1


def _wait_in_sequence(observatory: Observatory) -> None:
    """Have a sequence run that only waits."""
    waits = [do("Wait for Time Span", Time=90_000)]
    target = observatory.sequence.target
    observatory.sequence.load(lambda _: Plan(targets=[Target("M 1", target, waits)]))
    observatory.sequence.resume_imaging()


def _autofocus(observatory: Observatory) -> None:
    """Have an autofocus run that never gets where it moves to."""
    under_the_stars(observatory)
    observatory.focuser.travel.rate = 0.001
    observatory.tasks.start(observatory.autofocus.run(), "autofocus")


STOPS: list[tuple[Command[Any], str, Callable[[Observatory], None], Callable[[Observatory], bool]]]
STOPS = [
    (STOP_MOUNT, "/equipment/mount/slew/stop", slewing, lambda o: not o.mount.slewing),
    (STOP_TRACKING, "/equipment/mount/tracking", unparked, lambda o: not o.mount.tracking),
    (STOP_SEQUENCE, "/sequence/stop", _wait_in_sequence, lambda o: not o.sequence.running),
    (STOP_FLATS, "/flats/stop", take_flats, lambda o: not o.flats.running),
    (
        CANCEL_AUTOFOCUS,
        "/equipment/focuser/auto-focus",
        _autofocus,
        lambda o: not o.tasks.running("autofocus"),
    ),
]


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop[0].key)
async def test_a_stop_survives_a_bad_reply(
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    subtests: pytest.Subtests,
    stop: tuple[Command[Any], str, Callable[[Observatory], None], Callable[[Observatory], bool]],
) -> None:
    """It is sent again while what it is to end goes on, moving or not."""
    command, path, begin, ended = stop
    for reply in ("unknown_error", "lost_reply"):
        with subtests.test(reply):
            forget(unhurried)
            prepare(observatory, begin)
            await observatory.faults.start(reply, path=path, count=1, done=False)
            assert not ended(observatory)
            await run(unhurried, command)
            assert ended(observatory)
            assert observatory.ledger.count(path) == 2


async def test_an_error_reply_to_what_does_not_protect(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It is passed on with N.I.N.A.'s own words, and nothing is sent again."""
    await observatory.faults.start("unknown_error", path="/equipment/mount/unpark", count=1)
    with raises("unpark_mount_refused"):
        await run(unhurried, UNPARK_MOUNT)
    assert observatory.ledger.count("/equipment/mount/unpark") == 1


@pytest.mark.parametrize("words", list(RoofWords))
async def test_a_roof_is_not_disturbed_on_its_way(
    observatory: Observatory, unhurried: NinaConfigEntry, words: RoofWords
) -> None:
    """Whatever its driver reports on the way, for longer than the patience of a close."""
    observatory.dome.habits = RoofHabits(words, close_seconds=120, open_seconds=120)
    for command, opening in ((CLOSE_SHUTTER, 0.0), (OPEN_SHUTTER, 1.0), (CLOSE_SHUTTER, 0.0)):
        await run(unhurried, command)
        assert observatory.dome.opening == opening
    assert observatory.ledger.count(CLOSE) == 2
    habit = unhurried.runtime_data.runner.movements.habit(
        unhurried.runtime_data.equipment.data.equipment.dome, CLOSE_SHUTTER.key
    )
    assert habit.announced is (words is RoofWords.ANNOUNCES)
    assert len(habit.durations) == 2


@pytest.mark.parametrize("coordinates", list(Coordination))
async def test_a_mount_that_parks_without_a_word(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    coordinates: Coordination,
) -> None:
    """Two minutes, and the roof closes after it; the park is sent once."""
    observatory.mount.habits = MountHabits(
        MountWords.SILENT, park_seconds=120, coordinates=coordinates
    )
    place(observatory, opening=1.0, parked=False)
    await act(hass, "cover.close_cover", DOME)
    assert (observatory.mount.parked, observatory.dome.opening) == (True, 0.0)
    assert observatory.ledger.count(PARK) == 1


@pytest.mark.parametrize("announces", [True, False])
async def test_a_mount_that_will_not_park(
    observatory: Observatory, unhurried: NinaConfigEntry, announces: bool
) -> None:
    """It is told to park again only where its driver would have said that it moves."""
    place(observatory, opening=1.0, parked=False)
    observatory.mount.hardware.track(TrackingMode.STOPPED)
    observatory.mount.refresh()
    if announces:
        teach(unhurried, PARK_MOUNT)
    await observatory.faults.start("stuck_park", mode="ignore")
    unhurried.runtime_data.runner.pace.scale = 1 / 100
    with raises("park_mount_unproven"):
        await run(unhurried, PARK_MOUNT)
    assert observatory.ledger.count(PARK) == (2 if announces else 1)


async def test_the_limit_is_that_of_the_options(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """The longest time for parking is that of every road to it."""
    async with entry_with(hass, observatory, secure_park_limit=900) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        observatory.mount.habits = MountHabits(MountWords.SILENT, park_seconds=1100)
        place(observatory, opening=1.0, parked=False)
        await act(hass, "cover.close_cover", DOME)
        assert observatory.mount.parked


async def test_a_mount_that_says_slewing_after_it_was_stopped(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Its coordinates prove the stop, long before its driver does."""
    observatory.mount.habits = MountHabits(lingers=6000)
    place(observatory, opening=1.0, parked=False)
    runner = unhurried.runtime_data.runner
    homing = asyncio.ensure_future(run(unhurried, FIND_HOME))
    await eventually(lambda: observatory.mount.reported_slewing)
    await unhurried.runtime_data.equipment.async_read()
    runner.pace.read_again, runner.pace.scale = 0.02, 1 / 5
    await run(unhurried, STOP_MOUNT)
    assert observatory.mount.reported_slewing
    assert not observatory.mount.slewing
    with raises("overtaken"):
        await homing


async def test_a_mount_that_says_slewing_after_it_has_parked(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It is parked, and what its driver reports besides does not keep the roof open."""
    observatory.mount.habits = MountHabits(lingers=6000)
    place(observatory, opening=1.0, parked=False)
    teach(unhurried, CLOSE_SHUTTER)
    await observatory.faults.start("stuck_shutter", mode="ignore", count=1)
    await act(hass, "cover.close_cover", DOME)
    assert observatory.dome.opening == 0
    assert observatory.ledger.count(CLOSE) == 2


async def test_a_roof_that_is_used_for_the_first_time_is_told(
    observatory: Observatory, unhurried: NinaConfigEntry, late: list[LateMovement]
) -> None:
    """Not confirmed yet, and confirmed at last; the next time it is known how long it takes."""
    observatory.dome.habits = RoofHabits(RoofWords.SWITCHES, close_seconds=450, open_seconds=200)
    unhurried.runtime_data.runner.pace.scale = 1 / 60
    await run(unhurried, CLOSE_SHUTTER)
    assert [(each.command, each.confirmed) for each in late] == [
        (CLOSE_SHUTTER.key, False),
        (CLOSE_SHUTTER.key, True),
    ]
    await run(unhurried, OPEN_SHUTTER)
    late.clear()
    await run(unhurried, CLOSE_SHUTTER)
    assert late == []


async def test_nina_that_vanishes_is_told_as_that(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Not as the last reading, and long before the limit."""
    observatory.dome.habits = RoofHabits(close_seconds=2000)
    closing = asyncio.ensure_future(run(unhurried, CLOSE_SHUTTER))
    data = unhurried.runtime_data
    dome = data.equipment.data.equipment.dome
    await eventually(lambda: data.runner.movements.habit(dome, CLOSE_SHUTTER.key).announced)
    await observatory.faults.start("refuse")
    unhurried.runtime_data.runner.pace.silence = 0.5
    with raises("dome_silent") as raised:
        await closing
    assert "closing" in str(raised.value)


async def test_a_mount_on_its_way_is_not_parked_again(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Whoever parks it after N.I.N.A. was out of reach meanwhile waits for the park under way."""
    prepare(observatory, unparked)
    observatory.mount.habits = MountHabits(park_seconds=1500)
    runner = unhurried.runtime_data.runner
    lost = asyncio.ensure_future(run(unhurried, PARK_MOUNT))
    mount = runner.readings.equipment.data.equipment.mount
    await eventually(lambda: runner.movements.habit(mount, PARK_MOUNT.key).announced)
    patience, runner.pace.silence = runner.pace.silence, 0.5
    await observatory.faults.start("refuse")
    with raises("mount_silent"):
        await lost
    await observatory.faults.clear()
    runner.pace.silence = patience
    await run(unhurried, PARK_MOUNT)
    assert observatory.mount.hardware.parked
    assert observatory.ledger.count(PARK) == 1

    # One that was unparked since, and moves for another reason, is parked.
    observatory.ledger.reset()
    prepare(observatory, unparked)
    await run(unhurried, PARK_MOUNT)
    assert observatory.ledger.count(PARK) == 1


async def test_seconds_count_from_the_call(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """A reply that takes its time is part of how long it took."""
    await observatory.faults.start("stuck_shutter", mode="ignore")
    await observatory.faults.start("slow", path=CLOSE, seconds=2.0)
    unhurried.runtime_data.runner.pace.scale = 1 / 300
    with raises("close_shutter_unproven") as raised:
        await run(unhurried, CLOSE_SHUTTER)
    placeholders = raised.value.translation_placeholders
    assert placeholders is not None
    assert float(placeholders["seconds"]) >= 2


async def test_the_text_fits_the_reading(
    observatory: Observatory, unhurried: NinaConfigEntry, subtests: pytest.Subtests
) -> None:
    unhurried.runtime_data.runner.pace.scale = 1 / 300
    for mode, parked, key in (
        ("error", True, "close_shutter_error"),
        ("endless", True, "close_shutter_moving"),
        ("ignore", True, "close_shutter_unproven"),
        ("ignore", False, "close_shutter_mount"),
    ):
        with subtests.test(key):
            forget(unhurried)
            place(observatory, opening=1.0, parked=parked)
            async with observatory.faults.during("stuck_shutter", mode=mode):
                with raises(key):
                    await run(unhurried, CLOSE_SHUTTER)
            await observatory.dome.next_poll()


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (PARK_MOUNT, PARK),
        (STOP_MOUNT, "/equipment/mount/slew/stop"),
        (STOP_DOME, "/equipment/dome/stop"),
        (STOP_GUIDING, "/equipment/guider/stop"),
        (STOP_SEQUENCE, "/sequence/stop"),
    ],
    ids=lambda value: getattr(value, "key", ""),
)
async def test_a_stop_is_sent_although_nothing_can_be_read(
    observatory: Observatory, unhurried: NinaConfigEntry, command: Command[Any], path: str
) -> None:
    """N.I.N.A. takes commands and answers no question: it is told that nothing is proven."""
    for read in ("/equipment/info", "/equipment/*/info", "/sequence/json"):
        await observatory.faults.start("unknown_error", path=read)
    unhurried.runtime_data.runner.pace.silence = 0.5
    with pytest.raises(HomeAssistantError) as raised:
        await run(unhurried, command)
    # A stop of the roof does not wait for a reading in any case.
    assert str(raised.value.translation_key).endswith(("_unread", "_silent"))
    assert observatory.ledger.count(path) >= 1


async def test_a_roof_does_not_close_blindly_over_a_mount(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Where nothing can be read the mount may be anywhere."""
    for read in ("/equipment/info", "/equipment/*/info"):
        await observatory.faults.start("unknown_error", path=read)
    with pytest.raises(HomeAssistantError):
        await act(hass, "cover.close_cover", DOME)
    assert observatory.ledger.count(CLOSE) == 0
    assert state(hass, DOME) != "closed"


async def test_parking_a_dome_without_a_word(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Parking closes the shutter, whatever the driver says of that."""
    observatory.dome.habits = RoofHabits(RoofWords.SWITCHES, close_seconds=200)
    observatory.dome.parked = False
    observatory.dome.refresh()
    await run(unhurried, PARK_DOME)
    assert observatory.dome.opening == 0
    assert observatory.ledger.count("/equipment/dome/park") == 1


@pytest.mark.parametrize("words", list(MountWords))
async def test_a_park_that_something_else_works_against(
    observatory: Observatory, unhurried: NinaConfigEntry, words: MountWords
) -> None:
    """The sequence unparks the mount on its way: it is parked again, whatever is known of it."""
    observatory.mount.habits = MountHabits(words, park_seconds=120)
    place(observatory, opening=1.0, parked=False)
    parking = asyncio.ensure_future(run(unhurried, PARK_MOUNT))
    await eventually(lambda: observatory.ledger.count(PARK))
    observatory.mount.hardware.halt()
    await observatory.events.emit("MOUNT-UNPARKED")
    await parking
    assert observatory.mount.parked
    assert observatory.ledger.count(PARK) == 2


async def test_a_mount_that_follows_the_sky_is_not_parking(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """No driver pretends to that on the way to the park position."""
    place(observatory, opening=1.0, parked=False)
    await observatory.faults.start("stuck_park", mode="ignore", count=1)
    await run(unhurried, PARK_MOUNT)
    assert observatory.mount.parked
    assert observatory.ledger.count(PARK) == 2


@pytest.mark.parametrize("words", [RoofWords.ANNOUNCES, RoofWords.SWITCHES])
async def test_a_close_that_something_else_works_against(
    observatory: Observatory, unhurried: NinaConfigEntry, words: RoofWords
) -> None:
    """The sequence opens the roof in the middle of a close: it is closed again at once."""
    observatory.dome.habits = RoofHabits(words, close_seconds=300, open_seconds=60)
    closing = asyncio.ensure_future(run(unhurried, CLOSE_SHUTTER))
    await eventually(lambda: observatory.dome.opening < 0.9)
    observatory.command_roof(opens=True)
    await closing
    assert observatory.dome.opening == 0
    assert observatory.ledger.count(CLOSE) == 2
