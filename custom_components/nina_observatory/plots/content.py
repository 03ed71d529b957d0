"""Plain data of the plots, apart from the drawings, which are loaded with the first picture."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..api import AutofocusReport, Frame, GuideGraph
from ..readings.autofocus_run import AutofocusRun, RunState
from ..readings.night_marks import Mark
from ..readings.site import Site
from .sky_data import SkyTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class AutofocusData:
    """The newest report, and the run that was followed last.

    `is_reported` is whether the report is that of the run.
    """

    report: AutofocusReport | None = None
    run: AutofocusRun | None = None
    is_reported: bool = False

    @property
    def shows_run(self) -> bool:
        """Return whether the points of the run are newer than the report."""
        if self.run is None:
            return False
        return self.run.state is RunState.RUNNING or not self.is_reported

    @property
    def data_at(self) -> datetime | None:
        """Return the time of the data."""
        if self.shows_run and self.run is not None:
            return self.run.changed_at
        return None if self.report is None else self.report.timestamp


class Missing(StrEnum):
    """Why there are no guide steps."""

    NOT_CONNECTED = "not_connected"
    NOT_GUIDED = "not_guided"
    NOT_READ = "not_read"
    TOO_OLD = "too_old"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidingData:
    """The guide graph, when its newest step was taken, and how many seconds a step takes if known."""

    graph: GuideGraph | None = None
    data_at: datetime | None = None
    seconds_per_step: float | None = None
    missing: Missing = Missing.NOT_GUIDED


@dataclass(frozen=True, slots=True)
class NightData:
    """The frames and the marks of some nights, of which the newest is shown."""

    frames: Collection[Frame]
    marks: Collection[Mark]
    site: Site | None
    now: datetime


@dataclass(frozen=True, slots=True)
class SkyData:
    """The targets of this night."""

    site: Site
    targets: Collection[SkyTarget]
    now: datetime
    data_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoSkyData:
    """No site is known; `is_read` is whether the profile is."""

    is_read: bool


type Content = AutofocusData | GuidingData | NightData | SkyData | NoSkyData
