"""The Home Assistant of the week, with the pages that somebody has open in it."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
import logging
from pathlib import Path
import time
from typing import Any, Final, override

from homeassistant.auth.models import User
from homeassistant.components.recorder import get_instance
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_START, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from zeroconf import Zeroconf

from custom_components.nina_observatory.const import DOMAIN
from scripts._home import entry_for, home
from scripts._storage import write_http
from simulator.sky import Site
from tests.clock import TurningLoop

from .found import Found, Place, Seen
from .page import Page, open_page
from .words import Words

_OURS: Final = f"custom_components.{DOMAIN}"
# What custom integrations are told in any case, and what other integrations lack on this machine.
_NOISY: Final = (
    "aiohttp_fast_zlib",
    "homeassistant.components.camera.img_util",
    "homeassistant.loader",
)
_USER: Final = "You"
_ZEROCONF_INIT: Final = Zeroconf.__init__
# Seconds that Home Assistant takes from its start until somebody has a page open.
_BOOT: Final = 5.0


class LogKeeper(logging.Handler):
    """Keep the lines of the integration from INFO on, and the warnings and tracebacks of everybody."""

    def __init__(self, house: House) -> None:
        """Take all lines from now on, and print none."""
        super().__init__(logging.INFO)
        self._house = house
        root = logging.getLogger()
        root.handlers[:] = [self]
        root.setLevel(logging.WARNING)
        logging.getLogger(_OURS).setLevel(logging.INFO)
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        ours = record.name.startswith(_OURS)
        where = Place.OTHERS if not ours else Place.LOG
        if ours and record.levelno < logging.WARNING:
            where = Place.DETAIL
        text = f"{record.levelname} ({record.name}) {record.getMessage()}"
        name = record.name.removeprefix(_OURS).lstrip(".") or DOMAIN
        kind = f"{record.levelname} {name}: {record.msg}"
        if record.exc_info:
            text = f"{text}\n{logging.Formatter().formatException(record.exc_info)}"
            kind = f"traceback {kind}"
        self._house.see(where, time.time(), str(kind)[:120], text)


class House:
    """A Home Assistant with one entry, in a folder that outlives its restarts."""

    def __init__(self, folder: str, site: Site, zone: str, ports: tuple[int, int, int]) -> None:
        """Prepare; nothing runs yet."""
        self.found = Found()
        self.night = 1
        self._folder, self._site, self._zone = Path(folder), site, zone
        self._port = ports[0]
        self._entry = entry_for(ports[1], ports[2])
        self._stack = AsyncExitStack()
        self._is_running = False
        self._hass: HomeAssistant | None = None
        self._page: Page | None = None
        self._words: Words | None = None
        self._read_until = time.time()
        self._issues: dict[str, str] = {}
        # The titles of the repairs that are shown.
        self._repairs: dict[str, str] = {}
        LogKeeper(self)

    def see(self, place: Place, at: float, kind: str, text: str) -> None:
        """Take note of something that is shown; the process of one that was stopped has ended."""
        if not self._is_running:
            return
        self.found.seen.append(Seen(place, at, self.night, kind, text))

    async def start(self) -> None:
        """Start Home Assistant as a new user has it, and open its pages."""
        is_new, self._is_running = self._hass is None, True
        self._write_http()
        self._hass = hass = await self._stack.enter_async_context(home(str(self._folder)))
        await hass.config.async_update(
            time_zone=self._zone, latitude=self._site.latitude, longitude=self._site.longitude
        )
        await self._components(hass)
        if is_new:
            await hass.config_entries.async_add(self._entry)
        else:
            await async_setup_component(hass, DOMAIN, {})
        entry = hass.config_entries.async_get_entry(self._entry.entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is {entry and entry.state}: {entry and entry.reason}")
        hass.bus.async_fire(EVENT_HOMEASSISTANT_START)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await asyncio.sleep(_BOOT)
        token = hass.auth.async_create_access_token(
            await hass.auth.async_create_refresh_token(await self._user(hass), "http://here")
        )
        assert hass.config.api is not None
        page = open_page(hass.config.api.port, token)
        self._page = await self._stack.enter_async_context(page)
        self._words = await Words.load(hass)
        self._issues = await _issue_texts(hass)
        await self._page.subscribe(self._notify, "persistent_notification/subscribe")
        await self._page.subscribe(
            self._repair, "subscribe_events", event_type="repairs_issue_registry_updated"
        )

    async def read_logbook(self) -> None:
        """Read the lines since the last time."""
        hass, page, words = self._hass, self._page, self._words
        assert hass is not None
        assert page is not None
        assert words is not None
        await hass.async_add_executor_job(get_instance(hass).block_till_done)
        until = time.time()
        start, end = (
            datetime.fromtimestamp(each, UTC).isoformat() for each in (self._read_until, until)
        )
        await asyncio.sleep(1)
        for line in await page.logbook(start, end):
            self.see(Place.LOGBOOK, float(line["when"]), *words.of(line))
        self._read_until = until

    async def stop(self) -> None:
        """Read the logbook, and end Home Assistant in order."""
        await self.read_logbook()
        await self._stack.aclose()
        self._is_running = False
        _end_process()

    async def set_options(self, **options: Any) -> None:
        """Save options, as somebody does in the dialog of the entry."""
        assert self._hass is not None
        entry = self._hass.config_entries.async_get_entry(self._entry.entry_id)
        assert entry is not None
        options = {**entry.options, **options}
        self._hass.config_entries.async_update_entry(entry, options=options)
        await self._hass.config_entries.async_reload(self._entry.entry_id)

    async def _components(self, hass: HomeAssistant) -> None:
        """Set up what a user of Home Assistant has."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, TurningLoop)
        async_initialize_recorder(hass)
        with loop._job():  # noqa: SLF001  # a thread that the loop did not start
            if not await async_setup_component(hass, "recorder", {"recorder": {}}):
                raise RuntimeError("the recorder does not start")
        for name in ("auth", "websocket_api", "api", "repairs", "frontend", "logbook"):
            if not await async_setup_component(hass, name, {}):
                raise RuntimeError(f"{name} does not start")

    async def _user(self, hass: HomeAssistant) -> User:
        """Return the owner of Home Assistant."""
        for user in await hass.auth.async_get_users():
            if user.name == _USER:
                return user
        return await hass.auth.async_create_user(_USER, group_ids=["system-admin"])

    def _write_http(self) -> None:
        """Have the web server listen where nobody else does."""
        store = self._folder / ".storage"
        store.mkdir(exist_ok=True)
        write_http(store, self._port, "127.0.0.1")

    def _notify(self, change: dict[str, Any]) -> None:
        """Take note of a notification."""
        for number, each in change["notifications"].items():
            text = f"{change['type']}: {each.get('title')} | {each.get('message')}"
            self.see(Place.NOTIFICATION, time.time(), f"{change['type']} {number}", text)

    def _repair(self, event: dict[str, Any]) -> None:
        """Take note of a repair of this integration."""
        assert self._hass is not None
        data = event["data"]
        if data["domain"] != DOMAIN:
            return
        issue = ir.async_get(self._hass).async_get_issue(DOMAIN, data["issue_id"])
        key = None if issue is None else issue.translation_key
        holders = {} if issue is None else issue.translation_placeholders or {}
        title = self._issues.get(f"component.{DOMAIN}.issues.{key}.title", str(key))
        words = self._repairs.pop(data["issue_id"], title) if issue is None else title
        for name, value in holders.items():
            words = words.replace(f"{{{name}}}", str(value))
        self._repairs[data["issue_id"]] = words
        kind = f"{data['action']} {key or data['issue_id']}"
        self.see(Place.REPAIR, time.time(), kind, words)


def _end_process() -> None:
    """Give the next Home Assistant a loop and classes as a process of its own would have them."""
    vars(asyncio.get_running_loop()).pop("_shutdown_run_callback_threadsafe", None)
    # Home Assistant has it return the first instance. Without `__new__`, Python would still not take
    # the arguments.
    Zeroconf.__new__ = _new_zeroconf  # type: ignore[assignment, method-assign]
    Zeroconf.__init__ = _ZEROCONF_INIT  # type: ignore[method-assign]


def _new_zeroconf(cls: type[Zeroconf], *_args: object, **_more: object) -> Zeroconf:
    """Return a new instance."""
    return object.__new__(cls)


async def _issue_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the texts of repairs."""
    return await async_get_translations(hass, "en", "issues", {DOMAIN})
