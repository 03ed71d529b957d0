"""The coordinator of the sequencer."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import override

from homeassistant.core import HomeAssistant, callback

from .api import NinaClient, NinaError, NinaNotReadyError, Sequence
from .const import LOGGER
from .coordinator import NinaConfigEntry, NinaCoordinator, RigCoordinator

POLL_RUNNING = timedelta(seconds=30)
POLL_IDLE = timedelta(minutes=5)
# The sequencer takes some seconds after a start of N.I.N.A. before it answers.
POLL_STARTING = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceReading:
    """The loaded sequence as last read; `tree` is None where there is none to be read."""

    reachable: bool = False
    ready: bool = False
    tree: Sequence | None = None
    read_at: float = field(default=0.0, compare=False)


class SequenceCoordinator(NinaCoordinator[SequenceReading]):
    """Read the sequence: often while it runs, on its events, seldom otherwise."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry, rig: RigCoordinator) -> None:
        """Prepare reading the sequence."""
        super().__init__(hass, entry, "sequence")
        self.data = SequenceReading()
        self._rig = rig
        self._was_reachable = False
        entry.async_on_unload(rig.async_add_listener(self._follow_rig))

    @property
    def _client(self) -> NinaClient:
        """Return the client of the rig."""
        return self._rig.client

    @callback
    def _follow_rig(self) -> None:
        """Read anew when N.I.N.A. comes back, and forget at once when it goes."""
        if (reachable := self._rig.data.reachable) != self._was_reachable:
            self._was_reachable = reachable
            self.config_entry.async_create_background_task(
                self.hass, self.async_refresh(), f"{self.name} after a change of connection"
            )

    @override
    async def _async_poll(self, started: float) -> SequenceReading:
        """Read the sequence, unless N.I.N.A. is known to be gone."""
        if not self._rig.data.reachable:
            self.update_interval = None
            return SequenceReading()
        reading = await self._async_ask(started)
        self.update_interval = self._interval(reading)
        return reading

    async def _async_ask(self, started: float) -> SequenceReading:
        """Ask once; a sequencer that is still starting is no error."""
        try:
            tree = await self._client.get_sequence()
        except NinaNotReadyError:
            return SequenceReading(reachable=True, read_at=started)
        except NinaError as err:
            LOGGER.debug("The sequence of %s could not be read: %s", self.name, err)
            return SequenceReading(read_at=started)
        return SequenceReading(reachable=True, ready=True, tree=tree, read_at=started)

    def _interval(self, reading: SequenceReading) -> timedelta:
        """Return the time until the next poll."""
        if reading.tree is None:
            return POLL_STARTING
        return POLL_RUNNING if reading.tree.running else POLL_IDLE
