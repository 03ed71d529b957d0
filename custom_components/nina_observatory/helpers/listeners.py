"""Isolated listeners: if one raises, log it and call the rest."""

from collections.abc import Callable
from functools import partial
import logging
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from ..const import LOGGER

# Names of listeners that have raised.
_failed: set[str] = set()


class Listeners[**P]:
    """Listeners, called in order of subscription.

    Home Assistant has none for states that are computed rather than polled: the listeners of a
    `DataUpdateCoordinator` take no arguments, and the first one that raises ends the round.
    """

    def __init__(self) -> None:
        self._listeners: dict[object, Callable[P, object]] = {}

    @callback
    def async_add(self, listener: Callable[P, object]) -> CALLBACK_TYPE:
        """Add a listener; return the function that removes it."""
        subscription = object()
        self._listeners[subscription] = listener

        @callback
        def remove() -> None:
            self._listeners.pop(subscription, None)

        return remove

    @callback
    def async_call(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call every listener; if one raises, log it and continue."""
        for listener in tuple(self._listeners.values()):
            try:
                listener(*args, **kwargs)
            except Exception:  # noqa: BLE001  # see above
                name = getattr(listener, "__qualname__", repr(type(listener)))
                level = logging.DEBUG if name in _failed else logging.ERROR
                _failed.add(name)
                LOGGER.log(level, "%s failed at what it was told", name, exc_info=True)


class IsolatedCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """A coordinator with isolated listeners."""

    _notified: tuple[bool, DataT] | None = None

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> CALLBACK_TYPE:
        """Add a listener; if it raises, the others are still called."""
        failed: list[CALLBACK_TYPE] = []
        call = partial(self._call, update_callback, failed)
        return super().async_add_listener(call, context)

    @callback
    def _call(self, listener: CALLBACK_TYPE, failed: list[CALLBACK_TYPE]) -> None:
        """Call a listener; log its first exception with a traceback."""
        try:
            listener()
        except Exception:  # noqa: BLE001  # see above
            level = logging.DEBUG if failed else logging.ERROR
            failed[:] = [listener]
            LOGGER.log(level, "%s cannot be shown by %r", self.name, listener, exc_info=True)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call the listeners if the data changed since their last call.

        Events change the data between polls, so a poll has to be compared with the data last shown,
        not, as `always_update=False` does, with the data at the time of the request.
        """
        current = (self.last_update_success, self.data)
        if current != self._notified:
            self._notified = current
            super().async_update_listeners()
