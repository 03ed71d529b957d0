"""Handling of announcements on the network, which anyone can send, in any number.

An announcement does not prove who answers, so it only leads to an offer: a new N.I.N.A. as a
discovery card, a new address of a known one as a repair issue. A person has to confirm both.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey

from ...api import NinaConnectionError, NinaNotRunningError, find_api_port
from ...const import DOMAIN
from .hosts import format_address

# Maximum number of N.I.N.A.s being checked or waiting for the user at a time.
MOST_OFFERED = 5
# Maximum number of announcements that cause requests, and the period in seconds.
MOST_FOLLOWED = 20
WINDOW = 600.0
# Maximum number of parallel requests to announced addresses.
MOST_AT_ONCE: Final = 2
# The Advanced API starts after Touch'N'Stars: number of tries, and the pause between them in s.
FIND_TRIES: Final = 6
FIND_PAUSE = 10.0
# Maximum number of pages that are kept.
MOST_PAGES: Final = 50


class Announcements:
    """Limit and record the announcements that cause requests."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._followed: deque[float] = deque(maxlen=MOST_FOLLOWED)
        self._names: dict[str, str] = {}
        self._pages: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._offers: dict[str, Mapping[str, Any]] = {}

    @callback
    def async_may_follow(self) -> bool:
        """Return whether another announcement may cause requests, and count it if so."""
        now = self._hass.loop.time()
        if len(self._followed) == MOST_FOLLOWED and now - self._followed[0] < WINDOW:
            return False
        self._followed.append(now)
        return True

    @property
    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for the turn of a request."""
        return self._turn

    @callback
    def async_note(self, name: str, entry_id: str) -> None:
        """Record the first name announced for the address of an entry.

        It is kept apart from the entry and serves only to raise a repair issue later.
        """
        self._names.setdefault(entry_id, name)

    @callback
    def async_known(self, name: str) -> str | None:
        """Return the entry whose address was announced under a name."""
        return next((entry_id for entry_id, each in self._names.items() if each == name), None)

    @callback
    def async_note_page(self, host: str, port: int, companion_port: int) -> None:
        """Record that Touch'N'Stars at this port named the address of an Advanced API."""
        self._pages[host, port] = f"http://{format_address(host, companion_port)}/"
        self._pages.move_to_end((host, port))
        if len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)

    @callback
    def async_page(self, host: str, port: int) -> str | None:
        """Return the page of Touch'N'Stars beside an Advanced API, if it announced itself."""
        return self._pages.get((host, port))

    @callback
    def async_offer(self, flow_id: str, values: Mapping[str, Any]) -> None:
        """Record what a discovery card offers, as values of the form."""
        self._offers[flow_id] = values

    @callback
    def async_offers(self, flows: Collection[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the cards that are still shown, with what they offer; forget the others."""
        self._offers = {key: values for key, values in self._offers.items() if key in flows}
        yield from tuple(self._offers.items())


_ANNOUNCEMENTS: HassKey[Announcements] = HassKey(f"{DOMAIN}_announcements")


@callback
def async_announcements(hass: HomeAssistant) -> Announcements:
    """Return the record of all announcements."""
    return hass.data.setdefault(_ANNOUNCEMENTS, Announcements(hass))


async def async_find_port(hass: HomeAssistant, host: str, port: int) -> int | None:
    """Read the port of the Advanced API from Touch'N'Stars; None if the API does not run.

    Raises NinaResponseError at once if the server is not Touch'N'Stars, and NinaConnectionError if
    nothing answers for about a minute.
    """
    session, announcements = async_get_clientsession(hass), async_announcements(hass)
    for left in reversed(range(FIND_TRIES)):
        try:
            async with announcements.turn:
                return await find_api_port(session, host, port)
        except NinaNotRunningError:
            if not left:
                return None
        except NinaConnectionError:
            if not left:
                raise
        await asyncio.sleep(FIND_PAUSE)
    return None
