"""Colors, sizes and typefaces that all plots share."""

from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
import re
from typing import Final

from PIL import ImageFont

# A color of a picture: red, green, blue from 0 to 255.
type Color = tuple[int, int, int]

GROUND: Final[Color] = (17, 21, 28)
PANEL: Final[Color] = (24, 30, 39)
GRID: Final[Color] = (47, 56, 69)
FRAME: Final[Color] = (84, 96, 114)
TEXT: Final[Color] = (232, 236, 242)
MUTED: Final[Color] = (160, 171, 187)
ACCENT: Final[Color] = (86, 180, 233)
GOOD: Final[Color] = (64, 192, 138)
WARNING: Final[Color] = (230, 159, 0)
ALARM: Final[Color] = (240, 84, 79)

# N.I.N.A. and PHD2 show RA in blue and Dec in red; lighter here, to be legible on the dark ground.
RIGHT_ASCENSION: Final[Color] = (92, 158, 255)
DECLINATION: Final[Color] = (255, 107, 99)

_LUMINANCE: Final[Color] = (226, 229, 234)
_RED: Final[Color] = (235, 74, 66)
_GREEN: Final[Color] = (76, 187, 88)
_BLUE: Final[Color] = (78, 132, 245)
_HYDROGEN: Final[Color] = (178, 34, 52)
_OXYGEN: Final[Color] = (32, 178, 170)
_SULFUR: Final[Color] = (255, 179, 0)
_FILTERS: Final[dict[str, Color]] = {
    **dict.fromkeys(("l", "lum", "luminance", "clear", "uvir", "uvircut"), _LUMINANCE),
    **dict.fromkeys(("r", "red"), _RED),
    **dict.fromkeys(("g", "green"), _GREEN),
    **dict.fromkeys(("b", "blue"), _BLUE),
    **dict.fromkeys(("h", "ha", "hα", "halpha", "hydrogenalpha"), _HYDROGEN),
    **dict.fromkeys(("o", "oiii", "o3"), _OXYGEN),
    **dict.fromkeys(("s", "sii", "s2"), _SULFUR),
}
# The colors of Okabe and Ito, which people with any color vision can tell apart, without black.
CYCLE: Final[tuple[Color, ...]] = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (213, 94, 0),
    (0, 114, 178),
)
# A width that a filter's maker put behind its name: "Ha 3nm".
_BANDWIDTH: Final = re.compile(r"\d+(?:[.,]\d+)?\s*nm|[^\w]|_")

_FONTS: Final = Path("static", "fonts", "roboto")
_REGULAR: Final = "Roboto-Regular.woff2"
_BOLD: Final = "Roboto-Medium.woff2"

type Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def mix(ground: Color, color: Color, share: float) -> Color:
    """Return a color that covers another one to a share from 0 to 1."""
    red, green, blue = (
        round(below + (above - below) * share) for below, above in zip(ground, color, strict=True)
    )
    return red, green, blue


def filter_colors(names: Iterable[str]) -> dict[str, Color]:
    """Return the colors of filters by name: those that people use, else the next of a cycle."""
    others = cycle(CYCLE)
    colors: dict[str, Color] = {}
    for name in dict.fromkeys(names):
        plain = _BANDWIDTH.sub("", name.casefold())
        colors[name] = _FILTERS.get(plain) or next(others)
    return colors


@lru_cache(maxsize=32)
def font(size: int, *, bold: bool = False) -> Font:
    """Return the typeface of Home Assistant's frontend in a size in pixels, else that of Pillow."""
    folder = _frontend()
    if folder is not None:
        try:
            return ImageFont.truetype(str(folder / _FONTS / (_BOLD if bold else _REGULAR)), size)
        except OSError:
            pass
    return ImageFont.load_default(size)


def _frontend() -> Path | None:
    """Return the folder of Home Assistant's frontend, if it is installed."""
    found = find_spec("hass_frontend")
    return None if found is None or found.origin is None else Path(found.origin).parent
