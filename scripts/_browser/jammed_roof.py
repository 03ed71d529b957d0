"""The story of a jammed roof in the browser: guard, rain, notification, repair issue, and report."""

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page

from scripts._demo.demonstration import Running
from scripts._demo.session import Session
from scripts._demo.target import DOMAIN

from .devices import show_device
from .frontend import show
from .picture import save
from .simulation import Simulation

DOME = "cover.observatory_dome"
GUARD = "sensor.observatory_dome_roof_guard"
DANGERS = "Safety monitor reports unsafe, or it rains"
ISSUE = "Observatory: the roof may still be open"
LIMIT = 30_000
# Dialogs and lists slide in, in seconds.
SETTLING = 2.0
# Parking the mount and half the way of the shutter, in the time of the simulated observatory.
JAMMED = 180_000
# The action and the notification of the example automation, whenever somebody asks for them.
REPORT = [
    {
        "action": f"{DOMAIN}.get_night_report",
        "data": {"config_entry_id": f"{{{{ config_entry_id('{DOME}') }}}}"},
        "response_variable": "night",
    },
    {
        "action": "persistent_notification.create",
        "data": {
            "title": "{{ night.summary }}",
            "message": "{{ night.markdown }}",
            "notification_id": "report",
        },
    },
]


async def open_guard_options(page: Page, url: str) -> None:
    """Open the form of the roof guard as a user does, and choose when it closes the roof."""
    await show(page, f"{url}/config/integrations/integration/{DOMAIN}")
    await page.get_by_role("button", name="Configure").first.click(timeout=LIMIT)
    await page.get_by_text("Roof guard", exact=True).first.click(timeout=LIMIT)
    await page.get_by_role("radio", name=DANGERS, exact=True).click(timeout=LIMIT)


async def submit(page: Page) -> None:
    """Submit the form that is open."""
    await page.get_by_role("button", name="Submit").click(timeout=LIMIT)


async def open_notifications(page: Page) -> None:
    """Open the list of notifications beside whatever is shown."""
    await page.get_by_text("Notifications", exact=True).first.click(timeout=LIMIT)


async def open_repair(page: Page, url: str) -> None:
    """Open the repair issue."""
    await show(page, f"{url}/config/repairs")
    await page.get_by_text(ISSUE).first.click(timeout=LIMIT)


async def notify_report(session: Session) -> None:
    """Show the report of the night so far as a notification, as in the morning."""
    await session.ask("execute_script", sequence=REPORT)


async def take_story(page: Page, url: str, running: Running, folder: Path) -> None:
    """Go through the story, and take a picture of each part of it."""
    session, entry_id = running.session, running.entry_id
    simulation = Simulation(running.control)
    await open_guard_options(page, url)
    dialog = page.get_by_role("dialog")
    await _picture(folder / "roof_guard_options.png", dialog)
    await submit(page)
    await show_device(page, url, session, entry_id, "dome")
    await page.get_by_text("Watching").first.wait_for(timeout=LIMIT)
    await simulation.jam()
    await simulation.rain()
    await page.get_by_text("Roof not closed").first.wait_for(timeout=JAMMED)
    cards = page.locator("ha-device-entities-card").filter(has_text="Sensors")
    await _picture(folder / "jammed_roof_dome.png", cards.first, settling=0)
    await open_notifications(page)
    note = page.locator("notification-item").filter(has_text="The roof is not closed")
    await _picture(folder / "jammed_roof_notification.png", note.first)
    await open_repair(page, url)
    await _picture(folder / "jammed_roof_repair.png", dialog)
    await simulation.free()
    await show_device(page, url, session, entry_id, "dome")
    await page.get_by_text("Closed by the guard").first.wait_for(timeout=JAMMED)
    await notify_report(session)
    await open_notifications(page)
    report = page.locator("notification-item").filter(has_text="Roof: not confirmed closed")
    await _picture(folder / "jammed_roof_report.png", report.first)


async def _picture(path: Path, shown: Locator, settling: float = SETTLING) -> None:
    """Take a picture of a part of the page, once it stands still."""
    await shown.wait_for(timeout=LIMIT)
    await asyncio.sleep(settling)
    await save(path, shown)
