"""How N.I.N.A. writes values: the three serializers of the contract (chapter 1.5).

Data inside the simulator is plain: dicts stand for .NET objects, `Table` for hash tables, aware
datetimes for local or (zone UTC) universal times, naive ones for times of unspecified kind,
`WireEnum` for enumerations, `nan` for unknown doubles. Only this module turns it into text. Aware
datetimes are simulated moments, which `Style.shown` converts; naive ones are converted already.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from .enums import Named, WireEnum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["REST", "SOCKET", "STATE", "Single", "Style", "Table", "duration", "encode", "moment"]

_MAXIMUM_ESCAPE = 0xFFFF
_SHORT_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\"}
# Printable ASCII but for quotes, the backslash and what HTML gives a meaning is written as it is.
_ESCAPED = re.compile(r"""[^ -~]|["'+<>&`\\]""")


class Table(dict[str, Any]):
    """A hash table: its nulls are written, unlike those of an object."""


class Single(float):
    """A single-precision number: written with the digits that .NET gives a float."""

    __slots__ = ()


def _as_it_is(moment: datetime) -> datetime:
    return moment


@dataclass(frozen=True, slots=True)
class Style:
    """The habits of one serializer.

    `enum_names`: names instead of numbers; `keep_nulls`: null properties are written; `escape`:
    everything beyond harmless ASCII as a hexadecimal escape; `decimal`: whole doubles end in ".0"; `nan_zero`:
    NaN becomes 0. `shown` converts aware datetimes (`SimulationClock.shown`).
    """

    enum_names: bool = True
    keep_nulls: bool = False
    escape: bool = True
    decimal: bool = False
    nan_zero: bool = False
    shown: Callable[[datetime], datetime] = _as_it_is


REST = Style()
STATE = Style(enum_names=False, escape=False, decimal=True)
SOCKET = Style(enum_names=False, keep_nulls=True, escape=False, decimal=True)


def encode(value: Any, style: Style = REST) -> str:
    """Return the JSON text of a value; raises TypeError if it has no form on the wire."""
    pieces: list[str] = []
    _write(value, style, pieces)
    return "".join(pieces)


def moment(value: datetime) -> str:
    """Return a date-time in .NET's round-trip form with up to seven fraction digits."""
    text = value.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + _fraction(value.microsecond)
    offset = value.utcoffset()
    if offset is None:
        return text
    if value.tzinfo is UTC:
        return text + "Z"
    minutes = round(offset.total_seconds() / 60)
    hours, minutes = divmod(abs(minutes), 60)
    return f"{text}{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"


def duration(value: timedelta) -> str:
    """Return a time span as [-][d.]hh:mm:ss[.fffffff]."""
    sign = "-" if value < timedelta() else ""
    value = abs(value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{value.days}." if value.days else ""
    return f"{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{_fraction(value.microseconds, 7)}"


def _fraction(microseconds: int, fixed: int = 0) -> str:
    """Return the fraction with its seventh digit, which Python's clock does not have."""
    if not microseconds:
        return ""
    digits = f"{microseconds:06}{(microseconds * 7 + 3) % 10}"
    return "." + (digits if fixed else digits.rstrip("0"))


def _write(value: Any, style: Style, pieces: list[str]) -> None:
    """Append the text of any value; what there is most of comes first, and by its very type."""
    kind = type(value)
    if kind is str:
        pieces.append(_string(value, style.escape))
    elif kind is float:
        pieces.append(_double(value, style))
    elif kind is bool:
        pieces.append("true" if value else "false")
    elif kind is int:
        pieces.append(str(value))
    elif value is None:
        pieces.append("null")
    elif isinstance(value, dict):
        _write_object(value, style, pieces)
    elif isinstance(value, (list, tuple)):
        _write_array(value, style, pieces)
    elif isinstance(value, (WireEnum, Named)):
        pieces.append(_string(value.wire, style.escape) if style.enum_names else str(value.number))
    else:
        _write_other(value, style, pieces)


def _write_other(value: Any, style: Style, pieces: list[str]) -> None:
    """Append the text of a value that there are few of."""
    if isinstance(value, str):
        pieces.append(_string(value, style.escape))
    elif isinstance(value, float):
        pieces.append(_double(value, style))
    elif isinstance(value, int):
        pieces.append(str(value))
    elif isinstance(value, datetime):
        pieces.append(f'"{moment(value if value.tzinfo is None else style.shown(value))}"')
    elif isinstance(value, timedelta):
        pieces.append(f'"{duration(value)}"')
    elif isinstance(value, np.generic):
        _write(value.item(), style, pieces)
    else:
        raise TypeError(f"{type(value).__name__} has no form on the wire")


def _write_object(value: Mapping[str, Any], style: Style, pieces: list[str]) -> None:
    """Append an object; nulls are left out where the serializer does so."""
    keep = style.keep_nulls or isinstance(value, Table)
    escape, separator = style.escape, ""
    pieces.append("{")
    for key, item in value.items():
        if item is None and not keep:
            continue
        pieces.append(f"{separator}{_string(key, escape)}:")
        _write(item, style, pieces)
        separator = ","
    pieces.append("}")


def _write_array(value: Iterable[Any], style: Style, pieces: list[str]) -> None:
    """Append an array."""
    pieces.append("[")
    for number, item in enumerate(value):
        if number:
            pieces.append(",")
        _write(item, style, pieces)
    pieces.append("]")


def _double(value: float, style: Style) -> str:
    """Return a double as .NET writes it, NaN and infinities as strings."""
    if not math.isfinite(value):
        if math.isinf(value):
            return '"Infinity"' if value > 0 else '"-Infinity"'
        return "0" if style.nan_zero else '"NaN"'
    text = str(np.float32(value)) if isinstance(value, Single) else repr(float(value))
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa.removesuffix('.0')}E{exponent}"
    return text if style.decimal else text.removesuffix(".0")


# The same names and nearly the same texts are written every few seconds.
@lru_cache(maxsize=4096)
def _string(value: str, escape: bool) -> str:
    """Return a string, escaped the way the serializer does."""
    if escape:
        return f'"{_ESCAPED.sub(_escaped, value)}"'
    return json.dumps(value, ensure_ascii=False)


def _escaped(match: re.Match[str]) -> str:
    """Return a character that is not written as it is, as the REST serializer writes it."""
    character = match[0]
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    code = ord(character)
    if code <= _MAXIMUM_ESCAPE:
        return f"\\u{code:04X}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04X}\\u{0xDC00 + (code & 0x3FF):04X}"
