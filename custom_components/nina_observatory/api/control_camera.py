"""Commands for what takes the picture: camera, focuser, filter wheel, rotator, guider."""

from .control import SLOW_TIMEOUT, Control
from .dialect import since
from .envelope import Reply
from .errors import NinaUnfinishedError
from .models.base import decode, decode_optional
from .models.enums import ImageType, RotatorRange
from .models.extras import CaptureResult, CaptureStatistics, PlateSolveResult
from .pictures import scaled

_CAMERA = ("equipment", "camera")
_FOCUSER = ("equipment", "focuser")
_ROTATOR = ("equipment", "rotator")
_GUIDER = ("equipment", "guider")

# Download, star detection, plate solving and saving, beyond the exposure itself.
AFTER_EXPOSURE = 180.0
# What fails near the mount's place is looked for in the whole sky.
_SOLVE_TIMEOUT = 300.0
# Width and quality of a picture that nobody looks at: old servers always send one.
_SMALL = 64
_POOR = 50
# Calibration and settling, with the retries that N.I.N.A. allows itself.
_GUIDING_TIMEOUT = 600.0


class CameraControl(Control):
    """Commands for the camera."""

    @since(2, 1)
    async def cool_camera(self, *, temperature: float, minutes: float = -1) -> Reply:
        """Cool to a temperature in °C; -1 minutes is what the profile says, 0 shocks the sensor."""
        return await self._command(
            *_CAMERA,
            "cool",
            params={"temperature": temperature, "minutes": minutes, "cancel": False},
        )

    @since(2, 1)
    async def warm_camera(self, *, minutes: float = -1) -> Reply:
        """Warm to ambient and switch the cooler off; -1 minutes is what the profile says."""
        return await self._command(*_CAMERA, "warm", params={"minutes": minutes, "cancel": False})

    @since(2, 1)
    async def cancel_cooling(self) -> Reply:
        """Stop cooling or warming where it is; the cooler stays on."""
        return await self._command(*_CAMERA, "warm", params={"minutes": -1, "cancel": True})

    async def abort_exposure(self) -> Reply:
        """Abort the exposure, also one of the sequence."""
        return await self._command(*_CAMERA, "abort-exposure")

    @since(2, 1)
    async def set_dew_heater(self, *, on: bool) -> Reply:
        """Switch the dew heater."""
        return await self._command(*_CAMERA, "dew-heater", params={"power": on})

    @since(2, 1, 6)
    async def set_binning(self, binning: str) -> Reply:
        """Set the binning, such as "2x2"."""
        return await self._command(*_CAMERA, "set-binning", params={"binning": binning})

    @since(2, 2, 14, 4)
    async def set_usb_limit(self, limit: int) -> Reply:
        """Set the limit of the USB traffic, in the camera's own units."""
        return await self._command(*_CAMERA, "usb-limit", params={"limit": limit})

    @since(2, 1)
    async def set_readout_mode(self, mode: int) -> Reply:
        """Choose a readout mode by its index."""
        return await self._command(*_CAMERA, "set-readout", params={"mode": mode})

    async def capture(
        self,
        *,
        duration: float,
        gain: int | None = None,
        image_type: ImageType = ImageType.SNAPSHOT,
        target_name: str | None = None,
        solve: bool = False,
        save: bool = False,
        stretch: bool = True,
        wait: bool = True,
    ) -> CaptureResult:
        """Take an exposure of a number of seconds with the present binning and filter.

        Without `wait` nothing tells of a failure, and the result is empty. `gain` counts above 0.
        `stretch` is about the picture that is made of the frame, not about the frame.
        Raises NinaUnfinishedError where the server was to wait and answered that it only started.
        """
        self._require_for_capture(gain, image_type, target_name, save=save, wait=wait)
        if not stretch:
            self._require("a capture that is not stretched", 2, 2, 14, 2)
        envelope = await self._order(
            *_CAMERA,
            "capture",
            params={
                "duration": duration,
                "gain": gain or 0,
                "imageType": image_type.wire_name,
                "targetName": target_name or "Snapshot",
                "solve": solve,
                "save": save,
                "onlySaveRaw": False,
                "waitForResult": wait,
                "getResult": False,
                "omitImage": True,
                **({} if stretch else {"skipAutoStretch": True}),
            },
            within=duration + AFTER_EXPOSURE,
        )
        result = decode_optional(CaptureResult, envelope.response)
        if wait and result is None:
            raise NinaUnfinishedError("the exposure was only started")
        return result or CaptureResult()

    async def get_capture_result(self) -> CaptureResult:
        """Read the result of the last capture; after one that failed it is that of the one before.

        Raises NinaUnfinishedError while one is under way.
        """
        params: dict[str, str | float | bool] = {"getResult": True, "omitImage": True}
        if not self.dialect.waits_for_capture:
            params |= scaled(_SMALL, _POOR)
        envelope = await self._order(*_CAMERA, "capture", params=params, within=SLOW_TIMEOUT)
        if (result := decode_optional(CaptureResult, envelope.response)) is None:
            raise NinaUnfinishedError("the exposure is under way")
        return result

    @since(2, 2, 13)
    async def solve_image(self, index: int) -> PlateSolveResult:
        """Plate solve a saved frame by its index, near where the mount points.

        What solving the last capture found is forgotten.
        """
        envelope = await self._order("image", str(index), "solve", within=_SOLVE_TIMEOUT)
        return decode(PlateSolveResult, envelope.object())

    @since(2, 2, 13)
    async def solve_prepared_image(self) -> PlateSolveResult:
        """Plate solve what N.I.N.A. shows in its imaging page; as `solve_image`."""
        envelope = await self._order("prepared-image", "solve", within=_SOLVE_TIMEOUT)
        return decode(PlateSolveResult, envelope.object())

    def _require_for_capture(
        self,
        gain: int | None,
        image_type: ImageType,
        target_name: str | None,
        *,
        save: bool,
        wait: bool,
    ) -> None:
        """Refuse what the server would silently leave out."""
        if gain is not None:
            self._require("the gain of a capture", 2, 1)
        if wait:
            self._require("waiting for a capture", 2, 1, 6)
        if save:
            self._require("saving a capture", 2, 2)
        if target_name is not None:
            self._require("the target of a capture", 2, 2, 11)
        if image_type is not ImageType.SNAPSHOT:
            self._require("the type of a capture", 2, 2, 14)

    @since(2, 2)
    async def get_capture_statistics(self) -> CaptureStatistics:
        """Have the picture of the last capture analysed, which takes seconds."""
        envelope = await self._order(*_CAMERA, "capture", "statistics", within=SLOW_TIMEOUT)
        return decode(CaptureStatistics, envelope.object())


