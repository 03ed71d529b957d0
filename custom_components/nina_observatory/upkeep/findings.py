"""Find what a person can mend; pure, without I/O.

Absence proves nothing: a check that knows neither way leaves an issue as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Final

from packaging.version import Version

from ..api import NinaError, NinaResponseError, NinaVersionError, PluginVersion, release
from ..api.endpoints.application import ApplicationEndpoint
from ..api.endpoints.frames import FramesEndpoint
from ..api.plugin_version import needed_version
from ..readings.scheduler_plan import SchedulerPlan
from ..readings.settings import CLOCK_TOLERANCE, ClockDifference
from .identity import Stranger

# Seconds until clocks that differ are reported; they are compared once more meanwhile.
CLOCK_AFTER: Final = 150.0
# Seconds until a Target Scheduler that does not respond is reported: it ends and begins with N.I.N.A.,
# and restarts when the profile is switched.
SCHEDULER_AFTER: Final = 300.0
# Seconds until a server that is not N.I.N.A. is reported; N.I.N.A. may be starting.
NOT_NINA_AFTER: Final = 90.0

# The versions of the plugin that report what the Target Scheduler does, and unknown values as such.
SCHEDULER_EVENTS_SINCE: Final = release(2, 2, 1)
ZEROS_UNTIL: Final = release(2, 2, 8)


class Subject(StrEnum):
    """The subject of an issue, whose id begins with the value and ends with the id of the entry."""

    CLOCK = "clock"
    NOT_NINA = "not_nina"
    PLUGIN_PICTURES = "plugin_pictures"
    PLUGIN_SCHEDULER = "plugin_scheduler"
    PLUGIN_UNSUPPORTED = "plugin_unsupported"
    PLUGIN_ZEROS = "plugin_zeros"
    SCHEDULER = "scheduler"
    THUMBNAILS = "thumbnails_off"
    WRONG_NINA = "wrong_nina"


class Verdict(Enum):
    """The result of a check that found nothing to mend."""

    FINE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to mend: the key of its text, and the values in it.

    `name` in the values is filled in by the caller, as `rig` is.
    """

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The known facts of one moment.

    `silent` is whether nothing listens at the address; `failure` is why the last poll failed, and
    `plugin` the version that responds, None if that is not known. `scheduler` is None if none is set up.
    `thumbnails` is whether N.I.N.A. makes them. `stranger` responds instead of the N.I.N.A. that did
    before; None if it is that one, or if nothing is known.
    """

    address: str = ""
    reachable: bool = False
    silent: bool = False
    failure: NinaError | None = None
    plugin: PluginVersion | None = None
    keeps_pictures: bool = False
    scheduler: SchedulerPlan | None = None
    scheduler_port: int | None = None
    thumbnails: bool | None = None
    clock: ClockDifference | None = None
    identified: bool = False
    stranger: Stranger | None = None


type Result = Finding | Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check of one subject; what it finds is reported once it has been so for `after` seconds.

    `severe` is whether something does not work at all, or may be done by the wrong equipment.
    """

    subject: Subject
    look: Callable[[Seen], Result]
    after: float = 0.0
    severe: bool = False
    fixable: bool = False


def duration(seconds: int) -> str:
    """Return a duration in its two largest units."""
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = [(days, "d"), (hour, "h"), (minute, "min"), (second, "s")]
    first = next((index for index, (number, _) in enumerate(parts) if number), 3)
    shown = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(shown) or "0 s"


def _older_than(seen: Seen, needed: Version, key: str) -> Result:
    """Find a plugin that is older than a version."""
    if not seen.reachable or seen.plugin is None:
        return Verdict.UNKNOWN
    if seen.plugin.version >= needed:
        return Verdict.FINE
    installed = str(seen.plugin.version)
    return Finding(key=key, values={"needed": str(needed), "installed": installed})


def _pictures(seen: Seen) -> Result:
    """Find a plugin without the thumbnails that are to be kept."""
    if not seen.keeps_pictures:
        return Verdict.FINE
    return _older_than(seen, needed_version(FramesEndpoint.get_thumbnail), Subject.PLUGIN_PICTURES)


def _scheduler_events(seen: Seen) -> Result:
    """Find a plugin that does not report what the Target Scheduler does."""
    if seen.scheduler is None:
        return Verdict.FINE
    return _older_than(seen, SCHEDULER_EVENTS_SINCE, Subject.PLUGIN_SCHEDULER)


