"""Whether frames are being taken, including the pauses between two frames of a sequence."""

from datetime import datetime
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ..api import CameraState, Role, SafetyMonitor
from ..helpers.listeners import Listeners
from .equipment import EquipmentCoordinator
from .equipment_state import EquipmentState
from .sequence import SequenceCoordinator, SequenceState

# Seconds from one exposure to the next in which a running sequence dithers, settles, or changes the
# filter. Longer pauses, such as those for a meridian flip, count as not imaging.
LONGEST_PAUSE: Final = 60.0
READING_OUT: Final = (CameraState.READING, CameraState.DOWNLOAD)


class Imaging:
    """Whether the camera takes frames, by its own reading and that of the sequence."""

    def __init__(
        self, entry: ConfigEntry, equipment: EquipmentCoordinator, sequence: SequenceCoordinator
    ) -> None:
        self._equipment = equipment
        self._sequence = sequence
        self._listeners: Listeners[()] = Listeners()
        self._has_exposed = False
        self._end_of_pause: CALLBACK_TYPE | None = None
        self._note_reading()
        entry.async_on_unload(equipment.async_add_listener(self._note_reading))
        entry.async_on_unload(sequence.async_add_listener(self._note_sequence))
        entry.async_on_unload(self._forget)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when a pause has lasted too long; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @property
    def is_on(self) -> bool | None:
        """Return whether frames are being taken; None if the camera could not be read."""
        exposing = _is_exposing(self._equipment.data)
        return self._end_of_pause is not None if exposing is False else exposing

    @callback
    def _note_reading(self) -> None:
        """Begin a pause after an exposure, and end it with the next one."""
        if _is_exposing(self._equipment.data):
            self._forget()
            self._has_exposed = True
        elif not self._has_exposed:
            return
        elif not self._can_continue():
            self._forget()
        elif self._end_of_pause is None:
            self._end_of_pause = async_call_later(
                self._equipment.hass, LONGEST_PAUSE, self._give_up
            )

    def _can_continue(self) -> bool:
        """Return whether the next exposure may follow: the sequence runs, and nothing is unsafe."""
        state, reading = self._equipment.data, self._sequence.data
        monitor = state.device(Role.SAFETY_MONITOR)
        if isinstance(monitor, SafetyMonitor) and monitor.is_safe is False:
            return False
        is_running = reading.reachable and reading.state is SequenceState.RUNNING
        return is_running and state.device(Role.CAMERA) is not None

    @callback
    def _note_sequence(self) -> None:
        """End the pause together with the sequence."""
        if self._end_of_pause is not None and not self._can_continue():
            self._give_up()

    @callback
    def _forget(self) -> None:
        """Forget the last exposure."""
        self._has_exposed = False
        if self._end_of_pause is not None:
            self._end_of_pause()
            self._end_of_pause = None

    @callback
    def _give_up(self, _now: datetime | None = None) -> None:
        """End the pause: no exposure followed."""
        self._forget()
        self._listeners.async_call()


def _is_exposing(state: EquipmentState) -> bool | None:
    """Return whether the camera exposes or downloads, no matter who started it; None if unread."""
    camera = state.equipment.camera
    if camera is None:
        return None
    if not camera.connected or camera.state in READING_OUT:
        return camera.connected
    return camera.exposing
