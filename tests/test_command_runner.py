"""Confirmed commands: sent once, in turn, and believed only when a reading shows them."""

import asyncio
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands.camera import COOLER_ON
from custom_components.nina_observatory.control.commands.dome import CLOSE_SHUTTER, OPEN_SHUTTER
from custom_components.nina_observatory.control.commands.guider import START_GUIDING
from custom_components.nina_observatory.control.commands.mount import (
    PARK_MOUNT,
    STOP_MOUNT,
    TRACK,
    UNPARK_MOUNT,
)
from custom_components.nina_observatory.control.commands.sequence import (
    STOP_SEQUENCE,
    start_sequence,
)
from custom_components.nina_observatory.control.commands.switch_hub import switch_channel
from simulator import Observatory

from .commanding import sent
from .conftest import unload
from .errors import raises, refused
from .states import DOME, act, state
from .waiting import eventually

PARK = "/equipment/mount/park"
UNPARK = "/equipment/mount/unpark"
# All devices at once, and where that fails one by one.
ONE_READING = 12
# Sooner than N.I.N.A. is given to answer a command, in seconds.
PROMPT = 15
START = start_sequence(skip_validation=True)

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def unparked(observatory: Observatory, ready: MockConfigEntry) -> MockConfigEntry:
    """Return an entry whose mount is not parked, and takes its time."""
    observatory.mount.hardware.parked = False
    observatory.mount.put(observatory.sequence.target)
    return ready


async def run(entry: MockConfigEntry, command: Command[Any]) -> None:
    """Carry out a command."""
    await entry.runtime_data.runner.async_run(command)


def start(entry: MockConfigEntry, command: Command[Any]) -> asyncio.Task[None]:
    """Begin to carry out a command."""
    return asyncio.ensure_future(run(entry, command))


async def slow_polling(observatory: Observatory) -> None:
    """Have N.I.N.A. read its drivers seldom, and return when it has just done so."""
    observatory.profile.section("ApplicationSettings")["DevicePollingInterval"] = 20.0
    await observatory.mount.next_poll()


@pytest.mark.parametrize("fault", ["reset", "truncated"])
async def test_carried_out_but_not_answered(
    observatory: Observatory, unparked: MockConfigEntry, fault: str
) -> None:
    """The reply was lost on the way: the readings tell, and nothing is sent a second time."""
    for path, command in ((PARK, PARK_MOUNT), (UNPARK, UNPARK_MOUNT), ("/sequence/start", START)):
        async with observatory.faults.during(fault, path=path):
            await run(unparked, command)
        assert observatory.ledger.count(path) == 1
    assert observatory.sequence.running


@pytest.mark.parametrize("fault", ["html", "empty", "error_500"])
async def test_neither_carried_out_nor_answered(
    observatory: Observatory, ready: MockConfigEntry, fault: str
) -> None:
    """Something answered that was not N.I.N.A.: nothing happened, and that is found out."""
    async with observatory.faults.during(fault, path=UNPARK):
        with raises("unpark_mount_unproven"):
            await run(ready, UNPARK_MOUNT)
    assert sent(observatory) == [(UNPARK, {})]


@pytest.mark.parametrize("fault", ["html", "empty", "error_500"])
async def test_one_bad_answer_does_not_keep_the_roof_open(
    hass: HomeAssistant,
    observatory: Observatory,
    unparked: MockConfigEntry,
    fault: str,
) -> None:
    """Parking and closing are sent again, each once more, when nothing moves."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.refresh()
    for path in (PARK, "/equipment/dome/close"):
        await observatory.faults.start(fault, path=path, count=1)
    await act(hass, "cover.close_cover", DOME)
    assert (observatory.mount.parked, state(hass, DOME)) == (True, "closed")
    assert observatory.ledger.count(PARK) == observatory.ledger.count("/equipment/dome/close") == 2


async def test_an_error_of_nina_is_passed_on(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Its own words, and no watching for what was refused."""
    async with observatory.faults.during("unknown_error", path=UNPARK):
        with raises("unpark_mount_refused"):
            await run(ready, UNPARK_MOUNT)
    assert sent(observatory) == [(UNPARK, {})]


async def test_a_route_that_is_gone(observatory: Observatory, ready: MockConfigEntry) -> None:
    """A page that says "not found" is as good as an answer."""
    async with observatory.faults.during("html", path=UNPARK, status=404):
        with raises("not_supported"):
            await run(ready, UNPARK_MOUNT)


async def test_an_answer_too_late(
    observatory: Observatory, ready: MockConfigEntry, impatient: None
) -> None:
    """N.I.N.A. carries it out when it finds the time; nobody sends it again meanwhile."""
    ready.runtime_data.runner.pace.scale = 1
    async with observatory.faults.during("slow", path=UNPARK, seconds=1.0):
        await run(ready, UNPARK_MOUNT)
    assert not observatory.mount.parked
    assert sent(observatory) == [(UNPARK, {})]


