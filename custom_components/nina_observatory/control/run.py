"""A command under way: checked, sent, and watched until a reading proves it."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..api import (
    Equipment,
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
from .motion import Motion

if TYPE_CHECKING:
    from .runner import CommandRunner

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


class CommandRun:
    """A command under way.

    `begun` is set when it goes out, `sent` once there is nothing left but to watch.
    """

    def __init__(self, runner: CommandRunner, command: Command[Any]) -> None:
        """Prepare the run; nothing is sent yet."""
        self.command = command
        self.wake = asyncio.Event()
        self.begun = asyncio.Event()
        self.sent = asyncio.Event()
        self._ended = asyncio.Event()
        self._runner = runner
        self._pace = runner.pace
        self._looked_at = float("inf")
        self._interrupted: Reason | None = None
        self._missing = 0
        self._seen: object = None
        self._progress: object = None
        self._before: Any = None
        # Loop times of the call, of the last request and of the last reading.
        self._asked_at = self._sent_at = self._read_at = runner.loop.time()
        self._moved_at = self._asked_at
        self._proven_at: float | None = None
        self._undone_at = float("-inf")
        self._repeats = command.repeats
        self._thwarts = THWARTED_TRIES
        self._unread = False
        # What N.I.N.A. answered last instead of doing it.
        self._denied: str | None = None
        # Seconds after which it is sent again for want of a good reply, and how often it was.
        self._pause: float | None = None
        self._failures = 0
        self._motion = Motion(runner, command)

    def interrupt(self, reason: Reason) -> None:
        """End the run at its next breath, for a reason."""
        self._interrupted = self._interrupted or reason
        self._ended.set()
        self.wake.set()

    def raise_if_interrupted(self) -> None:
        """Raise HomeAssistantError if something ended the run."""
        if self._interrupted is not None:
            raise EndedError(self._interrupted)

    async def async_run(self) -> None:
        """Check, send, watch."""
        if self.command.at_once:
            await self._async_run_at_once()
        else:
            await self._async_run_checked()
        self._runner.note_proven(self.command)

    async def _async_run_at_once(self) -> None:
        """Send, then look; the last reading from before is what the next ones are compared with."""
        before = self._runner.last_read(self.command)
        self._unread = before is None
        if await self._async_send(before) is None:
            await self._async_send(before)
            # Says more than the words of N.I.N.A. where the device is not there at all.
            await self._async_check()
        self.sent.set()
        await self._async_watch(before)

    async def _async_run_checked(self) -> None:
        """Look whether it can be sent and has to be, send it, and look until it is proven."""
        command = self.command
        subject = await self._async_check()
        if subject is not None and command.is_needless(subject, self._equipment):
            # A reading may still show the time before the command that this one overtook.
            await self._async_rest(max(self._hold(subject), self._runner.settled_in(command)))
            subject = await self._async_check()
            if subject is not None and command.is_needless(subject, self._equipment):
                return
        self._unread = subject is None
        begins = subject is None or not command.underway(subject, self._equipment)
        if begins:
            reply = await self._async_send(subject)
            if not command.readable:
                self._judge(reply)
                if command.subject is Subject.SEQUENCE:
                    # What was loaded shows at once, although a sequence at rest is seldom read.
                    await self._async_read()
        self.begun.set()
        self.sent.set()
        if command.readable:
            await self._async_watch(subject)
            measured = begins and subject is not None
            self._motion.end(self._now - self._sent_at if measured else None)

    @property
    def _equipment(self) -> Equipment:
        """Return the equipment as read for the last look: nothing that was read before counts."""
        return self._runner.rig.since(self._looked_at).equipment

    @property
    def _lacks(self) -> bool:
        """Return whether the last look brought nothing of a device that the rig has."""
        return self._runner.lacks(self.command, self._equipment)

    @property
    def _is_disconnected(self) -> bool:
        """Return whether the last look showed that the device is not connected."""
        return self._runner.is_disconnected(self.command, self._equipment)

    async def _async_read(self, *, consulting: bool = False) -> tuple[bool, Any | None]:
        """Return whether N.I.N.A. answers, and what the command is about, freshly read.

        Where it is about to be sent, what else decides about that is read at the same time.
        """
        self._looked_at = self._now
        look = self._runner.async_look(self.command)
        if not consulting or self.command.consult is None:
            return await self._async_unless_ended(look)
        both = await self._async_unless_ended(asyncio.gather(self.command.consult(), look))
        looked: tuple[bool, Any | None] = both[1]
        return looked

    async def _async_unless_ended[T](self, work: Awaitable[T]) -> T:
        """Return what comes of some work; give it up at once when something ends the run."""
        working, ended = asyncio.ensure_future(work), asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
            self.raise_if_interrupted()
            return await working
        finally:
            working.cancel()
            ended.cancel()

    def _hold(self, subject: Any) -> float:
        """Return for how many seconds a proof has to stand: at least until the next reading."""
        seconds = self.command.holds_for(subject) * self._pace.scale
        return max(seconds, self._runner.settle) if seconds else 0.0

    @property
    def _now(self) -> float:
        """Return the time of the loop."""
        return self._runner.loop.time()

    async def _async_check(self) -> Any:
        """Return what the command is about, or raise if it cannot be commanded now.

        None is what cannot be read and is commanded all the same.
        """
        command = self.command
        self._note_last_place()
        reachable, subject = await self._async_read(consulting=True)
        for _ in range(CHECKS if command.protects else command.repeats):
            if reachable and (subject is not None or not self._lacks):
                break
            # What protects the observatory is not given up because of one lost packet.
            await self._async_rest(self._pace.look_again)
            reachable, subject = await self._async_read(consulting=True)
        if subject is None and command.sent_unread and not self._is_disconnected:
            if (reason := command.unread_refusal(self._equipment)) is None:
                return None
            # Where nobody answers, that is what is wrong.
            raise _refused(reason) if reachable else DisturbedError(Reason.CANNOT_CONNECT)
        if not reachable:
            raise DisturbedError(Reason.CANNOT_CONNECT)
        if subject is None and self._lacks:
            raise DisturbedError(Reason.NOT_READ)
        if subject is None:
            await self._runner.async_raise_if_unknown(command)
            raise NotConnectedError(command.subject)
        self._raise_if_refused(subject)
        self._note(subject, reachable=True)
        return subject

    def _note_last_place(self) -> None:
        """Take note of where the device was before: it may be stopped before it is read twice."""
        subject, state = self.command.subject, self._runner.rig.data
        if isinstance(subject, Role) and (device := state.device(subject)) is not None:
            self._motion.note_place(device, state.read_at[subject])

    def _raise_if_refused(self, subject: Any) -> None:
        """Raise ServiceValidationError if something speaks against sending the command now."""
        if (reason := self.command.refusal(subject, self._equipment)) is not None:
            raise _refused(reason)

    async def _async_send(self, subject: Any) -> Reply | None:
        """Send the command; give up waiting for the reply when the run is interrupted."""
        self.raise_if_interrupted()
        self.begun.set()
        self._denied, self._pause, self._sent_at = None, None, self._now
        self._runner.note_sent(self.command)
        return await self._async_unless_ended(self._async_request(subject))

    async def _async_request(self, subject: Any) -> Reply | None:
        """Send the request and return the reply, None where none came but readings will tell."""
        command = self.command
        async with translated_errors(command.key):
            try:
                reply = await command.async_send(self._runner.client_for(command), subject)
            except NinaNotReadyError:
                raise
            except NinaCommandError as err:
                # Any exception of a driver ends in such a reply, also once the movement has begun.
                if not (command.readable and command.protects):
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
        if not self.command.protects or self._failures == len(FAILED_PAUSES):
            return
        lost = isinstance(err, NinaCommandLostError | NinaTimeoutError)
        self._pause = self.command.patience if lost else FAILED_PAUSES[self._failures]
        self._failures += 1

    async def _async_send_again(self, subject: Any) -> bool:
        """Send the command once more; what goes wrong with that does not end the watch.

        Returns whether enough was read for that.
        """
        if self.command.consult is not None:
            _, subject = await self._async_read(consulting=True)
            if subject is None:
                return False
        self._raise_if_refused(subject)
        try:
            await self._async_send(subject)
        except HomeAssistantError as err:
            self.raise_if_interrupted()
            LOGGER.debug("%s could not be sent again: %s", self.command.key, err)
        return True

    def _judge(self, reply: Reply | None) -> None:
        """Take N.I.N.A.'s own word, where no reading can show what happened."""
        if reply is None or not reply.success:
            raise UnconfirmedError(self.command.key)
        LOGGER.info("%s: N.I.N.A. says so, no reading shows it", self.command.key)

    async def _async_watch(self, before: Any) -> None:
        """Look until a reading proves the command, or raise."""
        self._before = before
        started = self._moved_at = self._read_at = self._now
        await self._async_breathe(self._pace.first_look)
        while True:
            asked = self._now
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
                    self._undone_at, self._proven_at = self._now, None
                before = subject if before is None else before
                await self._async_insist(subject)
            holds = subject is not None and self._proven_at is not None
            if self._now - started >= self._limit and not holds:
                raise self._unproven(subject)
            self._motion.tell_if_late(
                self._now - self._sent_at, self._now - self._asked_at, self._seen_text
            )
            await self._async_breathe(self._pace.look_again)

    async def _async_insist(self, subject: Any) -> None:
        """Send the command again where a reading shows that it is needed and disturbs nothing.

        Raises UnprovenError where nothing is left to be tried.
        """
        if not self._stands(subject):
            self._moved_at = self._now
        thwarted = self._is_thwarted(subject)
        stood = self._now - self._moved_at >= self.command.patience * self._pace.scale
        if self._is_due():
            await self._async_send_again(subject)
        elif thwarted and self._thwarts:
            if await self._async_send_again(subject):
                self._thwarts -= 1
        elif stood:
            if not self._repeats:
                raise self._unproven(subject)
            now = self._now
            if await self._async_send_again(subject):
                self._repeats, self._moved_at = self._repeats - 1, now

    def _is_thwarted(self, subject: Any) -> bool:
        """Return whether something else did the opposite since, or undid what was proven."""
        if self._now - self._sent_at < self._runner.settle:
            return False
        heard = (self._runner.heard_at(event) for event in self.command.thwarted_by)
        undone = self._undone_at > self._sent_at and not self.command.pauses
        undone = undone or max(heard, default=0.0) > self._sent_at
        return undone or self.command.thwarted(subject)

    @property
    def _limit(self) -> float:
        """Return for how many seconds the command is followed."""
        option = self.command.limit_option
        seconds = self.command.limit if option is None else self._runner.option(option)
        return (self.command.limit if seconds is None else seconds) * self._pace.scale

    async def _async_look(self) -> Any:
        """Return a fresh reading, None where there is none.

        Raises HomeAssistantError if the device is lost, or nothing was read for too long.
        """
        reachable, subject = False, None
        with suppress(TimeoutError):
            left = self._read_at + self._pace.silence - self._now
            # At the end of that time N.I.N.A. may still answer, without the device.
            async with asyncio.timeout(max(left, self._pace.silence / 9)):
                reachable, subject = await self._async_read()
        self._note(subject, reachable=reachable)
        if subject is None and self._now - self._read_at >= self._pace.silence:
            if self._unread or reachable:
                raise UnreadError(self.command.key, self.command.subject)
            age = self._now - self._read_at
            raise SilentError(self.command.key, self.command.subject, seen=self._seen_text, age=age)
        return subject

    def _is_proven(self, before: Any, subject: Any) -> bool:
        """Return whether a reading proves the command.

        A driver may go on saying that it moves for minutes after it has arrived.
        """
        command = self.command
        if command.silent(subject):
            return self._is_announced()
        if before is None:
            return command.proof is not None and command.proof(subject)
        if command.is_proven(before, subject):
            return True
        return (
            command.arrived is not None and command.arrived(subject) and self._motion.places.stands
        )

    def _is_announced(self) -> bool:
        """Return whether an event proves what cannot be read."""
        event = self.command.announced_by
        return event is not None and self._runner.heard_at(event) > self._sent_at

    def _is_due(self) -> bool:
        """Return whether the command is due to be sent again for want of a good reply.

        By then nothing moves; or it is a stop, which is due whatever moves.
        """
        if self._pause is None:
            return False
        moved_at = self._moved_at if self.command.gives_up_early else self._sent_at
        stood = self._now - max(moved_at, self._sent_at)
        return stood >= max(self._pause * self._pace.scale, self._runner.settle)

    def _stands(self, subject: Any) -> bool:
        """Return whether nothing moves, as far as this driver can be believed."""
        if self.command.stalled is not None and self._before is not None:
            return self.command.stalled(self._before, subject)
        if self.command.progress is not None:
            before, self._progress = self._progress, self.command.progress(subject)
            return self._progress == before
        moves = self._motion.places.moves and not self.command.stops
        if moves or not self.command.standing(subject, self._equipment):
            return False
        return self._motion.believed or self._pause is not None

    async def _async_breathe(self, seconds: float) -> None:
        """Wait until it is worth looking again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        self.raise_if_interrupted()
        if self.wake.is_set():
            self.wake.clear()
            await asyncio.sleep(self._pace.after_event)

    async def _async_rest(self, seconds: float) -> None:
        """Wait, whatever is announced meanwhile, unless the run is interrupted."""
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._ended.wait()
        self.raise_if_interrupted()

    def _note(self, subject: Any | None, *, reachable: bool) -> None:
        """Take note of a reading; raises HomeAssistantError if the device is lost."""
        command = self.command
        if subject is not None:
            self._missing, self._seen, self._read_at = 0, command.seen(subject), self._now
            self._motion.note(subject, self._equipment, self._now)
        elif reachable and not self._unread and not self._lacks:
            self._missing += 1
            if self._missing >= READINGS_UNTIL_LOST:
                raise LostError(command.subject)

    @property
    def _seen_text(self) -> str:
        """Return the last reading in words."""
        return "?" if self._seen is None else str(self._seen)

    def _unproven(self, subject: Any) -> HomeAssistantError:
        """Return the error of a command that did not happen: what it reads now, and how long."""
        shown = subject is not None and not self.command.silent(subject)
        if not shown and (self._unread or subject is not None):
            return UnreadError(self.command.key, self.command.subject)
        ending = Ending.UNPROVEN
        if subject is not None:
            ending = self.command.ending(subject, self._equipment)
        return UnprovenError(
            self.command.key,
            ending,
            seconds=self._now - self._asked_at,
            seen=self._seen_text,
            age=self._now - self._read_at,
            words=self._denied,
        )


def _refused(reason: Refusal) -> ServiceValidationError:
    """Return the error of a command that cannot be sent now."""
    return RefusedError(reason) if isinstance(reason, Reason) else reason
