"""The calendar of tonight's plan: targets and waits from the preview of the Target Scheduler."""

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
from .entities.source import PREVIEW
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class NinaCalendarDescription(RowDescription[tuple[PlanEntry, ...]], CalendarEntityDescription):
    """Describe the calendar."""


PLAN: Final = NinaCalendarDescription(key="plan", translation_key="plan", source=PREVIEW)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendar of an entry that has a Target Scheduler."""
    rows = {Role.SCHEDULER: (PLAN,)}
    async_add_rows(entry, Platform.CALENDAR, rows, PlanCalendar, async_add_entities)


class PlanCalendar(RowEntity, CalendarEntity):
    """The last preview; unavailable until one was requested."""

    entity_description: NinaCalendarDescription

    def _spans(self, start: datetime, end: datetime | None = None) -> Iterator[CalendarEvent]:
        """Yield the parts of the night that overlap a time span, in order; those without times never.

        They are made one by one: every state needs the next one only.
        """
        for entry in self.source or ():
            begins, ends = entry.start_time, entry.end_time
            if begins is None or ends is None or ends <= max(begins, start):
                continue
            if end is None or begins < end:
                yield CalendarEvent(
                    start=dt_util.as_local(begins),
                    end=dt_util.as_local(ends),
                    summary=entry.name or self._waiting,
                    description=_filters(entry),
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


def _filters(entry: PlanEntry) -> str | None:
    """Return the frames by filter; consecutive ones of the same filter are combined."""
    counts: dict[str, int] = {}
    for run in entry.runs:
        label = f"{run.filter_name or '–'} {run.exposure or 0:g} s"
        counts[label] = counts.get(label, 0) + (run.count or 0)
    return ", ".join(f"{count} × {label}" for label, count in counts.items()) or None
