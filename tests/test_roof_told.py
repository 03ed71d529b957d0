"""A roof that is not closed is reported: by event, repair issue and sensor, once per danger, in time.

Time on Home Assistant's side is moved on where a test does not say how long it took.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.roof.roof_issues import roof_issue
from simulator import Observatory
from simulator.habits import RoofHabits, RoofWords

from .conftest import entry_with, make_entry, set_up, unload
from .errors import TEXTS
from .guarding import open_roof
from .states import DOME, act, attributes, state, until
from .waiting import eventually, within

ROOF_OPEN = "binary_sensor.observatory_dome_open_while_unsafe"
NEW, OLD = "2.2.15.5", "2.0.1"


@pytest.fixture(params=[NEW, OLD])
async def night(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory in both dialects whose roof is open under a clear sky, nothing running."""
    async with Observatory(
        port=0, scheduler_port=0, speed=20, scenario="idle", version=request.param
    ) as observatory:
        open_roof(observatory)
        yield observatory


def told(events: list[Event[Any]]) -> list[dict[str, Any]]:
    """Return what was told of a roof that did not close."""
    found = [event.data for event in events if event.data["type"] == "roof_close_failed"]
    return [data["data"] for data in found]


def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Return which issue there is with the roof; its text has all that it promises."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry))
    if issue is None:
        return None
    assert issue.translation_key is not None
    text = TEXTS["issues"][issue.translation_key]
    for part in text.values():
        assert "?" not in part.format(**(issue.translation_placeholders or {}))
    return issue.translation_key


async def pass_time(hass: HomeAssistant, seconds: float) -> None:
    """Run down all timers up to so many seconds, and let everything take its course."""
    for _ in range(3):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
        await asyncio.sleep(0.3)


async def make_unsafe(observatory: Observatory, *, safe: bool = False) -> None:
    """Let the safety monitor change its mind, as its next poll finds."""
    observatory.safety_monitor.is_safe = safe
    await observatory.safety_monitor.poll()


async def is_told(
    hass: HomeAssistant, entry: MockConfigEntry, heard: list[Event[Any]], key: str
) -> None:
    """Expect that it was told in every way, once."""
    assert issue_of(hass, entry) == key
    assert len(told(heard)) == 1
    assert f"roof_{told(heard)[0]['reason']}" == key
    await until(hass, ROOF_OPEN, "on")


async def test_nobody_closes_it(hass: HomeAssistant, night: Observatory) -> None:
    """A roof that stands open while not safe is reported after a minute; gone when it is closed."""
    async with entry_with(hass, night) as entry:
        heard = async_capture_events(hass, EVENT_NINA)
        await make_unsafe(night)
        await until(hass, "binary_sensor.observatory_safety", "on")
        assert issue_of(hass, entry) is None
        await within(hass, 61, lambda: told(heard))
        await is_told(hass, entry, heard, "roof_open")
        assert told(heard)[0]["danger"] == "unsafe"
        assert told(heard)[0]["reading"] == "open"
        await act(hass, "cover.close_cover", DOME)
        assert issue_of(hass, entry) is None
        assert len(told(heard)) == 1


async def test_it_is_safe_again(hass: HomeAssistant, night: Observatory) -> None:
    """Then it may be open; the next danger is reported again."""
    async with entry_with(hass, night) as entry:
        heard = async_capture_events(hass, EVENT_NINA)
        for count in (1, 2):
            await make_unsafe(night)
            await until(hass, "binary_sensor.observatory_safety", "on")
            await within(hass, 61, lambda: issue_of(hass, entry))
            assert len(told(heard)) == count
            await make_unsafe(night, safe=True)
            await until(hass, "binary_sensor.observatory_safety", "off")
            await eventually(lambda: issue_of(hass, entry) is None)


@pytest.mark.parametrize("safe", [True, False])
async def test_the_driver_reports_an_error(
    hass: HomeAssistant, night: Observatory, safe: bool
) -> None:
    """That is reported within 5 s, no matter who closed it: here N.I.N.A. itself, and then twice a person."""
    async with entry_with(hass, night) as entry:
        heard = async_capture_events(hass, EVENT_NINA)
        if not safe:
            await make_unsafe(night)
        await night.faults.start("stuck_shutter", mode="jam")
        night.dome.drive_shutter(0.0)
        night.dome.refresh()
        await act(hass, "button.press", "button.observatory_refresh")
        await until(hass, DOME, "closing")
        await eventually(lambda: night.dome.reported.name == "ERROR")
        began = hass.loop.time()
        await eventually(lambda: told(heard))
        assert hass.loop.time() - began < 5
        assert issue_of(hass, entry) == "roof_error"
        assert state(hass, DOME) == "unknown"
        entry.runtime_data.runner.pace.scale = 1 / 60
        for _ in range(2):
            with pytest.raises(HomeAssistantError):
                await act(hass, "cover.close_cover", DOME)
        assert issue_of(hass, entry) == "roof_error"
        assert len(told(heard)) == 1
        if not safe:
            assert state(hass, ROOF_OPEN) == "on"


async def test_a_command_that_fails(hass: HomeAssistant, night: Observatory) -> None:
    """It is reported at once, safe or not, and no detector tells it again."""
    async with entry_with(hass, night) as entry:
        heard = async_capture_events(hass, EVENT_NINA)
        await night.faults.start("stuck_shutter", mode="ignore")
        with pytest.raises(HomeAssistantError):
            await act(hass, "cover.close_cover", DOME)
        assert issue_of(hass, entry) == "roof_not_closed"
        assert len(told(heard)) == 1
        assert told(heard)[0]["attempts"] == 1
        assert "did not close" in told(heard)[0]["message"]


