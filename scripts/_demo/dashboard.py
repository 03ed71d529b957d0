"""The dashboard of the demonstration: core cards only, for whatever entities there are."""

from typing import Any

from .cards import Card, badge, gauge, graph, group, logbook, picture, section, shutter, tile
from .rig import Rig
from .session import Session

PATH = "observatory-night"

# By section: platform, role and key, and a name where that of the entity is too short.
READINGS: dict[str, list[tuple[str, ...]]] = {
    "Mount": [
        ("sensor", "mount_right_ascension"),
        ("sensor", "mount_declination"),
        ("sensor", "mount_altitude"),
        ("sensor", "mount_azimuth"),
        ("sensor", "mount_meridian_flip_at"),
        ("switch", "mount_tracking"),
        ("binary_sensor", "mount_parked"),
    ],
    "Camera": [
        ("binary_sensor", "hub_imaging"),
        ("sensor", "camera_temperature"),
        ("sensor", "camera_cooler_power"),
        ("switch", "camera_cooler"),
        ("select", "filter_wheel_filter"),
        ("sensor", "focuser_position", "Focuser"),
    ],
    "Weather": [
        ("sensor", "weather_temperature"),
        ("sensor", "weather_humidity"),
        ("sensor", "weather_dew_point"),
        ("sensor", "weather_cloud_cover"),
        ("sensor", "weather_wind_speed"),
        ("sensor", "weather_sky_quality"),
    ],
}

FRAME = [
    ("sensor", "hub_frames"),
    ("sensor", "hub_average_hfr"),
    ("sensor", "hub_hfr"),
    ("sensor", "hub_stars"),
]
WITH_SCHEDULER = [
    ("sensor", "hub_sequence_state"),
    ("sensor", "hub_current_target"),
    ("sensor", "hub_frames"),
    ("sensor", "hub_integration_time"),
    ("sensor", "scheduler_target_ends_at"),
    ("sensor", "scheduler_next_target"),
    ("sensor", "scheduler_next_target_at"),
]
WITHOUT_SCHEDULER = [
    ("sensor", "hub_sequence_state"),
    ("sensor", "hub_current_target"),
    ("sensor", "hub_now_imaging"),
    ("sensor", "hub_sequence_ends_at"),
    ("sensor", "hub_frames"),
    ("sensor", "hub_integration_time"),
]
LOGGED = [
    ("cover", "dome_shutter"),
    ("binary_sensor", "hub_not_safe"),
    ("binary_sensor", "weather_rain"),
    ("binary_sensor", "mount_parked"),
    ("select", "filter_wheel_filter"),
    ("sensor", "hub_current_target"),
]
# Two sections wide, four tiles in a row.
QUARTER = {"columns": 3}
BADGES = [
    ("binary_sensor", "hub_not_safe"),
    ("binary_sensor", "weather_rain"),
    ("binary_sensor", "hub_imaging"),
    ("binary_sensor", "hub_reachable"),
]


async def install(session: Session, entry_id: str) -> None:
    """Make the dashboard, unless it is there already, and let it be what opens first."""
    dashboards = await session.ask("lovelace/dashboards/list")
    if any(dashboard["url_path"] == PATH for dashboard in dashboards):
        return
    await session.ask(
        "lovelace/dashboards/create",
        url_path=PATH,
        title="Observatory",
        icon="mdi:telescope",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    config = build(await Rig.load(session, entry_id))
    await session.ask("lovelace/config/save", url_path=PATH, config=config)
    await session.ask("frontend/set_system_data", key="core", value={"default_panel": PATH})


def build(rig: Rig) -> dict[str, Any]:
    """Return the configuration of the dashboard for the entities there are."""
    sections = [
        section(_picture(rig), span=2),
        section(_safety(rig), _sequence(rig)),
        section(_guiding(rig)),
        section(_readings(rig, "Mount", "mdi:telescope")),
        section(_readings(rig, "Camera", "mdi:camera-iris")),
        section(_readings(rig, "Weather", "mdi:weather-night-partly-cloudy")),
        section(_log(rig), span=2),
    ]
    view = {
        "title": "Tonight",
        "path": "tonight",
        "type": "sections",
        "max_columns": 4,
        "badges": [badge(entity) for entity in _present(rig, *BADGES)],
        "sections": [made for made in sections if made is not None],
    }
    return {"views": [view]}


def _present(rig: Rig, *wanted: tuple[str, str]) -> list[str]:
    """Return the entities there are of those wanted."""
    found = (rig.find(platform, key) for platform, key in wanted)
    return [entity for entity in found if entity is not None]


def _picture(rig: Rig) -> list[Card]:
    """Return the newest frame with what is known of it."""
    return group(
        "Newest frame",
        "mdi:image-filter-hdr",
        picture(rig.find("image", "hub_latest_image")),
        *(tile(entity, grid_options=QUARTER) for entity in _present(rig, *FRAME)),
    )


def _safety(rig: Rig) -> list[Card]:
    """Return what keeps the equipment dry."""
    return group(
        "Roof and safety",
        "mdi:home-roof",
        shutter(rig.find("cover", "dome_shutter"), "Dome"),
        tile(rig.find("binary_sensor", "hub_not_safe")),
        tile(rig.find("binary_sensor", "safety_monitor_unsafe"), name="Safety monitor"),
        tile(rig.find("binary_sensor", "weather_rain")),
        tile(rig.find("number", "dome_azimuth")),
    )


def _guiding(rig: Rig) -> list[Card]:
    """Return the graph of guiding."""
    rms = {"Total": "guider_rms_total", "RA": "guider_rms_ra", "Dec": "guider_rms_dec"}
    return group(
        "Guiding",
        "mdi:crosshairs-gps",
        graph({name: rig.find("sensor", key) for name, key in rms.items()}, 0.5, 5),
        tile(rig.find("sensor", "guider_state")),
        tile(rig.find("switch", "guider_guiding")),
    )


def _sequence(rig: Rig) -> list[Card]:
    """Return how far the night is: by the plan of the scheduler where there is one."""
    progress = rig.find("sensor", "scheduler_overall_progress")
    if progress is None:
        shown = gauge(rig.find("sensor", "hub_sequence_progress"), "Sequence")
        tiles = _present(rig, *WITHOUT_SCHEDULER)
    else:
        shown = gauge(progress, "All projects")
        tiles = _present(rig, *WITH_SCHEDULER)
    return group(
        "Sequence and plan", "mdi:playlist-play", shown, *(tile(entity) for entity in tiles)
    )


def _readings(rig: Rig, title: str, icon: str) -> list[Card]:
    """Return plain tiles."""
    tiles = []
    for platform, key, *name in READINGS[title]:
        named = {"name": name[0]} if name else {}
        tiles.append(tile(rig.find(platform, key), **named))
    return group(title, icon, *tiles)


def _log(rig: Rig) -> list[Card]:
    """Return what happened."""
    return group("Activity", "mdi:text-box-outline", logbook(_present(rig, *LOGGED)))
