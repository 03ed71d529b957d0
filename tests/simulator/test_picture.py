"""Rendered frames: believable, repeatable, and measured rather than invented."""

from datetime import UTC, datetime
import io
import math

import numpy as np
from PIL import Image
import pytest

from simulator.picture import (
    HEIGHT,
    WIDTH,
    FrameKind,
    Scene,
    Shape,
    debayer,
    encode,
    fits,
    measure,
    render,
    render_color,
    rescale,
    screenshot,
    shape_of,
    stretch,
    thumbnail,
)
from simulator.picture.measure import half_flux_radii

LIGHT = Scene(target="M 31", exposure=60)


def test_equal_scenes_give_equal_pixels_and_others_do_not() -> None:
    frame = render(LIGHT)
    assert frame.shape == (HEIGHT, WIDTH)
    assert frame.dtype == np.uint16
    assert np.array_equal(frame, render(LIGHT))
    assert not np.array_equal(frame, render(Scene(target="M 31", exposure=60, seed=1)))


def test_the_same_target_shows_the_same_stars() -> None:
    one, two = (render(Scene(target="M 31", seed=seed, trails=0)) for seed in (1, 2))
    other = render(Scene(target="M 33", seed=1, trails=0))

    def likeness(first: np.ndarray, second: np.ndarray) -> float:
        clipped = [np.minimum(frame, 2000).ravel() for frame in (first, second)]
        return float(np.corrcoef(clipped[0], clipped[1])[0, 1])

    assert likeness(one, two) > 0.8
    assert likeness(one, other) < 0.5


def test_a_dither_moves_the_stars_by_that_many_pixels() -> None:
    frame = render(Scene(target="M 13", trails=0))
    moved = render(Scene(target="M 13", dither=(8, -4), trails=0))
    row, column = np.unravel_index(np.argmax(_smooth(frame)), frame.shape)
    part = _smooth(moved)[row - 8 : row + 1, column + 4 : column + 13]
    there = np.unravel_index(np.argmax(part), part.shape)
    assert abs(there[0] - 4) <= 1
    assert abs(there[1] - 4) <= 1


def test_a_flip_turns_the_field_by_half_a_turn() -> None:
    frame = np.minimum(_smooth(render(Scene(target="M 13", trails=0))), 3000)
    flipped = np.minimum(_smooth(render(Scene(target="M 13", rotation=180, trails=0))), 3000)
    turned = flipped[::-1, ::-1]
    assert np.corrcoef(frame.ravel(), turned.ravel())[0, 1] > 0.6
    assert np.corrcoef(frame.ravel(), flipped.ravel())[0, 1] < 0.3


@pytest.mark.parametrize(("target", "filter_name"), [("M 31", "L"), ("NGC 7000", "Ha")])
def test_the_radius_follows_the_focus(target: str, filter_name: str) -> None:
    radii = [
        measure(
            render(Scene(target=target, filter_name=filter_name, exposure=20, defocus=width))
        ).hfr
        for width in range(8)
    ]
    assert radii == sorted(radii)
    assert radii[-1] > 1.7 * radii[0]


def test_the_radius_follows_the_seeing() -> None:
    radii = [measure(render(Scene(target="M 31", seeing=seeing))).hfr for seeing in (2, 3, 4)]
    assert radii == sorted(radii)
    assert 1 < radii[0] < radii[-1] < 4


def test_a_lone_star_is_measured_as_what_it_is() -> None:
    rows, columns = np.ogrid[:400, :600]
    frame = np.full((400, 600), 500.0)
    centers = [(100.3, 150.2), (100.0, 450.5), (300.7, 150.0), (300.5, 450.5)]
    for row, column in centers:
        frame += 4000 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * 1.5**2))
    frame += np.random.default_rng(1).normal(0, 5, frame.shape)
    radii = half_flux_radii(frame.astype(np.uint16))
    # The mean distance from the center of a Gaussian is its sigma times the root of pi / 2.
    assert radii.size == len(centers)
    assert radii == pytest.approx(1.5 * math.sqrt(math.pi / 2), rel=0.05)


def test_clouds_take_the_stars_away() -> None:
    clear, thin, thick = (
        measure(render(Scene(target="NGC 7000", clouds=clouds))) for clouds in (0, 0.6, 1)
    )
    assert clear.stars > 1.3 * thin.stars > 5 * thick.stars
    assert thick.median > clear.median


def test_clouded_out_means_a_radius_of_zero() -> None:
    statistics = measure(render(Scene(target="", exposure=0.5, clouds=1, filter_name="Ha")))
    assert statistics.stars == 0
    assert statistics.hfr == 0
    assert statistics.hfr_st_dev == 0


def test_filters_let_different_amounts_through() -> None:
    medians = {
        name: measure(render(Scene(target="M 31", filter_name=name, exposure=120))).median
        for name in ("L", "R", "Ha")
    }
    assert medians["L"] > medians["R"] > medians["Ha"] > 490


def test_a_satellite_leaves_a_line() -> None:
    without = render(Scene(target="M 31", trails=0)).astype(int)
    with_one = render(Scene(target="M 31", trails=1)).astype(int)
    assert np.count_nonzero(with_one - without > 100) > HEIGHT // 2


