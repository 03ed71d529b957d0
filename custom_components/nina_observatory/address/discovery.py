"""What an announcement in the network may cause. Anybody can send one, in any number.

An announcement proves nothing about who answers, so it only ever offers: a new N.I.N.A. by a card,
a new address of a known one by a repair issue. Neither is believed before a person agrees.
"""

import asyncio
from collections import deque
from contextlib import AbstractAsyncContextManager
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey

from ..api import NinaConnectionError, NinaNotRunningError, find_api_port
from ..const import DOMAIN

# N.I.N.A.s that are being looked at or wait for an answer of the user at a time.
MOST_OFFERED = 5
# Announcements that are followed by requests, in so many seconds.
MOST_FOLLOWED = 20
WINDOW = 600.0
# Requests to announced addresses at a time.
MOST_AT_ONCE: Final = 2
# The Advanced API starts after what announces it: how often to ask, and with what pause in s.
FIND_TRIES: Final = 6
FIND_PAUSE = 10.0


class Announcements:
    """Keep account of the announcements that were followed."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._followed: deque[float] = deque(maxlen=MOST_FOLLOWED)
        self._names: dict[str, str] = {}

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
        """Remember the name announced for the address that an entry has, the first only.

        It is kept apart from the entry and serves only to raise a repair issue later.
        """
        self._names.setdefault(entry_id, name)

    @callback
    def async_known(self, name: str) -> str | None:
        """Return the entry whose address was announced under a name."""
        return next((entry_id for entry_id, each in self._names.items() if each == name), None)


_ANNOUNCEMENTS: HassKey[Announcements] = HassKey(f"{DOMAIN}_announcements")


@callback
def async_announcements(hass: HomeAssistant) -> Announcements:
    """Return the account of all announcements."""
    return hass.data.setdefault(_ANNOUNCEMENTS, Announcements(hass))


async def async_find_port(hass: HomeAssistant, host: str, port: int) -> int | None:
    """Ask Touch'N'Stars for the port of the Advanced API; None where that does not run.

    Raises NinaResponseError at once where what answers is not Touch'N'Stars, and
    NinaConnectionError where nothing answers for about a minute.
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
