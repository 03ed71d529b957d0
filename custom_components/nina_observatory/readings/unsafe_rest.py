"""Whether the safety monitor reports unsafe while no device has moved for a while."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ..api import Role
from .equipment import EquipmentCoordinator
from .equipment_state import unsafe_and_still

# Seconds without a movement after which devices rest. Between two instructions, such as parking and
# closing the roof, none moves for some seconds; a movement is read ten seconds late.
RESTS_AFTER: Final = 15.0


class UnsafeRest:
    """Whether it is unsafe and all devices rest: nothing else shows that a sequence waits for safety."""

    def __init__(
        self, entry: ConfigEntry, equipment: EquipmentCoordinator, notify: Callable[[], object]
    ) -> None:
        """Follow the equipment, and call `notify` when the answer changes."""
        self._equipment = equipment
        self._notify = notify
        self._is_on = False
        # Whether the safety monitor could be read before.
        self._is_watched = False
        self._settling: CALLBACK_TYPE | None = None
        entry.async_on_unload(equipment.async_add_listener(self._note_reading))
        entry.async_on_unload(self._cancel)

    @property
    def is_on(self) -> bool:
        """Return whether it is unsafe and all devices rest."""
        return self._is_on

    @callback
    def _note_reading(self) -> None:
        """Wait until devices have rested for a while; a rest that is found at the start counts at once."""
        state, was_watched = self._equipment.data, self._is_watched
        self._is_watched = state.device(Role.SAFETY_MONITOR) is not None
        if not unsafe_and_still(state):
            self._cancel()
            self._set(is_on=False)
        elif not was_watched:
            self._set(is_on=True)
        elif not self._is_on and self._settling is None:
            self._settling = async_call_later(self._equipment.hass, RESTS_AFTER, self._settle)

    @callback
    def _settle(self, _now: datetime) -> None:
        """Count the rest."""
        self._settling = None
        self._set(is_on=True)

    @callback
    def _set(self, *, is_on: bool) -> None:
        """Change the answer."""
        if is_on is not self._is_on:
            self._is_on = is_on
            self._notify()

    @callback
    def _cancel(self) -> None:
        """Stop waiting."""
        if self._settling is not None:
            self._settling()
            self._settling = None
