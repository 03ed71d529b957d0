"""Selects: what the device offers, by name, and nothing that cannot be commanded."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory
from simulator.enums import TrackingMode

from .commanding import entity_of, sent
from .conftest import make_entry, set_up, unload
from .errors import refused
from .states import act, attributes, state, stream_lost, until
from .waiting import eventually


def options(hass: HomeAssistant, entry: NinaConfigEntry, unique: str) -> list[str]:
    """Return what a select offers."""
    offered: list[str] = attributes(hass, entity_of(hass, entry, "select", unique))["options"]
    return offered


async def test_filters_are_those_of_the_profile(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """By name, also one that was added since; sent is its place in the list, not in the wheel."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    filters = entity_of(hass, loaded_entry, "select", "filter_wheel_filter")
    assert options(hass, loaded_entry, "filter_wheel_filter") == [
        "L",
        "R",
        "G",
        "B",
        "Ha",
        "OIII",
        "SII",
    ]
    assert state(hass, filters) == "L"
    observatory.filter_wheel.filters.insert(0, observatory.filter_wheel.filters.pop())
    await act(hass, "button.press", entity_of(hass, loaded_entry, "button", "hub_refresh"))
    await until(hass, filters, "L")
    assert options(hass, loaded_entry, "filter_wheel_filter")[:2] == ["SII", "L"]
    observatory.ledger.reset()
    await act(hass, "select.select_option", filters, option="SII")
    assert sent(observatory) == [("/equipment/filterwheel/change-filter", {"filterId": "0"})]
    assert observatory.filter_wheel.slot == 6
    assert state(hass, filters) == "SII"


async def test_tracking_modes_are_those_that_the_mount_names(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """By the numbers of the API; a custom rate is shown by nothing and cannot be chosen."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    modes = entity_of(hass, loaded_entry, "select", "mount_tracking_mode")
    assert options(hass, loaded_entry, "mount_tracking_mode") == [
        "sidereal",
        "lunar",
        "solar",
        "king",
        "stopped",
    ]
    hardware = observatory.mount.hardware
    hardware.parked = False
    hardware.put(observatory.sequence.target)
    hardware.track(TrackingMode.SIDEREAL)
    observatory.mount.refresh()
    observatory.ledger.reset()
    for mode in ("king", "stopped", "solar"):
        await act(hass, "select.select_option", modes, option=mode)
        assert state(hass, modes) == mode
    assert [parameters["mode"] for _, parameters in sent(observatory)] == ["3", "4", "2"]
    with pytest.raises(ServiceValidationError):
        await act(hass, "select.select_option", modes, option="custom")


async def test_a_parked_mount_does_not_track(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Refused, and nothing sent."""
    observatory.ledger.reset()
    modes = entity_of(hass, loaded_entry, "select", "mount_tracking_mode")
    with refused("mount_parked"):
        await act(hass, "select.select_option", modes, option="lunar")
    assert sent(observatory) == []


async def test_binnings_and_readout_modes_are_those_of_the_camera(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """What is set outside is shown at the next reading."""
    assert options(hass, loaded_entry, "camera_binning") == ["1x1", "2x2", "3x3", "4x4"]
    assert options(hass, loaded_entry, "camera_readout_mode") == ["Default", "High Full Well"]
    observatory.camera.binning = 3
    observatory.camera.refresh()
    await act(hass, "button.press", entity_of(hass, loaded_entry, "button", "hub_refresh"))
    await until(hass, entity_of(hass, loaded_entry, "select", "camera_binning"), "3x3")


async def test_the_profile_is_read_after_it_was_switched(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Without an event about it, too: the list of profiles is polled seldom."""
    await eventually(lambda: loaded_entry.runtime_data.catalog.data.profiles)
    profiles = entity_of(hass, loaded_entry, "select", "hub_profile")
    await until(hass, profiles, loaded_entry.runtime_data.catalog.data.active_profile or "")
    other = next(
        each for each in options(hass, loaded_entry, "hub_profile") if each != state(hass, profiles)
    )
    async with stream_lost(hass, observatory):
        await act(hass, "select.select_option", profiles, option=other)
        await until(hass, profiles, other)


async def test_what_n_i_n_a_does_not_tell_is_unknown(
    hass: HomeAssistant, loaded_entry: NinaConfigEntry
) -> None:
    """Which sequence was loaded cannot be read."""
    await eventually(lambda: loaded_entry.runtime_data.catalog.data.sequences)
    await hass.async_block_till_done()
    select = entity_of(hass, loaded_entry, "select", "hub_sequence")
    await until(hass, select, STATE_UNKNOWN)
    assert options(hass, loaded_entry, "hub_sequence")


async def test_an_old_plugin_names_no_tracking_mode_but_tracks(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """Before 2.2.12 the mode is not told; whether it tracks is."""
    async with Observatory(port=0, speed=150, version="2.1.8") as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        entry.runtime_data.runner.pace.scale = 1 / 15
        hardware = observatory.mount.hardware
        hardware.parked = False
        hardware.put(observatory.sequence.target)
        hardware.track(TrackingMode.STOPPED)
        observatory.mount.refresh()
        await act(hass, "switch.turn_on", entity_of(hass, entry, "switch", "mount_tracking"))
        assert hardware.tracking is TrackingMode.SIDEREAL
        await unload(hass, entry)
