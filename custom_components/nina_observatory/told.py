"""What tells listeners of a snapshot: each what is new to it, whatever becomes of the others."""

from functools import partial
import logging
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import LOGGER


class ToldCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """A coordinator whose listeners cost each other nothing."""

    _told: tuple[bool, DataT] | None = None

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> CALLBACK_TYPE:
        """Call a listener whenever something changes; one that raises costs no other its turn."""
        failed: list[CALLBACK_TYPE] = []
        call = partial(self._call, update_callback, failed)
        return super().async_add_listener(call, context)

    @callback
    def _call(self, listener: CALLBACK_TYPE, failed: list[CALLBACK_TYPE]) -> None:
        """Call a listener; that it raised is logged with its traceback once."""
        try:
            listener()
        except Exception:  # noqa: BLE001  # see above
            level = logging.DEBUG if failed else logging.ERROR
            failed[:] = [listener]
            LOGGER.log(level, "%s cannot be shown by %r", self.name, listener, exc_info=True)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Tell the listeners what they were not told before.

        Events change the snapshot between polls, so a poll has to be compared with what was
        last shown, not, as `always_update=False` does, with what was there when it was asked for.
        """
        told = (self.last_update_success, self.data)
        if told != self._told:
            self._told = told
            super().async_update_listeners()
