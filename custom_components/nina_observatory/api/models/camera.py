"""The camera."""

from datetime import datetime

from .base import Device, wire_model
from .enums import CameraState, SensorType, Unknown
from .quantities import (
    Percent,
    PixelSize,
    Seconds,
    SecondsIfAny,
    SensorSize,
    Setting,
    Temperature,
    WholePercent,
)
from .wire import Count, Limit, Names, Positive, Size

# Readings fluctuate; N.I.N.A. itself accepts 1 degree when it cools.
_SET_POINT_TOLERANCE = 1.0


@wire_model()
class BinningMode:
    """A binning that the camera supports; `name` is its value on the wire, such as "2x2"."""

    name: str | None = None
    x: Size = None
    y: Size = None


@wire_model(
    set_point="TemperatureSetPoint",
    state="CameraState",
    exposing="IsExposing",
    exposure_ends_at="ExposureEndTime",
    sub_sample_enabled="IsSubSampleEnabled",
)
class Camera(Device):
    """The camera: temperatures in °C, times in s, sizes in px, pixel_size in µm, powers in %.

    `last_download_time` is None before the first download. `exposing` is true only while the shutter
    is open, not while the frame is downloaded; `exposure_ends_at` is valid only then. `usb_limit`,
    `gain`, `offset` and `battery` are None if the camera has none. `readout_modes` has an empty text
    for a mode without a name, since modes are numbered. `readout_mode_for_..._images` are read once,
    on connecting.
    """

    temperature: Temperature = None
    set_point: Temperature = None
    can_set_temperature: bool | None = None
    cooler_on: bool | None = None
    cooler_power: Percent = None
    has_dew_heater: bool | None = None
    dew_heater_on: bool | None = None
    state: CameraState | Unknown | None = None
    exposing: bool | None = None
    exposure_ends_at: datetime | None = None
    last_download_time: SecondsIfAny = None
    gain: Setting = None
    default_gain: Setting = None
    gain_min: int | None = None
    gain_max: int | None = None
    gains: tuple[int, ...] = ()
    can_get_gain: bool | None = None
    can_set_gain: bool | None = None
    offset: Setting = None
    default_offset: Setting = None
    offset_min: int | None = None
    offset_max: int | None = None
    can_set_offset: bool | None = None
    usb_limit: Setting = None
    usb_limit_min: Setting = None
    usb_limit_max: Setting = None
    can_set_usb_limit: bool | None = None
    bin_x: Size = None
    bin_y: Size = None
    binning_modes: tuple[BinningMode, ...] = ()
    bit_depth: Size = None
    x_size: SensorSize = None
    y_size: SensorSize = None
    pixel_size: PixelSize = None
    electrons_per_adu: Positive = None
    sensor_type: SensorType | Unknown | None = None
    bayer_offset_x: int | None = None
    bayer_offset_y: int | None = None
    has_shutter: bool | None = None
    battery: WholePercent = None
    can_sub_sample: bool | None = None
    sub_sample_enabled: bool | None = None
    sub_sample_x: int | None = None
    sub_sample_y: int | None = None
    sub_sample_width: int | None = None
    sub_sample_height: int | None = None
    readout_modes: Names = ()
    readout_mode: Count = None
    readout_mode_for_normal_images: Count = None
    readout_mode_for_snap_images: Count = None
    exposure_min: Seconds = None
    exposure_max: Limit = None
    live_view_enabled: bool | None = None
    can_show_live_view: bool | None = None

    @property
    def at_set_point(self) -> bool | None:
        """Whether the cooler is on and the sensor within 1 °C of its set point; None if unknown."""
        if self.cooler_on is not True:
            return self.cooler_on
        if self.temperature is None or self.set_point is None:
            return None
        return abs(self.temperature - self.set_point) <= _SET_POINT_TOLERANCE

    @property
    def binning(self) -> str | None:
        """The current binning, as on the wire, such as "2x2"."""
        if self.bin_x is None or self.bin_y is None:
            return None
        return f"{self.bin_x}x{self.bin_y}"

    @property
    def gain_range(self) -> tuple[int, int] | None:
        """The lowest and highest gain; None unless the driver reports both."""
        return _range(self.gain_min, self.gain_max)

    @property
    def offset_range(self) -> tuple[int, int] | None:
        """The lowest and highest offset; None unless the driver reports both."""
        return _range(self.offset_min, self.offset_max)

    @property
    def readout_mode_name(self) -> str | None:
        """The name of the current readout mode."""
        mode = self.readout_mode
        if mode is None or mode >= len(self.readout_modes):
            return None
        return self.readout_modes[mode] or None


def _range(low: int | None, high: int | None) -> tuple[int, int] | None:
    """Return a range; None unless the maximum is above the minimum."""
    return None if low is None or high is None or high <= low else (low, high)
