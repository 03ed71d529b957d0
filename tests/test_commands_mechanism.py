"""The mechanism: what is waited for, what is not, and what ends it early."""

import asyncio
from dataclasses import replace
import logging
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands.camera import (
    ABORT_EXPOSURE,
    set_temperature,
)
from custom_components.nina_observatory.control.commands.connection import connect, disconnect
from custom_components.nina_observatory.control.commands.dome import OPEN_SHUTTER
from custom_components.nina_observatory.control.commands.filter_wheel import change_filter
from custom_components.nina_observatory.control.commands.focuser import (
    AUTOFOCUS,
    CANCEL_AUTOFOCUS,
    move_focuser,
)
from custom_components.nina_observatory.control.commands.guider import (
    CALIBRATE_AND_GUIDE,
    CLEAR_GUIDER_CALIBRATION,
    START_GUIDING,
    STOP_GUIDING,
)
from custom_components.nina_observatory.control.commands.rotator import (
    move_rotator,
    move_rotator_mechanical,
)
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.enums import RotatorRange

from .commanding import sent
from .conftest import SPEED
from .errors import raises, refused
from .waiting import eventually

START_AUTOFOCUS = ("/equipment/focuser/auto-focus", {"cancel": "false"})
CANCEL = ("/equipment/focuser/auto-focus", {"cancel": "true"})


