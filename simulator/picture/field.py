"""The fields a telescope can point at: stars and objects that belong to a target's name."""

from dataclasses import dataclass
from functools import lru_cache
import math
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simulator.picture.scene import Shape

__all__ = ["Field", "field_of", "shape_of"]

type Floats = NDArray[np.float32]

TEXTURE = (512, 288)
"""Columns and rows of an object's texture; it covers a frame and a margin for rotation."""

COVERAGE = 1.25
"""How many frame widths a field spans."""

_STARS = 2200
_CLUSTER_STARS = 700
_FAINTEST = 900.0
_SLOPE = 0.95
_BRIGHTEST = 3.0e6
_KNOWN_SHAPES = {
    "M 31": Shape.GALAXY,
    "M 33": Shape.GALAXY,
    "M 51": Shape.GALAXY,
    "M 81": Shape.GALAXY,
    "M 101": Shape.GALAXY,
    "NGC 891": Shape.GALAXY,
    "M 13": Shape.CLUSTER,
    "M 45": Shape.CLUSTER,
}


@dataclass(frozen=True, slots=True)
class Field:
    """Stars and glow of one target, in frame widths from the middle.

    `flux` is in ADU per second through no filter at gain 100, `warmth` from -1 (blue) to 1 (red).
    The glows are textures from 0 to about 1.
    """

    x: Floats
    y: Floats
    flux: Floats
    warmth: Floats
    continuum: Floats
    hydrogen: Floats
    oxygen: Floats
    gradient: float


def shape_of(target: str) -> Shape:
    """Return the object in the middle of that target's field."""
    if target in _KNOWN_SHAPES:
        return _KNOWN_SHAPES[target]
    if not target or target == "Snapshot":
        return Shape.STARS
    if target.startswith(("NGC", "IC", "Sh2", "SH2", "LDN", "LBN", "vdB")):
        return Shape.NEBULA
    return (Shape.NEBULA, Shape.GALAXY, Shape.NEBULA, Shape.STARS)[_seed(target) % 4]


@lru_cache(maxsize=6)
def field_of(target: str, shape: Shape) -> Field:
    """Return the field of a target: the same one every time."""
    random = np.random.default_rng(_seed(target))
    x, y = random.uniform(-0.5, 0.5, (2, _STARS)).astype(np.float32) * COVERAGE
    flux = _FAINTEST / 60 * random.power(_SLOPE, _STARS) ** (-1 / _SLOPE)
    if shape is Shape.CLUSTER:
        spread = random.normal(0, 0.09, (2, _CLUSTER_STARS)).astype(np.float32)
        x, y = np.concatenate([x, spread[0]]), np.concatenate([y, spread[1]])
        members = _FAINTEST / 30 * random.power(0.8, _CLUSTER_STARS) ** -1.1
        flux = np.concatenate([flux, members])
    warmth = np.clip(random.normal(0.15, 0.45, flux.size), -1, 1).astype(np.float32)
    glow = np.zeros((TEXTURE[1], TEXTURE[0]), np.float32)
    continuum, hydrogen, oxygen = glow, glow, glow
    if shape is Shape.NEBULA:
        hydrogen, oxygen, continuum = _nebula(random)
    elif shape is Shape.GALAXY:
        continuum, hydrogen = _galaxy(random)
    return Field(
        x,
        y,
        np.minimum(flux, _BRIGHTEST / 60).astype(np.float32),
        warmth,
        continuum,
        hydrogen,
        oxygen,
        float(random.uniform(0, 2 * math.pi)),
    )


def _nebula(random: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return the hydrogen, oxygen and dust glow of an emission nebula."""
    x, y = _grid()
    warp = 0.10 * (_noise(random, 3) - 0.5)
    radius = np.hypot(x * random.uniform(1.2, 1.9) + warp, y * random.uniform(1.2, 1.9) - warp)
    envelope = np.exp(-((radius / 0.42) ** 2) * 1.2)
    filaments = 1 - np.abs(2 * _noise(random, 5) - 1)
    clumps = _noise(random, 4)
    dust = np.clip((_noise(random, 4) - 0.52) * 4, 0, 0.85)
    hydrogen = envelope * (0.25 + 0.9 * clumps) * filaments**2 * (1 - dust)
    inner = np.exp(-((radius / 0.25) ** 2))
    oxygen = inner * (0.3 + 0.8 * _noise(random, 4)) * (1 - dust)
    return hydrogen, oxygen, (0.06 * envelope * clumps).astype(np.float32)


def _galaxy(random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the starlight and the hydrogen regions of an inclined spiral galaxy."""
    x, y = _grid()
    angle, tilt = random.uniform(0, math.pi), random.uniform(1.3, 3.2)
    along = x * math.cos(angle) + y * math.sin(angle)
    across = (y * math.cos(angle) - x * math.sin(angle)) * tilt
    radius = np.hypot(along, across) + 1e-4
    winding = np.arctan2(across, along) * 2 - 7 * np.log(radius)
    arms = 0.5 + 0.5 * np.cos(winding + 2 * (_noise(random, 4) - 0.5))
    disc = np.exp(-radius / 0.085)
    bulge = 1.6 * np.exp(-((radius / 0.018) ** 0.9))
    lanes = 1 - 0.55 * np.clip(1 - arms, 0, 1) * np.clip(radius / 0.05, 0, 1)
    knots = np.clip(_noise(random, 6) - 0.6, 0, 1) * arms**2 * disc
    return disc * lanes * (0.7 + 0.6 * _noise(random, 5)) + bulge, (2 * knots).astype(np.float32)


def _grid() -> tuple[Floats, Floats]:
    """Return the coordinates of a texture's points in frame widths."""
    columns, rows = TEXTURE
    x = np.linspace(-0.5, 0.5, columns, dtype=np.float32) * COVERAGE
    y = np.linspace(-0.5, 0.5, rows, dtype=np.float32) * COVERAGE * rows / columns
    grid = np.meshgrid(x, y)
    return grid[0], grid[1]


def _noise(random: np.random.Generator, octaves: int) -> Floats:
    """Return smooth noise from 0 to 1 with detail on several scales."""
    total = np.zeros((TEXTURE[1], TEXTURE[0]), np.float32)
    for octave in range(octaves):
        cells = 4 * 2**octave
        rough = random.random((cells * 9 // 16 + 2, cells + 2), dtype=np.float32)
        smooth = Image.fromarray(rough).resize(TEXTURE, Image.Resampling.BICUBIC)
        total += np.asarray(smooth) * 0.55**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def _seed(target: str) -> int:
    """Return a number that belongs to a name."""
    return zlib.crc32(target.encode())
