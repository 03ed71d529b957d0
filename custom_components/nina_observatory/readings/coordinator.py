"""The base of all coordinators: bursts of requests are answered with one poll."""

from abc import abstractmethod
import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..api import EventType, NinaEvent
from ..const import LOGGER
from ..errors import EndedError, Reason, async_outcome
from ..helpers.listeners import IsolatedCoordinator

# Events come in bursts: seconds from the first one until a single poll reads their effects, and
# from the end of that poll to the next one, which double up to the longest while a storm lasts.
NEWS_GATHER = 0.4
LONGEST_GATHER = 3.2

# Events that arrive before a reading shows their effect, with the seconds after which it does.
SHOWN_LATER: dict[EventType, tuple[float, ...]] = {
    # Only a reading can say "safe", and the one at once may have come a moment too early.
    EventType.SAFETY_CHANGED: (1.0,),
    EventType.GUIDING_STOPPED: (2.5,),
    EventType.SEQUENCE_STARTED: (2.5, 10.0),
    EventType.SEQUENCE_FINISHED: (2.5,),
}


@dataclass(slots=True)
class _Later:
    """A delayed reading: how to cancel it, and when the newest event came that it does not count yet."""

    cancel: CALLBACK_TYPE
    newest_at: float | None = None
    put_off: bool = False


class NinaCoordinator[DataT](IsolatedCoordinator[DataT]):
    """Keep one part of the snapshot; combine bursts of requests into one poll.

    Home Assistant's own ways don't fit. Its debouncer drops a request while a poll is in flight,
    so a command could be judged by a reading from before it was sent. `async_set_updated_data`
    restarts the timer of the poll, so a steady stream of events would keep it from polling.
    """

    config_entry: ConfigEntry
    # Seconds from an event to its reading if none came before it; None for as long as they gather.
    news_after: float | None = None
    # Seconds that news wait for the news of other parts from the same server; None for no limit.
    longest_turn: float | None = None

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, part: str) -> None:
        super().__init__(hass, LOGGER, config_entry=entry, name=f"{entry.title} {part}")
        self._reading = asyncio.Lock()
        # News of different parts of one server are read one after the other.
        self.news_turn = asyncio.Lock()
        # The pause after the last reading for news, and when it ends.
        self._news_pause = 0.0
        self._news_from = float("-inf")
        self._polled_at = float("-inf")
        self._news_at = float("-inf")
        self._news_waits = False
        self._later: dict[tuple[EventType, float], _Later] = {}
        entry.async_on_unload(self._cancel_later)
        self.polls = 0
        # Whether the last poll raised, which is logged once.
        self._raised = False

    async def async_read(self) -> DataT:
        """Return a reading that began after this call.

        The poll is a task of the entry: a canceled caller does not cancel it. Raises
        HomeAssistantError if the entry was unloaded before there was a reading.
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
        """Read when the current poll is done, unless a newer reading began meanwhile."""
        async with self._reading:
            await self._async_catch_up(moment)

    async def _async_catch_up(self, moment: float) -> None:
        """Read, unless a reading has begun since the given time."""
        if self._polled_at <= moment:
            await self.async_refresh()

    @override
    async def _async_update_data(self) -> DataT:
        """Poll; Home Assistant keeps only one poll in flight."""
        started = self.hass.loop.time()
        self.polls += 1
        try:
            data = await self._async_poll(started)
        except Exception:  # noqa: BLE001  # see below
            # An answer that we cannot parse is a failed poll: no entity disappears because of it,
            # and commands can still be sent.
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
        """Return the state after a poll that raised: by default the previous one."""
        return self.data

    @abstractmethod
    async def _async_poll(self, started: float) -> DataT:
        """Fetch from the server; `started` is the loop time at which the poll began."""

    @callback
    def async_read_soon(self) -> None:
        """Read soon; a burst of requests causes one reading, which begins after all of them."""
        self._news_at = self.hass.loop.time()
        if not self._news_waits:
            self._news_waits = True
            self.config_entry.async_create_background_task(
                self.hass, self._async_read_news(), f"{self.name} after news"
            )

    @callback
    def async_read_after(self, event: NinaEvent) -> None:
        """Read soon because of an event, and again when a reading can show its effect."""
        self.async_read_soon()
        for delay in SHOWN_LATER.get(event.type, ()):
            self._read_later(event.type, delay)

    @callback
    def _read_later(self, kind: EventType, delay: float) -> None:
        """Read after a delay.

        Further events of the kind put that off, so that a burst of them causes one reading, but only
        once: others that follow get a reading of their own.
        """
        if (waiting := self._later.get((kind, delay))) is not None:
            waiting.newest_at = self.hass.loop.time()
            return

        @callback
        def end(_now: object) -> None:
            newest_at, later.newest_at = later.newest_at, None
            if newest_at is None or later.put_off:
                self.async_read_soon()
            if newest_at is None:
                del self._later[kind, delay]
                return
            later.put_off = not later.put_off
            rest = newest_at + delay - self.hass.loop.time()
            later.cancel = async_call_later(self.hass, max(0.0, rest), end)

        later = self._later[kind, delay] = _Later(async_call_later(self.hass, delay, end))

    @callback
    def _cancel_later(self) -> None:
        """Cancel the delayed readings."""
        while self._later:
            self._later.popitem()[1].cancel()

    async def _async_read_news(self) -> None:
        """Read once for all requests of a burst."""
        await asyncio.sleep(self._gather())
        turn = await self._async_take_turn()
        try:
            async with self._reading:
                self._news_waits = False
                # Gather the news that come from now on, too.
                self._news_from = self.hass.loop.time() + self._news_pause
                await self._async_catch_up(self._news_at)
        finally:
            if turn:
                self.news_turn.release()
            self._news_from = self.hass.loop.time() + self._news_pause

    @callback
    def _gather(self) -> float:
        """Return the seconds until news are read: few after a rest, more and more in a storm."""
        wait = self._news_from - self.hass.loop.time()
        rested = -wait >= self._news_pause
        self._news_pause = NEWS_GATHER if rested else min(2 * self._news_pause, LONGEST_GATHER)
        first = NEWS_GATHER if self.news_after is None else self.news_after
        return max(first, wait)

    async def _async_take_turn(self) -> bool:
        """Wait for the news of other parts; return False if that takes too long."""
        try:
            async with asyncio.timeout(self.longest_turn):
                return await self.news_turn.acquire()
        except TimeoutError:
            return False

    @callback
    def async_shorten_pause(self, pause: timedelta, *, at_least: timedelta) -> None:
        """Poll a shorter pause after the last poll than planned, but not before `at_least` from now.

        Nothing is scheduled while a poll is in flight, which sets its own pause.
        """
        planned = self.update_interval
        if self._unsub_refresh is None or planned is None or planned <= pause:
            return
        passed = timedelta(seconds=self.hass.loop.time() - self._polled_at)
        self.update_interval = min(planned, max(at_least, pause - passed))
        self._schedule_refresh()

    @override
    async def async_request_refresh(self) -> None:
        """Read soon; Home Assistant's own version drops requests while a poll is in flight."""
        self.async_read_soon()
