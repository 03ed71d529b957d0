"""A movement under way, as readings show it: whether its driver can be believed, and how long it takes."""

from typing import TYPE_CHECKING, Any, Final

from ..api import Equipment
from .command import Command
from .places import Places

if TYPE_CHECKING:
    from .runner import CommandRunner

# Seconds after which a person is told of a movement that was never seen before.
UNUSED: Final = 90.0


class Motion:
    """What is seen of the movement of one command."""

    def __init__(self, runner: CommandRunner, command: Command[Any]) -> None:
        """Begin with nothing seen."""
        self.places = Places()
        self._runner = runner
        self._command = command
        self._announced = False
        self._late = False
        self._device: object = None

    def note_place(self, device: Any, at: float) -> None:
        """Take note of where a device pointed; `at` is the loop time of that reading."""
        if self._command.place is not None:
            self.places.note(at, self._command.place(device), self._runner.settle)

    def note(self, device: Any, equipment: Equipment, now: float) -> None:
        """Take note of a reading of the device."""
        self._device = device
        self.note_place(device, now)
        if self._command.announces is not None and self._command.announces(device, equipment):
            self._announced = True
            self._runner.movements.note_announced(device, self._command.key)

    @property
    def believed(self) -> bool:
        """Return whether "nothing moves" is believed: of a driver that announces such a movement."""
        if self._command.announces is None or self._announced or self.places.tracks:
            return True
        return self._runner.movements.habit(self._device, self._command.key).announced

    def tell_if_late(self, since_sent: float, since_asked: float, seen: str) -> None:
        """Tell once that the movement takes far longer than usual; the times are seconds."""
        if self._command.announces is None or self._late:
            return
        usual = self._runner.movements.habit(self._device, self._command.key).usual
        if since_sent >= (UNUSED * self._runner.pace.scale if usual is None else usual):
            self._late = True
            self._runner.note_late(self._command, since_asked, seen)

    def end(self, since_sent: float | None) -> None:
        """Remember how the driver carried out the movement, and tell that it did after all.

        `since_sent` is how long that took in seconds, None where it was not begun by this command.
        """
        if self._command.announces is not None and since_sent is not None:
            self._runner.movements.note_done(
                self._device, self._command.key, since_sent, announced=self._announced
            )
        if self._late:
            self._runner.note_confirmed(self._command)
