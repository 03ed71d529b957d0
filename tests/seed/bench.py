"""Where the rows of a page are tried: one Home Assistant and one simulated server for many."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from inspect import isawaitable
from typing import Any

import aiohttp
from homeassistant.core import HomeAssistant
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.enums import CameraState
from simulator.ledger import Entry
from tests.commanding import answer, call, entity_of
from tests.errors import fails
from tests.states import act, state
from tests.waiting import eventually

from .table import Kind, Row, Verdict, nothing, works

API = "/v2/api"
SCHEDULER = "/ts/"
REFRESH = "hub_refresh"


@dataclass(kw_only=True)
class Bench:
    """A Home Assistant that is set up, and the server that it talks to."""

    hass: HomeAssistant
    entry: MockConfigEntry
    observatory: Observatory
    session: aiohttp.ClientSession
    # What rows that follow each other look at together.
    kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    # How the row that is being tried should hold.
    verdict: Verdict = field(default_factory=works)

    async def act(self, action: str, **data: Any) -> None:
        """Carry out an action of the integration."""
        await call(self.hass, self.entry, action, **data)

    async def ask(self, action: str, **data: Any) -> dict[str, Any]:
        """Carry out an action of the integration and return what it answers."""
        return await answer(self.hass, self.entry, action, **data)

    def entity(self, platform: str, unique: str) -> str:
        """Return the id of an entity by the end of its unique id."""
        return entity_of(self.hass, self.entry, platform, unique)

    async def control(self, platform: str, unique: str, service: str, **data: Any) -> None:
        """Operate an entity."""
        await act(self.hass, f"{platform}.{service}", self.entity(platform, unique), **data)

    async def press(self, unique: str) -> None:
        """Press a button."""
        await self.control("button", unique, "press")

    async def shows(self, platform: str, unique: str, wanted: str) -> None:
        """Read the equipment, and return once an entity has a state."""
        entity_id = self.entity(platform, unique)
        await self.press(REFRESH)
        await eventually(lambda: state(self.hass, entity_id) == wanted)

    async def direct(self, path: str, **parameters: str) -> tuple[str, int]:
        """Ask the server itself; return the text of its envelope and the code, 404 for a page.

        A path that begins with /ts/ is one of the Target Scheduler, whose answers are returned whole
        where they are no page that tells of an error.
        """
        scheduler = path.startswith(SCHEDULER)
        port = self.observatory.scheduler_port if scheduler else self.observatory.port
        base = path if scheduler else f"{API}{path}"
        address = f"http://127.0.0.1:{port}{base}"
        async with self.session.get(address, params=parameters) as reply:
            body = await reply.read()
        if scheduler and reply.status == HTTPStatus.OK:
            return body.decode(), reply.status
        if reply.status != HTTPStatus.OK:
            return "", reply.status
        envelope = orjson.loads(body)
        return str(envelope["Error"] or envelope["Response"]), int(envelope["StatusCode"])

    async def response(self, path: str, **parameters: str) -> Any:
        """Ask the server itself, and return what is in the envelope."""
        address = f"http://127.0.0.1:{self.observatory.port}{API}{path}"
        async with self.session.get(address, params=parameters) as reply:
            return orjson.loads(await reply.read())["Response"]

    async def ready(self, row: Row) -> None:
        """Let everything rest and be connected, prepare a row, and have all of it read."""
        observatory = self.observatory
        await observatory.faults.clear()
        for device in observatory.devices:
            device.attach()
        observatory.camera.routines.abort()
        observatory.camera.end_exposure(CameraState.IDLE)
        observatory.dome.put_shutter(0.0)
        observatory.dome.following = False
        observatory.mount.hardware.park_by_hand()
        await self._rest_sequence()
        if isawaitable(prepared := row.prepare(observatory)):
            await prepared
        for device in observatory.devices:
            device.refresh()
        await self.press(REFRESH)
        observatory.ledger.reset()

    async def _rest_sequence(self) -> None:
        """Stop the sequence, and have its sequencer ready."""
        sequence = self.observatory.sequence
        sequence._cancel()
        await eventually(lambda: not sequence.running)
        sequence.initialized = True

    async def until(self, condition: Callable[[], object]) -> None:
        """Return as soon as a condition holds."""
        await eventually(condition)

    async def check(self, row: Row, verdict: Verdict) -> None:
        """Try a row, and look whether it holds; raises AssertionError where it does not."""
        self.verdict = verdict
        if not row.follows:
            await self.ready(row)
        if verdict.kind in (Kind.WORKS, Kind.UNUSED):
            await row.do(self)
            self._was_sent(row, verdict)
            return
        if verdict.error:
            with fails(verdict.error):
                await row.do(self)
        elif row.do is not nothing:
            await row.do(self)
        route = verdict.route or row.route
        assert verdict.sent or not self._calls(row, verdict)
        if route:
            parameters = row.sent if verdict.parameters is None else verdict.parameters
            answer, code = await self.direct(route, **parameters)
            assert code == verdict.code
            assert verdict.answer in ("", answer)

    def _calls(self, row: Row, verdict: Verdict) -> list[Entry]:
        """Return the requests of a row that are in the ledger."""
        parameters = row.sent if verdict.parameters is None else verdict.parameters
        return [
            entry
            for entry in self.observatory.ledger.calls(verdict.route or row.route)
            if parameters.items() <= entry.parameters.items()
        ]

    def _was_sent(self, row: Row, verdict: Verdict) -> None:
        """Look for the request in the ledger, and for its answer."""
        if not (verdict.route or row.route):
            return
        calls = self._calls(row, verdict)
        assert calls, self.observatory.ledger.parameters(verdict.route or row.route)
        answers = [entry.answer for entry in calls]
        assert verdict.answer in ("", *answers), answers
