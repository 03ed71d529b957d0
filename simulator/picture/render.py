"""From a scene to the pixels of a 16-bit frame."""

from functools import lru_cache
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simulator.picture.field import COVERAGE, Field, field_of, shape_of
from simulator.picture.psf import PHASES, spread
from simulator.picture.scene import FrameKind, Passband, Scene, Shape, passband

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["render", "render_color"]

type Floats = NDArray[np.float32]
type Numbers = NDArray[np.floating]
type Pixels = NDArray[np.uint16]

FULL_SCALE = 65535
ADU_PER_OFFSET = 10.0
READ_NOISE = 7.0
ADU_PER_ELECTRON = 4.0
GLOW = 1.5
"""Brightest point of an object through no filter, ADU per second."""

# Rows of a frame that are worked on at once.
_STRIP = 32
_DEFECTS = 250
_EXTINCTION = 0.16
_TRAIL_RATE = 0.05 / 300
"""Satellites crossing the frame per second."""


def render(scene: Scene) -> Pixels:
    """Return the frame of a scene, rows by columns."""
    random = np.random.Generator(np.random.SFC64(scene.seed))
    signal = _signal(scene, passband(scene.filter_name), random)
    return _read_out(signal, scene, random)


def render_color(scene: Scene) -> NDArray[np.uint16]:
    """Return a color picture of a scene through red, green and blue, rows by columns by three."""
    random = np.random.Generator(np.random.SFC64(scene.seed))
    planes = []
    for name in "RGB":
        signal = _signal(scene, passband(name), random)
        planes.append(_read_out(signal, scene, random))
    return np.stack(planes, axis=-1)


def _signal(scene: Scene, band: Passband, random: np.random.Generator) -> Floats:
    """Return the expected light on each pixel in ADU, without the bias."""
    if scene.kind is FrameKind.FLAT:
        return scene.level * _vignette(scene.size) * _dust(scene.size)
    if not scene.sees_sky:
        return np.zeros(scene.size[::-1], np.float32)
    field = field_of(scene.target, scene.shape or shape_of(scene.target))
    light = scene.exposure * 10 ** ((scene.gain - 100) / 200) * scene.binning**2
    clear = (1 - scene.clouds) * 10 ** (-0.4 * _EXTINCTION * (scene.airmass - 1))
    signal = _sky(scene, band, field, light, light * clear)
    _add_stars(signal, scene, band, field, light * clear / scene.binning**2)
    _add_trails(signal, scene, random)
    return signal


def _strips(rows: int) -> Iterator[slice]:
    """Yield the rows of a frame by strips that stay in the processor's cache."""
    for first in range(0, rows, _STRIP):
        yield slice(first, min(rows, first + _STRIP))


def _sky(scene: Scene, band: Passband, field: Field, light: float, clear: float) -> Floats:
    """Return the light of the sky, a slope brighter by moon and clouds, and of the field's object.

    `light` is what a pixel collects of a unit of light, `clear` what it does of one above the air.
    """
    columns, rows = scene.size
    x = np.linspace(-1, 1, columns, dtype=np.float32) * np.float32(math.cos(field.gradient))
    y = np.linspace(-1, 1, rows, dtype=np.float32) * np.float32(math.sin(field.gradient))
    slope = np.float32(0.04 + 0.10 * scene.moonlight)
    bright = band.sky * scene.airmass * (1 + 5 * scene.moonlight) * (1 + 2.5 * scene.clouds)
    glow, vignette = _glow_in(scene, band), _vignette(scene.size)
    signal = np.empty((rows, columns), np.float32)
    for strip in _strips(rows):
        part = np.add(x[None, :], y[strip, None], out=signal[strip])
        part *= slope
        part += 1
        part *= np.float32(bright)
        part *= np.float32(light)
        if glow is not None:
            part += glow[strip] * np.float32(GLOW * clear)
        part *= vignette[strip]
    return signal


