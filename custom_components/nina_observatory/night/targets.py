"""Fire an event for each target that begins."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..events.bus import async_fire_own
from ..events.listener import EventListener
from ..events.own_types import OwnEventType
from ..readings.current_target import TargetChanges
from ..readings.frames import FramesCoordinator
from ..readings.now_imaging import Present
from ..readings.sequence import SequenceCoordinator


class TargetAnnouncer:
    """Announces each target that begins, until the entry is unloaded.

    A wait does not end a target; the end of the sequence does. A target found after a start or a
    gap began before.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        listener: EventListener,
        frames: FramesCoordinator,
        sequence: SequenceCoordinator,
        present: Present,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._listener = listener
        self._frames = frames
        self._sequence = sequence
        self._present = present
        self._changes = TargetChanges()
        self._known = frames.data

    @callback
    def async_start(self) -> None:
        """Follow the sequence and its light frames."""
        self._known = self._frames.data
        if self._known.known:
            self._sequence.async_recall(self._known.frames)
        # No other update may follow to show that the running target began before.
        self._update(silent=True)
        for follow, update in (
            (self._sequence.async_add_listener, self._update),
            (self._frames.async_add_listener, self._update_frames),
        ):
            self._entry.async_on_unload(follow(update))

    @callback
    def _update(self, *, silent: bool = False) -> None:
        """Announce the current target if it began since the last update, unless `silent`."""
        reading = self._sequence.data
        if reading.tree is not None and not reading.tree.running:
            self._changes.reset()
        current = self._present.now.target
        announced = reading.scheduler_activity.announced
        begun = self._changes.changed(current, reading.frame_target, announced)
        if begun is not None and self._listener.caught_up and not silent:
            name, previous = begun
            data = {"target": name, "previous": previous, "source": current.source}
            async_fire_own(self._hass, self._entry, OwnEventType.TARGET_CHANGED, data)

    @callback
    def _update_frames(self) -> None:
        """Apply new light frames as evidence of the target, and update."""
        before, self._known = self._known, self._frames.data
        light = self._known.newest_light
        if not before.known and self._known.known:
            self._sequence.async_recall(self._known.frames)
        if before.known and light is not None and light != before.newest_light:
            self._sequence.async_note_light(light)
        self._update()
