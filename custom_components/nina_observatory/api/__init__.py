"""A client for N.I.N.A.'s Advanced API and Target Scheduler, independent of Home Assistant.

`NinaClient` reads and commands, `EventStream` yields events, `SchedulerClient` reads plans; all use
the caller's aiohttp session. Their exceptions are subclasses of `NinaError`.
"""

from .backoff import Backoff
from .client import NinaClient, Server
from .endpoints.equipment import BundleReading, DeviceReading, EquipmentDecoder, decode_device
from .endpoints.flats import FlatFrames, FlatHistogram
from .errors import (
    NinaCommandError,
    NinaCommandLostError,
    NinaConnectionError,
    NinaError,
    NinaNotFoundError,
    NinaNotReadyError,
    NinaNotRunningError,
    NinaRefusedError,
    NinaResponseError,
    NinaTimeoutError,
    NinaUnfinishedError,
    NinaUnreachableError,
    NinaVersionError,
)
from .events.decoder import EventDecoder, NinaEvent, with_frame
from .events.stream import EventStream, StreamCounters
from .events.types import EventType, Topic
from .models.autofocus import AutofocusReport, FocusPoint
from .models.base import Device, decode, undecoded_keys
from .models.camera import Camera
from .models.dome import Dome
from .models.encode import encode
from .models.enums import (
    ApplicationTab,
    CameraState,
    CoverState,
    Epoch,
    GuiderState,
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
from .models.equipment import DEVICE_MODELS, DEVICE_PATHS, Equipment, Role
from .models.extras import (
    AvailableDevice,
    CaptureResult,
    CaptureStatistics,
    FlatsStatus,
    Framing,
    LiveStack,
    LogEntry,
    MoonSeparation,
    PlateSolveResult,
    PluginSettings,
)
from .models.filter_wheel import Filter, FilterWheel
from .models.flat_panel import FlatPanel
from .models.focuser import Focuser
from .models.frames import Frame
from .models.guider import GraphStep, GuideGraph, Guider, GuideStep, Rms, RmsError
from .models.mount import Coordinates, Mount
from .models.profile import (
    Profile,
    ProfileSummary,
    RotatorSettings,
)
from .models.profile_settings import HIDDEN, ProfileSettings, ProfileValue
from .models.quantities import beyond_bounds
from .models.rotator import Rotator
from .models.safety_monitor import SafetyMonitor
from .models.scheduler import (
    ExposurePlan,
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
from .models.sequence import Sequence
from .models.sequence_end import Span, ends_at, target_ends_at
from .models.sequence_exposure import ExposureNumber, current_exposure
from .models.sequence_node import Node, NodeKind
from .models.sequence_progress import Exposures, sequence_exposures
from .models.sequence_running import Place, Purpose, RunningPart, message_boxes, running_parts
from .models.sequence_target import ContainerKey, RunningTarget
from .models.sequence_tree import SequenceTree, TreeNode
from .models.switch_hub import ReadonlySwitch, SwitchHub, WritableSwitch
from .models.weather import Weather
from .pictures import Picture
from .plain_data import plain
from .plain_text import one_line
from .plugin_version import PluginVersion, parse_version, release
from .scheduler import SchedulerClient
from .touch_n_stars import find_api_port
from .transport import Reply

__all__ = [
    "DEVICE_MODELS",
    "DEVICE_PATHS",
    "HIDDEN",
    "ApplicationTab",
    "AutofocusReport",
    "AvailableDevice",
    "Backoff",
    "BundleReading",
    "Camera",
    "CameraState",
    "CaptureResult",
    "CaptureStatistics",
    "ContainerKey",
    "Coordinates",
    "CoverState",
    "Device",
    "DeviceReading",
    "Dome",
    "Epoch",
    "Equipment",
    "EquipmentDecoder",
    "EventDecoder",
    "EventStream",
    "EventType",
    "ExposureNumber",
    "ExposurePlan",
    "Exposures",
    "Filter",
    "FilterWheel",
    "FlatFrames",
    "FlatHistogram",
    "FlatPanel",
    "FlatsStatus",
    "FocusPoint",
    "Focuser",
    "Frame",
    "Framing",
    "GraphStep",
    "GuideGraph",
    "GuideStep",
    "Guider",
    "GuiderState",
    "ImageType",
    "LiveStack",
    "LiveStackState",
    "LogEntry",
    "MoonPhase",
    "MoonSeparation",
    "Mount",
    "NinaClient",
    "NinaCommandError",
    "NinaCommandLostError",
    "NinaConnectionError",
    "NinaError",
    "NinaEvent",
    "NinaNotFoundError",
    "NinaNotReadyError",
    "NinaNotRunningError",
    "NinaRefusedError",
    "NinaResponseError",
    "NinaTimeoutError",
    "NinaUnfinishedError",
    "NinaUnreachableError",
    "NinaVersionError",
    "Node",
    "NodeKind",
    "Picture",
    "Place",
    "PlanEntry",
    "PlanStatistics",
    "PlateSolveResult",
    "PluginSettings",
    "PluginVersion",
    "Profile",
    "ProfileSettings",
    "ProfileSummary",
    "ProfileValue",
    "Project",
    "ProjectPriority",
    "ProjectState",
    "Purpose",
    "ReadonlySwitch",
    "Reply",
    "Rms",
    "RmsError",
    "Role",
    "Rotator",
    "RotatorRange",
    "RotatorSettings",
    "RunningPart",
    "RunningTarget",
    "SafetyMonitor",
    "SchedulerClient",
    "SchedulerProfile",
    "SensorType",
    "Sequence",
    "SequenceSkip",
    "SequenceStatus",
    "SequenceTree",
    "Server",
    "ShutterState",
    "SideOfPier",
    "SkySource",
    "Span",
    "StreamCounters",
    "SwitchHub",
    "Target",
    "Topic",
    "TrackingMode",
    "TreeNode",
    "Unknown",
    "Weather",
    "WritableSwitch",
    "beyond_bounds",
    "current_exposure",
    "decode",
    "decode_device",
    "encode",
    "ends_at",
    "find_api_port",
    "imaging_ends_at",
    "integration_by_filter",
    "message_boxes",
    "next_target",
    "one_line",
    "parse_version",
    "percent",
    "plain",
    "release",
    "running_parts",
    "sequence_exposures",
    "target_ends_at",
    "undecoded_keys",
    "with_frame",
]
