"""A running sequence that waits for a person or for safety, under every name that a user may give."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import EVENT_NINA
from custom_components.nina_observatory.logbook import message
from custom_components.nina_observatory.readings.unsafe_rest import RESTS_AFTER
from simulator import Observatory
from simulator.sequence.conditions import LoopForIterations
from simulator.sequence.containers import Parallel, Target
from simulator.sequence.exposures import SmartExposure, TakeExposure
from simulator.sequence.library import do
from simulator.sequence.node import Container, Instruction
from simulator.sequence.plan import Plan
from simulator.sky import Coordinates

from .conftest import make_entry, set_up, unload
from .states import attributes, state, until
from .waiting import eventually

PERSON = "binary_sensor.observatory_sequence_needs_confirmation"
PLACE = Coordinates(0.7, 41.0)
STALLED = "binary_sensor.observatory_imaging_stalled"
STATE = "sensor.observatory_sequence_state"
ENDS = "sensor.observatory_sequence_end"
AUTOMATION = Path("docs/automations/waiting_for_person.yaml")
EVENT = "event.observatory_sequence_sequence_events"
# What the recorder keeps of the attributes of a state.
LARGEST_ATTRIBUTES = 16_384

pytestmark = pytest.mark.usefixtures("quiet")


async def begin(observatory: Observatory, *targets: Instruction) -> None:
    """Start a sequence without its checklist."""
    observatory.sequence.plan = Plan(targets=list(targets))
    await observatory.sequence.start(skip_validation=True)


def told(events: list[Any]) -> list[dict[str, Any]]:
    """Return what was told of waiting for a person."""
    return [each.data["data"] for each in events if each.data["type"] == "waiting_for_person"]


@pytest.fixture(params=["2.0.1", "2.1", "2.2.9", "2.2.15"])
async def dialect(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncIterator[Any]:
    """Run an observatory of some version."""
    async with Observatory(port=0, speed=150, version=request.param, scenario="idle") as running:
        yield running


async def test_a_message_box(hass: HomeAssistant, dialect: Observatory) -> None:
    """Known by its text, which plugin 2.0 does not show; it has no end, and stalls nothing."""
    entry = make_entry(dialect)
    await set_up(hass, entry)
    await until(hass, PERSON, "off")
    events = async_capture_events(hass, EVENT_NINA)
    reader = entry.runtime_data.sequence
    box = do("Message Box", "Nachrichtenfeld", Text="Take off\nthe *cap*")
    frames = SmartExposure("L", 2, 0, ExposureTime=60.0)

    await begin(dialect, Target("M 31", PLACE, [box, frames]))
    await eventually(lambda: dialect.dialogs.texts)
    await reader.async_read()
    if dialect.dialect.is_wiki:
        assert [state(hass, each) for each in (PERSON, ENDS)] == ["off", "unknown"]
        await unload(hass, entry)
        return
    await until(hass, PERSON, "on")
    assert [state(hass, each) for each in (STATE, ENDS)] == ["waiting", "unknown"]
    shown = attributes(hass, PERSON)
    assert (shown["reason"], shown["text"]) == ("message_box", "Take off the *cap*")
    assert told(events) == [{"reason": "message_box", "text": "Take off the *cap*"}]
    assert attributes(hass, EVENT)["event_type"] == "waiting_for_person"
    assert attributes(hass, EVENT)["text"] == "Take off the *cap*"
    told_of = next(each.data for each in events if each.data["type"] == "waiting_for_person")
    assert message(hass, told_of) == "Needs confirmation: Take off the *cap*"
    dialect.dialogs.answer()
    await eventually(lambda: not dialect.dialogs.texts)
    await reader.async_read()
    await until(hass, PERSON, "off")
    assert attributes(hass, PERSON)["text"] is None
    assert len(told(events)) == 1
    await unload(hass, entry)


async def test_a_message_box_beside_others(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Each is reported; what goes on beside them goes on, and a text of any length is cut."""
    events = async_capture_events(hass, EVENT_NINA)
    reader = settled.runtime_data.sequence
    await until(hass, PERSON, "off")
    boxes = Container("", [do("Message Box", Text="Ä" * 20_000), do("Message Box", "", Text="")])
    wait = do("Wait for Time Span", Time=90_000)
    await begin(observatory, Parallel("Both", [wait, Container("", [boxes])]))
    await eventually(lambda: observatory.dialogs.texts)
    await reader.async_read()
    await until(hass, PERSON, "on")
    assert state(hass, STATE) == "waiting"
    assert attributes(hass, PERSON)["text"].startswith("ÄÄÄ")
    assert len(json_bytes(dict(attributes(hass, PERSON)))) < LARGEST_ATTRIBUTES
    observatory.dialogs.answer()
    await eventually(lambda: observatory.dialogs.texts == [""])
    await reader.async_read()
    await eventually(lambda: attributes(hass, PERSON)["text"] == "")
    assert [each["text"][:3] for each in told(events)] == ["ÄÄÄ", ""]
    await observatory.sequence.stop()
    await reader.async_read()
    await until(hass, PERSON, "off")


