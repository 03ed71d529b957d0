"""The devices that take the picture: camera, guider, filter wheel, rotator, focuser."""

from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    Camera,
    CameraState,
    Filter,
    FilterWheel,
    Focuser,
    Guider,
    GuiderState,
    Rotator,
    Unknown,
    beyond_bounds,
    decode,
)

UP = {"Connected": True}


def test_camera_settings_that_it_does_not_have() -> None:
    camera = decode(
        Camera,
        {
            **UP,
            "Gain": -1,
            "Offset": -1,
            "Battery": -1,
            "USBLimit": -1,
            "LastDownloadTime": -1,
            "ElectronsPerADU": "NaN",
            "ExposureMax": 1.7976931348623157e308,
            "CoolerPower": "NaN",
        },
    )

    assert camera == Camera(connected=True)


def test_camera_no_download_yet_is_no_fault() -> None:
    """What is beyond its bounds is counted as a fault of the driver; -1 is what N.I.N.A. begins with."""
    before = beyond_bounds["seconds"]
    assert decode(Camera, {**UP, "LastDownloadTime": -1}).last_download_time is None
    assert beyond_bounds["seconds"] == before
    assert decode(Camera, {**UP, "LastDownloadTime": 0}).last_download_time == 0
    assert decode(Camera, {**UP, "LastDownloadTime": 1e9}).last_download_time is None
    assert beyond_bounds["seconds"] == before + 1


@pytest.mark.parametrize(
    ("temperature", "set_point", "cooler_on", "expected"),
    [
        (-9.2, -10, True, True),
        (-11, -10, True, True),
        (-8.9, -10, True, False),
        (-10, -10, False, False),
        ("NaN", -10, True, None),
        (-10, "NaN", True, None),
        (-10, -10, None, None),
    ],
)
def test_camera_at_set_point(
    temperature: Any, set_point: Any, cooler_on: bool | None, expected: bool | None
) -> None:
    camera = decode(
        Camera,
        {
            **UP,
            "Temperature": temperature,
            "TemperatureSetPoint": set_point,
            "CoolerOn": cooler_on,
        },
    )

    assert camera.at_set_point is expected


def test_camera_at_set_point_is_unknown_while_disconnected() -> None:
    assert Camera().at_set_point is None


def test_camera_the_typed_target_is_not_the_set_point() -> None:
    camera = decode(Camera, {**UP, "TargetTemp": 0, "TemperatureSetPoint": -10})

    assert camera.set_point == -10


def test_camera_binning() -> None:
    assert decode(Camera, {**UP, "BinX": 2, "BinY": 2}).binning == "2x2"
    assert decode(Camera, {**UP, "BinX": 2}).binning is None
    assert decode(Camera, {**UP, "BinY": 0, "BinX": 1}).binning is None


@pytest.mark.parametrize(("mode", "name"), [(1, "Low noise"), (2, None), (-1, None)])
def test_camera_readout_mode(mode: int, name: str | None) -> None:
    camera = decode(Camera, {**UP, "ReadoutModes": ["Fast", "Low noise"], "ReadoutMode": mode})

    assert camera.readout_mode_name == name


@pytest.mark.parametrize("odd", [None, "", " ", "NaN", 5, {}])
def test_camera_readout_mode_without_a_name_keeps_its_number(odd: Any) -> None:
    """Modes are numbered, so the next one is not taken for it."""
    block = {**UP, "ReadoutModes": [odd, "Fast", "Low noise"]}

    assert decode(Camera, {**block, "ReadoutMode": 2}).readout_mode_name == "Low noise"
    assert decode(Camera, {**block, "ReadoutMode": 0}).readout_mode_name is None


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ("Exposing", CameraState.EXPOSING),
        ("exposing", CameraState.EXPOSING),
        (2, CameraState.EXPOSING),
        (-1, CameraState.NO_STATE),
        ("Meditating", Unknown("Meditating")),
        (77, Unknown(77)),
        ("", None),
        (True, None),
        (2.5, None),
        (None, None),
    ],
)
def test_camera_state(raw: Any, state: CameraState | Unknown | None) -> None:
    assert decode(Camera, {**UP, "CameraState": raw}).state == state


@pytest.mark.parametrize(
    ("raw", "state", "guiding", "lost"),
    [
        ("Guiding", GuiderState.GUIDING, True, False),
        ("LostLock", GuiderState.LOST_LOCK, False, True),
        ("Stopped", GuiderState.STOPPED, False, False),
        ("Dithering RA", Unknown("Dithering RA"), None, False),
        ("Idle", GuiderState.IDLE, None, False),
        ("", None, None, False),
        (3, Unknown(3), None, False),
    ],
)
def test_guider_state(
    raw: Any, state: GuiderState | Unknown | None, guiding: bool | None, lost: bool
) -> None:
    guider = decode(Guider, {**UP, "State": raw})

    assert (guider.state, guider.guiding, guider.lost) == (state, guiding, lost)


def test_guider_zero_is_not_perfect_but_unknown() -> None:
    zero = {"Pixel": 0, "Arcseconds": 0}
    guider = decode(Guider, {**UP, "PixelScale": 0, "RMSError": {"RA": zero, "Total": zero}})

    assert guider.pixel_scale is None
    assert guider.rms is not None
    assert guider.rms.total is not None
    assert (guider.rms.total.pixel, guider.rms.total.arcseconds) == (None, None)
    assert guider.rms.dec is None


def test_filters_are_found_by_name_not_by_place_in_the_wheel() -> None:
    filters = [{"Name": "L", "Id": 1}, {"Name": "Ha", "Id": 0}]
    wheel = decode(FilterWheel, {"Connected": False, "AvailableFilters": filters})

    assert (wheel.index_of("Ha"), wheel.index_of("OIII")) == (1, None)
    assert wheel.selected_filter is None
    for odd in (None, "?", {"Id": 7}):
        wheel = decode(FilterWheel, {**UP, "AvailableFilters": [odd, *filters]})
        assert (wheel.index_of("L"), wheel.index_of("Ha")) == (1, 2)


def test_the_filter_of_an_old_server() -> None:
    wheel = decode(FilterWheel, {**UP, "SelectedFilter": {"_name": "Ha", "_position": 1}})

    assert wheel.selected_filter == Filter(name="Ha", id=1)


def test_the_rotator_knows_the_sky_only_when_synced() -> None:
    block = {**UP, "Position": 345.06, "MechanicalPosition": 64.12, "StepSize": 0}

    assert decode(Rotator, block).sky_position is None
    assert decode(Rotator, {**block, "Synced": True}).sky_position == 345.06
    assert decode(Rotator, block).step_size is None


@pytest.mark.parametrize(
    ("position", "mechanical", "synced", "known"),
    [
        (64.12, 0, False, None),
        (64.12, 64.12, False, 64.12),
        (280.94, 0, True, 0),
        (0, 0, False, 0),
        (64.12, None, False, None),
    ],
)
def test_a_rotator_is_not_at_0_before_it_was_read(
    position: float, mechanical: float | None, *, synced: bool, known: float | None
) -> None:
    """Just connected it says 0; unsynced it stands where it is, in the sky as by mechanics."""
    block = {**UP, "Position": position, "MechanicalPosition": mechanical, "Synced": synced}

    assert decode(Rotator, block).mechanical_position == known


def test_a_focuser_without_probe() -> None:
    focuser = decode(Focuser, {**UP, "Temperature": "NaN", "StepSize": "NaN", "Position": 2353.0})

    assert focuser == Focuser(connected=True, position=2353)
