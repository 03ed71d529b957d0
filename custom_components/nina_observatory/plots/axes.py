"""Axes: the range of values they show, and where their ticks are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor, isfinite, log10
from typing import Final, NamedTuple

from .style import MUTED, Color
from .texts import Texts

# Steps of ticks on a time axis in seconds.
_TIME_STEPS: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 14400, 21600, 43200, 86400),
)
_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
# The range of an axis without any values, or whose values are all equal.
_ALONE: Final = 1.0
_MOST_DECIMALS: Final = 9
# Values that differ by less are equal: no label shows the difference.
_SAME: Final = 1e-9
# Shares of a step by which a tick may be beyond the range, for the errors of floating point.
_SLACK: Final = 1e-6


class Tick(NamedTuple):
    """A tick of an axis and its label."""

    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The range of an axis, its name with its unit, and a function for its ticks, of at most a number.

    `color` is that of the name: of the series if the axis is for one alone.
    """

    low: float
    high: float
    ticks: Callable[[int], Sequence[Tick]]
    name: str = ""
    color: Color = MUTED

    def share(self, value: float) -> float:
        """Return where a value is on the axis: 0 at its low end, 1 at its high end."""
        return (value - self.low) / (self.high - self.low)


def finite(values: Iterable[float | None]) -> list[float]:
    """Return the values that are numbers."""
    return [value for value in values if value is not None and isfinite(value)]


def number_axis(
    values: Iterable[float | None],
    texts: Texts,
    *,
    name: str = "",
    low: float | None = None,
    high: float | None = None,
    symmetric: bool = False,
    rounded: bool = True,
    most: int = 6,
) -> Axis:
    """Return an axis that shows all values, and reaches from `low` to `high` where they are given.

    It ends at ticks if it is `rounded`, and has 0 in its middle if it is `symmetric`.
    """
    known = finite(values)
    first = min(known, default=0.0) if low is None else low
    last = max(known, default=first + _ALONE) if high is None else high
    if symmetric:
        last = max(abs(first), abs(last))
        first = -last
    if not last - first > _SAME:
        first = 0.0 if symmetric else first
        around = max(_ALONE, abs(first) * 1e-3)
        first, last = (first if low is not None else first - around), first + around
    if rounded:
        step = nice_step(last - first, most)
        first = first if low is not None else floor(first / step + _SLACK) * step
        last = last if high is not None else ceil(last / step - _SLACK) * step
    bounds = first, last
    return Axis(low=first, high=last, name=name, ticks=lambda count: _ticks(*bounds, count, texts))


def time_axis(start: float, end: float, texts: Texts, *, name: str = "") -> Axis:
    """Return an axis from one timestamp to another, whose ticks are round local times."""
    if not end > start:
        start, end = start - 60, start + 60
    return Axis(
        low=start, high=end, name=name, ticks=lambda count: _time_ticks(start, end, count, texts)
    )


def nice_step(span: float, most: int) -> float:
    """Return a round step that divides a span into at most a number of parts."""
    least = span / max(1, most)
    power = 10.0 ** floor(log10(least))
    return next(each for each in (power * part for part in _ROUND) if each >= least * (1 - _SLACK))


def decimals_of(step: float) -> int:
    """Return the decimals that numbers need which are multiples of a step."""
    for decimals in range(_MOST_DECIMALS):
        if abs(round(step, decimals) - step) < step * _SLACK:
            return decimals
    return _MOST_DECIMALS


def _ticks(low: float, high: float, most: int, texts: Texts) -> list[Tick]:
    """Return the multiples of a round step within a range."""
    step = nice_step(high - low, most)
    decimals = decimals_of(step)
    first, last = ceil(low / step - _SLACK), floor(high / step + _SLACK)
    values = [number * step for number in range(first, last + 1)]
    return [Tick(value, texts.number(value, decimals)) for value in values]


def _time_ticks(start: float, end: float, most: int, texts: Texts) -> list[Tick]:
    """Return round local times within a range."""
    least = (end - start) / max(1, most)
    step = next((each for each in _TIME_STEPS if each >= least), None)
    if step is None:
        step = ceil(least / _TIME_STEPS[-1]) * _TIME_STEPS[-1]
    offset = (texts.local(start).utcoffset() or timedelta()).total_seconds()
    first = ceil((start + offset) / step - _SLACK)
    last = floor((end + offset) / step + _SLACK)
    moments = [number * step - offset for number in range(first, last + 1)]
    return [Tick(each, texts.clock(each, seconds=step < 60)) for each in moments]
