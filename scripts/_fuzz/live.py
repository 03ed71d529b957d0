"""Broken answers and messages through a simulated observatory into a running Home Assistant."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import json
import logging
from random import Random
from types import MappingProxyType
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import ExtendedJSONEncoder

from custom_components.nina_observatory.diagnostics import async_get_config_entry_diagnostics
from scripts._chaos.home import Rig, rig
from scripts._home import home
from simulator import Observatory

from .answers import RARE, Sound
from .judge import judge_state
from .mutate import broken, smallest
from .plan import PREFIX, async_follow_plan, async_gather_plan

_VERSION: Final = "2.2.15.0"
# How long what was reported may be under way, in seconds.
_PATIENCE: Final = 20.0
_ATTEMPTS: Final = 60
# How long a message is made smaller, in seconds: an attempt may wait for a stream that is gone.
_SHRINKING: Final = 45.0
# Messages are as many as the answers of so many routes.
_MORE: Final = 5
# So seldom the whole of it is looked at, besides what one message changes.
_LOOK_AT_ALL: Final = 25


@dataclass(frozen=True)
class Failure:
    """What was found: where a message went, what came of it, and the smallest that does."""

    where: str
    number: int
    error: str
    message: Any


class _Complaints(logging.Handler):
    """Keep what is logged as an error, or with an exception."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line and the end of its traceback."""
        if record.levelno >= logging.ERROR or record.exc_info:
            error = record.exc_info[1] if record.exc_info else None
            self.lines.append(f"{record.getMessage()} {error!r}"[:500])


async def async_run_live(sound: Sound, seed: int, number: int) -> Failure | None:
    """Let broken messages in one after the other; return the first after which something is wrong."""
    complaints = _Complaints()
    root = logging.getLogger()
    root.addHandler(complaints)
    try:
        async with (
            home() as hass,
            rig(hass, _VERSION, _prepare, MappingProxyType({}), scheduler=True) as each,
        ):
            run = _Run(each, sound, await async_gather_plan(each), complaints)
            return await run.async_run(seed, number)
    finally:
        root.removeHandler(complaints)


def _prepare(observatory: Observatory) -> None:
    """Connect everything."""
    for device in observatory.devices:
        device.connected = True


