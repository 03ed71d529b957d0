"""The Target Scheduler's database: projects, targets, exposure plans, frames."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
import itertools
import math

from simulator.enums import WireEnum
from simulator.sky import Coordinates

__all__ = [
    "EPOCH",
    "AcquiredFrame",
    "ExposurePlan",
    "Grade",
    "Preferences",
    "Profile",
    "Project",
    "ProjectState",
    "Target",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What the server sends for "no date"."""


class ProjectState(WireEnum):
    """State of a project; only active ones are imaged."""

    DRAFT = (0, "Draft")
    ACTIVE = (1, "Active")
    INACTIVE = (2, "Inactive")
    CLOSED = (3, "Closed")


class Grade(StrEnum):
    """The image grader's verdict on a frame."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(slots=True)
class Preferences:
    """Target Scheduler's preferences of a profile; percentages as the user types them.

    A level of 0 means that frames are not accepted by that measure alone.
    """

    enable_api: bool = True
    api_port: int = 8188
    formatted_output: bool = False
    delay_grading: float = 80.0
    exposure_throttle: float = 125.0
    accept_hfr: float = 0.0
    accept_fwhm: float = 0.0
    accept_eccentricity: float = 0.0


@dataclass(slots=True)
class Profile:
    """A profile of N.I.N.A.; one that never saved the scheduler's preferences has none.

    `horizon` is the custom horizon: azimuths and altitudes in degrees, by azimuth.
    """

    profile_id: str
    name: str
    active: bool = False
    preferences: Preferences | None = field(default_factory=Preferences)
    horizon: tuple[tuple[float, float], ...] = ()

    def horizon_at(self, azimuth: float) -> float:
        """Return the altitude of the custom horizon in degrees."""
        if not self.horizon:
            return 0.0
        points = [*self.horizon, (self.horizon[0][0] + 360, self.horizon[0][1])]
        azimuth = self.horizon[0][0] + (azimuth - self.horizon[0][0]) % 360
        for (left, low), (right, high) in itertools.pairwise(points):
            if left <= azimuth <= right:
                return low + (high - low) * (azimuth - left) / max(right - left, 1e-9)
        return points[-1][1]


@dataclass(slots=True)
class AcquiredFrame:
    """The record of a saved frame; missing measurements are NaN."""

    filter_name: str
    exposure: float
    saved_at: datetime
    hfr: float = math.nan
    fwhm: float = math.nan
    eccentricity: float = math.nan
    grade: Grade = Grade.PENDING


@dataclass(slots=True)
class ExposurePlan:
    """So many frames through a filter; `exposure` None means that of the template."""

    template_name: str
    filter_name: str
    template_exposure: float
    desired: int
    exposure: float | None = None
    acquired: int = 0
    accepted: int = 0
    enabled: bool = True
    gain: int = 100
    offset: int = 50
    binning: int = 1
    pending: list[AcquiredFrame] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Return the exposure time in seconds."""
        return self.template_exposure if self.exposure is None else self.exposure

    @property
    def narrow(self) -> bool:
        """Return whether the filter bears moonlight."""
        return self.filter_name[:1].upper() in "HOS"


@dataclass(slots=True)
class Target:
    """A target; rotation in degrees, region of interest in percent.

    `cursor` is the plan whose turn it is in a rotation of filters and how many of its frames
    have been taken in this turn: the database keeps it.
    """

    target_id: str
    name: str
    coordinates: Coordinates
    active: bool = True
    rotation: float = 0.0
    epoch: str = "J2000"
    roi: float = 100.0
    plans: list[ExposurePlan] = field(default_factory=list)
    frames: list[AcquiredFrame] = field(default_factory=list)
    cursor: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Project:
    """A project; altitudes and offset in degrees, times in minutes, 0 = off."""

    project_id: str
    profile_id: str
    name: str
    created: datetime
    state: ProjectState | None = ProjectState.ACTIVE
    priority: int = 1
    description: str | None = None
    active_date: datetime = EPOCH
    inactive_date: datetime = EPOCH
    minimum_time: int = 30
    use_custom_horizon: bool = False
    horizon_offset: float = 0.0
    meridian_window: int = 0
    filter_switch_frequency: int = 0
    dither_every: int = 0
    enable_grader: bool = True
    mosaic: bool = False
    flats_handling: int = 0
    minimum_altitude: float = 0.0
    maximum_altitude: float = 0.0
    smart_exposure_order: bool = False
    targets: list[Target] = field(default_factory=list)
