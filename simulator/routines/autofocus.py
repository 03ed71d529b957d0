"""An autofocus run: a V curve of measured points, a report, sometimes no success."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from simulator.devices.focuser import Focuser

__all__ = ["Autofocus"]


@dataclass(frozen=True, slots=True)
class _Point:
    """One measured point of the curve."""

    position: int
    hfr: float
    error: float

    def as_data(self) -> dict[str, Any]:
        """Return the point as the report writes it."""
        return {"Position": self.position, "Value": self.hfr, "Error": self.error}


class Autofocus:
    """The autofocus routine of one focuser."""

    def __init__(self, focuser: Focuser) -> None:
        """Focus with a focuser."""
        self.focuser = focuser
        self.running = False

    async def run(self) -> bool:
        """Run once and tell whether it succeeded; a failure ends without an event."""
        focuser = self.focuser
        observatory = focuser.observatory
        settings = observatory.profile.section("FocuserSettings")
        began, start = focuser.clock.elapsed, focuser.position
        guided = observatory.guider.guiding and settings["AutoFocusDisableGuiding"]
        self.running = True
        succeeded = False
        await focuser.events.emit("AUTOFOCUS-STARTING")
        try:
            if guided:
                await observatory.guider.routines.stop()
            points = await self._measure(start, settings)
            succeeded = self._report(points, start, focuser.clock.elapsed - began)
            best = observatory.autofocus_report["CalculatedFocusPoint"]["Position"]
            await focuser.move_to(round(best) if succeeded else start)
        except asyncio.CancelledError:
            focuser.travel.go(start)
            raise
        finally:
            self.running = False
        if guided:
            await observatory.guider.routines.start(calibrate=False)
        if succeeded:
            await focuser.events.emit("AUTOFOCUS-FINISHED")
        return succeeded

    async def _measure(self, start: int, settings: dict[str, Any]) -> list[_Point]:
        """Measure from the far side inwards, as many points as the profile says and one more."""
        step = int(settings["AutoFocusStepSize"])
        reach = int(settings["AutoFocusInitialOffsetSteps"]) + 1
        points: list[_Point] = []
        for number in range(reach, -reach, -1):
            await self.focuser.move_to(start + number * step)
            hfr = await self._hfr(settings["AutoFocusExposureTime"])
            point = _Point(self.focuser.position, hfr, 0.05 + 0.04 * hfr)
            points.append(point)
            await self.focuser.events.emit(
                "AUTOFOCUS-POINT-ADDED", Position=point.position, HFR=point.hfr
            )
        return points

    async def _hfr(self, seconds: float) -> float:
        """Take a frame and measure its stars."""
        camera = self.focuser.observatory.camera
        if not camera.connected:
            return 0.0
        frame = await camera.routines.expose_for_focus(seconds)
        return frame.hfr if frame is not None and not math.isnan(frame.hfr) else 0.0

    def _report(self, points: list[_Point], start: int, seconds: float) -> bool:
        """Write the report and tell whether N.I.N.A. accepts the fit."""
        measured = [point for point in points if point.hfr > 0]
        focuser = self.focuser
        observatory = focuser.observatory
        fit = _Fit(measured, start)
        threshold = observatory.profile.section("FocuserSettings")["RSquaredThreshold"]
        previous = observatory.autofocus_report
        best = {"Position": fit.best, "Value": fit.value, "Error": 0.0}
        observatory.autofocus_report = {
            "Version": 2,
            "Filter": observatory.filter_wheel.selected_name,
            "AutoFocuserName": "NINA",
            "StarDetectorName": "NINA",
            "Timestamp": focuser.clock.now(),
            "Temperature": focuser.temperature,
            "Method": "STARHFR",
            "Fitting": "TRENDPARABOLIC",
            "InitialFocusPoint": {"Position": start, "Value": 0.0, "Error": 0.0},
            "CalculatedFocusPoint": best,
            "PreviousFocusPoint": previous["CalculatedFocusPoint"] if previous else dict(best),
            "MeasurePoints": [point.as_data() for point in sorted(points, key=_position)],
            **fit.as_data(),
            "BacklashCompensation": {
                "BacklashCompensationModel": "OVERSHOOT",
                "BacklashIN": 0,
                "BacklashOUT": 100,
            },
            "Duration": timedelta(seconds=seconds),
        }
        failed = focuser.faults.strikes("failed_autofocus")
        return not failed and len(measured) >= 5 and fit.r_squared >= threshold


def _position(point: _Point) -> int:
    """Return what points are sorted by."""
    return point.position


class _Fit:
    """A parabola and two trend lines through measured points."""

    def __init__(self, points: list[_Point], start: int) -> None:
        """Fit, or stay at the start when there are too few points."""
        self.best, self.value, self.r_squared = start, 0.0, math.nan
        self.parabola = (0.0, 0.0, 0.0)
        if len(points) < 3:
            return
        x = np.array([point.position for point in points], float)
        y = np.array([point.hfr for point in points])
        coefficients = np.polyfit(x - start, y, 2)
        residual = y - np.polyval(coefficients, x - start)
        spread = float(((y - y.mean()) ** 2).sum()) or 1.0
        self.r_squared = 1 - float((residual**2).sum()) / spread
        a, b, c = (float(value) for value in coefficients)
        self.parabola = (a, b - 2 * a * start, c - b * start + a * start**2)
        if a > 0:
            self.best = round(start - b / (2 * a))
            self.value = max(0.5, c - b * b / (4 * a))
        else:
            self.r_squared = 0.0

    def as_data(self) -> dict[str, Any]:
        """Return the fits as the report writes them; unused ones are empty."""
        a, b, c = self.parabola
        minimum = {"Position": self.best, "Value": self.value, "Error": 0.0}
        slope = 2 * a * 200
        return {
            "Intersections": {"TrendLineIntersection": minimum, "QuadraticMinimum": dict(minimum)},
            "Fittings": {
                "Quadratic": f"y = {a!r} * x^2 + {b!r} * x + {c!r}",
                "Hyperbolic": "",
                "Gaussian": "",
                "LeftTrend": f"y = {-slope!r} * x + {self.value + slope * self.best!r}",
                "RightTrend": f"y = {slope!r} * x + {self.value - slope * self.best!r}",
            },
            "RSquares": {
                "Quadratic": self.r_squared,
                "Hyperbolic": math.nan,
                "LeftTrend": self.r_squared,
                "RightTrend": self.r_squared,
            },
        }
