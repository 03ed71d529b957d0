"""The calendar of the night: what was imaged, then targets and waits as the Target Scheduler plans."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEvent,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .api import PlanEntry, Role
from .const import DOMAIN
from .entities.adding import async_add_rows
from .entities.entity import RowDescription, RowEntity
from .entities.source import SCHEDULER
from .readings.scheduler_plan import SchedulerPlan
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class NinaCalendarDescription(RowDescription[SchedulerPlan], CalendarEntityDescription):
    """Describe the calendar."""


# Without a plan it is empty.
PLAN: Final = NinaCalendarDescription(key="plan", translation_key="plan", source=SCHEDULER)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendar of an entry that has a Target Scheduler."""
    rows = {Role.SCHEDULER: (PLAN,)}
    async_add_rows(entry, Platform.CALENDAR, rows, PlanCalendar, async_add_entities)


class PlanCalendar(RowEntity, CalendarEntity):
    """The targets of the night: imaged, being imaged, and planned by the last preview."""

    entity_description: NinaCalendarDescription

    def _spans(self, start: datetime, end: datetime | None = None) -> Iterator[CalendarEvent]:
        """Yield the parts of the night that overlap a time span, in order.

        They are made one by one: every state needs the next one only.
        """
        for begins, ends, target, details in self.read(_parts) or ():
            if ends > max(begins, start) and (end is None or begins < end):
                yield CalendarEvent(
                    start=_local(begins),
                    end=_local(ends),
                    summary=target or self._waiting,
                    description=details if isinstance(details, str | None) else _filters(details),
                )

    @property
    def _waiting(self) -> str:
        """Return the translated title of a wait."""
        texts = async_get_cached_translations(
            self.hass, self.hass.config.language, "entity", DOMAIN
        )
        key = f"component.{DOMAIN}.entity.calendar.plan.state_attributes.summary.state.waiting"
        return texts.get(key, "Waiting")

    @property
    @override
    def event(self) -> CalendarEvent | None:
        return next(self._spans(dt_util.utcnow()), None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        return list(self._spans(start_date, end_date))


def _parts(
    plan: SchedulerPlan,
) -> Iterator[tuple[datetime, datetime, str | None, PlanEntry | str | None]]:
    """Yield begin, end, target (None for a wait), and plan or project, in order.

    Imaged targets replace the plan for that time. Entries without times are left out.
    """
    for each in plan.imaged:
        yield each.begins, each.ends, each.name, each.project
    last = plan.imaged[-1] if plan.imaged else None
    for entry in plan.preview or ():
        begins, ends = entry.start_time, entry.end_time
        if begins is None or ends is None:
            continue
        if last is not None:
            goes_on = not last.over and entry.name == last.name and begins < last.ends
            if goes_on or ends <= last.ends:
                continue
            begins = max(begins, last.ends)
        yield begins, ends, entry.name, entry


def _local(moment: datetime) -> datetime:
    """Return a moment in local time; Home Assistant takes no other type of datetime."""
    return dt_util.as_local(dt_util.utc_from_timestamp(moment.timestamp()))


def _filters(entry: PlanEntry) -> str | None:
    """Return the frames by filter; consecutive ones of the same filter are combined."""
    counts: dict[str, int] = {}
    for run in entry.runs:
        label = f"{run.filter_name or '–'} {run.exposure or 0:g} s"
        counts[label] = counts.get(label, 0) + (run.count or 0)
    return ", ".join(f"{count} × {label}" for label, count in counts.items()) or None
