"""Statistics of a frame, measured from its pixels as an imaging program does."""

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Statistics", "measure"]

type Floats = NDArray[np.float32]
type Pixels = NDArray[np.uint16]
type Indexes = NDArray[np.intp]

THRESHOLD = 5.0
"""How many deviations above its surroundings a star must rise, in a frame binned twice."""

MOST_STARS = 1500
_SATURATED = 62000
_INNER, _OUTER, _POINTED = 2, 6, 0.22
"""A star is more pointed than a wisp of nebula: of its drop to the outer ring this much is reached
at the inner ring already. Radii in pixels of a frame binned twice."""

_NEIGHBORS = sorted(
    ((down, right) for down in range(-2, 3) for right in range(-2, 3) if down or right),
    key=lambda place: place[0] ** 2 + place[1] ** 2,
)
"""Places around one, the nearest first: most are already outshone by one of those."""

_BRIGHTEST, _BLURRED = 40, 0.55
"""When the brightest stars lose less than this part of their light up to the inner ring, they are
blurred, and wide ones are looked for."""

_PART, _WINDOWS = 1 << 18, 1 << 16
"""Pixels of a frame that are counted, and pixels around stars that are looked at, at once."""

_NARROW, _WIDE = 9, 26
"""Radii in pixels within which stars are measured: in focus, and far from it."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics as N.I.N.A. reports them: levels in ADU, half-flux radius in pixels.

    `stars` is -1 and the radii are not numbers when no star detection was done; the radii are 0
    when it found nothing to measure.
    """

    mean: float
    median: float
    st_dev: float
    minimum: int
    maximum: int
    stars: int
    hfr: float
    hfr_st_dev: float
    median_absolute_deviation: float


def measure(pixels: Pixels, *, detect_stars: bool = True) -> Statistics:
    """Return the statistics of a frame."""
    histogram = _histogram(pixels)
    levels = np.arange(histogram.size)
    count = int(histogram.sum())
    mean = float(histogram @ levels) / count
    variance = float(histogram @ (levels - mean) ** 2) / count
    median = _median(histogram)
    deviations = np.bincount(np.abs(levels - round(median)), weights=histogram)
    present = np.flatnonzero(histogram)
    radii = half_flux_radii(pixels) if detect_stars else None
    return Statistics(
        mean=mean,
        median=median,
        st_dev=math.sqrt(variance),
        minimum=int(present[0]),
        maximum=int(present[-1]),
        stars=-1 if radii is None else radii.size,
        hfr=_hfr(radii),
        hfr_st_dev=math.nan if radii is None else float(radii.std()) if radii.size else 0.0,
        median_absolute_deviation=_median(deviations),
    )


def _histogram(pixels: Pixels) -> NDArray[np.int64]:
    """Return how many pixels have each level; by parts that stay in the processor's cache."""
    histogram = np.zeros(65536, np.int64)
    flat = pixels.ravel()
    for first in range(0, flat.size, _PART):
        found = np.bincount(flat[first : first + _PART])
        histogram[: found.size] += found
    return histogram


def half_flux_radii(pixels: Pixels) -> Floats:
    """Return the half-flux radius of every star found, in pixels."""
    smooth, surroundings, deviation = _smoothed(pixels)
    light, reach, step = smooth - surroundings, _NARROW, 2
    rows, columns, sharpness = _peaks(light, THRESHOLD * deviation)
    if sharpness < _BLURRED:
        light, reach, step = _binned(light, 3), _WIDE, 6
        rows, columns, _ = _peaks(light, THRESHOLD * deviation / 3)
    middle = step // 2
    stars = _Stars(
        pixels, surroundings, rows * step + middle, columns * step + middle, 2 * deviation
    )
    return stars.radii(reach)


def _smoothed(pixels: Pixels) -> tuple[Floats, Floats, float]:
    """Return the frame binned twice, its background, and the deviation of that."""
    rows, columns = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
    lines = np.add(pixels[:rows:2, :columns], pixels[1:rows:2, :columns], dtype=np.uint32)
    binned = (lines[:, ::2] + lines[:, 1::2]).astype(np.float32)
    binned *= np.float32(1 / 4)
    cells = 24
    high, wide = binned.shape[0] // cells, binned.shape[1] // cells
    blocks = binned[: high * cells, : wide * cells].reshape(high, cells, wide, cells)
    sample = blocks[:, ::2, :, ::2].transpose(0, 2, 1, 3).reshape(high, wide, -1)
    quartiles = np.percentile(sample, (25, 50), axis=2)
    deviation = float(np.median(quartiles[1] - quartiles[0])) / 0.6745
    middle = Image.fromarray(quartiles[1].astype(np.float32))
    size = binned.shape[1], binned.shape[0]
    return binned, np.asarray(middle.resize(size, Image.Resampling.BICUBIC)), max(deviation, 0.5)


