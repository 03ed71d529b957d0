"""The base of all coordinators: bursts of requests are answered with one poll."""

from abc import abstractmethod
import asyncio
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..api import EventType, NinaEvent
from ..const import LOGGER
from ..errors import EndedError, Reason, async_outcome
from ..helpers.listeners import ToldCoordinator

# Events come in bursts: seconds after the first until what they speak of is read, once.
NEWS_GATHER = 0.4

# Events that come before a reading shows the same, with the seconds after which it does.
SHOWN_LATER: dict[EventType, tuple[float, ...]] = {
    EventType.GUIDING_STOPPED: (2.5,),
    EventType.SEQUENCE_STARTED: (2.5, 10.0),
    EventType.SEQUENCE_FINISHED: (2.5,),
}


class NinaCoordinator[DataT](ToldCoordinator[DataT]):
    """Keep one part of the snapshot; answer bursts of requests with one poll."""

    config_entry: ConfigEntry

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, part: str) -> None:
        """Prepare the coordinator of one part of the snapshot."""
        super().__init__(hass, LOGGER, config_entry=entry, name=f"{entry.title} {part}")
        self._reading = asyncio.Lock()
        self._polled_at = float("-inf")
        self._news_at = float("-inf")
        self._news_waits = False
        self._later: set[CALLBACK_TYPE] = set()
        entry.async_on_unload(self._cancel_later)
        self.polls = 0
        # Whether the last poll raised, which is logged once.
        self._raised = False

    async def async_read(self) -> DataT:
        """Return a reading that began after this call.

        The poll is a task of the entry: a caller that gives up does not take it along. Raises
        HomeAssistantError where the entry was unloaded before there was one.
        """
        asked = self.hass.loop.time()
        reading = self.config_entry.async_create_background_task(
            self.hass, self._async_read_since(asked), f"{self.name} reading"
        )
        await async_outcome(reading, Reason.UNLOADED)
        if self._polled_at <= asked:
            raise EndedError(Reason.UNLOADED)
        return self.data

    async def _async_read_since(self, moment: float) -> None:
        """Read in its turn, unless a reading that began after a moment came meanwhile."""
        async with self._reading:
            await self._async_catch_up(moment)

    async def _async_catch_up(self, moment: float) -> None:
        """Read, unless a reading has begun since a moment."""
        if self._polled_at <= moment:
            await self.async_refresh()

    @override
    async def _async_update_data(self) -> DataT:
        """Poll, of which Home Assistant has but one in flight."""
        started = self.hass.loop.time()
        self.polls += 1
        try:
            data = await self._async_poll(started)
        except Exception:  # noqa: BLE001  # see below
            # An answer that we cannot digest is a poll that failed: no entity vanishes for it, and
            # no command is kept from being sent.
            if not self._raised:
                LOGGER.exception("%s could not be read", self.name)
            self._raised = True
            data = self._failed()
        else:
            self._raised = False
        self._polled_at = started
        return data

    @callback
    def _failed(self) -> DataT:
        """Return what is known after a poll that raised: by default what was known before."""
        return self.data

    @abstractmethod
    async def _async_poll(self, started: float) -> DataT:
        """Ask the server; `started` is the loop time at which that began."""

    @callback
    def async_read_soon(self) -> None:
        """Read in a moment; a burst of news causes one reading, which began after all of it."""
        self._news_at = self.hass.loop.time()
        if not self._news_waits:
            self._news_waits = True
            self.config_entry.async_create_background_task(
                self.hass, self._async_read_news(), f"{self.name} after news"
            )

    @callback
    def async_read_after(self, event: NinaEvent) -> None:
        """Read in a moment because of an event, and again once a reading can show the same."""
        self.async_read_soon()
        for delay in SHOWN_LATER.get(event.type, ()):
            self._read_later(delay)

    @callback
    def _read_later(self, delay: float) -> None:
        """Read after a delay in seconds, if the entry is still loaded."""

        @callback
        def read(_now: object) -> None:
            self._later.discard(cancel)
            self.async_read_soon()

        cancel = async_call_later(self.hass, delay, read)
        self._later.add(cancel)

    @callback
    def _cancel_later(self) -> None:
        """Forget the readings that were still to come."""
        while self._later:
            self._later.pop()()

    async def _async_read_news(self) -> None:
        """Read once for all the news that came in a moment."""
        await asyncio.sleep(NEWS_GATHER)
        async with self._reading:
            self._news_waits = False
            await self._async_catch_up(self._news_at)

    @override
    async def async_request_refresh(self) -> None:
        """Read in a moment; what Home Assistant does itself is lost while a poll is in flight."""
        self.async_read_soon()
