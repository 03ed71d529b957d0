"""Which entities are on: few and right at first sight, and for existing installations what they had."""

from collections.abc import Iterator
from unittest.mock import patch

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.condition import CONDITIONS
from custom_components.nina_observatory.trigger import TRIGGERS, MomentTrigger
from simulator import Observatory

from .blocks import connected
from .conftest import make_entry, set_up, unload
from .rigs import recorded_rig
from .waiting import eventually

pytestmark = [pytest.mark.defaults, pytest.mark.usefixtures("socket_enabled")]

# What a page can hold without anybody having to switch off what is on it.
MOST = 110

# What few people need, what repeats another entity, and what only a maintainer reads.
OFF = {
    *(
        "binary_sensor.camera_exposing",
        "binary_sensor.dome_at_home",
        "binary_sensor.dome_following",
    ),
    *("binary_sensor.dome_parked", "binary_sensor.dome_slewing", "binary_sensor.dome_synchronized"),
    *("binary_sensor.filter_wheel_moving", "binary_sensor.focuser_autofocus_running"),
    *(
        "binary_sensor.focuser_moving",
        "binary_sensor.focuser_settling",
        "binary_sensor.guider_lost",
    ),
    *(
        "binary_sensor.hub_event_stream",
        "binary_sensor.mount_at_home",
        "binary_sensor.mount_slewing",
    ),
    *("binary_sensor.rotator_moving", "binary_sensor.rotator_synced"),
    "binary_sensor.scheduler_reachable",
    *("button.camera_warm_up", "button.dome_find_home"),
    *("button.dome_set_park_position", "button.dome_sync"),
    *("button.focuser_cancel_autofocus", "button.focuser_stop", "button.guider_clear_calibration"),
    *("button.hub_pause_alignment", "button.hub_refresh", "button.hub_resume_alignment"),
    *("button.hub_skip_to_end", "button.hub_skip_to_imaging", "button.mount_find_home"),
    *("button.mount_meridian_flip", "button.mount_set_park_position", "button.rotator_stop"),
    *("camera.hub_latest_image", "camera.hub_live_stack", "camera.hub_screenshot"),
    *("event.camera_camera", "event.dome_dome", "event.filter_wheel_filter_wheel"),
    *("event.flat_panel_flat_panel", "event.focuser_autofocus", "event.focuser_focuser"),
    *("event.guider_guider", "event.hub_error", "event.hub_image", "event.hub_sequence"),
    *("event.hub_session", "event.mount_mount", "event.rotator_rotator"),
    *("event.safety_monitor_safety_monitor", "event.scheduler_scheduler"),
    *("event.switch_hub_switch_hub", "event.weather_weather"),
    *("number.camera_usb_limit", "number.rotator_mechanical_position"),
    *("select.camera_binning", "select.camera_readout_mode", "select.hub_sequence"),
    *("select.hub_tab", "select.mount_tracking_mode"),
    *("sensor.camera_state", "sensor.hub_current_instruction"),
    *("sensor.hub_filter", "sensor.hub_taken_at", "sensor.hub_target"),
    *("sensor.camera_binning", "sensor.camera_bit_depth", "sensor.camera_exposure_ends_at"),
    *("sensor.camera_gain", "sensor.camera_image_scale", "sensor.camera_last_download_time"),
    *("sensor.camera_offset", "sensor.camera_pixel_size", "sensor.camera_readout_mode"),
    *("sensor.camera_sensor_height", "sensor.camera_sensor_type", "sensor.camera_sensor_width"),
    *("sensor.dome_azimuth", "sensor.dome_shutter_state", "sensor.filter_wheel_filter"),
    *("sensor.filter_wheel_focus_offset", "sensor.flat_panel_cover_state"),
    *("sensor.focuser_autofocus_duration", "sensor.focuser_autofocus_filter"),
    *("sensor.focuser_autofocus_position", "sensor.focuser_autofocus_r_squared"),
    *("sensor.focuser_autofocus_temperature", "sensor.focuser_step_size"),
    *("sensor.guider_peak_dec", "sensor.guider_peak_ra", "sensor.guider_pixel_scale"),
    *("sensor.guider_rms_dec_pixels", "sensor.guider_rms_ra_pixels"),
    *("sensor.guider_rms_total_pixels", "sensor.hub_active_profile", "sensor.hub_best_hfr"),
    *("sensor.hub_event_latency", "sensor.hub_exposure", "sensor.hub_exposures_done"),
    *("sensor.hub_exposures_total", "sensor.hub_flats_progress", "sensor.hub_flats_state"),
    *("sensor.hub_gain", "sensor.hub_guiding_rms", "sensor.hub_hfr_arcsec", "sensor.hub_max"),
    *("sensor.hub_mean", "sensor.hub_median", "sensor.hub_min", "sensor.hub_nina_version"),
    *("sensor.hub_offset", "sensor.hub_plugin_version", "sensor.hub_sensor_temperature"),
    *("sensor.hub_session_started_at", "sensor.hub_started_at", "sensor.hub_std_dev"),
    *("sensor.mount_meridian_flip_earliest_at", "sensor.mount_side_of_pier"),
    *("sensor.mount_sidereal_time", "sensor.mount_site_elevation", "sensor.mount_site_latitude"),
    *("sensor.mount_site_longitude", "sensor.rotator_mechanical_position"),
    *("sensor.rotator_position", "sensor.scheduler_active_projects"),
    *("sensor.scheduler_current_project", "sensor.scheduler_current_target"),
    *("sensor.scheduler_imaging_ends_at", "sensor.scheduler_remaining_time"),
    *("sensor.scheduler_version", "sensor.scheduler_waiting_until", "sensor.weather_pressure"),
    "sensor.weather_sky_brightness",
    *("sensor.weather_sky_temperature", "sensor.weather_wind_direction"),
    *("switch.guider_guiding", "switch.hub_alignment", "switch.hub_live_stack"),
    "switch.rotator_reverse",
}
# What stands apart from what a night needs.
CATEGORIES = {
    "binary_sensor.hub_reachable": EntityCategory.DIAGNOSTIC,
    "button.hub_connect_all": EntityCategory.CONFIG,
    "button.hub_disconnect_all": EntityCategory.CONFIG,
    "button.hub_reset_sequence": EntityCategory.CONFIG,
    "button.hub_skip_current": EntityCategory.CONFIG,
    "select.hub_profile": EntityCategory.CONFIG,
    "sensor.hub_procedure_step": EntityCategory.DIAGNOSTIC,
    "switch.dome_roof_guard": EntityCategory.CONFIG,
}
# Sensors that a control shows as well.
REPEATED = {
    "binary_sensor.dome_following",
    "sensor.dome_azimuth",
    "sensor.dome_shutter_state",
    "sensor.filter_wheel_filter",
    "sensor.flat_panel_cover_state",
    "sensor.hub_active_profile",
    "sensor.rotator_position",
}