async def test_commands_for_one_device_take_turns(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The second is sent when the first is proven, those for other devices at once."""
    hub = observatory.switch_hub
    async with observatory.faults.during("hang", path="/equipment/switch/set"):
        first = start(ready, switch_channel(2, on=True))
        await eventually(lambda: sent(observatory))
        second = start(ready, switch_channel(1, on=False))
        await run(ready, UNPARK_MOUNT)
        assert len(sent(observatory)) == 2
    await asyncio.gather(first, second)
    assert [channel.value for channel in hub.writable[:3]] == [1, 0, 1]
    assert len(sent(observatory)) == 3


async def test_the_same_command_twice_is_sent_once(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Both return when it has happened."""
    await asyncio.gather(run(ready, UNPARK_MOUNT), run(ready, UNPARK_MOUNT))
    assert sent(observatory) == [(UNPARK, {})]


async def test_parking_goes_before_everything_else(
    observatory: Observatory, unparked: MockConfigEntry
) -> None:
    """What the mount was told before is given up, and nothing else is told while it parks."""
    async with observatory.faults.during("hang", path="/equipment/mount/tracking"):
        tracking = start(unparked, replace(TRACK, already_done=lambda *_: False))
        await eventually(lambda: sent(observatory))
        parking = start(unparked, PARK_MOUNT)
        async with asyncio.timeout(PROMPT):
            with raises("overtaken"):
                await tracking
    await eventually(lambda: observatory.mount.slewing)
    for command in (TRACK, UNPARK_MOUNT):
        with refused("park_mount_under_way"):
            await run(unparked, command)
    await parking
    assert observatory.mount.parked
    assert [path for path, _ in sent(observatory)] == ["/equipment/mount/tracking", PARK]


async def test_what_waits_its_turn_is_overtaken_as_well(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Stopping the sequence leaves no start behind that would come after it."""
    async with observatory.faults.during("hang", path="/sequence/start"):
        starts = [start(ready, START) for _ in range(3)]
        await eventually(lambda: observatory.ledger.count("/sequence/start"))
        async with asyncio.timeout(PROMPT):
            await run(ready, STOP_SEQUENCE)
    for each in starts:
        with raises("overtaken"):
            await each
    assert observatory.ledger.count("/sequence/start") == 1
    assert not observatory.sequence.running


async def test_what_is_under_way_already_is_only_watched(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Somebody else closes the roof: a second close would stop it."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.shutter_seconds = 60
    observatory.tasks.start(observatory.dome.routines.close_shutter())
    await eventually(lambda: observatory.dome.opening < 1)
    observatory.dome.refresh()
    await run(ready, CLOSE_SHUTTER)
    assert observatory.dome.opening == 0
    assert sent(observatory) == []


async def test_a_hiccup_of_the_driver_is_no_loss(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """One reading without the device is survived; two are not."""
    observatory.dome.shutter_seconds = 150
    opening = start(ready, OPEN_SHUTTER)
    await eventually(lambda: observatory.dome.opening > 0)
    await observatory.faults.start("wrong_types", path="/equipment/info", count=1)
    await opening
    assert observatory.dome.opening == 1


@pytest.mark.parametrize("fault", ["html", "truncated", "reset", "unknown_error"])
async def test_readings_that_fail_prove_nothing(
    observatory: Observatory, ready: MockConfigEntry, fault: str
) -> None:
    """Neither success nor failure: it is watched until one comes that tells."""
    ready.runtime_data.runner.pace.scale = 1
    async with observatory.faults.during("hang", path=UNPARK):
        unparking = start(ready, UNPARK_MOUNT)
        await eventually(lambda: sent(observatory))
        trouble = await observatory.faults.start(fault, path="/equipment/*/info")
        await observatory.faults.start(fault, path="/equipment/info")
    await eventually(lambda: trouble.used or observatory.ledger.count("/equipment/info") > 3)
    assert not unparking.done()
    await observatory.faults.clear()
    await unparking


async def test_nina_comes_back_in_time(observatory: Observatory, ready: MockConfigEntry) -> None:
    """A server that goes and comes while a command is under way costs nothing but time."""
    ready.runtime_data.runner.pace.scale = 1
    observatory.dome.shutter_seconds = 150
    opening = start(ready, OPEN_SHUTTER)
    await eventually(lambda: observatory.dome.opening > 0)
    async with observatory.faults.during("refuse"):
        await eventually(lambda: not ready.runtime_data.equipment.data.reachable)
        assert not opening.done()
    await opening
    assert sent(observatory) == [("/equipment/dome/open", {})]


async def test_closing_survives_one_lost_packet_before_it_is_sent(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """What protects the observatory looks again; what does not, does not."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.refresh()
    # After that the bundle rests, and the dome and the mount are read alone.
    for command, proven, reading in ((OPEN_SHUTTER, False, ONE_READING), (CLOSE_SHUTTER, True, 2)):
        trouble = await observatory.faults.start("html", path="/equipment/*info", count=reading)
        results = await asyncio.gather(run(ready, command), return_exceptions=True)
        assert (results[0] is None) is proven
        assert trouble.used == reading
    assert observatory.dome.opening == 0


async def test_a_device_that_one_reading_lacks(
    observatory: Observatory, unparked: MockConfigEntry
) -> None:
    """What protects the observatory is not given up because one of many answers was broken."""
    async with observatory.faults.during("error_500", path="/equipment/info"):
        trouble = await observatory.faults.start("html", path="/equipment/mount/info", count=1)
        await run(unparked, PARK_MOUNT)
        assert trouble.spent
    assert sent(observatory) == [(PARK, {})]


async def test_a_device_that_readings_go_on_to_lack(
    observatory: Observatory, unparked: MockConfigEntry
) -> None:
    """A driver that throws while the mount parks is not one that is lost: it is watched on."""
    unparked.runtime_data.runner.pace.scale = 1
    observatory.mount.hardware.rate = 0.5
    parking = start(unparked, PARK_MOUNT)
    await eventually(lambda: observatory.mount.slewing)
    async with observatory.faults.during("broken_info", device="mount") as trouble:
        await eventually(lambda: trouble.used > 6)
        assert not parking.done()
    observatory.mount.hardware.rate = 4.0
    await parking
    assert sent(observatory) == [(PARK, {})]


async def test_what_has_happened_by_its_limit_is_believed(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """It has to stand for a moment, and that moment may end after the limit."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.refresh()
    ready.runtime_data.runner.pace.scale = 1
    observatory.dome.shutter_seconds = 0.1
    await run(ready, replace(CLOSE_SHUTTER, timeout=2.5, hold_time=4.0))
    assert observatory.dome.opening == 0


async def test_a_stop_is_not_proven_by_what_was_read_before_the_slew(
    observatory: Observatory, unparked: MockConfigEntry
) -> None:
    """N.I.N.A. still reads the mount standing when it is told to stop, and does not stop it."""
    await slow_polling(observatory)
    unparked.runtime_data.runner.pace.scale = 1 / 15
    stopping = start(unparked, STOP_MOUNT)
    async with observatory.faults.during("not_done", path="/equipment/mount/slew/stop"):
        await eventually(lambda: sent(observatory))
        observatory.mount.hardware.rate = 0.01
        observatory.mount.hardware.slew_fixed(0.0, 10.0)
        with raises("stop_mount_unproven"):
            await stopping


async def test_a_mount_that_was_parked_a_moment_ago_is_parked_again(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Somebody has just unparked it by hand, which N.I.N.A. has not read yet."""
    await slow_polling(observatory)
    observatory.mount.hardware.parked = False
    ready.runtime_data.runner.pace.scale = 1 / 15
    await run(ready, PARK_MOUNT)
    assert observatory.mount.parked
    assert sent(observatory) == [(PARK, {})]


async def test_what_waits_its_turn_is_not_sent_when_its_caller_gives_up(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Whether he would have waited for its end or not."""
    runner = ready.runtime_data.runner
    async with observatory.faults.during("hang", path="/equipment/switch/set"):
        first = start(ready, switch_channel(2, on=True))
        await eventually(lambda: sent(observatory))
        for wait in (True, False):
            call = runner.async_run(switch_channel(1, on=False), wait=wait)
            second = asyncio.ensure_future(call)
            await asyncio.sleep(0)
            second.cancel()
            await asyncio.wait([second])
    await first
    assert not runner._runs["switch_hub"]
    assert len(sent(observatory)) == 1


async def test_nothing_is_sent_for_an_entry_that_is_gone(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Whoever goes on after an unload, with the next of several commands, is told so."""
    runner = ready.runtime_data.runner
    await unload(hass, ready)
    with raises("unloaded"):
        await runner.async_run(UNPARK_MOUNT)
    assert sent(observatory) == []


async def test_a_caller_who_gives_up(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """An automation that is stopped leaves the way free for the next command."""
    async with observatory.faults.during("hang", path="/equipment/guider/start"):
        guiding = start(ready, START_GUIDING)
        await eventually(lambda: sent(observatory))
        guiding.cancel()
        await asyncio.wait([guiding])
    assert guiding.cancelled()
    # What was sent is carried out anyway, and would end the next start as a second one.
    await eventually(lambda: not observatory.ledger.pending)
    observatory.dome.put_shutter(1.0)
    await run(ready, START_GUIDING)
    assert observatory.guider.guiding


async def test_an_event_hastens_the_next_look(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Without it the next look would come only after a while."""
    pace = ready.runtime_data.runner.pace
    pace.first_read = pace.read_again = 30.0
    pace.scale = 1
    async with asyncio.timeout(10):
        await run(ready, UNPARK_MOUNT)


async def test_an_event_alone_proves_nothing(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """N.I.N.A. announces the end of what never began."""
    async with observatory.faults.during("ignored", device="mount"):
        with raises("unpark_mount_unproven"):
            await run(ready, UNPARK_MOUNT)
    assert "MOUNT-UNPARKED" in observatory.events.names


async def test_a_cold_camera_is_cooled_to_its_own_set_point(
    observatory: Observatory, ready: MockConfigEntry
) -> None:
    """What is sent is taken from the reading made for the command, not from an older one."""
    observatory.camera.cooler.aim_at(-12.5)
    observatory.camera.refresh()
    await run(ready, COOLER_ON)
    assert sent(observatory)[0][1]["temperature"] == "-12.5"