class OpticsControl(Control):
    """Commands for focuser, filter wheel, rotator and guider."""

    @since(2, 1)
    async def move_focuser(self, position: int) -> Reply:
        """Move the focuser to a position in steps."""
        return await self._command(*_FOCUSER, "move", params={"position": position})

    @since(2, 2, 15)
    async def stop_focuser(self) -> Reply:
        """Stop a move that was started through the API."""
        return await self._command(*_FOCUSER, "stop-move")

    async def start_autofocus(self) -> Reply:
        """Start an autofocus run."""
        return await self._command(*_FOCUSER, "auto-focus", params={"cancel": False})

    @since(2, 1)
    async def cancel_autofocus(self) -> Reply:
        """Cancel an autofocus run that was started through the API."""
        return await self._command(*_FOCUSER, "auto-focus", params={"cancel": True})

    @since(2, 1)
    async def change_filter(self, index: int) -> Reply:
        """Change to a filter by its index in the profile's list (`FilterWheel.index_of`)."""
        return await self._command(
            "equipment", "filterwheel", "change-filter", params={"filterId": index}
        )

    async def move_rotator(self, position: float) -> Reply:
        """Turn to an angle in the sky in degrees; N.I.N.A. silently refuses until synced."""
        return await self._command(*_ROTATOR, "move", params={"position": position})

    async def move_rotator_mechanical(self, position: float) -> Reply:
        """Turn to a mechanical angle in degrees."""
        return await self._command(*_ROTATOR, "move-mechanical", params={"position": position})

    @since(2, 2, 14)
    async def set_rotator_reverse(self, *, reverse: bool) -> Reply:
        """Choose the direction in which the rotator counts."""
        return await self._command(*_ROTATOR, "reverse", params={"reverseDirection": reverse})

    @since(2, 2, 14)
    async def set_rotator_range(self, limit: RotatorRange, start: float) -> Reply:
        """Limit the mechanical range to a part of a turn from an angle in degrees on."""
        return await self._command(
            *_ROTATOR,
            "set-mechanical-range",
            params={"range": limit.wire_name, "rangeStartPosition": start},
        )

    @since(2, 2, 14, 3)
    async def stop_rotator(self) -> Reply:
        """Stop a move that was started through the API."""
        return await self._command(*_ROTATOR, "stop-move")

    async def start_guiding(self, *, calibrate: bool = False) -> Reply:
        """Start guiding; answered when it has settled, and "started" also when that failed."""
        return await self._command(
            *_GUIDER, "start", params={"calibrate": calibrate}, within=_GUIDING_TIMEOUT
        )

    async def stop_guiding(self) -> Reply:
        """Stop guiding, which a guider that is paused or looping ignores."""
        return await self._command(*_GUIDER, "stop")

    @since(2, 1, 4)
    async def clear_guider_calibration(self) -> Reply:
        """Forget the calibration of the guider."""
        return await self._command(*_GUIDER, "clear-calibration", within=SLOW_TIMEOUT)
