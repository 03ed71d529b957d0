"""What was learned of each driver: whether it announces a movement, and how long that takes.

Roofs with two limit switches never say that they move, and some mounts park without a word (field
notes 11). "Nothing moves" is believed only of a driver that was seen to announce that movement. The
usual time is there to tell a person early, and never to claim anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..api import Device, Dome, ShutterState
from ..const import DOMAIN, CommandKey
from ..helpers.storage import async_load_kept

VERSION: Final = 1
# Seconds until a change is written.
SAVE_AFTER: Final = 10.0
# How many durations are kept of a movement, and how many movements in all.
REMEMBERED: Final = 10
MOST: Final = 60
# Seconds; what takes longer than a day was not measured but slept through.
LONGEST: Final = 86_400.0
# What a shutter announces on its way.
ANNOUNCED: Final = {
    ShutterState.OPENING: CommandKey.OPEN_SHUTTER,
    ShutterState.CLOSING: CommandKey.CLOSE_SHUTTER,
}
# What was shorter than this in seconds may have been over before anybody looked.
UNSEEN: Final = 10.0


@dataclass(frozen=True, slots=True)
class Habit:
    """How a driver carries out one movement; durations are seconds, the newest last."""

    announced: bool = False
    durations: tuple[float, ...] = ()

    @property
    def usual(self) -> float | None:
        """Return the seconds after which the movement takes far longer than usual."""
        return 2 * max(self.durations) if self.durations else None


class Movements:
    """The movements of the devices of one entry, kept over restarts."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Begin with nothing learned."""
        self._hass = hass
        self.store: Store[dict[str, Any]] = Store(hass, VERSION, f"{DOMAIN}.{entry_id}.movements")
        self._habits: dict[str, Habit] = {}

    async def async_load(self) -> None:
        """Remember what was learned before; what was learned since goes first."""
        self._habits = (await async_load_kept(self._hass, self.store, _decode) or {}) | self._habits

    def habit(self, device: object, movement: CommandKey) -> Habit:
        """Return what is known of a movement of a device."""
        return self._habits.get(_key(device, movement), Habit())

    @callback
    def note_announced(self, device: object, movement: CommandKey) -> None:
        """Take note that a driver announced a movement."""
        habit = self.habit(device, movement)
        if not habit.announced:
            self._keep(device, movement, Habit(announced=True, durations=habit.durations))

    @callback
    def note_done(
        self, device: object, movement: CommandKey, seconds: float, *, announced: bool
    ) -> None:
        """Take note of a movement from its command to its proof.

        One that was long enough to be seen and was not announced unsettles what was believed.
        """
        habit = self.habit(device, movement)
        known = announced or (habit.announced and seconds < UNSEEN)
        durations = (*habit.durations, min(seconds, LONGEST))[-REMEMBERED:]
        self._keep(device, movement, Habit(announced=known, durations=durations))

    @callback
    def note_reading(self, dome: object) -> None:
        """Take note of a shutter that announces a movement, whoever commanded it."""
        for shutter, movement in ANNOUNCED.items():
            if isinstance(dome, Dome) and dome.shutter is shutter:
                self.note_announced(dome, movement)

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data, for the disk and the diagnostics."""
        return {
            key: {
                "announced": habit.announced,
                "durations": [round(seconds, 1) for seconds in habit.durations],
            }
            for key, habit in self._habits.items()
        }

    def _kept(self) -> dict[str, Any]:
        """Return what is written to the disk."""
        return {"habits": self.as_data()}

    @callback
    def _keep(self, device: object, movement: CommandKey, habit: Habit) -> None:
        """Keep what was learned, the newest last, and no more than there is room for."""
        key = _key(device, movement)
        self._habits.pop(key, None)
        self._habits[key] = habit
        while len(self._habits) > MOST:
            del self._habits[next(iter(self._habits))]
        self.store.async_delay_save(self._kept, SAVE_AFTER)


def _key(device: object, movement: CommandKey) -> str:
    """Return under what a movement is kept: another device has other habits."""
    identity = ""
    if isinstance(device, Device):
        identity = device.device_id or device.display_name or device.name or ""
    return f"{movement}:{identity[:200]}"


def _decode(kept: Mapping[str, Any]) -> dict[str, Habit]:
    """Return what was kept; raises ValueError, TypeError or LookupError for any other shape."""
    habits = {
        str(key): Habit(
            announced=value["announced"] is True,
            durations=tuple(map(_seconds, value["durations"]))[-REMEMBERED:],
        )
        for key, value in kept["habits"].items()
    }
    return dict(list(habits.items())[-MOST:])


def _seconds(value: Any) -> float:
    """Return a duration; raises ValueError for what is none."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and 0 <= float(value) <= LONGEST):
        raise ValueError(f"not a duration: {value!r}"[:100])
    return float(value)
