"""The figures of nights as a table, of which each line is printed when its night is over."""

from typing import Final

from .measure import Held
from .night import Account

_HEAD: Final = (
    *("night", "emitted", "reported", "replayed", "lost", "twice"),
    *("unrecorded", "forgotten", "moments", "wrong", "lines", "most"),
    *("memory MB", "objects", "tasks", "sockets", "timers", "listeners", "threads"),
)
_WIDTHS: Final = tuple(max(len(each), 5) for each in _HEAD)


def head() -> str:
    """Return the head of the table."""
    return _row(_HEAD)


def row(number: int, night: Account | None, day: Held) -> str:
    """Return the line of a night and the day after it; without a night that of the first day."""
    return _row((str(number), *_of_night(night), *_of_day(day)))


def total(nights: list[Account]) -> str:
    """Return the line of the sums of all nights."""
    columns = zip(*map(_of_night, nights), strict=True)
    sums = [sum(map(int, column)) for column in columns]
    sums[-1] = max(night.most_lines for night in nights)
    return _row(("sum", *map(str, sums)))


def _of_night(night: Account | None) -> tuple[str, ...]:
    """Return the figures of a night."""
    if night is None:
        return ("-",) * 11
    balance = night.balance
    figures = (
        *(balance.emitted, balance.told, balance.replayed),
        *(balance.lost.total(), balance.twice.total(), balance.unrecorded, balance.forgotten),
        *(night.moments, len(night.entities), night.lines, night.most_lines),
    )
    return tuple(map(str, figures))


def _of_day(day: Held) -> tuple[str, ...]:
    """Return the figures of a day."""
    return (f"{day.memory:.1f}", *(str(value) for value in list(vars(day).values())[1:]))


def _row(cells: tuple[str, ...]) -> str:
    """Return cells in columns."""
    return "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=False))
