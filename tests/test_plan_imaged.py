"""The calendar of the night: what was imaged, what is being imaged, and then the plan."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import EventType, NinaEvent, PlanEntry
from custom_components.nina_observatory.calendar import _parts
from custom_components.nina_observatory.readings.scheduler_activity import (
    ImagedTarget,
    imaged_after,
    imaged_in,
    imaged_lately,
)
from custom_components.nina_observatory.readings.scheduler_plan import SchedulerPlan
from simulator import Observatory

from .conftest import set_up, unload
from .states import act, attributes, state, until
from .waiting import eventually

CALENDAR = "calendar.observatory_target_scheduler_plan"
DUSK = datetime.fromisoformat("2026-10-10T20:00:00+02:00")


def at(hours: float) -> datetime:
    """Return a time of the night, in hours from dusk."""
    return DUSK + timedelta(hours=hours)


def told(kind: EventType, hours: float, target: str = "", until: float | None = None) -> NinaEvent:
    """Return an event of the Target Scheduler, or of the sequence."""
    data: dict[str, Any] = {}
    if target:
        data = {"target_name": target, "project_name": "Autumn"}
    if until is not None:
        data["target_end_time"] = at(until).isoformat()
    return NinaEvent(type=kind, name=str(kind), time=at(hours), data=data)


STARTED, AGAIN = EventType.SCHEDULER_NEW_TARGET_STARTED, EventType.SCHEDULER_TARGET_STARTED
WAITS = EventType.SCHEDULER_WAIT_STARTED
NIGHT = [
    told(STARTED, 0, "M 31", 2),
    told(AGAIN, 0.5, "M 31", 2.2),
    told(EventType.FILTER_CHANGED, 0.6),
    told(STARTED, 2, "M 33", 3),
    told(WAITS, 2.5),
    told(AGAIN, 3, "M 33", 4),
]


def shown(imaged: tuple[ImagedTarget, ...]) -> list[tuple[str, datetime, datetime, bool]]:
    """Return targets, their times, and whether they are over."""
    return [(each.name, each.begins, each.ends, each.over) for each in imaged]


def test_targets_of_a_night() -> None:
    """One that is announced again goes on; a wait ends it, and so does the end of the sequence."""
    imaged = imaged_in((), NIGHT)
    assert shown(imaged) == [
        ("M 31", at(0), at(2), True),
        ("M 33", at(2), at(2.5), True),
        ("M 33", at(3), at(4), False),
    ]
    assert imaged[0].project == "Autumn"
    over = imaged_after(imaged, told(EventType.SEQUENCE_FINISHED, 3.5))
    assert shown(over)[-1] == ("M 33", at(3), at(3.5), True)
    # Nobody told the end: it is the announced one.
    late = imaged_after(imaged, told(EventType.SEQUENCE_STARTED, 9))
    assert shown(late)[-1] == ("M 33", at(3), at(4), True)


def test_a_target_whose_end_was_not_announced() -> None:
    """It has a length once it is over."""
    imaged = imaged_in((), [told(STARTED, 0, "M 31"), told(WAITS, 1)])
    assert shown(imaged) == [("M 31", at(0), at(1), True)]
    assert imaged_in((), [told(STARTED, 0)]) == ()


def test_a_history_replaces_what_was_heard_of_its_run() -> None:
    """What an earlier run of N.I.N.A. imaged stays."""
    before = imaged_in((), [told(STARTED, -3, "M 42", -1)])
    heard = imaged_after(before, told(STARTED, 0.001, "M 31", 2))
    assert [each.name for each in imaged_in(heard, NIGHT)] == ["M 42", "M 31", "M 33", "M 33"]
    assert imaged_in(heard, []) == heard


def test_what_is_kept() -> None:
    """The last day."""
    imaged = imaged_in((), NIGHT)
    assert imaged_lately(imaged, at(20)) == imaged
    assert imaged_lately(imaged, at(25)) == imaged[1:]


def planned(name: str | None, begins: float, ends: float) -> PlanEntry:
    """Return a part of a plan."""
    return PlanEntry(name=name, start_time=at(begins), end_time=at(ends))


def test_the_plan_goes_on_where_imaging_stands() -> None:
    """What was imaged stands in place of what was planned for that time."""
    plan = SchedulerPlan(
        imaged=imaged_in((), NIGHT),
        preview=(
            planned(None, -1, 0),
            planned("M 31", 0, 2.8),
            planned("M 33", 2.8, 4.5),
            planned("M 45", 3.8, 5),
            planned(None, 5, 6),
            PlanEntry(name="M 1"),
        ),
    )
    assert [(name, begins, ends) for begins, ends, name, _ in _parts(plan)] == [
        ("M 31", at(0), at(2)),
        ("M 33", at(2), at(2.5)),
        ("M 33", at(3), at(4)),
        ("M 45", at(4), at(5)),
        (None, at(5), at(6)),
    ]


def announced(name: str, ends: datetime) -> dict[str, Any]:
    """Return what the event of a target's start carries, in the scheduler's local time."""
    return {
        "TargetName": name,
        "ProjectName": "Autumn",
        "Coordinates": {"RA": 0.7, "Dec": 41.3, "RADegrees": 10.7, "Epoch": 2},
        "Rotation": 0.0,
        "TargetEndTime": ends.replace(tzinfo=None).isoformat(),
    }


@pytest.mark.usefixtures("quiet")
async def test_whoever_starts_at_night_sees_what_was_imaged(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """From N.I.N.A.'s own history, although no plan was asked for; the current one is on."""
    zone = observatory.clock.now().tzinfo
    now = dt_util.utcnow().astimezone(zone)
    for name in ("M 31", "M 33"):
        observatory.events.record("TS-NEWTARGETSTART", **announced(name, now + timedelta(hours=2)))
        await observatory.clock.sleep(1)
    await set_up(hass, entry)
    await eventually(lambda: attributes(hass, CALENDAR).get("message") == "M 33")
    assert state(hass, CALENDAR) == "on"
    answer = await act(
        hass,
        "calendar.get_events",
        CALENDAR,
        start_date_time=now - timedelta(hours=1),
        end_date_time=now + timedelta(hours=1),
        return_response=True,
    )
    events = answer[CALENDAR]["events"]
    assert [event["summary"] for event in events] == ["M 31", "M 33"]
    assert {event["description"] for event in events} == {"Autumn"}
    await observatory.events.emit("SEQUENCE-FINISHED")
    await until(hass, CALENDAR, "off")
    await unload(hass, entry)


async def test_without_a_plan_the_calendar_is_empty(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """Not unavailable."""
    assert state(hass, CALENDAR) == "off"
    assert "message" not in attributes(hass, CALENDAR)
