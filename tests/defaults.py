"""Which entities are on in tests: those that are by default, and those that tests use."""

from typing import Final

from homeassistant.helpers.entity import Entity

from custom_components.nina_observatory.const import DOMAIN

# As it is without any test.
AS_BY_DEFAULT: Final = Entity.entity_registry_enabled_default

# Off by default, by platform.
USED: Final[dict[str, frozenset[str]]] = {
    "binary_sensor": frozenset(
        {
            "camera_exposing",
            "focuser_autofocus_running",
            "hub_event_stream",
            "rotator_synced",
            "scheduler_reachable",
        }
    ),
    "button": frozenset(
        {
            "camera_warm_up",
            "dome_find_home",
            "dome_sync",
            "focuser_cancel_autofocus",
            "focuser_stop",
            "guider_clear_calibration",
            "hub_pause_alignment",
            "hub_refresh",
            "hub_resume_alignment",
            "hub_skip_to_end",
            "hub_skip_to_imaging",
            "mount_find_home",
            "mount_meridian_flip",
            "rotator_stop",
        }
    ),
    "camera": frozenset({"hub_latest_image", "hub_live_stack"}),
    "event": frozenset(
        {
            "camera_camera",
            "dome_dome",
            "filter_wheel_filter_wheel",
            "flat_panel_flat_panel",
            "focuser_autofocus",
            "focuser_focuser",
            "guider_guider",
            "hub_error",
            "hub_image",
            "hub_sequence",
            "hub_session",
            "mount_mount",
            "rotator_rotator",
            "safety_monitor_safety_monitor",
            "scheduler_scheduler",
            "switch_hub_switch_hub",
            "weather_weather",
        }
    ),
    "number": frozenset({"camera_usb_limit", "rotator_mechanical_position"}),
    "select": frozenset(
        {"camera_binning", "camera_readout_mode", "hub_sequence", "mount_tracking_mode"}
    ),
    "sensor": frozenset(
        {
            "camera_state",
            "hub_current_instruction",
            "hub_filter",
            "hub_taken_at",
            "hub_target",
            "dome_azimuth",
            "dome_shutter_state",
            "hub_active_profile",
            "hub_exposure",
            "hub_exposures_done",
            "hub_exposures_total",
            "hub_flats_state",
            "scheduler_active_projects",
            "scheduler_current_project",
            "scheduler_current_target",
            "scheduler_imaging_ends_at",
            "scheduler_remaining_time",
            "scheduler_version",
            "scheduler_waiting_until",
        }
    ),
    "switch": frozenset({"guider_guiding", "hub_alignment", "hub_live_stack", "rotator_reverse"}),
}


def enabled_in_tests(entity: Entity) -> bool:
    """Return whether an entity is on when it is added in a test."""
    if AS_BY_DEFAULT.__get__(entity, type(entity)):
        return True
    platform = entity.platform
    if platform.platform_name != DOMAIN or platform.config_entry is None:
        return False
    key = str(entity.unique_id).removeprefix(f"{platform.config_entry.entry_id}_")
    return key in USED.get(platform.domain, ())
