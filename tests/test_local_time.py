"""Times in the answers of actions carry an offset, or are unknown."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.actions import ACTIONS
from custom_components.nina_observatory.api import LogEntry
from custom_components.nina_observatory.api.clocks import zone_at
from custom_components.nina_observatory.helpers.local_time import dated_lines
from simulator import Observatory

from .action_cases import under_the_stars
from .action_fields import sensible
from .commanding import answer, prepare
from .conftest import make_entry, set_up, unload

BERLIN: Final = ZoneInfo("Europe/Berlin")
NO_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")
# Actions that only read, with fields.
READING: Final[dict[str, dict[str, Any]]] = {
    "get_events": {"limit": 5000},
    "get_frames": {},
    "get_logs": {"limit": 500},
    "get_night_report": {},
    "get_projects": {},
}


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in an answer, with what is a moment as it would be written."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)
    if isinstance(value, datetime):
        yield value.isoformat()
    if isinstance(value, str):
        yield value


def lacking(value: Any) -> list[str]:
    """Return the times in an answer that lack an offset."""
    return [text for text in texts_in(value) if NO_OFFSET.fullmatch(text.strip())]


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("version", ["2.0.1.0", "2.1.8.0", "2.2.11.0", "2.2.15.0"])
async def test_no_time_without_an_offset(
    hass: HomeAssistant, version: str, subtests: pytest.Subtests
) -> None:
    """In every answer of what only reads, in every dialect, in the middle of a night."""
    async with Observatory(
        port=0, scheduler_port=0, speed=150, version=version, scenario="clear_night"
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await observatory.events.emit("DOME-STOPPED")
        for name, fields in READING.items():
            action = next(each for each in ACTIONS if each.name == name)
            if not all(map(entry.runtime_data.client.supports, action.methods)):
                continue
            with subtests.test(name):
                found = await answer(hass, entry, name, **fields)
                assert lacking(found) == []
                if name == "get_logs":
                    assert all(each["timestamp"] for each in found["lines"])
        await unload(hass, entry)


async def test_whatever_an_action_answers(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    quick_eye: None,
    subtests: pytest.Subtests,
) -> None:
    """What commands answers no more of a time without an offset than what reads."""
    del quick_eye
    prepare(observatory, under_the_stars)
    answering = [action for action in ACTIONS if action.returns is not SupportsResponse.NONE]
    answered = 0
    for action in answering:
        with subtests.test(action.name):
            try:
                found = await answer(hass, unhurried, action.name, **sensible(action))
            except HomeAssistantError:
                continue
            assert lacking(found) == []
            answered += 1
    assert answered >= len(answering) // 2


async def test_the_plan_of_the_night(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Each part begins and ends at a moment."""
    del observatory
    plan = (await answer(hass, unhurried, "get_plan", refresh=True))["plan"]
    times = [datetime.fromisoformat(each[end]) for each in plan for end in ("start", "end")]
    assert times
    assert all(time.tzinfo is not None for time in times)


async def test_the_report_of_an_autofocus(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry, quick_eye: None
) -> None:
    """And what else an answer of an action that commands has in it."""
    del quick_eye
    report = (await answer(hass, unhurried, "autofocus"))["report"]
    assert datetime.fromisoformat(report["timestamp"]).tzinfo is not None
    taken = await answer(hass, unhurried, "capture", exposure=1, save=True)
    assert datetime.fromisoformat(taken["frame"]["date"]).tzinfo is not None
    assert lacking(taken) == []


async def test_the_log_is_in_the_time_of_the_imaging_computer(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """By its own clock, whatever zone Home Assistant is in; unknown if it does not tell."""
    observatory.log.write("ERROR", "A.cs", "Do", "Just now")
    now = observatory.clock.now()
    (line, *_) = (await answer(hass, unhurried, "get_logs"))["lines"]
    written = datetime.fromisoformat(line["timestamp"])
    assert written.utcoffset() == now.utcoffset()
    assert abs(written - now) < timedelta(minutes=10)
    async with observatory.faults.during("unknown_error", path="/time"):
        (line, *_) = (await answer(hass, unhurried, "get_logs"))["lines"]
    assert datetime.fromisoformat(line["timestamp"]).utcoffset() == now.utcoffset()


async def test_a_time_in_an_event_of_which_nothing_is_known(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Where no zone is known a local time is no moment; what a person sent is no time at all."""
    # Of the same evening: what clocks elsewhere do in other months may make it uncertain.
    words = f"{observatory.clock.now() - timedelta(hours=2):%Y-%m-%dT%H:%M:%S}"
    await observatory.events.emit("NEW-PLUGIN", Due=words, Note="20:00")
    events = (await answer(hass, unhurried, "get_events", limit=5000))["events"]
    new = next(each for each in events if each["name"] == "NEW-PLUGIN")
    assert new["data"]["note"] == "20:00"
    due = datetime.fromisoformat(new["data"]["due"])
    assert due.tzinfo is not None
    assert due.replace(tzinfo=None) == datetime.fromisoformat(words)


def lines(*times: str | None) -> list[LogEntry]:
    """Return lines of a log, newest first."""
    return [LogEntry(timestamp=time) for time in times]


def shown(*times: str | None, zone: Any = BERLIN) -> list[str | None]:
    """Return what becomes of the times of lines."""
    return [line.timestamp for line in dated_lines(lines(*times), zone)]


def test_lines_of_summer_and_winter() -> None:
    assert shown("2026-11-01T22:00:00.1234", "2026-07-01T22:00:00") == [
        "2026-11-01T22:00:00.123400+01:00",
        "2026-07-01T22:00:00+02:00",
    ]


def test_the_hour_that_comes_twice() -> None:
    """The order of the lines tells which is which, slightly out of order or not."""
    assert shown(
        "2026-10-25T02:30:00",
        "2026-10-25T02:10:00",
        "2026-10-25T02:10:02",
        "2026-10-25T02:50:00",
        "2026-10-25T02:20:00",
    ) == [
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T02:10:00+01:00",
        "2026-10-25T02:10:02+01:00",
        "2026-10-25T02:50:00+02:00",
        "2026-10-25T02:20:00+02:00",
    ]


def test_the_hour_that_comes_twice_without_a_sign() -> None:
    """Nothing tells which of the two it was."""
    assert shown("2026-10-25T04:00:00", "2026-10-25T02:30:00", "2026-10-25T01:00:00") == [
        "2026-10-25T04:00:00+01:00",
        None,
        "2026-10-25T01:00:00+02:00",
    ]


def test_odd_lines() -> None:
    """What is no time is none, and one with an offset keeps it."""
    odd = ("yesterday", None, "2026-13-01T00:00:00", "0001-01-01T00:00:00")
    assert shown(*odd) == [None] * len(odd)
    assert shown("2026-07-01T22:00:00+05:30") == ["2026-07-01T22:00:00+05:30"]
    assert shown("2026-07-01T22:00:00", zone=None) == [None]


def test_the_zone_of_a_computer() -> None:
    """Ours where it has our offset, otherwise nothing but its offset."""
    summer = datetime(2026, 7, 1, 20, tzinfo=timezone(timedelta(hours=2)))
    assert zone_at(summer, BERLIN) is BERLIN
    assert zone_at(summer, None) is summer.tzinfo
    assert zone_at(datetime(2026, 7, 1, 20, tzinfo=UTC), BERLIN) is UTC
    assert zone_at(None, BERLIN) is None