@pytest.mark.parametrize("unsafe_first", [True, False])
async def test_n_i_n_a_is_gone(hass: HomeAssistant, night: Observatory, unsafe_first: bool) -> None:
    """A roof that was last seen open is reported within 45 s without a reading."""
    async with entry_with(hass, night) as entry:
        heard = async_capture_events(hass, EVENT_NINA)
        if unsafe_first:
            await make_unsafe(night)
            await until(hass, "binary_sensor.observatory_safety", "on")
        async with night.faults.during("refuse"):
            await entry.runtime_data.equipment.async_read()
            if not unsafe_first:
                await within(hass, 31, lambda: entry.runtime_data.safety.not_safe)
            await within(hass, 46, lambda: told(heard))
            await is_told(hass, entry, heard, "roof_unreachable")
            assert told(heard)[0]["reading"] == "open"
        await unload(hass, entry)


async def test_n_i_n_a_is_closed_under_a_closed_roof(
    hass: HomeAssistant, settled: MockConfigEntry, observatory: Observatory
) -> None:
    """Every morning: not a word."""
    heard = async_capture_events(hass, EVENT_NINA)
    async with observatory.faults.during("refuse"):
        await settled.runtime_data.equipment.async_read()
        for seconds in (31, 61, 301):
            await pass_time(hass, seconds)
            assert not told(heard)
            assert issue_of(hass, settled) is None
        assert state(hass, ROOF_OPEN) == "unavailable"


@pytest.mark.parametrize("shut", [True, False])
async def test_home_assistant_starts_with_n_i_n_a_down(
    hass: HomeAssistant, night: Observatory, shut: bool
) -> None:
    """What was last seen of the roof is kept: one that was open is reported, a closed one is not."""
    if shut:
        night.dome.put_shutter(0.0)
        night.dome.refresh()
    entry = make_entry(night)
    await set_up(hass, entry)
    await unload(hass, entry)
    heard = async_capture_events(hass, EVENT_NINA)
    async with night.faults.during("refuse"):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        if shut:
            await pass_time(hass, 61)
            assert not told(heard)
            assert issue_of(hass, entry) is None
        else:
            await within(hass, 46, lambda: told(heard))
            await is_told(hass, entry, heard, "roof_unreachable")
            # Once more: it is not told again, and the issue is still there.
            assert await hass.config_entries.async_reload(entry.entry_id)
            await within(hass, 46, lambda: state(hass, ROOF_OPEN) == "on")
            await is_told(hass, entry, heard, "roof_unreachable")
            assert attributes(hass, ROOF_OPEN)["reason"] == "unreachable"
        await unload(hass, entry)


async def test_a_roof_that_closes_for_far_longer_than_usual(
    hass: HomeAssistant, night: Observatory
) -> None:
    """At first only that it is not confirmed; once its time is known, after twice that."""
    async with entry_with(hass, night) as entry:
        heard = async_capture_events(hass, EVENT_NINA)
        # In this time a first use is reported after 1.5 s.
        entry.runtime_data.runner.pace.scale = 1 / 60
        night.dome.shutter_seconds = 60
        call = hass.async_create_task(act(hass, "cover.close_cover", DOME))
        issues, first = ir.async_get(hass), f"roof_unconfirmed_{entry.entry_id}"
        await eventually(lambda: issues.async_get_issue(DOMAIN, first))
        assert not told(heard)
        await call
        assert issues.async_get_issue(DOMAIN, first) is None
        entry.runtime_data.runner.pace.scale = 1 / 15
        await act(hass, "cover.open_cover", DOME)
        night.dome.shutter_seconds = 240
        call = hass.async_create_task(act(hass, "cover.close_cover", DOME))
        await eventually(lambda: told(heard))
        assert told(heard)[0]["reason"] == "closing"
        assert issue_of(hass, entry) == "roof_closing"
        await call
        assert issue_of(hass, entry) is None
        assert len(told(heard)) == 1


async def test_the_report_of_the_night(hass: HomeAssistant, night: Observatory) -> None:
    """It has what readings showed of the roof."""
    async with entry_with(hass, night) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        async with night.faults.during("stuck_shutter"):
            with pytest.raises(HomeAssistantError):
                await act(hass, "cover.close_cover", DOME)
        await act(hass, "cover.close_cover", DOME)
        marks = [mark.kind for mark in entry.runtime_data.nights._marks["own"]]
        assert [mark for mark in marks if mark.startswith("roof")] == [
            "roof_close_failed",
            "roof_closed",
        ]


async def test_a_close_that_was_never_seen_is_told_and_confirmed(
    hass: HomeAssistant, night: Observatory
) -> None:
    """Nothing is in danger: it is told as not confirmed yet, and that it is closed at last."""
    night.dome.habits = RoofHabits(RoofWords.SWITCHES, close_seconds=200)
    events = async_capture_events(hass, EVENT_NINA)
    async with entry_with(hass, night) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 20
        await act(hass, "cover.close_cover", DOME)
        issues = ir.async_get(hass).issues
        assert (DOMAIN, f"roof_unconfirmed_{entry.entry_id}") not in issues
    kinds = [event.data["type"] for event in events if event.data["type"].startswith("roof_close")]
    assert kinds == ["roof_close_unconfirmed", "roof_close_confirmed"]
