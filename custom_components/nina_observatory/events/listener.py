"""Follow the events of N.I.N.A.: they change the state at once and hasten the polls."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
import logging
from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..api import Backoff, Equipment, EventStream, EventType, NinaError, NinaEvent, Topic
from ..const import LOGGER, Subject
from ..helpers.listeners import tell
from ..readings.coordinator import NinaCoordinator
from .bus import async_fire
from .reconciler import HistoryReconciler, run_of, with_frames
from .reconciler_store import AccountKeeper

if TYPE_CHECKING:
    from ..runtime import NinaConfigEntry, NinaRuntimeData

# A server that is back is found within this many seconds; a refused connection costs it nothing.
LONGEST_RETRY = 8.0

# How many events are kept for diagnostics.
RECENT = 50

# How long an event that is in the history already may still be on its way over the socket.
IN_FLIGHT = 0.3
# How often that is waited for while more arrive.
MOST_WAITS = 20
# While events keep coming, the history is compared with them again, at most this seldom.
LONGEST_UNREST = 30.0

# How long the first connection may wait for the past, in seconds.
PAST_WITHIN = 2.0

# After so many events that were heard the history is compared with them, to forget what matches.
MOST_HEARD = 5000

# How many events are told before somebody else has a turn.
AT_ONCE = 50

# How seldom the history is asked for, in seconds, when that fails again and again.
LONGEST_WAIT = 300.0

# Events that come before the reading shows what they say, with the seconds after which it does.
SEEN_LATER: dict[EventType, tuple[float, ...]] = {
    EventType.GUIDING_STOPPED: (2.5,),
    EventType.SEQUENCE_STARTED: (2.5, 10.0),
    EventType.SEQUENCE_FINISHED: (2.5,),
}


type HistoryListener = Callable[[Sequence[NinaEvent], datetime | None], None]


class EventListener:
    """The event stream of one entry."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        """Prepare the stream; nothing is connected yet."""
        self.connected = False
        # Loop time since which the stream is up without a gap.
        self.connected_since = float("inf")
        # Whether what was missed is told, or cannot be for now: what changes from now on is new.
        self.caught_up = False
        self.stream = EventStream(
            async_get_clientsession(hass), entry.data[CONF_HOST], entry.data[CONF_PORT]
        )
        self._hass = hass
        self._entry = entry
        # Called with the whole history, and what tells its run of N.I.N.A., whenever it was read.
        self.history_listeners: list[HistoryListener] = []
        self._listeners: set[CALLBACK_TYPE] = set()
        self.keeper = AccountKeeper(hass, entry)
        self.recent: deque[NinaEvent] = deque(maxlen=RECENT)
        self._held_back: deque[NinaEvent] | None = None
        self._at_rest = False
        self._later: set[CALLBACK_TYPE] = set()
        # Of which kinds an event was odd, and what came of it.
        self._odd: set[tuple[EventType, str]] = set()
        # Milliseconds from the arrival of the newest event until all knew of it.
        self.latency: float | None = None

    @property
    def _data(self) -> NinaRuntimeData:
        """Return what the entry keeps."""
        return self._entry.runtime_data

    @property
    def account(self) -> HistoryReconciler:
        """Return what keeps account of the events that were heard."""
        return self.keeper.account

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` when the stream comes or goes; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def async_run(self) -> None:
        """Follow the stream for as long as the entry is loaded."""
        backoff = Backoff(longest=LONGEST_RETRY)
        self.keeper.async_follow(follow=True)
        try:
            while True:
                try:
                    await self._async_note_past()
                    await self._async_follow(backoff)
                except NinaError as err:
                    LOGGER.debug("The event stream of %s ended: %s", self._entry.title, err)
                except Exception:  # noqa: BLE001  # see below
                    # A fault of ours must not leave the observatory without its events.
                    LOGGER.exception("The event stream of %s failed", self._entry.title)
                await asyncio.sleep(backoff.next())
        finally:
            self.keeper.async_follow(follow=False)
            for cancel in tuple(self._later):
                cancel()

    async def _async_note_past(self) -> None:
        """Take note of what was before the first connection, unless that takes long.

        After it, what happened before and what is like it could not be told apart.
        """
        if self.account.begun:
            return
        data = self._data
        try:
            async with asyncio.timeout(PAST_WITHIN):
                history = await data.client.application.get_event_history()
        except (NinaError, TimeoutError) as err:
            LOGGER.debug("The past of %s could not be read: %r", self._entry.title, err)
            return
        run = run_of(data.client, data.equipment.data.server, history)
        self._tell(deque(with_frames(self.account.begin(history, run), data.frames.data.frames)))

    async def _async_follow(self, backoff: Backoff) -> None:
        """Follow one connection to its end, catching up meanwhile with what came before it."""
        try:
            await self.stream.connect()
        except NinaError:
            self.account.unreachable()
            raise
        self.account.connected()
        self.caught_up = self._at_rest = False
        self._held_back = deque()
        # As far as it is known by now; it is read again while catching up.
        self._describe_server()
        self._set_connected(connected=True)
        catching_up = self._begin(self._async_catch_up())
        try:
            async for event in self.stream.events():
                # Only now: a socket that opens and closes must keep backing off.
                backoff.reset()
                self._take(event)
                if self.account.waiting >= MOST_HEARD and catching_up.done():
                    catching_up = self._compare()
                # Of a storm the next one is there already.
                await asyncio.sleep(0)
        finally:
            catching_up.cancel()
            self._release()
            self._set_connected(connected=False)
            await self.stream.close()

    @callback
    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin to look for what was missed."""
        return self._entry.async_create_background_task(
            self._hass, work, f"{self._entry.title} missed events"
        )

    @callback
    def _compare(self) -> asyncio.Task[None]:
        """Begin to compare what was heard with the history, although nothing was missed."""
        self.account.connected()
        self._at_rest = False
        return self._begin(self._async_wait_for_rest())

    @callback
    def _set_connected(self, *, connected: bool) -> None:
        """Show whether the stream is up."""
        self.connected = connected
        self.connected_since = self._hass.loop.time() if connected else float("inf")
        tell(self._listeners)

    async def _async_catch_up(self) -> None:
        """Read everything once more, then tell the events that were missed, in order.

        Live events change the state at once, but wait for their turn on the bus.
        """
        self._data.equipment.async_forget_server()
        self._data.frames.async_distrust()
        backoff = Backoff(longest=LONGEST_WAIT)
        try:
            while not await self._async_tell_missed():
                # They do not wait for a server that cannot tell its history.
                self.caught_up = self._data.equipment.data.reachable
                await self._async_release()
                await asyncio.sleep(backoff.next())
            self.caught_up = True
            await self._async_release()
            await self._async_wait_for_rest()
        finally:
            self._release()

    async def _async_tell_missed(self) -> bool:
        """Read everything, tell the events that were missed, and return whether that succeeded."""
        data = self._data
        state = await data.equipment.async_read()
        if not state.reachable or state.server is None:
            return False
        self._describe_server()
        self.account.met(state.server.started_at)
        await data.frames.async_read()
        await data.sequence.async_read()
        return await self._async_tell_history()

    @callback
    def _describe_server(self) -> None:
        """Give the decoder of live events what is known of the server and of its clock."""
        client, decoder = self._data.client, self.stream.decoder
        decoder.dialect, decoder.likely = client.dialect, client.likely_zone()
        if client.told is not None:
            decoder.learn(client.told)

    async def _async_tell_history(self) -> bool:
        """Read the history, tell what was not heard of it, and return whether it could be read."""
        data, counters = self._data, self.stream.counters
        heard = counters.events
        try:
            history = await data.client.application.get_event_history()
        except NinaError as err:
            LOGGER.debug("The events of %s could not be read: %s", self._entry.title, err)
            return False
        self._describe_server()
        if counters.events == heard:
            # Otherwise it may be older than what was heard meanwhile; it is read again then.
            data.sequence.async_learn(history)
        run = run_of(data.client, data.equipment.data.server, history)
        tell(self.history_listeners, history, run)
        await self._async_let_arrive()
        missed = self.account.missed(history, run)
        self.keeper.async_change()
        await self._async_tell(deque(with_frames(missed, data.frames.data.frames)))
        self._at_rest = counters.events == heard
        return True

    async def _async_let_arrive(self) -> None:
        """Wait for what is in the history and on its way, or in the queue of a storm."""
        for _ in range(MOST_WAITS):
            heard = self.stream.counters.events
            await asyncio.sleep(IN_FLIGHT)
            if self.stream.counters.events == heard:
                break

    async def _async_tell(self, events: deque[NinaEvent]) -> None:
        """Tell events a few at a time; a connection that ends meanwhile loses none of them."""
        try:
            while events:
                for _ in range(min(AT_ONCE, len(events))):
                    self._fire(events.popleft())
                await asyncio.sleep(0)
        finally:
            self._tell(events)

    @callback
    def _tell(self, events: deque[NinaEvent]) -> None:
        """Tell events at once."""
        while events:
            self._fire(events.popleft())

    @callback
    def _fire(self, event: NinaEvent) -> None:
        """Tell one event; whatever is odd about it costs no other one."""
        try:
            async_fire(self._hass, self._entry, event)
        except Exception:  # noqa: BLE001  # see above
            self._log_odd(event, "cannot be told")

    @callback
    def _log_odd(self, event: NinaEvent, what: str) -> None:
        """Log the exception of an event, with its traceback the first time for each kind."""
        level = logging.DEBUG if (event.type, what) in self._odd else logging.ERROR
        self._odd.add((event.type, what))
        LOGGER.log(
            level, "An event %s of %s %s", event.type, self._entry.title, what, exc_info=True
        )

    async def _async_wait_for_rest(self) -> None:
        """Compare again until nothing came meanwhile.

        An event heard between question and answer may pass for one like it that was missed before.
        """
        pause = IN_FLIGHT
        while not self._at_rest:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_UNREST)
            await self._async_tell_history()

    async def _async_release(self) -> None:
        """Let the live events go to the bus, those that come meanwhile in their turn."""
        await self._async_tell(self._held_back or deque())
        self._held_back = None

    @callback
    def _release(self) -> None:
        """Let the live events go to the bus at once."""
        held_back, self._held_back = self._held_back or deque(), None
        self._tell(held_back)

    @callback
    def _take(self, event: NinaEvent) -> None:
        """Take in a live event: into the state, then to the bus.

        Whatever is odd about it must not keep it from the bus.
        """
        self.recent.append(event)
        try:
            self._apply(event)
        except Exception:  # noqa: BLE001  # see above
            self._log_odd(event, "does not become part of the state")
        self.account.hear(event)
        self.keeper.async_change()
        if self._held_back is None:
            self._fire(event)
            if event.time is not None:
                self.latency = (dt_util.utcnow() - event.time).total_seconds() * 1000
        else:
            self._held_back.append(event)

    @callback
    def _apply(self, event: NinaEvent) -> None:
        """Change the state by what the event says, and read again what it does not say."""
        if event.type is EventType.SAFETY_CHANGED and event.data.get("is_safe") is not True:
            self._data.safety.async_note_unsafe()
            self._data.equipment.async_patch(_unsafe)
        if event.frame is not None:
            self._data.frames.async_add(event.frame)
        if event.type is EventType.IMAGE_PREPARED:
            self._data.frames.async_hear()
        self._data.sequence.async_take(event)
        if self._data.scheduler is not None:
            self._data.scheduler.async_take(event)
        self._data.settings.async_take(event)
        self._data.nights.async_take(event)
        if event.role is not None:
            self._data.equipment.async_expect(event.role)
            self._data.runner.async_hasten(event.role, event.type)
        if Topic.SEQUENCE in event.topics:
            self._data.runner.async_hasten(Subject.SEQUENCE, event.type)
        for coordinator in self._concerned(event):
            coordinator.async_read_soon()
            for delay in SEEN_LATER.get(event.type, ()):
                self._read_later(coordinator, delay)

    def _concerned(self, event: NinaEvent) -> list[NinaCoordinator[Any]]:
        """Return the coordinators that should read again because of an event."""
        concerned: list[NinaCoordinator[Any]] = []
        if Topic.EQUIPMENT in event.topics:
            concerned.append(self._data.equipment)
        if Topic.SEQUENCE in event.topics:
            concerned.append(self._data.sequence)
        if Topic.FRAMES in event.topics and event.frame is None:
            concerned.append(self._data.frames)
        return concerned

    @callback
    def _read_later(self, coordinator: NinaCoordinator[Any], delay: float) -> None:
        """Read again once the reading can show what the event said."""

        @callback
        def read(_now: object) -> None:
            """Read, if the entry is still loaded."""
            self._later.discard(cancel)
            coordinator.async_read_soon()

        cancel = async_call_later(self._hass, delay, read)
        self._later.add(cancel)


def _unsafe(equipment: Equipment) -> Equipment:
    """Let the monitor read unsafe."""
    monitor = equipment.safety_monitor
    if monitor is None or not monitor.connected:
        return equipment
    return replace(equipment, safety_monitor=replace(monitor, is_safe=False))
