"""The what-if plan of a night, with the quirks of the real one."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
import re
from typing import Any

from simulator.scheduler.model import ExposurePlan, Target
from simulator.scheduler.planner import Exposure, Planner, Progress, Wait
from simulator.scheduler.store import Store, is_complete
from simulator.sky import Site

__all__ = ["default_start", "parse_start", "preview"]

_MOST_STEPS = 5000
_ISO = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?))?"
    r"\s*(Z|[+-]\d{2}:\d{2})?"
)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}:\d{2}(?::\d{2})?))?")


@dataclass(slots=True)
class _Entry:
    """One entry of the plan; a wait has no target."""

    start: datetime
    end: datetime
    target: Target | None = None
    plans: list[ExposurePlan] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """Return the entry as it is sent: frames through one filter in a row are one run."""
        runs: list[dict[str, Any]] = []
        for plan in self.plans:
            if runs and runs[-1]["FilterName"] == plan.filter_name:
                runs[-1]["Count"] += 1
            else:
                run = {"FilterName": plan.filter_name, "Exposure": plan.seconds, "Count": 1}
                runs.append(run)
        target = self.target
        return {
            "Id": target and target.target_id,
            "Name": target and target.name,
            "WaitPeriod": target is None,
            "StartTime": self.start,
            "EndTime": self.end,
            "ExposurePlan": runs,
        }


def default_start(now: datetime) -> datetime:
    """Return 13:00 of the computer's calendar day, which after midnight is the coming one."""
    return datetime.combine(now.date(), time(13), now.tzinfo)


def parse_start(text: str, zone: tzinfo) -> tuple[datetime, bool]:
    """Return the moment a client asks for, and whether it came with an offset.

    Raises ValueError for anything but a time of .NET. Without offset it is local time of
    the computer.
    """
    if match := _AMERICAN.fullmatch(text.strip()):
        month, day, year, clock = match.groups()
        date, offset = f"{int(year):04}-{int(month):02}-{int(day):02}", None
    elif match := _ISO.fullmatch(text.strip()):
        date, clock, offset = match.groups()
        date = "-".join(f"{int(part):02}" for part in date.split("-"))
    else:
        raise ValueError(f"{text!r} was not recognized as a date and time")
    clock = clock or "00:00"
    moment = datetime.fromisoformat(f"{date}T{clock.rjust(len(clock) + (clock[1] == ':'), '0')}")
    if offset is None:
        return moment.replace(tzinfo=zone), False
    moment = datetime.fromisoformat(moment.isoformat() + offset.replace("Z", "+00:00"))
    return moment.astimezone(zone), True


def preview(store: Store, site: Site, profile_id: str, start: datetime) -> list[dict[str, Any]]:
    """Return the plan from a moment on, as it is sent.

    A profile with nothing to plan gets the first step of the active profile's plan. Rotations of
    filters go on in the database although nothing is imaged.
    """
    own = any(
        not is_complete(project, target, store.preferences_of(project))
        for project, target in store.plannable(profile_id)
    )
    active = store.active_profile.profile_id
    planned = profile_id if own else active
    progress = Progress()
    entries = _plan(Planner(store, site, planned, start), start, progress)
    if not own and profile_id != active:
        entries = _first_step(entries)
    store.database_writes += progress.writes
    return [entry.body() for entry in entries]


def _plan(planner: Planner, start: datetime, progress: Progress) -> list[_Entry]:
    """Return the entries of a night in which everything succeeds."""
    entries: list[_Entry] = []
    now = start
    for _ in range(_MOST_STEPS):
        step = planner.next(now, progress)
        if step is None:
            break
        if isinstance(step, Wait):
            entries.append(_Entry(now, step.until))
            now = step.until
            continue
        now = _expose(entries, step, now)
        planner.taken(step, progress)
    if entries and entries[-1].target is None:
        entries.pop()
    return entries


def _expose(entries: list[_Entry], step: Exposure, now: datetime) -> datetime:
    """Add an exposure to the entry of its target, and return when it ends."""
    end = now + timedelta(seconds=step.plan.seconds)
    if not entries or entries[-1].target is not step.target:
        entries.append(_Entry(now, now, step.target))
    entries[-1].plans.append(step.plan)
    entries[-1].end = end
    return end


def _first_step(entries: list[_Entry]) -> list[_Entry]:
    """Return one wait or one single exposure."""
    if entries and (plans := entries[0].plans):
        first = entries[0]
        end = first.start + timedelta(seconds=plans[0].seconds)
        return [_Entry(first.start, end, first.target, plans[:1])]
    return entries[:1]
