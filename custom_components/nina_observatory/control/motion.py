"""The movement that a command causes: whether its driver reports it, and whether it is late."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
from typing import Any, Final

from ..api import Equipment
from ..const import LOGGER, CommandKey
from .command import Command
from .movements import Movements
from .pointing import PointingHistory
from .readings import Readings

# Seconds after which a movement is late of which no duration is known.
LATE_AFTER: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A movement that takes far longer than usual; its command continues.

    `seconds` is the time since the call, `seen` the last reading in words. `confirmed`: a reading
    has proven it after all.
    """

    command: CommandKey
    seconds: float = 0.0
    seen: str = ""
    confirmed: bool = False


type LateListener = Callable[[Late], None]


class Motion:
    """The movement of one command, as readings show it."""

    def __init__(
        self, command: Command[Any], readings: Readings, movements: Movements, tell: LateListener
    ) -> None:
        """Follow one command; call `tell` when the movement is late, and when it ends."""
        self.pointing = PointingHistory()
        self._command = command
        self._readings = readings
        self._movements = movements
        self._tell = tell
        self._announced = False
        self._late = False
        self._device: object = None

    def note_pointing(self, device: Any, at: float) -> None:
        """Record where a device pointed; `at` is the loop time of the reading."""
        if self._command.pointing is not None:
            self.pointing.note(at, self._command.pointing(device), self._readings.lag)

    def note(self, device: Any, equipment: Equipment) -> None:
        """Record a reading of the device that was just made."""
        self._device = device
        self.note_pointing(device, self._readings.now)
        if self._command.reports_motion is not None and self._command.reports_motion(
            device, equipment
        ):
            self._announced = True
            self._movements.note_announced(device, self._command.key)

    @property
    def believed(self) -> bool:
        """Return whether a reading without movement counts: the driver is known to report it."""
        if self._command.reports_motion is None or self._announced or self.pointing.tracks:
            return True
        return self._movements.habit(self._device, self._command.key).announced

    def tell_if_late(self, since_sent: float, since_asked: float, seen: str) -> None:
        """Call the listener once if the movement takes far longer than usual; times in seconds."""
        command = self._command
        if command.reports_motion is None or self._late:
            return
        usual = self._movements.habit(self._device, command.key).usual
        if since_sent < (LATE_AFTER * self._readings.pace.scale if usual is None else usual):
            return
        self._late = True
        level = logging.WARNING if command.safety_critical else logging.INFO
        LOGGER.log(
            level, "%s is not confirmed after %.0f s; it reads %s", command.key, since_asked, seen
        )
        self._tell(Late(command=command.key, seconds=since_asked, seen=seen))

    def end(self, since_sent: float | None) -> None:
        """Record how the driver carried out the movement; call the listener if it was late.

        `since_sent` is its duration in seconds, None if this command did not start it.
        """
        command = self._command
        if command.reports_motion is not None and since_sent is not None:
            self._movements.note_done(
                self._device, command.key, since_sent, announced=self._announced
            )
        if self._late:
            LOGGER.info("%s is confirmed", command.key)
            self._tell(Late(command=command.key, confirmed=True))