def entities(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, er.RegistryEntry]:
    """Return the entities of an entry by platform, role and key."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    prefix = f"{entry.entry_id}_"
    return {f"{each.domain}.{each.unique_id.removeprefix(prefix)}": each for each in found}


def looked_at() -> Iterator[str]:
    """Yield role and key of the entities that triggers and conditions look at.

    Triggers for events need no entity.
    """
    for table in (TRIGGERS, CONDITIONS):
        for each in table.values():
            if not issubclass(each, MomentTrigger):
                yield getattr(each, "_key")  # noqa: B009  # of all classes of this integration


async def test_a_full_rig(hass: HomeAssistant, imaging: Observatory) -> None:
    """Few are on, among them all that triggers and conditions look at, and those are no settings."""
    entry = make_entry(imaging, roof_guard="nothing_known", night_watch=True)
    await set_up(hass, entry)
    await eventually(lambda: "binary_sensor.hub_not_safe" in entities(hass, entry))
    found = entities(hass, entry)
    on = {key: each for key, each in found.items() if not each.disabled}
    parts = ("sensor.scheduler_project_", "sensor.scheduler_target_")
    assert {key for key in found.keys() - on.keys() if not key.startswith(parts)} == OFF
    assert len(on) <= MOST, sorted(on)
    categories = {key: each.entity_category for key, each in on.items() if each.entity_category}
    assert categories == CATEGORIES
    wanted = set(looked_at())
    primary = {key.partition(".")[2] for key, each in on.items() if each.entity_category is None}
    assert wanted <= primary
    await unload(hass, entry)


async def test_existing_installations_keep_what_they_have(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """What was on stays on, and what a user switched off stays off."""
    entry = make_entry(observatory)
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        await set_up(hass, entry)
    before = entities(hass, entry)
    assert not any(each.disabled for each in before.values())
    off = before["sensor.hub_hfr"].entity_id
    er.async_get(hass).async_update_entity(off, disabled_by=er.RegistryEntryDisabler.USER)
    await unload(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    after = entities(hass, entry)
    assert after.keys() >= before.keys()
    assert {key for key in before if after[key].disabled} == {"sensor.hub_hfr"}
    assert all(hass.states.get(after[key].entity_id) for key in OFF & before.keys())
    await unload(hass, entry)


async def test_without_controls_their_sensors_are_on(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """A read-only entry has no select that shows the filter."""
    entry = make_entry(observatory, read_only=True)
    await set_up(hass, entry)
    found = entities(hass, entry)
    assert {key for key in REPEATED if not found[key].disabled} == REPEATED
    await unload(hass, entry)


async def test_a_roof_that_cannot_be_moved_shows_whether_it_is_open(hass: HomeAssistant) -> None:
    """It has no cover, so that the sensor is on."""
    blocks = connected()
    blocks["Dome"] |= {"CanSetShutter": False}
    async with recorded_rig(hass, blocks, enabled=False) as rig:
        on = {key for key, each in entities(hass, rig.entry).items() if not each.disabled}
        assert REPEATED & on == {"sensor.dome_shutter_state"}
