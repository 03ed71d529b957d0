"""A known N.I.N.A. at another address: an administrator is asked, and nothing moves before."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DOMAIN
from simulator import Observatory

from .api.fake import FakeServer
from .errors import TEXTS
from .states import REACHABLE, state
from .test_config_flow import HOST, NOBODY, unloaded
from .test_discovery import UNIQUE_ID, announced, companion, find, moves
from .waiting import eventually

__all__ = ["companion", "unloaded"]

pytestmark = pytest.mark.usefixtures("quiet", "unloaded")


@pytest.fixture
async def impostor(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run another N.I.N.A., which claims to be safe and would do what it is told."""
    async with Observatory(port=0, scheduler_port=None, speed=150) as impostor:
        yield impostor


@pytest.fixture
async def asked(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, companion: FakeServer, impostor: Observatory
) -> ir.IssueEntry:
    """Return the issue of an entry whose N.I.N.A. is gone and announced elsewhere."""
    await lose(hass, loaded_entry)
    companion.raw("get-api-port", str(impostor.port).encode())
    await find(hass, announced(companion))
    (issue,) = moves(hass)
    return issue


async def lose(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, name: str | None = UNIQUE_ID
) -> None:
    """Give an entry an address where nobody answers, and wait until that was noticed."""
    data = {**loaded_entry.data, CONF_PORT: NOBODY}
    hass.config_entries.async_update_entry(loaded_entry, data=data, unique_id=name)
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    await eventually(lambda: state(hass, REACHABLE) == "off")


async def open_flow(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, issue: ir.IssueEntry
) -> tuple[TestClient[Any, Any], str, dict[str, Any]]:
    """Open the repair flow of an issue as the browser does; return browser, address and form."""
    assert await async_setup_component(hass, REPAIRS, {})
    browser = await hass_client()
    data = {"handler": DOMAIN, "issue_id": issue.issue_id}
    answer = await browser.post("/api/repairs/issues/fix", json=data)
    assert answer.status == HTTPStatus.OK
    form = await answer.json()
    return browser, f"/api/repairs/issues/fix/{form['flow_id']}", form


@pytest.mark.parametrize("name", [None, UNIQUE_ID])
async def test_a_failed_poll_moves_nothing(
    hass: HomeAssistant,
    observatory: Observatory,
    companion: FakeServer,
    loaded_entry: MockConfigEntry,
    impostor: Observatory,
    name: str | None,
) -> None:
    """Set up by hand or by its card: another computer of the same name only causes a question.

    The question goes when the entry reaches its N.I.N.A. again.
    """
    hass.config_entries.async_update_entry(loaded_entry, unique_id=name)
    await find(hass, announced(companion))
    before = loaded_entry.as_dict()
    async with observatory.faults.during("refuse"):
        companion.raw("get-api-port", str(impostor.port).encode())
        result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert loaded_entry.as_dict() == before
    (issue,) = moves(hass)
    assert issue.translation_placeholders == {
        "rig": "Observatory",
        "old": f"{HOST}:{observatory.port}",
        "new": f"{HOST}:{impostor.port}",
    }
    await loaded_entry.runtime_data.equipment.async_read()
    assert moves(hass) == []
    assert loaded_entry.as_dict() == before


async def test_a_rig_without_a_name_is_known_by_its_start(
    hass: HomeAssistant,
    observatory: Observatory,
    companion: FakeServer,
    loaded_entry: MockConfigEntry,
) -> None:
    """An entry that was set up by hand and lost its N.I.N.A. is asked about, not doubled."""
    server = loaded_entry.runtime_data.equipment.data.server
    await lose(hass, loaded_entry, None)
    loaded_entry.runtime_data.equipment.data = type(loaded_entry.runtime_data.equipment.data)(
        server=server
    )
    result = await find(hass, announced(companion))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert loaded_entry.data[CONF_PORT] == NOBODY
    assert len(moves(hass)) == 1


async def test_nothing_is_asked_where_nina_does_not_answer(
    hass: HomeAssistant, companion: FakeServer, loaded_entry: MockConfigEntry
) -> None:
    """A new address is one only if N.I.N.A. answers there, and if it is another one."""
    await lose(hass, loaded_entry)
    for port in (NOBODY, NOBODY + 1, companion.port):
        companion.raw("get-api-port", str(port).encode())
        result = await find(hass, announced(companion))
        assert result["type"] is FlowResultType.ABORT
    assert moves(hass) == []
    assert loaded_entry.data[CONF_PORT] == NOBODY


async def test_an_administrator_confirms(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    asked: ir.IssueEntry,
    impostor: Observatory,
    hass_client: ClientSessionGenerator,
) -> None:
    """Only then the entry has the new address, and keeps everything else."""
    before = dict(loaded_entry.data)
    browser, url, form = await open_flow(hass, hass_client, asked)
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"]["new"] == f"{HOST}:{impostor.port}"
    # The frontend asks for the form before anything is filled in.
    shown = await (await browser.get(url)).json()
    assert (shown["type"], shown["step_id"]) == ("form", "confirm")
    assert loaded_entry.data == before
    assert impostor.ledger.total <= 3
    result = await (await browser.post(url, json={})).json()
    assert result["type"] == "create_entry"
    assert loaded_entry.data == {**before, CONF_PORT: impostor.port}
    assert loaded_entry.data[CONF_SCHEDULER_PORT] == before[CONF_SCHEDULER_PORT]
    assert loaded_entry.unique_id == UNIQUE_ID
    await eventually(
        lambda: loaded_entry.state is ConfigEntryState.LOADED and state(hass, REACHABLE) == "on"
    )
    assert moves(hass) == []


