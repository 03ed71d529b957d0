"""What is kept of a roof comes back as it was, and anything else is put aside."""

from datetime import UTC, datetime
import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.roof.detector import RoofProblem, RoofReading, RoofRecord

from .conftest import set_up, unload

RECORD = RoofRecord(
    reading=RoofReading.ERROR,
    failed=RoofProblem.NOT_CLOSED,
    demanded=True,
    notified=True,
    attempts=3,
    seen_at=datetime(2026, 2, 24, 22, tzinfo=UTC),
    device_id="Roof",
)


@pytest.mark.parametrize("record", [RoofRecord(), RECORD])
def test_there_and_back(record: RoofRecord) -> None:
    assert RoofRecord.from_data(json.loads(json.dumps(record.as_data()))) == record


def test_a_computer_without_a_clock_remembers_too() -> None:
    """It begins in 1970 until it is told the time; an open roof must not be forgotten for that."""
    seen_at = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    kept = RECORD.as_data() | {"seen_at": seen_at.isoformat()}
    assert RoofRecord.from_data(kept).seen_at == seen_at


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
        RoofRecord.from_data(RECORD.as_data() | wrong)


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
