"""The camera: info block and the commands for sensor and cooler."""

from datetime import datetime, timedelta
import math
from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.devices.cooling import Cooling
from simulator.devices.exposures import CameraRoutines
from simulator.enums import CameraState, SensorType
from simulator.hardware.cooler import Cooler
from simulator.parameters import Boolean, Double, Integer, Short, Text
from simulator.picture import HEIGHT, WIDTH
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from simulator.observatory import Observatory

_FAMILY = "cooling"
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


class Camera(Device):
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

    def __init__(self, observatory: Observatory) -> None:
        """Begin warm and idle."""
        self.cooler = Cooler(observatory)
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
        self.exposure_ends = observatory.clock.now()
        self.last_download = -1.0
        self._readout_at_connect = (0, 0)
        super().__init__(observatory)
        self.routines = CameraRoutines(self)
        self.cooling = Cooling(self)

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
        """Return what the driver says."""
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
        target = self.observatory.profile.section("CameraSettings")["Temperature"]
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

    @override
    def detach(self) -> None:
        """Forget the device and break off what it did."""
        self.routines.abort()
        self.exposing = False
        super().detach()

    @override
    async def lost(self, before: dict[str, Any]) -> None:
        """Break off what it did."""
        self.routines.abort()
        self.exposing = False

    @get("set-readout", Short("mode"), since="2.1.0")
    async def set_readout(self, mode: int) -> Reply:
        """Set the general readout mode."""
        self._check_readout(mode)
        if self.obeys():
            self.readout_mode = mode
        return Reply("Readout mode updated")

    @get("set-readout/image", Short("mode"), since="2.2.14.4")
    async def set_readout_image(self, mode: int) -> Reply:
        """Set the readout mode for light frames; the info field goes stale."""
        self._check_readout(mode)
        self.readout_for_images = mode
        return Reply("Readout mode updated")

    @get("set-readout/snapshot", Short("mode"), since="2.2.14.4")
    async def set_readout_snapshot(self, mode: int) -> Reply:
        """Set the readout mode for snapshots; the info field goes stale."""
        self._check_readout(mode)
        self.readout_for_snapshots = mode
        return Reply("Readout mode updated")

    def _check_readout(self, mode: int) -> None:
        """Refuse a readout mode that does not exist."""
        if not self.ever_connected:
            raise UNKNOWN_ERROR
        modes = self.readout_modes if self.connected else ()
        if not 0 <= mode < len(modes):
            raise Refusal("Invalid readout mode", 400)

    def _require_cooler(self) -> None:
        """Refuse what needs a cooler."""
        self.require_connection()
        if not self.can_cool:
            raise Refusal("Camera has no temperature control", 409)

    @get("cool", Double("temperature"), Double("minutes"), Boolean("cancel"), since="2.1.0")
    async def cool(self, temperature: float, minutes: float, cancel: bool) -> Reply:
        """Cool down; 0 minutes means at once, -1 the profile's duration."""
        self._require_cooler()
        if cancel:
            return self._cancel_cooling("Cooling canceled")
        minutes = self.cooling.minutes(minutes, "CoolingDuration")
        self.observatory.tasks.start(self.cooling.cool(temperature, minutes), _FAMILY)
        return Reply("Cooling started")

    @get("warm", Double("minutes"), Boolean("cancel"), since="2.1.0")
    async def warm(self, minutes: float, cancel: bool) -> Reply:
        """Warm up, then switch the cooler off."""
        self._require_cooler()
        if cancel:
            return self._cancel_cooling("Warming canceled")
        minutes = self.cooling.minutes(minutes, "WarmingDuration")
        self.observatory.tasks.start(self.cooling.warm(minutes), _FAMILY)
        return Reply("Warming started")

    def _cancel_cooling(self, text: str) -> Reply:
        """Stop cooling or warming where it is; the cooler stays on."""
        if self.observatory.tasks.cancel(_FAMILY):
            self.cooling.hold()
        return Reply(text)

    @get("abort-exposure")
    async def abort_exposure(self) -> Reply:
        """Abort any exposure, that of the sequence as well."""
        self.require_connection()
        if not self.exposing:
            return Reply("Camera not exposing")
        if not self.ignores_stop():
            self.routines.abort()
        return Reply("Exposure aborted")

    @get("dew-heater", Boolean("power"), since="2.1.0")
    async def dew_heater(self, power: bool) -> Reply:
        """Switch the dew heater."""
        self.require_connection()
        if not self.has_dew_heater:
            raise Refusal("Camera has no dew heater", 409)
        if self.obeys():
            self.dew_heater_on = power
        return Reply("Dew heater set")

    @get("usb-limit", Integer("limit"), since="2.2.14.4")
    async def set_usb_limit(self, limit: int) -> Reply:
        """Set the USB limit."""
        self.require_connection()
        if not self.can_set_usb_limit:
            raise Refusal("Camera can not set USB limit", 409)
        if not self.usb_limits[0] <= limit <= self.usb_limits[1]:
            raise Refusal("USB limit out of range", 409)
        if self.obeys():
            self.usb_limit = limit
        return Reply("USB limit set")

    @get("set-binning", Text("binning"), since="2.1.6")
    async def set_binning(self, binning: str | None) -> Reply:
        """Set the binning, such as 2x2."""
        if not binning or "x" not in binning:
            raise Refusal("Binning must be specified", 409)
        self.require_connection()
        wanted = {f"{n}x{n}": n for n in self.binnings}.get(binning)
        if wanted is None:
            raise Refusal("Invalid binning mode", 409)
        if self.obeys():
            self.binning = wanted
        return Reply("Binning set")
