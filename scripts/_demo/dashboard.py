"""The dashboard of the demonstration: core cards only, for whatever entities there are."""

from typing import Any

from .cards import (
    FULL,
    Card,
    badge,
    gauge,
    graph,
    group,
    logbook,
    picture,
    section,
    shutter,
    tile,
    when_known,
    when_on,
)
from .rig import Rig
from .session import Session

PATH = "observatory-night"

# By section: platform, role and key, and a name where the entity has none or too short a one.
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
        ("binary_sensor", "hub_imaging", "Imaging"),
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

ROOF = [("binary_sensor", "weather_rain"), ("number", "dome_azimuth")]
FRAME = [
    ("sensor", "hub_frames"),
    ("sensor", "hub_average_hfr"),
    ("sensor", "hub_hfr"),
    ("sensor", "hub_stars"),
]
# The full names do not fit.
SKY = {"hub_next_dusk": "Next dusk", "hub_next_dawn": "Next dawn"}
WITH_SCHEDULER = [
    ("sensor", "hub_sequence_state"),
    ("sensor", "hub_current_target"),
    ("sensor", "hub_moon_separation"),
    ("sensor", "hub_integration_time"),
    ("sensor", "scheduler_target_ends_at"),
    # Known once the night was planned.
    ("sensor", "scheduler_next_target"),
    ("sensor", "scheduler_next_target_at"),
]
WITHOUT_SCHEDULER = [
    ("sensor", "hub_sequence_state"),
    ("sensor", "hub_current_target"),
    ("sensor", "hub_moon_separation"),
    ("sensor", "hub_integration_time"),
    ("sensor", "hub_sequence_ends_at"),
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
    ("binary_sensor", "hub_imaging", "Imaging"),
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
    # With N.I.N.A. closed there are no readings, only what happened.
    is_open = when_on(rig.find("binary_sensor", "hub_reachable"))
    sections = [
        section(_picture(rig), span=2),
        section(_safety(rig), _sequence(rig)),
        section(_guiding(rig), visibility=is_open),
        section(_readings(rig, "Mount", "mdi:telescope"), visibility=is_open),
        section(_readings(rig, "Camera", "mdi:camera-iris"), visibility=is_open),
        section(_readings(rig, "Weather", "mdi:weather-night-partly-cloudy"), visibility=is_open),
        section(_log(rig), span=2),
    ]
    view = {
        "title": "Tonight",
        "path": "tonight",
        "type": "sections",
        "max_columns": 4,
        "badges": [made for each in BADGES if (made := _badge(rig, *each)) is not None],
        "sections": [made for made in sections if made is not None],
    }
    return {"views": [view]}


def _present(rig: Rig, *wanted: tuple[str, str]) -> list[str]:
    """Return the entities there are of those wanted."""
    found = (rig.find(platform, key) for platform, key in wanted)
    return [entity for entity in found if entity is not None]


def _badge(rig: Rig, platform: str, key: str, *name: str) -> Card | None:
    """Return a badge, with a name where the entity has none of its own."""
    entity = rig.find(platform, key)
    return None if entity is None else badge(entity, *name)


def _picture(rig: Rig) -> list[Card]:
    """Return the newest frame with what is known of it."""
    present = rig.find("sensor", "hub_now_imaging")
    return group(
        "Newest frame",
        "mdi:image-filter-hdr",
        picture(rig.find("image", "hub_latest_image")),
        tile(present, grid_options=FULL, visibility=when_known(present)),
        *(tile(entity, grid_options=QUARTER) for entity in _present(rig, *FRAME)),
    )


def _safety(rig: Rig) -> list[Card]:
    """Return what keeps the equipment dry."""
    return group(
        "Roof and safety",
        "mdi:home-roof",
        shutter(rig.find("cover", "dome_shutter"), "Dome"),
        tile(rig.find("binary_sensor", "hub_not_safe")),
        tile(rig.find("sensor", "hub_safety_reason")),
        *(tile(entity, visibility=when_known(entity)) for entity in _present(rig, *ROOF)),
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
        "Sequence and plan",
        "mdi:playlist-play",
        shown,
        *(tile(entity, visibility=when_known(entity)) for entity in tiles),
        *(tile(rig.find("sensor", key), name=name) for key, name in SKY.items()),
    )


def _readings(rig: Rig, title: str, icon: str) -> list[Card]:
    """Return plain tiles."""
    tiles = []
    for platform, key, *name in READINGS[title]:
        named = {"name": name[0]} if name else {}
        tiles.append(tile(rig.find(platform, key), **named))
    return group(title, icon, *tiles)


def _log(rig: Rig) -> list[Card]:
    """Return what happened, and the last error if there was one."""
    error = rig.find("sensor", "hub_last_error")
    return group(
        "Activity",
        "mdi:text-box-outline",
        tile(error, grid_options=FULL, visibility=when_known(error)),
        logbook(_present(rig, *LOGGED)),
    )
