"""Three-point polar alignment by a plugin of N.I.N.A.: start, pause and follow it.

Its websocket is open only during an alignment that was started from here. The server confirms
every action even without the plugin, so only messages of the plugin prove that it runs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..api import Backoff, NinaError, Role
from ..api.polar_alignment import (
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
    NotConnectedError,
    NotDoneError,
    Reason,
    RefusedError,
    TransientError,
    translated_errors,
)
from ..helpers.listeners import Listeners
from ..readings.equipment_state import EquipmentState
from .command import Readings

# Seconds until the first message of the plugin, which comes with the first exposure.
START_TIMEOUT: Final = 60.0
CONFIRM_TIMEOUT: Final = 20.0
# Seconds without a message after which the alignment has ended: the plugin does not announce that.
SILENCE: Final = 300.0
LONGEST_RETRY: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """The state of the alignment: errors in degrees, `status` in the plugin's words, `progress` 0-1."""

    running: bool = False
    paused: bool = False
    azimuth_error: float | None = None
    altitude_error: float | None = None
    total_error: float | None = None
    status: str | None = None
    progress: float | None = None


class PolarAlignment:
    """The polar alignment of one entry."""

    def __init__(
        self, readings: Readings, require_open_roof: Callable[[], Awaitable[None]]
    ) -> None:
        """Begin with none running; `require_open_roof` raises while the mount may not move."""
        self.state = Alignment()
        self._readings = readings
        self._require_open_roof = require_open_roof
        self._listeners: Listeners[()] = Listeners()
        self._channel: AlignmentChannel | None = None
        self._following: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._changed = asyncio.Event()
        self._confirmed: dict[AlignmentAction, asyncio.Event] = {
            action: asyncio.Event() for action in AlignmentAction
        }

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` whenever the state changed; return the function that unsubscribes it."""
        return self._listeners.async_add(listener)

    async def async_start(self, settings: AlignmentSettings | None = None) -> None:
        """Start an alignment and return when the plugin runs it; raises HomeAssistantError."""
        async with self._starting:
            if self.state.running:
                raise RefusedError(Reason.ALIGNMENT_RUNNING)
            await self._async_check()
            self._changed.clear()
            await self._async_send(AlignmentAction.START, settings)
            if not await self._async_starts():
                # It might still start, and move the mount unnoticed.
                with suppress(HomeAssistantError):
                    await self._async_send(AlignmentAction.STOP)
                await self._async_end()
                raise NotDoneError(Reason.ALIGNMENT_NOT_STARTED)

    async def _async_starts(self) -> bool:
        """Return whether the plugin sends a message, or exposes: older ones send few."""
        readings = self._readings
        deadline = readings.now + START_TIMEOUT * readings.pace.scale
        while readings.now < deadline:
            if await self._async_happens(self._changed, readings.pace.read_again):
                return True
            camera = (await readings.equipment.async_read(Role.CAMERA)).equipment.camera
            if camera is not None and camera.exposing:
                return True
        return False

    async def async_stop(self) -> None:
        """Stop the alignment, also one that was started before a restart."""
        await self._async_check_allowed()
        await self._async_send(AlignmentAction.STOP)
        await self._async_end()

    async def async_pause(self) -> None:
        """Pause the alignment."""
        await self._async_send_running(AlignmentAction.PAUSE)

    async def async_resume(self) -> None:
        """Resume the alignment; raises ServiceValidationError while the mount may not move."""
        await self._async_check_allowed()
        await self._require_open_roof()
        await self._async_send_running(AlignmentAction.RESUME)

    async def _async_send_running(self, action: AlignmentAction) -> None:
        """Send an action to a running alignment."""
        await self._async_check_allowed()
        if not self.state.running:
            raise RefusedError(Reason.ALIGNMENT_NOT_RUNNING)
        await self._async_send(action)

    async def _async_check_allowed(self) -> EquipmentState:
        """Return a fresh reading; raise if the entry is read-only or N.I.N.A. does not answer."""
        if self._readings.entry.options.get(CONF_READ_ONLY):
            raise RefusedError(Reason.READ_ONLY)
        state = await self._readings.equipment.async_read(Role.CAMERA, Role.MOUNT)
        if not state.reachable:
            raise TransientError(Reason.CANNOT_CONNECT)
        return state

    async def _async_check(self) -> None:
        """Raise ServiceValidationError if an alignment cannot start: it exposes and moves the mount."""
        state = await self._async_check_allowed()
        for role in (Role.CAMERA, Role.MOUNT):
            if state.device(role) is None:
                raise NotConnectedError(role)
        await self._require_open_roof()
        equipment = state.equipment
        if equipment.mount is not None and equipment.mount.parked:
            raise RefusedError(Reason.MOUNT_PARKED)
        if equipment.camera is not None and equipment.camera.exposing:
            raise RefusedError(Reason.CAMERA_BUSY)
        running = (await self._readings.sequence.async_read()).running
        if running is None:
            raise RefusedError(Reason.SEQUENCE_UNREADABLE)
        if running:
            raise RefusedError(Reason.SEQUENCE_RUNNING)
        # The readings took a while.
        await self._require_open_roof()

    async def _async_send(
        self, action: AlignmentAction, settings: AlignmentSettings | None = None
    ) -> None:
        """Send an action and return when it is confirmed."""
        confirmed = self._confirmed[action]
        confirmed.clear()
        async with translated_errors(Question.ALIGNMENT):
            channel = await self._async_connect()
            await channel.send(action, settings)
        if not await self._async_happens(confirmed, CONFIRM_TIMEOUT * self._readings.pace.scale):
            raise NotDoneError(Reason.ALIGNMENT_NOT_CONFIRMED)

    async def _async_connect(self) -> AlignmentChannel:
        """Return the open channel, which a task follows."""
        if self._channel is None:
            hass, entry = self._readings.hass, self._readings.entry
            channel = AlignmentChannel(
                async_get_clientsession(hass),
                entry.data[CONF_HOST],
                entry.data[CONF_PORT],
                plugin=self._readings.client.plugin,
            )
            await channel.connect()
            self._channel = channel
            self._following = entry.async_create_background_task(
                hass, self._async_follow(channel), f"{entry.title} polar alignment"
            )
        return self._channel

    async def _async_happens(self, event: asyncio.Event, seconds: float) -> bool:
        """Return whether an event is set within some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        return event.is_set()

    async def _async_follow(self, channel: AlignmentChannel) -> None:
        """Listen until the alignment has ended; reconnect when the connection breaks."""
        readings, backoff = self._readings, Backoff(longest=LONGEST_RETRY)
        connected_at = readings.now
        try:
            while readings.now - connected_at < SILENCE * readings.pace.scale:
                try:
                    await channel.connect()
                    connected_at = readings.now
                    await self._async_listen(channel)
                except NinaError as err:
                    LOGGER.debug("The polar alignment of %s: %s", readings.entry.title, err)
                else:
                    return
                await asyncio.sleep(backoff.next())
        finally:
            await channel.close()
            if self._channel is channel:
                self._channel = self._following = None
                self._set(Alignment())

    async def _async_listen(self, channel: AlignmentChannel) -> None:
        """Apply messages until there were none for so long that the alignment has ended."""
        messages = channel.messages()
        while True:
            limit = None if self.state.paused else SILENCE * self._readings.pace.scale
            try:
                async with asyncio.timeout(limit):
                    message = await anext(messages)
            except TimeoutError:
                return
            self._apply(message)

    @callback
    def _apply(self, message: AlignmentMessage) -> None:
        match message:
            case AlignmentConfirmed(action=action):
                self._confirmed[action].set()
                running = action is not AlignmentAction.STOP
                paused = action is AlignmentAction.PAUSE
                self._set(replace(self.state, running=running, paused=paused))
            case AlignmentError():
                self._changed.set()
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
                self._changed.set()
                self._set(
                    replace(
                        self.state,
                        running=True,
                        status=message.status,
                        progress=message.fraction,
                    )
                )

    async def _async_end(self) -> None:
        """Stop listening: the alignment has ended, or never started."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    @callback
    def _set(self, state: Alignment) -> None:
        if state != self.state:
            self.state = state
            self._listeners.async_call()
