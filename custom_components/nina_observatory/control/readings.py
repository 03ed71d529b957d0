"""What a command may look at: the coordinators of its entry, and what was sent and announced."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import EventType, NinaClient
from ..readings.equipment import EquipmentCoordinator
from ..readings.frames import FramesCoordinator
from ..readings.sequence import SequenceCoordinator
from ..readings.settings import SettingsCoordinator
from .pace import Pace

# Seconds by which readings are behind at least: N.I.N.A. reads its drivers every 2 s, unless the
# profile says otherwise.
LAG: Final = 3.0


@dataclass(frozen=True, slots=True)
class Readings:
    """What the commands of one entry look at; all times are loop times in seconds."""

    client: NinaClient
    equipment: EquipmentCoordinator
    sequence: SequenceCoordinator
    frames: FramesCoordinator
    settings: SettingsCoordinator
    # Since when the event stream is up; infinity while it is down.
    stream_up_since: Callable[[], float]
    pace: Pace = field(default_factory=Pace, kw_only=True)
    _heard: dict[EventType, float] = field(default_factory=dict, init=False)
    # By subject: when readings show what was sent last, and where the movement ends that this began.
    _settled_at: dict[str, float] = field(default_factory=dict, init=False)
    _aims: dict[str, float] = field(default_factory=dict, init=False)

    @property
    def hass(self) -> HomeAssistant:
        """Return the Home Assistant of the entry."""
        return self.equipment.hass

    @property
    def entry(self) -> ConfigEntry:
        """Return the entry whose commands look at this."""
        return self.equipment.config_entry

    @property
    def now(self) -> float:
        """Return the time of the loop."""
        return self.hass.loop.time()

    @property
    def lag(self) -> float:
        """Return the seconds after which a reading shows what is sent now."""
        profile = self.settings.data.profile
        polling = 0.0 if profile is None else profile.device_polling_interval or 0.0
        return max(LAG, polling + 1) * self.pace.scale

    @property
    def hears(self) -> bool:
        """Return whether the event stream is up."""
        return self.stream_up_since() <= self.now

    @callback
    def note_event(self, event: EventType) -> None:
        """Take note that N.I.N.A. announced something now."""
        self._heard[event] = self.now

    def heard_at(self, event: EventType) -> float:
        """Return when N.I.N.A. last announced this; minus infinity if it never did."""
        return self._heard.get(event, float("-inf"))

    @callback
    def note_sent(self, subject: str, *, lag: float, aim: float | None) -> None:
        """Take note that readings of a subject are behind for `lag` seconds, or the usual ones."""
        self._settled_at[subject] = self.now + max(self.lag, lag * self.pace.scale)
        if aim is not None:
            self._aims[subject] = aim

    @callback
    def note_proven(self, subject: str) -> None:
        """Take note that a reading shows what was sent to a subject."""
        self._aims.pop(subject, None)
        self._settled_at.pop(subject, None)

    def settled_in(self, subject: str) -> float:
        """Return the seconds until readings show what was sent last; below 0 when they do."""
        return self._settled_at.get(subject, 0.0) - self.now

    def aim(self, subject: str) -> float | None:
        """Return where the movement ends that was sent last, None once it was seen to."""
        return self._aims.get(subject)

    def option(self, name: str) -> float | None:
        """Return a number of the options, None where the user set none."""
        value = self.entry.options.get(name)
        return float(value) if isinstance(value, int | float) else None