async def test_a_message_box_that_was_there_before(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It is shown after a reload, and told no second time; cooling goes on beside it."""
    await until(hass, PERSON, "off")
    await begin(
        observatory,
        Parallel(
            "Both", [do("Message Box", "Hinweis", Text="Cap?"), do("Cool Camera", Duration=99.0)]
        ),
    )
    await eventually(lambda: observatory.dialogs.texts)
    await settled.runtime_data.sequence.async_read()
    await until(hass, PERSON, "on")
    assert state(hass, STATE) == "running"
    events = async_capture_events(hass, EVENT_NINA)
    assert await hass.config_entries.async_reload(settled.entry_id)
    await until(hass, PERSON, "on")
    assert attributes(hass, PERSON)["text"] == "Cap?"
    assert told(events) == []


async def test_the_example_automation(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It shows the text until somebody clicked, and what to do where there is none."""
    config: Any = await hass.async_add_executor_job(load_yaml, AUTOMATION)
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(hass, "automation", {"automation": config})
    await until(hass, PERSON, "off")
    boxes = [do("Message Box", Text="Take off the cap"), do("Message Box", Text="")]
    await begin(observatory, *boxes, do("Wait for Time Span", Time=9000))
    for text in ("Take off the cap", "Check the screen of the imaging computer."):
        await eventually(lambda: observatory.dialogs.texts)
        await settled.runtime_data.sequence.async_read()
        await eventually(partial(_is_told, hass, text))
        dialogs = observatory.dialogs.texts
        observatory.dialogs.answer()
        await eventually(partial(_is_answered, observatory, dialogs))
    await settled.runtime_data.sequence.async_read()
    await eventually(lambda: notifications(hass) == [])


def _is_told(hass: HomeAssistant, text: str) -> bool:
    """Return whether a text is all that is reported."""
    return notifications(hass) == [text]


def _is_answered(observatory: Observatory, dialogs: list[str]) -> bool:
    """Return whether something else is asked than before."""
    return observatory.dialogs.texts != dialogs


def notifications(hass: HomeAssistant) -> list[str]:
    """Return the texts of all notifications."""
    shown = hass.data.get("persistent_notification", {}).values()
    return [each["message"] for each in shown]


@pytest.mark.parametrize("name", [None, "Warten bis sicher", "Seeing?", ""])
async def test_waiting_until_it_is_safe(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, name: str | None
) -> None:
    """It shows nothing but its name: that it is not safe, and that nothing else happens, tells."""
    began = hass.loop.time()
    observatory.safety_monitor.is_safe = False
    observatory.safety_monitor.refresh()
    data = settled.runtime_data
    frames = SmartExposure("L", 2, 0, ExposureTime=60.0)
    await begin(observatory, Container("Night", [do("Wait until safe", name), frames]))
    await data.equipment.async_read()
    await data.sequence.async_read()
    await until(hass, STATE, "running")
    await until(hass, STATE, "waiting")
    # Between two instructions that move something, all devices rest as well.
    assert RESTS_AFTER <= hass.loop.time() - began < RESTS_AFTER + 10
    assert state(hass, ENDS) == "unknown"
    assert state(hass, STALLED) == "off"
    observatory.safety_monitor.is_safe = True
    observatory.safety_monitor.refresh()
    await data.equipment.async_read()
    await until(hass, STATE, "running")


async def test_what_moves_while_it_is_not_safe_does_not_wait(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Nor does what shows more than a name."""
    data = settled.runtime_data
    observatory.safety_monitor.is_safe = False
    observatory.safety_monitor.refresh()
    await observatory.pointing.unpark()
    cool = do("Cool Camera", "Wait until safe", Duration=99.0)
    await begin(observatory, Container("", [cool], [LoopForIterations(2)]))
    await data.equipment.async_read()
    await eventually(lambda: data.sequence.data.unsafe)
    await data.sequence.async_read()
    await until(hass, STATE, "running")
    assert not data.sequence.data.waits_for_safety


async def test_imaging_does_not_stall_where_nothing_is_imaged(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the mount is parked, the roof is closed, or a person is waited for."""
    monkeypatch.setattr(
        "custom_components.nina_observatory.night.detectors.NO_FRAME", timedelta(seconds=0.05)
    )
    data = settled.runtime_data

    async def is_quiet() -> None:
        """Look for longer than frames may take."""
        until_then = hass.loop.time() + 0.5
        while hass.loop.time() < until_then:
            await data.equipment.async_read()
            assert state(hass, STALLED) == "off"

    await until(hass, STALLED, "off")
    await begin(observatory, Target("M 31", PLACE, [TakeExposure(ExposureTime=90_000.0)]))
    await data.sequence.async_read()
    await until(hass, STATE, "running")
    await is_quiet()
    await observatory.pointing.unpark()
    await is_quiet()
    observatory.dome.put_shutter(1.0)
    async with asyncio.timeout(20):
        while state(hass, STALLED) != "on":
            await data.equipment.async_read()
    mount = data.equipment.data.equipment.mount
    assert mount is not None
    assert not mount.parked
    await observatory.sequence.stop()
    await eventually(lambda: not observatory.sequence.running)
    frames = TakeExposure(ExposureTime=60.0)
    await begin(observatory, Target("M 31", PLACE, [do("Message Box", "Halt", Text="?"), frames]))
    await eventually(lambda: observatory.dialogs.texts)
    await data.sequence.async_read()
    await until(hass, STALLED, "off")
    await is_quiet()
    assert state(hass, PERSON) == "on"
