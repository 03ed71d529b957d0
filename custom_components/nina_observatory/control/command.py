"""What a confirmed command is: what is sent, what proves it, and how long that may take."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

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

# Why a command cannot be sent now: a reason, or the error where that alone does not tell.
type Refusal = Reason | ServiceValidationError
# Where a device points, in degrees: (right ascension, declination) and (altitude, azimuth).
type Place = tuple[tuple[float, float], tuple[float, float]]
# Whether N.I.N.A. answers, and a reading made after the call.
type Look[SubjectT] = Callable[[Readings], Awaitable[tuple[bool, SubjectT | None]]]


def _never(_subject: object, _equipment: Equipment) -> bool:
    """Answer no."""
    return False


def _allowed(_subject: object, _equipment: Equipment) -> Refusal | None:
    """Find nothing against it."""
    return None


def _shown(_subject: object) -> bool:
    """Find that a reading shows what matters."""
    return False


def _unread_allowed(_equipment: Equipment) -> Refusal | None:
    """Find nothing against sending it without a reading."""
    return None


def _not_thwarted(_subject: object) -> bool:
    """Find nothing that works against it."""
    return False


def _unproven(_subject: object, _equipment: Equipment) -> Ending:
    """Tell nothing beyond that it was not proven."""
    return Ending.UNPROVEN


@dataclass(frozen=True, kw_only=True)
class Command[SubjectT]:
    """One thing that can be commanded, and how a reading proves that it happened.

    `subject` is what is commanded: a device, or what `look` reads. The texts of its errors follow
    from `key`, `evidence` says in words what proves it.
    `method` is the method of the client that is sent, or that it depends on where `send` has more to
    say; `needs` a version of the plugin beyond that of the method.

    `proof` is what a reading shows when it happened; where it holds already nothing is sent, unless
    `needless` says otherwise. `change` compares the reading before with one after, for what no
    single reading shows. Without either N.I.N.A.'s own answer is all there is. `holds` is how long
    a proof has to stand in the readings, by what they show: N.I.N.A. reads its drivers every 2 s.
    `settles` is for how long readings may be behind after it was sent, where that is longer.

    `limit` and `patience` are seconds: the command has failed when it is not proven within `limit`
    after N.I.N.A. answered (the user may set another limit by the option `limit_option`), or earlier
    when for `patience` it is `standing` (nothing moves and nothing is proven), `stalled` (the same,
    compared with the reading before), or its `progress` stays the same. Closing, parking and
    stopping are sent again up to `repeats` times, but only then: repeated under way they make
    N.I.N.A. stop and start again (docs/field-notes.md, Mount and Dome). `underway` means the device already does
    it, so nothing is sent. `overtakes` names commands that this one ends, and `ends` the reason that
    their callers get; `yields_to` those it does not disturb. `concerns` is the other
    equipment that may be looked at, by default that of `CONCERNS`: it has to be read as freshly, and one that does not answer keeps the command waiting.

    A movement whose driver may keep silent has `announces`: whether a reading shows the driver
    announcing it. Only of a driver that does is `standing` believed; any other is followed to the
    limit. `place` returns two pairs of angles in degrees that show whether the device moves, whatever
    it says; once they show that it stands, `arrived` proves the command like `proof`.

    Where a reading shows that it is `thwarted`, or an event of `thwarted_by` came, something else
    does the opposite, and it is sent again at once. So it is where a reading that proved it was
    followed by one that does not, unless it `pauses`: what it does may seem to be over, and go on.

    What `stops` a movement is sent again while the device moves, and does not wait until it stands.
    What `protects` the observatory is sent again after an error reply of N.I.N.A., too. With
    `sent_unread` it is sent also where the device or the sequence cannot be read, unless
    `unread_refusal` speaks against that; then `announced_by` is the event that proves it. So it is
    where a reading is `silent` about what is commanded: a state in words that are not known. `aim` is
    where a movement ends by itself, so that a stop can be told from an arrival.
    `ending` chooses the text of the error where it is not proven.

    `older` is what is carried out instead where the plugin is too old for this one. It does the same,
    and where nothing shows that it happened, N.I.N.A.'s answer is all there is.

    One that is `announced` for servers before 2.1 is sent to them all the same: some may know it.

    `consult` reads what else `refusal` has to know, at the same time as the subject. An `at_once`
    command is sent before anything is read, and is never refused. One that `needs_open_roof` moves
    the mount, or lets it move.
    """

    key: CommandKey
    subject: Role | Subject
    method: Callable[[NinaClient], Callable[..., Awaitable[Any]]]
    send: Callable[[NinaClient, SubjectT], Awaitable[Reply]] | None = None
    reads: Callable[[SubjectT], object] = lambda _: None
    timeout: float = 30.0
    proof_text: str = "N.I.N.A. says so; no reading shows it"
    since: tuple[int, ...] = ()
    look: Look[SubjectT] | None = None
    succeeded: Callable[[SubjectT], bool] | None = None
    changed: Callable[[SubjectT, SubjectT], bool] | None = None
    already_done: Callable[[SubjectT, Equipment], bool] | None = None
    hold_time: float | Callable[[SubjectT], float] = 0.0
    settle_time: float = 0.0
    precondition: Callable[[SubjectT, Equipment], Refusal | None] = _allowed
    in_progress: Callable[[SubjectT, Equipment], bool] = _never
    stalled: Callable[[SubjectT, Equipment], bool] = _never
    progress: Callable[[SubjectT], object] | None = None
    unaffected: Callable[[SubjectT, SubjectT], bool] | None = None
    stall_timeout: float = 30.0
    retries: int = 0
    timeout_option: str | None = None
    reports_motion: Callable[[SubjectT, Equipment], bool] | None = None
    pointing: Callable[[SubjectT], Place | None] | None = None
    overridden: Callable[[SubjectT], bool] = _not_thwarted
    overridden_by: tuple[EventType, ...] = ()
    may_pause: bool = False
    arrived: Callable[[SubjectT], bool] | None = None
    is_stop: bool = False
    safety_critical: bool = False
    allow_unread: bool = False
    unread_precondition: Callable[[Equipment], Refusal | None] = _unread_allowed
    success_event: EventType | None = None
    state_unknown: Callable[[SubjectT], bool] = _shown
    destination: float | None = None
    ending: Callable[[SubjectT, Equipment], Ending] = _unproven
    preempts: tuple[CommandKey, ...] = ()
    preempt_reason: Reason = Reason.OVERTAKEN
    blocked_by: tuple[CommandKey, ...] = ()
    related: tuple[Role, ...] | None = None
    read_also: Callable[[], Awaitable[object]] | None = None
    immediate: bool = False
    needs_open_roof: bool = False
    fallback: Command[Any] | None = None
    try_on_old_servers: bool = False

    async def async_send(self, client: NinaClient, subject: SubjectT) -> Reply:
        """Send it once; raises NinaError."""
        if self.send is not None:
            return await self.send(client, subject)
        reply: Reply = await self.method(client)()
        return reply

    @property
    def readable(self) -> bool:
        """Return whether a reading can show that it happened."""
        return self.succeeded is not None or self.changed is not None

    @property
    def gives_up_early(self) -> bool:
        """Return whether it fails before its limit when nothing moves."""
        compared = self.progress is not None or self.unaffected is not None
        return compared or self.stalled is not _never

    def holds_for(self, subject: SubjectT) -> float:
        """Return for how many seconds a proof has to stand that a reading gives."""
        return self.hold_time(subject) if callable(self.hold_time) else self.hold_time

    def is_needless(self, subject: SubjectT, equipment: Equipment) -> bool:
        """Return whether there is nothing to be done."""
        if self.already_done is not None:
            return self.already_done(subject, equipment)
        return self.changed is None and self.succeeded is not None and self.succeeded(subject)

    def is_proven(self, before: SubjectT, now: SubjectT) -> bool:
        """Return whether a reading proves it, given the one from before it was sent."""
        if self.changed is not None:
            return self.changed(before, now)
        return self.succeeded is not None and self.succeeded(now)


def asked[AnswerT](
    ask: Callable[[NinaClient], Awaitable[AnswerT]], *, announced: bool = False
) -> Look[AnswerT]:
    """Look at what N.I.N.A. answers to a question, for what no coordinator reads.

    One that is `announced` for servers before 2.1 is asked of them, too.
    """

    async def look(readings: Readings) -> tuple[bool, AnswerT | None]:
        """Ask once."""
        try:
            return True, await ask(readings.client.trying if announced else readings.client)
        except NinaConnectionError:
            return False, None
        except NinaError as err:
            if announced and isinstance(err, NinaNotFoundError):
                raise NotDoneError(Reason.NOT_SUPPORTED) from err
            LOGGER.debug("A question was answered by an error: %s", err)
            return True, None

    return look


def equipment_look(role: Role) -> Look[Any]:
    """Look at a device whether it is connected or not."""

    async def look(readings: Readings) -> tuple[bool, Any | None]:
        """Read the equipment."""
        readings.equipment.async_expect(role)
        state = await readings.equipment.async_read(role)
        return state.reachable, state.equipment.device(role) if state.reachable else None

    return look
