"""Drawing the icon and the logo; lengths are in units of a 1024 by 1024 field."""

from dataclasses import dataclass
from math import asin, cos, pi, sin
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELD = 1024
OVERSAMPLING = 4

CENTER = (480.0, 640.0)
RADIUS = 400.0
SLIT_DIRECTION = 28.0
SLIT_HALF_WIDTH = 96.0
TUBE_HALF_WIDTH = 48.0
STAR = (772.0, 128.0)
STAR_SIZE = 128.0


@dataclass(frozen=True, slots=True)
class Palette:
    """Colors for one kind of background."""

    dome: str
    ring: str
    wall: str
    door: str
    sky: str
    tube: str
    star: str
    text: str


LIGHT = Palette(
    dome="#2f4a75",
    ring="#1d3153",
    wall="#3f5f92",
    door="#1d3153",
    sky="#0f1a2f",
    tube="#c9d6ea",
    star="#f2a31b",
    text="#1d3153",
)
DARK = Palette(
    dome="#dbe5f2",
    ring="#a9bad1",
    wall="#c3d0e2",
    door="#50617c",
    sky="#17233a",
    tube="#8ea3c2",
    star="#ffc94d",
    text="#e8eef7",
)


class Pen:
    """Draws at a scale, so that the geometry is written in one set of units."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        """Start with a transparent picture."""
        size = (round(width * scale), round(height * scale))
        self.image = Image.new("RGBA", size, (0, 0, 0, 0))
        self.scale = scale
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: Sequence[tuple[float, float]], color: str) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=color)

    def bar(self, box: tuple[float, float, float, float], radius: float, color: str) -> None:
        """Fill a rectangle with round corners."""
        scaled = tuple(part * self.scale for part in box)
        self._draw.rounded_rectangle(scaled, radius * self.scale, fill=color)

    def text(self, position: tuple[float, float], text: str, size: float, color: str) -> float:
        """Write one line, its baseline's left end at the position; return where it ends."""
        font = ImageFont.load_default(size * self.scale)
        x, y = (part * self.scale for part in position)
        self._draw.text((x, y), text, fill=color, font=font, anchor="ls")
        return (x + self._draw.textlength(text, font=font)) / self.scale


def draw_icon(pen: Pen, palette: Palette) -> None:
    """Draw the dome with its shutter open and the telescope pointing at the star."""
    x, y = CENTER
    pen.bar((x - 350, y + 20, x + 350, y + 344), 26, palette.wall)
    pen.bar((x - 66, y + 150, x + 66, y + 344), 18, palette.door)
    pen.polygon(_half_disc(CENTER, RADIUS), palette.dome)
    pen.polygon(_slit(), palette.sky)
    pen.polygon(_band(TUBE_HALF_WIDTH, 0, RADIUS - 60), palette.tube)
    pen.bar((x - 440, y - 34, x + 440, y + 50), 42, palette.ring)
    pen.polygon(_star(STAR, STAR_SIZE), palette.star)


def _half_disc(center: tuple[float, float], radius: float) -> list[tuple[float, float]]:
    """Return the upper half of a disc."""
    x, y = center
    angles = [pi * step / 180 for step in range(181)]
    return [(x + radius * cos(angle), y - radius * sin(angle)) for angle in angles]


def _band(half_width: float, near: float, far: float) -> list[tuple[float, float]]:
    """Return a band from the center of the dome toward the star."""
    angle = pi * SLIT_DIRECTION / 180
    x, y = CENTER
    corners = [(near, -half_width), (far, -half_width), (far, half_width), (near, half_width)]
    return [
        (x + a * sin(angle) + c * cos(angle), y - a * cos(angle) + c * sin(angle))
        for a, c in corners
    ]


def _slit() -> list[tuple[float, float]]:
    """Return the open shutter: a band whose far end follows the dome."""
    (x, y), width = CENTER, asin(SLIT_HALF_WIDTH / RADIUS)
    toward = pi / 2 - pi * SLIT_DIRECTION / 180
    arc = [toward + width * (1 - step / 20) for step in range(41)]
    edge = [(x + RADIUS * cos(angle), y - RADIUS * sin(angle)) for angle in arc]
    near = _band(SLIT_HALF_WIDTH, 0, 0)
    return [near[0], *edge, near[2]]


def _star(center: tuple[float, float], size: float) -> list[tuple[float, float]]:
    """Return a star of four slender rays."""
    x, y = center
    points = []
    for step in range(64):
        angle = 2 * pi * step / 64
        # An astroid: the sides curve inwards.
        points.append((x + size * cos(angle) ** 3, y + size * sin(angle) ** 3))
    return points
