"""The HTTP session for commands."""

from typing import Any

import aiohttp
from aiohttp.hdrs import USER_AGENT
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import (
    DATA_RESOLVER,
    SERVER_SOFTWARE,
    async_get_clientsession,
)


@callback
def async_command_session(hass: HomeAssistant, entry: ConfigEntry) -> aiohttp.ClientSession:
    """Return a session of the entry that opens a connection for each request, and then closes it.

    All sessions of Home Assistant's own keep their connections. Names are resolved as in those,
    also over mDNS. When the entry is unloaded, a command that was sent still gets its reply.
    """
    # Creates the resolver.
    async_get_clientsession(hass)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, resolver=hass.data[DATA_RESOLVER]),
        headers={USER_AGENT: SERVER_SOFTWARE},
    )

    @callback
    def detach(*_: Any) -> None:
        """Detach the session: only connections of commands in progress remain."""
        session.detach()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, detach))
    entry.async_on_unload(detach)
    return session
