"""Sources and conditions of entities that cannot be traced in the code."""

from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.const import DEGREE, PERCENTAGE

from custom_components.nina_observatory.api import (
    AutofocusReport,
    FlatsStatus,
    Frame,
    Profile,
    Role,
)
from custom_components.nina_observatory.entities.deadband import Deadband
from custom_components.nina_observatory.sensor.switch_hub import GAUGE_DEADBAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the entities of a constant are found, and what cannot be traced of them."""

    role: Role = Role.HUB
    source: str = ""
    exists: str = ""
    part: str = ""
    model: type[Any] | None = None


LIGHT: Final = "newest light frame:"
SCHEDULER: Final = "Target Scheduler"
PREVIEW: Final = "the last `/profiles/{id}/preview`"
TARGETS: Final = "`/projects/{id}/targets` of the active projects"
MONITOR_SEEN: Final = "a safety monitor was seen"
ALIGNMENT: Final = Place(source="`/v2/tppa`", exists="the plugin is installed")
ALIGNED: Final = replace(ALIGNMENT, exists="an alignment was run")
GUARD: Final = Place(role=Role.DOME, exists="the option *Roof guard* is not off")
# What is not in a table by kind of equipment; everything else belongs to the hub.
PLACES: Final[dict[str, Place]] = {
    "ACKNOWLEDGE_ALARM": Place(source="the night watch", exists="the option *Night watch* is on"),
    "AUTOFOCUS_RUNNING": Place(role=Role.FOCUSER),
    "AUTOFOCUS_SENSORS": Place(
        role=Role.FOCUSER,
        source="`/equipment/focuser/last-af`:",
        part="autofocus",
        model=AutofocusReport,
    ),
    "ALIGNMENT_BUTTONS": ALIGNMENT,
    "ALIGNMENT_SENSORS": ALIGNED,
    "ALIGNMENT_SWITCH": ALIGNMENT,
    "CHOICES": Place(
        source="`/profile/show`, `/sequence/list-available`", exists="there is something to choose"
    ),
    "COVER": Place(role=Role.FLAT_PANEL, source="`CoverState`"),
    "CURRENT_INSTRUCTION": Place(source="`/sequence/json`, events `TS-…`, last frame"),
    "CURRENT_TARGET": Place(source="events `TS-…`, sequence or last frame"),
    "FLATS_SENSORS": Place(source="`/flats/status`:", part="flats", model=FlatsStatus),
    "FRAME_SENSORS": Place(source=LIGHT, part="newest_light", model=Frame),
    "HFR_ARCSECONDS": Place(
        source=f"{LIGHT} `HFR`, `FocalLength`; camera: `PixelSize`, `BinX` when it was new"
    ),
    "LATEST_IMAGE": Place(source="`/image/{index}`, `/prepared-image` (plugin 2.2.9)"),
    "LIVE_STACK": Place(
        source="`/livestack/image/{target}/{filter}`", exists="the Live Stack plugin, plugin 2.2.12"
    ),
    "LIVE_STACK_SWITCH": Place(source="`/livestack/status`", exists="the Live Stack plugin"),
    "NIGHT_WATCH": Place(source="the state of the watch", exists="the option *Night watch* is on"),
    "NOT_SAFE": Place(source="safety monitor, and the age of its reading", exists=MONITOR_SEEN),
    "PANEL": Place(
        role=Role.FLAT_PANEL,
        source="`LightOn`, `Brightness`, `MinBrightness`, `MaxBrightness`",
    ),
    "PLAN": Place(role=Role.SCHEDULER, source=f"events `TS-…`, {PREVIEW}"),
    "ACTIVITY_SENSORS": Place(role=Role.SCHEDULER, source="events `TS-…`"),
    "PLAN_SENSORS": Place(role=Role.SCHEDULER, source=TARGETS),
    "PROFILE_SENSORS": Place(source="`/profile/show`:", part="profile", model=Profile),
    "REFRESH_PLAN": Place(role=Role.SCHEDULER, source="a new preview"),
    "ROOF_GUARD": replace(GUARD, source="the state of the guard"),
    "ROOF_GUARD_SWITCH": replace(GUARD, source="whether the guard is armed"),
    "SAFETY_REASON": Place(exists=MONITOR_SEEN),
    "SCHEDULER_REACHABLE": Place(
        role=Role.SCHEDULER, source="whether the last request got a response"
    ),
    "SCREENSHOT": Place(source="`/application/screenshot`"),
    "SEQUENCE_SENSORS": Place(source="`/sequence/json`"),
    "SEQUENCE_SWITCH": Place(source="`/sequence/json`, roots", exists="a sequence is loaded"),
    "SESSION_SENSORS": Place(source="light frames of the night, noon to noon at the observatory"),
    "SHUTTER": Place(role=Role.DOME, source="`ShutterStatus`"),
    "TAB": Place(source="`/application/get-tab`"),
    "WEATHER": Place(role=Role.WEATHER, source="the channels below"),
}

DARKNESS: Final = "`/profile/show` (site), or the mount; the sun at -18°"

# Sources that are in no table, by unique ID.
SOURCES: Final[dict[str, str]] = {
    "focuser_autofocus_plot": "events, then `/equipment/focuser/last-af`",
    "focuser_autofocus_running": "events, and the button",
    "guider_guiding_plot": "`/equipment/guider/graph`, while someone looks",
    "hub_connect_all": "connects the devices one by one",
    "hub_disconnect_all": "disconnects the devices one by one",
    "hub_event_latency": "time from the arrival of the newest event until it is fully processed",
    "hub_event_stream": "the websocket `/v2/socket`",
    "hub_current_exposure": "`/sequence/json`; Target Scheduler: its plan for target and filter",
    "hub_imaging": "camera: `IsExposing`, `CameraState`; stays on for a minute between two frames",
    "hub_last_error": "events",
    "hub_moon_separation": "coordinates of the current target, `/profile/show` (site)",
    "hub_next_dawn": DARKNESS,
    "hub_next_dusk": DARKNESS,
    "hub_night_plot": "frames and events of the night, as in the report",
    "hub_nina_version": "`/version/nina`",
    "hub_now_imaging": "`/sequence/json`, events `TS-…`, filter wheel",
    "hub_plugin_version": "`/version`",
    "hub_procedure_step": "the procedure in progress",
    "hub_reachable": "whether the last request got a response",
    "hub_refresh": "reads everything again",
    "hub_safety_reason": "as *Safety*",
    "hub_secure": "the procedure `secure`",
    "hub_start_up": "the procedure `start_up`",
    "hub_sky_plot": f"{PREVIEW}, current target, `/profile/show` (site)",
    "hub_started_at": "`/application-start`",
    "hub_target_integration_time": "light frames with a target, over all nights",
    "scheduler_active_projects": "`/profiles/{id}/projects`",
    "scheduler_imaging_ends_at": PREVIEW,
    "scheduler_next_target": PREVIEW,
    "scheduler_next_target_at": PREVIEW,
    "scheduler_version": "`/version`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the document says of an entity."""

    role: Role
    device: str
    platform: str
    key: str
    name: str
    shows: str
    source: str
    exists: str
    remarks: str = ""


