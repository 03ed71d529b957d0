"""Commands have a session of their own, which lives as long as the entry."""

import socket
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import DATA_RESOLVER, async_get_clientsession
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import NinaClient
from custom_components.nina_observatory.helpers.command_session import async_command_session
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .conftest import unload


async def test_it_is_closed_with_the_entry(
    hass: HomeAssistant, loaded_entry: NinaConfigEntry
) -> None:
    scheduler = loaded_entry.runtime_data.scheduler
    assert scheduler is not None
    client = loaded_entry.runtime_data.client
    sessions = [
        client._connection.transport._commands,
        scheduler.client._transport._commands,
    ]
    assert [each is not None and each.closed for each in sessions] == [False, False]

    await unload(hass, loaded_entry)

    assert [each is not None and each.closed for each in sessions] == [True, True]
    assert not async_get_clientsession(hass).closed


async def test_names_are_resolved_as_those_of_reads(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """The name of a computer on the local network is known to mDNS only."""
    entry = MockConfigEntry()
    client = NinaClient(
        async_get_clientsession(hass),
        "observatory.local",
        observatory.port,
        commands=async_command_session(hass, entry),
    )
    asked: list[str] = []

    async def resolve(host: str, port: int = 0, *_: Any, **__: Any) -> list[dict[str, Any]]:
        """Resolve every name to this machine."""
        asked.append(host)
        here = {"hostname": host, "host": "127.0.0.1", "port": port}
        return [{**here, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    with patch.object(hass.data[DATA_RESOLVER], "resolve", resolve):
        await client.get_version()
        assert (await client.dome.close_shutter()).success

    assert asked == ["observatory.local"] * 2
    await entry._async_process_on_unload(hass)
