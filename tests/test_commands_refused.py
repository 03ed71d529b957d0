"""What cannot be commanded now is refused in the user's language, and nothing at all is sent."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.nina_observatory.api import ApplicationTab, Role, TrackingMode
from custom_components.nina_observatory.const import CONF_READ_ONLY, CONTROLS
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands.camera import (
    COOLER_OFF,
    COOLER_ON,
    cool_camera,
    set_binning,
    set_dew_heater,
    set_readout_mode,
    set_temperature,
    set_usb_limit,
)
from custom_components.nina_observatory.control.commands.connection import disconnect
from custom_components.nina_observatory.control.commands.dome import (
    CLOSE_SHUTTER,
    FIND_DOME_HOME,
    FOLLOW_MOUNT,
    OPEN_SHUTTER,
    PARK_DOME,
    SET_DOME_PARK_POSITION,
    STOP_FOLLOWING,
    SYNC_DOME,
    slew_dome,
)
from custom_components.nina_observatory.control.commands.filter_wheel import change_filter
from custom_components.nina_observatory.control.commands.flat_panel import (
    DARKEN_PANEL,
    OPEN_COVER,
    light_panel,
)
from custom_components.nina_observatory.control.commands.focuser import AUTOFOCUS
from custom_components.nina_observatory.control.commands.mount import SET_MOUNT_PARK, TRACK, track
from custom_components.nina_observatory.control.commands.profile import switch_profile, switch_tab
from custom_components.nina_observatory.control.commands.rotator import (
    move_rotator,
    reverse_rotator,
)
from custom_components.nina_observatory.control.commands.switch_hub import (
    set_channel,
    switch_channel,
)
from custom_components.nina_observatory.runtime import NinaConfigEntry
from scripts._docs.commands import every_command
from simulator import Observatory

from .commanding import sent
from .conftest import make_entry, set_up, unload
from .errors import raises, refused

EVERY: Final = every_command()
# These look at devices that are not connected, too.
OF_DEVICES: Final = {
    key: command
    for key, command in EVERY.items()
    if isinstance(command.subject, Role) and not key.endswith("_device")
}


async def run(entry: NinaConfigEntry, command: Command[Any]) -> None:
    """Carry out a command."""
    await entry.runtime_data.runner.async_run(command)


async def test_nothing_is_sent_to_what_is_not_connected(
    observatory: Observatory, loaded_entry: NinaConfigEntry, subtests: pytest.Subtests
) -> None:
    """A device that went away a moment ago, before anybody noticed; a stop does not wait to see."""
    for device in observatory.devices:
        device.detach()
    observatory.ledger.reset()
    for key, command in OF_DEVICES.items():
        with subtests.test(str(key)), refused(f"{command.subject}_not_connected"):
            await run(loaded_entry, command)
    assert sent(observatory) == 2 * [("/equipment/dome/stop", {})]


async def test_nothing_is_sent_where_nobody_answers(
    observatory: Observatory, loaded_entry: NinaConfigEntry, subtests: pytest.Subtests
) -> None:
    """N.I.N.A. was closed a moment ago, before anybody noticed."""
    loaded_entry.runtime_data.runner.pace.read_again = 0.01
    await observatory.faults.start("refuse")
    for key, command in EVERY.items():
        with subtests.test(str(key)), raises("cannot_connect"):
            await run(loaded_entry, command)


async def test_nothing_is_sent_to_a_plugin_that_does_not_know_it(
    hass: HomeAssistant, subtests: pytest.Subtests, socket_enabled: None
) -> None:
    """An old server gets nothing it does not understand, and the error names the version needed."""
    async with Observatory(port=0, scheduler_port=0, speed=150, version="2.1.0") as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        runner = entry.runtime_data.runner
        observatory.ledger.reset()
        newer = {key: command for key, command in EVERY.items() if not runner.supports(command)}
        assert len(newer) > 25
        for key, command in newer.items():
            with subtests.test(str(key)):
                with pytest.raises(ServiceValidationError) as raised:
                    await run(entry, command)
                assert raised.value.translation_key == "plugin_too_old"
                assert raised.value.translation_placeholders == {
                    "needed": str(runner.needed_version(command)),
                    "installed": "2.1.0.0",
                }
        assert sent(observatory) == []
        await unload(hass, entry)


def _set(device: str, **values: object) -> Callable[[Observatory], None]:
    """Return what sets parts of a device."""

    def change(observatory: Observatory) -> None:
        """Set them, as the next poll of N.I.N.A. would find them."""
        for name, value in values.items():
            setattr(getattr(observatory, device), name, value)
        getattr(observatory, device).refresh()

    return change


def _shutter(state: float) -> Callable[[Observatory], None]:
    """Return what puts the shutter somewhere, or has it move."""

    def change(observatory: Observatory) -> None:
        """Move the shutter slowly toward closed (-1) or open (2), or put it (0 to 1)."""
        dome = observatory.dome
        dome.shutter_seconds = 900
        dome.put_shutter(min(1.0, max(0.0, state)) if 0 <= state <= 1 else 0.5)
        if not 0 <= state <= 1:
            dome.drive_shutter(1.0 if state > 1 else 0.0)
        dome.refresh()

    return change


CLOSING, OPENING = -1.0, 2.0


def _without_mount(observatory: Observatory) -> None:
    """Have the roof open and the mount gone."""
    _shutter(1)(observatory)
    observatory.mount.detach()


def _exposing(observatory: Observatory) -> None:
    """Have the camera expose."""
    observatory.camera.begin_exposure(900)


def _without_instructions(observatory: Observatory) -> None:
    """Have a sequence of nothing loaded."""
    for root in observatory.sequence.plan.roots:
        root.items.clear()


REFUSALS: Final[list[tuple[Command[Any], Callable[[Observatory], None], str]]] = [
    (COOLER_ON, _set("camera", can_cool=False), "cooler_not_supported"),
    (COOLER_OFF, _set("camera", can_cool=False), "cooler_not_supported"),
    (set_temperature(-10), _set("camera", can_cool=False), "cooler_not_supported"),
    (cool_camera(-10), _set("camera", can_cool=False), "cooler_not_supported"),
    (set_dew_heater(on=True), _set("camera", has_dew_heater=False), "dew_heater_not_supported"),
    (set_usb_limit(101), _set("camera"), "usb_limit_out_of_range"),
    (set_usb_limit(39), _set("camera"), "usb_limit_out_of_range"),
    (set_usb_limit(60), _set("camera", can_set_usb_limit=False), "usb_limit_not_supported"),
    (set_binning("5x5"), _set("camera"), "binning_missing"),
    (set_binning("2x2"), _exposing, "settings_while_busy"),
    (set_readout_mode("Secret"), _set("camera"), "readout_mode_missing"),
    (set_readout_mode("High Full Well"), _exposing, "settings_while_busy"),
    (disconnect(Role.CAMERA), _exposing, "disconnect_while_exposing"),
    (OPEN_SHUTTER, _set("dome", can_set_shutter=False), "shutter_not_supported"),
    (CLOSE_SHUTTER, _set("dome", can_set_shutter=False), "shutter_not_supported"),
    (PARK_DOME, _set("dome", can_park=False), "dome_park_not_supported"),
    (FIND_DOME_HOME, _set("dome", can_turn=False), "dome_home_not_supported"),
    (slew_dome(10), _set("dome", can_turn=False), "dome_turn_not_supported"),
    (FOLLOW_MOUNT, _set("dome", can_turn=False), "dome_turn_not_supported"),
    (SET_DOME_PARK_POSITION, _set("dome", can_set_park=False), "dome_park_position_not_settable"),
    (SET_DOME_PARK_POSITION, _set("dome", parked=True), "dome_park_position_not_settable"),
    (FOLLOW_MOUNT, _shutter(0), "following_needs_open_shutter"),
    (STOP_FOLLOWING, _shutter(0), "following_needs_open_shutter"),
    (FOLLOW_MOUNT, _without_mount, "following_needs_mount"),
    (STOP_FOLLOWING, _without_mount, "following_needs_mount"),
    (SYNC_DOME, _without_mount, "sync_needs_mount"),
    (OPEN_SHUTTER, _shutter(CLOSING), "close_shutter_under_way"),
    (slew_dome(10), _shutter(CLOSING), "close_shutter_under_way"),
    (SYNC_DOME, _shutter(CLOSING), "close_shutter_under_way"),
    (FIND_DOME_HOME, _shutter(CLOSING), "close_shutter_under_way"),
    (PARK_DOME, _shutter(CLOSING), "close_shutter_under_way"),
    (FOLLOW_MOUNT, _shutter(CLOSING), "close_shutter_under_way"),
    (STOP_FOLLOWING, _shutter(CLOSING), "close_shutter_under_way"),
    (disconnect(Role.DOME), _shutter(CLOSING), "disconnect_while_shutter_moves"),
    (slew_dome(10), _shutter(OPENING), "shutter_opening"),
    (SYNC_DOME, _shutter(OPENING), "shutter_opening"),
    (FIND_DOME_HOME, _shutter(OPENING), "shutter_opening"),
    (PARK_DOME, _shutter(OPENING), "shutter_opening"),
    (change_filter("Clear"), _set("filter_wheel"), "filter_missing"),
    (OPEN_COVER, _set("flat_panel", has_cover=False), "cover_not_supported"),
    (light_panel(10), _set("flat_panel", has_light=False), "light_not_supported"),
    (DARKEN_PANEL, _set("flat_panel", has_light=False), "light_not_supported"),
    (light_panel(4097), _set("flat_panel"), "brightness_out_of_range"),
    (light_panel(0), _set("flat_panel"), "brightness_out_of_range"),
    (AUTOFOCUS, lambda o: o.camera.detach(), "camera_not_connected"),
    (AUTOFOCUS, _exposing, "autofocus_while_busy"),
    (AUTOFOCUS, _set("focuser", settling=True), "autofocus_while_busy"),
    (TRACK, _set("mount"), "mount_parked"),
    (SET_MOUNT_PARK, _set("mount", can_set_park=False), "set_park_not_supported"),
    (track(TrackingMode.CUSTOM), _set("mount"), "tracking_mode_not_supported"),
    (move_rotator(10), _set("rotator", synced=False), "rotator_not_synced"),
    (
        reverse_rotator(reverse=True),
        _set("rotator", can_reverse=False),
        "reverse_not_supported",
    ),
    (set_channel(5, 101), _set("switch_hub"), "channel_out_of_range"),
    (set_channel(5, -1), _set("switch_hub"), "channel_out_of_range"),
    (set_channel(99, 1), _set("switch_hub"), "channel_missing"),
    (switch_channel(99, on=True), _set("switch_hub"), "channel_missing"),
    (switch_profile("nobody"), _set("camera"), "profile_missing"),
    (EVERY["start_sequence"], _without_instructions, "sequence_empty"),
]


@pytest.mark.parametrize("half", [0, 1])
async def test_what_cannot_be_is_refused(
    observatory: Observatory, loaded_entry: NinaConfigEntry, subtests: pytest.Subtests, half: int
) -> None:
    """Incapable, busy and unwilling devices, values out of range: said before anything is sent."""
    observatory.ledger.reset()
    for command, change, key in REFUSALS[half::2]:
        with subtests.test(f"{command.key} {key}"):
            change(observatory)
            with refused(key):
                await run(loaded_entry, command)
            _as_new(observatory)
    assert sent(observatory) == []


def _as_new(observatory: Observatory) -> None:
    """Let the observatory be as it was."""
    observatory.camera.end_exposure(observatory.camera.state)
    camera = observatory.camera
    camera.can_cool = camera.has_dew_heater = camera.can_set_usb_limit = True
    observatory.mount.can_set_park = True
    dome = observatory.dome
    dome.can_set_shutter = dome.can_park = dome.can_turn = dome.can_set_park = True
    dome.parked = False
    dome.abort()
    dome.put_shutter(0.0)
    observatory.flat_panel.has_cover = observatory.flat_panel.has_light = True
    observatory.focuser.settling = False
    for device in observatory.devices:
        device.attach()
        device.refresh()


async def test_a_profile_is_not_switched_under_a_running_sequence(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """What runs was made for the profile that is active."""
    await observatory.sequence.start(skip_validation=True)
    await run(loaded_entry, EVERY["start_sequence"])
    observatory.ledger.reset()
    with refused("profile_while_running"):
        await run(loaded_entry, switch_profile(observatory.profiles.all[1].id))
    assert sent(observatory) == []


async def test_a_rig_that_is_read_only(
    hass: HomeAssistant, observatory: Observatory, subtests: pytest.Subtests
) -> None:
    """It has no controls, its readings are all there, and nothing is ever sent."""
    entry = make_entry(observatory, read_only=True)
    await set_up(hass, entry)
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, entry.entry_id)
    assert {entity.domain for entity in entities}.isdisjoint(CONTROLS)
    assert len(entities) > 100
    for key, command in EVERY.items():
        with subtests.test(str(key)), refused("read_only"):
            await run(entry, command)
    assert sent(observatory) == []
    await unload(hass, entry)


async def test_controls_go_and_come_with_the_option(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Switching to read only and back keeps what the user called the roof."""
    registry = er.async_get(hass)
    roof = "cover.observatory_dome"
    registry.async_update_entity(roof, name="Roof")
    for read_only, known in ((True, False), (False, True)):
        flow = await hass.config_entries.options.async_init(loaded_entry.entry_id)
        await hass.config_entries.options.async_configure(
            flow["flow_id"], {"next_step_id": "general"}
        )
        await hass.config_entries.options.async_configure(
            flow["flow_id"],
            {"roof_interlock": "park_first", CONF_READ_ONLY: read_only, "daily_plan": False},
        )
        await hass.async_block_till_done()
        assert (registry.async_get(roof) is not None) is known
        assert (hass.states.get(roof) is not None) is known
        assert hass.states.get("sensor.observatory_dome_shutter_state") is not None
    entity = registry.async_get(roof)
    assert entity is not None
    assert entity.name == "Roof"


async def test_a_page_that_is_shown_is_not_asked_for(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """What is so already costs a look and nothing else."""
    observatory.ledger.reset()
    await run(loaded_entry, switch_tab(ApplicationTab.EQUIPMENT))
    assert sent(observatory) == []


async def test_an_error_of_nina_is_told_in_its_words(
    observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """What N.I.N.A. refuses with a reason ends at once, with that reason."""
    await observatory.faults.start("unknown_error", path="/equipment/dome/slew")
    with pytest.raises(HomeAssistantError) as raised:
        await run(loaded_entry, slew_dome(10))
    assert raised.value.translation_key == "slew_dome_refused"
    assert raised.value.translation_placeholders == {"reason": "Unknown error"}