def _peaks(light: Floats, threshold: float) -> tuple[Indexes, Indexes, float]:
    """Return rows and columns of the stars, the brightest first, and how sharp those are."""
    edge = _OUTER + 1
    inner = light[edge:-edge, edge:-edge]
    flat = np.flatnonzero(inner > threshold)
    rows, columns = np.divmod(flat, inner.shape[1])
    rows, columns = rows + edge, columns + edge
    value = light[rows, columns]
    for down, right in _NEIGHBORS:
        neighbor = light[rows + down, columns + right]
        highest = (value > neighbor) if (down, right) < (0, 0) else (value >= neighbor)
        rows, columns, value = rows[highest], columns[highest], value[highest]
    drop = value - _around(light, rows, columns, _OUTER)
    sharp = value - _around(light, rows, columns, _INNER)
    bright = np.argsort(value)[::-1][:_BRIGHTEST]
    sharpness = float(np.median(sharp[bright] / value[bright])) if bright.size else 1.0
    chosen = np.flatnonzero((sharp > _POINTED * drop) & (drop > threshold))
    chosen = chosen[np.argsort(value[chosen])[::-1][:MOST_STARS]]
    return rows[chosen], columns[chosen], sharpness


def _binned(light: Floats, factor: int) -> Floats:
    """Return the means of squares of pixels."""
    rows, columns = light.shape[0] // factor * factor, light.shape[1] // factor * factor
    total = light[0:rows:factor, 0:columns:factor].copy()
    for number in range(1, factor * factor):
        down, right = divmod(number, factor)
        total += light[down:rows:factor, right:columns:factor]
    total /= np.float32(factor * factor)
    return total


def _around(light: Floats, rows: Indexes, columns: Indexes, radius: int) -> Floats:
    """Return the median light on a ring around each place."""
    angles = np.arange(12) * (math.pi / 6)
    down = np.rint(radius * np.sin(angles)).astype(np.intp)
    right = np.rint(radius * np.cos(angles)).astype(np.intp)
    ring = light[rows[:, None] + down, columns[:, None] + right]
    return np.asarray(np.median(ring, axis=1), np.float32)


@dataclass(frozen=True, slots=True)
class _Stars:
    """Where stars were found in a frame, and how noisy its background is."""

    pixels: Pixels
    surroundings: Floats
    rows: Indexes
    columns: Indexes
    deviation: float

    def radii(self, reach: int) -> Floats:
        """Return the flux-weighted mean distance from its center of every measurable star.

        Each is measured as far as it rises above the noise, at most `reach` pixels from its
        middle. Spots with most of their light in one pixel are defects of the sensor.
        """
        inside = (self.rows >= reach) & (self.rows < self.pixels.shape[0] - reach)
        inside &= (self.columns >= reach) & (self.columns < self.pixels.shape[1] - reach)
        rows, columns = self.rows[inside], self.columns[inside]
        at_once = max(1, _WINDOWS // (2 * reach + 1) ** 2)
        parts = [
            self._radii(rows[first : first + at_once], columns[first : first + at_once], reach)
            for first in range(0, rows.size, at_once)
        ]
        return np.concatenate([np.empty(0, np.float32), *parts])

    def _radii(self, rows: Indexes, columns: Indexes, reach: int) -> Floats:
        """Return the radii of those at some places."""
        light = self._windows(rows, columns, reach)
        steps = np.arange(-reach, reach + 1, dtype=np.float32)
        lit = light > 2 * self.deviation
        lit &= np.hypot(steps[:, None], steps[None, :]) <= reach
        flux = np.where(lit, light, 0)
        total = np.maximum(flux.sum(axis=(1, 2)), 1)
        y = flux.sum(axis=2) @ steps / total
        x = flux.sum(axis=1) @ steps / total
        distance = (steps - y[:, None])[:, :, None] ** 2 + (steps - x[:, None])[:, None, :] ** 2
        np.sqrt(distance, out=distance)
        size = np.minimum(reach, 1.15 * np.sqrt(lit.sum(axis=(1, 2)) / math.pi) + 0.5)
        flux = np.where(distance <= size[:, None, None], light, 0)
        total = flux.sum(axis=(1, 2))
        radii = (flux * distance).sum(axis=(1, 2)) / np.maximum(total, 1)
        sound = (np.hypot(x, y) < reach / 2) & (total > 0) & (radii > 0.3) & (radii < reach)
        sound &= light.max(axis=(1, 2)) < 0.6 * total
        return np.asarray(radii[sound], np.float32)

    def _windows(self, rows: Indexes, columns: Indexes, reach: int) -> Floats:
        """Return the light around each star that is not saturated."""
        steps = np.arange(-reach, reach + 1)
        places = (rows[:, None] + steps)[:, :, None], (columns[:, None] + steps)[:, None, :]
        raw = self.pixels[places]
        dark = self.surroundings[rows // 2, columns // 2]
        light = raw.astype(np.float32) - dark[:, None, None]
        border = np.concatenate([light[:, 0], light[:, -1], light[:, :, 0], light[:, :, -1]], 1)
        light -= np.median(border, axis=1)[:, None, None]
        return np.asarray(light[raw.max(axis=(1, 2)) < _SATURATED], np.float32)


def _hfr(radii: Floats | None) -> float:
    """Return the mean half-flux radius without its outliers."""
    if radii is None:
        return math.nan
    if not radii.size:
        return 0.0
    middle, deviation = float(np.median(radii)), float(radii.std())
    return float(radii[np.abs(radii - middle) <= 2 * deviation + 1e-6].mean())


def _median(histogram: NDArray[np.int64] | NDArray[np.float64]) -> float:
    """Return the median of a histogram."""
    running = np.cumsum(histogram)
    return float(np.searchsorted(running, running[-1] / 2))
