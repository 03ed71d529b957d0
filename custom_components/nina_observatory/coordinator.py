"""Coordinators of the integration, one per cadence, and what an entry keeps at run time."""

from abc import abstractmethod
import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .api import (
    DEVICE_MODELS,
    Device,
    Equipment,
    NinaClient,
    NinaError,
    NinaResponseError,
    NinaTimeoutError,
    Role,
    Server,
)
from .const import LOGGER
from .devices import known_roles
from .errors import EndedError, Reason, async_outcome

if TYPE_CHECKING:
    from .choices import ChoicesCoordinator
    from .commander import Commander
    from .frames import FramesCoordinator
    from .guard import RoofGuard
    from .listener import EventListener
    from .nights import NightKeeper
    from .polar_alignment import PolarAlignment
    from .procedures import Procedures
    from .roof_alarm import RoofAlarm
    from .safety import SafetyGuard
    from .scheduler import SchedulerCoordinator
    from .sequence import SequenceCoordinator
    from .slow import SlowCoordinator

POLL_CONNECTED = timedelta(seconds=10)
POLL_IDLE = timedelta(seconds=30)
POLL_GONE = timedelta(seconds=60)

# Seconds that a poll may take; asked one by one, devices that are slow add up.
LONGEST_POLL = 20.0

# Seconds that a reading is shown where no other follows: Home Assistant can be told not to poll.
# Polls as they are due come sooner, however slow they are.
OLDEST_SHOWN = 60.0

# How often equipment that was never seen is asked for where the devices are asked one by one.
LOOK_FOR_NEW = timedelta(minutes=5)

# Polls that must fail in a row before the observatory counts as closed for the day.
FAILURES_BEFORE_GONE = 4

# Events come in bursts: seconds after the first until what they speak of is read, once.
NEWS_GATHER = 0.4


@dataclass(kw_only=True)
class NinaRuntimeData:
    """What an entry keeps while it is loaded."""

    client: NinaClient
    rig: RigCoordinator
    sequence: SequenceCoordinator
    frames: FramesCoordinator
    choices: ChoicesCoordinator
    scheduler: SchedulerCoordinator | None
    slow: SlowCoordinator
    safety: SafetyGuard
    commander: Commander
    procedures: Procedures
    alignment: PolarAlignment
    listener: EventListener
    nights: NightKeeper
    # None where the user wants no roof guard.
    guard: RoofGuard | None
    roof_alarm: RoofAlarm
    # What was set up: the options may say otherwise by the time it is unloaded.
    platforms: list[Platform]


type NinaConfigEntry = ConfigEntry[NinaRuntimeData]


@dataclass(frozen=True, slots=True, kw_only=True)
class RigState:
    """The equipment as it was last read, and whether N.I.N.A. answers."""

    reachable: bool = False
    equipment: Equipment = field(default_factory=Equipment)
    server: Server | None = None
    # Loop time at which the request for this reading was sent; a reading proves nothing about
    # what was commanded after that.
    read_at: float = field(default=0.0, compare=False)

    def device(self, role: Role) -> Device | None:
        """Return the equipment of a role if it can be read now: reachable and connected."""
        device = self.equipment.device(role) if self.reachable else None
        return device if device is not None and device.connected else None


type Patch = Callable[[Equipment], Equipment]


class NinaCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Keep one part of the snapshot; answer bursts of requests with one poll."""

    config_entry: NinaConfigEntry

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry, part: str) -> None:
        """Prepare the coordinator of one part of the snapshot."""
        super().__init__(hass, LOGGER, config_entry=entry, name=f"{entry.title} {part}")
        self._reading = asyncio.Lock()
        self._polled_at = float("-inf")
        self._news_at = float("-inf")
        self._news_waits = False
        self.polls = 0
        # Whether the last poll raised, which is logged once.
        self._raised = False
        self._told: tuple[bool, DataT] | None = None

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


class RigCoordinator(NinaCoordinator[RigState]):
    """Read the equipment; one poll in flight, whoever asks for it."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry, client: NinaClient) -> None:
        """Prepare reading the equipment."""
        super().__init__(hass, entry, "equipment")
        self.client = client
        self.data = RigState()
        self.reading_listeners: list[Callable[[RigState], None]] = []
        self._patches: list[tuple[float, Patch]] = []
        self._failures = 0
        self._identified = False
        self._expected: set[Role] = set()
        self._looked_at = float("-inf")
        self._shown_until = float("-inf")
        self._expiry: asyncio.TimerHandle | None = None
        self._stopped = False
        entry.async_on_unload(self._stop)

    @callback
    def async_expect(self, role: Role) -> None:
        """Ask for a kind of equipment although it was never seen: somebody speaks of it."""
        if role in DEVICE_MODELS:
            self._expected.add(role)

    @callback
    def async_patch(self, patch: Patch) -> None:
        """Apply what an event says to the snapshot, and to a reading that is already under way."""
        self._patches.append((self.hass.loop.time(), patch))
        if not self.data.reachable:
            return
        new = replace(self.data, equipment=patch(self.data.equipment))
        if new != self.data:
            self.data = new
            self.async_update_listeners()

    @callback
    def async_forget_server(self) -> None:
        """Ask again who answers: the connection was lost, N.I.N.A. may have been restarted."""
        self._identified = False

    @override
    async def _async_poll(self, started: float) -> RigState:
        """Ask N.I.N.A. once and tell everybody who counts readings."""
        self._patches = [(at, patch) for at, patch in self._patches if at >= started]
        try:
            state = await self._async_ask_in_time(started)
        except NinaError as err:
            state = self._lost(started, err)
        else:
            self._found()
        self.update_interval = self._interval(state)
        self._expect_another()
        for listener in self.reading_listeners:
            listener(state)
        return state

    async def _async_ask_in_time(self, started: float) -> RigState:
        """Ask, but not for ever: meanwhile a roof that reads closed is shown as that."""
        try:
            async with asyncio.timeout(LONGEST_POLL):
                return await self._async_ask(started)
        except TimeoutError as err:
            raise NinaTimeoutError(f"no reading within {LONGEST_POLL:g} s") from err

    @override
    def _failed(self) -> RigState:
        """Return that nothing could be read: what was read before is no reading of now."""
        self.update_interval = POLL_CONNECTED
        return self._lost(self.hass.loop.time(), NinaResponseError("its answer cannot be decoded"))

    async def _async_ask(self, started: float) -> RigState:
        """Read the server, where it may be another one, and the equipment."""
        server = self.data.server
        if server is None or not self._identified:
            server = await self.client.get_server()
            self._identified = True
        equipment = await self.client.get_equipment(self._roles(started))
        for _, patch in self._patches:
            equipment = patch(equipment)
        return RigState(reachable=True, equipment=equipment, server=server, read_at=started)

    @callback
    def _roles(self, started: float) -> set[Role] | None:
        """Return the equipment to ask for: what exists, and all there could be now and then.

        It matters where the devices are asked one by one; a bundle holds them all in any case.
        """
        if started - self._looked_at >= LOOK_FOR_NEW.total_seconds():
            self._looked_at, self._expected = started, set()
            return None
        expected = self._expected | known_roles(self.hass, self.config_entry)
        if self.client.bundles:
            return expected if len(expected) > 1 else None
        # Something has to be asked for, or nobody would know whether N.I.N.A. answers.
        return expected or {Role.CAMERA}

    @callback
    def _lost(self, started: float, err: NinaError) -> RigState:
        """Return the state of a rig that did not answer; say so once."""
        self._failures += 1
        self._identified = False
        self._looked_at = float("-inf")
        if self.data.reachable:
            LOGGER.info("%s does not answer: %s", self.config_entry.title, err)
        return RigState(server=self.data.server, read_at=started)

    @callback
    def _found(self) -> None:
        """Take note of an answer; say once that N.I.N.A. is back."""
        if self._failures:
            LOGGER.info("%s answers again", self.config_entry.title)
        self._failures = 0

    @callback
    def _expect_another(self) -> None:
        """Do not let a reading stand for ever where nothing polls."""
        self._shown_until = self.hass.loop.time() + OLDEST_SHOWN
        if self._expiry is None and not self._stopped:
            self._expiry = self.hass.loop.call_at(self._shown_until, self._expire)

    @callback
    def _expire(self) -> None:
        """Show nothing rather than what may not be true any more, such as a closed roof."""
        self._expiry = None
        if self.hass.loop.time() < self._shown_until:
            self._expiry = self.hass.loop.call_at(self._shown_until, self._expire)
        elif self.data.reachable:
            LOGGER.info("%s was not read for %g s", self.config_entry.title, OLDEST_SHOWN)
            self.data = RigState(server=self.data.server, read_at=self.data.read_at)
            self.async_update_listeners()

    @callback
    def _stop(self) -> None:
        """Let go of the timer for good; a poll that is under way sets no other."""
        self._stopped = True
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    @callback
    def _interval(self, state: RigState) -> timedelta:
        """Return the time until the next poll."""
        if not state.reachable:
            return POLL_CONNECTED if self._failures < FAILURES_BEFORE_GONE else POLL_GONE
        return POLL_CONNECTED if state.equipment.any_connected else POLL_IDLE


class FollowingCoordinator[DataT](NinaCoordinator[DataT]):
    """Keep a part that is read anew when N.I.N.A. comes back, and forgotten at once when it goes."""

    def __init__(
        self, hass: HomeAssistant, entry: NinaConfigEntry, rig: RigCoordinator, part: str
    ) -> None:
        """Prepare following the rig."""
        super().__init__(hass, entry, part)
        self.rig = rig
        self._followed: Server | None = None
        entry.async_on_unload(rig.async_add_listener(self._follow_rig))

    @property
    def client(self) -> NinaClient:
        """Return the client of the rig."""
        return self.rig.client

    @callback
    def _follow_rig(self) -> None:
        """Read at once when N.I.N.A. came, went, or was started anew."""
        state = self.rig.data
        if (server := state.server if state.reachable else None) != self._followed:
            self._followed = server
            self.config_entry.async_create_background_task(
                self.hass, self.async_refresh(), f"{self.name} after a change of connection"
            )
