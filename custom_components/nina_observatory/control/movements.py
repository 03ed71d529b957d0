"""Movements: how each driver carries them out, as observed, and the one that a command causes.

Roofs with two limit switches never report that they move, nor do some mounts while they park
(field notes 11). A reading without movement counts only for a driver that has reported that
movement before. The usual duration serves to notify a person early, never as a proof.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..api import Device, Dome, Equipment, ShutterState
from ..const import DOMAIN, LOGGER, CommandKey
from ..helpers.storage import async_load_kept
from ..helpers.words import Words
from .command import Command, Readings
from .commands.dome import DomeKey
from .pointing import PointingHistory

VERSION: Final = 1
# Seconds until a change is written.
SAVE_AFTER: Final = 10.0
# How many durations are kept of a movement, and how many movements in all.
REMEMBERED: Final = 10
MOST: Final = 60
# Seconds; longer durations come from a computer that slept.
LONGEST: Final = 86_400.0
# The movements that a shutter reports.
REPORTED: Final = {
    ShutterState.OPENING: DomeKey.OPEN_SHUTTER,
    ShutterState.CLOSING: DomeKey.CLOSE_SHUTTER,
}
# Seconds; a shorter movement may have ended before the first reading.
UNSEEN: Final = 10.0
# Seconds after which a movement is late of which no duration is known.
LATE_AFTER: Final = 90.0


@dataclass(frozen=True, slots=True)
class Habit:
    """How a driver carries out one movement; durations are seconds, the newest last."""

    announced: bool = False
    durations: tuple[float, ...] = ()

    @property
    def usual(self) -> float | None:
        """Return the seconds after which the movement is late, None if no duration is known."""
        return 2 * max(self.durations) if self.durations else None


class Movements:
    """The movements of the devices of one entry; stored across restarts."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        self.store: Store[dict[str, Any]] = Store(hass, VERSION, f"{DOMAIN}.{entry_id}.movements")
        self._habits: dict[str, Habit] = {}

    async def async_load(self) -> None:
        """Load stored movements; those observed since the start take precedence."""
        self._habits = (await async_load_kept(self._hass, self.store, _decode) or {}) | self._habits

    def habit(self, device: object, movement: CommandKey) -> Habit:
        """Return how a device carries out a movement."""
        return self._habits.get(_key(device, movement), Habit())

    @callback
    def note_announced(self, device: object, movement: CommandKey) -> None:
        """Record that a driver reported a movement."""
        habit = self.habit(device, movement)
        if not habit.announced:
            self._keep(device, movement, Habit(announced=True, durations=habit.durations))

    @callback
    def note_done(
        self, device: object, movement: CommandKey, seconds: float, *, announced: bool
    ) -> None:
        """Record the duration of a movement, from its command to its proof.

        If it was long enough to be seen and was not reported, the driver no longer counts as one
        that reports it.
        """
        habit = self.habit(device, movement)
        known = announced or (habit.announced and seconds < UNSEEN)
        durations = (*habit.durations, min(seconds, LONGEST))[-REMEMBERED:]
        self._keep(device, movement, Habit(announced=known, durations=durations))

    @callback
    def note_reading(self, dome: object) -> None:
        """Record a movement that the shutter reports, no matter who caused it."""
        for shutter, movement in REPORTED.items():
            if isinstance(dome, Dome) and dome.shutter is shutter:
                self.note_announced(dome, movement)

    def as_data(self) -> dict[str, Any]:
        """Return the movements for storage and diagnostics."""
        return {
            key: {
                "announced": habit.announced,
                "durations": [round(seconds, 1) for seconds in habit.durations],
            }
            for key, habit in self._habits.items()
        }

    @callback
    def _keep(self, device: object, movement: CommandKey, habit: Habit) -> None:
        """Keep a habit as the newest, and drop the oldest beyond the limit."""
        key = _key(device, movement)
        self._habits.pop(key, None)
        self._habits[key] = habit
        while len(self._habits) > MOST:
            del self._habits[next(iter(self._habits))]
        self.store.async_delay_save(lambda: {"habits": self.as_data()}, SAVE_AFTER)


def _key(device: object, movement: CommandKey) -> str:
    """Return the storage key of a movement of a device."""
    identity = ""
    if isinstance(device, Device):
        identity = device.device_id or device.display_name or device.name or ""
    return f"{movement}:{identity[:200]}"


def _decode(kept: Mapping[str, Any]) -> dict[str, Habit]:
    """Decode stored habits; raises ValueError, TypeError or LookupError for any other data."""
    habits = {
        str(key): Habit(
            announced=value["announced"] is True,
            durations=tuple(map(_seconds, value["durations"]))[-REMEMBERED:],
        )
        for key, value in kept["habits"].items()
    }
    return dict(list(habits.items())[-MOST:])


def _seconds(value: Any) -> float:
    """Decode a duration; raises ValueError for anything else."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and 0 <= float(value) <= LONGEST):
        raise ValueError(f"not a duration: {value!r}"[:100])
    return float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateMovement:
    """A movement that takes far longer than usual; its command continues.

    `seconds` is the time since the call. `confirmed`: a reading has proven it after all.
    """

    command: CommandKey
    seconds: float = 0.0
    confirmed: bool = False


type LateListener = Callable[[LateMovement], None]


class Motion:
    """The movement of one command, as readings show it."""

    def __init__(
        self, command: Command[Any], readings: Readings, movements: Movements, notify: LateListener
    ) -> None:
        """Follow one command; call `notify` when the movement is late, and when it ends."""
        self.pointing = PointingHistory()
        self._command = command
        self._readings = readings
        self._movements = movements
        self._notify = notify
        self._announced = False
        self._late = False
        self._device: object = None
        self._progress: object = None

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

    def is_stalled(self, before: Any, device: Any, equipment: Equipment, *, failed: bool) -> bool:
        """Return whether nothing moves, unless this driver never reports a movement.

        `before` is the reading from before the command was sent. After an error reply (`failed`),
        a device at rest counts with any driver.
        """
        command = self._command
        if command.unaffected is not None and before is not None:
            return command.unaffected(before, device)
        if command.progress is not None:
            last, self._progress = self._progress, command.progress(device)
            return self._progress == last
        moves = self.pointing.moves and not command.is_stop
        if moves or not command.stalled(device, equipment):
            return False
        return self._believed or failed

    @property
    def _believed(self) -> bool:
        """Return whether a reading without movement counts: the driver is known to report it."""
        if self._command.reports_motion is None or self._announced or self.pointing.tracks:
            return True
        return self._movements.habit(self._device, self._command.key).announced

    def notify_if_late(self, since_sent: float, since_asked: float, seen: object) -> None:
        """Call the listener once if the movement takes far longer than usual; times in seconds.

        `seen` is what the last reading showed.
        """
        command = self._command
        if command.reports_motion is None or self._late:
            return
        usual = self._movements.habit(self._device, command.key).usual
        if since_sent < (LATE_AFTER * self._readings.pace.scale if usual is None else usual):
            return
        self._late = True
        level = logging.WARNING if command.safety_critical else logging.INFO
        LOGGER.log(
            level,
            "%s is not confirmed after %.0f s; last known state: %s",
            command.key,
            since_asked,
            Words().of(seen),
        )
        self._notify(LateMovement(command=command.key, seconds=since_asked))

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
            self._notify(LateMovement(command=command.key, confirmed=True))
