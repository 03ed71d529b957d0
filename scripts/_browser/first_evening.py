"""The first evening in German, on a phone: set up, ask, get a frame, and read the report."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page

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

DASHBOARD: Final = "dashboard-sternwarte"
PHONE: Final = "Handy"
QUESTION: Final = "Ist die Sternwarte sicher?"
CAMERA: Final = "Sternwarte Kamera"
BLUEPRINT: Final = "Send frames to your phone"
TEXTS_OF_BLUEPRINT: Final = "Text"
EVERY: Final = "1"
# What the owner writes into the form of the blueprint, which is in English.
MESSAGE: Final = (
    "Aufnahme {{ frame.light_frames }}, "
    "HFR {{ frame.hfr | round(2) | string | replace('.', ',') }} px"
)
MESSAGE_BEGINS: Final = "Aufnahme "

LIMIT: Final = 30.0
CLICK_LIMIT: Final = 30_000
# Dialogs slide in, and cards appear one by one, in seconds.
SETTLING: Final = 2.0
# Until the next frame is taken, in seconds.
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

    async def read(self, name: str) -> None:
        """Read the screen: everything has to be in its language, and nothing may be cut off."""
        await asyncio.sleep(SETTLING)
        reading = await Reading.of(self.page)
        found = (*self.english.faults(reading.shown), *(f"cut: {each}" for each in reading.cut))
        self.faults += [f"{name}: {fault}" for fault in found]

    async def take(self, name: str) -> None:
        """Read the screen, and take a picture of it."""
        await self.read(name)
        await save(self.folder / f"german_{name}.webp", self.page)

    async def sees(self, text: str) -> None:
        """Wait until a text is shown; DemoError if it is not."""
        shown: tuple[str, ...] = ()
        try:
            async with asyncio.timeout(LIMIT):
                while not any(text in each for each in shown):
                    shown = (await Reading.of(self.page)).shown
        except TimeoutError:
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
        raise DemoError("Wrong on the phone: " + "; ".join(visit.faults))


async def _set_up(visit: Visit) -> None:
    """Add the integration and its dashboard."""
    page, home = visit.page, visit.home
    async for shown in add_integration(page, home.url, home.target, LANGUAGE):
        if shown == "added":
            await visit.sees(CAMERA)
        await visit.take(shown)
    async for shown in add_dashboard(page, home.url, DASHBOARD):
        await visit.read(shown)
    await visit.sees(visit.texts["common"]["dashboard_roof"])
    await visit.take("dashboard")


async def _ask(visit: Visit) -> None:
    """Ask Assist, and compare the answer with what is known."""
    page = visit.page
    await show(page, f"{visit.home.url}/{DASHBOARD}")
    # A narrow screen has it in a menu.
    await page.locator("hui-root .header ha-dropdown ha-icon-button").last.click(
        timeout=CLICK_LIMIT
    )
    assist = await label(page, "ui.panel.lovelace.menu.assist")
    await page.get_by_role("menuitem", name=assist, exact=True).first.click(timeout=CLICK_LIMIT)
    dialog = "ui.dialogs.voice_command"
    field = page.get_by_role("textbox", name=await label(page, f"{dialog}.input_label"))
    await field.fill(QUESTION, timeout=CLICK_LIMIT)
    await field.press("Enter")
    await visit.sees(QUESTION)
    await visit.sees(visit.texts["common"]["voice_safe"])
    await visit.take("question")


async def _send_frames(visit: Visit) -> None:
    """Create an automation from the blueprint, in its form: nobody edits a file."""
    page = visit.page
    await show(page, f"{visit.home.url}/config/blueprint/dashboard")
    await page.get_by_text(BLUEPRINT).first.click(timeout=CLICK_LIMIT)
    for device in (CAMERA, PHONE):
        device_picker = await label(page, "ui.components.device-picker.placeholder")
        await page.get_by_text(device_picker).first.click(timeout=CLICK_LIMIT)
        await page.get_by_text(device, exact=True).first.click(timeout=CLICK_LIMIT)
    await page.get_by_role("spinbutton").first.fill(EVERY, timeout=CLICK_LIMIT)
    await page.get_by_text(TEXTS_OF_BLUEPRINT, exact=True).first.click(timeout=CLICK_LIMIT)
    message = page.get_by_role("textbox").last
    await message.click(timeout=CLICK_LIMIT)
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(MESSAGE)
    saved = page.get_by_role("button", name=await label(page, "ui.common.save"))
    await saved.first.click(timeout=CLICK_LIMIT)
    await page.wait_for_url(lambda url: not url.endswith("/new"), timeout=CLICK_LIMIT)


async def _open_frame(visit: Visit, notifications: asyncio.Queue[dict[str, Any]]) -> None:
    """Open the picture of the next notification, as the phone does: without a login."""
    async with asyncio.timeout(NEXT_FRAME):
        told = await notifications.get()
    visit.console.say(f"    {told['title']}: {told['message']}")
    if not told["message"].startswith(MESSAGE_BEGINS):
        raise DemoError(f"The phone was told: {told}")
    # Turned, so that the frame fills the screen.
    size = (SCREEN[1], SCREEN[0])
    async with new_page(visit.opened, size=size, locale=LOCALE, phone=True) as page:
        answer = await page.goto(f"{visit.home.url}{told['data']['image']}")
        if answer is None or answer.status != 200:
            raise DemoError("The picture of the notification does not open.")
        width = await page.evaluate("document.images[0].naturalWidth")
        if width < SMALLEST:
            raise DemoError(f"The picture of the notification is {width} pixels wide.")
        await save(visit.folder / "german_frame.webp", page)


async def _read_report(visit: Visit) -> None:
    """Open the report on the dashboard."""
    await show(visit.page, f"{visit.home.url}/{DASHBOARD}/report")
    await visit.sees(visit.texts["common"]["dashboard_report"])
    await visit.take("report")
