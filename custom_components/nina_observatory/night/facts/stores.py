"""Where facts are kept: a file for each kind, so that a damaged one costs only itself."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...helpers.storage import LARGEST, SaveWithin, async_load_kept

VERSION: Final = 1
# Seconds until a change is saved. Until N.I.N.A. is closed it has all of this itself, and then the
# rest is saved at once: a shorter time would only wear out SD cards.
SAVE_WITHIN: Final = 600.0
# A fact dated further ahead comes from a wrong clock or a damaged file.
AHEAD: Final = timedelta(days=1)
KINDS: Final = ("autofocus", "frame", "frames", "picture", "plan")


def fact_store(hass: HomeAssistant, entry_id: str, kind: str) -> Store[dict[str, Any]]:
    """Return the store for one kind of fact of an entry."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry_id}.fact_{kind}", serialize_in_event_loop=False)


class FactStore[FactT]:
    """Keep one kind of fact on disk.

    `encode` is called in a thread and returns plain data; `decode` may raise for any other data.
    `largest` is the size in bytes beyond which a file can't be ours.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        kind: str,
        encode: Callable[[], Mapping[str, object]],
        decode: Callable[[Mapping[str, Any]], FactT],
        largest: int = LARGEST,
    ) -> None:
        self._hass = hass
        self._store = fact_store(hass, entry_id, kind)
        self._decode = decode
        self._largest = largest
        self._saving = SaveWithin(self._store, encode, SAVE_WITHIN)
        self.async_change = self._saving.async_change
        self.async_hasten = self._saving.async_hasten

    async def async_load(self) -> FactT | None:
        """Return what was saved; None if there is nothing, or it is unreadable."""
        return await async_load_kept(self._hass, self._store, self._decode, self._largest)

    async def async_end(self) -> None:
        """Save the changes that are due, and nothing after that."""
        await self._saving.async_end(changes=True)


def past(moment: datetime | None) -> datetime | None:
    """Return a saved time; None for one that is yet to come."""
    return None if moment is None or moment > dt_util.utcnow() + AHEAD else moment


async def async_forget_stores(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all facts of an entry that is removed, pictures in the folder excepted."""
    for kind in KINDS:
        await fact_store(hass, entry_id, kind).async_remove()
