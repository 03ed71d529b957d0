"""What comes of an announcement, as a person sees it: the card of a new N.I.N.A., a new address."""

import asyncio
from typing import Any

from aiohttp import ClientConnectionResetError
from aiohttp.http_websocket import WebSocketWriter
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from playwright.async_api import expect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from scripts._browser.chromium import Chromium
from scripts._browser.frontend import browser, new_page, show
from simulator import Observatory
from tests.api.fake import FakeServer
from tests.states import REACHABLE, state
from tests.test_config_flow import HOST, NOBODY, unloaded
from tests.test_discovery import announced, companion, find
from tests.test_repairs import lose
from tests.waiting import eventually

__all__ = ["companion", "unloaded"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400), pytest.mark.usefixtures("unloaded")]

LONG = 30_000
_SEND = WebSocketWriter._send_compressed_frame_async_locked.__qualname__
ONBOARDED = {"done": ["user", "core_config", "analytics", "integration"]}


@pytest.fixture
def leaving(hass: HomeAssistant) -> None:
    """Let a page be closed while Home Assistant sends it a long message.

    aiohttp sends such a message in a task that nobody awaits any more once the page is gone, and
    that raises then.
    """
    loop = hass.loop
    report = loop.get_exception_handler()
    assert report is not None

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Report everything else."""
        sending = context.get("future")
        coroutine = sending.get_coro() if isinstance(sending, asyncio.Task) else None
        is_sending = getattr(coroutine, "__qualname__", "") == _SEND
        if not is_sending or not isinstance(context.get("exception"), ClientConnectionResetError):
            report(loop, context)

    loop.set_exception_handler(handle)


@pytest.fixture
async def home(
    hass: HomeAssistant,
    leaving: None,
    hass_storage: dict[str, Any],
    hass_client: ClientSessionGenerator,
) -> str:
    """Return where the frontend is."""
    hass_storage["onboarding"] = {"version": 4, "key": "onboarding", "data": ONBOARDED}
    # All that answers requests is registered before the first one comes.
    for component in ("frontend", "calendar", "camera", "image", "media_source", DOMAIN):
        assert await async_setup_component(hass, component, {})
    return str((await hass_client()).make_url("/")).rstrip("/")


async def test_the_card_is_set_up(
    hass: HomeAssistant,
    home: str,
    hass_access_token: str,
    observatory: Observatory,
    companion: FakeServer,
    chromium: Chromium,
) -> None:
    """Opening it asks for the form with nothing filled in; submitting it makes the entry."""
    await find(hass, announced(companion))
    async with browser(chromium) as opened, new_page(opened, home, hass_access_token) as page:
        await show(page, f"{home}/config/integrations/dashboard")
        card = page.locator("ha-config-flow-card", has_text="observatory-pc")
        await card.get_by_role("button", name="Add").click(timeout=LONG)
        question = page.get_by_text(
            "N.I.N.A. was discovered on the computer observatory-pc at 127.0.0.1"
        )
        await expect(question).to_be_visible(timeout=LONG)
        port = page.get_by_role("spinbutton", name="Port", exact=False).first
        await expect(port).to_have_value(str(observatory.port))
        name = page.get_by_role("textbox", name="Name", exact=False).first
        await expect(name).to_have_value("observatory-pc")
        await name.fill("Backyard")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.get_by_role("button", name="Skip and finish")).to_be_visible(timeout=LONG)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.title == "Backyard"
    # A demonstration on this machine may have its Target Scheduler at the usual port.
    assert entry.data.items() >= {CONF_HOST: HOST, CONF_PORT: observatory.port}.items()


async def test_a_new_address_is_confirmed(
    hass: HomeAssistant,
    home: str,
    hass_access_token: str,
    observatory: Observatory,
    companion: FakeServer,
    chromium: Chromium,
    loaded_entry: MockConfigEntry,
) -> None:
    """The repair shows both addresses as text, and submitting it moves the entry."""
    await lose(hass, loaded_entry)
    await find(hass, announced(companion))
    async with browser(chromium) as opened, new_page(opened, home, hass_access_token) as page:
        await show(page, f"{home}/config/repairs")
        await page.get_by_text("Has Observatory moved to a new address?").click(timeout=LONG)
        question = page.get_by_text(f"announces N.I.N.A. at 127.0.0.1:{observatory.port}.")
        await expect(question).to_be_visible(timeout=LONG)
        assert loaded_entry.data[CONF_PORT] == NOBODY
        await page.get_by_role("button", name="Submit").click()
        await eventually(lambda: loaded_entry.data[CONF_PORT] == observatory.port)
        await eventually(lambda: state(hass, REACHABLE) == "on")
