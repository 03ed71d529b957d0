"""The first evening in German, on a phone: set up, ask, get a frame, and read the report."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, TimeoutError as PlaywrightTimeoutError

from scripts._demo.console import Console
from scripts._demo.errors import DemoError
from scripts._demo.target import ROOT, Household, Store

from .chromium import find_chromium
from .companion import notified
from .dashboard import add_dashboard
from .driver import prepare_driver
from .frontend import browser, label, new_page, show
from .integration import add_integration, texts
from .new_home import NewHome, new_home
from .picture import save
from .proofreading import Reading, Texts

LANGUAGE: Final = "de"
LOCALE: Final = "de-DE"
HOUSEHOLD: Final = Household(LANGUAGE, "DE", ("assist_pipeline", "mobile_app"))
SCREEN: Final = (412, 915)
SPEED: Final = 4.0
BEGUN_AGO: Final = timedelta(hours=3)

NAME: Final = "Sternwarte"
DASHBOARD: Final = "dashboard-sternwarte"
PHONE: Final = "Handy"
QUESTION: Final = "Ist die Sternwarte sicher?"
BLUEPRINT: Final = "Send frames to your phone"
# What the owner writes into the form of the blueprint, which is in English.
MESSAGE: Final = "Aufnahme {{ frame.light_frames }}, HFR {{ frame.hfr | round(2) }}"
MESSAGE_BEGINS: Final = "Aufnahme "

LIMIT: Final = 30_000
# Dialogs slide in, and cards appear one by one, in seconds.
SETTLING: Final = 2.0
# Until a frame is taken, in milliseconds and seconds.
NEXT_FRAME: Final = 300.0
# Of a picture of stars, in pixels.
SMALLEST: Final = 300


@dataclass(slots=True)
class Visit:
    """A phone, what it shows, and what is wrong with that."""

    page: Page
    opened: Browser
    home: NewHome
    folder: Path
    console: Console
    english: Texts = field(default_factory=lambda: Texts.load(LANGUAGE))
    texts: dict[str, Any] = field(default_factory=lambda: texts(LANGUAGE))
    faults: list[str] = field(default_factory=list)

    async def take(self, name: str, page: Page | None = None) -> None:
        """Take a picture of the screen, and read it."""
        page = page or self.page
        await asyncio.sleep(SETTLING)
        path = self.folder / f"german_{name}.webp"
        await save(path, page)
        reading = await Reading.of(page)
        found = list(self.english.faults(reading.shown))
        self.faults += [f"{path.name}: {fault}" for fault in found]
        for text in (*found, *(f"cut: {each}" for each in reading.cut)):
            self.console.say(f"    {name}: {text}")

    async def sees(self, text: str) -> None:
        """Wait until a text is shown; DemoError if it is not."""
        try:
            await self.page.get_by_text(text).first.wait_for(timeout=LIMIT)
        except PlaywrightTimeoutError:
            shown = (await Reading.of(self.page)).shown
            raise DemoError(f"“{text}” is not shown, but: {'; '.join(shown)}") from None


async def take_first_evening(folder: Path) -> None:
    """Live through it, and take the pictures; DemoError if anything is not as it should be."""
    await asyncio.to_thread(prepare_driver)
    chromium = await asyncio.to_thread(find_chromium)
    console, store = Console(), Store(ROOT / ".demo/german")
    with store.locked():
        store.clear()
        async with (
            new_home(store, console, HOUSEHOLD, SPEED, BEGUN_AGO) as home,
            notified(home.session, PHONE) as notifications,
            browser(chromium) as opened,
            new_page(
                opened, home.url, home.session.token, SCREEN, locale=LOCALE, phone=True
            ) as page,
        ):
            visit = Visit(page, opened, home, folder, console)
            async with console.step("Setting up"):
                await _set_up(visit)
            async with console.step(QUESTION):
                await _ask(visit)
            async with console.step("Sending frames to the phone"):
                await _send_frames(visit)
                await _open_frame(visit, notifications)
            async with console.step("Reading the report"):
                await _read_report(visit)
    if visit.faults:
        raise DemoError("Not in German: " + "; ".join(visit.faults))


async def _set_up(visit: Visit) -> None:
    """Add the integration and its dashboard."""
    page, home = visit.page, visit.home
    async for shown in add_integration(page, home.url, home.target, LANGUAGE):
        if shown == "added":
            await visit.sees(NAME)
        await visit.take(f"set_up_{shown}")
    async for shown in add_dashboard(page, home.url, DASHBOARD):
        await visit.take(f"dashboard_{shown}")
    await visit.sees(visit.texts["common"]["dashboard_roof"])


async def _ask(visit: Visit) -> None:
    """Ask Assist, and compare the answer with what is known."""
    page = visit.page
    await show(page, f"{visit.home.url}/{DASHBOARD}")
    assist = page.get_by_role("button", name=await label(page, "ui.panel.lovelace.menu.assist"))
    await assist.first.click(timeout=LIMIT)
    dialog = "ui.dialogs.voice_command"
    field = page.get_by_role("textbox", name=await label(page, f"{dialog}.input_label"))
    await field.fill(QUESTION, timeout=LIMIT)
    await field.press("Enter")
    await visit.sees(QUESTION)
    await visit.sees(visit.texts["common"]["voice_safe"])
    await visit.take("question")


async def _send_frames(visit: Visit) -> None:
    """Create an automation from the blueprint, in its form."""
    page = visit.page
    await show(page, f"{visit.home.url}/config/blueprint/dashboard")
    await page.get_by_text(BLUEPRINT).first.click(timeout=LIMIT)
    await page.get_by_text("Observatory", exact=True).first.wait_for(timeout=LIMIT)
    await visit.take("blueprint")


async def _open_frame(visit: Visit, notifications: asyncio.Queue[dict[str, Any]]) -> None:
    """Open the picture of the next notification, as the phone does: without a login."""
    async with asyncio.timeout(NEXT_FRAME):
        told = await notifications.get()
    visit.console.say(f"    {told['title']}: {told['message']}")
    if not told["message"].startswith(MESSAGE_BEGINS):
        raise DemoError(f"The phone was told: {told}")
    async with new_page(visit.opened, size=SCREEN, locale=LOCALE, phone=True) as page:
        answer = await page.goto(f"{visit.home.url}{told['data']['image']}")
        if answer is None or answer.status != 200:
            raise DemoError("The picture of the notification does not open.")
        width = await page.evaluate("document.images[0].naturalWidth")
        if width < SMALLEST:
            raise DemoError(f"The picture of the notification is {width} pixels wide.")
        await visit.take("frame", page)


async def _read_report(visit: Visit) -> None:
    """Open the report on the dashboard."""
    await show(visit.page, f"{visit.home.url}/{DASHBOARD}/report")
    await visit.sees(visit.texts["common"]["dashboard_report"])
    await visit.take("report")