def _zeros(seen: Seen) -> Result:
    """Find the release whose unknown values read 0."""
    if seen.reachable and seen.plugin is not None and not seen.plugin.loses_nan:
        return Verdict.FINE
    return _older_than(seen, ZEROS_UNTIL, Subject.PLUGIN_ZEROS)


def _unsupported(seen: Seen) -> Result:
    """Find a plugin that is too old for everything."""
    if seen.reachable:
        return Verdict.FINE
    if isinstance(seen.failure, NinaVersionError):
        return Finding(key=Subject.PLUGIN_UNSUPPORTED, values={"address": seen.address})
    return Verdict.UNKNOWN


def _not_nina(seen: Seen) -> Result:
    """Find a server at the address of N.I.N.A. that is something else."""
    if seen.reachable or seen.silent or isinstance(seen.failure, NinaVersionError):
        return Verdict.FINE
    if isinstance(seen.failure, NinaResponseError):
        return Finding(key=Subject.NOT_NINA, values={"address": seen.address})
    return Verdict.UNKNOWN


def _scheduler(seen: Seen) -> Result:
    """Find a Target Scheduler that does not respond although N.I.N.A. does."""
    if seen.scheduler is None or seen.scheduler.reachable:
        return Verdict.FINE
    if not seen.reachable:
        return Verdict.UNKNOWN
    key = "scheduler_other" if seen.scheduler.other_api else "scheduler_off"
    return Finding(key=key, values={"port": str(seen.scheduler_port)})


def _cannot_say(seen: Seen, since: Version) -> Verdict:
    """Return what to make of a value that was not read: a plugin without it has no fault to mend."""
    lacks = seen.reachable and seen.plugin is not None and seen.plugin.version < since
    return Verdict.FINE if lacks else Verdict.UNKNOWN


def _thumbnails(seen: Seen) -> Result:
    """Find an N.I.N.A. that makes no thumbnails."""
    if seen.thumbnails is None:
        return _cannot_say(seen, needed_version(ApplicationEndpoint.get_plugin_settings))
    return Verdict.FINE if seen.thumbnails else Finding(key=Subject.THUMBNAILS)


def _clock(seen: Seen) -> Result:
    """Find clocks that differ by more than can be the way that the answer took."""
    if seen.clock is None:
        return _cannot_say(seen, needed_version(ApplicationEndpoint.get_time))
    difference, uncertainty = abs(seen.clock.seconds), seen.clock.uncertainty
    if seen.clock.differs:
        key = "clock_ahead" if seen.clock.seconds > 0 else "clock_behind"
        return Finding(key=key, values={"difference": duration(seen.clock.seconds)})
    return Verdict.FINE if difference + uncertainty <= CLOCK_TOLERANCE else Verdict.UNKNOWN


def _wrong_nina(seen: Seen) -> Result:
    """Find an N.I.N.A. that is another one than before."""
    if seen.stranger is not None:
        values = {"address": seen.address, "profile": seen.stranger.profile}
        if seen.stranger.other is None:
            return Finding(key=Subject.WRONG_NINA, values=values)
        return Finding(key="wrong_nina_copy", values={**values, "other": seen.stranger.other})
    return Verdict.FINE if seen.identified else Verdict.UNKNOWN


CHECKS: Final = (
    Check(subject=Subject.PLUGIN_UNSUPPORTED, look=_unsupported, severe=True),
    Check(subject=Subject.NOT_NINA, look=_not_nina, after=NOT_NINA_AFTER, severe=True),
    Check(subject=Subject.WRONG_NINA, look=_wrong_nina, severe=True, fixable=True),
    Check(subject=Subject.PLUGIN_PICTURES, look=_pictures),
    Check(subject=Subject.PLUGIN_SCHEDULER, look=_scheduler_events),
    Check(subject=Subject.PLUGIN_ZEROS, look=_zeros, severe=True),
    Check(subject=Subject.SCHEDULER, look=_scheduler, after=SCHEDULER_AFTER, fixable=True),
    Check(subject=Subject.THUMBNAILS, look=_thumbnails, fixable=True),
    Check(subject=Subject.CLOCK, look=_clock, after=CLOCK_AFTER, fixable=True),
)
