"""An autofocus run: a V curve of measured points, a report, sometimes no success."""

import asyncio
from datetime import timedelta
import math
from typing import TYPE_CHECKING, Any

from simulator.curves import FocusCurves, Point

if TYPE_CHECKING:
    from simulator.devices.focuser import Focuser

__all__ = ["Autofocus"]


class Autofocus:
    """The autofocus routine of one focuser; `name` is NINA, or that of another plugin."""

    def __init__(self, focuser: Focuser) -> None:
        """Focus with a focuser."""
        self.focuser = focuser
        self.running = False
        self.name = "NINA"

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
            if not observatory.tasks.ending:
                focuser.travel.go(start)
            raise
        finally:
            self.running = False
        if guided:
            await observatory.guider.routines.start(calibrate=False)
        if succeeded:
            await focuser.events.emit("AUTOFOCUS-FINISHED")
        return succeeded

    async def _measure(self, start: int, settings: dict[str, Any]) -> list[Point]:
        """Measure from the far side inwards, as many points as the profile says and one more."""
        step = int(settings["AutoFocusStepSize"])
        reach = int(settings["AutoFocusInitialOffsetSteps"]) + 1
        points: list[Point] = []
        for number in range(reach, -reach, -1):
            await self.focuser.move_to(start + number * step)
            hfr = await self._hfr(settings["AutoFocusExposureTime"])
            point = Point(self.focuser.position, hfr, 0.05 + 0.04 * hfr)
            points.append(point)
            await self.focuser.events.emit(
                "AUTOFOCUS-POINT-ADDED", Position=point.position, HFR=point.value
            )
        return points

    async def _hfr(self, seconds: float) -> float:
        """Take a frame and measure its stars."""
        camera = self.focuser.observatory.camera
        if not camera.connected:
            return 0.0
        frame = await camera.routines.expose_for_focus(seconds)
        return frame.hfr if frame is not None and not math.isnan(frame.hfr) else 0.0

    def _report(self, points: list[Point], start: int, seconds: float) -> bool:
        """Write the report and tell whether N.I.N.A. accepts the fit."""
        focuser = self.focuser
        observatory = focuser.observatory
        settings = observatory.profile.section("FocuserSettings")
        curves = FocusCurves(points, settings["AutoFocusCurveFitting"].wire, start)
        best, previous = curves.best.as_data(), observatory.autofocus_report
        plugin = self.name != "NINA"
        observatory.autofocus_report = {
            "Version": 2,
            "Filter": observatory.filter_wheel.selected_name,
            "AutoFocuserName": self.name,
            "StarDetectorName": self.name,
            "Timestamp": focuser.clock.now(),
            "Temperature": focuser.temperature,
            "Method": "STARHFR",
            "Fitting": curves.fitting,
            "InitialFocusPoint": Point(start, 0.0).as_data(),
            "CalculatedFocusPoint": best,
            "PreviousFocusPoint": previous["CalculatedFocusPoint"] if previous else dict(best),
            "MeasurePoints": [p.as_data() for p in sorted(points, key=lambda p: p.position)],
            **curves.report(everything=not plugin),
            "BacklashCompensation": {
                "BacklashCompensationModel": settings["BacklashCompensationModel"].wire,
                "BacklashIN": settings["BacklashIn"],
                "BacklashOUT": settings["BacklashOut"],
            },
            "Duration": timedelta(seconds=seconds),
        }
        failed = focuser.faults.find("failed_autofocus")
        if failed is not None:
            failed.used += 1
            if failed.options["mode"] == "rejected":
                _spoil(observatory.autofocus_report, start, settings["RSquaredThreshold"])
        return failed is None and curves.sound and curves.r_squared >= settings["RSquaredThreshold"]


def _spoil(report: dict[str, Any], start: int, threshold: float) -> None:
    """Make a report one that N.I.N.A. rejects, though its best position is where it was."""
    report["CalculatedFocusPoint"]["Position"] = start + 0.4
    squares = report["RSquares"]
    for key, value in squares.items():
        squares[key] = value if math.isnan(value) else round(threshold * 0.6, 4)
