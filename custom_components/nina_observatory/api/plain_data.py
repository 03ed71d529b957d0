"""Plain data: what JSON, templates and the event bus can hold."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from math import isfinite
from typing import Any

from .models.enums import Unknown


def plain(value: object) -> Any:
    """Return a value, or all values in a model or a collection, as plain data.

    Members of enumerations become their values, times ISO texts, durations seconds, models
    dictionaries. Unknown (None) are a time without an offset and a number that is not finite.
    Anything else stays as it is.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Unknown):
        return value.raw
    if isinstance(value, datetime):
        return None if value.tzinfo is None else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float):
        return value if isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value
