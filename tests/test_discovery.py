"""Discovery: a rig that announces itself is offered, and its entry follows it."""

from collections.abc import AsyncIterator
from ipaddress import ip_address

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_ZEROCONF,
    ConfigEntryState,
    ConfigFlowContext,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory import config_flow
from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DEFAULT_PORT, DOMAIN
from simulator import Observatory

from .api.fake import FakeServer
from .states import REACHABLE, state
from .test_config_flow import HOST, NOBODY, assert_error, suggested, unloaded
from .waiting import eventually

__all__ = ["unloaded"]

pytestmark = pytest.mark.usefixtures("quiet", "unloaded")


def announced(
    companion: FakeServer, name: str = "observatory-pc", host: str = HOST
) -> ZeroconfServiceInfo:
    """Return what Touch'N'Stars says of itself."""
    address = ip_address(host)
    return ZeroconfServiceInfo(
        ip_address=address,
        ip_addresses=[address],
        port=companion.port,
        hostname=f"{name}.local.",
        type="_touchnstars._tcp.local.",
        name=f"touchnstars_{name}._touchnstars._tcp.local.",
        properties={},
    )


async def find(hass: HomeAssistant, info: ZeroconfServiceInfo) -> ConfigFlowResult:
    """Let a rig be found in the network."""
    context = ConfigFlowContext(source=SOURCE_ZEROCONF)
    result = await hass.config_entries.flow.async_init(DOMAIN, context=context, data=info)
    await hass.async_block_till_done(wait_background_tasks=False)
    return result


@pytest.fixture
async def companion(
    observatory: Observatory, unloaded: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeServer]:
    """Run what Touch'N'Stars answers, beside the observatory."""
    monkeypatch.setattr(config_flow, "FIND_PAUSE", 0.01)
    server = FakeServer("/api")
    await server.start()
    server.raw("get-api-port", str(observatory.port).encode())
    yield server
    await server.stop()


async def test_a_rig_that_announces_itself(
    hass: HomeAssistant, observatory: Observatory, companion: FakeServer
) -> None:
    """It is shown by its name, and set up when somebody says so; its port is asked for."""
    form = await find(hass, announced(companion))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "found")
    assert form["description_placeholders"] == {"name": "observatory-pc", "host": HOST}
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "observatory-pc"}
    assert suggested(form)[CONF_PORT] == observatory.port
    form = await hass.config_entries.flow.async_configure(form["flow_id"], {CONF_PORT: NOBODY})
    assert_error(form, "base", "cannot_connect")
    values = {CONF_PORT: observatory.port, CONF_SCHEDULER_PORT: observatory.scheduler_port}
    result = await hass.config_entries.flow.async_configure(form["flow_id"], values)
    await hass.async_block_till_done(wait_background_tasks=False)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_HOST: HOST, **values}
    # From now on it is known by its name, and not offered again.
    asked = len(companion.asked)
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(companion.asked) == asked


async def test_the_advanced_api_starts_later(
    hass: HomeAssistant, observatory: Observatory, companion: FakeServer
) -> None:
    """What announces N.I.N.A. is there before its Advanced API is."""
    companion.raw("get-api-port", b"-1")
    finding = hass.async_create_task(find(hass, announced(companion)))
    await eventually(lambda: len(companion.asked) > 1)
    companion.raw("get-api-port", str(observatory.port).encode())
    form = await finding
    assert suggested(form)[CONF_PORT] == observatory.port


@pytest.mark.parametrize("body", [b"-1", b"true", b'"1888"', b"99999", b"", b"<html></html>"])
async def test_the_advanced_api_never_starts(
    hass: HomeAssistant, companion: FakeServer, body: bytes
) -> None:
    """It is offered all the same, with the usual port; the form will say what is wrong."""
    companion.raw("get-api-port", body)
    form = await find(hass, announced(companion))
    assert suggested(form)[CONF_PORT] == DEFAULT_PORT
    assert len(companion.asked) == config_flow.FIND_TRIES


async def test_a_rig_that_was_set_up_by_hand_announces_itself(
    hass: HomeAssistant, companion: FakeServer, rig: MockConfigEntry
) -> None:
    """It is not offered again, and known by its name from then on."""
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert rig.unique_id == "touchnstars_observatory-pc"


async def test_a_rig_that_has_moved_announces_itself(
    hass: HomeAssistant, observatory: Observatory, companion: FakeServer, rig: MockConfigEntry
) -> None:
    """Its entry follows it, but not to where nothing answers."""
    moved = {**rig.data, CONF_PORT: NOBODY}
    hass.config_entries.async_update_entry(rig, data=moved, unique_id="touchnstars_observatory-pc")
    await hass.config_entries.async_reload(rig.entry_id)
    companion.raw("get-api-port", str(NOBODY + 1).encode())
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert rig.data[CONF_PORT] == NOBODY
    companion.raw("get-api-port", str(observatory.port).encode())
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert rig.data[CONF_PORT] == observatory.port
    assert rig.data[CONF_SCHEDULER_PORT] == moved[CONF_SCHEDULER_PORT]
    await eventually(
        lambda: rig.state is ConfigEntryState.LOADED and state(hass, REACHABLE) == "on"
    )


async def test_a_rig_that_is_reached_stays_where_it_is(
    hass: HomeAssistant, companion: FakeServer, rig: MockConfigEntry
) -> None:
    """The name that somebody typed is not replaced by an address that may change."""
    hass.config_entries.async_update_entry(rig, unique_id="touchnstars_observatory-pc")
    result = await find(hass, announced(companion, host="127.0.0.2"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert rig.data[CONF_HOST] == HOST
    assert companion.asked == []


async def test_a_rig_that_nobody_wants(hass: HomeAssistant, companion: FakeServer) -> None:
    """What is ignored is not even asked, and no obstacle to others."""
    context = ConfigFlowContext(source=SOURCE_IGNORE)
    data = {"unique_id": "touchnstars_observatory-pc", "title": "observatory-pc"}
    await hass.config_entries.flow.async_init(DOMAIN, context=context, data=data)
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert companion.asked == []
    form = await find(hass, announced(companion, "another"))
    assert form["type"] is FlowResultType.FORM
