"""The sequences of `tests/sequences` on the wire, and what Home Assistant shows of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import batched
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .sequences import Case, cases
from .states import attributes, state, until
from .waiting import eventually

NAME = "sensor.observatory_"
TARGET = f"{NAME}sequence_current_target"
PERSON = "binary_sensor.observatory_sequence_needs_confirmation"
# How many are looked at in one test, which takes some tenths of a second for each.
BATCH = 16
BATCHES = {
    f"{version} {number}": batch
    for version in sorted({case.plugin for case in cases()})
    for number, batch in enumerate(
        batched((each for each in cases() if each.plugin == version), BATCH, strict=False)
    )
}


def known(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return a state, None for unknown."""
    shown = state(hass, entity_id)
    assert shown != STATE_UNAVAILABLE, entity_id
    return None if shown == STATE_UNKNOWN else shown


def number(hass: HomeAssistant, name: str) -> float | None:
    """Return a number, None for unknown."""
    shown = known(hass, f"{NAME}{name}")
    return None if shown is None else float(shown)


def moment(hass: HomeAssistant, name: str) -> datetime | None:
    """Return a time, None for unknown."""
    shown = known(hass, f"{NAME}{name}")
    return None if shown is None else datetime.fromisoformat(shown)


def shown(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the entities show."""
    at = attributes(hass, TARGET)
    place = [at["right_ascension"], at["declination"]]
    running = known(hass, "switch.observatory_sequence")
    person = attributes(hass, PERSON)
    return {
        "running": None if running is None else running == "on",
        "state": known(hass, f"{NAME}sequence_state"),
        "target": known(hass, TARGET),
        "coordinates": None if None in place else place,
        "done": number(hass, "sequence_completed_exposures"),
        "of": number(hass, "sequence_total_exposures"),
        "progress": number(hass, "sequence_progress"),
        "ends_at": moment(hass, "sequence_end"),
        "instruction": known(hass, f"{NAME}sequence_current_instruction"),
        "waiting_until": moment(hass, "sequence_waiting_until"),
        "person": person.get("text") if state(hass, PERSON) == "on" else False,
    }


def serve(observatory: Observatory, case: Case) -> None:
    """Have the simulated N.I.N.A. answer with a case."""
    observatory.transport.given = {
        "/sequence/json": case.tree,
        "/image-history": case.frames,
        "/event-history": case.events,
    }
    observatory.safety_monitor.is_safe = case.safe
    observatory.safety_monitor.refresh()


@asynccontextmanager
async def watching(hass: HomeAssistant, observatory: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Have Home Assistant watch an observatory that it never saw before, until all is read."""
    entry = make_entry(observatory)
    try:
        await set_up(hass, entry)
        data = entry.runtime_data
        await eventually(lambda: data.listener.caught_up and data.frames.data.known)
        await eventually(lambda: data.sequence.data.reachable and not observatory.ledger.pending)
        await hass.async_block_till_done(wait_background_tasks=False)
        yield entry
    finally:
        await unload(hass, entry)
        await hass.config_entries.async_remove(entry.entry_id)


@pytest.mark.parametrize("batch", BATCHES)
async def test_cases(
    hass: HomeAssistant, socket_enabled: None, batch: str, subtests: pytest.Subtests
) -> None:
    """What the entities show of each, under every version of the plugin."""
    version, start = BATCHES[batch][0].plugin, dt_util.now()
    async with Observatory(port=0, speed=1, version=version, start=start) as observatory:
        for case in BATCHES[batch]:
            with subtests.test(case.name):
                moved = case.moved(dt_util.now().replace(microsecond=0))
                serve(observatory, moved)
                async with watching(hass, observatory):
                    assert moved.wrong(shown(hass)) == {}, case.about


async def test_a_late_frame_and_a_name_of_its_own(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """A frame that was begun before its container ended names nothing that runs by then."""
    by_name = {case.name: case for case in cases()}
    start = dt_util.now()
    async with Observatory(port=0, speed=1, start=start) as observatory:
        case = by_name["same target twice other between"].moved(start)
        serve(observatory, case)
        async with watching(hass, observatory) as entry:
            frames = entry.runtime_data.frames
            assert state(hass, TARGET) == "M 33"

            async def save(target: str, seconds: float) -> None:
                """Save a light frame that has just ended, and have it taken in."""
                count = len(frames.data.frames)
                frame = {
                    **case.frames[-1],
                    "Date": dt_util.now().isoformat(),
                    "TargetName": target,
                    "ExposureTime": seconds,
                    "Filename": f"new {count}.fits",
                }
                await observatory.events.emit("IMAGE-SAVE", ImageStatistics=frame)
                await eventually(lambda: len(frames.data.frames) > count)
                await hass.async_block_till_done(wait_background_tasks=False)

            await save("M 31", 300)
            assert state(hass, TARGET) == "M 33"
            slew, exposure = case.tree[2]["Items"][1]["Items"]
            slew["Status"], exposure["Status"] = "FINISHED", "RUNNING"
            await entry.runtime_data.sequence.async_read()
            assert state(hass, TARGET) == "M 33"
            await save("Triangulum", 0.001)
            exposure["CompletedIterations"] = 1
            await entry.runtime_data.sequence.async_read()
            await until(hass, TARGET, "Triangulum")
            await save("M 31", 300)
            assert state(hass, TARGET) == "Triangulum"
