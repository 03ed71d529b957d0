"""Word of the targets that are begun: each once, no matter who knows of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import EVENT_NINA
from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .states import state, stream_lost, until
from .waiting import eventually

TARGET = "sensor.observatory_sequence_current_target"


@pytest.fixture
async def observatory(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory that images what the Target Scheduler plans, hardly faster than real."""
    async with Observatory(port=0, scheduler_port=0, speed=5, scenario="clear_night") as night:
        yield night


@pytest.fixture
async def imaging(hass: HomeAssistant, observatory: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return an entry that has found out what is imaged."""
    await eventually(lambda: "TS-TARGETSTART" in observatory.events.names)
    entry = make_entry(observatory)
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    yield entry
    await unload(hass, entry)


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


def told(heard: list[Event[Any]]) -> list[tuple[Any, Any]]:
    """Return the targets that were reported, each with the one before."""
    changes = [each.data["data"] for each in heard if each.data["type"] == "target_changed"]
    return [(change["previous"], change["target"]) for change in changes]


async def begin(observatory: Observatory, target: str) -> None:
    """Let the scheduler begin an exposure of a target."""
    end = observatory.clock.now() + timedelta(hours=1)
    await observatory.events.emit(
        "TS-TARGETSTART", TargetName=target, ProjectName="P", TargetEndTime=end.replace(tzinfo=None)
    )


async def test_each_target_is_told_once(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    imaging: MockConfigEntry,
) -> None:
    """Not the one that was found at the start, and not before every exposure again."""
    first = state(hass, TARGET)
    assert told(heard) == []
    for target in ("M 31", "M 31", "M 33"):
        await begin(observatory, target)
        await until(hass, TARGET, target)
    assert told(heard) == [(first, "M 31"), ("M 31", "M 33")]
    assert heard[-2].data["data"]["source"] == "target_scheduler"


async def test_a_wait_does_not_end_a_target(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    imaging: MockConfigEntry,
) -> None:
    """Neither does a reload, nor a gap in the stream."""
    await begin(observatory, "M 31")
    await eventually(lambda: len(told(heard)) == 1)
    end = observatory.clock.now() + timedelta(hours=1)
    await observatory.events.emit("TS-WAITSTART", WaitEndTime=end.isoformat())
    await until(hass, TARGET, "unknown")
    await begin(observatory, "M 31")
    await until(hass, TARGET, "M 31")
    await hass.config_entries.async_reload(imaging.entry_id)
    await until(hass, TARGET, "M 31")
    await eventually(lambda: imaging.runtime_data.listener.caught_up)
    assert len(told(heard)) == 1
    await begin(observatory, "M 33")
    await eventually(lambda: len(told(heard)) == 2)
    async with stream_lost(hass, observatory):
        await begin(observatory, "M 42")
    await until(hass, TARGET, "M 42")
    await eventually(lambda: imaging.runtime_data.listener.caught_up)
    assert len(told(heard)) == 2
