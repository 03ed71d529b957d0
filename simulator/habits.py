"""Habits of drivers: how they report motion, and how long they take.

The truth is with the hardware; a driver's word about it is worth little (docs/field-notes.md, Mount and Dome).
"""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
import math
from typing import Any

__all__ = [
    "PHD2_STATES",
    "Coordination",
    "GuiderKind",
    "MountHabits",
    "MountWords",
    "RoofHabits",
    "RoofWords",
    "changed",
    "guider_word",
]

PHD2_STATES = ("Stopped", "Selected", "Looping", "Calibrating", "Guiding", "LostLock", "Paused")


class RoofWords(StrEnum):
    """The report of a driver while the shutter moves.

    `ANNOUNCES`: opening, closing. `SWITCHES`: two limit switches, so it reads what it read at the
    last end until it is at the other one. `ERROR`, `NONE`: ShutterError, ShutterNone on the way.
    """

    ANNOUNCES = "announces"
    SWITCHES = "switches"
    ERROR = "error"
    NONE = "none"


class MountWords(StrEnum):
    """Whether a driver reports `Slewing` while the mount slews or parks."""

    ANNOUNCES = "announces"
    SILENT = "silent"


class Coordination(StrEnum):
    """The coordinates while the mount goes to its park or home position.

    `MOVE`: they follow the axes. `STAND`: altitude and azimuth keep their values until it has
    arrived, RA drifts with the sky. `FREEZE`: all keep their values until it has arrived.
    """

    MOVE = "move"
    STAND = "stand"
    FREEZE = "freeze"


class GuiderKind(StrEnum):
    """A program or device that guides; each has words of its own for what it does."""

    PHD2 = "phd2"
    METAGUIDE = "metaguide"
    MGEN = "mgen"
    SKYGUARD = "skyguard"
    DIRECT = "direct"


# The words of each kind for PHD2's, from N.I.N.A.'s source; None: `State` is missing. MGEN has a
# word only after a calibration, the direct guider only while it dithers.
_GUIDER_WORDS: dict[GuiderKind, dict[str, str | None]] = {
    GuiderKind.PHD2: {},
    GuiderKind.METAGUIDE: {
        "Stopped": "Connected",
        "Selected": "Locked",
        "Looping": "Connected",
        "Calibrating": "Locked",
        "Guiding": "Locked and Guiding",
        "LostLock": "Guiding",
        "Paused": "Locked",
    },
    GuiderKind.MGEN: dict.fromkeys(PHD2_STATES),
    GuiderKind.SKYGUARD: {
        "Stopped": "idle",
        "Selected": "idle",
        "Looping": "looping",
        "Calibrating": "calibrating",
        "Guiding": "guiding",
        "LostLock": "guiding",
        "Paused": "paused",
    },
    GuiderKind.DIRECT: dict.fromkeys(PHD2_STATES, "Idle"),
}


def guider_word(kind: GuiderKind, state: str) -> str | None:
    """Return the name that a kind of guider has for one of PHD2's states."""
    return _GUIDER_WORDS[kind].get(state, state)


@dataclass(frozen=True, slots=True)
class RoofHabits:
    """A shutter's times for its whole way, in simulated seconds, and its driver's words.

    `blocks`: the driver's call returns when the shutter has arrived, and with it N.I.N.A.'s
    completion event; otherwise that comes as soon as the driver no longer reports a movement.
    """

    words: RoofWords = RoofWords.ANNOUNCES
    open_seconds: float = 30.0
    close_seconds: float = 30.0
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class MountHabits:
    """A mount's times in simulated seconds, and its driver's words.

    `park_seconds`, `home_seconds`: how long that takes from anywhere, 0 as long as the distance
    wants. `lingers`: for how long it keeps reporting `Slewing` after it arrived or was stopped.
    `blocks`: the driver's call returns when the mount has arrived, and with it N.I.N.A.'s
    completion event; otherwise that comes at once.
    """

    words: MountWords = MountWords.ANNOUNCES
    park_seconds: float = 0.0
    home_seconds: float = 0.0
    lingers: float = 0.0
    coordinates: Coordination = Coordination.MOVE
    blocks: bool = True


def changed[T: (RoofHabits, MountHabits)](habits: T, **options: Any) -> T:
    """Return habits with some of them changed; raises ValueError for what makes no sense."""
    values: dict[str, Any] = {}
    for entry in fields(habits):
        if entry.name not in options:
            continue
        kind, value = type(getattr(habits, entry.name)), options[entry.name]
        if kind is float and not 0 <= value < math.inf:
            raise ValueError(f"{entry.name} cannot be {value}")
        if issubclass(kind, StrEnum) and value not in list(kind):
            raise ValueError(f"{entry.name} cannot be {value!r} (one of {', '.join(kind)})")
        values[entry.name] = kind(value)
    return replace(habits, **values)
