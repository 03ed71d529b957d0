"""A movement under way, as readings show it: whether its driver can be believed, and how long it takes."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
from typing import Any, Final

from ..api import Equipment
from ..const import LOGGER, CommandKey
from .command import Command
from .movements import Movements
from .places import Places
from .readings import Readings

# Seconds after which a person is told of a movement that was never seen before.
UNUSED: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A movement that takes far longer than usual, or that was never seen before.

    `seconds` is the time since it was asked for, `seen` the last reading in words. It is followed
    on, and `confirmed` once a reading proves it after all.
    """

    command: CommandKey
    seconds: float = 0.0
    seen: str = ""
    confirmed: bool = False


type LateListener = Callable[[Late], None]


class Motion:
    """What is seen of the movement of one command."""

    def __init__(
        self, command: Command[Any], readings: Readings, movements: Movements, tell: LateListener
    ) -> None:
        """Begin with nothing seen; `tell` is called when the movement is late."""
        self.places = Places()
        self._command = command
        self._readings = readings
        self._movements = movements
        self._tell = tell
        self._announced = False
        self._late = False
        self._device: object = None

    def note_place(self, device: Any, at: float) -> None:
        """Take note of where a device pointed; `at` is the loop time of that reading."""
        if self._command.pointing is not None:
            self.places.note(at, self._command.pointing(device), self._readings.lag)

    def note(self, device: Any, equipment: Equipment) -> None:
        """Take note of a reading of the device that was just made."""
        self._device = device
        self.note_place(device, self._readings.now)
        if self._command.reports_motion is not None and self._command.reports_motion(
            device, equipment
        ):
            self._announced = True
            self._movements.note_announced(device, self._command.key)

    @property
    def believed(self) -> bool:
        """Return whether "nothing moves" is believed: of a driver that announces such a movement."""
        if self._command.reports_motion is None or self._announced or self.places.tracks:
            return True
        return self._movements.habit(self._device, self._command.key).announced

    def tell_if_late(self, since_sent: float, since_asked: float, seen: str) -> None:
        """Tell once that the movement takes far longer than usual; the times are seconds."""
        command = self._command
        if command.reports_motion is None or self._late:
            return
        usual = self._movements.habit(self._device, command.key).usual
        if since_sent < (UNUSED * self._readings.pace.scale if usual is None else usual):
            return
        self._late = True
        level = logging.WARNING if command.safety_critical else logging.INFO
        LOGGER.log(
            level, "%s is not confirmed after %.0f s; it reads %s", command.key, since_asked, seen
        )
        self._tell(Late(command=command.key, seconds=since_asked, seen=seen))

    def end(self, since_sent: float | None) -> None:
        """Remember how the driver carried out the movement, and tell that it did after all.

        `since_sent` is how long that took in seconds, None where it was not begun by this command.
        """
        command = self._command
        if command.reports_motion is not None and since_sent is not None:
            self._movements.note_done(
                self._device, command.key, since_sent, announced=self._announced
            )
        if self._late:
            LOGGER.info("%s is confirmed", command.key)
            self._tell(Late(command=command.key, confirmed=True))
