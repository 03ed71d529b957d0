"""Reading the pages of the integration in each language: forms, devices, editor, repair, error."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, ViewportSize

from scripts._demo.dashboard import PATH as DASHBOARD
from scripts._demo.demonstration import Running
from scripts._demo.errors import DemoError
from scripts._demo.flow import loaded
from scripts._demo.session import Session
from scripts._demo.target import DOMAIN, LOOPBACK

from .automation import add_ours, show_triggers
from .dashboard import VIEWS
from .devices import show_device
from .frontend import fit, label, new_page, show
from .integration import open_form, submit_button, texts
from .jammed_roof import DOME
from .picture import save
from .proofreading import Reading, Texts
from .simulation import Simulation

LOCALES: Final = {
    "de": "de-DE",
    "es": "es-ES",
    "fr": "fr-FR",
    "it": "it-IT",
    "nl": "nl-NL",
    "pl": "pl-PL",
    "pt": "pt-PT",
    "pt-BR": "pt-BR",
}
SIZE: Final = (1300, 1500)
PHONE: Final[ViewportSize] = {"width": 412, "height": 915}
LIMIT: Final = 30_000
# Dialogs slide in, in seconds.
SETTLING: Final = 1.0
# A port where nothing listens, and what is no host.
NOBODY: Final = 9
NO_HOST: Final = "a b"
NAME: Final = "Observatory"
# A group of triggers in Home Assistant itself, which is in English in Polish.
LEFT: Final = "Temperature"
# What the ids of the switches contain, which have their names in N.I.N.A.
SWITCH: Final = "_switch_hub_channel_"
ENTRY: Final = "ui.panel.config.integrations.config_entry"
PAGES: Final = ("hub", "dome", "camera", "mount", "sequence", "imaging")
OPTIONS: Final = ("general", "roof_guard", "night_watch")
CALL: Final = """([domain, service, data]) =>
  document.querySelector("home-assistant").hass.callService(domain, service, data).catch(() => 0)
"""
# What is refused, or fails, while the roof is jammed in the rain.
REFUSED: Final = (
    ("cover", "open_cover", {"entity_id": DOME}),
    (DOMAIN, "capture", {"exposure_time": 1}),
)


@dataclass(slots=True)
class Reader:
    """Somebody who understands one language, in front of a page."""

    page: Page
    running: Running
    language: str
    folder: Path
    english: Texts
    texts: dict[str, Any]
    # What people have named, in whatever language.
    names: frozenset[str]
    faults: list[str] = field(default_factory=list)
    _number: int = 0

    @property
    def url(self) -> str:
        """Return the address of Home Assistant."""
        return self.running.server.address

    async def read(self, name: str, *, in_full: bool = True) -> None:
        """Read what is shown, and take a picture of it.

        Home Assistant itself cuts some texts, such as the names in lists, where not all is in full.
        """
        await asyncio.sleep(SETTLING)
        self._number += 1
        path = self.folder / f"{self._number:02}_{name}"
        reading = await Reading.of(self.page)
        await save(path.with_suffix(".webp"), self.page)
        found = list(self.english.faults(set(reading.shown) - self.names))
        cut = [f"cut: {text}" for text in reading.cut]
        lines = [*cut, *found, *reading.shown]
        path.with_suffix(".txt").write_text("\n".join(lines), encoding="utf-8")
        self.faults += [
            f"{self.language} {name}: {fault}" for fault in (*found, *(cut if in_full else ()))
        ]


async def read_languages(
    running: Running, opened: Browser, folder: Path, only: tuple[str, ...] = ()
) -> None:
    """Read everything in each language; DemoError if a text is in English, incomplete, or cut off."""
    await _jam(running)
    faults: list[str] = []
    for language in only or LOCALES:
        async with (
            running.console.step(f"Reading in {language}"),
            _reader(running, opened, language, folder / language) as reader,
        ):
            for place in PLACES:
                await place(reader)
            faults += reader.faults
    for fault in faults:
        running.console.say(f"  {fault}")
    if faults:
        raise DemoError(f"{len(faults)} texts are in English, incomplete, or cut off.")


async def _jam(running: Running) -> None:
    """Jam the roof in the rain, so that there is something to repair."""
    simulation = Simulation(running.control)
    await simulation.jam()
    await simulation.rain()
    async with running.console.step("Waiting until the roof is jammed"), asyncio.timeout(240):
        while not (await running.session.ask("repairs/list_issues"))["issues"]:
            await asyncio.sleep(1)


@asynccontextmanager
async def _reader(
    running: Running, opened: Browser, language: str, folder: Path
) -> AsyncIterator[Reader]:
    """Let Home Assistant and a browser speak a language."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    session = running.session
    await session.ask("config/core/update", language=language)
    # Names are in the language as soon as its texts are loaded.
    wanted = {"language": language, "category": "device", "integration": [DOMAIN]}
    await session.ask("frontend/get_translations", **wanted)
    await session.post(f"/api/config/config_entries/entry/{running.entry_id}/reload")
    await loaded(session, running.entry_id)
    url, token = running.server.address, session.token
    async with new_page(opened, url, token, SIZE, "light", locale=LOCALES[language]) as page:
        english, own = Texts.load(language), texts(language)
        yield Reader(page, running, language, folder, english, own, await _names(session))


