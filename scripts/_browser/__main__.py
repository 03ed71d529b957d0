"""Start the demonstration, let it image for a while, and take the pictures of the documentation."""

import asyncio
from pathlib import Path
import sys

from scripts._demo.check import wait_until_imaging
from scripts._demo.dashboard import PATH as DASHBOARD
from scripts._demo.demonstration import Options, Running
from scripts._demo.supervision import supervise
from scripts._demo.target import ROOT
from scripts._usage.browser import parser
from scripts._usage.demo import HOME_ASSISTANT_PORT, LOOPBACK, NINA_PORT, SCHEDULER_PORT

from .automation import show_triggers
from .chromium import find_chromium
from .diary import show_diary
from .driver import prepare_driver
from .frontend import browser, new_page, show
from .jammed_roof import Mishap, take_story
from .plan import make_plan, show_plan

# Cards that are drawn from history come last.
SETTLING = 5.0


def main() -> int:
    """Take the pictures."""
    given = parser().parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    options = Options(
        folder=ROOT / ".demo/pictures",
        host=None,
        port=NINA_PORT,
        scheduler_port=SCHEDULER_PORT,
        home_assistant_port=HOME_ASSISTANT_PORT,
        listen=LOOPBACK,
        speed=1,
        scenario="clear_night",
        fresh=True,
    )

    async def body(running: Running) -> None:
        await take_pictures(running, given.folder, given.minutes * 60)

    return supervise(options, body, limit=given.minutes * 60 + 600)


async def take_pictures(running: Running, folder: Path, wait: float) -> None:
    """Wait until there is something to see, and take the pictures."""
    await asyncio.to_thread(prepare_driver)
    chromium = await asyncio.to_thread(find_chromium)
    await wait_until_imaging(running)
    async with running.console.step(f"Imaging for {wait / 60:.0f} minutes"):
        await asyncio.sleep(wait)
    url, token = running.server.address, running.session.token
    async with (
        running.console.step("Taking the pictures"),
        browser(chromium) as opened,
        new_page(opened, url, token) as page,
    ):
        await show(page, f"{url}/{DASHBOARD}/tonight")
        await asyncio.sleep(SETTLING)
        await page.screenshot(path=folder / "dashboard.png")
    async with browser(chromium) as opened, new_page(opened, url, token, (1100, 800)) as page:
        await show_triggers(page, url)
        await asyncio.sleep(SETTLING)
        await page.screenshot(path=folder / "triggers.png")
    async with browser(chromium) as opened, new_page(opened, url, token, (700, 900)) as page:
        await show_diary(page, url)
        await asyncio.sleep(SETTLING)
        await page.screenshot(path=folder / "diary.png")
    async with browser(chromium) as opened, new_page(opened, url, token, (1100, 520)) as page:
        await make_plan(running.session)
        await show_plan(page, url)
        await asyncio.sleep(SETTLING)
        await page.screenshot(path=folder / "plan.png")
    mishap = Mishap(f"http://{LOOPBACK}:{running.control_port}")
    async with browser(chromium) as opened, new_page(opened, url, token, (1000, 1200)) as page:
        await take_story(page, url, running.session, mishap, folder)


if __name__ == "__main__":
    sys.exit(main())
