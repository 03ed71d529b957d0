"""The story of a jammed roof in the browser: guard, rain, notification, repair issue, and report."""

import asyncio
from pathlib import Path

import aiohttp
from playwright.async_api import Locator, Page

from scripts._demo.session import Session
from scripts._demo.target import DOMAIN

from .frontend import show

DOME = "cover.observatory_dome"
GUARD = "sensor.observatory_dome_roof_guard"
DOME_DEVICE = "Observatory dome"
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


class Mishap:
    """A shutter that jams half-way, and the rain, by the control port of the simulation."""

    def __init__(self, control: str) -> None:
        """Keep the address of the control port."""
        self._control = control

    async def jam(self) -> None:
        """Let the shutter stop half-way, in error, whenever it is told to close."""
        await self._ask("POST", "faults/stuck_shutter", mode="jam", direction="close")

    async def free(self) -> None:
        """Let the shutter move again."""
        await self._ask("DELETE", "faults/stuck_shutter")

    async def rain(self) -> None:
        """Let it rain; the safety monitor turns unsafe."""
        await self._ask("POST", "commands/rain")

    async def _ask(self, method: str, path: str, **options: str) -> None:
        """Send a request to the control port."""
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, f"{self._control}/{path}", json=options or None) as answer,
        ):
            answer.raise_for_status()


async def open_guard_options(page: Page, url: str) -> None:
    """Open the form of the roof guard as a user does, and choose when it closes the roof."""
    await show(page, f"{url}/config/integrations/integration/{DOMAIN}")
    await page.get_by_role("button", name="Configure").first.click(timeout=LIMIT)
    await page.get_by_text("Roof guard", exact=True).first.click(timeout=LIMIT)
    await page.get_by_role("radio", name=DANGERS, exact=True).click(timeout=LIMIT)


async def submit(page: Page) -> None:
    """Submit the form that is open."""
    await page.get_by_role("button", name="Submit").click(timeout=LIMIT)


async def show_dome(page: Page, url: str, session: Session) -> None:
    """Show the page of the dome."""
    devices = await session.ask("config/device_registry/list")
    dome = next(device["id"] for device in devices if device["name"] == DOME_DEVICE)
    await show(page, f"{url}/config/devices/device/{dome}")


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


async def take_story(page: Page, url: str, session: Session, mishap: Mishap, folder: Path) -> None:
    """Go through the story, and take a picture of each part of it."""
    await open_guard_options(page, url)
    dialog = page.get_by_role("dialog")
    await _picture(folder / "roof_guard_options.png", dialog)
    await submit(page)
    await show_dome(page, url, session)
    await page.get_by_text("Watching").first.wait_for(timeout=LIMIT)
    await mishap.jam()
    await mishap.rain()
    await page.get_by_text("Roof not closed").first.wait_for(timeout=JAMMED)
    cards = page.locator("ha-device-entities-card").filter(has_text="Sensors")
    await _picture(folder / "jammed_roof_dome.png", cards.first, settling=0)
    await open_notifications(page)
    note = page.locator("notification-item").filter(has_text="The roof is not closed")
    await _picture(folder / "jammed_roof_notification.png", note.first)
    await open_repair(page, url)
    await _picture(folder / "jammed_roof_repair.png", dialog)
    await mishap.free()
    await show_dome(page, url, session)
    await page.get_by_text("Closed by the guard").first.wait_for(timeout=JAMMED)
    await notify_report(session)
    await open_notifications(page)
    report = page.locator("notification-item").filter(has_text="Roof: failed to close")
    await _picture(folder / "jammed_roof_report.png", report.first)


async def _picture(path: Path, shown: Locator, settling: float = SETTLING) -> None:
    """Take a picture of a part of the page, once it stands still."""
    await shown.wait_for(timeout=LIMIT)
    await asyncio.sleep(settling)
    await shown.screenshot(path=path, animations="disabled")
