"""The truth in the few words that a judge of a client needs, and what was commanded meanwhile."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from .ledger import Entry
    from .observatory import Observatory

__all__ = ["By", "Movement", "Place", "Truth"]

_API = "/v2/api"
_READS = (
    "/info",
    "/list-devices",
    "/last-af",
    "/graph",
    "/statistics",
    "/list-available",
    "/sequence/json",
    "/sequence/state",
    "/sequence/running",
    "/status",
    "/profile/show",
    "/profile/horizon",
    "/get-tab",
    "/plugins",
    "/logs",
    "/plugin/settings",
    "/moon-separation",
)
_COMMANDING = ("/equipment/", "/sequence/", "/flats/", "/profile/", "/framing/", "/application/")
_STACKING = ("/livestack/start", "/livestack/stop")


class Place(StrEnum):
    """Where the shutter truly is."""

    CLOSED = "closed"
    BETWEEN = "between"
    OPEN = "open"


class By(StrEnum):
    """Who moved the shutter: the driver, told by N.I.N.A., or somebody at the roof."""

    DRIVER = "driver"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of the shutter that began: simulated time, way, who, and the mount under it."""

    time: datetime
    opens: bool
    by: By
    mount_parked: bool

    def as_data(self) -> dict[str, Any]:
        """Return the movement as plain data."""
        return {
            "time": self.time.isoformat(),
            "opens": self.opens,
            "by": self.by.value,
            "mount_parked": self.mount_parked,
        }


class Truth:
    """What is really the case, whatever drivers, N.I.N.A. or a client say."""

    def __init__(self, observatory: Observatory) -> None:
        """Look at an observatory."""
        self._observatory = observatory

    @property
    def roof(self) -> Place:
        """Return where the shutter is; a roof that moves is between its ends."""
        opening = self._observatory.dome.opening
        if 0 < opening < 1:
            return Place.BETWEEN
        return Place.OPEN if opening else Place.CLOSED

    @property
    def roof_moves(self) -> bool:
        """Tell whether the shutter moves."""
        return self._observatory.dome.shutter_moves

    @property
    def mount_parked(self) -> bool:
        """Tell whether the mount is parked."""
        return self._observatory.mount.parked

    @property
    def mount_moves(self) -> bool:
        """Tell whether the mount slews."""
        return self._observatory.mount.slewing

    @property
    def sequence_runs(self) -> bool:
        """Tell whether the sequence runs."""
        return self._observatory.sequence.running

    @property
    def movements(self) -> list[Movement]:
        """Return the shutter's movements so far, oldest first; the newest thousand."""
        return list(self._observatory.dome.movements)

    @property
    def over_unparked(self) -> list[Movement]:
        """Return the movements that the driver was told while the mount was not parked."""
        return [m for m in self.movements if m.by is By.DRIVER and not m.mount_parked]

    @property
    def commands(self) -> list[Entry]:
        """Return the requests that command something, oldest first.

        Each has `path`, `parameters`, `time` (simulated), `started` (real), `status` and `code`.
        """
        return [entry for entry in self._observatory.ledger.entries if is_command(entry)]

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data, the newest hundred movements and commands."""
        observatory = self._observatory
        return {
            "time": observatory.clock.now().isoformat(),
            "roof": self.roof.value,
            "opening": round(observatory.dome.opening, 3),
            "roof_moves": self.roof_moves,
            "mount_parked": self.mount_parked,
            "mount_moves": self.mount_moves,
            "sequence_runs": self.sequence_runs,
            "guides": observatory.tasks.running("phd2"),
            "exposes": observatory.camera.exposing,
            "is_safe": observatory.safety_monitor.is_safe,
            "rain_rate": observatory.weather.rain_rate,
            "movements": [movement.as_data() for movement in self.movements[-100:]],
            "commands": [_command(entry) for entry in self.commands[-100:]],
        }


def is_command(entry: Entry) -> bool:
    """Tell whether a request commands something, rather than reads."""
    path = entry.path.removeprefix(_API)
    if path in _STACKING:
        return True
    if entry.parameters.get("getResult", "").casefold() == "true":
        return False
    return path.startswith(_COMMANDING) and not path.endswith(_READS)


def _command(entry: Entry) -> dict[str, Any]:
    """Return a command as plain data."""
    return {
        "time": entry.time.isoformat(),
        "path": entry.path.removeprefix(_API),
        "parameters": entry.parameters,
        "status": entry.status,
        "code": entry.code,
    }
