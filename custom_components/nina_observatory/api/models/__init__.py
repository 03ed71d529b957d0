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

- frame: StDev → std_dev, HFRStDev → hfr_std_dev, IsBayered → bayered
- autofocus report: InitialFocusPoint, CalculatedFocusPoint, PreviousFocusPoint, MeasurePoints →
  initial, calculated, previous, points; AutoFocuserName → focuser_name; RSquares → r_squares
- sequence node: Type → image_type, Iterations → loops, CompletedIterations → loops_done
- scheduler: ExposurePlan → plans (of a target) and runs (of a preview); WaitPeriod → waiting

Left out on purpose, because they mislead: camera TargetTemp, AtTargetTemp, HasBattery; mount
TrackingRate and axis rates; dome Altitude, ApplicationFollowing, FollowingType; localised texts.

A reading that is unknown is None; of a device that is not connected every reading is None or False.
An enumeration that has no member for a value answers `Unknown` with the value.
"""

from .autofocus import (
    AutofocusReport,
    BacklashCompensation,
    FocusFittings,
    FocusIntersections,
    FocusPoint,
    FocusRSquares,
)
from .base import Device, decode, unknown_keys
from .camera import BinningMode, Camera
from .dome import Dome
from .enums import (
    AlignmentMode,
    ApplicationTab,
    CameraState,
    CoverState,
    Epoch,
    GuiderState,
    GuideScale,
    ImageType,
    LiveStackState,
    MoonPhase,
    RotatorRange,
    SensorType,
    SequenceSkip,
    SequenceStatus,
    ShutterState,
    SideOfPier,
    SkySource,
    TrackingMode,
    Unknown,
)
from .equipment import DEVICE_MODELS, DEVICE_PATHS, Equipment, Role, decode_device
from .extras import (
    AvailableDevice,
    CaptureResult,
    CaptureStatistics,
    FlatsStatus,
    Framing,
    GraphedRms,
    GraphedStep,
    GuideGraph,
    Horizon,
    LiveStack,
    LogEntry,
    MoonSeparation,
    PlateSolveResult,
    PluginSettings,
)
from .filter_wheel import Filter, FilterWheel
from .flat_panel import FlatPanel
from .focuser import Focuser
from .frames import Frame
from .guider import Guider, GuideStep, Rms, RmsError
from .mount import Coordinates, Mount
from .profile import (
    AstrometrySettings,
    CameraSettings,
    DomeSettings,
    MeridianFlipSettings,
    Profile,
    ProfileFilter,
    ProfileSummary,
    RotatorSettings,
    TelescopeSettings,
)
from .profile_settings import HIDDEN, ProfileSettings, ProfileValue
from .quantities import beyond_bounds
from .rotator import Rotator
from .safety_monitor import SafetyMonitor
from .scheduler import (
    DEFAULT_THROTTLE,
    ExposurePlan,
    ExposureRun,
    FlatsHandling,
    PlanEntry,
    PlanStatistics,
    Project,
    ProjectPriority,
    ProjectState,
    SchedulerProfile,
    Target,
    imaging_ends_at,
    integration_by_filter,
    next_target,
    percent,
)
from .sequence import Activity, Sequence
from .sequence_end import Span, ends_at
from .sequence_node import Node, NodeDetails, NodeKind
from .sequence_progress import Exposures, sequence_exposures
from .sequence_running import Place, Purpose, RunningPart, message_boxes, running_parts
from .sequence_target import ContainerKey, RunningTarget
from .sequence_tree import SequenceTree, TreeNode
from .switch_hub import ReadonlySwitch, SwitchHub, WritableSwitch
from .weather import Weather

__all__ = [
    "DEFAULT_THROTTLE",
    "DEVICE_MODELS",
    "DEVICE_PATHS",
    "HIDDEN",
    "Activity",
    "AlignmentMode",
    "ApplicationTab",
    "AstrometrySettings",
    "AutofocusReport",
    "AvailableDevice",
    "BacklashCompensation",
    "BinningMode",
    "Camera",
    "CameraSettings",
    "CameraState",
    "CaptureResult",
    "CaptureStatistics",
    "ContainerKey",
    "Coordinates",
    "CoverState",
    "Device",
    "Dome",
    "DomeSettings",
    "Epoch",
    "Equipment",
    "ExposurePlan",
    "ExposureRun",
    "Exposures",
    "Filter",
    "FilterWheel",
    "FlatPanel",
    "FlatsHandling",
    "FlatsStatus",
    "FocusFittings",
    "FocusIntersections",
    "FocusPoint",
    "FocusRSquares",
    "Focuser",
    "Frame",
    "Framing",
    "GraphedRms",
    "GraphedStep",
    "GuideGraph",
    "GuideScale",
    "GuideStep",
    "Guider",
    "GuiderState",
    "Horizon",
    "ImageType",
    "LiveStack",
    "LiveStackState",
    "LogEntry",
    "MeridianFlipSettings",
    "MoonPhase",
    "MoonSeparation",
    "Mount",
    "Node",
    "NodeDetails",
    "NodeKind",
    "Place",
    "PlanEntry",
    "PlanStatistics",
    "PlateSolveResult",
    "PluginSettings",
    "Profile",
    "ProfileFilter",
    "ProfileSettings",
    "ProfileSummary",
    "ProfileValue",
    "Project",
    "ProjectPriority",
    "ProjectState",
    "Purpose",
    "ReadonlySwitch",
    "Rms",
    "RmsError",
    "Role",
    "Rotator",
    "RotatorRange",
    "RotatorSettings",
    "RunningPart",
    "RunningTarget",
    "SafetyMonitor",
    "SchedulerProfile",
    "SensorType",
    "Sequence",
    "SequenceSkip",
    "SequenceStatus",
    "SequenceTree",
    "ShutterState",
    "SideOfPier",
    "SkySource",
    "Span",
    "SwitchHub",
    "Target",
    "TelescopeSettings",
    "TrackingMode",
    "TreeNode",
    "Unknown",
    "Weather",
    "WritableSwitch",
    "beyond_bounds",
    "decode",
    "decode_device",
    "ends_at",
    "imaging_ends_at",
    "integration_by_filter",
    "message_boxes",
    "next_target",
    "percent",
    "running_parts",
    "sequence_exposures",
    "unknown_keys",
]
