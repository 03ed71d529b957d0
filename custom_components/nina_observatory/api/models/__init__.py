"""What N.I.N.A. reports, as frozen dataclasses with names and units of this library.

A field is the snake_case of its key on the wire (`CoolerPower`: `cooler_power`). These are renamed:

- camera: TemperatureSetPoint → set_point, CameraState → state, IsExposing → exposing,
  ExposureEndTime → exposure_ends_at, IsSubSampleEnabled → sub_sample_enabled
- mount: AtPark → parked, TrackingEnabled → tracking, UTCDate → utc_time, IsPulseGuiding →
  pulse_guiding, GuideRate…ArcsecPerSec → guide_rate_right_ascension and guide_rate_declination;
  in coordinates RA → right_ascension (hours), RADegrees → right_ascension_degrees, Dec → declination
- focuser: IsMoving → moving, IsSettling → settling, TempComp(Available) →
  temperature_compensation(_available)
- rotator, filter wheel: IsMoving → moving
- guider: RMSError → rms
- dome: ShutterStatus → shutter, AtPark → parked, IsFollowing → following, IsSynchronized →
  synchronized
- flat panel: CoverState → cover
- switch hub: WritableSwitches → writable, ReadonlySwitches → readonly

Left out on purpose, because they mislead: camera TargetTemp, AtTargetTemp, HasBattery; mount
TrackingRate and axis rates; dome Altitude, ApplicationFollowing, FollowingType; localised texts.

A reading that is unknown is None; of a device that is not connected every reading is None or False.
An enumeration that has no member for a value answers `Unknown` with the value.
"""

from .base import Device, decode, unknown_keys
from .camera import BinningMode, Camera
from .dome import Dome
from .enums import (
    AlignmentMode,
    CameraState,
    CoverState,
    Epoch,
    GuiderState,
    GuideScale,
    ImageType,
    MoonPhase,
    SensorType,
    SequenceStatus,
    ShutterState,
    SideOfPier,
    TrackingMode,
    Unknown,
)
from .equipment import DEVICE_MODELS, DEVICE_PATHS, Equipment, Role, decode_device
from .filter_wheel import Filter, FilterWheel
from .flat_panel import FlatPanel
from .focuser import Focuser
from .guider import Guider, GuideStep, Rms, RmsError
from .mount import Coordinates, Mount
from .rotator import Rotator
from .safety_monitor import SafetyMonitor
from .switch_hub import ReadonlySwitch, SwitchHub, WritableSwitch
from .weather import Weather

__all__ = [
    "DEVICE_MODELS",
    "DEVICE_PATHS",
    "AlignmentMode",
    "BinningMode",
    "Camera",
    "CameraState",
    "Coordinates",
    "CoverState",
    "Device",
    "Dome",
    "Epoch",
    "Equipment",
    "Filter",
    "FilterWheel",
    "FlatPanel",
    "Focuser",
    "GuideScale",
    "GuideStep",
    "Guider",
    "GuiderState",
    "ImageType",
    "MoonPhase",
    "Mount",
    "ReadonlySwitch",
    "Rms",
    "RmsError",
    "Role",
    "Rotator",
    "SafetyMonitor",
    "SensorType",
    "SequenceStatus",
    "ShutterState",
    "SideOfPier",
    "SwitchHub",
    "TrackingMode",
    "Unknown",
    "Weather",
    "WritableSwitch",
    "decode",
    "decode_device",
    "unknown_keys",
]
