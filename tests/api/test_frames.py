"""Frames: what tells them apart, and statistics that are unknown rather than 0."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.nina_observatory.api import Frame, ImageType, Rms, Unknown, decode

from .conftest import Captures


@pytest.mark.parametrize(
    ("text", "rms"),
    [
        ('Tot: 0.45 (0.80")', Rms(pixel=0.45, arcseconds=0.80)),
        ('Ges:0.45(0.80")', Rms(pixel=0.45, arcseconds=0.80)),
        ('Tot: 12 (3")', Rms(pixel=12, arcseconds=3)),
        ('Tot: 0.45 (0.00")', Rms(pixel=0.45)),
        ('Tot: 0.00 (0.00")', None),
        ("Tot: --", None),
        ("", None),
        (None, None),
        (0.45, None),
    ],
)
def test_guiding(text: Any, rms: Rms | None) -> None:
    assert decode(Frame, {"RmsText": text}).rms == rms


@pytest.mark.parametrize(
    ("block", "stars", "hfr", "std_dev"),
    [
        ({"Stars": -1, "HFR": "NaN", "HFRStDev": "NaN"}, None, None, None),
        ({"Stars": -1, "HFR": 0}, None, None, None),
        ({"Stars": 1, "HFR": 0.0, "HFRStDev": 0.0}, 1, None, None),
        ({"Stars": 842, "HFR": 1.93, "HFRStDev": 0.31}, 842, 1.93, 0.31),
    ],
)
def test_stars(
    block: dict[str, Any], stars: int | None, hfr: float | None, std_dev: float | None
) -> None:
    frame = decode(Frame, block)

    assert (frame.stars, frame.hfr, frame.hfr_std_dev) == (stars, hfr, std_dev)


@pytest.mark.parametrize(
    ("block", "image_type"),
    [
        ({"ImageType": "DARK"}, ImageType.DARK),
        ({"ImageType": "light"}, ImageType.LIGHT),
        ({"ImageType": "DARKFLAT"}, Unknown("DARKFLAT")),
        ({"ImageType": None}, None),
        ({"HFR": 0}, None),
        ({"Index": 0, "HFR": 0}, ImageType.LIGHT),
    ],
)
def test_the_type(block: dict[str, Any], image_type: ImageType | Unknown | None) -> None:
    """Servers before 2.1 report nothing but light frames, and do not say so."""
    assert decode(Frame, block).image_type == image_type


def test_two_frames_of_one_second() -> None:
    block = {"Date": "2026-02-24T22:41:09.1+01:00", "Filename": "a.fits", "HFR": 2}
    same = decode(Frame, {**block, "Stars": 5})

    assert decode(Frame, block).identity == same.identity
    assert decode(Frame, {**block, "Filename": "b.fits"}).identity != same.identity


def test_hfr_in_the_sky() -> None:
    frame = decode(Frame, {"HFR": 2, "FocalLength": 400})

    assert frame.hfr_arcseconds(3.76) == pytest.approx(3.878, abs=0.001)
    assert frame.hfr_arcseconds(None) is None
    assert decode(Frame, {"HFR": 2, "FocalLength": "NaN"}).hfr_arcseconds(3.76) is None
    assert decode(Frame, {"HFR": 0, "FocalLength": 400}).hfr_arcseconds(3.76) is None


def test_what_is_unknown_of_a_snapshot() -> None:
    frame = decode(Frame, {"Filter": "", "TargetName": "", "Gain": -1, "Temperature": "NaN"})

    assert (frame.filter, frame.target_name, frame.gain, frame.temperature) == (None,) * 4


def test_a_recorded_light_frame(captures: Captures) -> None:
    frame = decode(Frame, captures.response("imaging_guiding_image_history_latest")[0])

    assert frame.date is not None
    assert frame.date.astimezone(UTC).replace(microsecond=0) == datetime(
        2026, 9, 5, 6, 41, 27, tzinfo=UTC
    )
    assert (frame.image_type, frame.filter, frame.target_name) == (ImageType.LIGHT, "H", "NGC 281")
    assert (frame.exposure_time, frame.gain, frame.stars) == (600.0, 100, 4026)
    assert frame.rms == Rms(pixel=0.23, arcseconds=0.38)
    assert frame.filename == "frame_aa733dce.fits"
