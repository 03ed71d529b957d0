"""A store filled from a recorded or composed set of route bodies."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import math
from typing import Any

import numpy as np

from simulator.scheduler.model import (
    AcquiredFrame,
    ExposurePlan,
    Grade,
    Preferences,
    Profile,
    Project,
    ProjectState,
    Target,
)
from simulator.scheduler.store import Store
from simulator.sky import Coordinates

__all__ = ["store_from"]

_PREFERENCES = {
    "EnableAPI": "enable_api",
    "APIPort": "api_port",
    "APIPrettyPrint": "formatted_output",
    "DelayGrading": "delay_grading",
    "ExposureThrottle": "exposure_throttle",
    "AutoAcceptLevelHFR": "accept_hfr",
    "AutoAcceptLevelFWHM": "accept_fwhm",
    "AutoAcceptLevelEccentricity": "accept_eccentricity",
}
_MEASURES = {"HFR": "hfr", "FWHM": "fwhm", "Eccentricity": "eccentricity"}


def store_from(sample: Mapping[str, Any]) -> Store:
    """Return a store whose routes give the bodies in a sample like `target_scheduler_sample.json`.

    Of statistics the numbers of frames below a level come out the same, mean and deviation to
    rounding.
    """
    routes, hidden = sample["routes"], sample["not_on_the_wire"]
    store = Store(version=routes["/version"])
    for body in routes["/profiles"]:
        preferences = hidden["profile_preferences"].get(body["Id"])
        store.profiles.append(
            Profile(body["Id"], body["Name"], body["Active"], _preferences(preferences))
        )
    for projects in routes["/profiles/{id}/projects"].values():
        store.projects += [_project(body) for body in projects]
    for project in store.projects:
        for body in routes["/projects/{id}/targets"].get(project.project_id, ()):
            project.targets.append(_target(body))
    for _, target in store.all_targets():
        preferences = store.active_profile.preferences
        statistics = routes["/targets/{id}/statistics"].get(target.target_id)
        _restore_frames(target, statistics, preferences or Preferences())
    return store


def _preferences(body: Mapping[str, Any] | None) -> Preferences | None:
    """Return preferences, or None where none were ever saved."""
    if body is None:
        return None
    return Preferences(**{_PREFERENCES[key]: value for key, value in body.items()})


def _project(body: Mapping[str, Any]) -> Project:
    """Return a project without its targets."""
    return Project(
        project_id=body["Id"],
        profile_id=body["ProfileId"],
        name=body["Name"],
        created=datetime.fromisoformat(body["CreateDate"]),
        state=ProjectState.exact(body["State"]),
        priority=body["Priority"],
        description=body["Description"],
        minimum_time=body["MinimumTime"],
        use_custom_horizon=body["UseCustomHorizon"],
        horizon_offset=body["HorizonOffset"],
        meridian_window=body["MeridianWindow"],
        filter_switch_frequency=body["FilterSwitchFrequency"],
        dither_every=body["DitherEvery"],
        enable_grader=body["EnableGrader"],
        mosaic=body["Mosaic"],
        flats_handling=body["FlatsHandling"],
        minimum_altitude=body["MinimumAltitude"],
        maximum_altitude=body["MaximumAltitude"],
        smart_exposure_order=body["SmartExposureOrder"],
    )


def _target(body: Mapping[str, Any]) -> Target:
    """Return a target without its frames."""
    plans = [
        ExposurePlan(
            template_name=plan["TemplateName"],
            filter_name=plan["FilterName"],
            template_exposure=plan["Exposure"],
            desired=plan["Desired"],
            acquired=plan["Acquired"],
            accepted=plan["Accepted"],
        )
        for plan in body["ExposurePlan"]
    ]
    return Target(
        target_id=body["Id"],
        name=body["Name"],
        coordinates=Coordinates(body["RA"], body["Dec"]),
        active=body["Active"],
        rotation=body["Rotation"],
        epoch=body["Epoch"],
        roi=body["ROI"],
        plans=plans,
    )


def _restore_frames(target: Target, statistics: Any, preferences: Preferences) -> None:
    """Invent the frames that give a target's statistics; unmeasured ones where they fail."""
    known = statistics if isinstance(statistics, list) else []
    done: set[str] = set()
    for index, plan in enumerate(target.plans):
        frames = [
            AcquiredFrame(plan.filter_name, plan.seconds, _saved(number), hfr=2.2)
            for number in range(plan.acquired)
        ]
        waiting = max(0, plan.acquired - plan.accepted) if plan.accepted == 0 else 0
        for frame in frames[: plan.acquired - waiting]:
            frame.grade = Grade.ACCEPTED
        plan.pending = frames[plan.acquired - waiting :]
        target.frames += frames
        if index < len(known) and plan.filter_name not in done:
            _spread_measures(frames, known[index], preferences)
        done.add(plan.filter_name)


def _saved(number: int) -> datetime:
    """Return some moment at which an earlier frame was saved."""
    return datetime(2026, 10, 1, 20, tzinfo=UTC) + timedelta(minutes=6 * number)


def _spread_measures(
    frames: list[AcquiredFrame], body: Mapping[str, Any], preferences: Preferences
) -> None:
    """Give frames measures with the mean, deviation and number below a level of a statistic."""
    for name, attribute in _MEASURES.items():
        level: float = getattr(preferences, f"accept_{attribute}")
        values = _values(len(frames), body[f"{name}Mean"], body[f"{name}StdDev"])
        below = body[f"{name}BelowAutoAcceptLevel"]
        if level and below >= 0:
            values = _with_below(values, level, below)
        for frame, value in zip(frames, values, strict=True):
            setattr(frame, attribute, float(value))


def _values(count: int, mean: float, deviation: float) -> np.ndarray:
    """Return so many values with a mean and a population deviation."""
    if count < 2:
        return np.full(count, mean)
    values = np.random.default_rng(count).normal(size=count)
    return np.sort((values - values.mean()) / values.std() * deviation + mean)


def _with_below(values: np.ndarray, level: float, below: int) -> np.ndarray:
    """Return values with the same mean and deviation of which so many are at most a level.

    A chosen number of values goes to a common low point, the others share the rest; the low point
    is moved until the level lies in between.
    """
    mean, deviation, count = float(values.mean()), float(values.std()), len(values)
    if np.count_nonzero(values <= level) == below or not 0 < below < count:
        return values
    part = below / count
    low = mean - deviation * math.sqrt((1 - part) / part)
    high = mean + deviation * math.sqrt(part / (1 - part))
    return np.concatenate([np.full(below, low), np.full(count - below, high)])
