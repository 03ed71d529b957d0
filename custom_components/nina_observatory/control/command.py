"""A command: its request, its proof and its time limits; and the readings that it may use."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError

from ..api import (
    Equipment,
    EventType,
    NinaClient,
    NinaConnectionError,
    NinaError,
    NinaNotFoundError,
    Reply,
    Role,
)
from ..api.plugin_version import EXACT_SINCE
from ..const import LOGGER, CommandKey, Subject
from ..errors import Ending, NotDoneError, Reason, too_old
from ..helpers.devices import is_known, known_roles
from ..readings.equipment import EquipmentCoordinator
from ..readings.frames import FramesCoordinator
from ..readings.sequence import SequenceCoordinator
from ..readings.settings import SettingsCoordinator

# Minimum age of readings in seconds: N.I.N.A. reads its drivers every 2 s, or as set in the
# profile.
LAG: Final = 3.0
# Seconds: N.I.N.A. reads its drivers every 2 s, and a state counts only if it lasts longer.
HOLD_TIME: Final = 3.0
# Read for commands without `related`. Where devices are read one by one, the predicates see no
# other equipment.
RELATED: Final[Mapping[Role, tuple[Role, ...]]] = {
    Role.DOME: (Role.MOUNT, Role.SAFETY_MONITOR),
    Role.MOUNT: (Role.DOME, Role.CAMERA, Role.ROTATOR),
}


@dataclass(kw_only=True)
class Pace:
    """How often a command reads its subject, and how long it waits; in seconds."""

    # N.I.N.A. polls its drivers every 2 s; looking more often shows nothing newer.
    read_again: float = 2.0
    first_read: float = 0.5
    # An event arrives a moment before the readings show the change.
    after_event: float = 0.3
    # How long a caller that does not wait for the end waits for N.I.N.A.'s reply.
    answer: float = 5.0
    # How long a command continues without any reading.
    silence: float = 45.0
    # Scales the time limits of all commands; 1 outside of tests.
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings available to the commands of one entry. Times are loop times, in seconds."""

    client: NinaClient
    equipment: EquipmentCoordinator
    sequence: SequenceCoordinator
    frames: FramesCoordinator
    settings: SettingsCoordinator
    # Since when the event stream is up; infinity while it is down.
    stream_up_since: Callable[[], float]
    pace: Pace = field(default_factory=Pace, kw_only=True)
    _received_at: dict[EventType, float] = field(default_factory=dict, init=False)
    # By subject: when readings show the last request, and the destination of its movement.
    _settled_at: dict[str, float] = field(default_factory=dict, init=False)
    _destinations: dict[str, float] = field(default_factory=dict, init=False)
    # By subject: the last command sent and when, until a reading proves it.
    _pending: dict[str, tuple[CommandKey, float]] = field(default_factory=dict, init=False)

    @property
    def hass(self) -> HomeAssistant:
        """Return the Home Assistant of the entry."""
        return self.equipment.hass

    @property
    def entry(self) -> ConfigEntry:
        """Return the entry of these readings."""
        return self.equipment.config_entry

    @property
    def now(self) -> float:
        """Return the loop time."""
        return self.hass.loop.time()

    @property
    def lag(self) -> float:
        """Return the seconds after which readings show the effect of a request sent now."""
        profile = self.settings.data.profile
        polling = 0.0 if profile is None else profile.device_polling_interval or 0.0
        return max(LAG, polling + 1) * self.pace.scale

    @property
    def receives_events(self) -> bool:
        """Return whether the event stream is up."""
        return self.stream_up_since() <= self.now

    @callback
    def note_event(self, event: EventType) -> None:
        """Record that N.I.N.A. sent an event now."""
        self._received_at[event] = self.now

    def received_at(self, event: EventType) -> float:
        """Return when N.I.N.A. last sent an event; minus infinity if it never did."""
        return self._received_at.get(event, float("-inf"))

    @callback
    def note_sent(
        self, key: CommandKey, subject: str, *, settle_time: float, destination: float | None
    ) -> None:
        """Record a request; readings show it after `settle_time` seconds, or the usual lag."""
        self._pending[subject] = (key, self.now)
        self._settled_at[subject] = self.now + max(self.lag, settle_time * self.pace.scale)
        if destination is not None:
            self._destinations[subject] = destination

    @callback
    def note_proven(self, subject: str) -> None:
        """Record that a reading shows the last request to a subject."""
        self._destinations.pop(subject, None)
        self._pending.pop(subject, None)
        self._settled_at.pop(subject, None)

    def settled_in(self, subject: str) -> float:
        """Return the seconds until readings show the last request; negative once they do."""
        return self._settled_at.get(subject, 0.0) - self.now

    def pending_since(self, key: CommandKey, subject: str) -> float:
        """Return when a command was sent that is the subject's last one, and not proven yet.

        Infinity if there is none.
        """
        last, sent_at = self._pending.get(subject, (None, float("inf")))
        return sent_at if last is key else float("inf")

    def destination(self, subject: str) -> float | None:
        """Return where the last movement ends, None once a reading has shown that it did."""
        return self._destinations.get(subject)

    def option(self, name: str) -> float | None:
        """Return a number from the options, None if the user set none."""
        value = self.entry.options.get(name)
        return float(value) if isinstance(value, int | float) else None


