"""The readings available to a command: the coordinators of its entry, past events and requests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import EventType, NinaClient
from ..const import CommandKey
from ..readings.equipment import EquipmentCoordinator
from ..readings.frames import FramesCoordinator
from ..readings.sequence import SequenceCoordinator
from ..readings.settings import SettingsCoordinator
from .pace import Pace

# Minimum age of readings in seconds: N.I.N.A. reads its drivers every 2 s, or as set in the
# profile.
LAG: Final = 3.0


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings available to the commands of one entry. Times are loop times, in seconds."""

    client: NinaClient
    equipment: EquipmentCoordinator
    sequence: SequenceCoordinator
    frames: FramesCoordinator
    settings: SettingsCoordinator
    # Since when the event stream is up; infinity while it is down.
    stream_up_since: Callable[[], float]
    pace: Pace = field(default_factory=Pace, kw_only=True)
    _heard: dict[EventType, float] = field(default_factory=dict, init=False)
    # By subject: when readings show the last request, and the destination of its movement.
    _settled_at: dict[str, float] = field(default_factory=dict, init=False)
    _destinations: dict[str, float] = field(default_factory=dict, init=False)
    # By subject: the last command sent and when, until a reading proves it.
    _pending: dict[str, tuple[CommandKey, float]] = field(default_factory=dict, init=False)

    @property
    def hass(self) -> HomeAssistant:
        """Return the Home Assistant of the entry."""
        return self.equipment.hass

    @property
    def entry(self) -> ConfigEntry:
        """Return the entry of these readings."""
        return self.equipment.config_entry

    @property
    def now(self) -> float:
        """Return the loop time."""
        return self.hass.loop.time()

    @property
    def lag(self) -> float:
        """Return the seconds after which readings show what is sent now."""
        profile = self.settings.data.profile
        polling = 0.0 if profile is None else profile.device_polling_interval or 0.0
        return max(LAG, polling + 1) * self.pace.scale

    @property
    def hears(self) -> bool:
        """Return whether the event stream is up."""
        return self.stream_up_since() <= self.now

    @callback
    def note_event(self, event: EventType) -> None:
        """Record that N.I.N.A. sent an event now."""
        self._heard[event] = self.now

    def heard_at(self, event: EventType) -> float:
        """Return when N.I.N.A. last sent an event; minus infinity if it never did."""
        return self._heard.get(event, float("-inf"))

    @callback
    def note_sent(
        self, key: CommandKey, subject: str, *, settle_time: float, destination: float | None
    ) -> None:
        """Record a request; readings show it after `settle_time` seconds, or the usual lag."""
        self._pending[subject] = (key, self.now)
        self._settled_at[subject] = self.now + max(self.lag, settle_time * self.pace.scale)
        if destination is not None:
            self._destinations[subject] = destination

    @callback
    def note_proven(self, subject: str) -> None:
        """Record that a reading shows the last request to a subject."""
        self._destinations.pop(subject, None)
        self._pending.pop(subject, None)
        self._settled_at.pop(subject, None)

    def settled_in(self, subject: str) -> float:
        """Return the seconds until readings show the last request; negative once they do."""
        return self._settled_at.get(subject, 0.0) - self.now

    def pending_since(self, key: CommandKey, subject: str) -> float:
        """Return when a command was sent that is the subject's last one, and not proven yet.

        Infinity if there is none.
        """
        last, sent_at = self._pending.get(subject, (None, float("inf")))
        return sent_at if last is key else float("inf")

    def destination(self, subject: str) -> float | None:
        """Return where the last movement ends, None once a reading has shown that it did."""
        return self._destinations.get(subject)

    def option(self, name: str) -> float | None:
        """Return a number from the options, None if the user set none."""
        value = self.entry.options.get(name)
        return float(value) if isinstance(value, int | float) else None
