"""Pictures, fetched once however many look at them."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

from .api import NinaError, Picture

MAXIMUM_BYTES = 32 * 1024 * 1024


class PictureCache:
    """Pictures by key, bounded by their bytes; viewers of the same one share the request."""

    def __init__(self, maximum_bytes: int = MAXIMUM_BYTES) -> None:
        """Begin empty."""
        self._maximum_bytes = maximum_bytes
        self._pictures: OrderedDict[Hashable, Picture] = OrderedDict()
        self._lock = asyncio.Lock()
        self.fetched = self.failed = 0

    async def async_get(self, key: Hashable, fetch: Callable[[], Awaitable[Picture]]) -> Picture:
        """Return a picture, fetching it only when nobody has; raises what `fetch` raises.

        One is fetched at a time: rendering it keeps the imaging computer busy for seconds.
        """
        async with self._lock:
            if key not in self._pictures:
                try:
                    picture = await fetch()
                except NinaError:
                    self.failed += 1
                    raise
                self.fetched += 1
                self._keep(key, picture)
            self._pictures.move_to_end(key)
            return self._pictures[key]

    def _keep(self, key: Hashable, picture: Picture) -> None:
        """Keep a picture and drop the longest unused ones beyond the bound, never this one."""
        self._pictures[key] = picture
        while len(self._pictures) > 1 and self._bytes() > self._maximum_bytes:
            self._pictures.popitem(last=False)

    @property
    def counts(self) -> dict[str, int]:
        """Return what was fetched and what is kept."""
        return {
            "fetched": self.fetched,
            "failed": self.failed,
            "kept": len(self._pictures),
            "kept_bytes": self._bytes(),
        }

    def _bytes(self) -> int:
        """Return the size of everything kept."""
        return sum(len(picture.data) for picture in self._pictures.values())
