"""The bodies of the routes, and how the scheduler writes JSON and times."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
import math
import statistics
from typing import Any

from simulator.scheduler.model import AcquiredFrame, ExposurePlan, Preferences, Project, Target
from simulator.scheduler.store import Store, is_provisional
from simulator.wire import Style, encode

__all__ = [
    "STYLE",
    "LazyFailure",
    "MissingPreferencesError",
    "profiles_body",
    "projects_body",
    "statistics_body",
    "targets_body",
    "text",
]

_GREENWICH = timezone(timedelta(), "GMT")
STYLE = Style(keep_nulls=True)
_NEW_LINE = "\r\n"
_MEASURES = {"HFR": "hfr", "FWHM": "fwhm", "Eccentricity": "eccentricity"}


class LazyFailure(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """The list broke off while it was being written: 200 with an empty body."""


class MissingPreferencesError(Exception):
    """The profile never saved the scheduler's preferences: 500."""


def profiles_body(store: Store) -> list[dict[str, Any]]:
    """Return the profiles."""
    return [
        {"Id": profile.profile_id, "Name": profile.name, "Active": profile.active}
        for profile in store.profiles
    ]


def projects_body(store: Store, profile_id: str, zone: tzinfo) -> list[dict[str, Any]]:
    """Return the projects of a profile; times in the computer's zone."""
    return [_project(project, zone) for project in store.projects_of(profile_id)]


def targets_body(store: Store, project: Project) -> list[dict[str, Any]]:
    """Return the targets of a project."""
    preferences = store.preferences_of(project)
    return [_target(project, target, preferences) for target in project.targets]


def statistics_body(store: Store, project: Project, target: Target) -> list[dict[str, Any]]:
    """Return the statistics of a target, one entry per plan; raises the server's error."""
    profile = store.profile(project.profile_id)
    if profile is None or profile.preferences is None:
        raise MissingPreferencesError("Object reference not set to an instance of an object.")
    return [_statistics(plan, target.frames, profile.preferences) for plan in target.plans]


def text(body: Any, *, formatted: bool = False, style: Style = STYLE) -> str:
    """Return the JSON of a body, indented when the user wants formatted output."""
    return _indented(body, "", style) if formatted else encode(body, style)


def _project(project: Project, zone: tzinfo) -> dict[str, Any]:
    """Return a project."""
    return {
        "Id": project.project_id,
        "ProfileId": project.profile_id,
        "Name": project.name,
        "State": project.state,
        "Priority": project.priority,
        "Description": project.description,
        "CreateDate": local(project.created.replace(microsecond=0), zone),
        "ActiveDate": local(project.active_date, zone),
        "InactiveDate": local(project.inactive_date, zone),
        "MinimumTime": project.minimum_time,
        "UseCustomHorizon": project.use_custom_horizon,
        "HorizonOffset": float(project.horizon_offset),
        "MeridianWindow": project.meridian_window,
        "FilterSwitchFrequency": project.filter_switch_frequency,
        "DitherEvery": project.dither_every,
        "EnableGrader": project.enable_grader,
        "Mosaic": project.mosaic,
        "FlatsHandling": project.flats_handling,
        "MinimumAltitude": float(project.minimum_altitude),
        "MaximumAltitude": float(project.maximum_altitude),
        "SmartExposureOrder": project.smart_exposure_order,
    }


def _target(project: Project, target: Target, preferences: Preferences) -> dict[str, Any]:
    """Return a target with its plans."""
    return {
        "Id": target.target_id,
        "ProjectId": project.project_id,
        "Name": target.name,
        "Active": target.active,
        "RA": target.coordinates.ra_hours,
        "Dec": target.coordinates.dec_degrees,
        "Rotation": float(target.rotation),
        "Epoch": target.epoch,
        "ROI": float(target.roi),
        "ExposurePlan": [_plan(project, plan, preferences) for plan in target.plans],
    }


def _plan(project: Project, plan: ExposurePlan, preferences: Preferences) -> dict[str, Any]:
    """Return an exposure plan; frames count as ungraded only while grading waits."""
    waiting = is_provisional(project, plan, preferences)
    return {
        "TemplateName": plan.template_name,
        "Exposure": float(plan.seconds),
        "FilterName": plan.filter_name,
        "Desired": plan.desired,
        "Acquired": plan.acquired,
        "Accepted": plan.accepted,
        "Ungraded": plan.acquired - plan.accepted if waiting else 0,
    }


def _statistics(
    plan: ExposurePlan, frames: list[AcquiredFrame], preferences: Preferences
) -> dict[str, Any]:
    """Return the statistics of all frames through the filter of a plan."""
    mine = [frame for frame in frames if frame.filter_name == plan.filter_name]
    body: dict[str, Any] = {"Exposure": float(plan.seconds), "FilterName": plan.filter_name}
    for name, attribute in _MEASURES.items():
        values: list[float] = [getattr(frame, attribute) for frame in mine]
        values = [value for value in values if not math.isnan(value)]
        if mine and not values:
            raise LazyFailure(f"no frame through {plan.filter_name} has a {name}")
        level: float = getattr(preferences, f"accept_{attribute}")
        body[f"{name}Mean"] = statistics.fmean(values) if values else 0.0
        body[f"{name}StdDev"] = statistics.pstdev(values) if values else 0.0
        below = sum(value <= level for value in values)
        body[f"{name}BelowAutoAcceptLevel"] = below if level and values else -1
    return body


def local(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment in the computer's zone with the offset of its own date, never as UTC's Z."""
    there = moment.astimezone(zone)
    return there if there.tzinfo is not UTC else there.replace(tzinfo=_GREENWICH)


def _indented(body: Any, margin: str, style: Style) -> str:
    """Return indented JSON with the line ends of Windows."""
    inner = margin + "  "
    if isinstance(body, dict) and body:
        parts = [f"{inner}{encode(k)}: {_indented(v, inner, style)}" for k, v in body.items()]
        return f"{{{_NEW_LINE}{f',{_NEW_LINE}'.join(parts)}{_NEW_LINE}{margin}}}"
    if isinstance(body, list) and body:
        parts = [inner + _indented(item, inner, style) for item in body]
        return f"[{_NEW_LINE}{f',{_NEW_LINE}'.join(parts)}{_NEW_LINE}{margin}]"
    return encode(body, style)
