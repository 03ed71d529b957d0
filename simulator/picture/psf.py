"""The image of a star through optics and air."""

from functools import lru_cache
import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["PHASES", "spread"]

type Floats = NDArray[np.float32]

PHASES = 4
"""Positions within a pixel that are told apart, per axis."""

_BETA = 3.0


@lru_cache(maxsize=96)
def spread(width: float, radius: int, trailing: float = 0.0) -> Floats:
    """Return star images of unit flux, one per phase: (phases y, phases x, rows, columns).

    `width` is the full width at half maximum of a Moffat profile and `trailing` the length by
    which it is smeared along x, both in pixels.
    """
    scale = width / (2 * math.sqrt(2 ** (1 / _BETA) - 1))
    offsets = (np.arange(PHASES) + 0.5) / PHASES - 0.5
    pixels = np.arange(-radius, radius + 1)
    distance = pixels[None, :] - offsets[:, None]
    shifts = np.linspace(-0.5, 0.5, max(1, round(trailing))) * trailing if trailing >= 1 else (0.0,)
    stamps = np.zeros((PHASES, PHASES, pixels.size, pixels.size))
    for shift in shifts:
        square = distance[:, None, :, None] ** 2 + (distance - shift)[None, :, None, :] ** 2
        falling = 1 + square / scale**2
        # To the power of beta, by multiplying: powers take ten times as long.
        stamps += 1 / (falling * falling * falling)
    whole = stamps.sum(axis=(2, 3), keepdims=True)
    return np.asarray(stamps / whole, np.float32)
