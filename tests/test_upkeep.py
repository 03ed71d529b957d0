"""What a person can mend, as the page of repairs shows it: it appears, can be checked, and goes by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch
import uuid

from aiohttp.test_utils import TestClient
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DOMAIN
from custom_components.nina_observatory.helpers.issues import PAGE
from custom_components.nina_observatory.upkeep.address import search
from scripts._site.pages import anchors
from simulator import Observatory

from .api.fake import FakeServer
from .commanding import answer
from .conftest import make_entry, set_up, unload
from .errors import TEXTS, refused
from .states import REACHABLE, state
from .test_config_flow import HOST, NOBODY, unloaded
from .waiting import eventually

__all__ = ["unloaded"]

pytestmark = pytest.mark.usefixtures("unloaded")

ISSUES = TEXTS["issues"]
DOCUMENT = Path(__file__).parent.parent / "docs/repairs.md"


@dataclass
class Page:
    """The page of repairs in a browser."""

    hass: HomeAssistant
    socket: MockHAClientWebSocket
    browser: TestClient[Any, Any]

    async def ask(self, kind: str, **values: Any) -> Any:
        """Ask as the frontend does."""
        await self.socket.send_json_auto_id({"type": kind, **values})
        response = await self.socket.receive_json()
        assert response["success"], response
        return response["result"]

    async def shown(self) -> dict[str, dict[str, Any]]:
        """Return what is listed, by the key of its text; every text is there, and its section."""
        listed = (await self.ask("repairs/list_issues"))["issues"]
        ours = [each for each in listed if each["domain"] == DOMAIN]
        sections = anchors(DOCUMENT.read_text())
        for each in ours:
            text = ISSUES[each["translation_key"]]
            assert each["is_fixable"] is ("fix_flow" in text)
            filled = each["translation_placeholders"]
            # A flow fills in its own texts.
            told = text["title"] + text.get("description", "")
            assert set(re.findall(r"{(\w+)}", told)) <= set(filled)
            page, _, section = each["learn_more_url"].partition("#")
            assert (page, section in sections) == (PAGE, True)
        return {each["translation_key"]: each for each in ours}

    async def keys(self) -> set[str]:
        """Return the keys of what is listed."""
        return set(await self.shown())

    async def until(self, *keys: str) -> None:
        """Return once exactly these are listed."""
        for pause in (*[0.1] * 50, *[5.0] * 200):
            if await self.keys() == set(keys):
                return
            await asyncio.sleep(pause)
        assert await self.keys() == set(keys)

    async def open(self, key: str) -> dict[str, Any]:
        """Open the flow of an issue."""
        issue = (await self.shown())[key]
        return await self.post("", handler=DOMAIN, issue_id=issue["issue_id"])

    async def post(self, flow: str, **values: Any) -> dict[str, Any]:
        """Begin a flow, or submit its form; what is shown has its text, filled in."""
        path = f"/api/repairs/issues/fix{flow and '/'}{flow}"
        response = await self.browser.post(path, json=values)
        assert response.status == HTTPStatus.OK, await response.text()
        result: dict[str, Any] = await response.json()
        return result

    def check(self, key: str, result: dict[str, Any]) -> None:
        """Check that a step of a flow has all its texts."""
        texts = ISSUES[key]["fix_flow"]
        if result["type"] == "abort":
            assert texts["abort"][result["reason"]]
            return
        step = texts["step"][result["step_id"]]
        filled = result["description_placeholders"]
        assert set(re.findall(r"{(\w+)}", step["title"] + step["description"])) <= set(filled)
        for error in (result.get("errors") or {}).values():
            assert set(re.findall(r"{(\w+)}", texts["error"][error])) <= set(filled)
        for option in result.get("menu_options", ()):
            assert step["menu_options"][option]


@pytest.fixture
async def page(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, hass_client: ClientSessionGenerator
) -> Page:
    """Open the page of repairs."""
    # A server that has clients takes no further addresses.
    assert await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, REPAIRS, {})
    return Page(hass, await hass_ws_client(hass), await hass_client())


@pytest.fixture
async def fine(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory without haste, since hours pass in these tests, and without a clock."""
    async with Observatory(port=0, scheduler_port=0, scenario="idle") as fine:
        hide_clock(fine)
        yield fine


def hide_clock(observatory: Observatory) -> None:
    """Have a clock that cannot be read."""
    observatory.transport.given["/time"] = None


def set_clock(observatory: Observatory, seconds: float) -> None:
    """Have a clock that is ahead."""
    moment = dt_util.utcnow() + timedelta(seconds=seconds)
    observatory.transport.given["/time"] = moment.isoformat()