def _glow_in(scene: Scene, band: Passband) -> Floats | None:
    """Return how the nebula or galaxy of a scene glows on each pixel, None where there is none."""
    shape = scene.shape or shape_of(scene.target)
    dither = scene.dither[0] / scene.binning, scene.dither[1] / scene.binning
    return _glow(scene.target, shape, band, scene.rotation % 360, dither, scene.size)


@lru_cache(maxsize=4)
def _glow(
    target: str,
    shape: Shape,
    band: Passband,
    rotation: float,
    dither: tuple[float, float],
    size: tuple[int, int],
) -> Floats | None:
    """Return how the object of a field glows on each pixel, of which the next frame shows the same."""
    field = field_of(target, shape)
    glow = (
        field.continuum * (band.continuum * 1.6)
        + field.hydrogen * band.hydrogen
        + field.oxygen * band.oxygen
    )
    if not glow.any():
        return None
    picture = Image.fromarray(glow)
    if rotation:
        picture = picture.rotate(-rotation, Image.Resampling.BILINEAR)
    columns, rows = picture.size
    middle, step = (columns / 2, rows / 2), columns / COVERAGE / size[0]
    left = middle[0] - (size[0] / 2 + dither[0]) * step
    upper = middle[1] - (size[1] / 2 + dither[1]) * step
    box = (left, upper, left + size[0] * step, upper + size[1] * step)
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box=box))


def _add_stars(signal: Floats, scene: Scene, band: Passband, field: Field, light: float) -> None:
    """Add the stars of the field, each with its own color."""
    turn = math.radians(scene.rotation)
    x = field.x * math.cos(turn) - field.y * math.sin(turn)
    y = field.x * math.sin(turn) + field.y * math.cos(turn)
    columns, rows = scene.size
    x = x * columns + columns / 2 + scene.dither[0] / scene.binning
    y = y * columns + rows / 2 + scene.dither[1] / scene.binning
    flux = field.flux * band.starlight * (1 + band.warmth * field.warmth) * light
    width = math.hypot(scene.seeing, scene.defocus, scene.tracking_error) / scene.binning
    width = round(max(width, 1.2), 2)
    trailing = round(scene.trailing / scene.binning, 1)
    peak = flux / max(1.0, width) ** 2
    seen = np.flatnonzero(flux > 3)
    _stamp(signal, x[seen], y[seen], flux[seen], peak[seen], (width, trailing))


def _reach(peak: Numbers, width: float, trailing: float) -> NDArray[np.intp]:
    """Return how far from their middles stars are drawn, in pixels."""
    far, further, furthest = (
        max(4, math.ceil(widths * width + trailing / 2)) for widths in (2.0, 4.0, 9.0)
    )
    return np.where(peak < 300, far, np.where(peak < 6000, further, furthest))


def _stamp(
    signal: Floats, x: Numbers, y: Numbers, flux: Numbers, peak: Numbers, form: tuple[float, float]
) -> None:
    """Add stars of one width and trailing, cut off at the borders."""
    width, trailing = form
    rows, columns = signal.shape
    column, row = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
    phase_x = np.minimum(PHASES - 1, ((x - column + 0.5) * PHASES).astype(np.intp))
    phase_y = np.minimum(PHASES - 1, ((y - row + 0.5) * PHASES).astype(np.intp))
    radius = _reach(peak, width, trailing)
    left, right = np.maximum(0, column - radius), np.minimum(columns, column + radius + 1)
    upper, lower = np.maximum(0, row - radius), np.minimum(rows, row + radius + 1)
    shown = np.flatnonzero((left < right) & (upper < lower))
    forms = {reach: spread(width, reach, trailing) for reach in np.unique(radius[shown]).tolist()}
    places = (upper, lower, left, right, row - radius, column - radius, phase_y, phase_x, radius)
    for (top, bottom, begin, end, above, before, down, along, reach), bright in zip(
        np.stack(places, axis=1)[shown].tolist(), flux[shown], strict=True
    ):
        star = forms[reach][
            down, along, top - above : bottom - above, begin - before : end - before
        ]
        signal[top:bottom, begin:end] += bright * star