class _Run:
    """One Home Assistant with one rig."""

    def __init__(
        self, rig: Rig, sound: Sound, plan: Mapping[str, Any], complaints: _Complaints
    ) -> None:
        """Begin with nothing broken; `plan` are the sound answers of the scheduler."""
        self._rig = rig
        self._told = sound.told
        self._answers = {**sound.answers, **plan}
        self._complaints = complaints
        self._given = rig.observatory.transport.given
        if rig.observatory.scheduler is None:
            raise RuntimeError("the simulator has no scheduler")
        self._given_plan = rig.observatory.scheduler.given

    @property
    def _hass(self) -> HomeAssistant:
        """Return the Home Assistant."""
        return self._rig.hass

    async def async_run(self, seed: int, number: int) -> Failure | None:
        """Let broken messages in; return what was found."""
        paths = [*sorted(self._answers), *["message"] * _MORE]
        for case in range(1, number + 1):
            random = Random(f"live {seed} {case}")
            where = random.choice(paths)
            whole = random.choice(self._told) if where == "message" else None
            message = broken(random, self._answers[where] if whole is None else whole)
            error = await self._async_try(where, message)
            if error is None and case % _LOOK_AT_ALL == 0:
                error = await self._async_look_at_all()
            if error is not None:
                least = await self._async_smallest(where, message)
                return Failure(f"{where} in Home Assistant", case, error, least)
        return None

    async def _async_smallest(self, where: str, message: Any) -> Any:
        """Return a message as small as a few attempts make it, within a while.

        What outlasts sound answers and messages cannot be told from what a smaller one does.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + _SHRINKING

        async def async_fails(smaller: Any) -> bool:
            """Return whether something is wrong after a message, and was not before."""
            if loop.time() >= end:
                return False
            try:
                async with asyncio.timeout_at(end):
                    for sound in RARE:
                        await self._async_try("message", sound)
                    before = await self._async_try("version", _VERSION)
                    return before is None and await self._async_try(where, smaller) is not None
            except TimeoutError:
                return False

        def fails(smaller: Any) -> bool:
            """Return the same in a thread."""
            return asyncio.run_coroutine_threadsafe(async_fails(smaller), loop).result()

        return await asyncio.to_thread(smallest, message, fails, _ATTEMPTS)

    async def _async_try(self, where: str, message: Any) -> str | None:
        """Let a message in, and return what is wrong afterward."""
        self._complaints.lines.clear()
        try:
            async with asyncio.timeout(_PATIENCE):
                if where == "message":
                    await self._async_say(message)
                elif where.startswith(PREFIX):
                    self._given_plan[where.removeprefix(PREFIX)] = message
                    await async_follow_plan(self._rig)
                else:
                    self._given[f"/{where}"] = message
                    await self._async_read()
                await self._hass.async_block_till_done(wait_background_tasks=False)
        except TimeoutError:
            return "Home Assistant does not go on"
        except Exception as err:  # noqa: BLE001  # whatever it is, it was found
            return repr(err)[:300]
        finally:
            self._given.clear()
            self._given_plan.clear()
        return self._wrong()

    async def _async_say(self, message: Any) -> None:
        """Say something over the socket, and wait until it was heard."""
        listener = self._rig.data.listener
        while not listener.connected:
            # A message before it ended the stream.
            await asyncio.sleep(0.01)
        counters = listener.stream.counters
        before = counters.events + counters.malformed
        text = json.dumps({"Response": message, "Success": True, "Type": "Socket"})
        await self._rig.observatory.events.send(text)
        while counters.events + counters.malformed == before:
            await asyncio.sleep(0)

    async def _async_read(self) -> None:
        """Read everything again."""
        data = self._rig.data
        data.frames.async_distrust()
        for coordinator in (
            data.equipment,
            data.sequence,
            data.frames,
            data.settings,
            data.catalog,
        ):
            await coordinator.async_read()

    def _wrong(self) -> str | None:
        """Return what is wrong with what is logged and shown."""
        if self._complaints.lines:
            return f"logged: {self._complaints.lines[0]}"
        entry, registry = self._rig.entry, er.async_get(self._hass)
        if entry.state is not ConfigEntryState.LOADED:
            return f"the entry is {entry.state}"
        for each in er.async_entries_for_config_entry(registry, entry.entry_id):
            if (state := self._hass.states.get(each.entity_id)) is None:
                continue
            try:
                judge_state(state)
            except Exception as err:  # noqa: BLE001  # whatever it is, it was found
                return repr(err)[:300]
        return None

    async def _async_look_at_all(self) -> str | None:
        """Return what is wrong after nothing is broken any more: what no longer runs, or is reported."""
        data, observatory = self._rig.data, self._rig.observatory
        try:
            found = await async_get_config_entry_diagnostics(self._hass, self._rig.entry)
            json.dumps(found, cls=ExtendedJSONEncoder)
            async with asyncio.timeout(_PATIENCE):
                await self._async_read()
                await async_follow_plan(self._rig)
                heard = data.listener.stream.counters.events
                await observatory.events.emit("DOME-STOPPED")
                while data.listener.stream.counters.events == heard:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            return "events are heard no more"
        except Exception as err:  # noqa: BLE001  # whatever it is, it was found
            return repr(err)[:300]
        reading = {
            "equipment": data.equipment.data.reachable,
            "sequence": data.sequence.data.reachable,
            "frames": data.frames.data.known,
            "plan": data.scheduler is not None and data.scheduler.data.reachable,
            "details": data.settings.data.reachable,
            "choices": data.catalog.data.reachable,
        }
        gone = [name for name, reads in reading.items() if not reads]
        return f"no longer read: {', '.join(gone)}" if gone else self._wrong()
