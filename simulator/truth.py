"""The true state, as a check of a client needs it, and the commands since."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .devices.dome_driver import By

if TYPE_CHECKING:
    from .devices.dome_driver import Movement
    from .devices.rig import Rig
    from .ledger import Entry, Ledger
    from .sequence.sequencer import Sequencer

__all__ = ["Place", "Truth"]

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


class Truth:
    """The true state, independent of drivers, N.I.N.A. and clients."""

    def __init__(self, rig: Rig, sequence: Sequencer, ledger: Ledger) -> None:
        """Read a rig, the sequencer, and the requests of clients."""
        self._rig = rig
        self._sequence = sequence
        self._ledger = ledger

    @property
    def roof(self) -> Place:
        """Return where the shutter is; a roof that moves is between its ends."""
        opening = self._rig.dome.opening
        if 0 < opening < 1:
            return Place.BETWEEN
        return Place.OPEN if opening else Place.CLOSED

    @property
    def roof_moves(self) -> bool:
        """Return whether the shutter moves."""
        return self._rig.dome.shutter_moves

    @property
    def mount_parked(self) -> bool:
        """Return whether the mount is parked."""
        return self._rig.mount.parked

    @property
    def mount_moves(self) -> bool:
        """Return whether the mount slews."""
        return self._rig.mount.slewing

    @property
    def sequence_runs(self) -> bool:
        """Return whether the sequence runs."""
        return self._sequence.running

    @property
    def movements(self) -> list[Movement]:
        """Return the shutter's movements so far, oldest first; the newest thousand."""
        return list(self._rig.dome.movements)

    @property
    def over_unparked(self) -> list[Movement]:
        """Return the movements commanded while the mount was not parked."""
        return [m for m in self.movements if m.by is By.DRIVER and not m.mount_parked]

    @property
    def commands(self) -> list[Entry]:
        """Return the requests that command something, oldest first.

        Each has `path`, `parameters`, `time` (simulated), `started` (real), `status` and `code`.
        """
        return [entry for entry in self._ledger.entries if is_command(entry)]

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data, the newest hundred movements and commands."""
        rig = self._rig
        return {
            "time": rig.clock.now().isoformat(),
            "roof": self.roof.value,
            "opening": round(rig.dome.opening, 3),
            "roof_moves": self.roof_moves,
            "mount_parked": self.mount_parked,
            "mount_moves": self.mount_moves,
            "sequence_runs": self.sequence_runs,
            "guides": rig.context.tasks.running("phd2"),
            "exposes": rig.camera.exposing,
            "is_safe": rig.safety_monitor.is_safe,
            "rain_rate": rig.weather.rain_rate,
            "movements": [movement.as_data() for movement in self.movements[-100:]],
            "commands": [_command(entry) for entry in self.commands[-100:]],
        }


def is_command(entry: Entry) -> bool:
    """Return whether a request commands something, rather than reads."""
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
