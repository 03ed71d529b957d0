"""Routes of camera/capture."""

import asyncio
import base64
from typing import TYPE_CHECKING, Any

from simulator.devices import exposures
from simulator.devices.exposures import Exposure
from simulator.devices.solving import solution_of
from simulator.parameters import Boolean, Float, Integer, Text
from simulator.picture import FrameKind, encode, render, stretch, unstretched
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply, Stream
from simulator.routing import get
from simulator.tasks import finished

from .form import FORM, Form

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.images import Frame

_KINDS = {kind.value for kind in FrameKind}


class CaptureRoutes:
    """Exposures made by the API; one result is kept."""

    def __init__(self, rig: Rig) -> None:
        """Serve the camera of a rig."""
        self._rig = rig
        self._task: asyncio.Task[bool] | None = None
        self._frame: Frame | None = None
        self._solution: dict[str, Any] | None = None
        self._stretched = True

    def keep_solution(self, solution: dict[str, Any]) -> None:
        """Overwrite the stored solution, as solving a saved image does."""
        self._solution = solution

    def forget(self) -> None:
        """Forget everything, as a restart of N.I.N.A. does."""
        self._task = self._frame = self._solution = None

    @get(
        "/equipment/camera/capture",
        Float("duration"),
        Integer("gain", since="2.1.0"),
        Text("imageType", since="2.2.14.0"),
        Text("targetName", since="2.2.11.0"),
        Boolean("solve"),
        Boolean("save", since="2.2.0.0"),
        Boolean("onlySaveRaw", since="2.2.11.0"),
        Boolean("skipAutoStretch", since="2.2.14.2"),
        Boolean("waitForResult", since="2.1.6"),
        Boolean("onlyAwaitCaptureCompletion", since="2.2.11.0"),
        Boolean("getResult"),
        Boolean("omitImage", since="2.1.6"),
        *FORM,
    )
    async def capture(self, duration: float, gain: int, *rest: Any) -> Reply | Stream:
        """Expose, or return the result of the last exposure."""
        kind, target, solve, save, only_raw, flat, wait, only_wait, get_result, omit, *form = rest
        wanted = Form(*form)
        if get_result:
            return await self._result(wanted, omit=omit)
        camera = self._rig.camera
        camera.require_connection()
        if camera.exposing:
            raise Refusal("Camera currently exposing", 409)
        exposure = Exposure(
            duration if duration > 0 else self._default_seconds(),
            kind.upper() if kind and kind.upper() in _KINDS else "SNAPSHOT",
            target or "Snapshot",
            gain if gain > 0 else -1,
            save=save or only_raw,
            prepare=not only_raw,
        )
        stretched = not flat or not self._rig.dialect.at_least("2.2.14.2")
        self._task = self._rig.context.tasks.start(
            self._capture(exposure, solve=solve, stretched=stretched)
        )
        await asyncio.sleep(0)
        if only_wait:
            while camera.exposing:  # noqa: ASYNC110 - the server polls at 10 ms as well
                await asyncio.sleep(0.01)
            return Reply("Capture finished")
        if not wait:
            return Reply("Capture started")
        if not await finished(self._task):
            raise UNKNOWN_ERROR
        return await self._result(wanted, omit=omit)

    def _default_seconds(self) -> float:
        """Return the exposure of plate solving."""
        return float(self._rig.context.profile.section("PlateSolveSettings")["ExposureTime"])

    async def _capture(self, exposure: Exposure, *, solve: bool, stretched: bool) -> bool:
        """Expose and solve; a failure leaves the result before and announces nothing."""
        frame = await self._rig.camera.routines.take(exposure)
        if frame is None:
            return False
        if exposure.prepare:
            self._frame, self._stretched = frame, stretched
            self._solution = None
        if solve:
            await self._rig.clock.sleep(2.0)
            self._solution = solution_of(self._rig, frame)
        await self._rig.events.emit("API-CAPTURE-FINISHED")
        await self._rig.clock.sleep(0.05)
        return True

    async def _result(self, form: Form, *, omit: bool) -> Reply | Stream:
        """Return the picture and the solution of the last capture."""
        if self._task is None:
            raise Refusal("No capture processed", 409)
        if not self._task.done():
            return Reply("Capture already in progress")
        key = "Platesolve" if self._rig.dialect.is_wiki else "PlateSolveResult"
        result: dict[str, Any] = {key: self._solution} if self._solution else {}
        if omit:
            return Reply(result)
        if self._frame is None:
            raise UNKNOWN_ERROR
        scene = self._frame.scene
        shown = stretch if self._stretched else unstretched
        picture = await asyncio.to_thread(lambda: form.apply(shown(render(scene))))
        data, content_type = await asyncio.to_thread(encode, picture, min(100, form.quality))
        if form.stream:
            return Stream(data, content_type.replace("jpeg", "jpg"))
        return Reply({"Image": base64.b64encode(data).decode(), **result})

    @get("/equipment/camera/capture/statistics", since="2.2.0.0")
    async def statistics(self) -> Reply:
        """Measure the picture of the last capture."""
        if self._frame is None:
            raise Refusal("No image available", 400)
        scene = self._frame.scene
        found = await asyncio.to_thread(exposures.measured, scene, detect=True)
        return Reply(
            {
                "Stars": found.stars,
                "HFR": found.hfr,
                "Median": found.median,
                "MedianAbsoluteDeviation": found.median_absolute_deviation,
                "Mean": found.mean,
                "Max": found.maximum,
                "Min": found.minimum,
                "StDev": found.st_dev,
            }
        )
