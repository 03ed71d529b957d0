"""The one mechanism of confirmed commands: a command that returned has happened (design 5).

Check → send → watch. Only a reading that was asked for after the command was sent proves
anything: N.I.N.A. answers "success" before anything moved, and its completion events come
when the driver call returned, also when nothing moved. Events merely hasten the next reading.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import logging
from typing import Any, Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..api import (
    Equipment,
    EventType,
    NinaClient,
    NinaError,
    NinaEvent,
    NinaNotFoundError,
    Role,
    Topic,
    Version,
)
from ..api.dialect import TOLD_APART_SINCE, needed_version
from ..const import CONF_READ_ONLY, LOGGER, CommandKey, Subject
from ..devices import is_known, known_roles
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
from ..readings.equipment import EquipmentCoordinator
from ..readings.equipment_state import EquipmentState
from ..readings.sequence import SequenceCoordinator
from .command import Command
from .movements import Movements
from .run import CommandRun

__all__ = ["Command", "CommandRunner", "Pace"]


@dataclass(kw_only=True)
class Pace:
    """How often a command under way looks, in seconds."""

    # N.I.N.A. polls its drivers every 2 s; looking more often shows nothing newer.
    look_again: float = 2.0
    first_look: float = 0.5
    # An event announces an end a moment before the reading shows it.
    after_event: float = 0.3
    # How long a command that nobody waits for may take to be refused.
    answer: float = 5.0
    # How long a command is followed without any reading.
    silence: float = 45.0
    # Scales the limits and the patience of all commands; 1 outside of tests.
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A movement that takes far longer than usual, or that was never seen before.

    `seconds` is the time since it was asked for, `seen` the last reading in words. It is followed
    on, and `confirmed` once a reading proves it after all.
    """

    command: CommandKey
    seconds: float = 0.0
    seen: str = ""
    confirmed: bool = False


type LateListener = Callable[[Late], None]
type Interlock = Callable[[Command[Any]], Command[Any]]
type FailureListener = Callable[[Command[Any], HomeAssistantError], None]

# For so long readings may show the time before a command: N.I.N.A. reads its drivers every 2 s,
# unless the profile says otherwise.
SETTLE = 3.0

# The other equipment that is read for a command which does not name it: what its predicates may
# look at. Anything else is missing from the reading where devices are read one by one.
CONCERNS: Final[Mapping[Role, tuple[Role, ...]]] = {
    Role.DOME: (Role.MOUNT, Role.SAFETY_MONITOR),
    Role.MOUNT: (Role.DOME, Role.CAMERA, Role.ROTATOR),
}


