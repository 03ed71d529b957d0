"""The one mechanism of confirmed commands: a command that returned has happened (design 5).

Check → send → watch. Only a reading that was asked for after the command was sent proves
anything: N.I.N.A. answers "success" before anything moved, and its completion events come
when the driver call returned, also when nothing moved. Events merely hasten the next reading.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .api import (
    Equipment,
    NinaClient,
    NinaCommandLostError,
    NinaTimeoutError,
    Reply,
    Role,
)
from .const import DOMAIN, LOGGER
from .coordinator import RigCoordinator
from .entity import translated_errors
from .sequence import SequenceCoordinator

SEQUENCE = "sequence"


@dataclass(kw_only=True)
class Pace:
    """How often a command under way looks, in seconds."""

    # N.I.N.A. polls its drivers every 2 s; looking more often shows nothing newer.
    look_again: float = 2.0
    first_look: float = 0.5
    # An event announces an end a moment before the reading shows it.
    after_event: float = 0.3
    # Scales the limits and the patience of all commands; 1 outside of tests.
    scale: float = 1.0


# Readings in a row without the device that make it a lost one rather than a hiccup.
READINGS_UNTIL_LOST = 2


def _never(_subject: object, _equipment: Equipment) -> bool:
    """Answer no."""
    return False


def _allowed(_subject: object, _equipment: Equipment) -> str | None:
    """Find nothing against it."""
    return None


@dataclass(frozen=True, kw_only=True)
class Command[SubjectT]:
    """One thing that can be commanded, and how a reading proves that it happened.

    `subject` is the role of the equipment, or the sequence. `key` names the texts of its errors
    in the translations. `limit` and `patience` are seconds: the command has failed when it is
    not proven within `limit`, or earlier when it is `standing` (nothing moves and nothing is
    proven) for `patience`. Closing, parking and stopping are sent again up to `repeats` times,
    but only when standing: repeated under way they make N.I.N.A. stop and start again (field
    notes 5 and 11). `underway` means the device already does it, so nothing is sent.
    `overtakes` names commands that this one ends; `yields_to` those it does not disturb.
    """

    key: str
    subject: Role | str
    send: Callable[[NinaClient, SubjectT], Awaitable[Reply]]
    proof: Callable[[SubjectT], bool]
    seen: Callable[[SubjectT], object]
    limit: float
    refusal: Callable[[SubjectT, Equipment], str | None] = _allowed
    underway: Callable[[SubjectT, Equipment], bool] = _never
    standing: Callable[[SubjectT, Equipment], bool] = _never
    patience: float = 30.0
    repeats: int = 0
    overtakes: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()


class Commander:
    """Carry out the commands of one entry, one at a time for each subject."""

    def __init__(
        self,
        hass: HomeAssistant,
        client: NinaClient,
        rig: RigCoordinator,
        sequence: SequenceCoordinator,
    ) -> None:
        """Begin with nothing under way."""
        self.loop = hass.loop
        self.client = client
        self.rig = rig
        self.pace = Pace()
        self._sequence = sequence
        self._locks: dict[str, asyncio.Lock] = {}
        self._attempts: dict[str, list[_Attempt]] = {}

    @callback
    def async_hasten(self, subject: str) -> None:
        """Look at this subject soon: an event spoke of it."""
        for attempt in self._attempts.get(subject, ()):
            attempt.wake.set()

    @callback
    def async_stop(self) -> None:
        """End what is under way, because the entry is unloaded."""
        for attempts in self._attempts.values():
            for attempt in attempts:
                attempt.interrupt("unloaded")

    async def async_run(self, command: Command[Any]) -> None:
        """Send a command and return when a reading proves it; send nothing if one does already.

        Raises ServiceValidationError when it cannot be sent now, HomeAssistantError when it was
        refused, did not happen in time, or was overtaken by one that matters more.
        """
        async with self._turn(command) as attempt:
            await attempt.async_run()

    @asynccontextmanager
    async def _turn(self, command: Command[Any]) -> AsyncIterator[_Attempt]:
        """Wait for the turn of a command, ending the ones that it overtakes."""
        subject = str(command.subject)
        attempts = self._attempts.setdefault(subject, [])
        for other in attempts:
            if other.command.key in command.yields_to:
                raise ServiceValidationError(
                    translation_domain=DOMAIN, translation_key=f"{other.command.key}_under_way"
                )
            if other.command.key in command.overtakes:
                other.interrupt("overtaken")
        attempt = _Attempt(self, command)
        attempts.append(attempt)
        try:
            async with self._locks.setdefault(subject, asyncio.Lock()):
                attempt.raise_if_interrupted()
                yield attempt
        finally:
            attempts.remove(attempt)

    async def async_look(self, subject: Role | str) -> tuple[bool, Any | None]:
        """Return whether N.I.N.A. answers, and a fresh reading of the subject where there is one."""
        if subject == SEQUENCE:
            reading = await self._sequence.async_read()
            return reading.reachable, reading.tree
        state = await self.rig.async_read()
        return state.reachable, state.device(Role(subject))


class _Attempt:
    """A command under way."""

    def __init__(self, commander: Commander, command: Command[Any]) -> None:
        """Prepare the attempt; nothing is sent yet."""
        self.command = command
        self.wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._commander = commander
        self._pace = commander.pace
        self._interrupted: str | None = None
        self._seen: object = None

    def interrupt(self, reason: str) -> None:
        """End the attempt at its next breath; `reason` is a translation key."""
        self._interrupted = self._interrupted or reason
        self._ended.set()
        self.wake.set()

    def raise_if_interrupted(self) -> None:
        """Raise HomeAssistantError if something ended the attempt."""
        if self._interrupted is not None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=self._interrupted)

    async def async_run(self) -> None:
        """Check, send, watch."""
        subject = await self._async_check()
        if self.command.proof(subject):
            return
        if not self.command.underway(subject, self._equipment):
            await self._async_send(subject)
        await self._async_watch()

    @property
    def _equipment(self) -> Equipment:
        """Return the equipment as last read."""
        return self._commander.rig.data.equipment

    async def _async_check(self) -> Any:
        """Return what the command is about, or raise if it cannot be commanded now."""
        reachable, subject = await self._commander.async_look(self.command.subject)
        if not reachable:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="cannot_connect")
        if subject is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key=f"{self.command.subject}_not_connected"
            )
        if (reason := self.command.refusal(subject, self._equipment)) is not None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key=reason)
        return subject

    async def _async_send(self, subject: Any) -> None:
        """Send the command; give up waiting for the reply when the attempt is interrupted."""
        send = asyncio.ensure_future(self._async_request(subject))
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({send, ended}, return_when=asyncio.FIRST_COMPLETED)
            self.raise_if_interrupted()
            await send
        finally:
            send.cancel()
            ended.cancel()

    async def _async_request(self, subject: Any) -> None:
        """Send the request. A reply that never came leaves it to the readings."""
        try:
            async with translated_errors(passing=(NinaTimeoutError, NinaCommandLostError)):
                reply = await self.command.send(self._commander.client, subject)
        except (NinaTimeoutError, NinaCommandLostError) as err:
            LOGGER.debug("%s: no reply (%s), watching the device", self.command.key, err)
        else:
            LOGGER.debug("%s: %s", self.command.key, reply)

    async def _async_watch(self) -> None:
        """Look until a reading proves the command, or raise."""
        started = moved = self._commander.loop.time()
        repeats, missing = self.command.repeats, 0
        await self._async_breathe(self._pace.first_look)
        while True:
            reachable, subject = await self._commander.async_look(self.command.subject)
            now = self._commander.loop.time()
            if subject is not None:
                missing, self._seen = 0, self.command.seen(subject)
                if self.command.proof(subject):
                    return
                if not self.command.standing(subject, self._equipment):
                    moved = now
                elif now - moved >= self.command.patience * self._pace.scale:
                    if not repeats:
                        raise self._unproven(now - started)
                    repeats, moved = repeats - 1, now
                    await self._async_send(subject)
            elif reachable and (missing := missing + 1) >= READINGS_UNTIL_LOST:
                raise self._lost()
            if now - started >= self.command.limit * self._pace.scale:
                raise self._unproven(now - started)
            await self._async_breathe(self._pace.look_again)

    async def _async_breathe(self, seconds: float) -> None:
        """Wait until it is worth looking again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        self.raise_if_interrupted()
        if self.wake.is_set():
            self.wake.clear()
            await asyncio.sleep(self._pace.after_event)

    def _unproven(self, waited: float) -> HomeAssistantError:
        """Return the error of a command that did not happen: what it reads now, and how long."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=f"{self.command.key}_unproven",
            translation_placeholders={
                "seconds": f"{waited:.0f}",
                "seen": "?" if self._seen is None else str(self._seen),
            },
        )

    def _lost(self) -> HomeAssistantError:
        """Return the error of a device that was lost while it was to do something."""
        return HomeAssistantError(
            translation_domain=DOMAIN, translation_key=f"{self.command.subject}_lost"
        )
