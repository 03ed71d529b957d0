"""The camera as its driver shows it: sensor, cooler and info block."""

from datetime import datetime, timedelta
import math
from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.enums import CameraState, SensorType
from simulator.hardware.cooler import Cooler
from simulator.picture import HEIGHT, WIDTH

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from simulator.context import Context

    from .weather import Weather

_NUMBERS = (
    "OffsetMin OffsetMax Offset USBLimit BinX BinY BitDepth XSize YSize GainMin GainMax SubSampleX "
    "SubSampleY SubSampleWidth SubSampleHeight ReadoutMode ReadoutModeForSnapImages "
    "ReadoutModeForNormalImages BayerOffsetX BayerOffsetY USBLimitMin USBLimitMax Battery"
)
_DOUBLES = (
    "TargetTemp Temperature TemperatureSetPoint CoolerPower ElectronsPerADU PixelSize ExposureMin "
    "ExposureMax"
)
_FLAGS = (
    "CanSetTemperature HasShutter CanSetOffset CanGetGain IsSubSampleEnabled HasBattery CanSetGain "
    "CoolerOn HasDewHeater DewHeaterOn CanSubSample LiveViewEnabled CanShowLiveView CanSetUSBLimit"
)


class CameraDriver(Device):
    """A cooled camera; `cooler` is its sensor's temperature, `exposing` whether it exposes."""

    role = "camera"
    path = "camera"
    bundle_key = "Camera"
    prefix = "CAMERA"
    noun = "Camera"
    profile_section = "CameraSettings"
    tells_driver = False
    connect_seconds = 1.0
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No camera"),
        Driver(
            "Native_CMOS_2000MM",
            "CMOS 2000MM",
            "CMOS 2000MM (native)",
            "Native",
            "CMOS 2000MM",
            "Native camera driver",
            "1, 39, 0, 0",
            setup_dialog=False,
        ),
        Driver(
            "4C0BBF74-0D95-41F6-AAD8-D6D58668CF2C",
            "N.I.N.A. Simulator Camera",
            category="N.I.N.A.",
        ),
    )
    width, height = WIDTH, HEIGHT
    pixel_size = 2.9
    sensor_type = SensorType.MONOCHROME
    readout_modes = ("Default", "High Full Well")
    usb_limits = (40, 100)
    binnings = (1, 2, 3, 4)
    gain = 100
    offset = 50

    def __init__(self, context: Context, weather: Weather) -> None:
        """Begin warm and idle."""
        self.cooler = Cooler(context.clock, context.random, lambda: weather.temperature)
        self.can_cool = True
        self.has_dew_heater = True
        self.dew_heater_on = False
        self.usb_limit = 40
        self.can_set_usb_limit = True
        self.binning = 1
        self.readout_mode = 0
        self.readout_for_snapshots = 0
        self.readout_for_images = 0
        self.battery = -1
        self.state = CameraState.IDLE
        self.exposing = False
        self.exposure_ends = context.clock.now()
        self.last_download = -1.0
        self._readout_at_connect = (0, 0)
        super().__init__(context)

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        self.exposure_ends = self.clock.now()
        return {
            **dict.fromkeys(_NUMBERS.split(), 0),
            **dict.fromkeys(_DOUBLES.split(), 0.0),
            **dict.fromkeys(_FLAGS.split(), False),
            "Gain": -1,
            "DefaultGain": -1,
            "DefaultOffset": -1,
            "CameraState": CameraState.NO_STATE,
            "SensorType": SensorType.MONOCHROME,
        }

    @override
    def attached(self) -> None:
        """Read what N.I.N.A. reads at connect only."""
        self._readout_at_connect = (self.readout_for_snapshots, self.readout_for_images)
        self.state = CameraState.IDLE
        self.last_download = -1.0

    @override
    def read(self) -> dict[str, Any]:
        """Return the driver's reading."""
        snapshots, images = self._readout_at_connect
        limits = self.usb_limits
        return {
            **dict.fromkeys(_FLAGS.split(), False),
            **self._temperatures(),
            "Gain": self.gain,
            "DefaultGain": 100,
            "ElectronsPerADU": 0.25,
            "BinX": self.binning,
            "BinY": self.binning,
            "BitDepth": 16,
            "CanSetOffset": True,
            "CanGetGain": True,
            "CanSetGain": True,
            "OffsetMin": 0,
            "OffsetMax": 240,
            "Offset": self.offset,
            "DefaultOffset": 50,
            "GainMin": 0,
            "GainMax": 570,
            "Gains": [],
            "USBLimit": self.usb_limit,
            "USBLimitMin": limits[0],
            "USBLimitMax": limits[1],
            "CanSetUSBLimit": self.can_set_usb_limit,
            "CameraState": self.state,
            "XSize": self.width,
            "YSize": self.height,
            "PixelSize": self.pixel_size,
            "Battery": self.battery,
            "HasDewHeater": self.has_dew_heater,
            "DewHeaterOn": self.dew_heater_on,
            "CanSubSample": True,
            "SubSampleX": 0,
            "SubSampleY": 0,
            "SubSampleWidth": self.width,
            "SubSampleHeight": self.height,
            "ReadoutModes": list(self.readout_modes),
            "ReadoutMode": self.readout_mode,
            "ReadoutModeForSnapImages": snapshots,
            "ReadoutModeForNormalImages": images,
            "SensorType": self.sensor_type,
            "BayerOffsetX": 0,
            "BayerOffsetY": 0,
            "BinningModes": [{"Name": f"{n}x{n}", "X": n, "Y": n} for n in self.binnings],
            "ExposureMin": 3.2e-05,
            "ExposureMax": 2000.0,
        }

    def _temperatures(self) -> dict[str, Any]:
        """Return what concerns the cooler."""
        cooler, able = self.cooler, self.can_cool
        target = self.profile.section("CameraSettings")["Temperature"]
        return {
            "TargetTemp": -10.0 if target is None else float(target),
            "CanSetTemperature": able,
            "Temperature": cooler.reading,
            "TemperatureSetPoint": cooler.set_point if able else math.nan,
            "CoolerOn": cooler.on,
            "CoolerPower": cooler.power if able else math.nan,
        }

    @override
    def info(self) -> dict[str, Any]:
        """Return the block with what N.I.N.A. keeps itself."""
        block = super().info()
        block |= {
            "IsExposing": self.connected and self.exposing,
            "ExposureEndTime": self.exposure_ends,
            "LastDownloadTime": self.last_download if self.connected else -1.0,
            "AtTargetTemp": self._at_target(block),
        }
        if self.connected:
            block["CameraState"] = self.state
        return block

    def _at_target(self, block: dict[str, Any]) -> bool:
        """Compare exactly, as since 2.2.10; before, within 2 °C of the typed target."""
        if self.dialect.at_least("2.2.10.0"):
            return bool(block["Temperature"] == block["TemperatureSetPoint"])
        return bool(abs(block["Temperature"] - block["TargetTemp"]) <= 2)

    def begin_exposure(self, seconds: float) -> None:
        """Note that an exposure begins; visible at once."""
        self.exposing, self.state = True, CameraState.EXPOSING
        self.exposure_ends = self.clock.now() + timedelta(seconds=seconds)

    def end_exposure(self, state: CameraState) -> datetime:
        """Note that the shutter closed."""
        self.exposing, self.state = False, state
        self.exposure_ends = self.clock.now()
        return self.exposure_ends
