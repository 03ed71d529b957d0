"""A roof that jams in the rain, as a person sees it: from the rain to the report of the night."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect
import pytest

from scripts._browser.chromium import Chromium
from scripts._browser.devices import show_device
from scripts._browser.diary import show_diary
from scripts._browser.frontend import browser, new_page, show
from scripts._browser.jammed_roof import (
    DOME,
    GUARD,
    ISSUE,
    notify_report,
    open_guard_options,
    open_notifications,
    open_repair,
    submit,
)
from scripts._browser.simulation import Simulation
from scripts._checks.files import read_object
from scripts._demo.dashboard import PATH as DASHBOARD
from scripts._demo.session import Session
from scripts._demo.target import DOMAIN, ROOT

from .conftest import Running, demonstrated

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

LONG = 60_000
TEXTS = read_object(ROOT / "custom_components" / DOMAIN / "translations/en.json")
GUARD_TEXTS = TEXTS["entity"]["sensor"]["roof_guard"]["state"]
EVENT_TEXTS = TEXTS["entity"]["event"]["dome"]["state_attributes"]
TYPES, REASONS = (EVENT_TEXTS[name]["state"] for name in ("event_type", "reason"))
NOT_SAFE = TEXTS["entity"]["binary_sensor"]["not_safe"]["state"]["on"]
NOT_CLOSED, CLOSED = "The roof is not closed", "The roof is closed"


@pytest.fixture(scope="module")
def begun(chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start a demonstration of its own: other tests have the roof closed in the end."""
    with demonstrated(tmp_path_factory.mktemp("jammed")) as running:
        yield running


@pytest.fixture
async def session(begun: Running, socket_enabled: None) -> AsyncIterator[Session]:
    """Return a session with its Home Assistant."""
    async with Session.open(begun.url, begun.token) as opened:
        yield opened


@pytest.fixture
async def window(begun: Running, session: Session, chromium: Chromium) -> AsyncIterator[Page]:
    """Return a page that is signed in there."""
    async with browser(chromium) as opened, new_page(opened, begun.url, begun.token) as made:
        yield made


async def sees(page: Page, text: str) -> None:
    """Wait until a text is shown."""
    await expect(page.get_by_text(text).first).to_be_visible(timeout=LONG)


async def test_a_jammed_roof(begun: Running, session: Session, window: Page) -> None:
    """Armed in the options; jammed in the rain; told everywhere; over once the roof is free."""
    url, simulation = begun.url, Simulation(begun.control)
    await open_guard_options(window, url)
    await submit(window)
    await begun.becomes(GUARD, "watching")
    await begun.becomes(DOME, "open")
    (entry,) = await session.ask("config_entries/get", domain=DOMAIN)
    await show_device(window, url, session, entry["entry_id"], "dome")
    await sees(window, GUARD_TEXTS["watching"])

    await simulation.jam()
    await simulation.rain()
    await sees(window, GUARD_TEXTS["failed"])
    await open_notifications(window)
    await sees(window, NOT_CLOSED)
    failed_at = datetime.now(UTC)
    await sees(window, f"{REASONS['error']}. Check the roof now")

    await show(window, f"{url}/{DASHBOARD}/tonight")
    safety = window.get_by_role("button", name=f"Safety {NOT_SAFE}", exact=True)
    await expect(safety.first).to_be_visible(timeout=LONG)
    await open_repair(window, url)
    promised = TEXTS["issues"]["roof_error"]["description"]
    for sentence in (promised.partition(".")[0], promised.rpartition("\n")[2]):
        await sees(window, sentence)

    await simulation.free()
    await begun.becomes(DOME, "closed")
    await begun.becomes(GUARD, "closed_by_guard")
    await show(window, f"{url}/config/repairs")
    await sees(window, "no repairs pending")
    await expect(window.get_by_text(ISSUE)).to_have_count(0)

    await notify_report(session)
    await open_notifications(window)
    await sees(window, "It has been closed since")
    await expect(window.get_by_text(CLOSED, exact=True)).to_be_visible()
    await expect(window.get_by_text(NOT_CLOSED, exact=True)).to_have_count(0)
    await sees(window, "Roof: not confirmed closed")
    await show_diary(window, url)
    await sees(window, f"{TYPES['roof_guard_closed']}: {REASONS['unsafe']}")
    # The list has only those lines that fit in the window, and each try to close has one.
    await show_diary(window, url, end=failed_at + timedelta(seconds=1))
    await sees(window, f"{TYPES['roof_close_failed']}: {REASONS['error']}")
