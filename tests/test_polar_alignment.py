"""The polar alignment: started, followed, paused and stopped over its own socket."""

import asyncio
import json
from typing import Any

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import (
    NinaConnectionError,
    NinaVersionError,
    PluginVersion,
    release,
)
from custom_components.nina_observatory.api.polar_alignment import (
    AlignmentAction,
    AlignmentChannel,
    AlignmentConfirmed,
    AlignmentError,
    AlignmentProgress,
    AlignmentSettings,
    decode_alignment,
)
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings.catalog import Catalog
from simulator import Observatory

from .commanding import entity_of, sent
from .conftest import make_entry, set_up, unload
from .errors import raises, refused
from .states import act, attributes, state
from .waiting import eventually

SWITCH = "switch.observatory_polar_alignment"
TOTAL = "sensor.observatory_polar_alignment_error"
PAUSE = "button.observatory_pause_polar_alignment"
RESUME = "button.observatory_resume_polar_alignment"


def ready(observatory: Observatory) -> None:
    """Have the roof open and the mount tracking under the stars."""
    observatory.dome.put_shutter(1.0)
    observatory.mount.hardware.put(observatory.sequence.target)
    for device in observatory.devices:
        device.refresh()


@pytest.fixture
async def aligning(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> MockConfigEntry:
    """Return an entry whose rig could be aligned, with limits that a busy machine keeps."""
    ready(observatory)
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    await eventually(lambda: hass.states.get(SWITCH) is not None)
    return loaded_entry


async def start(hass: HomeAssistant, entry: MockConfigEntry, **data: Any) -> None:
    """Start an alignment by the action."""
    await act(hass, f"{DOMAIN}.start_polar_alignment", config_entry_id=entry.entry_id, **data)


async def test_an_alignment_from_start_to_stop(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """The errors are there from the first one on, get smaller, and are unknown when it is stopped."""
    assert state(hass, SWITCH) == "off"
    assert hass.states.get(TOTAL) is None
    await act(hass, "switch.turn_on", SWITCH)
    assert observatory.tppa.running
    assert observatory.tppa.settings == {}
    assert state(hass, SWITCH) == "on"
    # The next reading would show it.
    await aligning.runtime_data.equipment.async_read()
    await eventually(lambda: hass.states.get(TOTAL))
    await eventually(lambda: state(hass, TOTAL) not in ("unknown", "unavailable"))
    first = float(state(hass, TOTAL))
    assert first == pytest.approx(30, abs=8)
    await eventually(lambda: float(state(hass, TOTAL)) < first - 5)
    assert attributes(hass, TOTAL)["unit_of_measurement"] == "arcmin"
    assert attributes(hass, SWITCH)["status"]
    await act(hass, "switch.turn_off", SWITCH)
    assert not observatory.tppa.running
    assert state(hass, SWITCH) == "off"
    assert state(hass, TOTAL) == "unknown"
    await eventually(lambda: observatory.tppa.channel.clients == 0)


async def test_pausing_and_going_on(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """Both buttons are always there: one that has nothing to do says so."""
    for button in (PAUSE, RESUME):
        with refused("alignment_not_running"):
            await act(hass, "button.press", button)
    await start(hass, aligning)
    await act(hass, "button.press", PAUSE)
    assert attributes(hass, SWITCH)["paused"]
    assert not observatory.tppa._going.is_set()
    # While it runs, it does not matter whether the list of plugins can be read.
    aligning.runtime_data.catalog.async_set_updated_data(Catalog())
    assert state(hass, RESUME) != "unavailable"
    await act(hass, "button.press", RESUME)
    assert not attributes(hass, SWITCH)["paused"]
    assert observatory.tppa._going.is_set()
    for action, paused in (("pause", True), ("resume", False)):
        await act(hass, f"{DOMAIN}.{action}_polar_alignment", config_entry_id=aligning.entry_id)
        assert attributes(hass, SWITCH)["paused"] is paused
    await act(hass, f"{DOMAIN}.stop_polar_alignment", config_entry_id=aligning.entry_id)
    assert not observatory.tppa.running


async def test_settings_are_spelt_as_the_plugin_reads_them(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """Only what is given is sent, in the plugin's own spelling and types."""
    await start(
        hass,
        aligning,
        target_distance=12,
        east_direction=False,
        alignment_tolerance=0.5,
        filter="L",
        exposure_time=3,
        binning=2,
    )
    assert observatory.tppa.settings == {
        "Action": "start-alignment",
        "TargetDistance": 12,
        "EastDirection": False,
        "AlignmentTolerance": 0.5,
        "Filter": "L",
        "ExposureTime": 3.0,
        "Binning": 2,
    }
    await act(hass, "switch.turn_off", SWITCH)


async def test_an_alignment_that_ends_by_itself(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """The plugin does not say that it is done; after a silence it is taken to be."""
    observatory.tppa.adjusting = 0.9
    await start(hass, aligning, alignment_tolerance=6)
    # Only now, since the limits of the start, which a busy machine has to keep, shrink as well.
    aligning.runtime_data.runner.pace.scale = 1 / 150
    await eventually(lambda: not observatory.tppa.running, 60)
    await eventually(lambda: state(hass, SWITCH) == "off")
    await eventually(lambda: observatory.tppa.channel.clients == 0)


async def test_without_the_plugin_nothing_begins(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """The server confirms anyway; only the plugin's own words count."""
    observatory.tppa.installed = False
    with raises("alignment_not_started"):
        await start(hass, aligning)
    # Started, and stopped again: what has not begun yet must not begin behind everybody's back.
    assert observatory.tppa.channel.sent == 2
    assert state(hass, SWITCH) == "off"
    await eventually(lambda: observatory.tppa.channel.clients == 0)


async def test_what_is_not_confirmed_raises(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """The connection stands, and nobody answers."""
    await start(hass, aligning)
    aligning.runtime_data.runner.pace.scale = 1 / 150
    await observatory.faults.start("socket_half_open")
    for action in ("pause_polar_alignment", "stop_polar_alignment"):
        with raises("alignment_not_confirmed"):
            await act(hass, f"{DOMAIN}.{action}", config_entry_id=aligning.entry_id)
    assert observatory.tppa.running


async def test_a_connection_that_breaks_on_the_way(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """The alignment is followed again once the connection is back."""
    await start(hass, aligning)
    await eventually(lambda: hass.states.get(TOTAL))
    await eventually(lambda: state(hass, TOTAL) not in ("unknown", "unavailable"))
    await observatory.faults.start("socket_drop")
    await eventually(lambda: observatory.tppa.channel.clients == 1)
    before = state(hass, TOTAL)
    await eventually(lambda: state(hass, TOTAL) != before)
    assert state(hass, SWITCH) == "on"
    await act(hass, "switch.turn_off", SWITCH)


async def test_what_keeps_an_alignment_from_beginning(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """A parked mount, a running alignment, nothing to pause: nothing is sent."""
    with refused("alignment_not_running"):
        await act(hass, f"{DOMAIN}.pause_polar_alignment", config_entry_id=aligning.entry_id)
    observatory.mount.hardware.park_by_hand()
    observatory.mount.refresh()
    with refused("mount_parked"):
        await start(hass, aligning)
    ready(observatory)
    observatory.camera.detach()
    with refused("camera_not_connected"):
        await start(hass, aligning)
    observatory.camera.attach()
    with refused("field_out_of_range"):
        await start(hass, aligning, binning=0)
    assert observatory.tppa.channel.sent == 0
    await start(hass, aligning)
    with refused("alignment_running"):
        await start(hass, aligning)
    await act(hass, "switch.turn_off", SWITCH)
    await observatory.faults.start("refuse")
    with raises("cannot_connect"):
        await start(hass, aligning)


async def test_two_who_start_an_alignment(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """A second start would begin it again in the middle of the first."""
    first, second = await asyncio.gather(
        start(hass, aligning), start(hass, aligning), return_exceptions=True
    )
    assert first is None
    assert isinstance(second, HomeAssistantError)
    assert second.translation_key == "alignment_running"
    assert observatory.tppa.running


async def test_no_alignment_while_a_sequence_runs(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """The two would fight for the mount."""
    await act(hass, f"{DOMAIN}.start_sequence", config_entry_id=aligning.entry_id)
    with refused("sequence_running"):
        await start(hass, aligning)
    assert observatory.tppa.channel.sent == 0


async def test_secure_ends_an_alignment(
    hass: HomeAssistant, observatory: Observatory, aligning: MockConfigEntry
) -> None:
    """Nothing goes on turning a mount that is to be parked."""
    await start(hass, aligning)
    await act(hass, f"{DOMAIN}.secure", config_entry_id=aligning.entry_id)
    assert not observatory.tppa.running
    assert observatory.mount.parked


async def test_there_is_none_without_the_plugin(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """A N.I.N.A. without the plugin has no such entities."""
    observatory.application.plugins = ("Advanced API",)  # type: ignore[assignment]  # fewer than usual
    entry = make_entry(observatory)
    await set_up(hass, entry)
    assert entity_of(hass, entry, "switch", "hub_sequence")
    assert hass.states.get(SWITCH) is None
    assert not sent(observatory)
    await unload(hass, entry)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ("started procedure", AlignmentConfirmed(action=AlignmentAction.START)),
        (
            {"AzimuthError": 0.5, "AltitudeError": -0.25, "TotalError": 0.6},
            AlignmentError(azimuth=0.5, altitude=-0.25, total=0.6),
        ),
        (
            {"AzimuthError": "NaN", "AltitudeError": None, "TotalError": 0},
            AlignmentError(azimuth=None, altitude=None, total=0.0),
        ),
        (
            {"Status": "Adjusting", "Progress": "NaN"},
            AlignmentProgress(status="Adjusting", fraction=None),
        ),
        (
            {"Status": "Measuring", "Progress": 0.5},
            AlignmentProgress(status="Measuring", fraction=0.5),
        ),
        ("something new", None),
        ({"Status": ""}, None),
        ({}, None),
        (None, None),
        ([1], None),
    ],
)
def test_messages(response: Any, message: object) -> None:
    """What is understood, and that nothing else does any harm."""
    envelope = {"Response": response, "Error": "", "StatusCode": 200, "Type": "Socket"}
    assert decode_alignment(json.dumps(envelope).encode()) == message
    assert decode_alignment(json.dumps(response).encode()) is None


def test_broken_messages() -> None:
    """What is not JSON, and what is far too long, is left out."""
    assert decode_alignment(b"{") is None
    assert decode_alignment(b'"' + b"x" * 2_000_000 + b'"') is None


async def test_what_old_servers_do_not_understand_is_not_sent(socket_enabled: None) -> None:
    """Each word has the version from which on it exists."""
    async with Observatory(port=0, version="2.1.8") as old, aiohttp.ClientSession() as session:
        plugin = PluginVersion(release(2, 1, 8))
        channel = AlignmentChannel(session, "127.0.0.1", old.port, plugin=plugin)
        with pytest.raises(NinaConnectionError):
            await channel.send(AlignmentAction.STOP)
        await channel.connect()
        with pytest.raises(NinaVersionError):
            await channel.send(AlignmentAction.PAUSE)
        with pytest.raises(NinaVersionError):
            await channel.send(AlignmentAction.START, AlignmentSettings(binning=1))
        await channel.send(AlignmentAction.STOP)
        message = await anext(channel.messages())
        assert message == AlignmentConfirmed(action=AlignmentAction.STOP)
        await channel.close()
        older = AlignmentChannel(
            session, "127.0.0.1", old.port, plugin=PluginVersion(release(2, 0))
        )
        with pytest.raises(NinaVersionError):
            await older.connect()
