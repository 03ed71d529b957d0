"""The temperature that the camera is to have, which N.I.N.A. approaches in steps."""

from datetime import datetime
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ..api import Camera, Role
from ..helpers.listeners import Listeners
from .equipment import EquipmentCoordinator

# Seconds without a change after which a set point is the target. N.I.N.A. moves it every 15 s while it
# cools or warms a camera, and it is read every 10 s.
STEADY_AFTER: Final = 45.0


class SetPoint:
    """The set point of the camera, without the steps in which N.I.N.A. moves it.

    While it cools or warms the sensor, N.I.N.A. keeps the set point near the sensor's temperature. None
    of these steps is the target, and at none of them has the camera reached it.
    """

    def __init__(self, entry: ConfigEntry, equipment: EquipmentCoordinator) -> None:
        self._equipment = equipment
        self._listeners: Listeners[()] = Listeners()
        self._target: float | None = None
        self._last: float | None = None
        self._settling: CALLBACK_TYPE | None = None
        self._note_reading()
        entry.async_on_unload(equipment.async_add_listener(self._note_reading))
        entry.async_on_unload(self._cancel)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when the set point is steady; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @property
    def target(self) -> float | None:
        """The last steady set point in °C; None if it is unknown."""
        return self._target

    @property
    def is_reached(self) -> bool | None:
        """Whether the sensor has the target temperature; None if that is unknown."""
        camera = self._equipment.data.device(Role.CAMERA)
        if not isinstance(camera, Camera):
            return None
        return False if self._settling is not None else camera.at_set_point

    @callback
    def _note_reading(self) -> None:
        """Compare the set point with the one before."""
        camera = self._equipment.data.device(Role.CAMERA)
        last, self._last = self._last, camera.set_point if isinstance(camera, Camera) else None
        if last is None or self._last is None:
            self._cancel()
            self._target = self._last
        elif self._last != last:
            self._cancel()
            self._settling = async_call_later(self._equipment.hass, STEADY_AFTER, self._settle)

    @callback
    def async_take(self) -> None:
        """Take the set point as the target at once: a command has been proven to aim at it."""
        self._cancel()
        self._settle()

    @callback
    def _settle(self, _now: datetime | None = None) -> None:
        """Take the set point as the target."""
        self._settling, self._target = None, self._last
        self._listeners.async_call()

    @callback
    def _cancel(self) -> None:
        """Stop waiting for the set point to be steady."""
        if self._settling is not None:
            self._settling()
            self._settling = None
