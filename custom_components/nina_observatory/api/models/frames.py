"""Frames: the images that N.I.N.A. saved."""

from collections.abc import Mapping
from datetime import datetime
import re

from .base import decode, wire_model
from .enums import ImageType, Unknown
from .guider import Rms
from .quantities import FocalLength, Hfr, Seconds, Setting, Signal, Stars, Temperature

# The two numbers in a text such as `Tot: 0.45 (0.80")`; its words depend on the language.
_RMS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)[^\d(]*\((\d{1,9}(?:\.\d{1,9})?)", re.ASCII)
_ARCSECONDS_PER_RADIAN_MILLI = 206.264806


@wire_model(
    std_dev="StDev",
    hfr_std_dev="HFRStDev",
    bayered="IsBayered",
)
class Frame:
    """A saved image with its statistics, which are in ADU, `hfr` in px, `temperature` in °C.

    `date` is when it was saved, not when its exposure began. `stars`, `hfr` and `hfr_std_dev` are
    None if star detection was off, the last two also if no star could be measured.
    """

    date: datetime | None = None
    filename: str | None = None
    image_type: ImageType | Unknown | None = None
    filter: str | None = None
    target_name: str | None = None
    exposure_time: Seconds = None
    temperature: Temperature = None
    gain: Setting = None
    offset: Setting = None
    camera_name: str | None = None
    telescope_name: str | None = None
    focal_length: FocalLength = None
    rms_text: str | None = None
    mean: Signal = None
    median: Signal = None
    std_dev: Signal = None
    min: Signal = None
    max: Signal = None
    stars: Stars = None
    hfr: Hfr = None
    hfr_std_dev: Hfr = None
    bayered: bool | None = None

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Add the type on servers before 2.1, which reported light frames only, and their index."""
        if "ImageType" in block or "Index" not in block:
            return block
        return {**block, "ImageType": ImageType.LIGHT.wire_name}

    @property
    def identity(self) -> tuple[datetime | None, str | None]:
        """The identity of the frame: two frames can be saved in the same second."""
        return (self.date, self.filename)

    @property
    def rms(self) -> Rms | None:
        """The guiding error during the exposure; None if it was unguided."""
        found = _RMS.search(self.rms_text or "")
        if found is None:
            return None
        pixel, arcseconds = map(float, found.groups())
        rms = decode(Rms, {"Pixel": pixel, "Arcseconds": arcseconds})
        return None if rms.pixel is None else rms

    def hfr_arcseconds(self, pixel_size: float | None) -> float | None:
        """Return the HFR in arcseconds, for (binned) pixels of a size in µm."""
        if self.hfr is None or self.focal_length is None or pixel_size is None:
            return None
        return self.hfr * pixel_size / self.focal_length * _ARCSECONDS_PER_RADIAN_MILLI
