"""How N.I.N.A. takes frames: expose, download, prepare, save."""

import asyncio
from dataclasses import dataclass, field, replace
import math
from typing import TYPE_CHECKING

from simulator.enums import CameraState, SensorType
from simulator.images import Frame
from simulator.picture import FrameKind, Scene, measure, render

if TYPE_CHECKING:
    from simulator.images import Images
    from simulator.live_stack import LiveStack
    from simulator.picture import Statistics

    from .camera_driver import CameraDriver
    from .filter_wheel import FilterWheel
    from .flat_panel import FlatPanel
    from .focuser import Focuser
    from .guider import Guider
    from .mount import Mount
    from .rotator import Rotator
    from .view import SkyView

__all__ = ["CameraRoutines", "Exposure", "Surroundings", "measured"]

_DOWNLOAD_SECONDS = 1.2
_PREPARE_SECONDS = 1.0
_STARLESS = ("FLAT", "DARK", "BIAS")


@dataclass(frozen=True, slots=True)
class Exposure:
    """An exposure; a gain of -1 is the camera's, the filter is the wheel's current one."""

    seconds: float
    image_type: str = "LIGHT"
    target_name: str = ""
    gain: int = -1
    offset: int = -1
    binning: int | None = None
    save: bool = True
    prepare: bool = True
    level: float | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything besides the camera that leaves its mark on a frame."""

    mount: Mount
    rotator: Rotator
    focuser: Focuser
    filter_wheel: FilterWheel
    guider: Guider
    flat_panel: FlatPanel
    view: SkyView


class CameraRoutines:
    """The routines of one camera; exposures follow one another."""

    def __init__(
        self,
        camera: CameraDriver,
        surroundings: Surroundings,
        images: Images,
        live_stack: LiveStack,
    ) -> None:
        """Expose with a camera, save to the images and offer frames to the live stack."""
        self.camera = camera
        self._surroundings = surroundings
        self._images = images
        self._live_stack = live_stack
        self._lock = asyncio.Lock()
        self._current: asyncio.Future[None] | None = None
        self._number = 0

    def abort(self) -> None:
        """Cancel the exposure under way; its callers get None."""
        if self._current is not None and not self._current.done():
            self._current.set_result(None)

    async def expose_for_solve(self) -> bool:
        """Take the frame of a plate solve and return whether it would be solved.

        Like most people's N.I.N.A. it uses the first filter for that and changes back.
        """
        wheel = self._surroundings.filter_wheel
        former = wheel.index_of(wheel.selected_name)
        if former:
            await wheel.change_to(0)
        settings = self.camera.profile.section("PlateSolveSettings")
        frame = await self.take(Exposure(settings["ExposureTime"], "SNAPSHOT", save=False))
        await self.camera.clock.sleep(1.5)
        solved = frame is not None and frame.statistics.stars > 10
        if not solved and frame is not None:
            await self.camera.events.emit("ERROR-PLATESOLVE")
        if former:
            await wheel.change_to(former)
        return solved

    async def expose_for_focus(self, seconds: float) -> Frame | None:
        """Take the frame of a focus point."""
        return await self.take(Exposure(seconds, "SNAPSHOT", save=False))

    async def take(self, exposure: Exposure) -> Frame | None:
        """Expose, download, prepare and save; None when it was aborted or failed."""
        async with self._lock:
            scene = await self._exposed(exposure)
        if scene is None:
            return None
        frame = await self._prepared(exposure, scene)
        return await self.save(frame) if exposure.save else frame

    async def _exposed(self, exposure: Exposure) -> Scene | None:
        """Expose and download; return the content of the frame, or None."""
        camera = self.camera
        if not camera.connected:
            return None
        camera.begin_exposure(exposure.seconds)
        aborted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._current = aborted
        sleeping = asyncio.ensure_future(camera.clock.sleep(exposure.seconds))
        try:
            await asyncio.wait({sleeping, aborted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._current = None
            sleeping.cancel()
            completed = sleeping.done() and not sleeping.cancelled()
            camera.end_exposure(CameraState.DOWNLOAD if completed else CameraState.IDLE)
        if aborted.done() or not camera.connected:
            camera.end_exposure(CameraState.IDLE)
            return None
        scene = self._scene(exposure)
        await camera.clock.sleep(_DOWNLOAD_SECONDS)
        camera.last_download = _DOWNLOAD_SECONDS + camera.context.random.random() / 10
        camera.state = CameraState.IDLE
        if camera.faults.strikes("failed_capture"):
            timeout = camera.profile.section("CameraSettings")["Timeout"]
            await camera.clock.sleep(timeout)
            await camera.events.emit("CAMERA-DOWNLOAD-TIMEOUT")
            return None
        return scene if camera.connected else None

    async def _prepared(self, exposure: Exposure, scene: Scene) -> Frame:
        """Render and measure the frame; no simulated time passes while the computer works."""
        clock = self.camera.clock
        detect = exposure.image_type not in _STARLESS
        with clock.held():
            statistics = await asyncio.to_thread(measured, scene, detect=detect)
        frame = self._frame(exposure, scene, statistics)
        if exposure.prepare:
            await clock.sleep(_PREPARE_SECONDS)
            self._images.prepared = frame
            await self.camera.events.emit("IMAGE-PREPARED")
        return frame

    async def save(self, frame: Frame) -> Frame:
        """Add a frame to the saved ones and announce it; return it as it was saved.

        Its date is that of its event.
        """
        with self.camera.clock.held():
            frame = replace(frame, saved_at=self.camera.clock.now())
            self._images.frames.append(frame)
            index = len(self._images.of_type("LIGHT")) - 1
            statistics = {**frame.as_data(), "Index": index}
            await self.camera.events.emit("IMAGE-SAVE", ImageStatistics=statistics)
        self.camera.tasks.start(self._live_stack.add(frame))
        return frame

    def _scene(self, exposure: Exposure) -> Scene:
        """Return the content of the frame, from the state of the observatory."""
        camera = self.camera
        around = self._surroundings
        self._number += 1
        horizontal = around.mount.horizontal()
        rms = around.guider.rms[2] if around.guider.guiding else 0.6
        kind = FrameKind(exposure.image_type)
        altitude = max(10.0, horizontal.altitude)
        level = exposure.level
        if level is None:
            level = 20.0 * around.flat_panel.brightness * exposure.seconds
        return Scene(
            kind=kind,
            target=exposure.target_name,
            filter_name=around.filter_wheel.selected_name or "L",
            exposure=exposure.seconds,
            gain=camera.gain if exposure.gain < 0 else exposure.gain,
            offset=camera.offset if exposure.offset < 0 else exposure.offset,
            binning=exposure.binning or camera.binning,
            temperature=camera.cooler.temperature,
            seeing=around.view.seeing,
            defocus=min(30.0, around.focuser.defocus(around.filter_wheel.focus_offset)),
            tracking_error=rms,
            clouds=around.view.clouds,
            airmass=1 / math.sin(math.radians(altitude)),
            level=level,
            rotation=around.rotator.position,
            seed=self._number,
        )

    def _frame(self, exposure: Exposure, scene: Scene, statistics: Statistics) -> Frame:
        """Return the frame with its circumstances."""
        around = self._surroundings
        telescope = self.camera.profile.section("TelescopeSettings")
        now = self.camera.clock.now()
        wheel = around.filter_wheel.selected_name
        stamp = self.camera.clock.shown(now).strftime("%Y-%m-%d_%H-%M-%S")
        temperature = self.camera.cooler.reading
        name = f"{stamp}_{wheel}_{temperature:.2f}_{exposure.seconds:.2f}s_{self._number:04}.fits"
        return Frame(
            scene=scene,
            statistics=statistics,
            image_type=exposure.image_type,
            target_name=exposure.target_name,
            filter_name=wheel,
            seconds=exposure.seconds,
            gain=scene.gain,
            offset=scene.offset,
            temperature=temperature,
            rms_text=around.guider.rms_text,
            saved_at=now,
            filename=name,
            camera_name=self.camera.driver.name if self.camera.driver else "",
            telescope_name=telescope["Name"],
            focal_length=telescope["FocalLength"],
            bayered=self.camera.sensor_type is not SensorType.MONOCHROME,
        )


def measured(scene: Scene, *, detect: bool) -> Statistics:
    """Return the statistics of a scene's pixels."""
    return measure(render(scene), detect_stars=detect)
