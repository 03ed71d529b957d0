"""A command: what is sent, what proves it, and how long that may take."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

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
from ..const import LOGGER, CommandKey, Subject
from ..errors import Ending, NotDoneError, Reason
from .readings import Readings

# Seconds: N.I.N.A. reads its drivers every 2 s, and a state counts only if it lasts longer.
HOLD_TIME: Final = 3.0

# Why a command cannot be sent now: a reason, or an error if the reason alone is not enough.
type Refusal = Reason | ServiceValidationError
# Where a device points, in degrees: (right ascension, declination) and (altitude, azimuth).
type Pointing = tuple[tuple[float, float], tuple[float, float]]
# Whether N.I.N.A. replies, and a reading made after the call.
type Look[SubjectT] = Callable[[Readings], Awaitable[tuple[bool, SubjectT | None]]]


def _never(_subject: object, _equipment: Equipment) -> bool:
    return False


def _allowed(_subject: object, _equipment: Equipment) -> Refusal | None:
    return None


def _allowed_unread(_equipment: Equipment) -> Refusal | None:
    return None


def _known(_subject: object) -> bool:
    return False


def _not_overridden(_subject: object) -> bool:
    return False


def _unproven(_subject: object, _equipment: Equipment) -> Ending:
    return Ending.UNPROVEN


@dataclass(frozen=True, kw_only=True)
class Command[SubjectT]:
    """One thing that can be commanded, and how a reading proves that it happened.

    Its predicates get a reading of the subject, and the equipment as read at the same time; those
    with two readings get the one from before the command was sent, and the newest.
    """

    # WHAT IT IS
    # Selects the texts of its errors.
    key: CommandKey
    # A device, or what `look` reads. Commands of one subject are carried out one after another.
    subject: Role | Subject

    # WHAT IS SENT
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

    # WHAT IS READ
    # Reads the subject where the coordinators do not.
    look: Look[SubjectT] | None = None
    # The other devices that the predicates look at, read as freshly; None for the usual ones of
    # the subject (`reader.py`). One that does not answer delays the command.
    related: tuple[Role, ...] | None = None
    # Reads further data for `precondition`, at the same time as the subject.
    read_also: Callable[[], Awaitable[object]] | None = None
    # The reading in words, for errors.
    reads: Callable[[SubjectT], object] = lambda _: None
    # Whether a reading leaves the state open, such as with an unknown value.
    state_unknown: Callable[[SubjectT], bool] = _known

    # WHAT PROVES IT
    # One of these two; without either, N.I.N.A.'s reply decides.
    succeeded: Callable[[SubjectT], bool] | None = None
    changed: Callable[[SubjectT, SubjectT], bool] | None = None
    # The proof in words, for the documentation.
    proof_text: str = "N.I.N.A. says so; no reading shows it"
    # Seconds for which readings have to show the proof; a function where that depends on them.
    hold_time: float | Callable[[SubjectT], float] = 0.0
    # Seconds for which readings may be out of date after it was sent, if longer than usual.
    settle_time: float = 0.0
    # The event that proves it while the subject cannot be read.
    success_event: EventType | None = None
    # Proves it for a device that stands, as `pointing` shows, whatever its driver says.
    arrived: Callable[[SubjectT], bool] | None = None

    # WHETHER IT IS SENT
    # Why it cannot be sent now; and the same where the subject cannot be read.
    precondition: Callable[[SubjectT, Equipment], Refusal | None] = _allowed
    unread_precondition: Callable[[Equipment], Refusal | None] = _allowed_unread
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
    overridden: Callable[[SubjectT], bool] = _not_overridden
    overridden_by: tuple[EventType, ...] = ()
    may_pause: bool = False
    # Also after an error reply of N.I.N.A.: it protects the observatory.
    safety_critical: bool = False

    # HOW IT MOVES
    # Whether a reading shows the driver reporting this movement. Some drivers never do: `stalled`
    # counts only for one that was seen to, any other device is watched until the timeout.
    reports_motion: Callable[[SubjectT, Equipment], bool] | None = None
    # Two pairs of angles that show whether the device moves, whatever its driver says.
    pointing: Callable[[SubjectT], Pointing | None] | None = None
    # Where the movement ends by itself, in the unit of the device: distinguishes a stop from an arrival.
    destination: float | None = None
    # It ends a movement: send it again while the device moves rather than when it stands.
    is_stop: bool = False
    # It moves the mount, or lets it move.
    needs_open_roof: bool = False

    # WHAT IT DISTURBS
    # Commands that it ends, the reason that their callers get, and commands that refuse it.
    preempts: tuple[CommandKey, ...] = ()
    preempt_reason: Reason = Reason.OVERTAKEN
    blocked_by: tuple[CommandKey, ...] = ()

    # HOW IT FAILS
    # Selects the text of the error where it was not proven.
    ending: Callable[[SubjectT, Equipment], Ending] = _unproven

    async def async_send(self, client: NinaClient, subject: SubjectT) -> Reply:
        """Send the request; raises NinaError."""
        if self.send is not None:
            return await self.send(client, subject)
        reply: Reply = await self.method(client)()
        return reply

    @property
    def readable(self) -> bool:
        """Return whether a reading can prove the command."""
        return self.succeeded is not None or self.changed is not None

    @property
    def can_stall(self) -> bool:
        """Return whether the command fails before its timeout if nothing moves."""
        compared = self.progress is not None or self.unaffected is not None
        return compared or self.stalled is not _never

    def hold_time_for(self, subject: SubjectT) -> float:
        """Return for how many seconds readings have to show the proof that this one shows."""
        return self.hold_time(subject) if callable(self.hold_time) else self.hold_time

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
) -> Look[AnswerT]:
    """Return a look that makes a request of its own, for what no coordinator reads.

    With `try_on_old_servers` it is made of servers before 2.1, too; raises NotDoneError if they do
    not support it.
    """

    async def look(readings: Readings) -> tuple[bool, AnswerT | None]:
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

    return look


def equipment_look(role: Role) -> Look[Any]:
    """Return a look at a device that may be disconnected."""

    async def look(readings: Readings) -> tuple[bool, Any | None]:
        readings.equipment.async_expect(role)
        state = await readings.equipment.async_read(role)
        return state.reachable, state.equipment.device(role) if state.reachable else None

    return look
