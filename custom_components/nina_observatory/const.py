"""Constants shared by several modules of the integration."""

from datetime import timedelta
from enum import StrEnum
import logging
from typing import Final

from homeassistant.const import Platform

from .api.plain_text import OneLine

DOMAIN: Final = "nina_observatory"
LOGGER = logging.getLogger(__package__)
LOGGER.addFilter(OneLine())

CONF_SCHEDULER_PORT: Final = "scheduler_port"
CONF_ROOF_INTERLOCK: Final = "roof_interlock"
CONF_MOUNT_INTERLOCK: Final = "mount_interlock"
CONF_SHARED_MOUNTS: Final = "shared_mounts"
CONF_DAILY_PLAN: Final = "daily_plan"
CONF_READ_ONLY: Final = "read_only"
CONF_ROOF_GUARD: Final = "roof_guard"
CONF_ROOF_GUARD_MINUTES: Final = "roof_guard_minutes"
CONF_ROOF_GUARD_RAIN: Final = "roof_guard_rain_sensors"
CONF_ROOF_GUARD_STOP: Final = "roof_guard_stop_sequence"
CONF_SECURE_STEPS: Final = "secure_steps"
CONF_SECURE_UNPARKED: Final = "secure_unparked"
CONF_SECURE_PARK_LIMIT: Final = "secure_park_limit"
CONF_SECURE_ROOF_LIMIT: Final = "secure_roof_limit"
CONF_START_UP_TEMPERATURE: Final = "start_up_temperature"
CONF_START_UP_SEQUENCE: Final = "start_up_sequence"

DEFAULT_PORT: Final = 1888
DEFAULT_SCHEDULER_PORT: Final = 8188

EVENT_NINA: Final = "nina_observatory_event"

MANUFACTURER: Final = "N.I.N.A."

# How long a reading of the safety monitor may count as "safe".
SAFETY_FRESHNESS: Final = timedelta(seconds=30)

# Platforms that send commands; a read-only entry does without them.
CONTROLS: Final = [
    Platform.BUTTON,
    Platform.COVER,
    Platform.LIGHT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SWITCH,
]


class Needs(StrEnum):
    """The permission that the user of a call needs."""

    READ = "read"
    CONTROL = "control"
    ADMINISTRATOR = "administrator"


class Subject(StrEnum):
    """The subject of a command that concerns no device."""

    FLATS = "flats"
    FRAMING = "framing"
    LIVE_STACK = "live_stack"
    PROFILE = "profile"
    SEQUENCE = "sequence"
    TAB = "tab"


class Question(StrEnum):
    """Requests other than commands; the keys of their error texts begin with the value."""

    ALIGNMENT = "alignment"
    AUTOFOCUS_REPORT = "autofocus_report"
    CAPTURE = "capture"
    DEVICES = "devices"
    EVENTS = "events"
    FLATS = "flats"
    FRAMES = "frames"
    FRAMING = "framing"
    LOG = "log"
    MOON = "moon"
    PICTURE = "picture"
    PLAN = "plan"
    PROFILE_SETTINGS = "profile_settings"
    PROFILES = "profiles"
    PROJECTS = "projects"
    RESCAN = "rescan"
    SCREENSHOT = "screenshot"
    SEQUENCE_TREE = "sequence_tree"
    SEQUENCES = "sequences"
    SOLVE = "solve"
    STATISTICS = "statistics"


class CommandKey(StrEnum):
    """All commands; the keys of their error texts begin with the value."""

    ABORT_EXPOSURE = "abort_exposure"
    AUTOFOCUS = "autofocus"
    CANCEL_AUTOFOCUS = "cancel_autofocus"
    CHANGE_FILTER = "change_filter"
    CLEAR_GUIDER_CALIBRATION = "clear_guider_calibration"
    CLOSE_COVER = "close_cover"
    CLOSE_SHUTTER = "close_shutter"
    CONNECT_DEVICE = "connect_device"
    COOL_CAMERA = "cool_camera"
    COOLER_OFF = "cooler_off"
    COOLER_ON = "cooler_on"
    DARKEN_PANEL = "darken_panel"
    DEW_HEATER_OFF = "dew_heater_off"
    DEW_HEATER_ON = "dew_heater_on"
    DISCONNECT_DEVICE = "disconnect_device"
    FIND_DOME_HOME = "find_dome_home"
    FIND_HOME = "find_home"
    FINISH_FLATS = "finish_flats"
    FOLLOW_MOUNT = "follow_mount"
    LIGHT_PANEL = "light_panel"
    LOAD_SEQUENCE = "load_sequence"
    MERIDIAN_FLIP = "meridian_flip"
    MOVE_FOCUSER = "move_focuser"
    MOVE_ROTATOR = "move_rotator"
    MOVE_ROTATOR_MECHANICAL = "move_rotator_mechanical"
    OPEN_COVER = "open_cover"
    OPEN_SHUTTER = "open_shutter"
    PARK_DOME = "park_dome"
    PARK_MOUNT = "park_mount"
    RESET_SEQUENCE = "reset_sequence"
    REVERSE_ROTATOR = "reverse_rotator"
    SET_BINNING = "set_binning"
    SET_CHANNEL = "set_channel"
    SET_DOME_PARK_POSITION = "set_dome_park_position"
    SET_FRAMING = "set_framing"
    SET_MOUNT_PARK = "set_mount_park"
    SET_READOUT_MODE = "set_readout_mode"
    SET_SEQUENCE_TARGET = "set_sequence_target"
    SET_SKY_SOURCE = "set_sky_source"
    SET_TEMPERATURE = "set_temperature"
    SET_USB_LIMIT = "set_usb_limit"
    SET_PROFILE_VALUE = "set_profile_value"
    SKIP_SEQUENCE = "skip_sequence"
    SLEW_DOME = "slew_dome"
    SLEW_MOUNT = "slew_mount"
    START_FLATS = "start_flats"
    START_GUIDING = "start_guiding"
    START_LIVE_STACK = "start_live_stack"
    START_SEQUENCE = "start_sequence"
    STOP_DOME = "stop_dome"
    STOP_FLATS = "stop_flats"
    STOP_FOCUSER = "stop_focuser"
    STOP_FOLLOWING = "stop_following"
    STOP_GUIDING = "stop_guiding"
    STOP_LIVE_STACK = "stop_live_stack"
    STOP_MOUNT = "stop_mount"
    STOP_ROTATOR = "stop_rotator"
    STOP_SEQUENCE = "stop_sequence"
    STOP_TRACKING = "stop_tracking"
    SWITCH_CHANNEL = "switch_channel"
    SWITCH_PROFILE = "switch_profile"
    SWITCH_TAB = "switch_tab"
    SYNC_DOME = "sync_dome"
    SYNC_MOUNT = "sync_mount"
    TRACK = "track"
    TURN_FRAME = "turn_frame"
    UNPARK_MOUNT = "unpark_mount"
    UNREVERSE_ROTATOR = "unreverse_rotator"
