"""The activity of the Target Scheduler, from its events; its server does not report it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ..api import EventType, NinaEvent
from ..api.models.wire import moment, text

STARTS = (EventType.SCHEDULER_TARGET_STARTED, EventType.SCHEDULER_NEW_TARGET_STARTED)
ENDS = (EventType.SEQUENCE_FINISHED, EventType.PROFILE_CHANGED)

# How long an imaged target is kept, and how many of them.
IMAGED_FOR: Final = timedelta(days=1)
MOST_IMAGED: Final = 200

# The former and the current names of a project and its target.
type Renames = Mapping[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerActivity:
    """The activity of the Target Scheduler, from its events; its server does not report it.

    `begun` is when the sequence with this activity was started, if known. `announced` is the name
    of the target when that began.
    """

    begun: datetime | None = None
    project: str | None = None
    target: str | None = None
    announced: str | None = None
    ends_at: datetime | None = None
    waiting_until: datetime | None = None

    def after(self, event: NinaEvent) -> Self:
        """Return the activity after an event; most events change nothing."""
        if event.type in STARTS:
            return replace(
                self,
                project=text(event.data.get("project_name")),
                target=text(event.data.get("target_name")),
                announced=text(event.data.get("target_name")),
                ends_at=moment(event.data.get("target_end_time")),
                waiting_until=None,
            )
        if event.type is EventType.SCHEDULER_WAIT_STARTED:
            until = moment(event.data.get("wait_end_time"))
            return type(self)(begun=self.begun, waiting_until=until)
        if event.type is EventType.SEQUENCE_STARTED:
            return type(self)(begun=event.time)
        return type(self)() if event.type in ENDS else self

    def renamed(self, renames: Renames) -> Self:
        """Return the activity with current names: its events have the names of their time."""
        project, target = renames.get(
            (self.project or "", self.target or ""), (self.project, self.target)
        )
        return replace(self, project=project, target=target)

    def at(self, now: datetime) -> Self:
        """Return the activity at a time: no target outlasts its end, no wait its own."""
        over = (self.ends_at, self.waiting_until)
        ended = any(end is not None and end <= now for end in over)
        return type(self)(begun=self.begun) if ended else self


def activity_after(events: Iterable[NinaEvent]) -> SchedulerActivity:
    """Return the activity after a whole history of events."""
    activity = SchedulerActivity()
    for event in events:
        activity = activity.after(event)
    return activity


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagedTarget:
    """A target that the Target Scheduler imaged, or is imaging; `ends` is announced until it is over."""

    name: str
    project: str | None
    begins: datetime
    ends: datetime
    over: bool = False

    def ended(self, time: datetime) -> Self:
        """Return the target after its end: when that was reported, or as announced if that was sooner."""
        if self.over:
            return self
        ends = time if self.ends <= self.begins else min(self.ends, time)
        return replace(self, ends=max(ends, self.begins), over=True)


def imaged_after(imaged: tuple[ImagedTarget, ...], event: NinaEvent) -> tuple[ImagedTarget, ...]:
    """Return the imaged targets, oldest first, after an event; most events change nothing."""
    starts = event.type in STARTS
    ends = event.type in (EventType.SCHEDULER_WAIT_STARTED, EventType.SEQUENCE_STARTED, *ENDS)
    if event.time is None or not (starts or ends):
        return imaged
    before = (*imaged[:-1], *(each.ended(event.time) for each in imaged[-1:]))
    name = text(event.data.get("target_name"))
    if ends or name is None:
        return before
    project = text(event.data.get("project_name"))
    until = moment(event.data.get("target_end_time")) or event.time
    running = imaged[-1] if imaged and not imaged[-1].over else None
    # It is announced again for each of its exposure plans.
    if running is not None and (running.name, running.project) == (name, project):
        return (*imaged[:-1], replace(running, ends=until))
    return (*before, ImagedTarget(name=name, project=project, begins=event.time, ends=until))


def imaged_in(
    imaged: tuple[ImagedTarget, ...], history: Iterable[NinaEvent]
) -> tuple[ImagedTarget, ...]:
    """Return the imaged targets of a whole history, after those from earlier runs of N.I.N.A."""
    events = [event for event in history if event.time is not None]
    if not events or (start := events[0].time) is None:
        return imaged
    found = tuple(each.ended(start) for each in imaged if each.begins < start)
    for event in events:
        found = imaged_after(found, event)
    return found


def imaged_lately(imaged: tuple[ImagedTarget, ...], now: datetime) -> tuple[ImagedTarget, ...]:
    """Return the imaged targets that are kept."""
    return tuple(each for each in imaged if each.begins > now - IMAGED_FOR)[-MOST_IMAGED:]
