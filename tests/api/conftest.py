"""What the tests of the client library share; none of them needs Home Assistant."""

from collections.abc import AsyncIterator
import os
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from custom_components.nina_observatory.api import NinaClient, SchedulerClient

from .fake import FakeServer

_DEFAULT_FIXTURES = Path(__file__).parents[2].parent / "shared" / "fixtures" / "real"
FIXTURES = Path(os.environ.get("NINA_FIXTURES", _DEFAULT_FIXTURES))


def captured_files() -> list[Path]:
    """List the recorded answers of real servers."""
    return sorted(FIXTURES.glob("*.json"))


def need_fixtures() -> None:
    """Skip a test where the recorded answers are not at hand, or fail it where they must be."""
    if FIXTURES.is_dir():
        return
    reason = f"no recorded answers in {FIXTURES} (set NINA_FIXTURES)"
    if os.environ.get("NINA_FIXTURES_REQUIRED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Captures:
    """Recorded answers of real servers, by the name of their file."""

    def body(self, name: str) -> Any:
        """Load a whole answer."""
        need_fixtures()
        return orjson.loads((FIXTURES / f"{name}.json").read_bytes())

    def response(self, name: str) -> Any:
        """Load what is in the envelope of an answer."""
        return self.body(name)["Response"]


@pytest.fixture
def captures() -> Captures:
    return Captures()


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def commands(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session for commands."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
async def server(socket_enabled: None) -> AsyncIterator[FakeServer]:
    fake = FakeServer("/v2/api")
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def scheduler_server(socket_enabled: None) -> AsyncIterator[FakeServer]:
    fake = FakeServer("/ts/v0")
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def client(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, server: FakeServer
) -> NinaClient:
    return NinaClient(session, "127.0.0.1", server.port, commands=commands)


@pytest.fixture
def scheduler(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, scheduler_server: FakeServer
) -> SchedulerClient:
    return SchedulerClient(session, "127.0.0.1", scheduler_server.port, commands=commands)
