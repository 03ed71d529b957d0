"""Switches: confirmed by the device, refused where that makes no sense, and never a guess."""

from collections.abc import Callable
from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.devices.base import Device
from simulator.enums import TrackingMode

from .commanding import sent
from .errors import raises, refused
from .states import act, state, until
from .waiting import eventually

TRACKING = "switch.observatory_mount_tracking"
COOLER = "switch.observatory_camera_cooler"
GUIDING = "switch.observatory_guider_guiding"
SEQUENCE = "switch.observatory_sequence"
FLAT_PANEL = "switch.observatory_switches_flat_panel"
CAMERA_POWER = "switch.observatory_switches_camera"
SWITCHES = (TRACKING, COOLER, GUIDING, FLAT_PANEL)

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
async def ready(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> MockConfigEntry:
    """Return an entry under an open roof, its mount unparked and standing."""
    observatory.dome.put_shutter(1.0)
    observatory.mount.hardware.parked = False
    observatory.mount.put(observatory.sequence.target)
    observatory.mount.hardware.track(TrackingMode.STOPPED)
    observatory.camera.cooler.aim_at(-10.0)
    for device in observatory.devices:
        device.refresh()
    await settled.runtime_data.equipment.async_read()
    observatory.ledger.reset()
    return settled


async def reread(entry: MockConfigEntry, *devices: Device) -> None:
    """Have N.I.N.A. read some drivers, and Home Assistant N.I.N.A."""
    for device in devices:
        device.refresh()
    await entry.runtime_data.equipment.async_read()


@pytest.mark.parametrize(
    ("switch", "on", "off", "reads"),
    [
        (
            TRACKING,
            ("/equipment/mount/tracking", {"mode": "0"}),
            ("/equipment/mount/tracking", {"mode": "4"}),
            lambda o: o.mount.tracking,
        ),
        (
            COOLER,
            (
                "/equipment/camera/cool",
                {"temperature": "-10.0", "minutes": "-1", "cancel": "false"},
            ),
            ("/equipment/camera/warm", {"minutes": "-1", "cancel": "false"}),
            lambda o: o.camera.cooler.on,
        ),
        (
            GUIDING,
            ("/equipment/guider/start", {"calibrate": "false"}),
            ("/equipment/guider/stop", {}),
            lambda o: o.guider.state == "Guiding",
        ),
        (
            FLAT_PANEL,
            ("/equipment/switch/set", {"index": "2", "value": "1.0"}),
            ("/equipment/switch/set", {"index": "2", "value": "0.0"}),
            lambda o: o.switch_hub.writable[2].value == 1,
        ),
    ],
)
async def test_on_and_off(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    switch: str,
    on: tuple[str, dict[str, str]],
    off: tuple[str, dict[str, str]],
    reads: Callable[[Observatory], bool],
) -> None:
    """Each direction is one request; asked again for what is so already, none goes out."""
    assert state(hass, switch) == "off"
    await act(hass, "switch.turn_on", switch)
    assert reads(observatory)
    assert state(hass, switch) == "on"
    await act(hass, "switch.turn_on", switch)
    assert sent(observatory) == [on]
    await act(hass, "switch.turn_off", switch)
    assert not reads(observatory)
    await until(hass, switch, "off")
    await act(hass, "switch.turn_off", switch)
    assert sent(observatory) == [on, off]


async def test_the_sequence(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """A start goes out once, a stop always: a sequence may be about to begin."""
    start = ("/sequence/start", {"skipValidation": "true"})
    stop: tuple[str, dict[str, str]] = ("/sequence/stop", {})
    for _ in range(2):
        await act(hass, "switch.turn_on", SEQUENCE)
        assert state(hass, SEQUENCE) == "on"
    assert observatory.sequence.running
    assert sent(observatory) == [start]
    for _ in range(2):
        await act(hass, "switch.turn_off", SEQUENCE)
        await until(hass, SEQUENCE, "off")
    assert not observatory.sequence.running
    assert sent(observatory) == [start, stop, stop]


async def test_accepted_and_ignored(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """N.I.N.A. says yes, the device does nothing: that is an error, and the state stays."""
    for switch, device, error in (
        (TRACKING, "mount", "track_unproven"),
        (COOLER, "camera", "cooler_on_unproven"),
        (GUIDING, "guider", "start_guiding_unproven"),
        (FLAT_PANEL, "switch_hub", "switch_channel_unproven"),
    ):
        with subtests.test(switch):
            observatory.ledger.reset()
            async with observatory.faults.during("ignored", device=device):
                with raises(error):
                    await act(hass, "switch.turn_on", switch)
            assert state(hass, switch) == "off"
            assert len(sent(observatory)) == 1


async def test_a_guider_that_does_not_stop_is_told_twice(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Stopping is repeated once, and then it is said that it did not work."""
    await act(hass, "switch.turn_on", GUIDING)
    async with observatory.faults.during("ignored", device="guider"):
        with raises("stop_guiding_unproven"):
            await act(hass, "switch.turn_off", GUIDING)
    assert state(hass, GUIDING) == "on"
    assert observatory.ledger.count("/equipment/guider/stop") == 2


async def test_a_lost_star_is_not_guiding(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """It may read so long after guiding has stopped; switching off is sent anyway."""
    await act(hass, "switch.turn_on", GUIDING)
    await observatory.faults.start("star_lost")
    await eventually(lambda: observatory.guider.state == "LostLock")
    await reread(ready)
    assert state(hass, GUIDING) == "off"
    await act(hass, "switch.turn_off", GUIDING)
    assert observatory.guider.state == "Stopped"


async def test_switching_off_ends_a_start_under_way(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """N.I.N.A. answers a start when guiding has settled; nobody waits for that who wants to stop."""
    observatory.guider.calibrated = False
    starting = hass.async_create_task(act(hass, "switch.turn_on", GUIDING))
    await eventually(lambda: observatory.guider.state == "Calibrating")
    await act(hass, "switch.turn_off", GUIDING)
    with raises("overtaken"):
        await starting
    assert state(hass, GUIDING) == "off"


@pytest.mark.parametrize("action", ["turn_on", "turn_off"])
async def test_a_parked_mount_is_not_tracked(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, action: str
) -> None:
    """Neither is sent: it would be refused, and the mount stays where it is."""
    observatory.mount.hardware.parked = True
    await reread(ready, observatory.mount)
    tracked = action == "turn_off"
    observatory.mount.hardware.tracking = TrackingMode.SIDEREAL if tracked else TrackingMode.STOPPED
    await reread(ready, observatory.mount)
    with refused("mount_parked"):
        await act(hass, f"switch.{action}", TRACKING)
    assert sent(observatory) == []


async def test_cooling_needs_a_temperature(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """A camera that tells no set point is not cooled to one that we made up."""
    async with observatory.faults.during("nan_everywhere", path="/equipment/info"):
        with refused("set_point_unknown"):
            await act(hass, "switch.turn_on", COOLER)
    assert sent(observatory) == []


async def test_a_camera_without_a_cooler(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Another camera was connected meanwhile."""
    observatory.camera.can_cool = False
    await reread(ready, observatory.camera)
    with refused("cooler_not_supported"):
        await act(hass, "switch.turn_on", COOLER)
    assert sent(observatory) == []


async def test_lost_since_the_last_look(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """The switch still looks alive; the device is gone, and nothing is sent to it."""
    for switch, device in (
        (TRACKING, "mount"),
        (COOLER, "camera"),
        (GUIDING, "guider"),
        (FLAT_PANEL, "switch_hub"),
    ):
        with subtests.test(switch):
            getattr(observatory, device).detach()
            assert state(hass, switch) == "off"
            with refused(f"{device}_not_connected"):
                await act(hass, "switch.turn_on", switch)
            assert state(hass, switch) == "unavailable"
    assert sent(observatory) == []


@pytest.mark.parametrize(
    ("switch", "device"),
    [(TRACKING, "mount"), (COOLER, "camera"), (FLAT_PANEL, "switch_hub")],
)
async def test_lost_in_mid_command(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    switch: str,
    device: str,
) -> None:
    """The driver drops out while the command is under way."""
    await observatory.faults.start("ignored", device=device)
    switching = hass.async_create_task(act(hass, "switch.turn_on", switch))
    await eventually(lambda: sent(observatory))
    getattr(observatory, device).detach()
    with raises(f"{device}_lost"):
        await switching
    assert state(hass, switch) == "unavailable"


async def test_with_nina_gone(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Nothing answers, nothing is believed to have been done."""
    await observatory.faults.start("refuse")
    with raises("cannot_connect"):
        await act(hass, "switch.turn_on", TRACKING)
    assert {state(hass, switch) for switch in SWITCHES} == {"unavailable"}


async def test_a_channel_is_written_where_it_is_now(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """It is known by its id; positions change with the device that is connected."""
    hub = observatory.switch_hub
    panel = next(channel for channel in hub.writable if channel.number == 2)
    hub.writable.reverse()
    hub.refresh()
    await act(hass, "switch.turn_on", FLAT_PANEL)
    assert sent(observatory) == [("/equipment/switch/set", {"index": "1", "value": "1.0"})]
    assert panel.value == 1
    assert [channel.value for channel in hub.writable if channel is not panel] == [30, 1, 1]


async def test_a_channel_that_is_gone(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """What N.I.N.A. would write to another channel instead is not sent."""
    del observatory.switch_hub.writable[2]
    observatory.switch_hub.refresh()
    with refused("channel_missing"):
        await act(hass, "switch.turn_on", FLAT_PANEL)
    assert state(hass, FLAT_PANEL) == "unavailable"
    assert state(hass, CAMERA_POWER) == "on"
    assert sent(observatory) == []


async def test_a_channel_that_goes_in_mid_command(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The hub is still there, what it was to do cannot be seen any more."""
    await observatory.faults.start("ignored", device="switch_hub")
    switching = hass.async_create_task(act(hass, "switch.turn_on", FLAT_PANEL))
    await eventually(lambda: sent(observatory))
    del observatory.switch_hub.writable[2]
    with raises("switch_channel_unproven"):
        await switching
    assert state(hass, FLAT_PANEL) == "unavailable"


async def test_renamed_and_new_channels(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """A new one turns up by itself; a renamed one is the same entity, by its new name."""
    hub = observatory.switch_hub
    hub.writable[2].name = "Flat Field Panel"
    hub.writable.append(replace(hub.writable[1], number=9, name="Camera"))
    await reread(ready, hub)
    await hass.async_block_till_done(wait_background_tasks=False)
    registry = er.async_get(hass)
    assert state(hass, f"{CAMERA_POWER}_2") == "on"
    assert await hass.config_entries.async_reload(ready.entry_id)
    renamed = registry.async_get(FLAT_PANEL)
    assert renamed is not None
    assert (renamed.original_name, state(hass, FLAT_PANEL)) == ("Flat Field Panel", "off")
    assert state(hass, f"{CAMERA_POWER}_2") == "on"


async def test_channels_are_remembered(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """With N.I.N.A. closed they exist, unavailable; only toggles are switches."""
    await observatory.stop()
    assert await hass.config_entries.async_reload(ready.entry_id)
    assert {state(hass, switch) for switch in (FLAT_PANEL, CAMERA_POWER)} == {"unavailable"}
    assert hass.states.get("switch.observatory_switches_dew_heater") is None
    await observatory.start()
    await until(hass, FLAT_PANEL, "off")
