"""Runs every command of an entry: a command that returned has happened.

Check, send, watch (`run.py`). Only a reading that was requested after the command was sent proves
it: N.I.N.A. replies "success" before anything moves, and sends its completion events when the
driver returns, even if nothing moved. Events only trigger the next reading.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from packaging.version import Version

from ..api import EventType, NinaClient, NinaEvent, Role, Topic, release
from ..api.plugin_version import EXACT_SINCE, needed_version
from ..const import CONF_READ_ONLY, LOGGER, CommandKey, Subject
from ..errors import (
    EndedError,
    InProgressError,
    NotDoneError,
    Reason,
    RefusedError,
    async_outcome,
    too_old,
)
from ..helpers.listeners import Listeners
from ..readings.equipment_state import EquipmentState
from .command import Command, Pace, Readings
from .movements import LateMovement, Movements
from .run import CommandRun

type Interlock = Callable[[Command[Any]], Command[Any]]


class CommandRunner:
    """Run the commands of one entry, one at a time for each subject."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings
        self.hass = readings.hass
        self.loop = readings.hass.loop
        # Called with each command that is proven, with each that failed, and with movements that take
        # far longer than usual.
        self.proof_listeners: Listeners[Command[Any]] = Listeners()
        self.failure_listeners: Listeners[Command[Any], HomeAssistantError] = Listeners()
        self.late_listeners: Listeners[LateMovement] = Listeners()
        # Each may replace a command before it runs, such as by one with a further precondition.
        self.interlocks: list[Interlock] = []
        self.movements = Movements(self.hass, readings.entry.entry_id)
        readings.equipment.reading_listeners.async_add(self._note_reading)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._runs: defaultdict[str, list[CommandRun]] = defaultdict(list)
        self._preempted: dict[CommandKey, tuple[float, Reason]] = {}
        self._stopped = False
        readings.entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self.async_stop)
        )

    @property
    def pace(self) -> Pace:
        """Return the pace of the commands."""
        return self.readings.pace

    @property
    def read_only(self) -> bool:
        """Return whether the user allows no commands."""
        return bool(self.readings.entry.options.get(CONF_READ_ONLY))

    def supported_form(self, command: Command[Any]) -> Command[Any]:
        """Return the form of a command that the installed plugin supports, or its oldest."""
        while command.fallback is not None and not self.shows_success_of(command):
            command = command.fallback
        return command

    def needed_version(self, command: Command[Any]) -> Version | None:
        """Return the version of the plugin that a command needs, None if it is installed."""
        form = self.supported_form(command)
        return None if self.shows_success_of(form) else _version(form, self.readings.client)

    def supports(self, command: Command[Any]) -> bool:
        """Return whether the installed plugin can carry out a command."""
        return self.needed_version(command) is None

    def shows_success_of(self, command: Command[Any]) -> bool:
        """Return whether the installed plugin supports a command as it is, without a fallback."""
        return _version(command, self.readings.client) <= self.readings.client.plugin.version

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Make the commands that an event is about read at once."""
        if event.role is not None:
            self.async_wake(event.role, event.type)
        if Topic.SEQUENCE in event.topics:
            self.async_wake(Subject.SEQUENCE, event.type)

    @callback
    def async_wake(self, subject: str, event: EventType | None = None) -> None:
        """Make the commands of a subject read at once; record the event."""
        if event is not None:
            self.readings.note_event(event)
        for run in self._runs[subject]:
            run.wake.set()

    def received_at(self, event: EventType) -> float:
        """Return the loop time of the last such event; minus infinity if there was none."""
        return self.readings.received_at(event)

    @callback
    def async_preempt(self, command: Command[Any]) -> None:
        """End the commands that a command preempts, even if it is to be sent later."""
        preempted = (self.loop.time(), command.preempt_reason)
        self._preempted |= dict.fromkeys(command.preempts, preempted)
        for other in self._runs[command.subject]:
            if other.command.key in command.preempts:
                other.interrupt(command.preempt_reason)

    def preempted_at(self, command: Command[Any]) -> float:
        """Return the loop time at which this command was last preempted; minus infinity if never."""
        return self._preempted.get(command.key, (float("-inf"), None))[0]

    def preempted_since(self, command: Command[Any], moment: float) -> Reason | None:
        """Return why a command was preempted since a loop time, None if it was not."""
        at, reason = self._preempted.get(command.key, (float("-inf"), None))
        return reason if at > moment else None

    def pending(self, role: Role, which: Callable[[Command[Any]], bool]) -> CommandKey | None:
        """Return a command to a device that was sent and is not proven yet, of those that match."""
        runs = self._runs[role]
        keys = (each.command.key for each in runs if each.begun.is_set() and which(each.command))
        return next(keys, None)

    def is_running(self, *keys: CommandKey) -> bool:
        """Return whether one of these commands is waiting or running."""
        runs = (run for each in self._runs.values() for run in each)
        return any(run.command.key in keys for run in runs)

    @callback
    def async_stop(self, _event: object = None) -> None:
        """End every command, and accept no others: the entry is unloaded, or Home Assistant stops."""
        self._stopped = True
        for runs in self._runs.values():
            for run in runs:
                run.interrupt(Reason.UNLOADED)

    async def async_run(self, command: Command[Any], *, wait: bool = True) -> None:
        """Send a command and return when a reading proves it; send nothing if one already does.

        Without `wait`, return once it was sent; it is still watched, so that nothing disturbs it,
        and its failure is logged. If the caller is canceled, a command continues that was sent
        and has retries; any other ends. Raises ServiceValidationError if it cannot be sent now,
        HomeAssistantError if it was refused, did not happen in time, or was preempted.
        """
        self._refuse(command)
        command = self.supported_form(command)
        for interlock in self.interlocks:
            command = interlock(command)
        run = CommandRun(command, self.readings, self.movements, self.late_listeners.async_call)
        work = self.readings.entry.async_create_background_task(
            self.hass, self._async_carry_out(run), f"Watching {command.key}"
        )
        try:
            if not wait:
                await _first(work, run.begun)
                # Some replies come at the end of the movement; refusals come at once.
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.pace.answer):
                        await _first(work, run.sent)
            if wait or work.done():
                return await async_outcome(work, Reason.UNLOADED)
        except asyncio.CancelledError:
            if not run.begun.is_set() or (wait and not command.retries):
                work.cancel()
            work.add_done_callback(_log_failure)
            raise
        work.add_done_callback(_log_failure)
        return None

    def _refuse(self, command: Command[Any]) -> None:
        """Raise an error if this entry or server cannot run the command at all."""
        if self._stopped:
            raise EndedError(Reason.UNLOADED)
        if self.read_only:
            raise RefusedError(Reason.READ_ONLY)
        plugin = self.readings.client.plugin
        if command.try_on_old_servers and not plugin.exact:
            return
        if (needed := self.needed_version(command)) is not None:
            raise too_old(needed, plugin.version)

    async def _async_carry_out(self, run: CommandRun) -> None:
        """Run a command in its turn."""
        async with self._turn(run):
            try:
                async with self.naming_needed_version():
                    await run.async_run()
            except HomeAssistantError as err:
                self.failure_listeners.async_call(run.command, err)
                raise
            self.proof_listeners.async_call(run.command)

    @asynccontextmanager
    async def naming_needed_version(self) -> AsyncIterator[None]:
        """Replace "not supported" by an old server with the version that is needed."""
        try:
            yield
        except NotDoneError as err:
            plugin = self.readings.client.plugin
            if err.reason is not Reason.NOT_SUPPORTED or plugin.exact:
                raise
            raise too_old(EXACT_SINCE, plugin.version) from err

    @asynccontextmanager
    async def _turn(self, run: CommandRun) -> AsyncIterator[None]:
        """Wait for the turn of a command, and end those that it preempts.

        Raises InProgressError if a command is running that blocks it.
        """
        command = run.command
        runs = self._runs[command.subject]
        for other in runs:
            if other.command.key in command.blocked_by:
                raise InProgressError(other.command.key)
        self.async_preempt(command)
        runs.append(run)
        try:
            async with self._locks[command.subject]:
                run.raise_if_interrupted()
                yield
        finally:
            runs.remove(run)

    @callback
    def _note_reading(self, state: EquipmentState) -> None:
        """Record which movements the driver of the roof reports."""
        self.movements.note_reading(state.device(Role.DOME))


def _version(command: Command[Any], client: NinaClient) -> Version:
    """Return the version of the plugin that a command needs, without its fallback."""
    return max(release(*command.since), needed_version(command.method(client)))


async def _first(watching: asyncio.Task[None], event: asyncio.Event) -> None:
    """Return when a command has ended or an event is set."""
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({watching, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _log_failure(watching: asyncio.Task[None]) -> None:
    """Log the failure of a command whose caller did not wait."""
    if not watching.cancelled() and (err := watching.exception()) is not None:
        LOGGER.warning("%s: %s", watching.get_name(), err)