# Why a command cannot be sent now: a reason, or an error if the reason alone is not enough.
type Refusal = Reason | ServiceValidationError
# Where a device points, in degrees: (right ascension, declination) and (altitude, azimuth).
type Pointing = tuple[tuple[float, float], tuple[float, float]]
# Whether N.I.N.A. replies, and a reading made after the call.
type Fetch[SubjectT] = Callable[[Readings], Awaitable[tuple[bool, SubjectT | None]]]


def in_words(flag: bool | None, on: str, off: str) -> str:
    """Return the words for a flag of a reading."""
    return "unknown" if flag is None else on if flag else off


def _never(_subject: object, _equipment: Equipment) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Command[SubjectT]:
    """One thing that can be commanded, and how a reading proves that it happened.

    Its predicates get a reading of the subject, and the equipment as read at the same time; those
    with two readings get the one from before the command was sent, and the newest.

    There is no library for this: N.I.N.A. replies before anything has moved, and each driver
    reports a movement in its own way.
    """

    # IDENTITY
    # Selects the texts of its errors.
    key: CommandKey
    # A device, or what `fetch` reads. Commands of one subject are carried out one after another.
    subject: Role | Subject

    # REQUEST
    # The method of the client, which names the version of the plugin that it needs.
    method: Callable[[NinaClient], Callable[..., Awaitable[Any]]]
    # Calls the client if `method` alone is not enough, such as with arguments.
    send: Callable[[NinaClient, SubjectT], Awaitable[Reply]] | None = None
    # A version of the plugin beyond that of the method.
    since: tuple[int, ...] = ()
    # The same command for a plugin that is too old for this one.
    fallback: Command[Any] | None = None
    # Send it to servers before 2.1, too: some may know it although it was announced for later.
    try_on_old_servers: bool = False

    # READINGS
    # Reads the subject where the coordinators do not.
    fetch: Fetch[SubjectT] | None = None
    # The other devices that the predicates use, read just as recently; None for the usual ones of
    # the subject (`RELATED`). A device that does not answer delays the command.
    related: tuple[Role, ...] | None = None
    # Reads further data for `precondition`, at the same time as the subject.
    read_also: Callable[[], Awaitable[object]] | None = None
    # The reading in words, for errors.
    reads: Callable[[SubjectT], object] = lambda _: None
    # Whether a reading leaves the state open, such as with an unknown value.
    state_unknown: Callable[[SubjectT], bool] = lambda _: False

    # PROOF
    # One of these two; without either, N.I.N.A.'s reply decides.
    succeeded: Callable[[SubjectT], bool] | None = None
    changed: Callable[[SubjectT, SubjectT], bool] | None = None
    # The proof in words, for the documentation.
    proof_text: str = "N.I.N.A. confirms it; no reading shows it"
    # Seconds for which readings have to show the proof; a function where that depends on them.
    hold_time: float | Callable[[SubjectT], float] = 0.0
    # Seconds for which readings may be out of date after it was sent, if longer than usual.
    settle_time: float = 0.0
    # The event that proves it while the subject cannot be read.
    success_event: EventType | None = None
    # Proves it for a device at rest according to `pointing`, no matter what its driver reports.
    arrived: Callable[[SubjectT], bool] | None = None

    # WHETHER IT IS SENT
    # Why it cannot be sent now; and the same where the subject cannot be read.
    precondition: Callable[[SubjectT, Equipment], Refusal | None] = lambda _, __: None
    unread_precondition: Callable[[Equipment], Refusal | None] = lambda _: None
    # Send it although the device or the sequence cannot be read.
    allow_unread: bool = False
    # Send it before anything is read, and never refuse it.
    immediate: bool = False
    # There is nothing to do; by default if `succeeded`.
    already_done: Callable[[SubjectT, Equipment], bool] | None = None
    # The device is already doing it: watch, but send nothing.
    in_progress: Callable[[SubjectT, Equipment], bool] = _never

    # HOW LONG IT MAY TAKE, in seconds
    # From N.I.N.A.'s reply to the proof; the user may set another one by the option.
    timeout: float = 30.0
    timeout_option: str | None = None
    # It has failed after `stall_timeout` in which nothing moves: `stalled` by one reading,
    # `unaffected` compared with the one before it was sent, or `progress` unchanged.
    stall_timeout: float = 30.0
    stalled: Callable[[SubjectT, Equipment], bool] = _never
    unaffected: Callable[[SubjectT, SubjectT], bool] | None = None
    progress: Callable[[SubjectT], object] | None = None

    # WHEN IT IS SENT AGAIN
    # How often after `stall_timeout`; never while it moves, since N.I.N.A. would stop it and start
    # it again (field notes 5 and 11).
    retries: int = 0
    # Something else does the opposite, by a reading or an event: send it again at once. A proof that
    # vanishes counts as well, unless the device may pause during the movement.
    overridden: Callable[[SubjectT], bool] = lambda _: False
    overridden_by: tuple[EventType, ...] = ()
    may_pause: bool = False
    # Also after an error reply of N.I.N.A.: it protects the observatory.
    safety_critical: bool = False

    # MOVEMENT
    # Whether a reading shows the driver reporting this movement. Some drivers never do: `stalled`
    # counts only for one that was seen to, any other device is watched until the timeout.
    reports_motion: Callable[[SubjectT, Equipment], bool] | None = None
    # Two pairs of angles that show whether the device moves, no matter what its driver reports.
    pointing: Callable[[SubjectT], Pointing | None] | None = None
    # Where the movement ends by itself, in the unit of the device: distinguishes a stop from an arrival.
    destination: float | None = None
    # It ends a movement: send it again while the device moves, not when it is at rest.
    is_stop: bool = False
    # It moves the mount, or lets it move.
    needs_open_roof: bool = False

    # CONFLICTS
    # Commands that it ends, the reason that their callers get, and commands that refuse it.
    preempts: tuple[CommandKey, ...] = ()
    preempt_reason: Reason = Reason.OVERTAKEN
    blocked_by: tuple[CommandKey, ...] = ()

    # FAILURE
    # Selects the text of the error where it was not proven.
    ending: Callable[[SubjectT, Equipment], Ending] = lambda _, __: Ending.UNPROVEN

    async def async_send(self, client: NinaClient, subject: SubjectT) -> Reply:
        """Send the request; raises NinaError."""
        if self.send is not None:
            return await self.send(client, subject)
        reply: Reply = await self.method(client)()
        return reply

    async def async_read(self, readings: Readings) -> tuple[bool, Any | None]:
        """Return whether N.I.N.A. answers, and a fresh reading of the subject, None without one."""
        if self.fetch is not None:
            return await self.fetch(readings)
        if self.subject is Subject.SEQUENCE:
            reading = await readings.sequence.async_read()
            return reading.reachable, reading.tree
        subject = Role(self.subject)
        others = RELATED.get(subject, ()) if self.related is None else self.related
        known = known_roles(readings.hass, readings.entry)
        others = tuple(role for role in others if role in known and role is not subject)
        state = await readings.equipment.async_read(subject, *others)
        return state.reachable, state.device(subject)

    @property
    def readable(self) -> bool:
        """Return whether a reading can prove the command."""
        return self.succeeded is not None or self.changed is not None

    @property
    def can_stall(self) -> bool:
        """Return whether the command fails before its timeout if nothing moves."""
        compared = self.progress is not None or self.unaffected is not None
        return compared or self.stalled is not _never

    def hold_time_for(self, subject: SubjectT, readings: Readings) -> float:
        """Return for how many seconds readings have to show the proof: at least until the next one."""
        seconds = self.hold_time(subject) if callable(self.hold_time) else self.hold_time
        return max(seconds * readings.pace.scale, readings.lag) if seconds else 0.0

    def timeout_for(self, readings: Readings) -> float:
        """Return the seconds after which the command has failed."""
        option = self.timeout_option
        chosen = None if option is None else readings.option(option)
        return (self.timeout if chosen is None else chosen) * readings.pace.scale

    def is_already_done(self, subject: SubjectT, equipment: Equipment) -> bool:
        """Return whether there is nothing to do."""
        if self.already_done is not None:
            return self.already_done(subject, equipment)
        return self.changed is None and self.succeeded is not None and self.succeeded(subject)

    def is_proven(self, before: SubjectT, now: SubjectT) -> bool:
        """Return whether a reading proves the command, given the one from before it was sent."""
        if self.changed is not None:
            return self.changed(before, now)
        return self.succeeded is not None and self.succeeded(now)