async def test_only_an_administrator_confirms(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    asked: ir.IssueEntry,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant lets nobody else into a repair flow, begun or not."""
    before = dict(loaded_entry.data)
    _, url, _ = await open_flow(hass, hass_client, asked)
    reader = await hass_client(hass_read_only_access_token)
    data = {"handler": DOMAIN, "issue_id": asked.issue_id}
    for answer in (
        await reader.post("/api/repairs/issues/fix", json=data),
        await reader.get(url),
        await reader.post(url, json={}),
    ):
        assert answer.status == HTTPStatus.UNAUTHORIZED
    # Home Assistant warns of each attempt.
    caplog.clear()
    assert loaded_entry.data == before


@pytest.mark.parametrize(
    ("fault", "error"),
    [("refuse", "cannot_connect"), ("html", "not_nina"), ("unknown_error", "nina_failed")],
)
async def test_nothing_moves_to_where_nina_does_not_answer_any_more(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    asked: ir.IssueEntry,
    impostor: Observatory,
    hass_client: ClientSessionGenerator,
    fault: str,
    error: str,
) -> None:
    """The address is asked again when it is confirmed, and the form says what is wrong."""
    before = dict(loaded_entry.data)
    browser, url, _ = await open_flow(hass, hass_client, asked)
    async with impostor.faults.during(fault, **({} if fault == "refuse" else {"path": "*"})):
        form = await (await browser.post(url, json={})).json()
    assert form["errors"] == {"base": error}
    assert TEXTS["issues"]["moved"]["fix_flow"]["error"][error]
    assert loaded_entry.data == before
    assert (await (await browser.post(url, json={})).json())["type"] == "create_entry"


async def test_what_was_shown_is_confirmed(
    hass: HomeAssistant,
    observatory: Observatory,
    companion: FakeServer,
    loaded_entry: MockConfigEntry,
    asked: ir.IssueEntry,
    impostor: Observatory,
    hass_client: ClientSessionGenerator,
) -> None:
    """Another announcement while somebody looks at the form does not change what it asks."""
    browser, url, _ = await open_flow(hass, hass_client, asked)
    companion.raw("get-api-port", str(observatory.port).encode())
    await find(hass, announced(companion))
    (other,) = moves(hass)
    assert other.issue_id != asked.issue_id
    await browser.post(url, json={})
    assert loaded_entry.data[CONF_PORT] == impostor.port


@pytest.mark.parametrize("reason", ["reachable", "already_moved", "already_configured", "removed"])
async def test_a_question_that_is_no_longer_one(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    asked: ir.IssueEntry,
    impostor: Observatory,
    hass_client: ClientSessionGenerator,
    reason: str,
) -> None:
    """An entry that was found again, moved, doubled or removed meanwhile stays as it is."""
    browser, url, _ = await open_flow(hass, hass_client, asked)
    if reason == "reachable":
        loaded_entry.runtime_data.equipment.data = type(loaded_entry.runtime_data.equipment.data)(
            reachable=True
        )
    elif reason == "already_moved":
        data = {**loaded_entry.data, CONF_PORT: observatory.port}
        hass.config_entries.async_update_entry(loaded_entry, data=data)
    elif reason == "already_configured":
        data = {CONF_HOST: HOST, CONF_PORT: impostor.port}
        MockConfigEntry(domain=DOMAIN, data=data).add_to_hass(hass)
    else:
        await hass.config_entries.async_remove(loaded_entry.entry_id)
    before = dict(loaded_entry.data)
    result = await (await browser.post(url, json={})).json()
    expected = "already_moved" if reason == "removed" else reason
    assert (result["type"], result["reason"]) == ("abort", expected)
    assert TEXTS["issues"]["moved"]["fix_flow"]["abort"][expected]
    assert loaded_entry.data == before
    assert moves(hass) == []


@pytest.mark.parametrize("how", ["reconfigured", "disabled", "removed", "reloaded"])
async def test_the_question_goes_with_its_reason(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    asked: ir.IssueEntry,
    how: str,
) -> None:
    """It stands over a reload, and goes when the entry was moved otherwise or is not used."""
    if how == "removed":
        await hass.config_entries.async_remove(loaded_entry.entry_id)
    elif how == "disabled":
        await hass.config_entries.async_set_disabled_by(
            loaded_entry.entry_id, ConfigEntryDisabler.USER
        )
    else:
        port = observatory.port if how == "reconfigured" else NOBODY
        data = {**loaded_entry.data, CONF_PORT: port}
        hass.config_entries.async_update_entry(loaded_entry, data=data)
        await hass.config_entries.async_reload(loaded_entry.entry_id)
    assert moves(hass) == ([asked] if how == "reloaded" else [])
