"""Values for a language model: short names, local times, and nothing that is unknown."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..api import one_line, plain
from .tool import LONGEST_NAME


def named(text: str | None, longest: int = LONGEST_NAME) -> str | None:
    """Return a text of N.I.N.A. as one short line; None if it is empty."""
    return None if text is None else one_line(text, longest) or None


def word(value: object) -> str | None:
    """Return a member of an enumeration, or what N.I.N.A. calls one that is unknown."""
    return None if value is None else named(str(plain(value)))


def local(moment: datetime | None) -> str | None:
    """Return a moment in Home Assistant's time zone; None for one without a zone."""
    if moment is None or moment.tzinfo is None:
        return None
    return dt_util.as_local(moment).isoformat(timespec="seconds")


def rounded(value: float | None, digits: int = 2) -> float | None:
    """Return a number with as many digits as anyone needs."""
    return None if value is None else round(value, digits)


def whole(value: float | None) -> int | None:
    """Return a number without digits."""
    return None if value is None else round(value)


def known(**values: JsonValueType) -> JsonObjectType:
    """Return the values that are known."""
    return {key: value for key, value in values.items() if value is not None}


def listed[ItemT](
    key: str, items: Sequence[ItemT], most: int, make: Callable[[ItemT], JsonValueType]
) -> Mapping[str, JsonValueType]:
    """Return the first items under a key, and how many more there are: there may be thousands."""
    more = len(items) - most
    made = [make(item) for item in items[:most]]
    return {key: made, **({f"more_{key}": more} if more > 0 else {})}
