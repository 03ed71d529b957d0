"""The one mechanism of confirmed commands: a command that returned has happened (design 5).

Check → send → watch. Only a reading that was asked for after the command was sent proves
anything: N.I.N.A. answers "success" before anything moved, and its completion events come
when the driver call returned, also when nothing moved. Events merely hasten the next reading.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..api import EventType, NinaClient, NinaEvent, Role, Topic, Version
from ..api.dialect import TOLD_APART_SINCE, needed_version
from ..const import CONF_READ_ONLY, LOGGER, CommandKey, Subject
from ..errors import (
    EndedError,
    NotDoneError,
    Reason,
    RefusedError,
    UnderWayError,
    async_outcome,
    too_old,
)
from ..helpers.listeners import tell
from ..readings.equipment_state import EquipmentState
from .command import Command
from .motion import Late, LateListener
from .movements import Movements
from .pace import Pace
from .reader import SubjectReader
from .readings import Readings
from .run import CommandRun

type Interlock = Callable[[Command[Any]], Command[Any]]
type FailureListener = Callable[[Command[Any], HomeAssistantError], None]


class CommandRunner:
    """Carry out the commands of one entry, one at a time for each subject."""

    def __init__(self, readings: Readings) -> None:
        """Begin with nothing under way."""
        self.readings = readings
        self.hass = readings.hass
        self.loop = readings.hass.loop
        self.failure_listeners: list[FailureListener] = []
        self.late_listeners: list[LateListener] = []
        # What the rules of the entry make of a command before it is carried out.
        self.interlocks: list[Interlock] = []
        self.movements = Movements(self.hass, readings.entry.entry_id)
        readings.equipment.reading_listeners.append(self._note_reading)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._runs: defaultdict[str, list[CommandRun]] = defaultdict(list)
        self._preempted: dict[CommandKey, tuple[float, Reason]] = {}
        self._stopped = False
        readings.entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self.async_stop)
        )

    @property
    def pace(self) -> Pace:
        """Return how often the commands look."""
        return self.readings.pace

    @property
    def read_only(self) -> bool:
        """Return whether the user wants nothing to be commanded."""
        return bool(self.readings.entry.options.get(CONF_READ_ONLY))

    def supported_form(self, command: Command[Any]) -> Command[Any]:
        """Return what is carried out for a command by the plugin that answers."""
        while command.fallback is not None and not self.shows_success_of(command):
            command = command.fallback
        return command

    def needed_version(self, command: Command[Any]) -> Version | None:
        """Return the version of the plugin that a command waits for; None where it can be sent."""
        form = self.supported_form(command)
        return None if self.shows_success_of(form) else _version(form, self.readings.client)

    def supports(self, command: Command[Any]) -> bool:
        """Return whether the plugin that answers is new enough for a command."""
        return self.needed_version(command) is None

    def shows_success_of(self, command: Command[Any]) -> bool:
        """Return whether the plugin also shows what a command does, as far as that can be seen."""
        return _version(command, self.readings.client) <= self.readings.client.dialect.version

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Let what waits for the subject of an event look at once."""
        if event.role is not None:
            self.async_look_soon(event.role, event.type)
        if Topic.SEQUENCE in event.topics:
            self.async_look_soon(Subject.SEQUENCE, event.type)

    @callback
    def async_look_soon(self, subject: str, event: EventType | None = None) -> None:
        """Look at this subject soon: an event spoke of it."""
        if event is not None:
            self.readings.note_event(event)
        for run in self._runs[subject]:
            run.wake.set()

    def heard_at(self, event: EventType) -> float:
        """Return the loop time at which N.I.N.A. last said this; long ago if it never did."""
        return self.readings.heard_at(event)

    @callback
    def async_preempt(self, command: Command[Any]) -> None:
        """End what a command overtakes, now or because it is to come later."""
        preempted = (self.loop.time(), command.preempt_reason)
        self._preempted |= dict.fromkeys(command.preempts, preempted)
        for other in self._runs[command.subject]:
            if other.command.key in command.preempts:
                other.interrupt(command.preempt_reason)

    def preempted_at(self, command: Command[Any]) -> float:
        """Return the loop time at which something was last asked for that ends this command."""
        return self._preempted.get(command.key, (float("-inf"), None))[0]

    def preempted_since(self, command: Command[Any], moment: float) -> Reason | None:
        """Return why a command is not to be sent that was asked for at a loop time.

        That is something asked for later that ends it; None where there is nothing.
        """
        at, reason = self._preempted.get(command.key, (float("-inf"), None))
        return reason if at > moment else None

    def pending(self, role: Role, which: Callable[[Command[Any]], bool]) -> CommandKey | None:
        """Return which command of a kind went out to a device and is not proven yet."""
        runs = self._runs[role]
        keys = (each.command.key for each in runs if each.begun.is_set() and which(each.command))
        return next(keys, None)

    def is_running(self, *keys: CommandKey) -> bool:
        """Return whether one of these commands was asked for and has not ended."""
        runs = (run for each in self._runs.values() for run in each)
        return any(run.command.key in keys for run in runs)

    @callback
    def async_stop(self, _event: object = None) -> None:
        """End what is under way, for good: the entry is unloaded, or Home Assistant stops."""
        self._stopped = True
        for runs in self._runs.values():
            for run in runs:
                run.interrupt(Reason.UNLOADED)

    async def async_run(self, command: Command[Any], *, wait: bool = True) -> None:
        """Send a command and return when a reading proves it; send nothing if one does already.

        Without `wait` it returns as soon as the command was sent; it is watched all the same, so
        that nothing disturbs it, and a failure is logged. So is what protects the observatory when
        its caller gives up; anything else is given up with him. Raises ServiceValidationError when
        it cannot be sent now, HomeAssistantError when it was refused, did not happen in time, or
        was preempted by one that matters more.
        """
        self._refuse(command)
        command = self.supported_form(command)
        for interlock in self.interlocks:
            command = interlock(command)
        run = CommandRun(command, self.readings, self.movements, self._tell_late)
        work = self.readings.entry.async_create_background_task(
            self.hass, self._async_carry_out(run), f"Watching {command.key}"
        )
        try:
            if not wait:
                await _first(work, run.begun)
                # Some answers come at the end only; a refusal comes at once.
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
        """Raise an error for what can never be done by this entry or server, or not any more."""
        if self._stopped:
            raise EndedError(Reason.UNLOADED)
        if self.read_only:
            raise RefusedError(Reason.READ_ONLY)
        dialect = self.readings.client.dialect
        if command.try_on_old_servers and not dialect.told_apart:
            return
        if (needed := self.needed_version(command)) is not None:
            raise too_old(needed, dialect.version)

    async def _async_carry_out(self, run: CommandRun) -> None:
        """Carry out a command in its turn."""
        async with self._turn(run):
            try:
                async with self.naming_needed_version():
                    await run.async_run()
            except HomeAssistantError as err:
                tell(self.failure_listeners, run.command, err)
                raise

    @asynccontextmanager
    async def naming_needed_version(self) -> AsyncIterator[None]:
        """Name the version that something needs which a server before that does not know after all."""
        try:
            yield
        except NotDoneError as err:
            dialect = self.readings.client.dialect
            if err.reason is not Reason.NOT_SUPPORTED or dialect.told_apart:
                raise
            raise too_old(TOLD_APART_SINCE, dialect.version) from err

    @asynccontextmanager
    async def _turn(self, run: CommandRun) -> AsyncIterator[None]:
        """Wait for the turn of a command, ending the ones that it overtakes."""
        command = run.command
        runs = self._runs[command.subject]
        for other in runs:
            if other.command.key in command.blocked_by:
                raise UnderWayError(other.command.key)
        self.async_preempt(command)
        runs.append(run)
        try:
            async with self._locks[command.subject]:
                run.raise_if_interrupted()
                yield
        finally:
            runs.remove(run)

    async def async_look(self, command: Command[Any]) -> tuple[bool, Any | None]:
        """Return whether N.I.N.A. answers, and a fresh reading of the subject where there is one."""
        return await SubjectReader(command, self.readings).async_read()

    @callback
    def _tell_late(self, late: Late) -> None:
        """Tell of a movement that takes far longer than usual."""
        tell(self.late_listeners, late)

    @callback
    def _note_reading(self, state: EquipmentState) -> None:
        """Learn from every reading what the driver of the roof announces."""
        self.movements.note_reading(state.device(Role.DOME))


def _version(command: Command[Any], client: NinaClient) -> Version:
    """Return the version of the plugin that a command needs as it is."""
    return max(Version(command.since), needed_version(command.method(client)))


async def _first(watching: asyncio.Task[None], event: asyncio.Event) -> None:
    """Return when a command has ended, or got as far as an event."""
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({watching, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _log_failure(watching: asyncio.Task[None]) -> None:
    """Log what became of a command that nobody waited for."""
    if not watching.cancelled() and (err := watching.exception()) is not None:
        LOGGER.warning("%s: %s", watching.get_name(), err)
