"""The scheduler's server comes and goes: ports, interfaces, connections, profiles."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator.clock import SimulationClock
from simulator.scheduler.model import Preferences
from simulator.scheduler.server import SchedulerServer
from simulator.scheduler.store import Store
from simulator.scheduler.tonight import store_for_tonight

from .scheduling import AFTERNOON, OTHER, OWN, SITE, body, raw, serving, url


@pytest.fixture
async def server(socket_enabled: None) -> AsyncIterator[SchedulerServer]:
    """Serve the default store."""
    async with serving() as server:
        yield server


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a client that decodes nothing by itself."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def test_it_listens_on_all_interfaces_at_a_port_of_ones_choice(socket_enabled: None) -> None:
    probe = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = probe.sockets[0].getsockname()[1]
    probe.close()
    await probe.wait_closed()
    store = store_for_tonight(SITE, AFTERNOON)
    server = SchedulerServer(SimulationClock(), SITE, store, host="", port=port)
    assert await server.start()
    assert server.port == port
    head, _ = await raw(server, "GET /ts/v0/version HTTP/1.1")
    assert head.startswith("HTTP/1.1 200")
    await server.stop()


async def test_idle_connections_are_closed(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.listener.KEEP_ALIVE_SECONDS", 0.1)
    server = SchedulerServer(SimulationClock(), SITE, store_for_tonight(SITE, AFTERNOON))
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /ts/v0/version HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n0\r\n\r\n")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    await server.stop()


async def test_refused_connections(server: SchedulerServer, session: aiohttp.ClientSession) -> None:
    await server.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await body(session, server, "/version")
    port = server.port
    await server.start()
    assert server.port == port
    assert await body(session, server, "/version") == server.store.version


async def test_a_profile_switch_takes_the_server_away_and_brings_it_back(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    await server.switch_profile(OTHER)
    assert not server.running
    with pytest.raises(aiohttp.ClientConnectorError):
        await body(session, server, "/version")
    await server.switch_profile(OWN)
    profiles = await body(session, server, "/profiles")
    assert [profile["Active"] for profile in profiles] == [True, False]


async def test_a_profile_can_move_the_server_to_another_port(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    other = server.store.profile(OTHER)
    assert other is not None
    other.preferences = Preferences(api_port=0)
    before = server.port
    await server.switch_profile(OTHER)
    assert server.port != before
    assert [p["Active"] for p in await body(session, server, "/profiles")] == [False, True]


async def test_saving_the_preferences_of_another_profile_stops_the_server(
    server: SchedulerServer,
) -> None:
    port = server.port
    await server.save_preferences(OTHER)
    assert not server.running
    await server.save_preferences(OWN)
    assert server.running
    assert server.port == port


async def test_a_profile_with_the_api_off_is_not_served(socket_enabled: None) -> None:
    store: Store = store_for_tonight(SITE, AFTERNOON)
    preferences = store.active_profile.preferences
    assert preferences is not None
    preferences.enable_api = False
    server = SchedulerServer(SimulationClock(), SITE, store)
    assert not await server.start()
    assert not server.running


async def test_a_taken_port_shows_as_nothing_served(server: SchedulerServer) -> None:
    other = SchedulerServer(
        SimulationClock(), SITE, store_for_tonight(SITE, AFTERNOON), port=server.port
    )
    assert not await other.start()
    assert server.running


async def test_connections_are_kept_but_not_for_ever(
    server: SchedulerServer, session: aiohttp.ClientSession
) -> None:
    for _ in range(100):
        async with session.get(url(server, "/ts/v0/version")) as answer:
            await answer.read()
    assert answer.headers["Connection"] == "close"
    async with session.get(url(server, "/ts/v0/version")) as answer:
        assert answer.headers["Keep-Alive"] == "timeout=15,max=99"
    numbers = {entry.connection for entry in server.ledger.calls("/ts/v0/version")}
    assert len(numbers) == 2
