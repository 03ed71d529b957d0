"""The activity of the Target Scheduler, from its events; its server does not report it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from ..api import EventType, NinaEvent
from ..api.models.wire import moment, text

STARTS = (EventType.SCHEDULER_TARGET_STARTED, EventType.SCHEDULER_NEW_TARGET_STARTED)
ENDS = (EventType.SEQUENCE_FINISHED, EventType.PROFILE_CHANGED)

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
