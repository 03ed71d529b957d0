"""The content of a frame: everything its pixels depend on, and the filters."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["HEIGHT", "WIDTH", "FrameKind", "Passband", "Scene", "Shape", "passband"]

WIDTH = 1936
HEIGHT = 1096


class FrameKind(StrEnum):
    """Kind of frame by its wire name."""

    LIGHT = "LIGHT"
    FLAT = "FLAT"
    DARK = "DARK"
    BIAS = "BIAS"
    SNAPSHOT = "SNAPSHOT"


class Shape(StrEnum):
    """The object in the middle of a field."""

    NEBULA = "nebula"
    GALAXY = "galaxy"
    CLUSTER = "cluster"
    STARS = "stars"


@dataclass(frozen=True, slots=True)
class Passband:
    """How a filter sees: relative sensitivities, and the sky in ADU per second."""

    starlight: float
    warmth: float
    continuum: float
    hydrogen: float
    oxygen: float
    sky: float


_LUMINANCE = Passband(1.0, 0.0, 1.0, 0.8, 0.7, 2.6)
_PASSBANDS = {
    "L": _LUMINANCE,
    "R": Passband(0.38, 0.55, 0.42, 0.75, 0.0, 0.95),
    "G": Passband(0.36, 0.0, 0.34, 0.0, 0.32, 0.90),
    "B": Passband(0.34, -0.55, 0.26, 0.1, 0.32, 0.80),
    "H": Passband(0.07, 0.4, 0.03, 0.55, 0.0, 0.06),
    "O": Passband(0.06, -0.2, 0.03, 0.0, 0.32, 0.08),
    "S": Passband(0.05, 0.5, 0.03, 0.17, 0.03, 0.05),
}


def passband(filter_name: str) -> Passband:
    """Return the transmission of a filter by its name; an unknown one passes everything."""
    return _PASSBANDS.get(filter_name[:1].upper(), _LUMINANCE)


@dataclass(frozen=True, slots=True)
class Scene:
    """One frame to render; equal scenes give equal pixels.

    `target` decides which stars are seen. `seeing` is the width of a star (FWHM) in pixels of
    the unbinned sensor, `defocus` and `tracking_error` are widths added to it in quadrature,
    `trailing` is the length in pixels of a star that wandered. `clouds` and `moonlight` go from
    0 to 1, `airmass` from 1. `level` is the mean signal in ADU of a flat. `stacked` is the number
    of frames averaged. Dithers are in pixels, rotation in degrees.
    """

    kind: FrameKind = FrameKind.LIGHT
    target: str = ""
    shape: Shape | None = None
    filter_name: str = "L"
    exposure: float = 60.0
    gain: int = 100
    offset: int = 50
    binning: int = 1
    temperature: float = -10.0
    seeing: float = 2.6
    defocus: float = 0.0
    tracking_error: float = 0.3
    trailing: float = 0.0
    clouds: float = 0.0
    moonlight: float = 0.0
    airmass: float = 1.2
    level: float = 30000.0
    rotation: float = 0.0
    dither: tuple[float, float] = (0.0, 0.0)
    seed: int = 0
    trails: int | None = None
    stacked: int = 1
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def sees_sky(self) -> bool:
        """Return whether the frame shows stars."""
        return self.kind in (FrameKind.LIGHT, FrameKind.SNAPSHOT)

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in binned pixels."""
        return self.width // self.binning, self.height // self.binning
