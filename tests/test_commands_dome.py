"""The dome: whatever is asked of it, nothing interrupts a closing roof."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands.dome import (
    CLOSE_SHUTTER,
    FIND_DOME_HOME,
    FOLLOW_MOUNT,
    OPEN_SHUTTER,
    PARK_DOME,
    SET_DOME_PARK_POSITION,
    STOP_DOME,
    STOP_FOLLOWING,
    SYNC_DOME,
    slew_dome,
)
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .commanding import entity_of, sent, teach
from .conftest import make_entry, set_up, unload
from .errors import raises, refused
from .states import DOME, act, state, until
from .waiting import eventually

OTHERS: Final = (
    OPEN_SHUTTER,
    PARK_DOME,
    FIND_DOME_HOME,
    SYNC_DOME,
    SET_DOME_PARK_POSITION,
    FOLLOW_MOUNT,
    STOP_FOLLOWING,
    slew_dome(123),
)
CLOSE, PARK = "/equipment/dome/close", "/equipment/dome/park"


@pytest.fixture
def unhurried(observatory: Observatory, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the rig with limits that a busy machine keeps, its roof open."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    observatory.dome.refresh()
    return loaded_entry


async def run(entry: NinaConfigEntry, command: Command[Any]) -> None:
    """Carry out a command."""
    await entry.runtime_data.runner.async_run(command)


@pytest.mark.parametrize("command", OTHERS, ids=lambda command: command.key)
async def test_nothing_disturbs_a_close_from_its_first_moment(
    observatory: Observatory, unhurried: NinaConfigEntry, command: Command[Any]
) -> None:
    """Also in the seconds in which N.I.N.A. has not seen yet that the shutter closes."""
    observatory.dome.shutter_seconds = 60
    observatory.ledger.reset()
    closing = asyncio.ensure_future(run(unhurried, CLOSE_SHUTTER))
    await eventually(lambda: observatory.ledger.count(CLOSE))
    with refused("close_shutter_under_way"):
        await run(unhurried, command)
    await closing
    assert observatory.dome.opening == 0
    assert sent(observatory) == [(CLOSE, {})]


@pytest.mark.parametrize("command", [PARK_DOME, FIND_DOME_HOME, slew_dome(200)])
async def test_a_close_does_not_wait_for_a_turn(
    observatory: Observatory, unhurried: NinaConfigEntry, command: Command[Any]
) -> None:
    """It ends what is under way and is sent at once."""
    observatory.dome.turn.put(140.0)
    observatory.dome.turn.rate = 0.1
    observatory.ledger.reset()
    turning = asyncio.ensure_future(run(unhurried, command))
    await eventually(lambda: observatory.dome.turn.moving)
    await run(unhurried, CLOSE_SHUTTER)
    with raises("overtaken"):
        await turning
    assert observatory.dome.opening == 0
    assert [path for path, _ in sent(observatory)][1:] == [CLOSE]


async def test_a_reading_from_before_the_opening_does_not_prove_a_close(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """For a moment N.I.N.A. still reads closed, and would send no close to the driver either."""
    dome = observatory.dome
    dome.put_shutter(0.0)
    dome.refresh()
    dome.shutter_seconds = 200
    observatory.profile.section("ApplicationSettings")["DevicePollingInterval"] = 20.0
    await dome.next_poll()
    opening = asyncio.ensure_future(run(unhurried, OPEN_SHUTTER))
    await eventually(lambda: dome.opening > 0)
    await run(unhurried, CLOSE_SHUTTER)
    with raises("overtaken"):
        await opening
    assert dome.opening == 0


async def test_stopping_is_sent_at_once_and_always(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """A movement that has just begun is in no reading yet."""
    dome = observatory.dome
    dome.put_shutter(0.0)
    dome.refresh()
    dome.shutter_seconds = 400
    opening = asyncio.ensure_future(run(unhurried, OPEN_SHUTTER))
    await eventually(lambda: observatory.ledger.count("/equipment/dome/open"))
    await run(unhurried, STOP_DOME)
    with raises("stopped"):
        await opening
    assert 0 < dome.opening < 1
    assert not dome.slewing


async def test_parking_closes_the_shutter_by_the_rules_of_closing(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """N.I.N.A. itself looks at nothing: the mount is parked first."""
    observatory.mount.hardware.parked = False
    observatory.mount.refresh()
    observatory.ledger.reset()
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "dome_park"))
    assert observatory.mount.parked
    assert observatory.dome.parked
    assert observatory.dome.opening == 0
    assert [path for path, _ in sent(observatory)] == ["/equipment/mount/park", PARK]
    assert state(hass, DOME) == "closed"


async def test_parking_a_parked_dome_closes_its_shutter(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """N.I.N.A. does nothing with a dome that is parked, although its shutter is open."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = True
    observatory.dome.refresh()
    observatory.ledger.reset()
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "dome_park"))
    assert observatory.dome.opening == 0
    assert "/equipment/dome/close" in [path for path, _ in sent(observatory)]
    observatory.ledger.reset()
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "dome_park"))
    assert sent(observatory) == []


