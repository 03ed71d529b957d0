"""Exposures that N.I.N.A. does not count: unknown, or as many as there are frames of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.sequence.conditions import LoopForIterations
from simulator.sequence.containers import Target
from simulator.sequence.exposures import SmartExposure, TakeManyExposures
from simulator.sequence.library import do
from simulator.sequence.node import Container, Instruction
from simulator.sequence.plan import Plan
from simulator.sky import Coordinates

from .conftest import make_entry, set_up, unload
from .states import state, until
from .waiting import eventually

STATE = "sensor.observatory_sequence_state"
PROGRESS = "sensor.observatory_sequence_progress"
DONE = "sensor.observatory_sequence_completed_exposures"
TOTAL = "sensor.observatory_sequence_total_exposures"
ENDS = "sensor.observatory_sequence_end"
PLACE = Coordinates(0.7, 41.0)


@asynccontextmanager
async def night(
    hass: HomeAssistant, version: str, *items: Instruction
) -> AsyncIterator[tuple[Observatory, MockConfigEntry]]:
    """Run an observatory under the stars, with a target that is loaded and known."""
    async with Observatory(port=0, speed=150, version=version, scenario="idle") as observatory:
        observatory.dome.put_shutter(1.0)
        await observatory.pointing.unpark()
        observatory.sequence.plan = Plan(targets=[Target("M 31", PLACE, list(items))])
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.listener.caught_up)
        await eventually(lambda: entry.runtime_data.frames.data.known)
        await entry.runtime_data.sequence.async_read()
        try:
            yield observatory, entry
        finally:
            await unload(hass, entry)


async def watched(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> list[tuple[int, str, int, str]]:
    """Start the sequence; return done, end and frames (before and after each reading) until it is over."""
    seen: list[tuple[int, str, int, str]] = []
    await observatory.sequence.start(skip_validation=True)
    await until(hass, STATE, "running")
    while observatory.sequence.running:
        before = len(observatory.images.of_type(None))
        await entry.runtime_data.sequence.async_read()
        after = len(observatory.images.of_type(None))
        seen.append((before, state(hass, DONE), after, state(hass, ENDS)))
    await entry.runtime_data.sequence.async_read()
    return seen


@pytest.mark.parametrize("version", ["2.1", "2.2.9"])
async def test_smart_exposures_that_are_not_counted(
    hass: HomeAssistant, socket_enabled: None, version: str
) -> None:
    """Before plugin 2.2.10: two rounds of 3 and 2, through different filters."""
    wait = do("Wait for Time Span", Time=30)
    smart: list[Instruction] = [
        SmartExposure("L", 3, 0, ExposureTime=60.0),
        SmartExposure("R", 2, 0, ExposureTime=60.0),
    ]
    rounds = Container("LR", smart, [LoopForIterations(2)])
    async with night(hass, version, wait, rounds) as (rig, entry):
        seen = await watched(hass, rig, entry)
        assert (state(hass, DONE), state(hass, TOTAL)) == ("10", "10")
        assert float(state(hass, PROGRESS)) == 100
    known = [each for each in seen if each[1] != "unknown"]
    # A frame is saved a little later than it is counted.
    assert [each for each in known if not each[0] - 1 <= int(each[1]) <= each[2] + 1] == []
    # Not just those that are over.
    assert {each[1] for each in known} & {"1", "2", "4", "6", "7", "9"}


async def test_take_many_exposures(hass: HomeAssistant, socket_enabled: None) -> None:
    """Not counted in any version; a wait comes first, so that all of it is untouched."""
    many = TakeManyExposures(6, ExposureTime=60.0)
    async with night(hass, "2.2.15", do("Wait for Time Span", Time=30), many) as (rig, entry):
        assert (state(hass, DONE), state(hass, TOTAL)) == ("0", "6")
        seen = await watched(hass, rig, entry)
        assert (state(hass, DONE), state(hass, TOTAL)) == ("6", "6")
    known = [each for each in seen if each[1] != "unknown"]
    assert [each for each in known if not each[0] - 1 <= int(each[1]) <= each[2] + 1] == []
    between = {"1", "2", "3", "4", "5"}
    assert {each[1] for each in known} & between
    assert "unknown" not in {ends for _, done, _, ends in seen if done in between}


async def test_what_was_stopped_is_unknown(hass: HomeAssistant, socket_enabled: None) -> None:
    """It reads as if it had never run, and goes on with what is left."""
    many = TakeManyExposures(4, ExposureTime=60.0)
    async with night(hass, "2.2.15", many) as (rig, entry):
        assert (state(hass, DONE), state(hass, PROGRESS), state(hass, TOTAL)) == (
            "unknown",
            "unknown",
            "4",
        )
        await rig.sequence.start(skip_validation=True)
        await eventually(lambda: many.loop.values["CompletedIterations"] == 2)
        await rig.sequence.stop()
        await until(hass, STATE, "idle")
        assert (state(hass, DONE), state(hass, PROGRESS)) == ("unknown", "unknown")
        await rig.sequence.start(skip_validation=True)
        reader = entry.runtime_data.sequence
        shown: set[Any] = set()
        while rig.sequence.running:
            await reader.async_read()
            if many.loop.values["CompletedIterations"] < 4:
                shown.add(state(hass, DONE))
        assert shown == {"unknown"}


async def test_frames_may_be_those_of_another(hass: HomeAssistant, socket_enabled: None) -> None:
    """Two of the same kind, one right after the other: the last frame of the first comes late."""
    twice = [SmartExposure("L", 2, 0, ExposureTime=60.0) for _ in range(2)]
    async with night(hass, "2.2.9", *twice) as (rig, entry):
        seen = await watched(hass, rig, entry)
        assert state(hass, DONE) == "4"
    known = [each for each in seen if each[1] != "unknown"]
    assert [each for each in known if not each[0] - 1 <= int(each[1]) <= each[2] + 1] == []


async def test_without_the_event_stream_nothing_is_counted(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """A frame may have been missed."""
    many = TakeManyExposures(9, ExposureTime=60.0)
    async with night(hass, "2.2.15", many) as (rig, entry):
        await rig.sequence.start(skip_validation=True)
        async with rig.faults.during("socket_refuse"):
            await rig.faults.start("socket_drop")
            await eventually(lambda: not entry.runtime_data.listener.connected)
            await entry.runtime_data.sequence.async_read()
            assert state(hass, DONE) == "unknown"
            assert state(hass, ENDS) == "unknown"
