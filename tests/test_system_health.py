"""System health: every value as the page of the frontend gets it, and without asking N.I.N.A."""

import re
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .errors import TEXTS
from .test_config_flow import HOST, NOBODY, unloaded
from .test_upkeep import fine

__all__ = ["fine", "unloaded"]

pytestmark = pytest.mark.usefixtures("unloaded")


async def test_system_health(
    hass: HomeAssistant, fine: Observatory, hass_ws_client: WebSocketGenerator
) -> None:
    """One observatory is told as it is, several in the order in which they were added."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, "system_health", {})
    socket = await hass_ws_client(hass)

    async def told() -> dict[str, Any]:
        """Return what the page of the system's health shows."""
        await socket.send_json_auto_id({"type": "system_health/info"})
        assert (await socket.receive_json())["success"]
        event = (await socket.receive_json())["event"]
        assert event["type"] == "initial"
        info: dict[str, Any] = event["data"][DOMAIN]["info"]
        assert set(info) == set(TEXTS["system_health"]["info"])
        while event["type"] != "finish":
            event = (await socket.receive_json())["event"]
        return info

    entry = make_entry(fine)
    await set_up(hass, entry)
    await entry.runtime_data.scheduler.async_read()
    info = await told()
    assert (info["rigs"], info["reachable"], info["event_stream"]) == (1, True, True)
    assert (info["nina_versions"], info["plugin_versions"]) == ("3.2.0.9001", "2.2.15.0")
    assert info["scheduler_versions"] == "5.9.3.0"
    assert re.fullmatch(r"\d+ s", info["last_reading"])
    assert 5 < info["requests"] < 60
    assert 1 <= info["scheduler_requests"] < 20
    # It asks nobody, so it does not wait for an N.I.N.A. that hangs.
    async with fine.faults.during("hang"):
        assert (await told())["rigs"] == 1
    second = MockConfigEntry(
        domain=DOMAIN, title="Remote", data={CONF_HOST: HOST, CONF_PORT: NOBODY}
    )
    second.add_to_hass(hass)
    await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done()
    await entry.runtime_data.equipment.async_read()
    info = await told()
    assert (info["rigs"], info["reachable"]) == (2, "✓ · ✗")
    assert info["plugin_versions"] == "2.2.15.0 · -"
    assert info["scheduler_versions"] == "5.9.3.0 · -"
    await unload(hass, second)
    await unload(hass, entry)
