"""Work that grows with a night is done outside the event loop, which answers nobody meanwhile."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import threading
from typing import Any
from unittest.mock import AsyncMock, Mock

from homeassistant.components.calendar import CalendarEvent
from homeassistant.core import HomeAssistant
from homeassistant.helpers import storage as ha_storage
from homeassistant.util import dt as dt_util
import pytest

from custom_components.nina_observatory import calendar, media_source
from custom_components.nina_observatory.api import PlanEntry
from custom_components.nina_observatory.helpers import storage
from custom_components.nina_observatory.helpers.storage import async_load_kept
from custom_components.nina_observatory.night import keeper
from custom_components.nina_observatory.readings.scheduler_plan import ProjectPlan
from custom_components.nina_observatory.runtime import NinaConfigEntry
from custom_components.nina_observatory.sensor import plan
from simulator import Observatory

from .states import act, attributes

PLAN = "calendar.observatory_target_scheduler_plan"
PLANNED = 300
MINUTE = timedelta(minutes=1)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[int]]:
    """Return the threads that functions run in from now on."""
    found: dict[str, set[int]] = {}

    def watch(owner: Any, name: str) -> None:
        function = getattr(owner, name)

        def watched(*args: Any, **more: Any) -> Any:
            found.setdefault(name, set()).add(threading.get_ident())
            return function(*args, **more)

        monkeypatch.setattr(owner, name, watched)

    watch(media_source, "_within")
    watch(keeper, "make_report")
    return found


async def test_nights_are_listed_and_reported_outside(
    hass: HomeAssistant, settled: NinaConfigEntry, threads: dict[str, set[int]]
) -> None:
    """The report of a night, and its frames as media."""
    source = media_source.FrameSource(hass)
    item = Mock(identifier=settled.entry_id)
    await source.async_browse_media(item)
    query = Mock(media_filter_classes=None, search_query="M 31")
    await source.async_search_media(item, query)
    await settled.runtime_data.nights.async_report()
    assert threads.keys() == {"_within", "make_report"}
    assert threading.get_ident() not in set().union(*threads.values())


async def test_of_a_long_plan_only_what_is_next_is_made(
    hass: HomeAssistant, settled: NinaConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calendar asks for it several times with every state, for all of it when somebody looks."""
    made: list[CalendarEvent] = []

    def make(**values: Any) -> CalendarEvent:
        made.append(CalendarEvent(**values))
        return made[-1]

    monkeypatch.setattr(calendar, "CalendarEvent", make)
    now, scheduler = dt_util.utcnow(), settled.runtime_data.scheduler
    assert scheduler is not None
    begins = [now + timedelta(minutes=minute) for minute in range(-PLANNED // 2, PLANNED // 2)]
    entries = tuple(
        PlanEntry(id=str(begin), name=str(begin), start_time=begin, end_time=begin + MINUTE)
        for begin in begins
    )
    scheduler.data = replace(scheduler.data, preview=entries)
    scheduler.async_update_listeners()
    assert attributes(hass, PLAN)["message"] == str(now)
    assert {event.summary for event in made} == {str(now)}
    answer = await act(
        hass,
        "calendar.get_events",
        PLAN,
        start_date_time=begins[1],
        end_date_time=begins[-1],
        return_response=True,
    )
    assert len(answer[PLAN]["events"]) == PLANNED - 2


async def test_only_changed_projects_are_looked_at(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: NinaConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There may be thousands of targets, and a reading with every frame."""
    looked: list[str] = []
    worked_on = plan._worked_on

    def look(project: ProjectPlan) -> Iterator[plan.Part]:
        looked.append(project.project.id)
        return worked_on(project)

    monkeypatch.setattr(plan, "_worked_on", look)
    scheduler = settled.runtime_data.scheduler
    assert scheduler is not None
    assert observatory.scheduler is not None
    before = scheduler.data.projects
    assert len(before) > 1
    changed = before[1].project
    found = observatory.scheduler.store.project(changed.id)
    assert found is not None
    found.targets[0].plans[0].accepted += 1
    await scheduler.async_read()
    assert looked == [changed.id]
    after = scheduler.data.projects
    unlike = [new for new, old in zip(after, before, strict=True) if new is not old]
    assert [each.project for each in unlike] == [changed]


@pytest.mark.parametrize("size", [100, storage.LONG])
async def test_long_files_are_decoded_outside(
    hass: HomeAssistant, tmp_path: Path, size: int
) -> None:
    """Short ones are not worth a thread."""
    path = tmp_path / "kept"
    path.write_bytes(b" " * size)
    store = Mock(spec=ha_storage.Store, path=str(path), async_load=AsyncMock(return_value={}))

    def decode(_kept: Mapping[str, Any]) -> int:
        return threading.get_ident()

    found = await async_load_kept(hass, store, decode)
    assert (found != threading.get_ident()) == (size >= storage.LONG)
