"""Film the first minutes: the archive of a release, a new Home Assistant, and three clicks."""

import asyncio
from pathlib import Path
import shutil
import time

from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Page

from scripts._demo.console import Console
from scripts._demo.errors import DemoError
from scripts._demo.target import ROOT, Store

from .chromium import find_chromium
from .dashboard import PATH as DASHBOARD, VIEWS, add_dashboard
from .driver import prepare_driver
from .frontend import browser, new_page, show
from .integration import add_integration
from .new_home import new_home
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
            new_home(store, console) as home,
            browser(chromium) as opened,
            new_page(opened, home.url, home.session.token, SIZE) as page,
        ):
            film = Film(folder, page, console)
            async for shown in add_integration(page, home.url, home.target):
                await film.take(f"integration_{shown}")
            async for shown in add_dashboard(page, home.url):
                await film.take(f"dashboard_{shown}")
            await asyncio.sleep(FIRST_FRAME)
            for view in VIEWS:
                await show(page, f"{home.url}/{DASHBOARD}/{view}")
                await film.take(f"view_{view}")
            await asyncio.to_thread(film.save_sheet, sheet)
            if film.seconds > PROMISED:
                raise DemoError(f"It took {film.seconds:.0f} s.")
