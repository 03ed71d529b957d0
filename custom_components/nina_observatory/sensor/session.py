"""Sensors of the session, the last autofocus, and the flats."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfRatio, UnitOfTemperature, UnitOfTime
from homeassistant.helpers.typing import StateType

from ..api import AutofocusReport, FlatsStatus
from ..api.endpoints.flats import FlatsEndpoint
from ..api.endpoints.optics import FocuserEndpoint
from ..api.plugin_version import needed_version
from ..control.commands.profile import switch_profile
from ..entities.entity import Control
from ..entities.source import AUTOFOCUS, FRAMES, SETTINGS, TOTALS
from ..helpers.devices import HubPart
from ..readings.frame_statistics import FrameStatistics
from ..readings.frames import Frames
from ..readings.integration_totals import IntegrationTotals, TargetTotal
from ..readings.settings import Settings
from .description import PIXELS, NinaSensorDescription
from .night import OFF, measured


def _session(
    key: str, value_fn: Callable[[Frames], StateType | datetime], **more: Any
) -> NinaSensorDescription[Frames]:
    return NinaSensorDescription(
        key=key,
        translation_key=key,
        device=HubPart.IMAGING,
        source=FRAMES,
        value_fn=value_fn,
        **more,
    )


def _by_name(parts: tuple[tuple[str, FrameStatistics], ...]) -> dict[str, dict[str, Any]]:
    """Return statistics by filter or by target."""
    return {
        name: {"frames": part.frames, "integration_time": part.integration_time}
        for name, part in parts
    }


def _parts(frames: Frames) -> Mapping[str, Any]:
    """Return the date of the night, and the statistics by filter and by target."""
    return {
        "night": None if frames.night.night is None else frames.night.night.isoformat(),
        "by_filter": _by_name(frames.night.by_filter),
        "by_target": _by_name(frames.night.by_target),
    }


SESSION_SENSORS: Final = (
    _session(
        "frames",
        lambda frames: frames.night.total.frames,
        state_class=SensorStateClass.TOTAL_INCREASING,
        attributes_fn=_parts,
    ),
    _session(
        "integration_time",
        lambda frames: frames.night.total.integration_time,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfTime.HOURS,
    ),
    _session("average_hfr", lambda frames: frames.night.total.average_hfr, **measured(PIXELS, 2)),
    _session("best_hfr", lambda frames: frames.night.total.best_hfr, **OFF, **measured(PIXELS, 2)),
    _session(
        "session_started_at",
        lambda frames: frames.night.started_at,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)

# Targets that are listed with their totals, of all that are kept.
LISTED_TARGETS: Final = 100


def _total(totals: IntegrationTotals) -> float | None:
    """Return the integration of the newest target in s; None before the first."""
    return None if totals.newest is None else totals.newest[1].total.seconds


def _totals(totals: IntegrationTotals) -> Mapping[str, Any] | None:
    """Return the newest target by filter, and all targets, the newest first."""
    if totals.newest is None:
        return None
    name, newest = totals.newest
    targets = list(reversed(totals.totals.targets.items()))[:LISTED_TARGETS]
    return {
        "target": name,
        "frames": newest.total.frames,
        "by_filter": _filters(newest),
        "by_target": {
            each: {**target.total.as_data(), "by_filter": _filters(target)}
            for each, target in targets
        },
    }


def _filters(target: TargetTotal) -> dict[str, dict[str, float]]:
    return {name: target.by_filter[name].as_data() for name in sorted(target.by_filter)}


# Over all nights, and known when N.I.N.A. is closed.
TARGET_TOTAL: Final = NinaSensorDescription[IntegrationTotals](
    key="target_integration_time",
    translation_key="target_integration_time",
    device=HubPart.IMAGING,
    source=TOTALS,
    device_class=SensorDeviceClass.DURATION,
    native_unit_of_measurement=UnitOfTime.SECONDS,
    suggested_display_precision=2,
    suggested_unit_of_measurement=UnitOfTime.HOURS,
    value_fn=_total,
    attributes_fn=_totals,
    part_fn=lambda totals: totals.version,
)


def _autofocus(
    key: str, value_fn: Callable[[AutofocusReport], StateType | datetime], **more: Any
) -> NinaSensorDescription[Settings]:
    def value(state: Settings) -> StateType | datetime:
        return None if state.autofocus is None else value_fn(state.autofocus)

    return NinaSensorDescription(
        key=f"autofocus_{key}",
        translation_key=f"autofocus_{key}",
        source=AUTOFOCUS,
        value_fn=value,
        since=needed_version(FocuserEndpoint.get_last_autofocus).release,
        **more,
    )


AUTOFOCUS_SENSORS: Final = (
    _autofocus("time", lambda report: report.timestamp, device_class=SensorDeviceClass.TIMESTAMP),
    _autofocus("position", lambda report: report.position, **OFF, **measured(None, 0)),
    _autofocus("hfr", lambda report: report.hfr, **measured(PIXELS, 2)),
    _autofocus("r_squared", lambda report: report.r_squared, **OFF, **measured(None, 3)),
    _autofocus("filter", lambda report: report.filter, **OFF),
    _autofocus(
        "temperature",
        lambda report: report.temperature,
        device_class=SensorDeviceClass.TEMPERATURE,
        **OFF,
        **measured(UnitOfTemperature.CELSIUS, 1),
    ),
    _autofocus(
        "duration",
        lambda report: None if report.duration is None else report.duration.total_seconds(),
        device_class=SensorDeviceClass.DURATION,
        **OFF,
        **measured(UnitOfTime.SECONDS, 0),
    ),
)


def _flats_progress(flats: FlatsStatus | None) -> float | None:
    """Return the percentage of flats taken, while they are in progress."""
    if flats is None or not flats.running or not flats.total:
        return None
    return 100 * (flats.completed or 0) / flats.total


_FLATS_SINCE: Final = needed_version(FlatsEndpoint.get_status).release

FLATS_SENSORS: Final = (
    NinaSensorDescription[Settings](
        key="flats_state",
        translation_key="flats_state",
        device=HubPart.IMAGING,
        source=SETTINGS,
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        options=["running", "finished"],
        since=_FLATS_SINCE,
        value_fn=lambda state: (
            None if state.flats is None else "running" if state.flats.running else "finished"
        ),
    ),
    NinaSensorDescription[Settings](
        key="flats_progress",
        translation_key="flats_progress",
        device=HubPart.IMAGING,
        source=SETTINGS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        since=_FLATS_SINCE,
        value_fn=lambda state: _flats_progress(state.flats),
        **measured(UnitOfRatio.PERCENTAGE, 0),
    ),
)

PROFILE_SENSORS: Final = (
    NinaSensorDescription[Settings](
        key="active_profile",
        translation_key="active_profile",
        source=SETTINGS,
        entity_category=EntityCategory.DIAGNOSTIC,
        control=Control(command=switch_profile("")),
        value_fn=lambda state: None if state.profile is None else state.profile.name,
    ),
)
