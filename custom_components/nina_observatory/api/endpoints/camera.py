"""The camera."""

from typing import Final

from ..errors import NinaUnfinishedError
from ..models.base import decode, decode_optional
from ..models.enums import ImageType
from ..models.extras import CaptureResult, CaptureStatistics
from ..pictures import JPEG_QUALITY, Picture, fetch_picture, scaled
from ..plugin_version import since
from ..transport import SLOW_TIMEOUT, Endpoint, Reply

_CAMERA: Final = ("equipment", "camera")

# Download, star detection, plate solving and saving, beyond the exposure itself; seconds.
AFTER_EXPOSURE = 180.0
# Width and quality of an unused picture: old servers always send one.
_SMALL: Final = 64
_POOR: Final = 50


class CameraEndpoint(Endpoint):
    """Cool, expose, and read the result of the last capture."""

    @since(2, 1)
    async def cool(self, *, temperature: float, minutes: float = -1) -> Reply:
        """Cool to a temperature in °C; -1 minutes uses the profile's duration, 0 may damage the sensor."""
        return await self._command(
            *_CAMERA,
            "cool",
            params={"temperature": temperature, "minutes": minutes, "cancel": False},
        )

    @since(2, 1)
    async def warm(self, *, minutes: float = -1) -> Reply:
        """Warm to 20 °C and switch the cooler off; -1 minutes uses the profile's duration."""
        return await self._command(*_CAMERA, "warm", params={"minutes": minutes, "cancel": False})

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
        """Take an exposure of a number of seconds with the current binning and filter.

        Without `wait` failures are not reported, and the result is empty. A `gain` of 0 or less
        means the camera's default. `stretch` affects the picture of the frame, not the frame.
        Raises NinaUnfinishedError if the server replied at the start although it should have waited.
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

    def _require_for_capture(
        self,
        gain: int | None,
        image_type: ImageType,
        target_name: str | None,
        *,
        save: bool,
        wait: bool,
    ) -> None:
        """Raise NinaVersionError for options that the server would silently ignore."""
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

    async def get_capture_result(self) -> CaptureResult:
        """Read the result of the last capture; after a failure that is the previous one.

        Raises NinaUnfinishedError while one is in progress.
        """
        params: dict[str, str | float | bool] = {"getResult": True, "omitImage": True}
        if not self.plugin.waits_for_capture:
            params |= scaled(_SMALL, _POOR)
        envelope = await self._order(*_CAMERA, "capture", params=params, within=SLOW_TIMEOUT)
        if (result := decode_optional(CaptureResult, envelope.response)) is None:
            raise NinaUnfinishedError("the exposure is in progress")
        return result

    async def get_capture_picture(
        self, *, width: int | None = None, quality: int = JPEG_QUALITY
    ) -> Picture:
        """Read the picture of the last capture; after a failure that is the previous one.

        Raises NinaUnfinishedError while one is in progress.
        """
        return await fetch_picture(
            self._transport,
            "equipment",
            "camera",
            "capture",
            params={"getResult": True, "omitImage": False, **scaled(width, quality)},
            streams=self.plugin.streams_pictures,
            key="Image",
        )

    @since(2, 2)
    async def get_capture_statistics(self) -> CaptureStatistics:
        """Make N.I.N.A. analyze the picture of the last capture, which takes seconds."""
        envelope = await self._order(*_CAMERA, "capture", "statistics", within=SLOW_TIMEOUT)
        return decode(CaptureStatistics, envelope.object())