def other_profiles(observatory: Observatory) -> None:
    """Have an N.I.N.A. that was installed on another computer."""
    for each in observatory.profiles.all:
        each.id = str(uuid.uuid4())


async def read(entry: MockConfigEntry) -> None:
    """Read everything that is read at long intervals."""
    data = entry.runtime_data
    await data.settings.async_read_all()
    await data.catalog.async_read()
    if data.scheduler is not None:
        await data.scheduler.async_read()


async def test_what_appears_while_everything_runs(
    hass: HomeAssistant, fine: Observatory, page: Page
) -> None:
    """Each is listed, says that nothing has changed when it is checked too early, and is then gone."""
    entry = make_entry(fine)
    await set_up(hass, entry)
    await page.until()

    async def check(key: str, error: str | None) -> None:
        """Open the issue, have it checked, and see what that says."""
        form = await page.open(key)
        page.check(key, form)
        if form["type"] == "menu":
            form = await page.post(form["flow_id"], next_step_id="confirm")
        page.check(key, form)
        result = await page.post(form["flow_id"])
        if error is None:
            assert result["type"] == "create_entry"
            await page.until()
        else:
            page.check(key, result)
            assert result["errors"] == {"base": error}
            assert await page.keys() == {key}

    fine.settings.thumbnails = False
    await read(entry)
    await page.until("thumbnails_off")
    await check("thumbnails_off", "unchanged")
    async with fine.faults.during("unknown_error", path="/plugin/settings"):
        await check("thumbnails_off", "cannot_connect")
    fine.settings.thumbnails = True
    await check("thumbnails_off", None)

    for seconds, key in ((5000, "clock_ahead"), (-4000, "clock_behind")):
        set_clock(fine, seconds)
        await read(entry)
        await page.until(key)
        await check(key, "unchanged")
    shown = (await page.shown())["clock_behind"]["translation_placeholders"]
    assert re.fullmatch(r"1 h \d+ min", shown["difference"])
    set_clock(fine, 0)
    await check("clock_behind", None)

    async with fine.faults.during("scheduler_gone"):
        await read(entry)
        await page.until("scheduler_off")
        await check("scheduler_off", "unchanged")
    await check("scheduler_off", None)

    hide_clock(fine)
    other_profiles(fine)
    await read(entry)
    await page.until("wrong_nina")
    assert (await page.shown())["wrong_nina"]["severity"] == "error"
    await check("wrong_nina", None)
    await read(entry)
    assert await page.keys() == set()
    await unload(hass, entry)


async def test_what_goes_by_itself_over_restarts(
    hass: HomeAssistant, fine: Observatory, page: Page
) -> None:
    """Nothing is mended by being closed, unloaded or restarted; it goes when it is seen mended."""
    fine.settings.thumbnails = False
    set_clock(fine, 3600)
    entry = make_entry(fine)
    # It is there when Home Assistant starts.
    await set_up(hass, entry)
    await page.until("thumbnails_off", "clock_ahead")
    async with fine.faults.during("refuse"):
        await eventually(lambda: state(hass, REACHABLE) == "off")
        assert await page.keys() == {"thumbnails_off", "clock_ahead"}
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert await page.keys() == {"thumbnails_off", "clock_ahead"}
        # It is mended while N.I.N.A. is closed.
        fine.settings.thumbnails = True
    await page.until("clock_ahead")
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert await page.keys() == set()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await page.until("clock_ahead")
    form = await page.open("clock_ahead")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert await page.keys() == set()
    result = await page.post(form["flow_id"])
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")
    page.check("clock_ahead", result)


@pytest.mark.newest
async def test_removed_while_it_is_checked(
    hass: HomeAssistant, fine: Observatory, page: Page
) -> None:
    """What was read until then reports nothing any more."""
    fine.settings.thumbnails = False
    entry = make_entry(fine)
    await set_up(hass, entry)
    await page.until("thumbnails_off")
    form = await page.open("thumbnails_off")
    settings = entry.runtime_data.settings
    read_all = settings.async_read_all

    async def read_and_remove() -> None:
        await read_all()
        await hass.config_entries.async_remove(entry.entry_id)

    with patch.object(settings, "async_read_all", read_and_remove):
        result = await page.post(form["flow_id"])
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")
    assert await page.keys() == set()


