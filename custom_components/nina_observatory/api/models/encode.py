"""Encode models as the wire has them: data that is kept is decoded and checked like an answer."""

from dataclasses import is_dataclass
from datetime import datetime, timedelta
from typing import Any

from .base import model_config
from .enums import Unknown, WireEnum


def encode(model: object) -> dict[str, Any]:
    """Return a model as the JSON object from which `decode` makes the same model.

    Unknown values (None) are left out.
    """
    names = model_config(type(model)).aliases
    values = ((alias, getattr(model, name)) for name, alias in names.items())
    return {alias: _encoded(value) for alias, value in values if value is not None}


def _encoded(value: object) -> Any:
    """Return a value as the wire has it."""
    match value:
        case WireEnum():
            return value.wire_name
        case Unknown():
            return value.raw
        case datetime():
            return value.isoformat()
        case timedelta():
            return _time_span(value)
        case list() | tuple():
            return [_encoded(each) for each in value]
    return encode(value) if is_dataclass(value) else value


def _time_span(value: timedelta) -> str:
    """Return a duration as a .NET time span, `[-][d.]hh:mm:ss.ffffff`."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours:02}:{minutes:02}:{seconds:02}.{value.microseconds:06}"
    return f"{sign}{value.days}.{clock}"
