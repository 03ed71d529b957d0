"""The projects, targets and plans of Target Scheduler."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from math import floor
from typing import Final

from .base import wire_model
from .enums import Epoch, Unknown, WireEnum
from .quantities import Frames, Hfr, Rotation, Seconds, Share
from .wire import Count, Hours, Latitude, NotNegative, Positive, positive

# With the grader off, frames are taken up to this multiple of the desired number. The user may change
# it, but the server does not report it.
DEFAULT_THROTTLE: Final = 1.25
_MEASURES: Final = ("HFR", "FWHM", "Eccentricity")


class ProjectState(WireEnum):
    """The state of a project."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"
    CLOSED = "closed", "Closed"


class ProjectPriority(WireEnum):
    """The priority of a project."""

    LOW = "low", "Low", 0
    NORMAL = "normal", "Normal", 1
    HIGH = "high", "High", 2


class FlatsHandling(WireEnum):
    """When flats of a project are due: every so many days, or with its targets."""

    OFF = "off", "Off", 0
    EVERY_DAY = "every_day", "1", 1
    EVERY_2_DAYS = "every_2_days", "2", 2
    EVERY_3_DAYS = "every_3_days", "3", 3
    EVERY_5_DAYS = "every_5_days", "5", 5
    EVERY_7_DAYS = "every_7_days", "7", 7
    EVERY_10_DAYS = "every_10_days", "10", 10
    EVERY_14_DAYS = "every_14_days", "14", 14
    TARGET_COMPLETION = "target_completion", "100", 100
    IMMEDIATE = "immediate", "200", 200


@wire_model()
class SchedulerProfile:
    """A profile of N.I.N.A. as the scheduler lists it; normally one is active."""

    id: str = ""
    name: str = ""
    active: bool | None = None


@wire_model()
class Project:
    """A project: times in minutes, angles in degrees; dates that were never set are None.

    With `enable_grader`, frames count once they are graded, otherwise as soon as they are saved.
    An altitude limit is None if it is off or unknown, a flag if it is unknown.
    """

    id: str = ""
    profile_id: str = ""
    name: str = ""
    state: ProjectState | Unknown | None = None
    priority: ProjectPriority | Unknown | None = None
    description: str | None = None
    create_date: datetime | None = None
    active_date: datetime | None = None
    inactive_date: datetime | None = None
    minimum_time: Count = None
    use_custom_horizon: bool | None = None
    horizon_offset: float | None = None
    meridian_window: Count = None
    filter_switch_frequency: Count = None
    dither_every: Count = None
    enable_grader: bool | None = None
    mosaic: bool | None = None
    flats_handling: FlatsHandling | Unknown | None = None
    minimum_altitude: Positive = None
    maximum_altitude: Positive = None
    smart_exposure_order: bool | None = None

    @property
    def active(self) -> bool:
        """Whether the project is active."""
        return self.state is ProjectState.ACTIVE


@wire_model()
class ExposurePlan:
    """Frames wanted of a target through a filter; `exposure` in s.

    A plan has no id, only its position within the target. `accepted` can exceed the other counts,
    and decrease; `ungraded` can be negative. Nothing marks a disabled plan.
    """

    template_name: str | None = None
    filter_name: str | None = None
    exposure: Seconds = None
    desired: Frames = None
    acquired: Frames = None
    accepted: Frames = None
    ungraded: int | None = None

    @property
    def provisional(self) -> bool:
        """Whether frames wait to be graded, so progress may decrease."""
        return bool(self.ungraded)

    def scheduler_percent(
        self, *, grader: bool, throttle: float = DEFAULT_THROTTLE
    ) -> float | None:
        """Return the progress in percent that the scheduler itself shows or uses; None if unknown."""
        if self.desired is None:
            return None
        if not grader:
            wanted = floor(throttle * self.desired)
            return None if self.acquired is None else _percent(self.acquired, wanted)
        if self.accepted is None or self.ungraded is None:
            return None
        return _percent(self.accepted + self.ungraded, self.desired)

    def remaining_seconds(self, *, if_ungraded_pass: bool = False) -> float | None:
        """Return the shutter time until the desired number is accepted; None if unknown."""
        pending = self.ungraded if if_ungraded_pass else 0
        if self.desired is None or self.accepted is None or self.exposure is None:
            return None
        if pending is None:
            return None
        return max(0, self.desired - self.accepted - max(0, pending)) * self.exposure


