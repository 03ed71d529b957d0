"""N.I.N.A.'s enumerations: each member knows its number and its spelling on the wire."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


class WireEnum(Enum):
    """An enumeration that is sent as a name or as a number, depending on channel and version."""

    def __init__(self, number: int, wire: str) -> None:
        """Keep both forms."""
        self.number = number
        self.wire = wire

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the member for a name in any case or a number, or None."""
        for member in cls:
            if text.casefold() == member.wire.casefold() or text == str(member.number):
                return member
        return None

    @classmethod
    def exact(cls, text: str) -> Self | None:
        """Return the member for a name in exactly this spelling, or None."""
        return next((member for member in cls if member.wire == text), None)


@dataclass(frozen=True, slots=True)
class Named:
    """A member of one of the many enumerations that only profile settings use."""

    number: int
    wire: str
    family: tuple[str, ...]

    @classmethod
    def of(cls, family: Sequence[str], name: str) -> Self:
        """Return the member of that name out of a family counted from 0."""
        return cls(tuple(family).index(name), name, tuple(family))

    def sibling(self, text: str) -> Self | None:
        """Return the member of the same family by name in any case or by number, or None."""
        for number, name in enumerate(self.family):
            if text.casefold() == name.casefold() or text == str(number):
                return type(self)(number, name, self.family)
        return None


class CameraState(WireEnum):
    """The state that a camera's driver reports."""

    NO_STATE = (-1, "NoState")
    IDLE = (0, "Idle")
    WAITING = (1, "Waiting")
    EXPOSING = (2, "Exposing")
    READING = (3, "Reading")
    DOWNLOAD = (4, "Download")
    ERROR = (5, "Error")
    LOADING_FILE = (100, "LoadingFile")


class SensorType(WireEnum):
    """Color filter matrix of a sensor."""

    MONOCHROME = (0, "Monochrome")
    COLOR = (1, "Color")
    RGGB = (2, "RGGB")
    CMYG = (3, "CMYG")
    CMYG2 = (4, "CMYG2")
    LRGB = (5, "LRGB")
    BGGR = (20, "BGGR")
    GBRG = (21, "GBRG")
    GRBG = (22, "GRBG")
    GRGB = (23, "GRGB")
    GBGR = (24, "GBGR")
    RGBG = (25, "RGBG")
    BGRG = (26, "BGRG")


class PierSide(WireEnum):
    """Side of pier of a mount."""

    UNKNOWN = (-1, "pierUnknown")
    EAST = (0, "pierEast")
    WEST = (1, "pierWest")


class TrackingMode(WireEnum):
    """Tracking mode of a mount."""

    SIDEREAL = (0, "Sidereal")
    LUNAR = (1, "Lunar")
    SOLAR = (2, "Solar")
    KING = (3, "King")
    CUSTOM = (4, "Custom")
    STOPPED = (5, "Stopped")


class AlignmentMode(WireEnum):
    """Kind of mount."""

    ALT_AZ = (0, "AltAz")
    POLAR = (1, "Polar")
    GERMAN_POLAR = (2, "GermanPolar")


class Epoch(WireEnum):
    """Equinox of coordinates."""

    JNOW = (0, "JNOW")
    B1950 = (1, "B1950")
    J2000 = (2, "J2000")
    J2050 = (3, "J2050")


class ShutterState(WireEnum):
    """Shutter of a dome, or a roof."""

    NONE = (-1, "ShutterNone")
    OPEN = (0, "ShutterOpen")
    CLOSED = (1, "ShutterClosed")
    OPENING = (2, "ShutterOpening")
    CLOSING = (3, "ShutterClosing")
    ERROR = (4, "ShutterError")


class CoverState(WireEnum):
    """Cover of a flat panel."""

    UNKNOWN = (0, "Unknown")
    NEITHER = (1, "NeitherOpenNorClosed")
    CLOSED = (2, "Closed")
    OPEN = (3, "Open")
    ERROR = (4, "Error")
    NOT_PRESENT = (5, "NotPresent")


class GuiderScale(WireEnum):
    """Unit of the guide graph."""

    PIXELS = (0, "PIXELS")
    ARCSECONDS = (1, "ARCSECONDS")


class RotatorRange(WireEnum):
    """Mechanical range a rotator may use."""

    FULL = (0, "FULL")
    HALF = (1, "HALF")
    QUARTER = (2, "QUARTER")


class SequenceSkip(WireEnum):
    """The part of a running sequence to skip."""

    CURRENT_ITEMS = (0, "CurrentItems")
    TO_END = (1, "ToEnd")
    TO_IMAGING = (2, "ToImaging")


class FlatWizardMode(WireEnum):
    """How flat frames are exposed for a filter."""

    DYNAMIC_EXPOSURE = (0, "DYNAMICEXPOSURE")
    DYNAMIC_BRIGHTNESS = (1, "DYNAMICBRIGHTNESS")
    SKY_FLAT = (2, "SKYFLAT")


class SkySurvey(WireEnum):
    """Source of pictures in the framing assistant."""

    NASA = (0, "NASA")
    SKYSERVER = (1, "SKYSERVER")
    STSCI = (2, "STSCI")
    ESO = (3, "ESO")
    HIPS2FITS = (4, "HIPS2FITS")
    SKYATLAS = (5, "SKYATLAS")
    FILE = (6, "FILE")
    CACHE = (7, "CACHE")


class MoonPhase(WireEnum):
    """Phase of the moon."""

    UNKNOWN = (0, "Unknown")
    FULL_MOON = (1, "FullMoon")
    WANING_GIBBOUS = (2, "WaningGibbous")
    LAST_QUARTER = (3, "LastQuarter")
    WANING_CRESCENT = (4, "WaningCrescent")
    NEW_MOON = (5, "NewMoon")
    WAXING_CRESCENT = (6, "WaxingCrescent")
    FIRST_QUARTER = (7, "FirstQuarter")
    WAXING_GIBBOUS = (8, "WaxingGibbous")
