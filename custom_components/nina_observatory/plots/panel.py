"""A panel of a plate: axes with a grid, and what is drawn within them."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from math import hypot, isfinite
from typing import Final

from .axes import Axis
from .canvas import Box, Canvas, Point
from .style import FRAME, GRID, MUTED, PANEL, Color, mix

# A value of a series, or its place on the axis; None and what is not finite is a gap.
type Value = float | None
type Pair = tuple[Value, Value]

_SPANS: Final = 1
_GRID: Final = 2
_LINES: Final = 3
_MARKS: Final = 4
# Share of the color of a shaded span.
_SHADE: Final = 0.28
# Points of a line beyond so many pixels are moved there: absurd values of a formula would make a
# line too long to be cut at the edges, or into dashes.
_FAR: Final = 1e6


class Shape(StrEnum):
    """The shapes of markers."""

    CIRCLE = "circle"
    RING = "ring"
    DIAMOND = "diamond"
    TRIANGLE = "triangle"
    CROSS = "cross"


class Panel:
    """An area with an axis below it, one on its left, and perhaps one on its right.

    Values are those of the axes. Lines and shaded areas end at the edges; a marker beyond them is left
    out. `unit` is how many pixels a length of 1 has, which is 1 for a plate of 800 pixels: widths and
    sizes are given in it.
    """

    def __init__(
        self, canvas: Canvas, box: Box, x: Axis, y: Axis, right: Axis | None, unit: float
    ) -> None:
        self.canvas, self.box, self.unit = canvas, box, unit
        self._x, self._y, self._right = x, y, right
        canvas.rectangle(box, PANEL, layer=0)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the values at both ends of the axis below."""
        return self._x.low, self._x.high

    def x(self, value: float) -> float:
        """Return where a value is from the left of the plate, in pixels."""
        return self.box[0] + self._x.share(value) * (self.box[2] - self.box[0])

    def y(self, value: float, *, right: bool = False) -> float:
        """Return where a value is from the top of the plate, in pixels."""
        axis = self._right if right and self._right is not None else self._y
        return self.box[3] - axis.share(value) * (self.box[3] - self.box[1])

    def span(self, start: float, end: float, color: Color, *, share: float = _SHADE) -> None:
        """Shade the panel from one value on the axis below it to another."""
        self.spans([(start, end)], color, share=share)

    def spans(
        self, spans: Iterable[tuple[float, float]], color: Color, *, share: float = _SHADE
    ) -> None:
        """Shade the panel between pairs of values; those less than a pixel apart are one."""
        runs: list[tuple[float, float]] = []
        for left, right in sorted((self._within(start), self._within(end)) for start, end in spans):
            if runs and left - runs[-1][1] < 1:
                runs[-1] = runs[-1][0], max(right, runs[-1][1])
            elif right > left:
                runs.append((left, right))
        for left, right in runs:
            box = (left, self.box[1], right, self.box[3])
            self.canvas.rectangle(box, mix(PANEL, color, share), layer=_SPANS)

    def line(
        self,
        points: Iterable[Pair],
        color: Color,
        *,
        width: float = 2.0,
        right: bool = False,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points in the order of the axis; one without neighbors is a dot."""
        thick = max(1.0, width * self.unit)
        for line in self._lines(points, right=right):
            if len(line) == 1:
                if self._is_inside(line[0]):
                    self.canvas.circle(line[0], max(1.5, thick), color)
                continue
            for part in clipped(line, self.box):
                dashes = _dashes(part, 6 * self.unit, 5 * self.unit) if dashed else (part,)
                for dash in dashes:
                    self.canvas.line(dash, color, thick, layer=_LINES)

    def vertical(
        self, value: float, color: Color, *, width: float = 1.5, dashed: bool = False
    ) -> None:
        """Draw a line from the lower to the upper edge."""
        x = self.x(value)
        if self.box[0] <= x <= self.box[2]:
            line = [(x, self.box[1]), (x, self.box[3])]
            dashes = _dashes(line, 6 * self.unit, 5 * self.unit) if dashed else [line]
            for dash in dashes:
                self.canvas.line(dash, color, max(1.0, width * self.unit), layer=_LINES)

    def horizontal(
        self,
        value: float,
        color: Color,
        *,
        width: float = 1.5,
        right: bool = False,
        dashed: bool = False,
    ) -> None:
        """Draw a line from the left to the right edge."""
        ends = ((self._x.low, value), (self._x.high, value))
        self.line(ends, color, width=width, right=right, dashed=dashed)

    def bars(
        self,
        points: Iterable[Pair],
        color: Color,
        *,
        width: float,
        base: float = 0.0,
        right: bool = False,
        share: float = 1.0,
    ) -> None:
        """Draw bars of a width in pixels from `base` to their values."""
        foot = self._clip(self.y(base, right=right))
        shade = mix(PANEL, color, share)
        half = max(0.5, width / 2)
        for middle, value in _longest(((self.x(x), value) for x, value in _known(points)), base):
            if self.box[0] <= middle <= self.box[2]:
                box = (
                    max(self.box[0], middle - half),
                    self._clip(self.y(value, right=right)),
                    min(self.box[2], middle + half),
                    foot,
                )
                self.canvas.rectangle(box, shade, layer=_LINES)

    def errors(self, points: Iterable[tuple[Value, Value, Value]], color: Color) -> None:
        """Draw error bars: each point is a place, its value, and its error up and down."""
        thick, cap = max(1.0, 1.3 * self.unit), 4 * self.unit
        for place, value, error in points:
            known = list(_known([(place, value), (place, error)]))
            if len(known) < 2 or known[1][1] <= 0:
                continue
            x = self.x(known[0][0])
            high = self.y(known[0][1] + known[1][1])
            low = self.y(known[0][1] - known[1][1])
            if not self.box[0] <= x <= self.box[2]:
                continue
            self.canvas.line(
                [(x, self._clip(high)), (x, self._clip(low))], color, thick, layer=_LINES
            )
            for y in (high, low):
                if self.box[1] <= y <= self.box[3]:
                    self.canvas.line([(x - cap, y), (x + cap, y)], color, thick, layer=_LINES)

    def markers(
        self,
        points: Iterable[Pair],
        color: Color,
        *,
        shape: Shape = Shape.CIRCLE,
        size: float = 4.0,
        right: bool = False,
    ) -> None:
        """Draw a marker at each point; `size` is its radius."""
        radius = max(2.0, size * self.unit)
        for place, value in _known(points):
            center = (self.x(place), self.y(value, right=right))
            if self._is_inside(center):
                draw_marker(self.canvas, center, radius, color, shape)

    def draw_axes(self, sizes: tuple[int, int], *, labels: bool = True) -> None:
        """Draw the grid, and the labels of the ticks in a size in pixels outside the panel.

        `sizes` are the size and the space between labels and panel. Without `labels`, the axis below
        has none, because that of the panel below it is the same.
        """
        size, gap = sizes
        left, top, right, bottom = self.box
        across = max(2, int((right - left) / (size * 5)))
        for value, label in self._x.ticks(across):
            x = self.x(value)
            self.canvas.line([(x, top), (x, bottom)], GRID, max(1.0, self.unit * 0.8), layer=_GRID)
            if labels:
                self.canvas.text((x, bottom + gap), label, size, MUTED, anchor="mt")
        up = max(2, int((bottom - top) / (size * 2.2)))
        for value, label in self._y.ticks(up):
            y = self.y(value)
            self.canvas.line([(left, y), (right, y)], GRID, max(1.0, self.unit * 0.8), layer=_GRID)
            self.canvas.text((left - gap, y), label, size, MUTED, anchor="rm")
        if self._right is not None:
            for value, label in self._right.ticks(up):
                y = self.y(value, right=True)
                self.canvas.text((right + gap, y), label, size, MUTED, anchor="lm")
        for y in (top, bottom):
            self.canvas.line([(left, y), (right, y)], FRAME, max(1.0, self.unit * 0.8), layer=_GRID)

    def _lines(self, points: Iterable[Pair], *, right: bool) -> Iterator[list[Point]]:
        """Yield the parts of a line between gaps, in pixels, with as many points as can be seen."""
        part: list[Point] = []
        for place, value in points:
            if place is None or value is None or not (isfinite(place) and isfinite(value)):
                if part:
                    yield thinned(part)
                part = []
            else:
                part.append((_near(self.x(place)), _near(self.y(value, right=right))))
        if part:
            yield thinned(part)

    def _is_inside(self, point: Point) -> bool:
        left, top, right, bottom = self.box
        return left - 1 <= point[0] <= right + 1 and top - 1 <= point[1] <= bottom + 1

    def _within(self, value: float) -> float:
        """Return where a value is from the left, no further out than the edges."""
        return max(self.box[0], min(self.box[2], self.x(value)))

    def _clip(self, y: float) -> float:
        return max(self.box[1], min(self.box[3], y))


def draw_marker(canvas: Canvas, center: Point, radius: float, color: Color, shape: Shape) -> None:
    """Draw a marker of a radius in pixels."""
    x, y = center
    match shape:
        case Shape.CIRCLE:
            canvas.circle(center, radius, color)
        case Shape.RING:
            canvas.circle(center, radius, color, ring=max(1.0, radius * 0.4))
        case Shape.DIAMOND:
            far = radius * 1.25
            around = [(x, y - far), (x + far, y), (x, y + far), (x - far, y)]
            canvas.polygon(around, color, layer=_MARKS)
        case Shape.TRIANGLE:
            far = radius * 1.15
            around = [(x, y - far), (x + far, y + far * 0.8), (x - far, y + far * 0.8)]
            canvas.polygon(around, color, layer=_MARKS)
        case Shape.CROSS:
            for way in (1, -1):
                ends = [(x - radius, y - radius * way), (x + radius, y + radius * way)]
                canvas.line(ends, color, max(1.0, radius * 0.45), layer=_MARKS)


def thinned(points: Sequence[Point]) -> list[Point]:
    """Return a line with at most four points in each column of pixels, which looks the same.

    Those are the first, the highest, the lowest and the last one.
    """
    kept: list[Point] = []
    column: list[Point] = []
    for point in points:
        if column and int(point[0]) != int(column[0][0]):
            kept += _extremes(column)
            column = []
        column.append(point)
    return kept + _extremes(column)


def _extremes(column: list[Point]) -> list[Point]:
    """Return the first, the highest, the lowest and the last point in their order."""
    if len(column) <= 4:
        return column
    heights = [y for _, y in column]
    chosen = {0, heights.index(min(heights)), heights.index(max(heights)), len(column) - 1}
    return [column[index] for index in sorted(chosen)]


def _longest(points: Iterable[Point], base: float) -> Iterator[Point]:
    """Yield of all bars in a column of pixels only the longest one up, and the longest one down."""
    columns: dict[tuple[int, bool], Point] = {}
    for point in points:
        place = int(point[0]), point[1] >= base
        known = columns.get(place)
        if known is None or abs(point[1] - base) > abs(known[1] - base):
            columns[place] = point
    yield from columns.values()


def clipped(line: Sequence[Point], box: Box) -> Iterator[list[Point]]:
    """Yield the parts of a line that are within a box."""
    part: list[Point] = []
    for start, end in pairwise(line):
        inside = _segment_within(start, end, box)
        if inside is None:
            continue
        if not part or part[-1] != inside[0]:
            if len(part) > 1:
                yield part
            part = [inside[0]]
        part.append(inside[1])
    if len(part) > 1:
        yield part


def _segment_within(start: Point, end: Point, box: Box) -> tuple[Point, Point] | None:
    """Return the part of a segment within a box (Liang and Barsky); None if there is none."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    first, last = 0.0, 1.0
    edges = ((-dx, x - box[0]), (dx, box[2] - x), (-dy, y - box[1]), (dy, box[3] - y))
    for slope, distance in edges:
        if slope == 0:
            if distance < 0:
                return None
        elif slope < 0:
            first = max(first, distance / slope)
        else:
            last = min(last, distance / slope)
    if first > last:
        return None
    begin = start if first == 0 else (x + first * dx, y + first * dy)
    finish = end if last == 1 else (x + last * dx, y + last * dy)
    return begin, finish


def _dashes(line: Sequence[Point], on: float, off: float) -> Iterator[list[Point]]:
    """Yield the dashes of a line, of some pixels each with others between them."""
    drawing, left = True, on
    dash: list[Point] = [line[0]]
    for start, end in pairwise(line):
        at, length = 0.0, hypot(end[0] - start[0], end[1] - start[1])
        while length - at > left:
            at += left
            share = at / length
            turn = (
                start[0] + (end[0] - start[0]) * share,
                start[1] + (end[1] - start[1]) * share,
            )
            if drawing:
                yield [*dash, turn]
            drawing, dash = not drawing, [turn]
            left = on if drawing else off
        left -= length - at
        dash.append(end)
    if drawing and len(dash) > 1:
        yield dash


def _near(pixels: float) -> float:
    """Return a distance in pixels that can be computed with."""
    return max(-_FAR, min(_FAR, pixels))


def _known(points: Iterable[Pair]) -> Iterator[Point]:
    """Yield the points of which both values are numbers."""
    for place, value in points:
        if place is not None and value is not None and isfinite(place) and isfinite(value):
            yield place, value
