"""Search for an N.I.N.A. that took another port, and ask whether it is the one of an entry.

If another program uses its port, the Advanced API takes the next free one. Touch'N'Stars knows which,
but announces itself only when it starts. Nothing is changed here: what is found becomes a repair issue.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from ...api import NinaClient, NinaError, NinaResponseError, ProfileSummary, find_api_port
from ...const import DEFAULT_PORT, DOMAIN
from ...readings.equipment import EquipmentCoordinator
from ...readings.liveness import Absence
from .discovery import async_announcements
from .moved import ISSUE_OF_PORT, async_moves, async_report_move
from .page import page_of

# Seconds from the loss of N.I.N.A. to the first search, and from one to the next.
SEARCH_AFTER: Final = 120.0
SEARCH_EVERY: Final = 900.0
# The ports after that of the entry, and the usual one, which N.I.N.A. takes again if it is free.
NEIGHBORS: Final = (1, 2, 3)


class PortSearch:
    """Search for the N.I.N.A. of one entry on its computer while it does not respond at its port.

    `recognizes` returns whether an N.I.N.A. with these profiles may be the one of the entry.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        recognizes: Callable[[tuple[ProfileSummary, ...]], bool],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._recognizes = recognizes
        self._timer: asyncio.TimerHandle | None = None
        self._searching: asyncio.Task[None] | None = None
        self._stopped = False

    @callback
    def async_start(self) -> None:
        """Follow the equipment until the entry is unloaded."""
        self._entry.async_on_unload(self._equipment.async_add_listener(self._update))
        self._entry.async_on_unload(self._stop)
        self._update()

    @callback
    def _stop(self) -> None:
        self._stopped = True
        self._cancel()

    @callback
    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @callback
    def _update(self) -> None:
        """Search later if N.I.N.A. does not respond."""
        if self._equipment.data.reachable:
            self._cancel()
        elif self._timer is None and not self._stopped:
            self._timer = self._hass.loop.call_later(SEARCH_AFTER, self._begin)

    @callback
    def _begin(self) -> None:
        """Search as a task of the entry, and again later."""
        self._timer = self._hass.loop.call_later(SEARCH_EVERY, self._begin)
        if self._searching is None or self._searching.done():
            self._searching = self._entry.async_create_background_task(
                self._hass, self._async_search(), f"{self._entry.title} search for its port"
            )

    @property
    def _is_elsewhere(self) -> bool:
        """Whether the computer is on and its port is free, or something else uses it."""
        silent = self._equipment.liveness.absence is Absence.NOT_RUNNING
        return silent or isinstance(self._equipment.failure, NinaResponseError)

    async def _async_search(self) -> None:
        """Report the first port at which the N.I.N.A. of this entry may be."""
        if not self._is_elsewhere or any(async_moves(self._hass, self._entry.entry_id)):
            return
        host, announced = self._entry.data[CONF_HOST], await self._async_announced()
        for port in self._ports(announced):
            async with async_announcements(self._hass).turn:
                found = await self._async_responds(host, port)
            if self._equipment.data.reachable:
                return
            if found:
                async_report_move(self._hass, self._entry, host, port, ISSUE_OF_PORT)
                return

    async def _async_announced(self) -> int | None:
        """Return the port that Touch'N'Stars on this computer names, if it is there."""
        if (page := page_of(self._hass, self._entry)) is None:
            return None
        url = URL(page)
        if url.host is None or url.port is None:
            return None
        with suppress(NinaError):
            async with async_announcements(self._hass).turn:
                session = async_get_clientsession(self._hass)
                return await find_api_port(session, url.host, url.port)
        return None

    def _ports(self, announced: int | None) -> Iterator[int]:
        """Yield the ports to try, without those of any entry on this computer."""
        own = self._entry.data[CONF_PORT]
        entries = self._hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        used = {
            each.data[CONF_PORT]
            for each in entries
            if each.data[CONF_HOST] == self._entry.data[CONF_HOST]
        }
        wanted = (announced, *(own + each for each in NEIGHBORS), DEFAULT_PORT)
        for port in dict.fromkeys(wanted):
            if port is not None and port not in used and port < 65536:
                yield port

    async def _async_responds(self, host: str, port: int) -> bool:
        """Return whether an N.I.N.A. responds that may be the one of this entry."""
        client = NinaClient(async_get_clientsession(self._hass), host, port)
        try:
            await client.get_version()
            return self._recognizes(await client.profile.get_all())
        except NinaError:
            return False
