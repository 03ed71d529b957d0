"""N.I.N.A.'s replies as plain data for templates and scripts."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from homeassistant.util.json import JsonObjectType

from ..api import PlateSolveResult, Unknown


def plain(value: object) -> Any:
    """Return a model of the client as plain data: times as text, durations in seconds.

    A time without an offset is unknown.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Unknown):
        return value.raw
    if isinstance(value, datetime):
        return None if value.tzinfo is None else value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def solution(found: PlateSolveResult | None) -> JsonObjectType:
    """Return a plate solution in degrees; after a failure only that."""
    if found is None or not found.success:
        return {"success": False}
    place: JsonObjectType = {}
    if found.coordinates is not None and found.coordinates.right_ascension is not None:
        place["right_ascension"] = found.coordinates.right_ascension * 15
        place["declination"] = found.coordinates.declination
    return {**plain(found), "coordinates": place}