@pytest.mark.parametrize("kind", [FrameKind.FLAT, FrameKind.DARK, FrameKind.BIAS])
def test_calibration_frames(kind: FrameKind) -> None:
    statistics = measure(render(Scene(kind=kind, exposure=2, level=30000)), detect_stars=False)
    assert statistics.stars == -1
    assert math.isnan(statistics.hfr)
    assert math.isnan(statistics.hfr_st_dev)
    expected = 30000 if kind is FrameKind.FLAT else 500
    assert statistics.median == pytest.approx(expected, rel=0.1)


def test_statistics_are_those_of_the_pixels() -> None:
    frame = render(Scene(target="M 31", binning=2))
    statistics = measure(frame, detect_stars=False)
    assert frame.shape == (HEIGHT // 2, WIDTH // 2)
    assert statistics.mean == pytest.approx(frame.mean())
    assert statistics.median == pytest.approx(np.median(frame), abs=1)
    assert statistics.st_dev == pytest.approx(frame.std())
    assert (statistics.minimum, statistics.maximum) == (frame.min(), frame.max())
    deviation = np.median(np.abs(frame - float(np.median(frame))))
    assert statistics.median_absolute_deviation == pytest.approx(deviation, abs=1)


def test_stretching_lifts_the_background_to_a_fifth() -> None:
    picture = stretch(render(LIGHT))
    assert picture.mode == "L"
    assert picture.size == (WIDTH, HEIGHT)
    assert np.median(np.asarray(picture)) / 255 == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize(
    ("asked", "width"),
    [
        ({}, WIDTH),
        ({"width": 640}, 640),
        ({"width": 20}, 194),
        ({"width": 9999}, WIDTH),
        ({"scale": 0.5}, 968),
        ({"scale": 0.01}, 194),
        ({"scale": 3.0}, WIDTH),
    ],
)
def test_pictures_are_never_enlarged_nor_made_tiny(asked: dict[str, float], width: int) -> None:
    assert rescale(Image.new("L", (WIDTH, HEIGHT)), **asked).width == width  # type: ignore[arg-type]


def test_files() -> None:
    picture = stretch(render(LIGHT))
    png, png_type = encode(rescale(picture, scale=0.3))
    jpeg, jpeg_type = encode(picture, 70)
    assert (png_type, jpeg_type) == ("image/png", "image/jpeg")
    assert Image.open(io.BytesIO(png)).format == "PNG"
    assert Image.open(io.BytesIO(jpeg)).size == (WIDTH, HEIGHT)
    small = Image.open(io.BytesIO(thumbnail(render(LIGHT))))
    assert (small.format, small.width) == ("JPEG", 256)


def test_a_fits_file_holds_the_pixels() -> None:
    frame = render(Scene(target="M 31", binning=4))
    data = fits(frame, {"OBJECT": "M 31", "EXPTIME": 60.0})
    assert len(data) % 2880 == 0
    assert data.startswith(b"SIMPLE  =                    T")
    assert b"OBJECT  = 'M 31    '" in data[:2880]
    rows, columns = frame.shape
    pixels = np.frombuffer(data[2880:], ">i2", rows * columns).reshape(rows, columns)
    assert np.array_equal(pixels.astype(int) + 32768, frame)


def test_color() -> None:
    picture = stretch(render_color(Scene(target="NGC 7000", exposure=300, stacked=20)))
    assert picture.mode == "RGB"
    assert picture.size == (WIDTH, HEIGHT)
    mosaic = np.tile(np.array([[10, 20], [22, 30]], np.uint16), (4, 4))
    assert debayer(mosaic).shape == (4, 4, 3)
    assert debayer(mosaic)[0, 0].tolist() == [10, 21, 30]


def test_stacking_lowers_the_noise() -> None:
    one, many = (
        measure(render(Scene(target="", stacked=count)), detect_stars=False) for count in (1, 25)
    )
    assert many.median_absolute_deviation < 0.6 * one.median_absolute_deviation


def test_shapes_by_name() -> None:
    assert shape_of("M 31") is Shape.GALAXY
    assert shape_of("NGC 7000 Panel 1") is Shape.NEBULA
    assert shape_of("Snapshot") is Shape.STARS


def test_the_desktop_says_that_it_is_simulated_and_shows_the_frame() -> None:
    now = datetime(2026, 11, 14, 22, 30, tzinfo=UTC)
    empty = screenshot(now)
    shown = screenshot(
        now,
        tab="sequencer",
        equipment={"Camera": True, "Dome": False},
        lines=[("Target", "M 31")],
        picture=stretch(render(LIGHT)),
    )
    assert empty.size == shown.size == (1920, 1080)
    assert np.asarray(shown).mean() > np.asarray(empty).mean()


def _smooth(frame: np.ndarray) -> np.ndarray:
    """Return the frame blurred a little, so that noise does not decide."""
    total = np.zeros(frame.shape)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            total += np.roll(frame.astype(float), (down, right), (0, 1))
    return total / 9
