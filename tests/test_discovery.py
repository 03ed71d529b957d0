"""Discovery: a rig that announces itself is offered, and no announcement changes an entry."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from ipaddress import ip_address

from aiohttp import web
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigFlowContext,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DEFAULT_PORT, DOMAIN
from custom_components.nina_observatory.upkeep.address import discovery
from simulator import Observatory

from .api.fake import FakeServer
from .test_config_flow import HOST, NOBODY, assert_error, suggested, unloaded
from .waiting import eventually

__all__ = ["unloaded"]

pytestmark = pytest.mark.usefixtures("quiet", "unloaded")

UNIQUE_ID = "touchnstars_observatory-pc"


def moves(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return the repair issues about a new address."""
    issues = ir.async_get(hass).issues.values()
    return [issue for issue in issues if issue.translation_key == "moved"]


def visit(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return what *Visit* on the device of N.I.N.A. opens."""
    registry = dr.async_get(hass)
    hub = registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    assert hub is not None
    return hub.configuration_url


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


async def begin(hass: HomeAssistant, info: ZeroconfServiceInfo) -> ConfigFlowResult:
    """Let a rig be found in the network."""
    context = ConfigFlowContext(source=SOURCE_ZEROCONF)
    return await hass.config_entries.flow.async_init(DOMAIN, context=context, data=info)


async def find(hass: HomeAssistant, info: ZeroconfServiceInfo) -> ConfigFlowResult:
    """Let a rig be found in the network, and wait for what comes of it."""
    result = await begin(hass, info)
    await hass.async_block_till_done(wait_background_tasks=False)
    return result


@pytest.fixture
async def companion(
    observatory: Observatory, unloaded: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeServer]:
    """Run what Touch'N'Stars answers, beside the observatory."""
    monkeypatch.setattr(discovery, "FIND_PAUSE", 0.01)
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
    assert result["title"] == "observatory-pc"
    assert result["data"] == {CONF_HOST: HOST, **values}
    assert visit(hass, result["result"]) == f"http://{HOST}:{companion.port}/"
    # From now on it is known by its name, and not offered again.
    asked = len(companion.asked)
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(companion.asked) == asked


async def test_the_card_is_opened_in_the_browser(
    hass: HomeAssistant,
    observatory: Observatory,
    companion: FakeServer,
    hass_client: ClientSessionGenerator,
) -> None:
    """The frontend asks for the form before anything is filled in, as often as it is opened."""
    # All that answers requests is registered before the first one comes.
    for component in ("config", "calendar", "camera", "image", DOMAIN):
        assert await async_setup_component(hass, component, {})
    form = await find(hass, announced(companion))
    browser = await hass_client()
    url = f"/api/config/config_entries/flow/{form['flow_id']}"
    for _ in range(2):
        answer = await browser.get(url)
        assert answer.status == HTTPStatus.OK
        shown = await answer.json()
        assert (shown["type"], shown["step_id"], shown["errors"]) == ("form", "found", {})
        values = {each["name"]: each.get("description") for each in shown["data_schema"]}
        assert values[CONF_PORT] == {"suggested_value": observatory.port}
        names = {each["name"]: each.get("default") for each in shown["data_schema"]}
        assert names[CONF_NAME] == "observatory-pc"
    answer = await browser.post(url, json={CONF_PORT: NOBODY})
    assert (await answer.json())["errors"] == {"base": "cannot_connect"}
    for name, error in ((" ", "name_missing"), ("x" * 200, "name_too_long")):
        answer = await browser.post(url, json={CONF_NAME: name, CONF_PORT: observatory.port})
        assert (await answer.json())["errors"] == {CONF_NAME: error}
    answer = await browser.post(url, json={CONF_NAME: "Backyard", CONF_PORT: observatory.port})
    assert (await answer.json())["type"] == "create_entry"
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.title == "Backyard"
    assert entry.data == {CONF_HOST: HOST, CONF_PORT: observatory.port}


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


async def test_the_advanced_api_never_starts(hass: HomeAssistant, companion: FakeServer) -> None:
    """It is offered with the usual port; the form will say what is wrong."""
    companion.raw("get-api-port", b"-1")
    form = await find(hass, announced(companion))
    assert suggested(form)[CONF_PORT] == DEFAULT_PORT
    assert len(companion.asked) == discovery.FIND_TRIES


@pytest.mark.parametrize("body", [b"true", b'"1888"', b"99999", b"0", b"", b"<html></html>"])
async def test_what_is_not_touch_n_stars_is_asked_once(
    hass: HomeAssistant, companion: FakeServer, body: bytes
) -> None:
    """It is not offered either."""
    companion.raw("get-api-port", body)
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_nina")
    assert len(companion.asked) == 1


async def test_what_is_not_nina_is_not_offered(hass: HomeAssistant, companion: FakeServer) -> None:
    """The port that was named has to be that of N.I.N.A.; one request finds out."""
    companion.raw("get-api-port", str(companion.port).encode())
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_nina")
    assert len(companion.asked) == 2


async def test_where_nothing_answers_nothing_is_offered(
    hass: HomeAssistant, companion: FakeServer
) -> None:
    """The announcement alone is no N.I.N.A."""
    info = announced(companion)
    await companion.stop()
    result = await find(hass, info)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "cannot_connect")


async def test_an_announced_name_is_only_text(hass: HomeAssistant, companion: FakeServer) -> None:
    """Whoever chose it, it is one line, and no Markdown where Home Assistant renders that."""
    form = await find(hass, announced(companion, "[pc](http://evil)\r\n\x1b[1m**x**"))
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "[pc](http://evil) [1m**x**"}
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    assert placeholders["name"] == (r"\[pc\](http\://evil) \[1m\*\*x\*\*")


async def test_a_storm_of_announcements_is_bounded(
    hass: HomeAssistant, observatory: Observatory, companion: FakeServer
) -> None:
    """Sixty names by one computer are one card, sixty computers a handful; so are the requests."""
    infos = [announced(companion, f"pc-{number}") for number in range(60)]
    await asyncio.gather(*(find(hass, info) for info in infos))
    assert len(hass.config_entries.flow.async_progress()) == 1
    assert len(companion.asked) + observatory.ledger.total <= 10


async def test_a_storm_of_computers_is_bounded(
    hass: HomeAssistant, companion: FakeServer, socket_enabled: None
) -> None:
    """No more cards than somebody can look at, and no more requests than those cost."""
    computers = [FakeServer("") for _ in range(60)]
    for computer in computers:
        await computer.start()
        computer.raw("api/get-api-port", str(computer.port).encode())
        computer.answer("v2/api/version", "2.2.15.0")
    await asyncio.gather(*(find(hass, announced(each, f"pc-{each.port}")) for each in computers))
    flows = hass.config_entries.flow.async_progress()
    assert len(flows) == discovery.MOST_OFFERED
    assert sum(bool(each.asked) for each in computers) == discovery.MOST_OFFERED
    assert sum(len(each.asked) for each in computers) <= 5 * discovery.MOST_OFFERED
    # A card that was put aside makes room for another computer.
    hass.config_entries.flow.async_abort(flows[0]["flow_id"])
    waiting = next(each for each in computers if not each.asked)
    form = await find(hass, announced(waiting, "waiting"))
    assert form["type"] is FlowResultType.FORM
    for computer in computers:
        await computer.stop()


async def test_announcements_one_after_the_other_are_bounded(
    hass: HomeAssistant, companion: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that lead nowhere are followed so many times in a while, and then again."""
    companion.raw("get-api-port", b"no")
    for number in range(60):
        await find(hass, announced(companion, f"pc-{number}"))
    assert len(companion.asked) == discovery.MOST_FOLLOWED
    monkeypatch.setattr(discovery, "WINDOW", 0.0)
    await find(hass, announced(companion, "another"))
    assert len(companion.asked) == discovery.MOST_FOLLOWED + 1


async def test_few_requests_are_under_way_at_a_time(
    hass: HomeAssistant, companion: FakeServer, socket_enabled: None
) -> None:
    """Computers that do not answer are not all waited for at once."""
    waiting, most, answer = 0, 0, asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await answer.wait()
        waiting -= 1
        return web.Response(text="no")

    computers = [FakeServer("/api") for _ in range(5)]
    for computer in computers:
        await computer.start()
        computer.on("get-api-port", hang)
    finding = [
        asyncio.create_task(begin(hass, announced(each, f"pc-{each.port}"))) for each in computers
    ]
    await eventually(lambda: waiting == discovery.MOST_AT_ONCE)
    await asyncio.sleep(0.1)
    answer.set()
    await asyncio.gather(*finding)
    assert most == discovery.MOST_AT_ONCE
    for computer in computers:
        await computer.stop()


async def test_a_rig_that_was_set_up_by_hand_announces_itself(
    hass: HomeAssistant, companion: FakeServer, loaded_entry: MockConfigEntry
) -> None:
    """It is not offered again, and nothing of its entry is changed."""
    before = loaded_entry.as_dict()
    assert visit(hass, loaded_entry) is None
    for _ in range(2):
        result = await find(hass, announced(companion))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert loaded_entry.as_dict() == before
    # The page of Touch'N'Stars is one for people, also after a restart without an announcement.
    page = f"http://{HOST}:{companion.port}/"
    assert visit(hass, loaded_entry) == page
    hass.data.pop(discovery._ANNOUNCEMENTS)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    assert visit(hass, loaded_entry) == page
    # On another computer it is not known.
    data = {**loaded_entry.data, CONF_HOST: "localhost"}
    hass.config_entries.async_update_entry(loaded_entry, data=data)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    assert visit(hass, loaded_entry) is None


async def test_the_form_is_filled_in_with_what_was_found(
    hass: HomeAssistant, observatory: Observatory, companion: FakeServer
) -> None:
    """Who adds the integration by hand types nothing, and the card is gone after that."""
    await find(hass, announced(companion, "Backyard"))
    context = ConfigFlowContext(source=SOURCE_USER)
    form = await hass.config_entries.flow.async_init(DOMAIN, context=context)
    filled = suggested(form)
    assert filled == {
        CONF_NAME: "Backyard",
        CONF_HOST: HOST,
        CONF_PORT: observatory.port,
        CONF_SCHEDULER_PORT: None,
    }
    given = {key: value for key, value in filled.items() if value is not None}
    result = await hass.config_entries.flow.async_configure(form["flow_id"], given)
    await hass.async_block_till_done(wait_background_tasks=False)
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Backyard")
    assert hass.config_entries.flow.async_progress() == []
    # Found again, it is known; another form has nothing to offer.
    assert (await find(hass, announced(companion, "Backyard")))["reason"] == "already_configured"
    form = await hass.config_entries.flow.async_init(DOMAIN, context=context)
    assert set(suggested(form).values()) == {None}


async def test_where_two_were_found_none_is_filled_in(
    hass: HomeAssistant, companion: FakeServer, socket_enabled: None
) -> None:
    """Nobody can tell which one is meant."""
    other = FakeServer("")
    await other.start()
    other.raw("api/get-api-port", str(other.port).encode())
    other.answer("v2/api/version", "2.2.15.0")
    await find(hass, announced(companion))
    await find(hass, announced(other, "other"))
    assert len(hass.config_entries.flow.async_progress()) == 2
    context = ConfigFlowContext(source=SOURCE_USER)
    form = await hass.config_entries.flow.async_init(DOMAIN, context=context)
    assert set(suggested(form).values()) == {None}
    await other.stop()


async def test_a_rig_that_is_reached_stays_where_it_is(
    hass: HomeAssistant, companion: FakeServer, loaded_entry: MockConfigEntry
) -> None:
    """The name that somebody typed is not replaced by an address that may change."""
    hass.config_entries.async_update_entry(loaded_entry, unique_id=UNIQUE_ID)
    result = await find(hass, announced(companion, host="127.0.0.2"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert loaded_entry.data[CONF_HOST] == HOST
    assert companion.asked == []
    assert moves(hass) == []


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
