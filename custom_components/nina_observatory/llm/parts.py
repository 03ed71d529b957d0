"""The parts of responses, from what the integration knows anyway; None is what cannot be read now."""

from typing import Final

from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..api import Camera, Dome, Frame, Guider, ImageType, Mount, PlanEntry, Role, Target
from ..readings.frame_statistics import FrameStatistics
from ..readings.safety import SafetyReason
from ..readings.scheduler_plan import ProjectPlan, progress_of
from ..runtime import NinaRuntimeData
from .plain import known, listed, local, named, rounded, whole, word

MOST_NAMES: Final = 10
MOST_PROJECTS: Final = 12
MOST_PLANNED: Final = 12

VERDICTS: Final = {SafetyReason.SAFE: "safe", SafetyReason.UNSAFE: "unsafe"}
# Of an observatory that is not loaded.
UNKNOWN_SAFETY: Final[JsonObjectType] = {"verdict": "unknown", "reason": "not_loaded"}


def safety(data: NinaRuntimeData) -> JsonValueType:
    """Return the verdict: only a fresh reading of the monitor can make it safe."""
    guard, verdict = data.safety, data.safety.verdict
    reason = guard.reason
    return known(
        verdict=VERDICTS.get(reason, "unknown"),
        reason=reason.value,
        # A reading that expired just now has no other time yet.
        since=local(verdict.since) if verdict.reason is reason else None,
        reading_age_seconds=whole(guard.age),
    )


def sequence(data: NinaRuntimeData) -> JsonValueType:
    """Return what is being imaged, which frame of how many, and until when."""
    now = data.present.now
    if now.state is None:
        return None
    return known(
        state=now.state.value,
        target=named(now.target.name),
        filter=named(now.filter),
        frame=now.number,
        of_frames=now.total,
        instruction=named(now.instruction),
        until=local(now.until),
    )


def sequence_ends_at(data: NinaRuntimeData) -> JsonValueType:
    """Return when the sequence is expected to end."""
    return local(data.sequence.data.ends_at)


def night_frames(data: NinaRuntimeData) -> JsonValueType:
    """Return the light frames of the newest night, which stay when N.I.N.A. is closed."""
    if (shown := data.facts.frame.shown) is None:
        return None
    night = shown.night
    newest = shown.newest_light
    return known(
        night=None if night.night is None else night.night.isoformat(),
        light_frames=night.total.frames,
        integration_minutes=rounded(night.total.integration_time / 60, 1),
        average_hfr_pixels=rounded(night.total.average_hfr),
        newest=None if newest is None else frame(newest),
        **listed("by_filter", night.by_filter, MOST_NAMES, _of_filter),
    )


def _of_filter(part: tuple[str, FrameStatistics]) -> JsonObjectType:
    name, statistics = part
    return {"filter": named(name), "light_frames": statistics.frames}


def frame(saved: Frame) -> JsonObjectType:
    """Return a frame with its statistics."""
    return known(
        saved_at=local(saved.date),
        type=None if saved.image_type is ImageType.LIGHT else word(saved.image_type),
        target=named(saved.target_name),
        filter=named(saved.filter),
        exposure_seconds=rounded(saved.exposure_time),
        hfr_pixels=rounded(saved.hfr),
        stars=whole(saved.stars),
        guiding_rms_arcsec=None if saved.rms is None else rounded(saved.rms.arcseconds),
    )


def guiding(data: NinaRuntimeData) -> JsonValueType:
    """Return whether the guider guides, and how well."""
    guider = data.equipment.data.device(Role.GUIDER)
    if not isinstance(guider, Guider):
        return None
    guides = data.guide_steps.guiding
    total = guider.rms.total if guides and guider.rms is not None else None
    return known(
        guiding=guides,
        state=word(guider.state),
        rms_arcsec=None if total is None else rounded(total.arcseconds),
    )


def camera(data: NinaRuntimeData) -> JsonValueType:
    """Return the temperature of the camera, and whether it exposes."""
    device = data.equipment.data.device(Role.CAMERA)
    if not isinstance(device, Camera):
        return None
    return known(
        sensor_celsius=rounded(device.temperature, 1),
        cooler_on=device.cooler_on,
        cooler_power_percent=whole(device.cooler_power),
        exposing=device.exposing,
    )


def mount(data: NinaRuntimeData) -> JsonValueType:
    """Return what the mount does."""
    device = data.equipment.data.device(Role.MOUNT)
    if not isinstance(device, Mount):
        return None
    return known(parked=device.parked, slewing=device.slewing, tracking=device.tracking)


def roof(data: NinaRuntimeData) -> JsonValueType:
    """Return the state of the shutter or roof."""
    device = data.equipment.data.device(Role.DOME)
    return word(device.shutter) if isinstance(device, Dome) else None


def darkness(data: NinaRuntimeData) -> JsonValueType:
    """Return the next beginning and end of astronomical darkness."""
    found = data.sky.darkness
    return known(next_dusk=local(found.dusk), next_dawn=local(found.dawn))


def plan(data: NinaRuntimeData) -> JsonValueType:
    """Return what is left of the last preview of the night."""
    shown = data.facts.shown_plan()
    if shown is None or shown.preview is None:
        return None
    now = dt_util.utcnow()
    left = [each for each in shown.preview if each.end_time is not None and each.end_time > now]
    return {**listed("entries", left, MOST_PLANNED, _planned)}


def _planned(entry: PlanEntry) -> JsonObjectType:
    return known(
        target=named(entry.name),
        waiting=entry.waiting or None,
        start=local(entry.start_time),
        end=local(entry.end_time),
    )


def projects(data: NinaRuntimeData) -> JsonValueType:
    """Return the active projects of the Target Scheduler with their progress."""
    shown = data.facts.shown_plan()
    if shown is None or shown.profile is None:
        return None
    as_of = None if data.facts.plan is None else data.facts.plan.as_of
    active = listed("active", shown.projects, MOST_PROJECTS, _project)
    return known(**active, as_of=local(as_of))


def _project(each: ProjectPlan) -> JsonObjectType:
    time = each.shutter_time
    return known(
        project=named(each.project.name),
        progress_percent=whole(each.progress),
        remaining_hours=None if time is None else rounded(time.missing / 3600, 1),
        **listed("targets", each.enabled, MOST_NAMES, _target),
    )


def _target(target: Target) -> JsonObjectType:
    progress = whole(progress_of(target.plans))
    return known(target=named(target.name), progress_percent=progress)
