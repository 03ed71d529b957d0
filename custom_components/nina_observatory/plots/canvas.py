"""A picture made of shapes: drawn at twice its size, strip by strip, so that little memory is used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

from .style import GROUND, Color, font

type Point = tuple[float, float]
# Left, top, right and bottom.
type Box = tuple[float, float, float, float]
# Draws a shape so many pixels further up than it is.
type Paint = Callable[[ImageDraw.ImageDraw, int], None]

_TWICE: Final = 2
# Pixels of the picture that a strip is high.
_STRIP: Final = 40
# Points of a line that are drawn together: a strip then leaves out most of a long line.
_CHUNK: Final = 24
# Beyond this, coordinates would overflow; nothing so far out is seen.
_FAR: Final = 30_000.0
# zlib's: more takes longer, and gains little.
_COMPRESSION: Final = 4


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape between two heights, drawn above those of lower layers."""

    layer: int
    top: float
    bottom: float
    paint: Paint


class Canvas:
    """Shapes in pixels of a picture, which may be fractions, on a plate with round corners."""

    def __init__(self, width: int, height: int, radius: float) -> None:
        self.width, self.height = width, height
        self._radius = radius
        self._shapes: list[_Shape] = []
        self._texts: list[_Shape] = []

    def line(self, points: Sequence[Point], color: Color, width: float, *, layer: int = 3) -> None:
        """Draw a line through points."""
        doubled = max(1, round(width * _TWICE))
        for start in range(0, max(1, len(points) - 1), _CHUNK):
            # One more segment on either side, so that the joints are round as well.
            chunk = [_near(point) for point in points[max(0, start - 1) : start + _CHUNK + 2]]
            if len(chunk) < 2:
                continue
            heights = [y for _, y in chunk]

            def paint(draw: ImageDraw.ImageDraw, up: int, chunk: Sequence[Point] = chunk) -> None:
                there = [(x * _TWICE, (y - up) * _TWICE) for x, y in chunk]
                draw.line(there, color, doubled, joint="curve" if doubled > 2 else None)

            self._add(layer, min(heights) - width, max(heights) + width, paint)

    def polygon(self, points: Sequence[Point], color: Color, *, layer: int = 3) -> None:
        """Fill an area."""
        near = [_near(point) for point in points]
        if len(near) < 3:
            return
        heights = [y for _, y in near]

        def paint(draw: ImageDraw.ImageDraw, up: int) -> None:
            draw.polygon([(x * _TWICE, (y - up) * _TWICE) for x, y in near], color)

        self._add(layer, min(heights), max(heights), paint)

    def rectangle(self, box: Box, color: Color, *, radius: float = 0.0, layer: int = 3) -> None:
        """Fill a rectangle; one without an area is a line of half a pixel."""
        (x0, y0), (x1, y1) = _near(box[:2]), _near(box[2:])
        left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)

        def paint(draw: ImageDraw.ImageDraw, up: int) -> None:
            x, y = round(left * _TWICE), round((top - up) * _TWICE)
            corner = (
                max(x, round(right * _TWICE) - 1),
                max(y, round((bottom - up) * _TWICE) - 1),
            )
            draw.rounded_rectangle(((x, y), corner), radius * _TWICE, color)

        self._add(layer, top, bottom, paint)

    def circle(
        self, center: Point, radius: float, color: Color, *, ring: float = 0.0, layer: int = 4
    ) -> None:
        """Fill a circle, or draw a ring of a width."""
        x, y = _near(center)

        def paint(draw: ImageDraw.ImageDraw, up: int) -> None:
            middle = (x * _TWICE, (y - up) * _TWICE)
            if ring:
                box = [each - radius * _TWICE for each in middle]
                box += [each + radius * _TWICE for each in middle]
                draw.ellipse(box, outline=color, width=max(1, round(ring * _TWICE)))
            else:
                draw.circle(middle, radius * _TWICE, color)

        self._add(layer, y - radius, y + radius, paint)

    def text(
        self,
        place: Point,
        text: str,
        size: int,
        color: Color,
        *,
        anchor: str = "ls",
        bold: bool = False,
    ) -> None:
        """Write a line of text; `anchor` is Pillow's, by default the left end of the base line.

        Text is drawn at the size of the picture, where the typeface is at its sharpest.
        """
        if not text:
            return
        x, y = round(place[0]), round(place[1])
        face = font(size, bold=bold)

        def paint(draw: ImageDraw.ImageDraw, up: int) -> None:
            draw.text((x, y - up), text, color, face, anchor)

        self._texts.append(_Shape(0, y - 2 * size, y + 2 * size, paint))

    def png(self) -> bytes:
        """Return the picture."""
        picture = Image.new("RGBA", (self.width, self.height))
        shapes = sorted(self._shapes, key=lambda shape: shape.layer)
        for top in range(0, self.height, _STRIP):
            height = min(_STRIP, self.height - top)
            picture.paste(self._strip(shapes, top, height), (0, top))
        file = BytesIO()
        picture.save(file, "PNG", compress_level=_COMPRESSION)
        return file.getvalue()

    def _strip(self, shapes: Sequence[_Shape], top: int, height: int) -> Image.Image:
        """Return a strip of the picture."""
        big = (self.width * _TWICE, height * _TWICE)
        strip = Image.new("RGB", big, GROUND)
        _paint(strip, shapes, top, height)
        strip = strip.reduce(_TWICE)
        _paint(strip, self._texts, top, height)
        if top >= self._radius and top + height <= self.height - self._radius:
            return strip
        mask = Image.new("L", big)
        box = (0, -top * _TWICE, big[0] - 1, (self.height - top) * _TWICE - 1)
        ImageDraw.Draw(mask).rounded_rectangle(box, self._radius * _TWICE, 255)
        strip.putalpha(mask.reduce(_TWICE))
        return strip

    def _add(self, layer: int, top: float, bottom: float, paint: Paint) -> None:
        self._shapes.append(_Shape(layer, top, bottom, paint))


def _paint(strip: Image.Image, shapes: Sequence[_Shape], top: int, height: int) -> None:
    """Draw the shapes that reach into a strip."""
    draw = ImageDraw.Draw(strip)
    for shape in shapes:
        if shape.bottom >= top - 1 and shape.top <= top + height + 1:
            shape.paint(draw, top)


def _near(point: Sequence[float]) -> Point:
    """Return a point, no further out than coordinates reach."""
    x, y = point
    return max(-_FAR, min(_FAR, x)), max(-_FAR, min(_FAR, y))
