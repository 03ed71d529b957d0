"""A command under way: checked, sent, and watched until a reading proves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from async_interrupt import interrupt
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..api import (
    NinaCommandError,
    NinaCommandLostError,
    NinaError,
    NinaNotFoundError,
    NinaNotReadyError,
    NinaResponseError,
    NinaTimeoutError,
    Reply,
    Role,
)
from ..const import LOGGER, Subject
from ..errors import (
    DisturbedError,
    EndedError,
    Ending,
    LostError,
    NotConnectedError,
    Reason,
    RefusedError,
    SilentError,
    UnconfirmedError,
    UnprovenError,
    UnreadError,
    translated_errors,
)
from .command import Command, Refusal
from .motion import LateListener, Motion
from .movements import Movements
from .reader import SubjectReader
from .readings import Readings

# Readings in a row without the device that make it a lost one rather than a hiccup.
READINGS_UNTIL_LOST = 2
# How often what protects the observatory is looked at again before it counts as not there.
CHECKS = 2
# How often a command is sent again that something else works against.
THWARTED_TRIES = 3
# Seconds until a command is sent again that N.I.N.A. answered with an error, or made no sense of.
FAILED_PAUSES = (4.0, 15.0, 30.0)
# A reply that never came or makes no sense leaves it to the readings, where there are any.
NO_REPLY = (NinaTimeoutError, NinaCommandLostError, NinaResponseError)


class _InterruptedError(Exception):
    """Something ended the run."""


class CommandRun:
    """A command under way.

    `begun` is set when it goes out, `sent` once there is nothing left but to watch. Set `wake` to
    have it look at the next reading soon.
    """

    def __init__(
        self,
        command: Command[Any],
        readings: Readings,
        movements: Movements,
        tell_late: LateListener,
    ) -> None:
        """Prepare the run; nothing is sent yet."""
        self.command = command
        self.wake = asyncio.Event()
        self.begun = asyncio.Event()
        self.sent = asyncio.Event()
        self._ended: asyncio.Future[Reason] = readings.hass.loop.create_future()
        self._readings = readings
        self._pace = readings.pace
        self._reader = SubjectReader(command, readings)
        self._motion = Motion(command, readings, movements, tell_late)

        # Loop times of the call, of the last request and of the last reading.
        self._asked_at = self._sent_at = self._read_at = readings.now
        # Whether it was sent although its subject could not be read.
        self._unread = False
        # The reading from before it was sent, the last one in words, and readings without the
        # device since then.
        self._before: Any = None
        self._seen: object = None
        self._missing = 0
        # Loop times at which the device last moved, was proven to have done it, and undid it.
        self._moved_at = self._asked_at
        self._proven_at: float | None = None
        self._undone_at = float("-inf")
        self._progress: object = None

        # How often it may still be sent again: where nothing moves, and against something else.
        self._repeats = command.retries
        self._thwarts = THWARTED_TRIES
        # Seconds after which it is sent again for want of a good reply, and how often it was.
        self._pause: float | None = None
        self._failures = 0
        # N.I.N.A.'s last answer where that was an error.
        self._denied: str | None = None

    def interrupt(self, reason: Reason) -> None:
        """End the run at once, for a reason."""
        if not self._ended.done():
            self._ended.set_result(reason)

    def raise_if_interrupted(self) -> None:
        """Raise EndedError if something ended the run."""
        if self._ended.done():
            raise EndedError(self._ended.result())

    @asynccontextmanager
    async def _interruptible(self) -> AsyncIterator[None]:
        """Raise EndedError as soon as something ends the run."""
        try:
            async with interrupt(self._ended, _InterruptedError, None):
                yield
        except _InterruptedError as err:
            raise EndedError(self._ended.result()) from err

    async def async_run(self) -> None:
        """Check that the command can be sent and has to be, send it, and watch until it is proven.

        Raises ServiceValidationError when it cannot be sent now, EndedError when it was
        interrupted, HomeAssistantError when it did not happen.
        """
        async with self._interruptible():
            command = self.command
            before = self._reader.last_reading if command.immediate else await self._async_check()
            if self._is_needless(before):
                # That reading may be older than the effect of the command this one overtook.
                settled_in = self._readings.settled_in(command.subject)
                await asyncio.sleep(max(self._hold(before), settled_in, 0.0))
                before = await self._async_check()
            if not self._is_needless(before):
                self._unread = before is None
                begins = before is None or not command.in_progress(before, self._reader.equipment)
                if begins:
                    await self._async_begin(before)
                self.begun.set()
                self.sent.set()
                if command.readable:
                    await self._async_watch(before)
                    measured = begins and before is not None
                    self._motion.end(self._readings.now - self._sent_at if measured else None)
            self._readings.note_proven(command.subject)

    # Check

    async def _async_check(self) -> Any:
        """Return a reading of the subject; raise if the command cannot be sent now.

        None means that it cannot be read, and is sent nevertheless.
        """
        command, reader = self.command, self._reader
        self._note_last_place()
        reachable, subject = await reader.async_read_to_send()
        for _ in range(CHECKS if command.safety_critical else command.retries):
            if reachable and (subject is not None or not reader.lacks):
                break
            # What protects the observatory is not given up because of one lost packet.
            await asyncio.sleep(self._pace.look_again)
            reachable, subject = await reader.async_read_to_send()
        if subject is None and command.allow_unread and not reader.is_disconnected:
            if (reason := command.unread_precondition(reader.equipment)) is None:
                return None
            # Where nobody answers, that is what is wrong.
            raise _refused(reason) if reachable else DisturbedError(Reason.CANNOT_CONNECT)
        if not reachable:
            raise DisturbedError(Reason.CANNOT_CONNECT)
        if subject is None and reader.lacks:
            raise DisturbedError(Reason.NOT_READ)
        if subject is None:
            await reader.async_raise_if_too_old()
            raise NotConnectedError(command.subject)
        self._raise_if_refused(subject)
        self._note(subject, reachable=True)
        return subject

    def _note_last_place(self) -> None:
        """Take note of where the device was before: it may be stopped before it is read twice."""
        subject, state = self.command.subject, self._readings.equipment.data
        if isinstance(subject, Role) and (device := state.device(subject)) is not None:
            self._motion.note_place(device, state.read_at[subject])

    def _is_needless(self, subject: Any) -> bool:
        """Return whether a reading shows that there is nothing to be done."""
        command = self.command
        if command.immediate or subject is None:
            return False
        return command.is_needless(subject, self._reader.equipment)

    def _raise_if_refused(self, subject: Any) -> None:
        """Raise ServiceValidationError if something speaks against sending the command now."""
        if (reason := self.command.precondition(subject, self._reader.equipment)) is not None:
            raise _refused(reason)

    # Send

    async def _async_begin(self, subject: Any) -> None:
        """Send the command for the first time."""
        command = self.command
        reply = await self._async_send(subject)
        if command.immediate and reply is None:
            await self._async_send(subject)
            # Its error says more than that of N.I.N.A. where the device is not there at all.
            await self._async_check()
        if command.readable:
            return
        if reply is None or not reply.success:
            raise UnconfirmedError(command.key)
        LOGGER.info("%s: N.I.N.A. says so, no reading shows it", command.key)
        if command.subject is Subject.SEQUENCE:
            # What was loaded shows at once, although a sequence at rest is seldom read.
            await self._reader.async_read()

    async def _async_send(self, subject: Any) -> Reply | None:
        """Send the request; return the reply, None where none came but readings will tell."""
        # Nothing may go out once the run was ended, not even before that ends this task.
        self.raise_if_interrupted()
        command, readings = self.command, self._readings
        self.begun.set()
        self._denied, self._pause, self._sent_at = None, None, readings.now
        readings.note_sent(command.subject, lag=command.settle_time, aim=command.destination)
        client = readings.client.trying if command.try_on_old_servers else readings.client
        async with translated_errors(command.key):
            try:
                reply = await command.async_send(client, subject)
            except NinaNotReadyError:
                raise
            except NinaCommandError as err:
                # Any exception of a driver ends in such a reply, also once the movement has begun.
                if not (command.readable and command.safety_critical):
                    raise
                LOGGER.debug("%s: N.I.N.A. answered %s, watching the device", command.key, err)
                self._denied = err.text
                self._note_failure(err)
                return None
            except NO_REPLY as err:
                if not command.readable or isinstance(err, NinaNotFoundError):
                    raise
                LOGGER.debug("%s: no reply (%s), watching the device", command.key, err)
                self._note_failure(err)
                return None
        LOGGER.debug("%s: %s", command.key, reply)
        return reply

    def _note_failure(self, err: NinaError) -> None:
        """Plan to send what protects the observatory again, unless a reading shows that it works.

        What was lost on the way may have been begun, so that takes longer to be believed.
        """
        if not self.command.safety_critical or self._failures == len(FAILED_PAUSES):
            return
        lost = isinstance(err, NinaCommandLostError | NinaTimeoutError)
        self._pause = self.command.stall_timeout if lost else FAILED_PAUSES[self._failures]
        self._failures += 1

    async def _async_send_again(self, subject: Any) -> bool:
        """Send the command once more; what goes wrong with that does not end the watch.

        Returns whether enough was read for that.
        """
        if self.command.read_also is not None:
            _, subject = await self._reader.async_read_to_send()
            if subject is None:
                return False
        self._raise_if_refused(subject)
        try:
            await self._async_send(subject)
        except HomeAssistantError as err:
            self.raise_if_interrupted()
            LOGGER.debug("%s could not be sent again: %s", self.command.key, err)
        return True

    # Watch

    async def _async_watch(self, before: Any) -> None:
        """Look until a reading proves the command, or raise HomeAssistantError."""
        readings = self._readings
        self._before = before
        started = self._moved_at = self._read_at = readings.now
        await self._async_breathe(self._pace.first_look)
        while True:
            asked = readings.now
            subject = await self._async_look()
            if subject is None:
                if self._is_announced():
                    return
            elif self._is_proven(before, subject):
                self._proven_at = asked if self._proven_at is None else self._proven_at
                if asked - self._proven_at >= self._hold(subject):
                    return
            else:
                if self._proven_at is not None:
                    self._undone_at, self._proven_at = readings.now, None
                before = subject if before is None else before
                await self._async_insist(subject)
            holds = subject is not None and self._proven_at is not None
            if readings.now - started >= self._limit and not holds:
                raise self._unproven(subject)
            since_sent, since_asked = readings.now - self._sent_at, readings.now - self._asked_at
            self._motion.tell_if_late(since_sent, since_asked, self._seen_text)
            await self._async_breathe(self._pace.look_again)

    async def _async_look(self) -> Any:
        """Return a fresh reading, None where there is none.

        Raises HomeAssistantError if the device is lost, or nothing was read for too long.
        """
        reachable, subject = False, None
        with suppress(TimeoutError):
            left = self._read_at + self._pace.silence - self._readings.now
            # At the end of that time N.I.N.A. may still answer, without the device.
            async with asyncio.timeout(max(left, self._pace.silence / 9)):
                reachable, subject = await self._reader.async_read()
        self._note(subject, reachable=reachable)
        age = self._readings.now - self._read_at
        if subject is None and age >= self._pace.silence:
            if self._unread or reachable:
                raise UnreadError(self.command.key, self.command.subject)
            raise SilentError(self.command.key, self.command.subject, seen=self._seen_text, age=age)
        return subject

    def _note(self, subject: Any | None, *, reachable: bool) -> None:
        """Take note of a reading; raises LostError if the device is lost."""
        if subject is not None:
            self._missing, self._seen = 0, self.command.reads(subject)
            self._read_at = self._readings.now
            self._motion.note(subject, self._reader.equipment)
        elif reachable and not self._unread and not self._reader.lacks:
            self._missing += 1
            if self._missing >= READINGS_UNTIL_LOST:
                raise LostError(self.command.subject)

    async def _async_breathe(self, seconds: float) -> None:
        """Wait until it is worth looking again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        if self.wake.is_set():
            self.wake.clear()
            await asyncio.sleep(self._pace.after_event)

    def _is_proven(self, before: Any, subject: Any) -> bool:
        """Return whether a reading proves the command.

        A driver may go on saying that it moves for minutes after it has arrived.
        """
        command = self.command
        if command.state_unknown(subject):
            return self._is_announced()
        if before is None:
            return command.succeeded is not None and command.succeeded(subject)
        if command.is_proven(before, subject):
            return True
        return (
            command.arrived is not None and command.arrived(subject) and self._motion.places.stands
        )

    def _is_announced(self) -> bool:
        """Return whether an event proves what cannot be read."""
        event = self.command.success_event
        return event is not None and self._readings.heard_at(event) > self._sent_at

    def _hold(self, subject: Any) -> float:
        """Return for how many seconds a proof has to stand: at least until the next reading."""
        seconds = self.command.holds_for(subject) * self._pace.scale
        return max(seconds, self._readings.lag) if seconds else 0.0

    @property
    def _limit(self) -> float:
        """Return for how many seconds the command is followed."""
        option = self.command.timeout_option
        chosen = None if option is None else self._readings.option(option)
        return (self.command.timeout if chosen is None else chosen) * self._pace.scale

    async def _async_insist(self, subject: Any) -> None:
        """Send the command again where a reading shows that it is needed and disturbs nothing.

        Raises UnprovenError where nothing is left to be tried.
        """
        if not self._stands(subject):
            self._moved_at = self._readings.now
        thwarted = self._is_thwarted(subject)
        now = self._readings.now
        stood = now - self._moved_at >= self.command.stall_timeout * self._pace.scale
        if self._is_due():
            await self._async_send_again(subject)
        elif thwarted and self._thwarts:
            if await self._async_send_again(subject):
                self._thwarts -= 1
        elif stood:
            if not self._repeats:
                raise self._unproven(subject)
            if await self._async_send_again(subject):
                self._repeats, self._moved_at = self._repeats - 1, now

    def _stands(self, subject: Any) -> bool:
        """Return whether nothing moves, as far as this driver can be believed."""
        if self.command.unaffected is not None and self._before is not None:
            return self.command.unaffected(self._before, subject)
        if self.command.progress is not None:
            before, self._progress = self._progress, self.command.progress(subject)
            return self._progress == before
        moves = self._motion.places.moves and not self.command.is_stop
        if moves or not self.command.stalled(subject, self._reader.equipment):
            return False
        return self._motion.believed or self._pause is not None

    def _is_thwarted(self, subject: Any) -> bool:
        """Return whether something else did the opposite since, or undid what was proven."""
        if self._readings.now - self._sent_at < self._readings.lag:
            return False
        heard = (self._readings.heard_at(event) for event in self.command.overridden_by)
        undone = self._undone_at > self._sent_at and not self.command.may_pause
        undone = undone or max(heard, default=0.0) > self._sent_at
        return undone or self.command.overridden(subject)

    def _is_due(self) -> bool:
        """Return whether the command is due to be sent again for want of a good reply.

        By then nothing moves; or it is a stop, which is due whatever moves.
        """
        if self._pause is None:
            return False
        moved_at = self._moved_at if self.command.gives_up_early else self._sent_at
        stood = self._readings.now - max(moved_at, self._sent_at)
        return stood >= max(self._pause * self._pace.scale, self._readings.lag)

    @property
    def _seen_text(self) -> str:
        """Return the last reading in words."""
        return "?" if self._seen is None else str(self._seen)

    def _unproven(self, subject: Any) -> HomeAssistantError:
        """Return the error of a command that did not happen: what it reads now, and how long."""
        shown = subject is not None and not self.command.state_unknown(subject)
        if not shown and (self._unread or subject is not None):
            return UnreadError(self.command.key, self.command.subject)
        ending = Ending.UNPROVEN
        if subject is not None:
            ending = self.command.ending(subject, self._reader.equipment)
        return UnprovenError(
            self.command.key,
            ending,
            seconds=self._readings.now - self._asked_at,
            seen=self._seen_text,
            age=self._readings.now - self._read_at,
            words=self._denied,
        )


def _refused(reason: Refusal) -> ServiceValidationError:
    """Return the error of a command that cannot be sent now."""
    return RefusedError(reason) if isinstance(reason, Reason) else reason
