"""A real Home Assistant for scripts, and entries for observatories in it.

It imports nothing of the integration, so it runs any version of it: the one that is found first.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
import socket
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

from homeassistant import bootstrap, loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.config_entries import ConfigEntries, ConfigEntry
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component

# Imported before Home Assistant looks for custom integrations: it finds this one.
import custom_components  # noqa: F401

_DOMAIN: Final = "nina_observatory"
_ADDRESS: Final = "127.0.0.1"


@asynccontextmanager
async def home(configuration: str | None = None) -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant of its own, with a folder of its own unless one is given.

    Its port is a free one: another Home Assistant on this machine usually has the default port.
    """
    with TemporaryDirectory(prefix="home-") as folder:
        hass = HomeAssistant(configuration or folder)
        loader.async_setup(hass)
        hass.config.skip_pip = True
        hass.config_entries = ConfigEntries(hass, {})
        if not await bootstrap.async_load_base_functionality(hass):
            raise RuntimeError("Home Assistant does not start")
        hass.auth = await auth_manager_from_config(hass, [], [])
        hass.config.media_dirs = {"local": hass.config.path("media")}
        configured = {"http": {"server_host": [_ADDRESS], "server_port": _free_port()}}
        for component in ("homeassistant", "persistent_notification", "http"):
            if not await async_setup_component(hass, component, configured):
                raise RuntimeError(f"{component} does not start")
        hass.set_state(CoreState.running)
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)


def _free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((_ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port


def entry_for(
    port: int,
    scheduler_port: int | None = None,
    options: Mapping[str, Any] | None = None,
    title: str = "Observatory",
) -> ConfigEntry:
    """Return an entry for an observatory that is served on this machine."""
    return ConfigEntry(
        data={"host": _ADDRESS, "port": port, "scheduler_port": scheduler_port},
        discovery_keys=MappingProxyType({}),
        domain=_DOMAIN,
        minor_version=1,
        options=options or {},
        source="user",
        subentries_data=None,
        title=title,
        unique_id=None,
        version=1,
    )
