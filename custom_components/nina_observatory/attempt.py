"""A command under way: checked, sent, and watched until a reading proves it."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError

from .api import (
    Equipment,
    NinaCommandLostError,
    NinaNotFoundError,
    NinaResponseError,
    NinaTimeoutError,
    Reply,
)
from .command import Command
from .const import LOGGER, Subject
from .errors import (
    DisturbedError,
    EndedError,
    LostError,
    NotConnectedError,
    Reason,
    RefusedError,
    UnconfirmedError,
    UnprovenError,
    translated_errors,
)

if TYPE_CHECKING:
    from .commander import Commander

# Readings in a row without the device that make it a lost one rather than a hiccup.
READINGS_UNTIL_LOST = 2
# A reply that never came or makes no sense leaves it to the readings, where there are any.
NO_REPLY = (NinaTimeoutError, NinaCommandLostError, NinaResponseError)


class Attempt:
    """A command under way.

    `begun` is set when it goes out, `sent` once there is nothing left but to watch.
    """

    def __init__(self, commander: Commander, command: Command[Any]) -> None:
        """Prepare the attempt; nothing is sent yet."""
        self.command = command
        self.wake = asyncio.Event()
        self.begun = asyncio.Event()
        self.sent = asyncio.Event()
        self._ended = asyncio.Event()
        self._commander = commander
        self._pace = commander.pace
        self._interrupted: Reason | None = None
        self._missing = 0
        self._seen: object = None
        self._progress: object = None
        self._before: Any = None

    def interrupt(self, reason: Reason) -> None:
        """End the attempt at its next breath, for a reason."""
        self._interrupted = self._interrupted or reason
        self._ended.set()
        self.wake.set()

    def raise_if_interrupted(self) -> None:
        """Raise HomeAssistantError if something ended the attempt."""
        if self._interrupted is not None:
            raise EndedError(self._interrupted)

    async def async_run(self) -> None:
        """Check, send, watch."""
        command = self.command
        subject = await self._async_check()
        if command.is_needless(subject, self._equipment):
            # A reading may still show the time before the command that this one overtook.
            await self._async_rest(max(self._hold(subject), self._commander.settled_in(command)))
            subject = await self._async_check()
            if command.is_needless(subject, self._equipment):
                return
        if not command.underway(subject, self._equipment):
            reply = await self._async_send(subject)
            if not command.readable:
                self._judge(reply)
                if command.subject is Subject.SEQUENCE:
                    # What was loaded shows at once, although a sequence at rest is seldom read.
                    await self._commander.async_look(command)
        self.begun.set()
        self.sent.set()
        if command.readable:
            await self._async_watch(subject)
        self._commander.note_proven(command)

    @property
    def _equipment(self) -> Equipment:
        """Return the equipment as last read."""
        return self._commander.rig.data.equipment

    def _hold(self, subject: Any) -> float:
        """Return for how many seconds a proof has to stand: at least until the next reading."""
        seconds = self.command.holds_for(subject) * self._pace.scale
        return max(seconds, self._commander.settle) if seconds else 0.0

    @property
    def _now(self) -> float:
        """Return the time of the loop."""
        return self._commander.loop.time()

    async def _async_check(self) -> Any:
        """Return what the command is about, or raise if it cannot be commanded now."""
        reachable, subject = await self._commander.async_look(self.command)
        for _ in range(self.command.repeats):
            if reachable and (subject is not None or not self._commander.lacks(self.command)):
                break
            # What protects the observatory is not given up because of one lost packet.
            await self._async_rest(self._pace.look_again)
            reachable, subject = await self._commander.async_look(self.command)
        if not reachable:
            raise DisturbedError(Reason.CANNOT_CONNECT)
        if subject is None:
            raise NotConnectedError(self.command.subject)
        self._raise_if_refused(subject)
        return subject

    def _raise_if_refused(self, subject: Any) -> None:
        """Raise ServiceValidationError if something speaks against sending the command now."""
        if (reason := self.command.refusal(subject, self._equipment)) is not None:
            raise RefusedError(reason) if isinstance(reason, Reason) else reason

    async def _async_send(self, subject: Any) -> Reply | None:
        """Send the command; give up waiting for the reply when the attempt is interrupted."""
        self.begun.set()
        self._commander.note_sent(self.command)
        send = asyncio.ensure_future(self._async_request(subject))
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({send, ended}, return_when=asyncio.FIRST_COMPLETED)
            self.raise_if_interrupted()
            return await send
        finally:
            send.cancel()
            ended.cancel()

    async def _async_request(self, subject: Any) -> Reply | None:
        """Send the request and return the reply, None where none came but readings will tell."""
        command = self.command
        async with translated_errors():
            try:
                reply = await command.async_send(self._commander.client, subject)
            except NO_REPLY as err:
                if not command.readable or isinstance(err, NinaNotFoundError):
                    raise
                LOGGER.debug("%s: no reply (%s), watching the device", command.key, err)
                return None
        LOGGER.debug("%s: %s", command.key, reply)
        return reply

    async def _async_send_again(self, subject: Any) -> None:
        """Send the command once more; what goes wrong with that does not end the watch."""
        try:
            await self._async_send(subject)
        except HomeAssistantError as err:
            self.raise_if_interrupted()
            LOGGER.debug("%s could not be sent again: %s", self.command.key, err)

    def _judge(self, reply: Reply | None) -> None:
        """Take N.I.N.A.'s own word, where no reading can show what happened."""
        if reply is None or not reply.success:
            raise UnconfirmedError(self.command.key)

    async def _async_watch(self, before: Any) -> None:
        """Look until a reading proves the command, or raise."""
        self._before = before
        command, scale = self.command, self._pace.scale
        started = moved = self._now
        repeats = command.repeats
        proven: float | None = None
        await self._async_breathe(self._pace.first_look)
        while True:
            asked = self._now
            reachable, subject = await self._commander.async_look(command)
            now = self._now
            self._note(subject, reachable=reachable)
            if subject is not None and command.is_proven(before, subject):
                proven = asked if proven is None else proven
                if asked - proven >= self._hold(subject):
                    return
            elif subject is not None:
                proven = None
                if not self._stands(subject):
                    moved = now
                elif now - moved >= command.patience * scale:
                    if not repeats:
                        raise self._unproven(now - started)
                    self._raise_if_refused(subject)
                    repeats, moved = repeats - 1, now
                    await self._async_send_again(subject)
            holds = subject is not None and proven is not None
            if now - started >= command.limit * scale and not holds:
                raise self._unproven(now - started)
            await self._async_breathe(self._pace.look_again)

    def _stands(self, subject: Any) -> bool:
        """Return whether nothing moves."""
        if self.command.stalled is not None and self._before is not None:
            return self.command.stalled(self._before, subject)
        if self.command.progress is None:
            return self.command.standing(subject, self._equipment)
        before, self._progress = self._progress, self.command.progress(subject)
        return self._progress == before

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
        """Wait, whatever is announced meanwhile, unless the attempt is interrupted."""
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._ended.wait()
        self.raise_if_interrupted()

    def _note(self, subject: Any | None, *, reachable: bool) -> None:
        """Take note of a reading; raises HomeAssistantError if the device is lost."""
        if subject is not None:
            self._missing, self._seen = 0, self.command.seen(subject)
        elif reachable and not self._commander.lacks(self.command):
            self._missing += 1
            if self._missing >= READINGS_UNTIL_LOST:
                raise LostError(self.command.subject)

    def _unproven(self, waited: float) -> HomeAssistantError:
        """Return the error of a command that did not happen: what it reads now, and how long."""
        seen = "?" if self._seen is None else str(self._seen)
        return UnprovenError(self.command.key, seconds=waited, seen=seen)
