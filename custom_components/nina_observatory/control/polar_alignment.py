"""The polar alignment of a plugin of N.I.N.A.: started, paused and followed while it runs.

Its socket is open only while one runs that was started from here. The server confirms everything,
also without the plugin, so only what the plugin itself says proves that it works.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..api import Backoff, NinaError, Role
from ..api.tppa import (
    AlignmentAction,
    AlignmentChannel,
    AlignmentConfirmed,
    AlignmentError,
    AlignmentMessage,
    AlignmentProgress,
    AlignmentSettings,
)
from ..const import CONF_READ_ONLY, LOGGER, Question
from ..errors import (
    DisturbedError,
    NotConnectedError,
    NotDoneError,
    Reason,
    RefusedError,
    translated_errors,
)
from ..helpers.listeners import tell
from ..readings.equipment_state import EquipmentState
from ..roof.mount_interlock import async_require_open_roof

if TYPE_CHECKING:
    from ..runtime import NinaConfigEntry

# Seconds until the plugin has to say something; the first progress comes with the first exposure.
START_LIMIT: Final = 60.0
CONFIRM_LIMIT: Final = 20.0
# The plugin does not say that it has ended: after so long a silence it has.
SILENCE: Final = 300.0
LONGEST_RETRY: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What is known of the alignment: errors in degrees, what it is doing in its own words."""

    running: bool = False
    paused: bool = False
    azimuth_error: float | None = None
    altitude_error: float | None = None
    total_error: float | None = None
    status: str | None = None
    progress: float | None = None


