"""The autofocus report, the profile and the small answers."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    AutofocusReport,
    AvailableDevice,
    CaptureResult,
    CaptureStatistics,
    FlatsStatus,
    Framing,
    MoonPhase,
    MoonSeparation,
    Profile,
    decode,
)
from custom_components.nina_observatory.api.models.autofocus import FocusPoint

from .conftest import Captures


def test_a_recorded_autofocus(captures: Captures) -> None:
    report = decode(AutofocusReport, captures.response("imaging_guiding_equipment_focuser_last_af"))

    assert report.position == 2340
    assert report.calculated is not None
    assert report.calculated.value == pytest.approx(1.093, abs=0.001)
    assert report.hfr == pytest.approx(1.552, abs=0.001)
    assert report.r_squared == pytest.approx(0.971, abs=0.001)
    assert report.duration == timedelta(minutes=4, seconds=2, microseconds=7944)
    assert report.r_squares is not None
    assert report.r_squares.hyperbolic is None
    assert report.fittings is not None
    assert report.fittings.hyperbolic is None
    assert len(report.points) == 9


def test_an_autofocus_that_began_without_a_value(captures: Captures) -> None:
    name = "after_autofocus_zero_start_equipment_focuser_last_af"
    report = decode(AutofocusReport, captures.response(name))

    assert report.initial is not None
    assert (report.initial.position, report.initial.value) == (4158, None)
    assert report.r_squared == pytest.approx(0.970, abs=0.001)


@pytest.mark.parametrize(
    ("fitting", "r_squared"),
    [
        ("TRENDLINES", 0.9),
        ("PARABOLIC", 0.7),
        ("TRENDPARABOLIC", 0.7),
        ("HYPERBOLIC", 0.8),
        ("TRENDHYPERBOLIC", 0.8),
        ("SPLINE", 0.9),
        (None, None),
    ],
)
def test_the_fit_that_decides(fitting: str | None, r_squared: float | None) -> None:
    squares = {"Quadratic": 0.7, "Hyperbolic": 0.8, "LeftTrend": 0.95, "RightTrend": 0.9}

    assert decode(AutofocusReport, {"Fitting": fitting, "RSquares": squares}).r_squared == r_squared
    assert decode(AutofocusReport, {"Fitting": fitting}).r_squared is None


def test_a_point_that_was_not_used_is_nowhere() -> None:
    """Its template is all 0; a position that was measured without a value is one."""
    for value in (0, "NaN", None):
        report = {"PreviousFocusPoint": {"Position": 0, "Value": value, "Error": 0}}
        assert decode(AutofocusReport, report).previous == FocusPoint(error=0.0)
    measured = {"PreviousFocusPoint": {"Position": 0, "Value": 2.5}}
    assert decode(AutofocusReport, measured).previous == FocusPoint(position=0.0, value=2.5)


def test_a_contrast_is_no_hfr() -> None:
    points = [{"Position": 5.5, "Value": 1}, {"Position": 6, "Value": "NaN"}]
    report = {"MeasurePoints": points, "Method": "STARHFR"}

    assert decode(AutofocusReport, report).hfr == 1
    assert decode(AutofocusReport, {**report, "Method": "CONTRASTDETECTION"}).hfr is None
    assert decode(AutofocusReport, {"Method": "STARHFR"}).hfr is None
    assert decode(AutofocusReport, {}).position is None


def test_a_profile(captures: Captures) -> None:
    profile = decode(Profile, captures.response("default_profile_profile_show_active"))

    assert profile.name == "Default-2024-08-06T12:00:27"
    assert profile.device_polling_interval == 2
    assert profile.astrometry is not None
    assert profile.astrometry.latitude == 49.4
    assert [each.name for each in profile.filters] == [f"Filter {number}" for number in range(4)]
    assert profile.filters[1].position == 1
    assert profile.dome is not None
    assert not profile.dome.refuse_unsafe_shutter_move
    assert profile.meridian_flip is not None
    assert profile.meridian_flip.max_minutes_after_meridian == 10
    assert "Users" not in repr(profile)


def test_filters_of_newer_and_older_servers() -> None:
    new = {"Name": "Ha", "FocusOffset": 25, "Position": 4, "AutoFocusExposureTime": -1}
    old = {"_name": "Ha", "_focusOffset": 25, "_position": 4, "_autoFocusExposureTime": -1, "": 0}
    settings = {"FilterWheelSettings": {"FilterWheelFilters": [new, old]}}

    first, second = decode(Profile, settings).filters

    assert first == second
    assert (first.name, first.focus_offset, first.auto_focus_exposure_time) == ("Ha", 25, None)


@pytest.mark.parametrize(
    ("block", "running", "total", "completed"),
    [
        (
            {"State": "Finished", "TotalIterations": -1, "CompletedIterations": -1},
            False,
            None,
            None,
        ),
        ({"State": "Running", "TotalIterations": 20, "CompletedIterations": 3}, True, 20, 3),
        ({}, None, None, None),
    ],
)
def test_flats(
    block: dict[str, Any], running: bool | None, total: int | None, completed: int | None
) -> None:
    status = decode(FlatsStatus, block)

    assert (status.running, status.total, status.completed) == (running, total, completed)


def test_a_capture_of_newer_and_older_servers() -> None:
    solved = {"Success": True, "Pixscale": 1.77, "Coordinates": {"RA": 0.72}, "RaPixError": "NaN"}

    for key in ("PlateSolveResult", "Platesolve"):
        result = decode(CaptureResult, {key: solved, "Image": "…"}).plate_solve_result
        assert result is not None
        assert (result.success, result.pixel_scale) == (True, 1.77)
        assert result.coordinates is not None
        assert result.coordinates.right_ascension == 0.72
    assert decode(CaptureResult, {}).plate_solve_result is None


def test_small_answers(captures: Captures) -> None:
    moon = decode(MoonSeparation, captures.response("parked_idle_astro_util_moon_separation"))
    assert moon.moon_phase is MoonPhase.WANING_CRESCENT
    assert decode(CaptureStatistics, {"HFR": "NaN", "StDev": 3}).std_dev == 3
    assert decode(AvailableDevice, {}).id == ""


FRAMED = {"RAHours": 3, "RAMinutes": 30, "RASeconds": 36, "DecDegrees": -8}
FRAMED |= {"DecMinutes": 30, "DecSeconds": 18}
PLACE = {"RA": 3.5, "Dec": -0.5, "RADegrees": 52.5, "Epoch": "J2000"}


@pytest.mark.parametrize(
    ("payload", "center"),
    [
        (FRAMED, (52.65, -8.505)),
        (FRAMED | {"DecSeconds": "NaN"}, None),
        (FRAMED | {"RAHours": None}, None),
        (FRAMED | {"Rectangle": {"Coordinates": PLACE}}, (52.5, -0.5)),
        (FRAMED | {"Rectangle": {"Coordinates": PLACE | {"Dec": "NaN"}}}, None),
        (FRAMED | {"Rectangle": {"Coordinates": PLACE | {"RA": "NaN"}}}, (52.65, -8.505)),
        (FRAMED | {"Rectangle": {}}, (52.65, -8.505)),
        ({}, None),
    ],
)
def test_what_is_framed(payload: dict[str, Any], center: tuple[float, float] | None) -> None:
    """The rectangle is exact, and is missing until the assistant was shown."""
    framing = decode(Framing, payload)

    assert framing.ready == ("Rectangle" in payload)
    assert framing.center == (None if center is None else pytest.approx(center))