async def test_doing_without_the_scheduler(
    hass: HomeAssistant, fine: Observatory, page: Page
) -> None:
    """A person who has no Target Scheduler any more removes it from the entry there and then."""
    entry = make_entry(fine)
    async with fine.faults.during("scheduler_gone"):
        await set_up(hass, entry)
        await page.until("scheduler_off")
        form = await page.open("scheduler_off")
        form = await page.post(form["flow_id"], next_step_id="remove")
        page.check("scheduler_off", form)
        assert (await page.post(form["flow_id"]))["type"] == "create_entry"
        await eventually(lambda: CONF_SCHEDULER_PORT not in entry.data)
        await page.until()
        await eventually(lambda: entry.state is ConfigEntryState.LOADED)
        assert entry.runtime_data.scheduler is None
    await unload(hass, entry)


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("2.1", {"plugin_pictures", "plugin_scheduler"}),
        pytest.param("2.2.7.0", {"plugin_zeros"}, marks=pytest.mark.newest),
    ],
)
async def test_an_old_plugin(
    hass: HomeAssistant, socket_enabled: None, page: Page, version: str, keys: set[str]
) -> None:
    """Only what is in use is reported; an action once it was called, until the plugin is new enough."""
    async with AsyncExitStack() as stack:
        old = Observatory(port=0, scheduler_port=0, version=version)
        await stack.enter_async_context(old)
        hide_clock(old)
        entry = make_entry(old)
        await set_up(hass, entry)
        await page.until(*keys)
        with refused("plugin_too_old"):
            await answer(hass, entry, "solve")
        await page.until(*keys, "plugin_action")
        told = (await page.shown())["plugin_action"]["translation_placeholders"]
        assert told["action"] == "nina_observatory.solve"
        assert told["needed"] == "2.2.13"
        await unload(hass, entry)
        async with Observatory(port=0, scheduler_port=0) as new:
            hide_clock(new)
            ports = {CONF_PORT: new.port, CONF_SCHEDULER_PORT: new.scheduler_port}
            hass.config_entries.async_update_entry(entry, data={**entry.data, **ports})
            await hass.config_entries.async_setup(entry.entry_id)
            await page.until()
            await unload(hass, entry)


@pytest.fixture
async def stranger(socket_enabled: None) -> AsyncIterator[FakeServer]:
    """Run a server that is not N.I.N.A."""
    server = FakeServer("/v2/api")
    await server.start()
    yield server
    await server.stop()


@pytest.mark.newest
async def test_another_program(hass: HomeAssistant, stranger: FakeServer, page: Page) -> None:
    """One that answers with something else is told from a plugin that is too old, and from nobody."""
    data = {CONF_HOST: HOST, CONF_PORT: stranger.port}
    entry = MockConfigEntry(domain=DOMAIN, title="Observatory", data=data)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await page.until("not_nina")
    stranger.answer("version", "1.2.0.0")
    await page.until("plugin_unsupported")
    stranger.handlers.clear()
    await page.until("plugin_unsupported", "not_nina")
    await unload(hass, entry)


async def test_two_of_one_computer(hass: HomeAssistant, fine: Observatory, page: Page) -> None:
    """Two entries for one N.I.N.A. are one issue; a copy with the other's profile is a stranger."""
    first = make_entry(fine)
    await set_up(hass, first)
    async with Observatory(port=0, scheduler_port=None) as copy:
        hide_clock(copy)
        mine, other = copy.profiles.all[:2]
        copy.profiles.active = other
        data = {CONF_HOST: HOST, CONF_PORT: fine.port}
        second = MockConfigEntry(domain=DOMAIN, title="Remote", entry_id="b" * 32, data=data)
        second.add_to_hass(hass)
        # As Home Assistant leaves it to people, it has the name of the other in another spelling.
        hass.config_entries.async_update_entry(second, title="observatory")
        await hass.config_entries.async_setup(second.entry_id)
        await page.until("same_nina", "name_taken")
        form = await page.open("name_taken")
        page.check("name_taken", form)
        for name, error in (("", "name_missing"), ("OBSERVATORY", "name_taken")):
            form = await page.post(form["flow_id"], name=name)
            assert form["errors"] == {"name": error}
            page.check("name_taken", form)
        assert (await page.post(form["flow_id"], name="Remote"))["type"] == "create_entry"
        await page.until("same_nina")
        assert second.title == "Remote"
        hass.config_entries.async_update_entry(second, data={**data, CONF_PORT: copy.port})
        await hass.config_entries.async_reload(second.entry_id)
        await page.until()
        # Its copy is closed, and the other one takes its port.
        copy.profiles.active = mine
        await second.runtime_data.catalog.async_read()
        # That profile was active here before it had an address of its own.
        await page.until()
        copy.profiles.active = other
        await second.runtime_data.catalog.async_read()
        await first.runtime_data.catalog.async_read()
        fine.profiles.active = other_of(fine, other.id)
        await first.runtime_data.catalog.async_read()
        await page.until("wrong_nina_copy")
        told = (await page.shown())["wrong_nina_copy"]["translation_placeholders"]
        assert (told["other"], told["profile"]) == ("Remote", other.name)
        await unload(hass, second)
        await unload(hass, first)


