"""Local times: those of the imaging computer without an offset, and those in texts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
import re
from typing import Any, Final

from homeassistant.util import dt as dt_util

from ..api import LogEntry, NinaClient, NinaError
from ..api.clocks import zone_at
from ..api.models.wire import moment
from ..const import LOGGER

_NO_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)
# Lines of a log that several threads write may be out of order by less than this.
_OUT_OF_ORDER: Final = timedelta(minutes=1)


def date_and_minute(moment: datetime) -> str:
    """Return a time for a text, in Home Assistant's time zone."""
    return f"{dt_util.as_local(moment):%Y-%m-%d %H:%M}"


async def async_read_zone(client: NinaClient) -> tzinfo | None:
    """Return the time zone of the imaging computer by its clock, or by an earlier time from it."""
    computer_time = client.computer_time
    try:
        computer_time = await client.application.get_time() or computer_time
    except NinaError as err:
        LOGGER.debug("The clock of the imaging computer could not be read: %s", err)
    return zone_at(computer_time, client.likely_zone())


def dated_lines(lines: Sequence[LogEntry], zone: tzinfo | None) -> list[LogEntry]:
    """Return lines of a log, newest first, whose times carry an offset or are None.

    In the repeated hour when clocks are turned back, only the order of the lines can resolve the
    time; if it does not, the time is unknown.
    """
    times = [moment(line.timestamp, zone) for line in lines]
    known = [(index, time) for index, time in enumerate(times) if time is not None]
    turned = next(
        (
            older
            for (_, after), (older, before) in pairwise(known)
            if _comes_twice(after) and _comes_twice(before) and after + _OUT_OF_ORDER < before
        ),
        None,
    )
    dated = (_dated(time, index, turned) for index, time in enumerate(times))
    return [
        replace(line, timestamp=None if time is None else time.isoformat())
        for line, time in zip(lines, dated, strict=True)
    ]


def _dated(time: datetime | None, index: int, turned: int | None) -> datetime | None:
    """Return the time of a line; `turned` is the first line from before clocks were turned back."""
    if time is None or not _comes_twice(time):
        return time
    return None if turned is None else time.replace(fold=int(index < turned))


def _comes_twice(time: datetime) -> bool:
    """Return whether a local time is in the repeated hour."""
    return time.utcoffset() != time.replace(fold=1).utcoffset()


def absolute(value: object) -> Any:
    """Return plain data without times that have no offset: those are unknown."""
    if isinstance(value, dict):
        return {key: absolute(item) for key, item in value.items()}
    if isinstance(value, list):
        return [absolute(item) for item in value]
    return None if isinstance(value, str) and _NO_OFFSET.fullmatch(value) else value
