"""The plate that all plots are drawn on: heading, captions, legend, panels, or why it is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import accumulate
from typing import Final

from ..api.plain_text import one_line
from .axes import Axis
from .canvas import Canvas
from .look import NARROWEST, WIDEST, WIDTH, Look
from .panel import Panel, Shape, draw_marker
from .style import MUTED, TEXT, Color, font

# Height and width.
_RATIO: Final = 9 / 16
# Sizes of text in pixels on a plate of the usual width, which a phone shows at half its size; never
# below those that can be read.
_HEADING: Final = (22, 13)
_BODY: Final = (18, 11)
_SMALL: Final = (16, 10)
_MARGIN: Final = 16.0
_RADIUS: Final = 14.0
# Between captions that share a line.
_DOT: Final = "  ·  "
_LONGEST: Final = 300
_LEGEND_LINES: Final = 2


class Mark(StrEnum):
    """How a series is shown in the legend, unless by a marker."""

    LINE = "line"
    BAR = "bar"
    DASHES = "dashes"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the legend."""

    name: str
    color: Color
    mark: Mark | Shape = Mark.LINE


class Plate:
    """A plate of the width of a look; from top to bottom, call what is wanted in this order.

    `heading` is the title with the time of the data, then any number of `captions`, `legend`, and last
    either `panels` or `empty`. `png` returns the picture.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self.width = max(NARROWEST, min(WIDEST, look.width))
        self.height = round(self.width * _RATIO)
        self.unit = self.width / WIDTH
        self._margin = _MARGIN * self.unit
        self.canvas = Canvas(self.width, self.height, _RADIUS * self.unit)
        self._top = self._margin

    def heading(self, title: str, data_at: datetime | None, *, has_data: bool = False) -> None:
        """Write the title, and the time of the data on the right; data without a time may be old."""
        size, small = self.size(_HEADING), self.size(_SMALL)
        base = self._top + size * 0.85
        at = self.look.texts("time_unknown") if has_data else ""
        if data_at is not None:
            at = self.look.texts.date_and_clock(data_at)
        told = _DOT.join(part for part in (one_line(self.look.observatory or ""), at) if part)
        right = self.width - self._margin
        told = cut(told, small, (right - self._margin) * 0.6)
        self.canvas.text((right, base), told, small, MUTED, anchor="rs")
        space = right - self._margin - width_of(told, small) - size
        title = cut(title, size, space, bold=True)
        self.canvas.text((self._margin, base), title, size, TEXT, bold=True)
        self._top = base + size * 0.5

    def captions(self, *parts: str | None) -> None:
        """Write captions on one line, cut where it ends; those that are None or empty are left out."""
        told = _DOT.join(one_line(part, _LONGEST) for part in parts if part)
        if not told:
            return
        size = self.size(_BODY)
        base = self._top + size
        told = cut(told, size, self.width - 2 * self._margin)
        self.canvas.text((self._margin, base), told, size, TEXT)
        self._top = base + size * 0.45

    def legend(self, *entries: Entry, lines: int = _LEGEND_LINES) -> None:
        """Write the legend on up to some lines; an ellipsis shows that entries did not fit."""
        if not entries:
            return
        size = self.size(_SMALL)
        line, x = 0, self._margin
        right = self.width - self._margin
        swatch, gap = size * 1.3, size * 0.5
        for entry in entries:
            name = cut(entry.name, size, (right - self._margin) / 2)
            length = swatch + gap + width_of(name, size)
            if x + length > right:
                if line + 1 == lines:
                    base = self._top + size
                    self.canvas.text((min(x, right - size), base), "…", size, MUTED)
                    break
                line, x = line + 1, self._margin
                self._top += size * 1.35
            base = self._top + size
            self._swatch(entry, x, base - size * 0.36, swatch)
            self.canvas.text((x + swatch + gap, base), name, size, MUTED)
            x += length + size * 1.2
        self._top += size * 1.45

    def panels(
        self, x: Axis, *ys: Axis | tuple[Axis, Axis], shares: Sequence[float] = ()
    ) -> list[Panel]:
        """Return panels above each other that share the axis below them.

        Each has an axis on its left, or a pair of axes on its left and on its right. `shares` are their
        parts of the height, by default equal ones.
        """
        pairs = [each if isinstance(each, tuple) else (each, None) for each in ys]
        size = self.size(_SMALL)
        gap = max(4, round(size * 0.55))
        left = self._margin + gap + max(self._widest(y, size) for y, _ in pairs)
        others = [other for _, other in pairs if other is not None]
        widest = max((self._widest(other, size) for other in others), default=0.0)
        right = self.width - self._margin - (widest + gap if others else 0)
        name_below = size * 1.25 if x.name else 0
        bottom = self.height - self._margin * 0.8 - gap - size - name_below
        if x.name:
            middle = (left + right) / 2, self.height - self._margin * 0.8
            name = cut(x.name, size, right - left)
            self.canvas.text(middle, name, size, MUTED, anchor="ms")
        weights = list(shares) or [1.0] * len(pairs)
        heads = size * 2.1
        free = bottom - self._top - heads * len(pairs)
        ends = [0.0, *accumulate(free * weight / sum(weights) for weight in weights)]
        panels = []
        for index, (y, other) in enumerate(pairs):
            top = self._top + heads * (index + 1) + ends[index]
            self._name_axes(y, other, (left, right), top - size * 0.85, size)
            box = (left, top, right, self._top + heads * (index + 1) + ends[index + 1])
            panel = Panel(self.canvas, box, x, y, other, self.unit)
            panel.draw_axes((size, gap), labels=index == len(pairs) - 1)
            panels.append(panel)
        return panels

    def empty(self, what: str, why: str = "") -> None:
        """Write in the middle what is missing, and why."""
        size, small = self.size(_HEADING), self.size(_BODY)
        middle = self.width / 2
        y = (self._top + self.height) / 2 - (small if why else 0)
        space = self.width - 4 * self._margin
        self.canvas.text((middle, y), cut(what, size, space), size, TEXT, anchor="mm")
        lines = wrapped(why, small, space)
        for number, line in enumerate(lines, 1):
            place = (middle, y + size * 0.4 + number * small * 1.5)
            self.canvas.text(place, line, small, MUTED, anchor="mm")

    def png(self) -> bytes:
        """Return the picture."""
        return self.canvas.png()

    def size(self, sizes: tuple[int, int] = _SMALL) -> int:
        """Return a size of text in pixels, by the usual and the smallest one."""
        usual, smallest = sizes
        return max(smallest, round(usual * self.unit))

    def _widest(self, axis: Axis, size: int) -> float:
        """Return the width of the labels of an axis."""
        return max((width_of(tick.label, size) for tick in axis.ticks(8)), default=0.0)

    def _name_axes(
        self, y: Axis, other: Axis | None, ends: tuple[float, float], base: float, size: int
    ) -> None:
        """Write the names of the axes above a panel, where they cover nothing."""
        left, right = self._margin, self.width - self._margin if other is not None else ends[1]
        space = right - left if other is None else (right - left) / 2 - size
        self.canvas.text((left, base), cut(y.name, size, space), size, y.color)
        if other is not None:
            name = cut(other.name, size, space)
            self.canvas.text((right, base), name, size, other.color, anchor="rs")

    def _swatch(self, entry: Entry, x: float, y: float, width: float) -> None:
        """Draw how a series looks."""
        if isinstance(entry.mark, Shape):
            radius = max(2.5, 4.5 * self.unit)
            draw_marker(self.canvas, (x + width / 2, y), radius, entry.color, entry.mark)
        elif entry.mark is Mark.BAR:
            half = width * 0.3
            self.canvas.rectangle((x, y - half, x + width, y + half), entry.color)
        else:
            parts = [(0.0, 0.4), (0.6, 1.0)] if entry.mark is Mark.DASHES else [(0.0, 1.0)]
            for first, last in parts:
                ends = [(x + width * first, y), (x + width * last, y)]
                self.canvas.line(ends, entry.color, max(1.0, 2.5 * self.unit))


def draw_fault(look: Look, title: str) -> bytes:
    """Return a plate that shows that a plot could not be drawn."""
    plate = Plate(look)
    plate.heading(title, None)
    plate.empty(look.texts("fault"), look.texts("fault_why"))
    return plate.png()


def width_of(text: str, size: int, *, bold: bool = False) -> float:
    """Return how wide a text is in pixels."""
    left, _, right, _ = font(size, bold=bold).getbbox(text)
    return right - left


def cut(text: str, size: int, width: float, *, bold: bool = False) -> str:
    """Return a text as one line, cut with an ellipsis to a width in pixels."""
    line = one_line(text, _LONGEST)
    if width_of(line, size, bold=bold) <= width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(f"{line[:middle].rstrip()}…", size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return f"{line[:low].rstrip()}…" if low else ""


def wrapped(text: str, size: int, width: float, most: int = 3) -> list[str]:
    """Return a text as at most some lines of a width in pixels."""
    lines: list[str] = []
    rest = one_line(text, _LONGEST).split()
    while rest and len(lines) < most:
        count = len(rest)
        while count > 1 and width_of(" ".join(rest[:count]), size) > width:
            count -= 1
        if len(lines) == most - 1:
            count = len(rest)
        lines.append(cut(" ".join(rest[:count]), size, width))
        rest = rest[count:]
    return lines
