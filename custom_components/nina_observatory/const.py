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
CONF_KEPT_NIGHTS: Final = "kept_nights"
CONF_LANGUAGE_MODELS: Final = "language_models"
CONF_NIGHT_WATCH: Final = "night_watch"
CONF_NIGHT_WATCH_DELAY: Final = "night_watch_delay"
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
CONF_VOICE: Final = "voice"

DEFAULT_PORT: Final = 1888
DEFAULT_SCHEDULER_PORT: Final = 8188
# Nights whose frames the media browser shows with N.I.N.A. closed.
DEFAULT_KEPT_NIGHTS: Final = 7

EVENT_NINA: Final = "nina_observatory_event"
# The event that the logbook describes, for events that it would not show otherwise.
EVENT_LOGBOOK: Final = "nina_observatory_logbook"

MODEL: Final = "N.I.N.A."

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


class VoiceCommands(StrEnum):
    """The commands that may be given by voice."""

    ALL = "all"
    NO_OPENING = "no_opening"
    NONE = "none"


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
    """The key of a command, with which the keys of its error texts begin.

    Each subject has its own, next to its commands (`control/commands/`).
    """