def asked[AnswerT](
    ask: Callable[[NinaClient], Awaitable[AnswerT]], *, try_on_old_servers: bool = False
) -> Fetch[AnswerT]:
    """Return a look that makes a request of its own, for what no coordinator reads.

    With `try_on_old_servers` it is made of servers before 2.1, too; raises NotDoneError if they do
    not support it.
    """

    async def fetch(readings: Readings) -> tuple[bool, AnswerT | None]:
        try:
            return True, await ask(
                readings.client.trying if try_on_old_servers else readings.client
            )
        except NinaConnectionError:
            return False, None
        except NinaError as err:
            if try_on_old_servers and isinstance(err, NinaNotFoundError):
                raise NotDoneError(Reason.NOT_SUPPORTED) from err
            LOGGER.debug("The reply was an error: %s", err)
            return True, None

    return fetch


def fetch_equipment(role: Role) -> Fetch[Any]:
    """Return a function that reads a device, which may be disconnected."""

    async def fetch(readings: Readings) -> tuple[bool, Any | None]:
        readings.equipment.async_expect(role)
        state = await readings.equipment.async_read(role)
        return state.reachable, state.equipment.device(role) if state.reachable else None

    return fetch


class SubjectReader:
    """Read the subject of one command, and its related equipment."""

    def __init__(self, command: Command[Any], readings: Readings) -> None:
        self._command = command
        self._readings = readings
        self._asked_at = float("inf")

    @property
    def last_reading(self) -> Any | None:
        """Return the last reading of the device, of any age."""
        return self._readings.equipment.data.device(Role(self._command.subject))

    @property
    def equipment(self) -> Equipment:
        """Return the equipment as read by the last `async_read`, without older readings."""
        return self._readings.equipment.since(self._asked_at).equipment

    @property
    def lacks(self) -> bool:
        """Return whether the last reading is missing a device that exists, or the sequence."""
        command, role = self._command, self._command.subject
        if role is Subject.SEQUENCE:
            return not self._readings.sequence.data.readable
        if not isinstance(role, Role) or (command.fetch is not None and not command.allow_unread):
            return False
        return self._is_known(role) and self.equipment.device(role) is None

    @property
    def is_disconnected(self) -> bool:
        """Return whether the last reading showed that the device is not connected.

        Also true while the sequencer of N.I.N.A. is still starting.
        """
        role = self._command.subject
        if role is Subject.SEQUENCE:
            sequence = self._readings.sequence.data
            return sequence.readable and sequence.tree is None
        if not isinstance(role, Role) or not self._readings.equipment.data.reachable:
            return False
        device = self.equipment.device(role)
        return not device.connected if device is not None else not self._is_known(role)

    def _is_known(self, role: Role) -> bool:
        """Return whether there is a device of this kind."""
        return is_known(self._readings.hass, self._readings.entry, role)

    async def async_read(self) -> tuple[bool, Any | None]:
        """Return whether N.I.N.A. answers, and a fresh reading of the subject, None without one."""
        self._asked_at = self._readings.now
        return await self._command.async_read(self._readings)

    async def async_read_to_send(self) -> tuple[bool, Any | None]:
        """Read the subject and, at the same time, further data for the precondition."""
        if self._command.read_also is None:
            return await self.async_read()
        both = await asyncio.gather(self._command.read_also(), self.async_read())
        read: tuple[bool, Any | None] = both[1]
        return read

    async def async_raise_if_too_old(self) -> None:
        """Raise RefusedError if the server is too old for the device.

        The routes of the rotator were broken before 2.1.
        """
        plugin, role = self._readings.client.plugin, self._command.subject
        if plugin.exact or not isinstance(role, Role):
            return
        try:
            await self._readings.client.equipment.get_device(role)
        except NinaNotFoundError as err:
            raise too_old(EXACT_SINCE, plugin.version) from err
        except NinaError as err:
            LOGGER.debug("The %s cannot be read: %s", role, err)