class CommandRunner:
    """Carry out the commands of one entry, one at a time for each subject."""

    def __init__(
        self,
        hass: HomeAssistant,
        client: NinaClient,
        rig: EquipmentCoordinator,
        sequence: SequenceCoordinator,
    ) -> None:
        """Begin with nothing under way."""
        self.hass = hass
        self.loop = hass.loop
        self.client = client
        self.rig = rig
        self.pace = Pace()
        self.sequence = sequence
        self.failure_listeners: list[FailureListener] = []
        self.late_listeners: list[LateListener] = []
        self.movements = Movements(hass, rig.config_entry.entry_id)
        rig.reading_listeners.append(self._note_reading)
        self._locks: dict[str, asyncio.Lock] = {}
        self._runs: dict[str, list[CommandRun]] = {}
        self._unsettled: dict[str, float] = {}
        self._heard: dict[EventType, float] = {}
        self._overtaken: dict[CommandKey, tuple[float, Reason]] = {}
        # Where movements that were sent, and not seen to arrive, end.
        self._aims: dict[str, float] = {}
        # What the rules of the entry make of a command before it is carried out.
        self.interlocks: list[Interlock] = []
        self._stopped = False
        rig.config_entry.async_on_unload(
            hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self.async_stop)
        )

    @property
    def read_only(self) -> bool:
        """Return whether the user wants nothing to be commanded."""
        return bool(self.rig.config_entry.options.get(CONF_READ_ONLY))

    def fitting(self, command: Command[Any]) -> Command[Any]:
        """Return what is carried out for a command by the plugin that answers."""
        while command.older is not None and not self.shows(command):
            command = command.older
        return command

    def needed_version(self, command: Command[Any]) -> Version | None:
        """Return the version of the plugin that a command waits for; None where it can be sent."""
        fitting = self.fitting(command)
        return None if self.shows(fitting) else _version(fitting, self.client)

    def knows(self, command: Command[Any]) -> bool:
        """Return whether the plugin that answers is new enough for a command."""
        return self.needed_version(command) is None

    def shows(self, command: Command[Any]) -> bool:
        """Return whether the plugin also shows what a command does, as far as that can be seen."""
        return _version(command, self.client) <= self.client.dialect.version

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Let what waits for the subject of an event look at once."""
        if event.role is not None:
            self.async_hasten(event.role, event.type)
        if Topic.SEQUENCE in event.topics:
            self.async_hasten(Subject.SEQUENCE, event.type)

    @callback
    def async_hasten(self, subject: str, event: EventType | None = None) -> None:
        """Look at this subject soon: an event spoke of it."""
        if event is not None:
            self._heard[event] = self.loop.time()
        for run in self._runs.get(subject, ()):
            run.wake.set()

    def heard_at(self, event: EventType) -> float:
        """Return the loop time at which N.I.N.A. last said this; long ago if it never did."""
        return self._heard.get(event, float("-inf"))

    @callback
    def async_overtake(self, command: Command[Any]) -> None:
        """End what a command overtakes, now or because it is to come later."""
        overtaken = (self.loop.time(), command.ends)
        self._overtaken |= dict.fromkeys(command.overtakes, overtaken)
        for other in self._runs.get(str(command.subject), ()):
            if other.command.key in command.overtakes:
                other.interrupt(command.ends)

    def overtaken_at(self, command: Command[Any]) -> float:
        """Return the loop time at which something was last asked for that ends this command."""
        return self._overtaken.get(command.key, (float("-inf"), None))[0]

    def ended_since(self, command: Command[Any], moment: float) -> Reason | None:
        """Return why a command is not to be sent that was asked for at a loop time.

        That is something asked for later that ends it; None where there is nothing.
        """
        at, reason = self._overtaken.get(command.key, (float("-inf"), None))
        return reason if at > moment else None

    def sends(self, role: Role, which: Callable[[Command[Any]], bool]) -> CommandKey | None:
        """Return which command of a kind went out to a device and is not proven yet."""
        runs = self._runs.get(str(role), ())
        keys = (each.command.key for each in runs if each.begun.is_set() and which(each.command))
        return next(keys, None)

    def last_read(self, command: Command[Any]) -> Any | None:
        """Return the last reading of the device that a command is about, however old."""
        return self.rig.data.device(Role(command.subject))

    def is_under_way(self, *keys: CommandKey) -> bool:
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
        was overtaken by one that matters more.
        """
        self._refuse(command)
        command = self.fitting(command)
        for interlock in self.interlocks:
            command = interlock(command)
        run = CommandRun(self, command)
        work = self.rig.config_entry.async_create_background_task(
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
            if not run.begun.is_set() or (wait and not command.repeats):
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
        dialect = self.client.dialect
        if command.announced and not dialect.told_apart:
            return
        if (needed := self.needed_version(command)) is not None:
            raise too_old(needed, dialect.version)

    def client_for(self, command: Command[Any]) -> NinaClient:
        """Return the client that sends a command."""
        return self.client.trying if command.announced else self.client

    async def _async_carry_out(self, run: CommandRun) -> None:
        """Carry out a command in its turn."""
        async with self._turn(run):
            try:
                async with self.told_version():
                    await run.async_run()
            except HomeAssistantError as err:
                tell(self.failure_listeners, run.command, err)
                raise

    @asynccontextmanager
    async def told_version(self) -> AsyncIterator[None]:
        """Name the version that something needs which a server before that does not know after all."""
        try:
            yield
        except NotDoneError as err:
            dialect = self.client.dialect
            if err.reason is not Reason.NOT_SUPPORTED or dialect.told_apart:
                raise
            raise too_old(TOLD_APART_SINCE, dialect.version) from err

    @asynccontextmanager
    async def _turn(self, run: CommandRun) -> AsyncIterator[None]:
        """Wait for the turn of a command, ending the ones that it overtakes."""
        command = run.command
        subject = str(command.subject)
        runs = self._runs.setdefault(subject, [])
        for other in runs:
            if other.command.key in command.yields_to:
                raise UnderWayError(other.command.key)
        self.async_overtake(command)
        runs.append(run)
        try:
            async with self._locks.setdefault(subject, asyncio.Lock()):
                run.raise_if_interrupted()
                yield
        finally:
            runs.remove(run)

    async def async_look(self, command: Command[Any]) -> tuple[bool, Any | None]:
        """Return whether N.I.N.A. answers, and a fresh reading of the subject where there is one."""
        if command.look is not None:
            return await command.look(self)
        if command.subject is Subject.SEQUENCE:
            reading = await self.sequence.async_read()
            return reading.reachable, reading.tree
        state = await self.rig.async_read(*self._roles(command))
        return state.reachable, state.device(Role(command.subject))

    async def async_raise_if_unknown(self, command: Command[Any]) -> None:
        """Raise RefusedError where an old server does not know the device at all.

        The routes of the rotator were broken before 2.1.
        """
        dialect, role = self.client.dialect, command.subject
        if dialect.told_apart or not isinstance(role, Role):
            return
        try:
            await self.client.equipment.get_device(role)
        except NinaNotFoundError as err:
            raise too_old(TOLD_APART_SINCE, dialect.version) from err
        except NinaError as err:
            LOGGER.debug("The %s cannot be read: %s", role, err)

    def _roles(self, command: Command[Any]) -> list[Role]:
        """Return the equipment that matters for a command: its subject, and others that exist."""
        subject = Role(command.subject)
        others = command.concerns
        if others is None:
            others = CONCERNS.get(subject, ())
        known = known_roles(self.hass, self.rig.config_entry)
        return [subject, *(role for role in others if role in known and role is not subject)]

    def lacks(self, command: Command[Any], equipment: Equipment) -> bool:
        """Return whether a reading says nothing of a device that the rig has."""
        if command.subject is Subject.SEQUENCE:
            return not self.sequence.data.readable
        role = command.subject
        if not isinstance(role, Role) or (command.look is not None and not command.sent_unread):
            return False
        known = is_known(self.hass, self.rig.config_entry, role)
        return known and equipment.device(role) is None

    def is_disconnected(self, command: Command[Any], equipment: Equipment) -> bool:
        """Return whether a reading shows that the device is not connected.

        So it is with a sequencer that is still starting.
        """
        role = command.subject
        if role is Subject.SEQUENCE:
            return self.sequence.data.readable and self.sequence.data.tree is None
        if not isinstance(role, Role) or not self.rig.data.reachable:
            return False
        device = equipment.device(role)
        known = is_known(self.hass, self.rig.config_entry, role)
        return not device.connected if device is not None else not known

    def option(self, name: str) -> float | None:
        """Return a number of the options, None where the user set none."""
        value = self.rig.config_entry.options.get(name)
        return float(value) if isinstance(value, int | float) else None

    @callback
    def _note_reading(self, state: EquipmentState) -> None:
        """Learn from every reading what the driver of the roof announces."""
        self.movements.note_reading(state.device(Role.DOME))

    @callback
    def note_late(self, command: Command[Any], seconds: float, seen: str) -> None:
        """Tell that a movement is not confirmed yet."""
        level = logging.WARNING if command.protects else logging.INFO
        LOGGER.log(
            level, "%s is not confirmed after %.0f s; it reads %s", command.key, seconds, seen
        )
        late = Late(command=command.key, seconds=seconds, seen=seen)
        tell(self.late_listeners, late)

    @callback
    def note_confirmed(self, command: Command[Any]) -> None:
        """Tell that a movement happened after all."""
        LOGGER.info("%s is confirmed", command.key)
        tell(self.late_listeners, Late(command=command.key, confirmed=True))

    @property
    def settle(self) -> float:
        """Return the seconds after which a reading shows what is sent now."""
        profile = self.rig.config_entry.runtime_data.settings.data.profile
        polling = 0.0 if profile is None else profile.device_polling_interval or 0.0
        return max(SETTLE, polling + 1) * self.pace.scale

    def settled_in(self, command: Command[Any]) -> float:
        """Return the seconds until readings show what was sent last, or would have shown it."""
        return self._unsettled.get(str(command.subject), 0.0) - self.loop.time()

    @callback
    def note_sent(self, command: Command[Any]) -> None:
        """Take note that readings are behind for a moment."""
        seconds = max(self.settle, command.settles * self.pace.scale)
        self._unsettled[str(command.subject)] = self.loop.time() + seconds
        if command.aim is not None:
            self._aims[str(command.subject)] = command.aim

    def aim(self, subject: Role) -> float | None:
        """Return where the movement ends that was sent last, unless it was seen to."""
        return self._aims.get(str(subject))

    @callback
    def note_proven(self, command: Command[Any]) -> None:
        """Take note that a reading shows what was sent."""
        self._aims.pop(str(command.subject), None)
        self._unsettled.pop(str(command.subject), None)


def _version(command: Command[Any], client: NinaClient) -> Version:
    """Return the version of the plugin that a command needs as it is."""
    return max(Version(command.needs), needed_version(command.method(client)))


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
