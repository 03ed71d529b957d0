"""A client for the tests of the simulated Advanced API: plain HTTP and websockets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
import contextlib
from dataclasses import dataclass
import json
from time import monotonic
from typing import Any

import aiohttp

from simulator import Observatory
from simulator.events import Event

__all__ = [
    "Answer",
    "Client",
    "Listener",
    "eventually",
    "happened",
    "observatory_with_client",
    "passes",
]

BASE = "/v2/api"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers and the bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)

    @property
    def content_type(self) -> str:
        """Return the content type as sent."""
        return self.headers["Content-Type"]


class Listener:
    """A websocket with what came over it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Listen on an open socket."""
        self.socket = socket
        self.messages: list[Any] = []

    async def listen(self) -> None:
        """Collect messages until the socket ends."""
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                try:
                    self.messages.append(json.loads(message.data))
                except ValueError:
                    self.messages.append(message.data)

    @property
    def names(self) -> list[str]:
        """Return the names of the events that came."""
        responses = [message["Response"] for message in self.messages]
        return [response["Event"] for response in responses if "Event" in response]

    def of(self, name: str) -> list[Any]:
        """Return the payloads of the events of a name."""
        responses = [message["Response"] for message in self.messages]
        return [r for r in responses if isinstance(r, dict) and r.get("Event") == name]


class Client:
    """Asks one observatory."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        """Talk to a port of this machine."""
        self.session = session
        self.port = port

    async def ask(self, path: str, method: str = "GET", **options: Any) -> Answer:
        """Send a request to any path and return everything that came back."""
        address = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(method, address, **options) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def envelope(self, path: str) -> dict[str, Any]:
        """Return the envelope of a route below /v2/api."""
        answer = await self.ask(BASE + path)
        assert answer.status == 200, answer.text
        envelope: dict[str, Any] = answer.json
        assert list(envelope) == ["Response", "Error", "StatusCode", "Success", "Type"]
        return envelope

    async def get(self, path: str) -> Any:
        """Return the response of a route that succeeds."""
        envelope = await self.envelope(path)
        assert envelope["Success"], envelope
        assert (envelope["Error"], envelope["StatusCode"]) == ("", 200)
        return envelope["Response"]

    async def refused(self, path: str) -> tuple[str, int]:
        """Return text and code of a route that refuses."""
        envelope = await self.envelope(path)
        assert not envelope["Success"], envelope
        assert envelope["Response"] == "", envelope
        return envelope["Error"], envelope["StatusCode"]

    @contextlib.asynccontextmanager
    async def listening(self, path: str = "/v2/socket") -> AsyncIterator[Listener]:
        """Listen to a channel for the length of a block."""
        address = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.ws_connect(address) as socket:
            listener = Listener(socket)
            listening = asyncio.ensure_future(listener.listen())
            try:
                yield listener
            finally:
                await socket.close()
                await listening


@contextlib.asynccontextmanager
async def observatory_with_client(**options: Any) -> AsyncIterator[tuple[Observatory, Client]]:
    """Run an observatory of a test's own, with a client for it."""
    merged: dict[str, Any] = {"port": 0, "speed": 200, "scenario": "idle", **options}
    async with Observatory(**merged) as observatory, aiohttp.ClientSession() as session:
        yield observatory, Client(session, observatory.port)


async def happened(observatory: Observatory, name: str, times: int = 1) -> Event:
    """Return an event when it was announced so many times in all; fail when it never is."""
    events = observatory.events
    await eventually(lambda: events.names.count(name) >= times)
    return [event for event in events.history if event.name == name][times - 1]


async def passes(observatory: Observatory, seconds: float) -> None:
    """Let simulated time pass quickly."""
    speed, observatory.clock.speed = observatory.clock.speed, 5000
    await observatory.clock.sleep(seconds)
    observatory.clock.speed = speed


async def eventually(condition: Any, seconds: float = 10.0) -> None:
    """Return as soon as a condition holds; fail when it does not within some real seconds."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds:g} s")
        await asyncio.sleep(0.005)
