"""Start the demonstration, let it image for a while, and take the pictures of the documentation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
import os
from pathlib import Path
import sys
from typing import Literal

from playwright.async_api import Browser, Page

from scripts._demo.check import look, wait_until_imaging
from scripts._demo.dashboard import PATH as DASHBOARD
from scripts._demo.demonstration import Options, Running
from scripts._demo.errors import DemoError
from scripts._demo.evening import zone
from scripts._demo.flow import loaded
from scripts._demo.rig import View
from scripts._demo.supervision import supervise
from scripts._demo.target import ROOT
from scripts._usage.browser import parser
from scripts._usage.demo import HOME_ASSISTANT_PORT, LOOPBACK, NINA_PORT, SCHEDULER_PORT

from .automation import show_triggers
from .chromium import find_chromium
from .dashboard import VIEWS
from .devices import PAGES, show_device
from .diary import show_diary
from .driver import prepare_driver
from .first_evening import take_first_evening
from .first_minutes import film_first_minutes
from .frontend import browser, fit, new_page, show
from .health import take_health
from .jammed_roof import DOME, take_story
from .kept import (
    REACHABLE,
    focused,
    lost,
    unavailable,
    undated,
    wait_until,
    wait_until_closed,
    wait_until_complete,
)
from .languages import read_languages
from .newer_frontend import environment, install_frontend
from .night_watch import turn_on_night_watch
from .picture import around, save
from .plan import make_plan, show_plan
from .plots import draw_plots
from .simulation import Simulation

# Cards that are drawn from history come last.
SETTLING = 5.0
DASHBOARD_PAGE = (1600, 1240)
PHONE_PAGE = (390, 1900)
# There is more to see of a night that has lasted for some hours.
BEGUN_AGO = timedelta(hours=3)
LINK_PAGE = (430, 300)
DEVICE_PAGE = (1300, 1000)
# The device pages that the documentation shows.
DOCUMENTED = {
    "hub_night.webp",
    "imaging_night.webp",
    "imaging_closed.webp",
    "imaging_restarted.webp",
}
AUTOFOCUS = "button.observatory_focuser_autofocus"
SECURE = "button.observatory_secure"


@dataclass(frozen=True, slots=True)
class Sitting:
    """A demonstration, a browser, and the folders for what is seen in it."""

    running: Running
    opened: Browser
    folder: Path
    pages: Path

    @property
    def url(self) -> str:
        """Return the address of Home Assistant for the browser."""
        return self.running.server.address

    @asynccontextmanager
    async def page(
        self, size: tuple[int, int], scheme: Literal["dark", "light"] = "dark"
    ) -> AsyncIterator[Page]:
        """Open a page that is signed in."""
        token = self.running.session.token
        async with new_page(self.opened, self.url, token, size, scheme) as page:
            yield page

    async def take_dashboard(self, name: str, view: str = VIEWS[0]) -> None:
        """Take a picture of a view of the dashboard."""
        async with self.page(DASHBOARD_PAGE) as page:
            await self._take_view(page, name, view)

    async def take_page(self, name: str, view: str) -> None:
        """Take a picture of a view that is only for looking through it."""
        await replace(self, folder=self.pages).take_dashboard(name, view)

    async def take_views(self) -> None:
        """Take a picture of each view of the dashboard, and of the first one in light and on a phone."""
        for view in VIEWS:
            name = "dashboard" if view == VIEWS[0] else f"dashboard_{view}"
            await self.take_dashboard(f"{name}.webp", view)
        async with self.page(DASHBOARD_PAGE, "light") as page:
            await self._take_view(page, "dashboard_light.webp", VIEWS[0])
        async with self.page(PHONE_PAGE) as page:
            await self._take_view(page, "dashboard_phone.webp", VIEWS[0])

    async def _take_view(self, page: Page, name: str, view: str) -> None:
        await show(page, f"{self.url}/{DASHBOARD}/{view}")
        await asyncio.sleep(SETTLING)
        await fit(page)
        await save(self.folder / name, page)

    async def take_link(self) -> None:
        """Take the picture behind a link, in a browser that nobody has signed in to."""
        session = self.running.session
        link = await session.answer("get_picture_url", picture="night")
        async with new_page(self.opened, size=LINK_PAGE) as page:
            await page.goto(f"{self.url}{link['path']}")
            await save(self.folder / "phone_link.webp", page)
            await page.goto(self.url)
            await page.wait_for_selector("input[name=username]")

    async def take_night_watch(self) -> None:
        """Take the night watch as it appears in the dashboard."""
        await turn_on_night_watch(self.running)
        async with self.page(DASHBOARD_PAGE) as page:
            await show(page, f"{self.url}/{DASHBOARD}/{VIEWS[0]}")
            await asyncio.sleep(SETTLING)
            roof = page.locator("hui-section").filter(has=page.get_by_text("Roof and safety"))
            await save(self.folder / "night_watch.webp", page, await around(roof.first))

    async def take_devices(self, moment: str) -> None:
        """Take a picture of each device page; most are only for looking through them."""
        running = self.running
        for role in PAGES:
            name = f"{role}_{moment}.webp"
            folder = self.folder if name in DOCUMENTED else self.pages
            async with self.page(DEVICE_PAGE) as page:
                await show_device(page, self.url, running.session, running.entry_id, role)
                await asyncio.sleep(SETTLING)
                await save(folder / name, page)

    async def take_night(self) -> View:
        """Take the pictures of a good night and return what it consists of."""
        await self.take_views()
        await self.take_link()
        await self.take_devices("night")
        async with self.page((1100, 800)) as page:
            await show_triggers(page, self.url)
            await asyncio.sleep(SETTLING)
            await save(self.folder / "triggers.png", page)
        async with self.page((700, 900)) as page:
            await show_diary(page, self.url)
            await asyncio.sleep(SETTLING)
            await save(self.folder / "diary.png", page)
        return await wait_until_complete(self.running)

    async def take_health(self, frontend: Path) -> None:
        """Take the health of the entry in the frontend of the next Home Assistant."""
        await self._restart(environment(frontend))
        await wait_until_complete(self.running)
        async with self.page((1100, 800)) as page:
            await take_health(page, self.url, self.folder / "health.png")
        await self._restart()
        await wait_until_complete(self.running)

    async def take_plan(self) -> None:
        """Take the plan of the night; the sequence rests from now on."""
        async with self.page((1100, 520)) as page:
            await make_plan(self.running.session)
            await show_plan(page, self.url)
            await asyncio.sleep(SETTLING)
            await save(self.folder / "plan.png", page)
        await self.take_dashboard("dashboard_sky.webp", "sky")

    async def take_day(self) -> None:
        """End the night, close N.I.N.A., restart Home Assistant, and take what is there each time.

        Afterward, N.I.N.A. runs and the roof is open again. Raises DemoError if something that
        happened is gone.
        """
        session, simulation = self.running.session, Simulation(self.running.control)
        # The picture that stays is of a light frame, and not what was taken to focus.
        before = await wait_until_complete(self.running)
        await session.act("button.press", AUTOFOCUS)
        before = focused(before, await look(self.running))
        await session.act("button.press", SECURE)
        await simulation.close_nina()
        await self._take_closed(before, "dashboard_closed.webp", "closed")
        await self._restart()
        await self._take_closed(before, "dashboard_restarted.webp", "restarted")
        await simulation.start_nina()
        await wait_until_complete(self.running)
        await session.act("cover.open_cover", DOME)

    async def _take_closed(self, before: View, name: str, moment: str) -> None:
        """Take what is there with N.I.N.A. closed; DemoError if what happened is not."""
        now = await wait_until_closed(self.running)
        await self.take_dashboard(name)
        await self.take_devices(moment)
        gone = unavailable(now)
        here = [each.entity_id for each in now.rig.listed if each.entity_id not in gone]
        self.running.console.say(f"  {moment}: {len(gone)} unavailable; there: {', '.join(here)}")
        if faults := [*lost(before, now), *undated(now)]:
            raise DemoError("With N.I.N.A. closed: " + "; ".join(faults))

    async def _restart(self, environment: dict[str, str] | None = None) -> None:
        """Restart Home Assistant and wait until the integration is loaded."""
        running = self.running
        await running.server.restart(running.session, environment)
        await loaded(running.session, running.entry_id)


def main() -> int:
    """Take the pictures."""
    given = parser().parse_args()
    # Times in texts are those of Home Assistant, all others those of the browser.
    os.environ["TZ"] = zone()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.film:
        asyncio.run(film_first_minutes(given.pages / "film", given.folder / "first_minutes.webp"))
        return 0
    if given.german:
        asyncio.run(take_first_evening(given.folder))
        return 0
    if given.plots:
        asyncio.run(draw_plots(given.folder))
        return 0
    given.pages.mkdir(parents=True, exist_ok=True)
    options = Options(
        folder=ROOT / ".demo/pictures",
        host=None,
        port=NINA_PORT,
        scheduler_port=SCHEDULER_PORT,
        home_assistant_port=HOME_ASSISTANT_PORT,
        listen=LOOPBACK,
        speed=given.speed,
        scenario="clear_night",
        fresh=True,
        begun_ago=BEGUN_AGO,
    )

    async def body(running: Running) -> None:
        take = take_dashboard if given.dashboard else take_pictures
        if given.languages:
            await read_all(running, given.pages)
        else:
            await take(running, given.folder, given.pages, given.minutes * 60)

    return supervise(options, body, limit=given.minutes * 60 + 1800)


@asynccontextmanager
async def sitting_after(
    running: Running, folder: Path, pages: Path, wait: float
) -> AsyncIterator[Sitting]:
    """Wait until there is something to see, and start a browser."""
    await asyncio.to_thread(prepare_driver)
    chromium = await asyncio.to_thread(find_chromium)
    await wait_until_imaging(running)
    async with running.console.step(f"Imaging for {wait / 60:.0f} minutes"):
        await asyncio.sleep(wait)
    async with browser(chromium) as opened:
        yield Sitting(running, opened, folder, pages)


async def read_all(running: Running, pages: Path) -> None:
    """Read the pages in each language."""
    async with sitting_after(running, pages, pages, 0) as sitting:
        await read_languages(running, sitting.opened, pages / "languages")


async def take_dashboard(running: Running, folder: Path, pages: Path, wait: float) -> None:
    """Take only the pictures of the dashboard, by night and by day."""
    async with sitting_after(running, folder, pages, wait) as sitting:
        await sitting.take_views()
        await sitting.take_link()
        await sitting.take_night_watch()
        await sitting.take_plan()
        await running.session.act("button.press", SECURE)
        await Simulation(running.control).close_nina()
        await wait_until(
            running,
            lambda view: view.state(*REACHABLE) == "off",
            "N.I.N.A. still counts as reachable",
        )
        await sitting.take_dashboard("dashboard_closed.webp")
        for view in VIEWS[1:]:
            await sitting.take_page(f"dashboard_closed_{view}.webp", view)


async def take_pictures(running: Running, folder: Path, pages: Path, wait: float) -> None:
    """Take all pictures."""
    frontend = await asyncio.to_thread(install_frontend)
    step = running.console.step
    async with sitting_after(running, folder, pages, wait) as sitting:
        async with step("Taking the pictures of the night"):
            await sitting.take_night()
        async with step("Taking the health of the entry"):
            await sitting.take_health(frontend)
        async with step("Taking the plan"):
            await sitting.take_plan()
        async with step("Taking the day"):
            await sitting.take_day()
        async with step("Taking the story of a jammed roof"), sitting.page((1000, 1200)) as page:
            await take_story(page, sitting.url, running, folder)


if __name__ == "__main__":
    sys.exit(main())
