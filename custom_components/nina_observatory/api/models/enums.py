"""The enumerations of N.I.N.A., which arrive as names or as numbers.

Servers before 2.1.7.1 send numbers, as `sequence/state` and the events of Target Scheduler still do.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, Self, override

# No member has a larger number, in this release or a foreseeable one.
_LARGEST: Final = 10**6


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value without a member in its enumeration, as received."""

    raw: str | int

    @override
    def __str__(self) -> str:
        """Return the value as text."""
        return str(self.raw)


class WireEnum(StrEnum):
    """An enumeration whose members have a name and a number on the wire."""

    wire_name: str
    number: int | None

    def __new__(cls, value: str, wire_name: str = "", number: int | None = None) -> Self:
        """Create a member, which equals the text `value`."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.wire_name = wire_name or value
        member.number = number
        return member

    @classmethod
    def from_wire(cls, raw: object) -> Self | Unknown | None:
        """Return the member with a name or number; None if the value is missing.

        A number too large for a member is kept as text, so that it is not taken for a measurement.
        """
        if raw == "" or isinstance(raw, bool) or not isinstance(raw, str | int):
            return None
        key = raw.casefold() if isinstance(raw, str) else raw
        kept = str(raw) if isinstance(raw, int) and abs(raw) > _LARGEST else raw
        member: Self | Unknown = _members(cls).get(key, Unknown(kept))
        return member


@cache
def _members(enumeration: type[WireEnum]) -> dict[str | int | None, Any]:
    """Return the members of an enumeration by their names and numbers on the wire."""
    by_name = {member.wire_name.casefold(): member for member in enumeration}
    return by_name | {member.number: member for member in enumeration if member.number is not None}


class CameraState(WireEnum):
    """The state of the camera, as its driver reports it."""

    NO_STATE = "no_state", "NoState", -1
    IDLE = "idle", "Idle", 0
    WAITING = "waiting", "Waiting", 1
    EXPOSING = "exposing", "Exposing", 2
    READING = "reading", "Reading", 3
    DOWNLOAD = "download", "Download", 4
    ERROR = "error", "Error", 5
    LOADING_FILE = "loading_file", "LoadingFile", 100


class SensorType(WireEnum):
    """The color filter pattern of the sensor."""

    MONOCHROME = "monochrome", "Monochrome", 0
    COLOR = "color", "Color", 1
    RGGB = "rggb", "RGGB", 2
    CMYG = "cmyg", "CMYG", 3
    CMYG2 = "cmyg2", "CMYG2", 4
    LRGB = "lrgb", "LRGB", 5
    BGGR = "bggr", "BGGR", 20
    GBRG = "gbrg", "GBRG", 21
    GRBG = "grbg", "GRBG", 22
    GRGB = "grgb", "GRGB", 23
    GBGR = "gbgr", "GBGR", 24
    RGBG = "rgbg", "RGBG", 25
    BGRG = "bgrg", "BGRG", 26


class SideOfPier(WireEnum):
    """The side of the pier the telescope is on."""

    UNKNOWN = "unknown", "pierUnknown", -1
    EAST = "east", "pierEast", 0
    WEST = "west", "pierWest", 1


class TrackingMode(WireEnum):
    """The tracking rate of the mount."""

    SIDEREAL = "sidereal", "Sidereal", 0
    LUNAR = "lunar", "Lunar", 1
    SOLAR = "solar", "Solar", 2
    KING = "king", "King", 3
    CUSTOM = "custom", "Custom", 4
    STOPPED = "stopped", "Stopped", 5


class AlignmentMode(WireEnum):
    """The kind of mount."""

    ALT_AZ = "alt_az", "AltAz", 0
    POLAR = "polar", "Polar", 1
    GERMAN_POLAR = "german_polar", "GermanPolar", 2


class Epoch(WireEnum):
    """The equinox that coordinates refer to."""

    JNOW = "jnow", "JNOW", 0
    B1950 = "b1950", "B1950", 1
    J2000 = "j2000", "J2000", 2
    J2050 = "j2050", "J2050", 3


class ShutterState(WireEnum):
    """The shutter of a dome, or the roof."""

    NONE = "none", "ShutterNone", -1
    OPEN = "open", "ShutterOpen", 0
    CLOSED = "closed", "ShutterClosed", 1
    OPENING = "opening", "ShutterOpening", 2
    CLOSING = "closing", "ShutterClosing", 3
    ERROR = "error", "ShutterError", 4


class CoverState(WireEnum):
    """The cover of a flat panel; neither open nor closed means moving, or stopped in between."""

    UNKNOWN = "unknown", "Unknown", 0
    NEITHER_OPEN_NOR_CLOSED = "neither_open_nor_closed", "NeitherOpenNorClosed", 1
    CLOSED = "closed", "Closed", 2
    OPEN = "open", "Open", 3
    ERROR = "error", "Error", 4
    NOT_PRESENT = "not_present", "NotPresent", 5


class GuiderState(WireEnum):
    """The state of the guider, as PHD2 and the direct guider name it; never a number."""

    STOPPED = "stopped", "Stopped"
    SELECTED = "selected", "Selected"
    CALIBRATING = "calibrating", "Calibrating"
    GUIDING = "guiding", "Guiding"
    LOST_LOCK = "lost_lock", "LostLock"
    PAUSED = "paused", "Paused"
    LOOPING = "looping", "Looping"
    IDLE = "idle", "Idle"


class LiveStackState(WireEnum):
    """The state of the live stack; never a number."""

    STOPPED = "stopped", "stopped"
    RUNNING = "running", "Running"


class SequenceStatus(WireEnum):
    """The status of an instruction, container, condition or trigger."""

    CREATED = "created", "CREATED", 0
    RUNNING = "running", "RUNNING", 1
    FINISHED = "finished", "FINISHED", 2
    FAILED = "failed", "FAILED", 3
    SKIPPED = "skipped", "SKIPPED", 4
    DISABLED = "disabled", "DISABLED", 5


class ImageType(WireEnum):
    """The purpose of a frame."""

    LIGHT = "light", "LIGHT"
    FLAT = "flat", "FLAT"
    DARK = "dark", "DARK"
    BIAS = "bias", "BIAS"
    SNAPSHOT = "snapshot", "SNAPSHOT"


class MoonPhase(WireEnum):
    """The phase of the Moon."""

    UNKNOWN = "unknown", "Unknown", 0
    FULL_MOON = "full_moon", "FullMoon", 1
    WANING_GIBBOUS = "waning_gibbous", "WaningGibbous", 2
    LAST_QUARTER = "last_quarter", "LastQuarter", 3
    WANING_CRESCENT = "waning_crescent", "WaningCrescent", 4
    NEW_MOON = "new_moon", "NewMoon", 5
    WAXING_CRESCENT = "waxing_crescent", "WaxingCrescent", 6
    FIRST_QUARTER = "first_quarter", "FirstQuarter", 7
    WAXING_GIBBOUS = "waxing_gibbous", "WaxingGibbous", 8


class SequenceSkip(WireEnum):
    """The part of a running sequence to skip."""

    CURRENT_ITEMS = "current_items", "CurrentItems", 0
    TO_END = "to_end", "ToEnd", 1
    TO_IMAGING = "to_imaging", "ToImaging", 2


class RotatorRange(WireEnum):
    """The range in which a rotator may turn: 360, 180 or 90 degrees."""

    FULL = "full", "FULL", 0
    HALF = "half", "HALF", 1
    QUARTER = "quarter", "QUARTER", 2

    @property
    def degrees(self) -> float:
        """The size of the range in degrees."""
        degrees = {RotatorRange.FULL: 360.0, RotatorRange.HALF: 180.0, RotatorRange.QUARTER: 90.0}
        return degrees[self]


class ApplicationTab(WireEnum):
    """The pages of N.I.N.A.'s window."""

    EQUIPMENT = "equipment", "equipment"
    SKY_ATLAS = "sky_atlas", "skyatlas"
    FRAMING = "framing", "framing"
    FLAT_WIZARD = "flat_wizard", "flatwizard"
    SEQUENCER = "sequencer", "sequencer"
    IMAGING = "imaging", "imaging"
    OPTIONS = "options", "options"


class SkySource(WireEnum):
    """The source of the framing assistant's sky images."""

    NASA = "nasa", "NASA", 0
    SKY_SERVER = "sky_server", "SKYSERVER", 1
    STSCI = "stsci", "STSCI", 2
    ESO = "eso", "ESO", 3
    HIPS2FITS = "hips2fits", "HIPS2FITS", 4
    SKY_ATLAS = "sky_atlas", "SKYATLAS", 5
    FILE = "file", "FILE", 6
    CACHE = "cache", "CACHE", 7
