"""What is kept of a roof over restarts, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .watch import RoofProblem, RoofReading, RoofRecord


@dataclass(frozen=True, slots=True)
class RoofMemory:
    """What was seen and told of a roof, when it was read last, and of which device."""

    record: RoofRecord
    seen_at: datetime | None
    device_id: str | None


def encode(memory: RoofMemory) -> dict[str, Any]:
    """Return plain data."""
    record = memory.record
    return {
        "reading": record.reading,
        "seen_at": None if memory.seen_at is None else memory.seen_at.isoformat(),
        "device_id": memory.device_id,
        "failed": record.failed,
        "demanded": record.demanded,
        "told": record.told,
        "attempts": record.attempts,
    }


def decode(kept: Mapping[str, Any]) -> RoofMemory:
    """Return what was kept; raises ValueError, TypeError or LookupError for any other shape."""
    reading, failed, seen = kept["reading"], kept["failed"], kept["seen_at"]
    device_id = kept["device_id"]
    if not isinstance(device_id, str | None):
        raise TypeError("not the id of a device")
    record = RoofRecord(
        reading=None if reading is None else RoofReading(reading),
        failed=None if failed is None else RoofProblem(failed),
        demanded=kept["demanded"] is True,
        told=kept["told"] is True,
        attempts=int(kept["attempts"]),
    )
    seen_at = None if seen is None else datetime.fromisoformat(seen)
    if seen_at is not None and seen_at.tzinfo is None:
        raise ValueError("a time without a zone")
    return RoofMemory(record, seen_at, device_id)