def other_of(observatory: Observatory, number: str) -> Any:
    """Return a profile by its id."""
    found = observatory.profiles.find(uuid.UUID(number))
    assert found is not None
    return found


@pytest.mark.parametrize("known", [True, pytest.param(False, marks=pytest.mark.newest)])
async def test_a_port_that_moved(
    hass: HomeAssistant, fine: Observatory, page: Page, known: bool
) -> None:
    """An N.I.N.A. with a profile of this observatory is offered at its new port, and never followed."""
    entry = make_entry(fine)
    await set_up(hass, entry)
    await read(entry)
    await unload(hass, entry)
    port = fine.port
    if not known:
        other_profiles(fine)
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PORT: NOBODY})
    fine.ledger.reset()
    with patch.multiple(search, NEIGHBORS=(port - NOBODY,), SEARCH_AFTER=1.0, SEARCH_EVERY=3.0):
        await hass.config_entries.async_setup(entry.entry_id)
        # Once it is asked about, nothing is searched for any more.
        await eventually(lambda: fine.ledger.total >= (2 if known else 6))
        await page.until(*(["moved_port"] if known else []))
        assert entry.data[CONF_PORT] == NOBODY
        if known:
            form = await page.open("moved_port")
            page.check("moved_port", form)
            assert (await page.post(form["flow_id"]))["type"] == "create_entry"
            await page.until()
            assert entry.data[CONF_PORT] == port
    await unload(hass, entry)


@pytest.mark.newest
async def test_the_port_that_touch_n_stars_names(
    hass: HomeAssistant, fine: Observatory, stranger: FakeServer, page: Page
) -> None:
    """After a restart nothing is announced, and its page is still known: it is asked."""
    companion = FakeServer("/api")
    await companion.start()
    companion.raw("get-api-port", str(fine.port).encode())
    entry = make_entry(fine)
    await set_up(hass, entry)
    await unload(hass, entry)
    page_of = f"http://{HOST}:{companion.port}/"
    with patch.multiple(search, page_of=lambda _hass, _entry: page_of, SEARCH_AFTER=1.0):
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PORT: stranger.port})
        await hass.config_entries.async_setup(entry.entry_id)
        await page.until("moved_port", "not_nina")
    await unload(hass, entry)
    await companion.stop()


async def test_a_roof_that_nothing_reports(
    hass: HomeAssistant, socket_enabled: None, page: Page
) -> None:
    """That the danger is over proves nothing; a reading does, and an ignored issue returns."""
    night = Observatory(port=0, scheduler_port=None, scenario="idle", without=["safety_monitor"])
    async with night:
        hide_clock(night)
        night.dome.put_shutter(1.0)
        night.dome.refresh()
        data = {CONF_HOST: HOST, CONF_PORT: night.port}
        entry = MockConfigEntry(domain=DOMAIN, title="Observatory", data=data)
        await set_up(hass, entry)
        alarm = entry.runtime_data.roof_alarm
        async with night.faults.during("refuse"):
            await eventually(lambda: state(hass, REACHABLE) == "off")
            alarm.async_demand("test", "rain")
            await page.until("roof_unreachable")
            alarm.async_demand("test", None)
            assert await page.keys() == {"roof_unreachable"}
            issue = (await page.shown())["roof_unreachable"]
            await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            assert await page.keys() == {"roof_unreachable"}
            ignore = {"domain": DOMAIN, "issue_id": issue["issue_id"], "ignore": True}
            await page.ask("repairs/ignore_issue", **ignore)
            assert (await page.shown())["roof_unreachable"]["ignored"]
            entry.runtime_data.roof_alarm.async_demand("test", "rain")
            while _ignored(hass, issue["issue_id"]):
                await asyncio.sleep(5)
            entry.runtime_data.roof_alarm.async_demand("test", None)
            assert await page.keys() == {"roof_unreachable"}
        # It is read open, as it may be.
        await page.until()
        await unload(hass, entry)


def _ignored(hass: HomeAssistant, issue_id: str) -> bool:
    """Return whether an issue is ignored."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return issue is None or issue.dismissed_version is not None
