"""A legend of several rows, for plots with many series."""

from collections.abc import Iterable
from typing import Final

from .plate import Entry, Plate, cut, width_of

# The widest name in shares of the width of the plate.
_WIDEST: Final = 0.22
# The place that an entry needs besides its name, in sizes of its text.
_BESIDES: Final = 3.0
_MARGINS: Final = 36.0


def draw_legend(plate: Plate, entries: Iterable[Entry], most: int) -> None:
    """Write a legend in at most some rows; the last one ends with an ellipsis if it is too long."""
    size = plate.size()
    space = plate.width - _MARGINS * plate.unit
    rows: list[list[Entry]] = [[]]
    used = 0.0
    for entry in entries:
        name = cut(entry.name, size, plate.width * _WIDEST)
        width = width_of(name, size) + size * _BESIDES
        if rows[-1] and used + width > space and len(rows) < most:
            rows.append([])
            used = 0.0
        rows[-1].append(Entry(name, entry.color, entry.mark))
        used += width
    for row in rows:
        plate.legend(*row)