def within(deadband: Deadband, unit: str) -> str:
    """Return how far a state may be from the reading."""
    width = deadband.width
    if unit == "h":
        width, unit = 60 * width, "min"
    parts = [f"{deadband.percent:g}%"] if deadband.percent else []
    if width:
        parts.append(
            f"{width:g}{unit}" if unit in (DEGREE, PERCENTAGE) else f"{width:g} {unit}".strip()
        )
    rise = "" if deadband.rise is None else f", higher by {deadband.rise:g} {unit}"
    return " or ".join(parts) + rise


def _channel(platform: str, shows: str, source: str, exists: str, remarks: str = "") -> Row:
    """Describe what becomes of a channel of the switch hub."""
    return Row(
        role=Role.SWITCH_HUB,
        device=Role.SWITCH_HUB,
        platform=platform,
        key="channel_…",
        name=f"name of the {'gauge' if platform == 'sensor' else 'channel'}",
        shows=shows,
        source=source,
        exists=exists,
        remarks=remarks,
    )


def _progress(key: str, name: str, exists: str, remarks: str = "") -> Row:
    """Describe how far something of the Target Scheduler is."""
    return Row(
        role=Role.SCHEDULER,
        device=Role.SCHEDULER,
        platform="sensor",
        key=key,
        name=f"{name} progress",
        shows="%",
        source=TARGETS,
        exists=exists,
        remarks=remarks,
    )


UNTABLED: Final = (
    _channel(
        "switch", "on, off", "`WritableSwitches`: `Value`", "a channel with a range of one step"
    ),
    _channel(
        "number",
        "number",
        "`WritableSwitches`: `Value`, `Minimum`, `Maximum`, `StepSize`",
        "a channel with a range of more than two values",
    ),
    _channel(
        "sensor",
        "number",
        "`ReadonlySwitches`, `WritableSwitches`: `Value`",
        "a gauge with a number, or a channel without a range of values",
        f"within {within(GAUGE_DEADBAND, '')}",
    ),
    _progress("project_…", "{project}", "an active project"),
    _progress("target_…", "{project}: {target}", "an enabled target of an active project", "off"),
)