@pytest.fixture
def unhurried(observatory: Observatory, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the rig with limits that a busy machine keeps, under an open roof."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    observatory.dome.put_shutter(1.0)
    observatory.flat_panel.put_cover(closed=False)
    observatory.mount.hardware.parked = False
    observatory.mount.hardware.put(observatory.sequence.target)
    for device in observatory.devices:
        device.refresh()
    observatory.ledger.reset()
    return loaded_entry


async def run(entry: NinaConfigEntry, command: Command[Any], *, wait: bool = True) -> None:
    """Carry out a command."""
    await entry.runtime_data.runner.async_run(command, wait=wait)


def start(entry: NinaConfigEntry, command: Command[Any]) -> asyncio.Future[None]:
    """Carry out a command in the background."""
    return asyncio.ensure_future(run(entry, command))


async def test_unwaited_for_it_is_sent_and_watched_all_the_same(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """The caller goes on; the next command for the device waits its turn."""
    observatory.focuser.travel.rate = 20.0
    await run(unhurried, move_focuser(20160), wait=False)
    assert observatory.focuser.travel.moving
    await run(unhurried, replace(move_focuser(20060), preempts=()))
    assert observatory.focuser.position == 20060


async def test_unwaited_for_a_late_answer_is_not_waited_for_either(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """N.I.N.A. reports that it guides when guiding has settled; by then the caller is long gone."""
    unhurried.runtime_data.runner.pace.answer = 0.05
    observatory.clock.speed = 5.0
    await run(unhurried, START_GUIDING, wait=False)
    await eventually(lambda: observatory.guider.state == "Looping")
    observatory.clock.speed = SPEED
    await run(unhurried, STOP_GUIDING)
    assert observatory.guider.state == "Stopped"


async def test_unwaited_for_a_refusal_still_raises(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """What is wrong before anything was sent is said to the caller."""
    with refused("filter_missing"):
        await run(unhurried, change_filter("none"), wait=False)


async def test_unwaited_for_a_failure_is_logged(
    observatory: Observatory, loaded_entry: NinaConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is there to be told."""
    await observatory.faults.start("ignored", device="filter_wheel")
    with caplog.at_level(logging.WARNING):
        await run(loaded_entry, change_filter("Ha"), wait=False)
        await eventually(lambda: "change_filter" in caplog.text)


async def test_home_assistant_stops(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """What is under way ends with an error, and nothing more is sent."""
    observatory.focuser.travel.rate = 1.0
    moving = start(unhurried, move_focuser(30000))
    await eventually(lambda: observatory.focuser.travel.moving)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    with raises("unloaded"):
        await moving
    assert len(sent(observatory)) == 1


async def test_a_stop_ends_what_waits_as_well(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Two moves, the second waiting for the first: neither goes on."""
    observatory.rotator.turn.rate = 0.01
    first = start(unhurried, move_rotator_mechanical(200))
    await eventually(lambda: observatory.rotator.turn.moving)
    with pytest.raises(HomeAssistantError):
        await asyncio.gather(
            first, run(unhurried, move_rotator_mechanical(100)), return_exceptions=False
        )
    observatory.rotator.turn.rate = 4.0
    await run(unhurried, move_rotator_mechanical(100))
    assert observatory.rotator.mechanical == pytest.approx(100, abs=0.1)


async def test_autofocus_ends_with_a_new_report(
    observatory: Observatory, unhurried: NinaConfigEntry, quick_eye: None
) -> None:
    """The run is over, it was a success, and the focuser is in focus."""
    await run(unhurried, AUTOFOCUS)
    report = observatory.autofocus.report
    assert observatory.focuser.position == report["CalculatedFocusPoint"]["Position"]
    assert not observatory.autofocus.running
    assert sent(observatory) == [START_AUTOFOCUS]


async def test_autofocus_is_proven_without_the_event_stream(
    observatory: Observatory, unhurried: NinaConfigEntry, quick_eye: None
) -> None:
    """The focuser stands where the new report found the focus."""
    await observatory.faults.start("socket_refuse")
    await observatory.faults.start("socket_drop")
    await eventually(lambda: not unhurried.runtime_data.listener.connected)
    await run(unhurried, AUTOFOCUS)
    assert not observatory.autofocus.running


async def test_a_rejected_autofocus_raises_although_it_left_a_report(
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    unhurried: NinaConfigEntry,
    quick_eye: None,
) -> None:
    """A report has no verdict; a failure has no event."""
    await observatory.faults.start("failed_autofocus")
    observatory.focuser.travel.put(20300.0)
    with raises("autofocus_unproven"):
        await run(unhurried, AUTOFOCUS)
    assert observatory.autofocus.report is not None
    assert observatory.focuser.position == 20300
    assert sent(observatory) == [START_AUTOFOCUS]


async def test_an_autofocus_that_never_begins_raises(
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    unhurried: NinaConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    quick_eye: None,
) -> None:
    """An old report is no proof, although the focuser still stands where it found the focus."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    await run(unhurried, AUTOFOCUS)
    loaded_entry.runtime_data.runner.pace.scale = 1 / SPEED

    async def nothing() -> bool:
        """Do nothing."""
        return False

    monkeypatch.setattr(observatory.autofocus, "run", nothing)
    with raises("autofocus_unproven"):
        await run(loaded_entry, AUTOFOCUS)


async def test_autofocus_is_cancelled(
    observatory: Observatory, unhurried: NinaConfigEntry, quick_eye: None
) -> None:
    """The run ends at once, for whoever waited for it, and a second one is refused meanwhile."""
    focusing = start(unhurried, AUTOFOCUS)
    await eventually(lambda: observatory.autofocus.running)
    with refused("autofocus_under_way"):
        await run(unhurried, AUTOFOCUS)
    with refused("autofocus_under_way"):
        await run(unhurried, move_focuser(100))
    await run(unhurried, CANCEL_AUTOFOCUS)
    with raises("overtaken"):
        await focusing
    assert not observatory.autofocus.running
    assert sent(observatory) == [START_AUTOFOCUS, CANCEL]


async def test_an_autofocus_of_somebody_else_is_not_cancelled(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """N.I.N.A. reports that it canceled it; what follows shows that it did not."""

    async def focus() -> None:
        """Do what a run does, over and over."""
        while True:
            for position in (19000, 21000):
                await observatory.focuser.move_to(position)
                observatory.camera.begin_exposure(4.0)
                await observatory.clock.sleep(4.0)
                observatory.camera.end_exposure(observatory.camera.state)

    observatory.tasks.start(focus())
    await eventually(lambda: observatory.camera.exposing)
    with raises("cancel_autofocus_unproven"):
        await run(loaded_entry, CANCEL_AUTOFOCUS)


async def test_a_focuser_at_its_end_raises(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """N.I.N.A. silently goes as far as it can; how far that is nobody tells."""
    with pytest.raises(HomeAssistantError) as raised:
        await run(loaded_entry, move_focuser(60000))
    assert raised.value.translation_key == "move_focuser_unproven"
    assert (raised.value.translation_placeholders or {})["seen"] == "50000"


async def test_an_exposure_of_a_sequence_counts_as_aborted_when_the_next_begins(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """The camera exposes before and after: the end of the exposure tells them apart."""

    async def again_and_again() -> None:
        """Expose without a pause."""
        while True:
            await observatory.camera.routines.take(Exposure(600.0, save=False))

    observatory.tasks.start(again_and_again())
    await eventually(lambda: observatory.camera.exposing)
    await run(unhurried, ABORT_EXPOSURE)
    assert sent(observatory) == [("/equipment/camera/abort-exposure", {})]


async def test_an_exposure_that_goes_on_is_aborted_twice_and_then_told(
    observatory: Observatory, loaded_entry: NinaConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping may be repeated."""
    monkeypatch.setattr(observatory.camera.routines, "abort", lambda: None)
    observatory.camera.begin_exposure(9000.0)
    with raises("abort_exposure_unproven"):
        await run(loaded_entry, ABORT_EXPOSURE)
    assert observatory.ledger.count("/equipment/camera/abort-exposure") == 2
    observatory.camera.end_exposure(observatory.camera.state)


async def test_guiding_is_started_and_stopped(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """With a calibration where that is asked for."""
    await run(unhurried, START_GUIDING)
    assert observatory.guider.guiding
    await run(unhurried, CALIBRATE_AND_GUIDE)
    await run(unhurried, STOP_GUIDING)
    assert observatory.guider.state == "Stopped"
    assert sent(observatory) == [
        ("/equipment/guider/start", {"calibrate": "false"}),
        ("/equipment/guider/start", {"calibrate": "true"}),
        ("/equipment/guider/stop", {}),
    ]


async def test_guiding_that_failed_to_start_raises_although_nina_says_started(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """The answer is "started" in any case; here the roof is closed and no star is seen."""
    with raises("start_guiding_unproven"):
        await run(loaded_entry, START_GUIDING)


async def test_a_guider_that_loops_is_not_stopped_as_it_does_not_guide(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """N.I.N.A. would ignore it."""
    observatory.guider.state = "Looping"
    await run(unhurried, STOP_GUIDING)
    assert sent(observatory) == []


async def test_clearing_the_calibration_takes_the_guiders_word(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """No reading shows it: success false without an error is a failure here."""
    observatory.guider.calibrated = True
    await run(unhurried, CLEAR_GUIDER_CALIBRATION)
    assert not observatory.guider.calibrated
    await observatory.faults.start("ignored", device="guider")
    with raises("clear_guider_calibration_failed"):
        await run(unhurried, CLEAR_GUIDER_CALIBRATION)
    await observatory.faults.clear()
    await observatory.faults.start("reset", path="/equipment/guider/clear-calibration")
    with raises("command_lost"):
        await run(unhurried, CLEAR_GUIDER_CALIBRATION)


async def test_an_angle_in_the_allowed_range_is_as_good(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """A rotator that may turn by a quarter only goes to an angle that frames the same."""
    rotator = observatory.rotator
    rotator.synced = True
    rotator.refresh()
    observatory.profile.section("RotatorSettings")["RangeType"] = RotatorRange.QUARTER
    await run(unhurried, move_rotator(200))
    assert rotator.position == pytest.approx(290, abs=0.1)


async def test_a_device_is_connected_and_disconnected(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Once each: what is so already is left alone."""
    camera = observatory.camera
    await run(unhurried, disconnect(Role.CAMERA))
    assert not camera.connected
    await run(unhurried, disconnect(Role.CAMERA))
    other = camera.drivers[2].device_id
    await run(unhurried, connect(Role.CAMERA, other))
    await run(unhurried, connect(Role.CAMERA, other))
    await run(unhurried, connect(Role.CAMERA))
    assert camera.connected
    assert sent(observatory) == [
        ("/equipment/camera/disconnect", {}),
        ("/equipment/camera/connect", {"to": other}),
    ]


async def test_a_device_that_does_not_connect(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """N.I.N.A. says so in its own words."""
    observatory.camera.detach()
    await observatory.faults.start("failed_connect", device="camera")
    with pytest.raises(HomeAssistantError) as raised:
        await run(loaded_entry, connect(Role.CAMERA))
    assert raised.value.translation_placeholders == {"reason": "Failed to connect"}


async def test_a_set_point_that_stays_where_it_is_fails_early(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A camera may take an hour to cool, but not to begin with it."""
    observatory.camera.cooler.put(-5.0)
    observatory.camera.refresh()
    await observatory.faults.start("ignored", device="camera")
    began = asyncio.get_running_loop().time()
    with raises("set_temperature_unproven"):
        await run(loaded_entry, set_temperature(-10))
    assert asyncio.get_running_loop().time() - began < 1800 / SPEED


async def test_a_command_is_sent_on_a_connection_of_its_own(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """No HTTP library can repeat it on a connection that turned out to be closed."""
    await run(unhurried, change_filter("R"))
    commands = observatory.ledger.calls("/equipment/filterwheel/change-filter")
    assert [call.keeps_alive for call in commands] == [False]
    others = {e.connection for e in observatory.ledger.entries if e not in commands}
    assert commands[0].connection not in others


async def test_a_reload_sends_nothing_again(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """What was under way is not taken up by the entry that comes after."""
    observatory.dome.put_shutter(0.0)
    observatory.dome.refresh()
    observatory.dome.shutter_seconds = 300
    opening = start(unhurried, OPEN_SHUTTER)
    await eventually(lambda: observatory.dome.opening > 0)
    await hass.config_entries.async_reload(unhurried.entry_id)
    with raises("unloaded"):
        await opening
    await eventually(lambda: observatory.dome.opening == 1.0)
    assert sent(observatory) == [("/equipment/dome/open", {})]
