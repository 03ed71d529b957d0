"""Whether something grew, was lost or was reported twice."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Final

from .events import Key
from .measure import Held
from .night import Account

# By how much a figure may be above that of the first day, on any later day. What comes and goes is
# left out by counting several times; one task that is left behind by each of three reloads shows. Of
# a longer night more is held until the next one: a few hundred frames, another sequence of 400 objects,
# and the states of the targets that it came to; 1,523 objects were seen.
SLACK: Final = Held(
    memory=30.0, objects=3_000, tasks=2, sockets=2, timers=6, listeners=5, threads=4
)
# By how much memory, in megabytes, and objects may grow each night, over nights after the first two:
# as a line through all of them.
PER_NIGHT: Final = {"memory": 2.0, "objects": 300.0}
# With fewer days a line says nothing.
_DAYS_OF_LINE: Final = 5
_WARM_UP: Final = 2
# Lines of the log in an outage: that N.I.N.A. and its Target Scheduler are gone and back.
LINES_PER_OUTAGE: Final = 4


def judge(nights: Sequence[Account], days: Sequence[Held], first: int = 1) -> list[str]:
    """Return the faults of nights from the first one on, with the days before and after each."""
    faults: list[str] = []
    for number, night in enumerate(nights, first):
        faults += (f"night {number}: {fault}" for fault in _of_night(night))
    for number, day in enumerate(days[1:], first):
        faults += (f"after night {number}: {fault}" for fault in _above(days[0], day))
    return [*faults, *_lines(days)]


def _of_night(night: Account) -> Iterator[str]:
    """Yield what was wrong in a night."""
    balance = night.balance
    yield from (f"lost {times} × {describe(key)}" for key, times in balance.lost.items())
    yield from (f"told {times} too often: {describe(key)}" for key, times in balance.twice.items())
    for entity, (due, shown) in night.entities.items():
        yield f"{entity} showed {shown} moments instead of {due}"
    for name, lines in night.outages:
        if lines > LINES_PER_OUTAGE:
            yield f"{lines} lines of the log for one outage ({name})"
    yield from (f"logged: {complaint}" for complaint in night.complaints)


def _above(first: Held, day: Held) -> Iterator[str]:
    """Yield what is held beyond what the first day had."""
    for each in fields(Held):
        before, now = getattr(first, each.name), getattr(day, each.name)
        if now > before + getattr(SLACK, each.name):
            yield f"{each.name} grew from {before:g} to {now:g}"


def _lines(days: Sequence[Held]) -> Iterator[str]:
    """Yield what grows night by night."""
    warm = days[_WARM_UP:]
    if len(warm) < _DAYS_OF_LINE:
        return
    for name, limit in PER_NIGHT.items():
        slope = slope_of([getattr(day, name) for day in warm])
        if slope > limit:
            yield f"{name} grows by {slope:.1f} a night"


def slope_of(values: Sequence[float]) -> float:
    """Return by how much a line of least squares through values rises from one to the next."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    rise = sum((place - middle) * (value - mean) for place, value in enumerate(values))
    return rise / sum((place - middle) ** 2 for place in range(len(values)))


def describe(key: Key) -> str:
    """Return an event as a short text."""
    kind, values = key
    return " ".join([kind, *sorted(f"{name}={value}" for name, value in values)])