def _add_trails(signal: Floats, scene: Scene, random: np.random.Generator) -> None:
    """Add what satellites leave behind."""
    crossings = random.poisson(_TRAIL_RATE * scene.exposure) if scene.stacked == 1 else 0
    rows, columns = signal.shape
    for _ in range(crossings if scene.trails is None else scene.trails):
        angle = random.uniform(0, math.pi)
        middle = random.uniform(0.1, 0.9, 2) * (columns, rows)
        x = (np.arange(columns, dtype=np.float32) - middle[0]) * np.float32(math.sin(angle))
        y = (np.arange(rows, dtype=np.float32) - middle[1]) * np.float32(math.cos(angle))
        distance = x[None, :] - y[:, None]
        signal += np.float32(random.uniform(150, 900)) * np.exp(-(distance**2) / 4)


def _read_out(signal: Floats, scene: Scene, random: np.random.Generator) -> Pixels:
    """Return the pixels the camera delivers: with bias, dark current, noise and full wells."""
    dark = 0.004 * scene.exposure * 2 ** ((scene.temperature + 10) / 6) * scene.binning**2
    dark = 0.0 if scene.kind is FrameKind.BIAS else dark
    known = _noise(2 * signal.size)
    first = random.integers(0, signal.size)
    noise = known[first : first + signal.size].reshape(signal.shape)
    level = np.float32(ADU_PER_OFFSET * scene.offset + dark)
    for strip in _strips(signal.shape[0]):
        part = signal[strip]
        width = part + np.float32(dark)
        width *= np.float32(ADU_PER_ELECTRON / 4)
        width += np.float32(READ_NOISE**2)
        np.sqrt(width, out=width)
        width *= noise[strip]
        if scene.stacked > 1:
            width /= np.float32(math.sqrt(scene.stacked))
        part += width
        part += level
    if scene.stacked == 1 and scene.binning == 1:
        _add_defects(signal, scene)
    pixels = np.empty(signal.shape, np.uint16)
    for strip in _strips(signal.shape[0]):
        pixels[strip] = np.clip(signal[strip], 0, FULL_SCALE)
    return pixels


def _add_defects(pixels: Floats, scene: Scene) -> None:
    """Brighten the sensor's hot pixels: always the same ones."""
    random = np.random.default_rng(1)
    rows, columns = pixels.shape
    where = random.integers(0, rows, _DEFECTS), random.integers(0, columns, _DEFECTS)
    rate = np.minimum(random.pareto(1.2, _DEFECTS), 30).astype(np.float32)
    heat = 0.0 if scene.kind is FrameKind.BIAS else 2 ** ((scene.temperature + 10) / 6)
    pixels[where] += rate * np.float32(min(400.0, scene.exposure) * heat)


@lru_cache(maxsize=2)
def _noise(count: int) -> Floats:
    """Return standard noise, of which each frame takes a part: making new noise takes the longest."""
    return np.random.Generator(np.random.SFC64(5)).standard_normal(count, dtype=np.float32)


@lru_cache(maxsize=4)
def _vignette(size: tuple[int, int]) -> Floats:
    """Return the light that reaches each pixel, 1 in the middle."""
    columns, rows = size
    x = np.linspace(-1, 1, columns, dtype=np.float32)
    y = np.linspace(-1, 1, rows, dtype=np.float32) * np.float32(rows / columns)
    return 1 - np.float32(0.13) * (x[None, :] ** 2 + y[:, None] ** 2)


@lru_cache(maxsize=4)
def _dust(size: tuple[int, int]) -> Floats:
    """Return the shadows of dust: rings of defocused grains."""
    columns, rows = size
    shade = np.ones((rows, columns), np.float32)
    random = np.random.default_rng(7)
    y, x = np.ogrid[:rows, :columns]
    for _ in range(9):
        middle = random.uniform(0, columns), random.uniform(0, rows)
        radius = random.uniform(12, 40) * columns / 1936
        distance = np.hypot(x - middle[0], y - middle[1])
        ring = np.exp(-(((distance - radius) / (0.35 * radius)) ** 2))
        shade -= (random.uniform(0.01, 0.05) * ring).astype(np.float32)
    return shade