class PolarAlignment:
    """The polar alignment of one entry."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        """Begin with none running."""
        self.state = Alignment()
        self._hass = hass
        self._entry = entry
        self._listeners: set[CALLBACK_TYPE] = set()
        self._channel: AlignmentChannel | None = None
        self._following: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._heard = asyncio.Event()
        self._confirmed: dict[AlignmentAction, asyncio.Event] = {
            action: asyncio.Event() for action in AlignmentAction
        }

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` whenever the plugin said something; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def async_start(self, settings: AlignmentSettings | None = None) -> None:
        """Start an alignment and return when the plugin is at work."""
        async with self._starting:
            if self.state.running:
                raise RefusedError(Reason.ALIGNMENT_RUNNING)
            await self._async_check()
            self._heard.clear()
            await self._async_tell(AlignmentAction.START, settings)
            if not await self._async_begins():
                # It might begin yet, and turn the mount with nobody to follow it.
                with suppress(HomeAssistantError):
                    await self._async_tell(AlignmentAction.STOP)
                await self._async_end()
                raise NotDoneError(Reason.ALIGNMENT_NOT_STARTED)

    async def _async_begins(self) -> bool:
        """Return whether the plugin says something, or exposes: older ones say little."""
        data = self._entry.runtime_data
        deadline = self._hass.loop.time() + START_LIMIT * self._scale
        while self._hass.loop.time() < deadline:
            if await self._async_happens(self._heard, data.runner.pace.look_again):
                return True
            camera = (await data.equipment.async_read(Role.CAMERA)).equipment.camera
            if camera is not None and camera.exposing:
                return True
        return False

    async def async_stop(self) -> None:
        """Stop the alignment, also one that was started before a restart."""
        await self._async_check_allowed()
        await self._async_tell(AlignmentAction.STOP)
        await self._async_end()

    async def async_pause(self) -> None:
        """Pause the alignment."""
        await self._async_tell_running(AlignmentAction.PAUSE)

    async def async_resume(self) -> None:
        """Go on with the alignment."""
        await self._async_check_allowed()
        await async_require_open_roof(self._hass, self._entry)
        await self._async_tell_running(AlignmentAction.RESUME)

    async def _async_tell_running(self, action: AlignmentAction) -> None:
        """Tell something to an alignment that runs."""
        await self._async_check_allowed()
        if not self.state.running:
            raise RefusedError(Reason.ALIGNMENT_NOT_RUNNING)
        await self._async_tell(action)

    async def _async_check_allowed(self) -> EquipmentState:
        """Return what is needed for it as it reads; raise if nothing may be commanded or read."""
        if self._entry.options.get(CONF_READ_ONLY):
            raise RefusedError(Reason.READ_ONLY)
        state = await self._entry.runtime_data.equipment.async_read(Role.CAMERA, Role.MOUNT)
        if not state.reachable:
            raise DisturbedError(Reason.CANNOT_CONNECT)
        return state

    async def _async_check(self) -> None:
        """Raise if an alignment could not begin: it exposes, and turns the mount."""
        state = await self._async_check_allowed()
        for role in (Role.CAMERA, Role.MOUNT):
            if state.device(role) is None:
                raise NotConnectedError(role)
        await async_require_open_roof(self._hass, self._entry)
        equipment = state.equipment
        if equipment.mount is not None and equipment.mount.parked:
            raise RefusedError(Reason.MOUNT_PARKED)
        if equipment.camera is not None and equipment.camera.exposing:
            raise RefusedError(Reason.CAMERA_BUSY)
        running = (await self._entry.runtime_data.sequence.async_read()).running
        if running is None:
            raise RefusedError(Reason.SEQUENCE_UNREADABLE)
        if running:
            raise RefusedError(Reason.SEQUENCE_RUNNING)
        # That took a while.
        await async_require_open_roof(self._hass, self._entry)

    async def _async_tell(
        self, action: AlignmentAction, settings: AlignmentSettings | None = None
    ) -> None:
        """Send an action and return when it is confirmed."""
        confirmed = self._confirmed[action]
        confirmed.clear()
        async with translated_errors(Question.ALIGNMENT):
            channel = await self._async_connect()
            await channel.send(action, settings)
        if not await self._async_happens(confirmed, CONFIRM_LIMIT * self._scale):
            raise NotDoneError(Reason.ALIGNMENT_NOT_CONFIRMED)

    async def _async_connect(self) -> AlignmentChannel:
        """Return the channel, open and listened to."""
        if self._channel is None:
            client = self._entry.runtime_data.client
            host, port = self._entry.data[CONF_HOST], self._entry.data[CONF_PORT]
            channel = AlignmentChannel(
                async_get_clientsession(self._hass), host, port, dialect=client.dialect
            )
            await channel.connect()
            self._channel = channel
            self._following = self._entry.async_create_background_task(
                self._hass, self._async_follow(channel), f"{self._entry.title} polar alignment"
            )
        return self._channel

    async def _async_happens(self, event: asyncio.Event, seconds: float) -> bool:
        """Return whether something happens within some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        return event.is_set()

    @property
    def _scale(self) -> float:
        """Return what limits are scaled with, 1 outside of tests."""
        return self._entry.runtime_data.runner.pace.scale

    async def _async_follow(self, channel: AlignmentChannel) -> None:
        """Listen until the alignment has ended, across breaks of the connection."""
        backoff, heard_at = Backoff(longest=LONGEST_RETRY), self._hass.loop.time()
        try:
            while self._hass.loop.time() - heard_at < SILENCE * self._scale:
                try:
                    await channel.connect()
                    heard_at = self._hass.loop.time()
                    await self._async_listen(channel)
                except NinaError as err:
                    LOGGER.debug("The polar alignment of %s: %s", self._entry.title, err)
                else:
                    return
                await asyncio.sleep(backoff.next())
        finally:
            await channel.close()
            if self._channel is channel:
                self._channel = self._following = None
                self._set(Alignment())

    async def _async_listen(self, channel: AlignmentChannel) -> None:
        """Take in what is said, until it is silent for so long that it must have ended."""
        messages = channel.messages()
        while True:
            limit = None if self.state.paused else SILENCE * self._scale
            try:
                async with asyncio.timeout(limit):
                    message = await anext(messages)
            except TimeoutError:
                return
            self._take(message)

    @callback
    def _take(self, message: AlignmentMessage) -> None:
        """Take in what was said."""
        match message:
            case AlignmentConfirmed(action=action):
                self._confirmed[action].set()
                running = action is not AlignmentAction.STOP
                paused = action is AlignmentAction.PAUSE
                self._set(replace(self.state, running=running, paused=paused))
            case AlignmentError():
                self._heard.set()
                self._set(
                    replace(
                        self.state,
                        running=True,
                        azimuth_error=message.azimuth,
                        altitude_error=message.altitude,
                        total_error=message.total,
                    )
                )
            case AlignmentProgress():
                self._heard.set()
                self._set(
                    replace(
                        self.state,
                        running=True,
                        status=message.status,
                        progress=message.fraction,
                    )
                )

    async def _async_end(self) -> None:
        """Stop listening: it has ended, or never began."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    @callback
    def _set(self, state: Alignment) -> None:
        """Keep what is known and tell everybody."""
        if state != self.state:
            self.state = state
            tell(self._listeners)
