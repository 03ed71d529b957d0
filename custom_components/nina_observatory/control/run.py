"""A command in progress: checked, sent, and watched until a reading proves it."""

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
    DisconnectedError,
    EndedError,
    Ending,
    NeverReadError,
    NoAnswerError,
    NotConnectedError,
    Reason,
    RefusedError,
    TransientError,
    UnconfirmedError,
    UnprovenError,
    translated_errors,
)
from ..helpers.words import words
from .command import Command, Readings, Refusal, SubjectReader
from .movements import LateListener, Motion, Movements

# Consecutive readings without the device after which it is lost.
READINGS_UNTIL_LOST = 2
# Further readings before a safety-critical command gives up a device that does not answer.
CHECKS = 2
# How often a command is sent again because something else did the opposite.
OVERRIDE_TRIES = 3
# Seconds after an error reply until a safety-critical command is sent again; as many tries.
FAILED_RETRIES_AFTER = (4.0, 15.0, 30.0)
# After these a command may or may not have happened: readings decide, where there are any.
NO_REPLY = (NinaTimeoutError, NinaCommandLostError, NinaResponseError)


class _InterruptedError(Exception):
    """The run was interrupted; never leaves this module."""


class CommandRun:
    """One command being carried out: checked, sent, and watched until a reading proves it.

    `begun` is set when the request is sent, `sent` when only the watch remains. Set `wake` to make
    it read at once.
    """

    def __init__(
        self,
        command: Command[Any],
        readings: Readings,
        movements: Movements,
        notify_late: LateListener,
    ) -> None:
        """Prepare the run; `notify_late` is called for a movement that takes unusually long."""
        self.command = command
        self.wake = asyncio.Event()
        self.begun = asyncio.Event()
        self.sent = asyncio.Event()
        self._ended: asyncio.Future[Reason] = readings.hass.loop.create_future()
        self._readings = readings
        self._pace = readings.pace
        self._reader = SubjectReader(command, readings)
        self._motion = Motion(command, readings, movements, notify_late)

        # Loop times of the call, the last request and the last reading.
        self._asked_at = self._sent_at = self._read_at = readings.now
        # Whether it was sent although the subject could not be read.
        self._sent_unread = False
        # The reading from before it was sent, what the last one showed, and how many there were
        # without the device since then.
        self._before: Any = None
        self._last_reading: object = None
        self._missing = 0
        # Loop times: the device last moved, the proof appeared, and it disappeared again.
        self._moved_at = self._asked_at
        self._proven_at: float | None = None
        self._lost_proof_at = float("-inf")

        # Tries left: after a stall, and against something that does the opposite.
        self._retries = command.retries
        self._overrides = OVERRIDE_TRIES
        # Seconds until it is sent again after a bad reply, and the number of such replies.
        self._retry_after: float | None = None
        self._failures = 0
        # N.I.N.A.'s last reply if it was an error.
        self._error_text: str | None = None

    def interrupt(self, reason: Reason) -> None:
        """End the run at once; its caller gets `reason`."""
        if not self._ended.done():
            self._ended.set_result(reason)

    def raise_if_interrupted(self) -> None:
        """Raise EndedError if the run was interrupted."""
        if self._ended.done():
            raise EndedError(self._ended.result())

    @asynccontextmanager
    async def _interruptible(self) -> AsyncIterator[None]:
        """Raise EndedError as soon as the run is interrupted."""
        try:
            async with interrupt(self._ended, _InterruptedError, None):
                yield
        except _InterruptedError:
            raise EndedError(self._ended.result()) from None

    async def async_run(self) -> None:
        """Check that the command has to be sent and can be, send it, and watch until it is proven.

        Raises ServiceValidationError if it cannot be sent now, EndedError if it is interrupted,
        HomeAssistantError if it does not happen.
        """
        async with self._interruptible():
            # Check. An immediate command goes out before anything is read.
            command = self.command
            before = self._reader.last_reading if command.immediate else await self._async_check()
            if self._is_already_done(before):
                # The reading may not show the effect of the preempted command yet.
                settled_in = self._readings.settled_in(command.subject)
                await asyncio.sleep(
                    max(command.hold_time_for(before, self._readings), settled_in, 0.0)
                )
                before = await self._async_check()
            if not self._is_already_done(before):
                # Send, unless the device is already doing it.
                self._sent_unread = before is None
                sends = before is None or not self._is_in_progress(before)
                if sends:
                    await self._async_send_first(before)
                self.begun.set()
                self.sent.set()
                # Watch.
                if command.readable:
                    await self._async_watch(before)
                    measured = sends and before is not None
                    self._motion.end(self._readings.now - self._sent_at if measured else None)
            self._readings.note_proven(command.subject)

    # Check

    async def _async_check(self) -> Any:
        """Return a reading of the subject, None if the command is to be sent without one.

        Raises ServiceValidationError or TransientError if it cannot be sent now.
        """
        command, reader = self.command, self._reader
        role, state = command.subject, self._readings.equipment.data
        if isinstance(role, Role) and (device := state.device(role)) is not None:
            # It may have stopped before a second reading shows where it points.
            self._motion.note_pointing(device, state.read_at[role])
        reachable, subject = await reader.async_read_to_send()
        for _ in range(CHECKS if command.safety_critical else command.retries):
            if reachable and (subject is not None or not reader.lacks):
                break
            # One lost packet must not stop a safety-critical command.
            await asyncio.sleep(self._pace.read_again)
            reachable, subject = await reader.async_read_to_send()
        if subject is None and command.allow_unread and not reader.is_disconnected:
            if (reason := command.unread_precondition(reader.equipment)) is None:
                return None
            # If N.I.N.A. does not answer at all, report that instead.
            raise _refused(reason) if reachable else TransientError(Reason.CANNOT_CONNECT)
        if not reachable:
            raise TransientError(Reason.CANNOT_CONNECT)
        if subject is None and reader.lacks:
            raise TransientError(Reason.NOT_READ)
        if subject is None:
            await reader.async_raise_if_too_old()
            raise NotConnectedError(command.subject)
        self._raise_unless_allowed(subject)
        self._note(subject, reachable=True)
        return subject

    def _is_already_done(self, subject: Any) -> bool:
        """Return whether a reading shows that there is nothing to do."""
        command = self.command
        if command.immediate or subject is None:
            return False
        return command.is_already_done(subject, self._reader.equipment)

    def _is_in_progress(self, subject: Any) -> bool:
        """Return whether the device is already doing it, so that there is nothing to send.

        That includes a device that moves because an earlier run sent the same command and lost track of
        it: parked again while it parks, a mount stops and starts again (docs/field-notes.md, Mount).
        """
        command, readings = self.command, self._readings
        if command.in_progress(subject, self._reader.equipment):
            return True
        if not command.safety_critical or command.reports_motion is None:
            return False
        since = readings.pending_since(command.key, command.subject)
        overridden = any(readings.received_at(event) > since for event in command.overridden_by)
        recent = 0 <= readings.now - since < command.timeout_for(readings)
        return recent and not overridden and command.reports_motion(subject, self._reader.equipment)

    def _raise_unless_allowed(self, subject: Any) -> None:
        """Raise ServiceValidationError if the command must not be sent now."""
        if (reason := self.command.precondition(subject, self._reader.equipment)) is not None:
            raise _refused(reason)

    # Send

    async def _async_send_first(self, subject: Any) -> None:
        """Send the command; without a reading that can prove it, N.I.N.A.'s reply decides.

        Raises UnconfirmedError if that is no success.
        """
        command = self.command
        reply = await self._async_send(subject)
        if command.immediate and reply is None:
            await self._async_send(subject)
            # Raises a clearer error than N.I.N.A.'s if there is no device.
            await self._async_check()
        if command.readable:
            return
        if reply is None or not reply.success:
            raise UnconfirmedError(command.key)
        LOGGER.info("%s: confirmed by N.I.N.A., but not by a reading", command.key)
        if command.subject is Subject.SEQUENCE:
            # Show the loaded sequence at once: while none runs it is rarely read.
            await self._reader.async_read()

    async def _async_send(self, subject: Any) -> Reply | None:
        """Send the request and return the reply, None if it failed but readings can still decide."""
        # An interruption reaches this task a moment later; nothing may be sent in between.
        self.raise_if_interrupted()
        command, readings = self.command, self._readings
        self.begun.set()
        self._error_text, self._retry_after, self._sent_at = None, None, readings.now
        readings.note_sent(
            command.key,
            command.subject,
            settle_time=command.settle_time,
            destination=command.destination,
        )
        client = readings.client.trying if command.try_on_old_servers else readings.client
        async with translated_errors(command.key):
            try:
                reply = await command.async_send(client, subject)
            except NinaNotReadyError:
                raise
            except NinaCommandError as err:
                # N.I.N.A. replies like this to any exception of a driver, even after the device started.
                if not (command.readable and command.safety_critical):
                    raise
                LOGGER.debug("%s: N.I.N.A. replied %s, watching the device", command.key, err)
                self._error_text = err.text
                self._plan_retry(err)
                return None
            except NO_REPLY as err:
                if not command.readable or isinstance(err, NinaNotFoundError):
                    raise
                LOGGER.debug("%s: no reply (%s), watching the device", command.key, err)
                self._plan_retry(err)
                return None
        LOGGER.debug("%s: %s", command.key, reply)
        return reply

    def _plan_retry(self, err: NinaError) -> None:
        """Plan to send a safety-critical command again, unless a reading shows that it works.

        Wait longer for a lost request: the device may have started.
        """
        if not self.command.safety_critical or self._failures == len(FAILED_RETRIES_AFTER):
            return
        lost = isinstance(err, NinaCommandLostError | NinaTimeoutError)
        self._retry_after = (
            self.command.stall_timeout if lost else FAILED_RETRIES_AFTER[self._failures]
        )
        self._failures += 1

    async def _async_send_again(self, subject: Any) -> bool:
        """Send the command again and return True; return False if the subject was not read.

        An error reply does not end the watch. Raises ServiceValidationError if the command must
        not be sent any more.
        """
        if self.command.read_also is not None:
            _, subject = await self._reader.async_read_to_send()
            if subject is None:
                return False
        self._raise_unless_allowed(subject)
        try:
            await self._async_send(subject)
        except HomeAssistantError as err:
            self.raise_if_interrupted()
            LOGGER.debug("%s could not be sent again: %s", self.command.key, err)
        return True

    # Watch

    async def _async_watch(self, before: Any) -> None:
        """Read until the command is proven, and send it again where needed.

        Raises HomeAssistantError if it is not proven in time.
        """
        readings = self._readings
        self._before = before
        started = self._moved_at = self._read_at = readings.now
        await self._async_wait(self._pace.first_read)
        while True:
            asked = readings.now
            subject = await self._async_fetch()
            if subject is None:
                if self._is_announced():
                    return
            elif self._is_proven(before, subject):
                self._proven_at = asked if self._proven_at is None else self._proven_at
                if asked - self._proven_at >= self.command.hold_time_for(subject, readings):
                    return
            else:
                if self._proven_at is not None:
                    self._lost_proof_at, self._proven_at = readings.now, None
                before = subject if before is None else before
                await self._async_send_again_if_needed(subject)
            holds = subject is not None and self._proven_at is not None
            if readings.now - started >= self.command.timeout_for(readings) and not holds:
                raise self._failure(subject)
            since_sent, since_asked = readings.now - self._sent_at, readings.now - self._asked_at
            self._motion.notify_if_late(since_sent, since_asked, self._last_reading)
            await self._async_wait(self._pace.read_again)

    async def _async_fetch(self) -> Any:
        """Return a fresh reading, None if there is none.

        Raises DisconnectedError if the device is lost, NoAnswerError or NeverReadError after a long silence.
        """
        reachable, subject = False, None
        with suppress(TimeoutError):
            left = self._read_at + self._pace.silence - self._readings.now
            # Leave time for a last reply, which may show that only the device is missing.
            async with asyncio.timeout(max(left, self._pace.silence / 9)):
                reachable, subject = await self._reader.async_read()
        self._note(subject, reachable=reachable)
        age = self._readings.now - self._read_at
        if subject is None and age >= self._pace.silence:
            if self._sent_unread or reachable:
                raise NeverReadError(self.command.key, self.command.subject)
            raise NoAnswerError(
                self.command.key, self.command.subject, seen=self._reading_text, age=age
            )
        return subject

    def _note(self, subject: Any | None, *, reachable: bool) -> None:
        """Record a reading; raise DisconnectedError if the device is lost."""
        if subject is not None:
            self._missing, self._last_reading = 0, self.command.reads(subject)
            self._read_at = self._readings.now
            self._motion.note(subject, self._reader.equipment)
        elif reachable and not self._sent_unread and not self._reader.lacks:
            self._missing += 1
            if self._missing >= READINGS_UNTIL_LOST:
                raise DisconnectedError(self.command.subject)

    async def _async_wait(self, seconds: float) -> None:
        """Wait some seconds, or until `wake` is set."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        if self.wake.is_set():
            self.wake.clear()
            await asyncio.sleep(self._pace.after_event)

    def _is_proven(self, before: Any, subject: Any) -> bool:
        """Return whether a reading proves the command.

        For drivers that report a movement for minutes after its end, where the device points does.
        """
        command = self.command
        if command.state_unknown(subject):
            return self._is_announced()
        if before is None:
            return command.succeeded is not None and command.succeeded(subject)
        if command.is_proven(before, subject):
            return True
        return (
            command.arrived is not None
            and command.arrived(subject)
            and self._motion.pointing.stands
        )

    def _is_announced(self) -> bool:
        """Return whether an event proved the command since it was sent."""
        event = self.command.success_event
        return event is not None and self._readings.received_at(event) > self._sent_at

    async def _async_send_again_if_needed(self, subject: Any) -> None:
        """Send the command again if the reading calls for it.

        Raises UnprovenError if it stalled and no try is left.
        """
        failed, equipment = self._retry_after is not None, self._reader.equipment
        if not self._motion.is_stalled(self._before, subject, equipment, failed=failed):
            self._moved_at = self._readings.now
        overridden = self._is_overridden(subject)
        now = self._readings.now
        stalled = now - self._moved_at >= self.command.stall_timeout * self._pace.scale
        if self._is_retry_due():
            await self._async_send_again(subject)
        elif overridden and self._overrides:
            if await self._async_send_again(subject):
                self._overrides -= 1
        elif stalled:
            if not self._retries:
                raise self._failure(subject)
            if await self._async_send_again(subject):
                self._retries, self._moved_at = self._retries - 1, now

    def _is_overridden(self, subject: Any) -> bool:
        """Return whether something else did the opposite since it was sent, or the proof vanished."""
        if self._readings.now - self._sent_at < self._readings.lag:
            return False
        received = (self._readings.received_at(event) for event in self.command.overridden_by)
        undone = self._lost_proof_at > self._sent_at and not self.command.may_pause
        undone = undone or max(received, default=0.0) > self._sent_at
        return undone or self.command.overridden(subject)

    def _is_retry_due(self) -> bool:
        """Return whether to send the command again after a bad reply.

        Not while the device moves, unless the command is a stop.
        """
        if self._retry_after is None:
            return False
        moved_at = self._moved_at if self.command.can_stall else self._sent_at
        stood = self._readings.now - max(moved_at, self._sent_at)
        return stood >= max(self._retry_after * self._pace.scale, self._readings.lag)

    @property
    def _reading_text(self) -> str:
        """Return the last reading in words."""
        return words(self._readings.hass).of(self._last_reading)

    def _failure(self, subject: Any) -> HomeAssistantError:
        """Return the error of a command that was not proven."""
        shown = subject is not None and not self.command.state_unknown(subject)
        if not shown and (self._sent_unread or subject is not None):
            return NeverReadError(self.command.key, self.command.subject)
        ending = Ending.UNPROVEN
        if subject is not None:
            ending = self.command.ending(subject, self._reader.equipment)
        return UnprovenError(
            self.command.key,
            ending,
            seconds=self._readings.now - self._asked_at,
            seen=self._reading_text,
            age=self._readings.now - self._read_at,
            words=self._error_text,
        )


def _refused(reason: Refusal) -> ServiceValidationError:
    """Return the error of a command that cannot be sent now."""
    return RefusedError(reason) if isinstance(reason, Reason) else reason
