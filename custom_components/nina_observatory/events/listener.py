"""Follow the events of N.I.N.A. and hand them to subscribers.

Live events go to the receivers of the state at once. Receivers in turn, of which the bus is the
last, get every event exactly once and in order: a live event waits until all missed ones were
delivered.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from ..api import Backoff, EventStream, EventType, NinaError, NinaEvent, NinaRefusedError
from ..const import LOGGER
from ..helpers.listeners import Listeners
from ..readings.equipment import EquipmentCoordinator
from ..readings.frames import FramesCoordinator
from ..readings.sequence import SequenceCoordinator
from .reconciler import History, HistoryReconciler, run_of
from .reconciler_store import ReconcilerStore

# Maximum seconds until a returning server is found; a refused connection costs it nothing.
LONGEST_RETRY = 12.0

# How many events are kept for diagnostics.
RECENT = 50

# How long an event that is already in the history may take to arrive over the socket.
IN_FLIGHT = 0.3
# How many times in a row to wait for that while more events arrive.
MOST_WAITS = 20
# While events keep coming, the history is compared with them again, at most this often.
LONGEST_UNREST = 30.0

# How long the first connection may wait for the history, in seconds.
PAST_WITHIN = 2.0

# After this many live events the history is compared with them, to discard those that match.
MOST_WAITING = 5000

# How many events are delivered before other tasks have a turn.
AT_ONCE = 50

# The longest interval between requests for the history, in seconds, if they keep failing.
LONGEST_WAIT = 300.0

type EventReceiver = Callable[[NinaEvent], None]


class EventListener:
    """The event stream of one entry.

    After a gap it reads equipment, frames and sequence again before it delivers the missed events.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        frames: FramesCoordinator,
        sequence: SequenceCoordinator,
    ) -> None:
        self.connected = False
        # Loop time since which the stream has been connected without a gap.
        self.connected_since = float("inf")
        # Whether missed events were delivered, or cannot be for now: later changes are new.
        self.caught_up = False
        self.stream = EventStream(
            async_get_clientsession(hass), entry.data[CONF_HOST], entry.data[CONF_PORT]
        )
        self.stream.on_silence = equipment.liveness.async_stream_silent
        self._hass = hass
        self._entry = entry
        self._client = equipment.client
        self._equipment = equipment
        self._frames = frames
        self._sequence = sequence
        # Not `Listeners`: a receiver's failure is logged once per type of event.
        self._receivers: list[EventReceiver] = []
        self._receivers_in_turn: list[EventReceiver] = []
        self._history_receivers: Listeners[History] = Listeners()
        self._connection_listeners: Listeners[()] = Listeners()
        self.store = ReconcilerStore(hass, entry)
        self.recent: deque[NinaEvent] = deque(maxlen=RECENT)
        self._held_back: deque[NinaEvent] | None = None
        self._at_rest = False
        # The types of events that a receiver failed at, with its name.
        self._failed: set[tuple[EventType, str]] = set()
        # Milliseconds from the arrival of the newest event until every receiver had it.
        self.latency: float | None = None

    @property
    def reconciler(self) -> HistoryReconciler:
        """Return the reconciler; it is replaced when the stored one is loaded."""
        return self.store.reconciler

    @callback
    def async_subscribe(self, receiver: EventReceiver, *, in_turn: bool = False) -> None:
        """Hand events to `receiver`, after those that subscribed before it.

        It gets only live events, at once; with `in_turn` also the missed ones, and all in their
        order.
        """
        (self._receivers_in_turn if in_turn else self._receivers).append(receiver)

    @callback
    def async_subscribe_history(self, receiver: Callable[[History], None]) -> None:
        """Hand N.I.N.A.'s own history to `receiver` whenever it was read."""
        self._history_receivers.async_add(receiver)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` when the stream connects or ends; returns an unsubscribe function."""
        return self._connection_listeners.async_add(listener)

    async def async_run(self) -> None:
        """Follow the stream for as long as the entry is loaded."""
        backoff = Backoff(longest=LONGEST_RETRY)
        self.store.async_follow(follow=True)
        try:
            while True:
                try:
                    await self._async_record_past()
                    await self._async_follow(backoff)
                except NinaError as err:
                    LOGGER.debug("The event stream of %s ended: %s", self._entry.title, err)
                except Exception:  # noqa: BLE001  # see below
                    # A bug here must not leave the observatory without its events.
                    LOGGER.exception("The event stream of %s failed", self._entry.title)
                await asyncio.sleep(backoff.next())
        finally:
            self.store.async_follow(follow=False)

    async def _async_record_past(self) -> None:
        """Record the history before the first connection, unless that takes long.

        Afterward an event of the past cannot be distinguished from a live one with the same
        payload.
        """
        if self.reconciler.begun:
            return
        try:
            async with asyncio.timeout(PAST_WITHIN):
                history = await self._client.application.get_event_history()
        except (NinaError, TimeoutError) as err:
            LOGGER.debug("The past of %s could not be read: %r", self._entry.title, err)
            return
        frames = self._frames.data.frames
        self._deliver_all(deque(self.reconciler.begin(history, self._run_of(history), frames)))

    def _run_of(self, history: Sequence[NinaEvent]) -> datetime | None:
        """Return the run of N.I.N.A. that this history belongs to."""
        return run_of(self._client, self._equipment.data.server, history)

    async def async_read_history(self) -> History | None:
        """Return N.I.N.A.'s history; None unless the events so far are known; raises NinaError."""
        if not (self.connected and self.caught_up) or self._equipment.data.server is None:
            return None
        received = self.stream.counters.events
        events = await self._client.application.get_event_history()
        complete = self.stream.counters.events == received
        return History(events, self._run_of(events), complete=complete)

    async def _async_follow(self, backoff: Backoff) -> None:
        """Follow one connection to its end, while catching up with the events before it."""
        liveness = self._equipment.liveness
        try:
            await self.stream.connect()
        except NinaError as err:
            self.reconciler.unreachable()
            if isinstance(err, NinaRefusedError):
                liveness.refused()
            raise
        liveness.async_stream_opened()
        try:
            await self._async_follow_open(backoff)
        except Exception:
            # Also after a fault of ours: nobody listens from now on.
            liveness.async_stream_ended()
            raise

    async def _async_follow_open(self, backoff: Backoff) -> None:
        """Follow the stream that was just opened."""
        self.reconciler.connected()
        self.caught_up = self._at_rest = False
        self._held_back = deque()
        # As far as it is known now; it is read again while catching up.
        self._describe_server()
        self._set_connected(connected=True)
        catching_up = self._begin(self._async_catch_up())
        try:
            async for event in self.stream.events():
                # Only now: a socket that opens and closes must keep backing off.
                backoff.reset()
                self._handle(event)
                if self.reconciler.waiting >= MOST_WAITING and catching_up.done():
                    catching_up = self._compare()
                # During a burst of events the next one is already there.
                await asyncio.sleep(0)
        finally:
            catching_up.cancel()
            self._release()
            self._set_connected(connected=False)
            await self.stream.close()

    @callback
    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start catching up with missed events."""
        return self._entry.async_create_background_task(
            self._hass, work, f"{self._entry.title} missed events"
        )

    @callback
    def _compare(self) -> asyncio.Task[None]:
        """Start comparing live events with the history, although none was missed."""
        self.reconciler.connected()
        self._at_rest = False
        return self._begin(self._async_wait_for_rest())

    @callback
    def _set_connected(self, *, connected: bool) -> None:
        """Set whether the stream is connected."""
        self.connected = connected
        self.connected_since = self._hass.loop.time() if connected else float("inf")
        self._connection_listeners.async_call()

    async def _async_catch_up(self) -> None:
        """Read everything once more, then deliver the missed events in order.

        Live events change the state at once, but wait for their turn on the bus.
        """
        self._equipment.async_forget_server()
        self._frames.async_distrust()
        backoff = Backoff(longest=LONGEST_WAIT)
        try:
            while not await self._async_deliver_missed():
                # Live events do not wait for a server whose history cannot be read.
                self.caught_up = self._equipment.data.reachable
                await self._async_release()
                await asyncio.sleep(backoff.next())
            self.caught_up = True
            await self._async_release()
            await self._async_wait_for_rest()
        finally:
            self._release()

    async def _async_deliver_missed(self) -> bool:
        """Read everything, deliver the missed events, and return whether that succeeded."""
        state = await self._equipment.async_read()
        if not state.reachable or state.server is None:
            return False
        self._describe_server()
        self.reconciler.record_run(state.server.started_at)
        await self._frames.async_read()
        await self._sequence.async_read()
        return await self._async_deliver_history()

    @callback
    def _describe_server(self) -> None:
        """Configure the decoder of live events for the server and its clock."""
        client, decoder = self._client, self.stream.decoder
        decoder.plugin, decoder.likely = client.plugin, client.likely_zone()
        if client.computer_time is not None:
            decoder.note_computer_time(client.computer_time)

    async def _async_deliver_history(self) -> bool:
        """Read the history, deliver its missed events, and return whether it could be read."""
        counters = self.stream.counters
        received = counters.events
        try:
            history = await self._client.application.get_event_history()
        except NinaError as err:
            LOGGER.debug("The events of %s could not be read: %s", self._entry.title, err)
            return False
        self._describe_server()
        run = self._run_of(history)
        complete = counters.events == received
        self._history_receivers.async_call(History(history, run, complete=complete))
        await self._async_let_arrive()
        missed = self.reconciler.missed(history, run, self._frames.data.frames)
        self.store.async_change()
        await self._async_deliver(deque(missed))
        self._at_rest = counters.events == received
        return True

    async def _async_let_arrive(self) -> None:
        """Wait for events of the history that are still in transit, or queued in a burst."""
        for _ in range(MOST_WAITS):
            received = self.stream.counters.events
            await asyncio.sleep(IN_FLIGHT)
            if self.stream.counters.events == received:
                break

    async def _async_deliver(self, events: deque[NinaEvent]) -> None:
        """Deliver events a few at a time; none is lost if the connection ends meanwhile."""
        try:
            while events:
                for _ in range(min(AT_ONCE, len(events))):
                    self._deliver(events.popleft())
                await asyncio.sleep(0)
        finally:
            self._deliver_all(events)

    @callback
    def _deliver_all(self, events: deque[NinaEvent]) -> None:
        """Deliver events at once."""
        while events:
            self._deliver(events.popleft())

    @callback
    def _deliver(self, event: NinaEvent) -> None:
        """Hand an event to the receivers in turn."""
        self._hand_to(self._receivers_in_turn, event, "could not be delivered")

    @callback
    def _hand_to(self, receivers: list[EventReceiver], event: NinaEvent, failure: str) -> None:
        """Hand an event to receivers; one that raises affects neither the others nor later events.

        It is logged with its traceback the first time for each type of event.
        """
        for receiver in receivers:
            try:
                receiver(event)
            except Exception:  # noqa: BLE001  # see above
                kind = (event.type, getattr(receiver, "__qualname__", repr(receiver)))
                level = logging.DEBUG if kind in self._failed else logging.ERROR
                self._failed.add(kind)
                title = self._entry.title
                LOGGER.log(
                    level, "The event %s of %s %s", event.type, title, failure, exc_info=True
                )

    async def _async_wait_for_rest(self) -> None:
        """Compare again until no event arrived meanwhile.

        An event that arrives between request and response may pass for a missed one with the same
        payload.
        """
        pause = IN_FLIGHT
        while not self._at_rest:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_UNREST)
            await self._async_deliver_history()

    async def _async_release(self) -> None:
        """Deliver the live events that were held back, and those that arrive meanwhile."""
        await self._async_deliver(self._held_back or deque())
        self._held_back = None

    @callback
    def _release(self) -> None:
        """Deliver the live events that were held back at once."""
        held_back, self._held_back = self._held_back or deque(), None
        self._deliver_all(held_back)

    @callback
    def _handle(self, event: NinaEvent) -> None:
        """Handle a live event: change the state at once, then deliver it in turn."""
        self.recent.append(event)
        self._hand_to(self._receivers, event, "could not be applied to the state")
        self.reconciler.record(event)
        self.store.async_change()
        if self._held_back is not None:
            self._held_back.append(event)
            return
        self._deliver(event)
        if event.time is not None:
            self.latency = (dt_util.utcnow() - event.time).total_seconds() * 1000
