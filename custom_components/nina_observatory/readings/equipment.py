"""Read the equipment: one poll in flight; each device has the time of its own request."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from packaging.version import Version

from ..api import (
    DEVICE_MODELS,
    BundleReading,
    Device,
    DeviceReading,
    NinaClient,
    NinaConnectionError,
    NinaError,
    NinaEvent,
    NinaResponseError,
    NinaTimeoutError,
    NinaVersionError,
    Role,
    SafetyMonitor,
    Server,
    Topic,
)
from ..const import LOGGER
from ..errors import Reason, async_outcome
from ..helpers.devices import known_roles, last_plugin_version
from ..helpers.listeners import Listeners
from .coordinator import NinaCoordinator
from .equipment_state import (
    EquipmentReadings,
    EquipmentState,
    Patch,
    PollOrder,
    with_unsafe_monitor,
)
from .liveness import Absence, Liveness
from .safety import reports_unsafe

# Unsafe is shown within 10 s without the event stream: Home Assistant adds up to half a second.
POLL_CONNECTED = timedelta(seconds=9)
POLL_IDLE = timedelta(seconds=30)
# While the event stream reports what happens.
POLL_HEARD = timedelta(seconds=12)
POLL_IDLE_HEARD = timedelta(seconds=39)
POLL_GONE = timedelta(seconds=60)
# Pause before the next poll after one that left some devices for it.
POLL_PAUSE = timedelta(seconds=2)
# Seconds that a poll may take; slow devices that are read one by one add up.
LONGEST_POLL = 20.0
# Seconds of a poll after which only the first device is read: the rest waits for the next poll.
BEGIN_WITHIN = 9.0
# Seconds from the start of a poll to the start of the next, where the pause can be shortened: with
# the answer, which times out after 10 s, less than a reading of the monitor may count as "safe".
POLL_AGAIN_WITHIN = 20.0
# Seconds after which a poll is slow: its parts are shown as they arrive, and a command reads only
# the devices it needs.
SLOW_AFTER = 0.5

# Seconds from an event to its reading: those that N.I.N.A. sends together are read together.
NEWS_AFTER = 0.03
# Seconds that this reading waits for others, such as that of a long sequence.
LONGEST_TURN = 2.0

# Polls that must fail in a row before the observatory counts as closed for the day.
FAILURES_BEFORE_GONE = 4


class EquipmentCoordinator(NinaCoordinator[EquipmentState]):
    """Read the equipment; one poll in flight, however many callers request it.

    On a slow server the parts of a poll are shown as they arrive, and a device that a command needs
    is read at the same time. Each device has the time of its own request.
    """

    news_after = NEWS_AFTER
    longest_turn = LONGEST_TURN

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, client: NinaClient) -> None:
        super().__init__(hass, entry, "equipment")
        self.client = client
        self.data = EquipmentState()
        # Separate from the listeners of a coordinator, which are called only for changes: a reading
        # counts by the time of its request, even if its values are the same as before.
        self.monitor_listeners: Listeners[SafetyMonitor, float] = Listeners()
        self.reading_listeners: Listeners[EquipmentState] = Listeners()
        # Called when N.I.N.A. is found absent, and with None when it answers again.
        self.absence_listeners: Listeners[Absence | None] = Listeners()
        self.liveness = Liveness(
            hass, entry, self._async_probe, self._handle_absence, self._poll_unheard
        )
        client.observe(self.liveness)
        self._last_version = last_plugin_version(hass, entry)
        if self._last_version is not None:
            client.assume_version(self._last_version)
        # Why the last poll failed; None if it did not.
        self.failure: NinaError | None = None
        self._server: Server | None = None
        self._readings = EquipmentReadings()
        self._poll_order = PollOrder()
        self._turns: defaultdict[Role, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failures = 0
        self._identified = False
        self._forgotten_at = float("-inf")
        self._gathering: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._stopped = False
        entry.async_on_unload(self._stop)

    @override
    async def async_read(self, *roles: Role) -> EquipmentState:
        """Return a reading of the equipment, or of some devices, that began after this call.

        Devices not read since then are left out, however fresh their last reading is, and so is a
        server not identified since its connection was lost. The named devices do not wait for a
        slow poll. `reachable` is whether anything answered.
        """
        asked = self.hass.loop.time()
        if not roles:
            await super().async_read()
            return self.since(asked)
        reading = self.config_entry.async_create_background_task(
            self.hass, self._async_read_devices(roles, asked), f"{self.name} of some devices"
        )
        answered = await async_outcome(reading, Reason.UNLOADED)
        return replace(self.since(asked), reachable=answered)

    @callback
    def since(self, moment: float) -> EquipmentState:
        """Return only the state requested after a loop time."""
        server = self._server if self._identified else None
        return self._readings.state(server, reachable=self.data.reachable, since=moment)

    async def _async_read_devices(self, roles: Iterable[Role], asked: float) -> bool:
        """Read some devices and return whether anything answered.

        All at once if the server can, and is quick; otherwise one by one.
        """
        if self.client.equipment.bundles:
            poll = self.config_entry.async_create_background_task(
                self.hass, self._async_read_since(asked), f"{self.name} reading"
            )
            await asyncio.wait([poll], timeout=SLOW_AFTER)
            if self._polled_at > asked and not self.data.reachable:
                return False
        answers = await asyncio.gather(*(self._async_read_device(role, asked) for role in roles))
        if any(answers) and not self.data.reachable:
            self.async_read_soon()
        return any(answers)

    async def _async_read_device(self, role: Role, asked: float) -> bool:
        """Read a device, unless that was done since; return whether it answered."""
        async with self._turns[role]:
            if self._readings.read_since(role, asked):
                return True
            try:
                reading = await self.client.equipment.read_device(role)
            except NinaError as err:
                LOGGER.debug("The %s of %s was not read: %s", role, self.config_entry.title, err)
                return False
            self._accept(reading)
        if self.data.reachable:
            self._show()
        return True

    async def _async_probe(self) -> None:
        """Send one request to find out whether N.I.N.A. answers, if possible a useful one."""
        known = known_roles(self.hass, self.config_entry)
        role = Role.SAFETY_MONITOR if Role.SAFETY_MONITOR in known else Role.CAMERA
        await self._async_read_device(role, self.hass.loop.time())

    @callback
    def _handle_absence(self, absence: Absence | None) -> None:
        """Clear everything once N.I.N.A. is absent; read again at once when it answers.

        The verdict follows the devices: a roof that still reads open while it is no longer safe
        would ask automations for a command that nothing can carry out.
        """
        if absence is None:
            self.absence_listeners.async_call(None)
            self.async_read_soon()
            return
        try:
            if self.data.reachable:
                self.data = self._lost(_absent(absence))
                self.async_update_listeners()
                self.reading_listeners.async_call(self.data)
        finally:
            self.absence_listeners.async_call(absence)

    @callback
    def _poll_unheard(self) -> None:
        """End the pause that has begun as early as without the event stream, which just ended."""
        usual = POLL_CONNECTED if self.data.equipment.any_connected else POLL_IDLE
        if self.data.reachable and not self._stopped:
            self.async_shorten_pause(usual, at_least=POLL_PAUSE)

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Apply an event about the monitor at once, and read what events do not include."""
        if reports_unsafe(event):
            self.async_patch(with_unsafe_monitor)
        if event.role is not None:
            self.async_expect(event.role)
        if Topic.EQUIPMENT in event.topics:
            self.async_read_after(event)

    @callback
    def async_expect(self, role: Role) -> None:
        """Read a kind of equipment although it was never seen, because an event mentions it."""
        if role in DEVICE_MODELS:
            self._poll_order.expect(role)

    @callback
    def async_patch(self, patch: Patch) -> None:
        """Apply an event to the snapshot, and to a reading that is already in flight."""
        self._readings.patch(patch, self.hass.loop.time())
        if self.data.reachable:
            self._show()

    @callback
    def async_forget_server(self) -> None:
        """Identify the server again: the connection was lost, N.I.N.A. may have restarted."""
        self._identified = False
        self._forgotten_at = self.hass.loop.time()

    @override
    async def _async_poll(self, started: float) -> EquipmentState:
        """Poll N.I.N.A. once; keep the devices that arrived before the time limit."""
        try:
            # Most polls are one request, whose time limit is the only timer.
            if not (self._identified and await self._async_read_bundle(started)):
                await self._async_ask_in_time(started)
            if (absence := self.liveness.absence) is not None:
                # It fell silent during the poll; what answered before that is no longer so.
                raise _absent(absence)
        except NinaError as err:
            state = self._lost(err)
        else:
            self._found()
            state = self._readings.state(self._server, reachable=True)
        if (interval := self._interval(state, started)) != self.update_interval:
            self.update_interval = interval
        if state.reachable:
            self._watch_age()
        self.reading_listeners.async_call(state)
        return state

    async def _async_ask_in_time(self, started: float) -> None:
        """Poll with a time limit; raises NinaError if nothing arrived."""
        loop = self.hass.loop
        self._gathering = loop.call_at(started + SLOW_AFTER, self._show_pieces, started)
        try:
            async with asyncio.timeout_at(started + LONGEST_POLL):
                await self._async_ask(started)
        except TimeoutError as err:
            if self._server is None or self._readings.answered_at < started:
                raise NinaTimeoutError(f"no reading within {LONGEST_POLL:g} s") from err
        finally:
            self._gathering.cancel()

    @override
    def _failed(self) -> EquipmentState:
        """Return an unreachable state: an old reading does not describe the present."""
        self.update_interval = POLL_CONNECTED
        return self._lost(NinaResponseError("its response cannot be decoded"))

    async def _async_ask(self, started: float) -> None:
        """Read the equipment and, if the server may be another one, identify it as well."""
        version = None
        if not self._identified:
            # The cause of an earlier failure may be over.
            self.client.equipment.try_bundle()
        if self._server is None:
            if self._last_version is None:
                version = await self.client.get_version()
            if await self._async_read_first():
                await self._async_identify(version, met=self.client.plugin.version)
                return
        meeting = None if self._identified else asyncio.ensure_future(self._async_identify(version))
        try:
            if meeting is not None:
                # It may use another API version, and report everything at once. A slow one is not
                # waited for, unless it was never identified.
                patience = None if self._server is None else SLOW_AFTER
                await asyncio.wait([meeting], timeout=patience)
            if meeting is not None and meeting.done():
                meeting.result()
            await self._async_read_all(started)
            if meeting is not None:
                await meeting
        finally:
            if meeting is not None:
                meeting.cancel()

    async def _async_read_bundle(self, started: float) -> bool:
        """Read all devices with one request; return False if the server cannot."""
        endpoint = self.client.equipment
        if not endpoint.bundles or (bundle := await endpoint.read_bundle()) is None:
            return False
        self._accept_bundle(bundle)
        self._poll_order.note_all(started)
        return True

    async def _async_read_all(self, started: float) -> None:
        """Read all devices with one request, or else those whose turn it is one by one."""
        if await self._async_read_bundle(started):
            self._show_if_slow(started)
            return
        wanted = self._poll_order.wanted(known_roles(self.hass, self.config_entry), started)
        left = await self.client.equipment.read(
            self._take, wanted, begin_until=started + BEGIN_WITHIN
        )
        self._poll_order.note(wanted, left, started)

    async def _async_read_first(self) -> bool:
        """Read and show the equipment before the server is identified, if one request can.

        Its answer is understood without knowing the version: only new servers have it. All other
        readings follow when the server is identified, but a set-up does not wait for that.
        """
        endpoint = self.client.equipment
        if not endpoint.bundles or (bundle := await endpoint.read_bundle()) is None:
            return False
        self._accept_bundle(bundle)
        self._found()
        self._show()
        return True

    async def _async_identify(self, version: Version | None, met: Version | None = None) -> None:
        """Identify the server as far as it answers; raises NinaError if nothing is known then.

        `version` is the one of the plugin if it was just read, and `met` the one it probably has.
        """
        began = self.hass.loop.time()
        try:
            if version is None:
                version = await self.client.get_version()
            self._server = await self.client.get_details()
            self._identified = began >= self._forgotten_at
        except NinaError as err:
            met = met if self._server is None else self._server.plugin_version
            found = version or met
            if found is None or isinstance(err, NinaVersionError):
                raise
            LOGGER.debug("%s could not be identified: %s", self.config_entry.title, err)
            if self._server is None or found != met:
                self._server = Server(plugin_version=found)

    @callback
    def _take(self, reading: DeviceReading) -> None:
        """Apply a part of a poll; a poll that has become slow is shown at once."""
        self._accept(reading)
        self._show_if_slow(reading.asked_at)

    @callback
    def _show_if_slow(self, asked_at: float) -> None:
        """Show a part of a poll that has become slow."""
        if self._gathering is not None and self._gathering.when() <= self.hass.loop.time():
            self._show_pieces(asked_at)

    @callback
    def _accept(self, reading: DeviceReading) -> None:
        """Store a reading; notify listeners at once if it is of the safety monitor."""
        device = self._readings.accept(reading, self.hass.loop.time())
        if reading.role is Role.SAFETY_MONITOR:
            self._note_monitor(device, reading.asked_at)

    @callback
    def _accept_bundle(self, bundle: BundleReading) -> None:
        """Store the readings of all devices, and do the same."""
        if self._readings.accept_bundle(bundle, self.hass.loop.time()):
            self._note_monitor(bundle.devices.get(Role.SAFETY_MONITOR), bundle.asked_at)
            return
        for reading in bundle.readings():
            self._accept(reading)

    @callback
    def _note_monitor(self, monitor: Device | None, asked_at: float) -> None:
        """Notify the listeners of a safety monitor that was read."""
        if isinstance(monitor, SafetyMonitor):
            self.monitor_listeners.async_call(monitor, asked_at)

    @callback
    def _show_pieces(self, started: float) -> None:
        """Show the parts of a poll so far, if the server is identified and still there."""
        if self.liveness.absence is not None or self._server is None:
            return
        if self._readings.answered_at >= started:
            self._found()
            self._show()

    @callback
    def _show(self) -> None:
        """Show the state, each device as of its last reading."""
        self.data = self._readings.state(self._server, reachable=True)
        self._watch_age()
        self.async_update_listeners()
        self.reading_listeners.async_call(self.data)

    @callback
    def _lost(self, err: NinaError) -> EquipmentState:
        """Return the state of an observatory that did not answer; log that once."""
        self._failures += 1
        self.failure = err
        self._identified = False
        self._poll_order.read_all_next()
        self._readings.clear()
        if self.data.reachable:
            LOGGER.info("%s is not responding: %s", self.config_entry.title, err)
        return EquipmentState(server=self._server)

    @callback
    def _found(self) -> None:
        """Record an answer; log once that N.I.N.A. is back."""
        if self._failures:
            LOGGER.info("%s is responding again", self.config_entry.title)
        self._failures = 0
        self.failure = None

    @callback
    def _watch_age(self) -> None:
        """Set a timer that expires readings if no others follow."""
        planned = None if self._expiry is None else self._expiry.when()
        due = self._readings.due_before(planned)
        if self._stopped or due is None:
            return
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = self.hass.loop.call_at(due, self._expire)

    @callback
    def _expire(self) -> None:
        """Remove readings that may no longer be true, such as a closed roof."""
        self._expiry = None
        now = self.hass.loop.time()
        over = self._readings.expire(now)
        if self.data.reachable and self._readings.too_old(now):
            LOGGER.info("%s has not been read recently", self.config_entry.title)
            self._readings.clear()
            self.data = EquipmentState(server=self._server)
            self.async_update_listeners()
        elif self.data.reachable and over:
            LOGGER.debug("%s: not read recently: %s", self.config_entry.title, ", ".join(over))
            self._show()
        if self.data.reachable:
            self._watch_age()

    @callback
    def _stop(self) -> None:
        """Cancel the timers for good; a poll in flight sets no others."""
        self._stopped = True
        for timer in filter(None, (self._expiry, self._gathering)):
            timer.cancel()

    @callback
    def _interval(self, state: EquipmentState, started: float) -> timedelta:
        """Return the time until the next poll; the pause is shorter for a slow server.

        This way the safety monitor and the roof are read again before their last reading is too
        old.
        """
        if not state.reachable:
            return POLL_CONNECTED if self._failures < FAILURES_BEFORE_GONE else POLL_GONE
        if self._poll_order.left:
            return POLL_PAUSE
        hears = self.liveness.hears
        if not state.equipment.any_connected:
            return POLL_IDLE_HEARD if hears else POLL_IDLE
        usual = POLL_HEARD if hears else POLL_CONNECTED
        left = started + POLL_AGAIN_WITHIN - self.hass.loop.time()
        if left >= usual.total_seconds():
            return usual
        return max(POLL_PAUSE, min(usual, timedelta(seconds=left)))


def _absent(absence: Absence) -> NinaConnectionError:
    """Return the error of a poll while N.I.N.A. is absent."""
    return NinaConnectionError(absence.value.replace("_", " "))
