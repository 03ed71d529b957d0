"""How a plot is drawn."""

from dataclasses import dataclass
from typing import Final

from .texts import Texts

# Bounds of the width of a plot in pixels, and the width if nobody asks for another one.
NARROWEST: Final = 400
WIDEST: Final = 1600
WIDTH: Final = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a plot is drawn: its width in pixels, its texts, and whose it is if there are several."""

    texts: Texts
    width: int = WIDTH
    observatory: str | None = None
