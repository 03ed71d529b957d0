"""Whether the guider is guiding."""

from datetime import datetime
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ..api import Guider, GuideStep, RmsError, Role
from ..helpers.listeners import Listeners
from .equipment import EquipmentCoordinator

# Seconds for which a new guide step proves guiding where the reported state does not.
STEP_COUNTS: Final = 40.0


class GuideSteps:
    """Whether the guider is guiding, by its reported state or else by its guide steps.

    The errors in the API come from N.I.N.A.'s guide graph, and remain after guiding stops.
    """

    def __init__(self, entry: ConfigEntry, equipment: EquipmentCoordinator) -> None:
        self._equipment = equipment
        self._step: GuideStep | RmsError | None = None
        self._listeners: Listeners[()] = Listeners()
        self._expiry: CALLBACK_TYPE | None = None
        self._note_reading()
        entry.async_on_unload(self._equipment.async_add_listener(self._note_reading))
        entry.async_on_unload(self._forget)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when the steps have stopped; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @property
    def guiding(self) -> bool:
        """Return whether guiding is proven."""
        guider = self._equipment.data.device(Role.GUIDER)
        if not isinstance(guider, Guider):
            return False
        return self._expiry is not None if guider.guiding is None else guider.guiding

    @callback
    def _note_reading(self) -> None:
        """Compare the last step with the one before."""
        guider = self._equipment.data.device(Role.GUIDER)
        # Plugins before 2.1 report no steps, but their errors change with every one.
        step = guider.last_guide_step or guider.rms if isinstance(guider, Guider) else None
        last, self._step = self._step, step
        if step is None:
            self._forget()
        elif type(step) is type(last) and step != last:
            self._forget()
            self._expiry = async_call_later(self._equipment.hass, STEP_COUNTS, self._expire)

    @callback
    def _forget(self) -> None:
        """Discard the last step as proof of guiding."""
        if self._expiry is not None:
            self._expiry()
            self._expiry = None

    @callback
    def _expire(self, _now: datetime) -> None:
        """Expire the last step: none followed."""
        self._expiry = None
        self._listeners.async_call()