@pytest.mark.parametrize(("opening", "moves"), [(1.0, False), (0.0, True)])
async def test_parking_under_an_unparked_mount_can_be_refused(
    hass: HomeAssistant, observatory: Observatory, opening: float, moves: bool
) -> None:
    """With the shutter closed already there is nothing that could hit the mount."""
    entry = make_entry(observatory, roof_interlock="refuse")
    await set_up(hass, entry)
    entry.runtime_data.runner.pace.scale = 1 / 15
    observatory.dome.put_shutter(opening)
    observatory.dome.parked = observatory.mount.hardware.parked = False
    for device in observatory.devices:
        device.refresh()
    observatory.ledger.reset()
    press: Callable[[], Awaitable[Any]] = lambda: act(  # noqa: E731
        hass, "button.press", entity_of(hass, entry, "button", "dome_park")
    )
    if moves:
        await press()
    else:
        with refused("mount_not_parked"):
            await press()
    assert observatory.ledger.count(PARK) == int(moves)
    assert not observatory.mount.parked
    await unload(hass, entry)


async def test_the_roof_may_be_opened_where_nothing_is_known(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """A shutter that stopped half-way is neither open nor closed, and can be closed."""
    observatory.dome.put_shutter(0.4)
    observatory.dome.refresh()
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "hub_refresh"))
    await until(hass, DOME, "unknown")
    assert state(hass, "sensor.observatory_dome_shutter_state") == "error"
    await act(hass, "cover.close_cover", DOME)
    assert observatory.dome.opening == 0
    await until(hass, DOME, "closed")


async def test_a_close_survives_a_lost_packet(
    observatory: Observatory, unhurried: NinaConfigEntry, settled: NinaConfigEntry
) -> None:
    """What protects the observatory is not given up because of one reading that failed."""
    unhurried.runtime_data.runner.pace.read_again = 0.3
    fault = await observatory.faults.start("empty", path="/equipment/*info")
    closing = asyncio.ensure_future(run(unhurried, CLOSE_SHUTTER))
    await eventually(lambda: fault.used >= 1 + len(observatory.devices))
    await observatory.faults.clear()
    await closing
    assert observatory.dome.opening == 0


async def test_a_close_whose_answer_was_lost_is_watched_and_not_repeated(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It may have been carried out: the readings tell."""
    await observatory.faults.start("reset", path="/equipment/dome/close", count=1)
    await run(unhurried, CLOSE_SHUTTER)
    assert observatory.dome.opening == 0
    assert observatory.ledger.count(CLOSE) == 1


async def test_a_close_whose_repetition_fails_is_still_watched(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """The second close is refused; the shutter moves after all and is believed."""
    unhurried.runtime_data.runner.pace.scale = 1 / 100
    teach(unhurried, CLOSE_SHUTTER)
    await observatory.faults.start("stuck_shutter", mode="ignore")
    closing = asyncio.ensure_future(run(unhurried, CLOSE_SHUTTER))
    await eventually(lambda: observatory.ledger.count(CLOSE) == 1)
    await observatory.faults.start("unknown_error", path=CLOSE)
    await eventually(lambda: observatory.ledger.count(CLOSE) == 2)
    await observatory.faults.clear()
    observatory.dome.drive_shutter(0.0)
    await closing
    assert observatory.dome.opening == 0


async def test_following_is_judged_by_the_dome_and_not_by_the_answer(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A quiet failure, success false without an error, is one only if the dome does not follow."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.refresh()
    await observatory.faults.start("ignored", device="dome")
    with pytest.raises(HomeAssistantError) as raised:
        await run(loaded_entry, FOLLOW_MOUNT)
    assert raised.value.translation_key == "follow_mount_unproven"
    assert observatory.ledger.count("/equipment/dome/set-follow") == 1