@wire_model(right_ascension="RA", declination="Dec", plans="ExposurePlan")
class Target:
    """A target: `right_ascension` in hours, other angles in degrees, `roi` in % of the sensor."""

    id: str = ""
    project_id: str = ""
    name: str = ""
    active: bool | None = None
    right_ascension: Hours = None
    declination: Latitude = None
    rotation: Rotation = None
    epoch: Epoch | Unknown | None = None
    roi: Share = None
    plans: tuple[ExposurePlan, ...] = ()

    @property
    def percent(self) -> float | None:
        """The accepted part of the desired shutter time, in percent; None if unknown."""
        return percent(self.plans)

    def scheduler_percent(
        self, *, grader: bool, throttle: float = DEFAULT_THROTTLE
    ) -> float | None:
        """Return the progress in percent that the scheduler shows: the mean of its plans."""
        parts = [plan.scheduler_percent(grader=grader, throttle=throttle) for plan in self.plans]
        whole = _sum(parts)
        return whole if not whole else whole / len(parts)

    def remaining_seconds(self, *, if_ungraded_pass: bool = False) -> float | None:
        """Return the shutter time until the desired frames of all plans are accepted."""
        return _sum(
            [plan.remaining_seconds(if_ungraded_pass=if_ungraded_pass) for plan in self.plans]
        )


@wire_model()
class PlanStatistics:
    """Statistics of all frames of a target through the filter of a plan; None without frames.

    HFR in px. Plans with the same filter show the same numbers. The last three count the frames
    at or below the level of automatic acceptance; None if there is no such level.
    """

    filter_name: str | None = None
    exposure: Seconds = None
    hfr_mean: Hfr = None
    hfr_std_dev: NotNegative = None
    fwhm_mean: Hfr = None
    fwhm_std_dev: NotNegative = None
    eccentricity_mean: Positive = None
    eccentricity_std_dev: NotNegative = None
    hfr_below_auto_accept_level: Frames = None
    fwhm_below_auto_accept_level: Frames = None
    eccentricity_below_auto_accept_level: Frames = None

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Drop the deviations of unmeasured values: they are 0 like the means."""
        lost = {f"{name}StdDev" for name in _MEASURES if not positive(block.get(f"{name}Mean"))}
        return {key: value for key, value in block.items() if key not in lost}


@wire_model()
class ExposureRun:
    """Consecutive frames through one filter; `exposure` is the first one's, in s."""

    filter_name: str | None = None
    exposure: Seconds = None
    count: Frames = None


@wire_model(runs="ExposurePlan", waiting="WaitPeriod")
class PlanEntry:
    """A part of a night: a target, or a wait (then without id and name)."""

    id: str | None = None
    name: str | None = None
    waiting: bool | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    runs: tuple[ExposureRun, ...] = ()


def percent(plans: Iterable[ExposurePlan]) -> float | None:
    """Return the accepted part of the desired shutter time in percent; surplus does not count.

    None if that of a plan is unknown. Leave out plans of disabled targets.
    """
    wanted = done = 0.0
    for plan in plans:
        if plan.exposure is None or plan.desired is None or plan.accepted is None:
            return None
        wanted += plan.desired * plan.exposure
        done += min(plan.accepted, plan.desired) * plan.exposure
    return 100 * done / wanted if wanted else 0.0


def integration_by_filter(plans: Iterable[ExposurePlan]) -> Mapping[str, float | None]:
    """Return the accepted shutter time in s by filter, for exposures as currently planned.

    None for a filter of which that of a plan is unknown.
    """
    seconds: dict[str, list[float | None]] = {}
    for plan in plans:
        known = plan.accepted is not None and plan.exposure is not None
        taken = (plan.accepted or 0) * (plan.exposure or 0) if known else None
        seconds.setdefault(plan.filter_name or "", []).append(taken)
    return {name: _sum(taken) for name, taken in seconds.items()}


def _sum(parts: Collection[float | None]) -> float | None:
    """Return a sum; None if a part is unknown."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def next_target(entries: Iterable[PlanEntry], now: datetime) -> PlanEntry | None:
    """Return the first entry of a preview that images a target and begins later than now."""
    return next(
        (
            entry
            for entry in entries
            if not entry.waiting and entry.start_time is not None and entry.start_time > now
        ),
        None,
    )


def imaging_ends_at(entries: Iterable[PlanEntry]) -> datetime | None:
    """Return the planned end of imaging: not dawn, but the end of the last frame."""
    ends = [entry.end_time for entry in entries if not entry.waiting and entry.end_time is not None]
    return max(ends, default=None)


def _percent(done: float, wanted: float) -> float:
    """Return a percentage, from 0 to 100."""
    return max(0.0, min(100.0, 100 * done / wanted)) if wanted else 0.0
