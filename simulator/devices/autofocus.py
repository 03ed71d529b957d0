"""An autofocus run: a V curve of measured points, a report, sometimes no success."""

import asyncio
from datetime import timedelta
import math
from typing import TYPE_CHECKING, Any

from simulator.curves import FocusCurves, Point
from simulator.parameters import Boolean
from simulator.reply import Refusal, Reply
from simulator.routing import get

if TYPE_CHECKING:
    from .camera import Camera
    from .filter_wheel import FilterWheel
    from .focuser import Focuser
    from .guider import Guider

__all__ = ["Autofocus"]

_FAMILY = "autofocus"


class Autofocus:
    """The autofocus of a rig; `name` is NINA, or that of another plugin.

    `report` is that of the newest run, None before the first one.
    """

    path = "focuser"

    def __init__(
        self, focuser: Focuser, camera: Camera, filter_wheel: FilterWheel, guider: Guider
    ) -> None:
        """Focus with a focuser and the frames of a camera."""
        self.focuser = focuser
        self.camera = camera
        self._filter_wheel = filter_wheel
        self._guider = guider
        self.report: Any = None
        self.running = False
        self.name = "NINA"

    async def run(self) -> bool:
        """Run once and return whether it succeeded; a failure ends without an event."""
        focuser = self.focuser
        settings = focuser.profile.section("FocuserSettings")
        began, start = focuser.clock.elapsed, focuser.position
        guided = self._guider.guiding and settings["AutoFocusDisableGuiding"]
        self.running = True
        succeeded = False
        await focuser.events.emit("AUTOFOCUS-STARTING")
        try:
            if guided:
                await self._guider.routines.stop()
            points = await self._measure(start, settings)
            succeeded = self._report(points, start, focuser.clock.elapsed - began)
            best = self.report["CalculatedFocusPoint"]["Position"]
            await focuser.move_to(round(best) if succeeded else start)
        except asyncio.CancelledError:
            if not focuser.tasks.ending:
                focuser.travel.go(start)
            raise
        finally:
            self.running = False
        if guided:
            await self._guider.routines.start(calibrate=False)
        if succeeded:
            await focuser.events.emit("AUTOFOCUS-FINISHED")
        return succeeded

    async def _measure(self, start: int, settings: dict[str, Any]) -> list[Point]:
        """Measure from the far side inwards, one point more than the profile sets."""
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
        camera = self.camera
        if not camera.connected:
            return 0.0
        frame = await camera.routines.expose_for_focus(seconds)
        return frame.hfr if frame is not None and not math.isnan(frame.hfr) else 0.0

    def _report(self, points: list[Point], start: int, seconds: float) -> bool:
        """Write the report and return whether N.I.N.A. accepts the fit."""
        focuser = self.focuser
        settings = focuser.profile.section("FocuserSettings")
        curves = FocusCurves(points, settings["AutoFocusCurveFitting"].wire, start)
        best, previous = curves.best.as_data(), self.report
        plugin = self.name != "NINA"
        self.report = {
            "Version": 2,
            "Filter": self._filter_wheel.selected_name,
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
                _spoil(self.report, start, settings["RSquaredThreshold"])
        return failed is None and curves.sound and curves.r_squared >= settings["RSquaredThreshold"]

    @get("auto-focus", Boolean("cancel"))
    async def auto_focus(self, cancel: bool) -> Reply:
        """Start or cancel an autofocus run; without a focuser nothing runs."""
        focuser = self.focuser
        cancel = cancel and focuser.dialect.at_least("2.1.0")
        if cancel:
            focuser.tasks.cancel(_FAMILY)
        elif focuser.connected:
            focuser.tasks.start(self.run(), _FAMILY)
        text = "Autofocus canceled" if cancel else "Autofocus started"
        if not focuser.connected:
            raise Refusal("Focuser not connected", 409, text)
        return Reply(text)

    @get("last-af", since="2.1.0")
    async def last_af(self) -> Reply:
        """Return the newest report, of any run."""
        if self.report is None:
            raise Refusal("No AF available", 500)
        return Reply(self.report)


def _spoil(report: dict[str, Any], start: int, threshold: float) -> None:
    """Make a report one that N.I.N.A. rejects, though its best position is where it was."""
    report["CalculatedFocusPoint"]["Position"] = start + 0.4
    squares = report["RSquares"]
    for key, value in squares.items():
        squares[key] = value if math.isnan(value) else round(threshold * 0.6, 4)
