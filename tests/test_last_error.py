"""The last error: what it was, when, and in whose words; also after a restart."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import EventType
from custom_components.nina_observatory.events.bus import BusEvent
from custom_components.nina_observatory.sensor.last_error import LONGEST_TEXT, LastError
from simulator import Observatory

from .states import attributes, state, stream_lost, until
from .waiting import eventually

LAST_ERROR = "sensor.observatory_last_error"
TIME = datetime(2026, 2, 24, 22, 26, tzinfo=UTC)


def event(kind: str, **data: Any) -> BusEvent:
    """Return an event of the bus."""
    time = TIME.isoformat()
    return {"device_id": None, "entry_id": "1", "type": kind, "time": time, "data": data}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, None),
        ({"entity": "Center", "error": "Plate\nsolving failed"}, "Center: Plate solving failed"),
        ({"entity": "Center", "error": None}, "Center"),
        ({"entity": 5, "error": ["x"]}, None),
        ({"error": "x" * 5000}, "x" * (LONGEST_TEXT - 1) + "…"),
    ],
)
def test_words(data: dict[str, Any], text: str | None) -> None:
    """One line of what N.I.N.A. said, whatever it sends."""
    found = LastError.of(event(EventType.SEQUENCE_ENTITY_FAILED, **data))
    assert found == LastError("sequence_entity_failed", TIME, text)


def test_what_is_no_error() -> None:
    assert LastError.of(event(EventType.AUTOFOCUS_FINISHED)) is None


@pytest.mark.usefixtures("quiet")
async def test_errors(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Unknown until there is one, then the last one; one that was missed counts as well."""
    assert state(hass, LAST_ERROR) == "unknown"
    await observatory.events.emit("ERROR-PLATESOLVE")
    await until(hass, LAST_ERROR, "plate_solve_failed")
    assert attributes(hass, LAST_ERROR)["text"] is None
    await observatory.events.emit("SEQUENCE-ENTITY-FAILED", Entity="Center", Error="No stars")
    await until(hass, LAST_ERROR, "sequence_entity_failed")
    assert attributes(hass, LAST_ERROR)["text"] == "Center: No stars"
    age = dt_util.utcnow() - attributes(hass, LAST_ERROR)["time"]
    assert timedelta() <= age < timedelta(minutes=1)
    await observatory.events.emit("AUTOFOCUS-FINISHED")
    async with stream_lost(hass, observatory):
        await observatory.events.emit("ERROR-AF")
    await eventually(lambda: settled.runtime_data.listener.caught_up)
    await until(hass, LAST_ERROR, "autofocus_failed")


async def test_kept(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """After a reload, as after a restart, also with N.I.N.A. closed."""
    await observatory.events.emit("SEQUENCE-ENTITY-FAILED", Entity="Center", Error="No stars")
    await until(hass, LAST_ERROR, "sequence_entity_failed")
    before = dict(attributes(hass, LAST_ERROR))
    async with observatory.faults.during("refuse"):
        assert await hass.config_entries.async_reload(settled.entry_id)
        await hass.async_block_till_done(wait_background_tasks=False)
        assert state(hass, LAST_ERROR) == "sequence_entity_failed"
        assert attributes(hass, LAST_ERROR) == before


KEPT = {"kind": "plate_solve_failed", "time": TIME.isoformat(), "text": "No stars"}


@pytest.mark.parametrize(
    ("kept", "error"),
    [
        (KEPT, LastError("plate_solve_failed", TIME, "No stars")),
        (KEPT | {"text": 5}, LastError("plate_solve_failed", TIME, None)),
        (KEPT | {"kind": "of_another_release"}, None),
        (KEPT | {"kind": ["x"]}, None),
        (KEPT | {"time": "yesterday"}, None),
        ({}, None),
    ],
)
def test_what_was_kept(kept: dict[str, Any], error: LastError | None) -> None:
    """One odd value costs only itself."""
    found = LastError.restored(kept)
    assert found == error
    assert found is None or LastError.restored(found.as_dict()) == found
