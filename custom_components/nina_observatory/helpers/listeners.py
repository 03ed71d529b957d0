"""Isolated listeners: if one raises, log it and call the rest."""

import asyncio
from collections.abc import Callable
import logging
from typing import override

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
                LOGGER.log(level, "%s failed to handle an update", name, exc_info=True)


class Followers(Listeners[[]]):
    """Listeners that are called in the next turn of the event loop, once for all changes until then.

    They are for what no state and no event waits for.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._turn: asyncio.Handle | None = None

    @callback
    def async_call_soon(self) -> None:
        """Call the listeners in the next turn."""
        if self._turn is None:
            self._turn = self._loop.call_soon(self.async_flush)

    @callback
    def async_flush(self) -> None:
        """Call the listeners now if they are to be called."""
        if self._turn is not None:
            self.async_stop()
            self.async_call()

    @callback
    def async_stop(self) -> None:
        """Call none of them for the changes until now."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None


class IsolatedCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """A coordinator with isolated listeners."""

    _notified: tuple[bool, DataT] | None = None
    # Numbers of listeners that have raised.
    _faulty: frozenset[int] = frozenset()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call the listeners if the data changed since their last call; one may raise.

        Events change the data between polls, so a poll has to be compared with the data last shown,
        not, as `always_update=False` does, with the data at the time of the request.
        """
        current = (self.last_update_success, self.data)
        if current == self._notified:
            return
        self._notified = current
        for number, (listener, _) in tuple(self._listeners.items()):
            try:
                listener()
            except Exception:  # noqa: BLE001  # the others are still called
                # Home Assistant would log it with each reading.
                level = logging.DEBUG if number in self._faulty else logging.ERROR
                self._faulty |= {number}
                LOGGER.log(level, "%s could not be shown by %r", self.name, listener, exc_info=True)
