"""Film the first minutes: the archive of a release, a new Home Assistant, and three clicks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
import time
import zipfile

from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Page

from scripts._demo.console import Console
from scripts._demo.errors import DemoError
from scripts._demo.observatory import Disturbing, Observatory
from scripts._demo.onboarding import sign_in
from scripts._demo.ports import next_free
from scripts._demo.server import HomeAssistant
from scripts._demo.session import Session
from scripts._demo.target import CONTROL_PORT, DOMAIN, LOOPBACK, SOMEWHERE, Store, Target
from scripts._release import ROOT, build_archive
from scripts._usage.demo import HOME_ASSISTANT_PORT, NINA_PORT, SCHEDULER_PORT

from .chromium import find_chromium
from .dashboard import LIMIT, VIEWS, add_dashboard
from .driver import prepare_driver
from .frontend import browser, new_page, show
from .picture import save

SIZE = (1300, 1000)
# On the sheet: the size of a picture with its time, in pixels.
SHEET = (640, 540)
COLUMNS = 3
CAPTION = 24
GAP = 12
GROUND = "#20252b"
# From the form to all views, in seconds.
PROMISED = 180.0
# Dialogs slide in, and cards appear one by one, in seconds.
SETTLING = 1.5
# Until the first frame was taken, in seconds.
FIRST_FRAME = 20.0


class Film:
    """Pictures in order, named by the seconds since the film began."""

    def __init__(self, folder: Path, page: Page, console: Console) -> None:
        """Begin with an empty folder."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, self._page, self._console = folder, page, console
        self._begun = time.monotonic()
        self._taken: list[tuple[float, Path]] = []

    async def take(self, what: str) -> None:
        """Take the next picture."""
        seconds = time.monotonic() - self._begun
        await asyncio.sleep(SETTLING)
        path = self._folder / f"{len(self._taken) + 1:02}_{what}.webp"
        self._taken.append((seconds, path))
        await save(path, self._page)
        self._console.say(f"  {seconds:5.1f} s  {what.replace('_', ' ')}")

    @property
    def seconds(self) -> float:
        """Return when the newest picture was taken."""
        return self._taken[-1][0]

    def save_sheet(self, path: Path) -> None:
        """Save all pictures on one sheet, each with its time."""
        width, height = SHEET
        rows = -(-len(self._taken) // COLUMNS)
        sheet = Image.new("RGB", (COLUMNS * width, rows * height), GROUND)
        draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(CAPTION)
        for number, (seconds, taken) in enumerate(self._taken):
            row, column = divmod(number, COLUMNS)
            left, top = column * width, row * height
            with Image.open(taken) as opened:
                shown = opened.convert("RGB")
            shown.thumbnail((width - GAP, height - 2 * CAPTION))
            draw.text((left + GAP, top + CAPTION // 3), f"{seconds:.0f} s", "white", font)
            sheet.paste(shown, (left + GAP // 2, top + 2 * CAPTION - GAP // 2))
        sheet.save(path, "webp", quality=80, method=6)


async def film_first_minutes(folder: Path, sheet: Path) -> None:
    """Install the archive in a new Home Assistant, and film what its owner does then.

    Raises DemoError if it takes longer than we promise.
    """
    await asyncio.to_thread(prepare_driver)
    chromium = await asyncio.to_thread(find_chromium)
    console, store = Console(), Store(ROOT / ".demo/film")
    with store.locked():
        store.clear()
        async with (
            _home(store, console) as (home, target, session),
            browser(chromium) as opened,
            new_page(opened, home.address, session.token, SIZE) as page,
        ):
            film = Film(folder, page, console)
            await _add_integration(film, page, home.address, target)
            async for shown in add_dashboard(page, home.address):
                await film.take(f"dashboard_{shown}")
            await asyncio.sleep(FIRST_FRAME)
            for view in VIEWS:
                await show(page, f"{home.address}/dashboard-observatory/{view}")
                await film.take(f"view_{view}")
            await asyncio.to_thread(film.save_sheet, sheet)
            if film.seconds > PROMISED:
                raise DemoError(f"It took {film.seconds:.0f} s.")


async def _add_integration(film: Film, page: Page, url: str, target: Target) -> None:
    """Add the integration as a person does, by its form."""
    await show(page, f"{url}/config/integrations/dashboard/add?domain={DOMAIN}")
    await page.get_by_role("button", name="OK").click(timeout=LIMIT)
    await page.get_by_role("textbox", name="Host").fill(target.host, timeout=LIMIT)
    ports = page.get_by_role("spinbutton", name="Port", exact=False)
    await ports.first.fill(str(target.port))
    await ports.last.fill(str(target.scheduler_port))
    await film.take("integration_form")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Skip and finish").wait_for(timeout=LIMIT)
    await film.take("integration_added")
    await page.get_by_role("button", name="Skip and finish").click()


@asynccontextmanager
async def _home(
    store: Store, console: Console
) -> AsyncIterator[tuple[HomeAssistant, Target, Session]]:
    """Run an observatory, and a new Home Assistant with nothing but the archive."""
    taken: set[int] = set()
    wanted = (NINA_PORT, SCHEDULER_PORT, CONTROL_PORT, HOME_ASSISTANT_PORT)
    nina, scheduler, control, own = (next_free(port, taken) for port in wanted)
    target = Target(LOOPBACK, nina, scheduler)
    observatory = Observatory(store, target, Disturbing(control, 20, "clear_night"))
    components = _installed(store)
    home = HomeAssistant(store, own, LOOPBACK, SOMEWHERE, None, components)
    try:
        async with console.step("Starting the simulated observatory"):
            await observatory.start()
        async with console.step("Starting Home Assistant"):
            await home.start()
        async with Session.open(home.url) as session:
            await sign_in(session, store)
            yield home, target, session
    finally:
        await home.stop()
        await observatory.stop()


def _installed(store: Store) -> Path:
    """Unpack the archive as HACS does, and return the folder of custom components."""
    archive, components = store.folder / "nina_observatory.zip", store.folder / "custom_components"
    shutil.rmtree(components, ignore_errors=True)
    build_archive(ROOT, archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(components / DOMAIN)
    return components
