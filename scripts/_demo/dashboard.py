"""The dashboard of the demonstration: core cards only, for whatever entities there are."""

from typing import Any

from .cards import (
    Card,
    gauge,
    graph,
    logbook,
    picture,
    section,
    shutter,
    tile,
)
from .rig import Rig
from .session import Session

PATH = "observatory-night"

READINGS = {
    "Mount": [
        ("sensor", "mount_right_ascension"),
        ("sensor", "mount_declination"),
        ("sensor", "mount_altitude"),
        ("sensor", "mount_azimuth"),
        ("sensor", "mount_side_of_pier"),
        ("sensor", "mount_meridian_flip_at"),
        ("switch", "mount_tracking"),
        ("binary_sensor", "mount_parked"),
    ],
    "Camera": [
        ("sensor", "camera_state"),
        ("sensor", "camera_temperature"),
        ("sensor", "camera_cooler_power"),
        ("switch", "camera_cooler"),
        ("sensor", "filter_wheel_filter"),
        ("sensor", "focuser_position"),
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
    ("sensor", "hub_target"),
    ("sensor", "hub_filter"),
    ("sensor", "hub_hfr"),
    ("sensor", "hub_stars"),
]
PLAN = [
    ("sensor", "hub_sequence_state"),
    ("sensor", "hub_current_target"),
    ("sensor", "scheduler_active_projects"),
    ("binary_sensor", "hub_imaging"),
]
LOGGED = [
    ("cover", "dome_shutter"),
    ("binary_sensor", "hub_not_safe"),
    ("binary_sensor", "weather_rain"),
    ("binary_sensor", "mount_parked"),
    ("sensor", "filter_wheel_filter"),
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
        _picture(rig),
        _safety(rig),
        _tiles(rig, "Mount", "mdi:telescope"),
        _guiding(rig),
        _tiles(rig, "Camera", "mdi:camera-iris"),
        _sequence(rig),
        _tiles(rig, "Weather", "mdi:weather-night-partly-cloudy"),
        _log(rig),
    ]
    view = {
        "title": "Tonight",
        "path": "tonight",
        "type": "sections",
        "max_columns": 4,
        "sections": [made for made in sections if made is not None],
    }
    return {"views": [view]}


def _present(rig: Rig, *wanted: tuple[str, str]) -> list[str]:
    """Return the entities there are of those wanted."""
    found = (rig.find(platform, key) for platform, key in wanted)
    return [entity for entity in found if entity is not None]


def _picture(rig: Rig) -> Card | None:
    """Return the newest frame with what is known of it."""
    return section(
        "Now imaging",
        "mdi:image-filter-hdr",
        [
            picture(rig.find("camera", "hub_latest_image")),
            *(tile(entity) for entity in _present(rig, *FRAME)),
        ],
    )


def _safety(rig: Rig) -> Card | None:
    """Return what keeps the equipment dry."""
    return section(
        "Roof and safety",
        "mdi:home-roof",
        [
            tile(rig.find("binary_sensor", "hub_not_safe")),
            tile(rig.find("binary_sensor", "safety_monitor_unsafe")),
            tile(rig.find("binary_sensor", "weather_rain")),
            tile(rig.find("sensor", "dome_azimuth")),
            shutter(rig.find("cover", "dome_shutter")),
        ],
    )


def _guiding(rig: Rig) -> Card | None:
    """Return the graph of guiding."""
    rms = ("guider_rms_total", "guider_rms_ra", "guider_rms_dec")
    return section(
        "Guiding",
        "mdi:crosshairs-gps",
        [
            graph("", (rig.find("sensor", key) for key in rms), hours=1),
            tile(rig.find("sensor", "guider_state")),
            tile(rig.find("switch", "guider_guiding")),
        ],
    )


def _sequence(rig: Rig) -> Card | None:
    """Return how far the night is."""
    return section(
        "Sequence and plan",
        "mdi:playlist-play",
        [
            gauge(rig.find("sensor", "scheduler_overall_progress"), "All projects"),
            gauge(rig.find("sensor", "hub_sequence_progress"), "Sequence"),
            *(tile(entity) for entity in _present(rig, *PLAN)),
        ],
    )


def _tiles(rig: Rig, title: str, icon: str) -> Card | None:
    """Return a section of plain tiles."""
    return section(title, icon, [tile(entity) for entity in _present(rig, *READINGS[title])])


def _log(rig: Rig) -> Card | None:
    """Return what happened."""
    return section("What happened", "mdi:text-box-outline", [logbook(_present(rig, *LOGGED))])