async def _names(session: Session) -> frozenset[str]:
    """Return the names of the observatory, of its switches, and of the automations."""
    states = await session.states()
    entities = await session.ask("config/entity_registry/list")
    switches = (each["original_name"] for each in entities if SWITCH in each["unique_id"])
    automations = (state for id_, state in states.items() if id_.startswith("automation."))
    return frozenset(
        (NAME, LEFT, *switches, *(each["attributes"]["friendly_name"] for each in automations))
    )


async def _read_form(reader: Reader) -> None:
    """Read the form, and what it says of a wrong address."""
    page, step = reader.page, reader.texts["config"]["step"]["user"]["data"]
    await open_form(page, reader.url)
    host = page.get_by_role("textbox", name=step["host"])
    name = page.get_by_role("textbox", name=step["name"])
    await host.wait_for(timeout=LIMIT)
    await reader.read("form")
    await name.fill(NAME)
    await host.fill(NO_HOST)
    submit = await submit_button(page)
    await submit.click()
    await page.get_by_text(reader.texts["config"]["error"]["invalid_host"]).wait_for(timeout=LIMIT)
    await reader.read("form_wrong")
    await name.fill(f"{NAME} 2")
    await host.fill(LOOPBACK)
    await page.get_by_role("spinbutton").first.fill(str(NOBODY))
    await submit.click()
    await page.get_by_text(reader.texts["config"]["error"]["cannot_connect"]).wait_for(
        timeout=LIMIT
    )
    await reader.read("form_nobody")


async def _read_options(reader: Reader) -> None:
    """Read the page of the integration, and the forms of the options and the address."""
    page = reader.page
    names = reader.texts["options"]["step"]["init"]["menu_options"]
    for option in OPTIONS:
        await show(page, f"{reader.url}/config/integrations/integration/{DOMAIN}")
        if option == OPTIONS[0]:
            await reader.read("integration", in_full=False)
        configure = await label(page, f"{ENTRY}.configure")
        await page.get_by_role("button", name=configure).first.click(timeout=LIMIT)
        chosen = page.get_by_text(names[option], exact=True).first
        await chosen.wait_for(timeout=LIMIT)
        if option == OPTIONS[0]:
            await reader.read("options")
        await chosen.click()
        await submit_button(page)
        await reader.read(f"options_{option}")
    await show(page, f"{reader.url}/config/integrations/integration/{DOMAIN}")
    row = page.locator("ha-config-entry-row").first
    await row.locator("ha-dropdown ha-icon-button").first.click(timeout=LIMIT)
    await page.get_by_text(await label(page, f"{ENTRY}.reconfigure")).first.click(timeout=LIMIT)
    await reader.read("reconfigure")


async def _read_dashboard(reader: Reader) -> None:
    """Read the dashboard on a phone."""
    page = reader.page
    await page.set_viewport_size(PHONE)
    for view in VIEWS:
        await show(page, f"{reader.url}/{DASHBOARD}/{view}")
        await fit(page)
        await reader.read(f"phone_{view}")
    await page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})


async def _read_devices(reader: Reader) -> None:
    """Read the pages of devices."""
    running = reader.running
    for role in PAGES:
        await show_device(reader.page, reader.url, running.session, running.entry_id, role)
        await reader.read(f"device_{role}", in_full=False)


async def _read_editor(reader: Reader) -> None:
    """Read what the editor of automations offers, and the fields of one of each."""
    for kind, key, chosen in (
        ("trigger", "triggers", "hfr_crossed_threshold"),
        ("condition", "conditions", "is_safe"),
        ("action", "services", "capture"),
    ):
        await show_triggers(reader.page, reader.url, kind)
        await reader.read(f"{kind}s", in_full=False)
        await add_ours(reader.page, reader.texts[key][chosen]["name"])
        await reader.read(kind, in_full=False)


async def _read_repair(reader: Reader) -> None:
    """Read the list of repairs, and one of them."""
    page = reader.page
    await show(page, f"{reader.url}/config/repairs")
    title = reader.texts["issues"]["roof_error"]["title"].partition("{rig}")[2]
    await page.get_by_text(title).first.wait_for(timeout=LIMIT)
    await reader.read("repairs")
    await page.get_by_text(title).first.click(timeout=LIMIT)
    # Its description is loaded when it is opened.
    description = reader.texts["issues"]["roof_error"]["description"]
    await page.get_by_text(description.partition(".")[0]).first.wait_for(timeout=LIMIT)
    await reader.read("repair")


async def _read_errors(reader: Reader) -> None:
    """Read what is shown where something is refused."""
    for domain, service, data in REFUSED:
        await show(reader.page, f"{reader.url}/config/dashboard")
        await reader.page.evaluate(CALL, [domain, service, data])
        await reader.read(f"error_{service}", in_full=False)


PLACES: Final[tuple[Callable[[Reader], Awaitable[None]], ...]] = (
    _read_form,
    _read_options,
    _read_dashboard,
    _read_devices,
    _read_editor,
    _read_repair,
    _read_errors,
)
