"""What is kept of a roof comes back as it was, and anything else is put aside."""

from datetime import UTC, datetime
import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.roof.alarm_store import RoofMemory, decode, encode
from custom_components.nina_observatory.roof.watch import RoofProblem, RoofReading, RoofRecord

from .conftest import set_up, unload

RECORD = RoofRecord(
    reading=RoofReading.ERROR,
    failed=RoofProblem.NOT_CLOSED,
    demanded=True,
    told=True,
    attempts=3,
)
MEMORIES = (
    RoofMemory(RoofRecord(), None, None),
    RoofMemory(RECORD, datetime(2026, 2, 24, 22, tzinfo=UTC), "Roof"),
)


@pytest.mark.parametrize("memory", MEMORIES)
def test_there_and_back(memory: RoofMemory) -> None:
    assert decode(json.loads(json.dumps(encode(memory)))) == memory


@pytest.mark.parametrize(
    "wrong",
    [
        {"reading": "ajar"},
        {"failed": 3},
        {"seen_at": "yesterday"},
        {"seen_at": "2026-02-24T22:00:00"},
        {"device_id": ["a"]},
        {"attempts": None},
    ],
)
def test_another_shape(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        decode(encode(MEMORIES[1]) | wrong)


@pytest.mark.parametrize("data", [{}, {"reading": "ajar"}, {"reading": None}])
async def test_what_cannot_be_read_is_no_obstacle(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any], data: dict[str, Any]
) -> None:
    """The entry is set up, with nothing remembered."""
    key = f"nina_observatory.{entry.entry_id}.roof"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data}
    await set_up(hass, entry)
    assert entry.runtime_data.roof_alarm.last_reading is RoofReading.CLOSED
    await unload(hass, entry)
