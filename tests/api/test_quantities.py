"""What cannot be measured is unknown, and counted; everything else is as it was read."""

from dataclasses import fields
from math import inf, nextafter
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    AutofocusReport,
    Camera,
    Dome,
    Focuser,
    Frame,
    Mount,
    Rotator,
    Weather,
    beyond_bounds,
)
from custom_components.nina_observatory.api.models.autofocus import FocusPoint
from custom_components.nina_observatory.api.models.base import decode
from custom_components.nina_observatory.api.models.extras import FlatsStatus
from custom_components.nina_observatory.api.models.quantities import BOUNDS, within
from custom_components.nina_observatory.api.models.scheduler import ExposurePlan, Target

MODELS = (
    *(AutofocusReport, Camera, Dome, ExposurePlan, FlatsStatus, Focuser, Frame, Mount),
    *(Rotator, Target, Weather),
)
UNKNOWN: tuple[Any, ...] = ("NaN", None, "5", True, [], {})
ABSURD = (1.8e19, -1.8e19, 1e30, 1.7976931348623157e308)


@pytest.mark.parametrize("quantity", BOUNDS)
def test_the_bounds_of_a_quantity(quantity: str) -> None:
    """Both ends can be measured, what is just beyond them cannot."""
    read, (low, high) = within(quantity), BOUNDS[quantity]
    assert (read(low), read(high)) == (low, high)
    before = beyond_bounds[quantity]
    assert read(nextafter(low, -inf)) is None
    assert read(nextafter(high, inf)) is None
    assert beyond_bounds[quantity] == before + 2
    for unknown in UNKNOWN:
        assert read(unknown) is None
    assert beyond_bounds[quantity] == before + 2


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("absurd", ABSURD)
def test_no_reading_is_absurd(model: Any, absurd: float) -> None:
    """Whatever a driver makes of memory that was never written, no sensor shows it."""
    names = model.Config.aliases
    found: Any = decode(model, dict.fromkeys(names.values(), absurd) | {"Connected": True})
    numbers = {
        each.name for each in fields(model) if type(getattr(found, each.name)) in (int, float)
    }
    assert numbers == set()


@pytest.mark.parametrize(
    ("model", "key", "raw", "shown"),
    [
        (Weather, "Temperature", 2147483648, None),
        (Weather, "Temperature", -300, None),
        (Weather, "Temperature", -40.5, -40.5),
        (Weather, "CloudCover", 1e30, None),
        (Weather, "CloudCover", 100, 100),
        (Weather, "Humidity", 100.5, None),
        (Weather, "Pressure", 101325, None),
        (Weather, "RainRate", -1, None),
        (Weather, "RainRate", 0, 0),
        (Weather, "WindDirection", 360, 0),
        (Camera, "Temperature", 2147483648, None),
        (Camera, "CoolerPower", 101, None),
        (Focuser, "Position", 2147483647, None),
        (Focuser, "Position", 20110, 20110),
        (Focuser, "Position", 20110.0, 20110),
        (Focuser, "Position", 20110.5, None),
        (Dome, "Azimuth", 360, 0),
        (Dome, "Azimuth", 359.9999, 359.9999),
        (Dome, "Azimuth", -1, None),
        (Mount, "Azimuth", 360.0, 0),
        (ExposurePlan, "Accepted", 2147483648, None),
        (ExposurePlan, "Desired", 500, 500),
        (Frame, "Stars", 2147483648, None),
        (Frame, "Stars", 12000, 12000),
        (Frame, "Gain", -2147483648, None),
        (Frame, "Gain", -1, None),
        (Frame, "Gain", 139, 139),
        (FlatsStatus, "TotalIterations", 2147483648, None),
        (Target, "Rotation", 1e9, None),
        (Target, "ROI", 101, None),
        (FocusPoint, "Position", 2147483648.0, None),
        (FocusPoint, "Position", 20110.5, 20110.5),
        (Focuser, "StepSize", 2147483648.0, None),
        (Frame, "ExposureTime", 1e12, None),
        (Frame, "ExposureTime", -1, None),
        (Frame, "ExposureTime", 300, 300),
    ],
)
def test_a_reading(model: Any, key: str, raw: float, shown: float | None) -> None:
    """It is shown as it is, or unknown."""
    name = next(name for name, alias in model.Config.aliases.items() if alias == key)
    assert getattr(decode(model, {"Connected": True, key: raw}), name) == shown
