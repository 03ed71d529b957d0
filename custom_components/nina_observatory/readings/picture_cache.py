"""A cache of pictures, each fetched once for all its viewers."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from ..api import NinaConnectionError, NinaError, Picture

MAXIMUM_BYTES = 32 * 1024 * 1024
# Rendering a picture keeps the imaging computer busy for seconds; one that never arrives must not
# block all others.
AT_A_TIME = 2


@dataclass(slots=True)
class _UnderWay:
    """A picture being fetched, and the number of its viewers."""

    task: asyncio.Task[Picture]
    viewers: int = 0


class PictureCache:
    """Pictures by key, bounded by total bytes; viewers of the same picture share one request."""

    def __init__(self, maximum_bytes: int = MAXIMUM_BYTES) -> None:
        self._maximum_bytes = maximum_bytes
        self._pictures: OrderedDict[Hashable, Picture] = OrderedDict()
        # Pictures that cannot be fetched again.
        self._irreplaceable: set[Hashable] = set()
        self._under_way: dict[Hashable, _UnderWay] = {}
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self.fetched = self.failed = 0

    async def async_get(self, key: Hashable, fetch: Callable[[], Awaitable[Picture]]) -> Picture:
        """Return a picture, fetching it only if it is not cached; raises the errors of `fetch`.

        All waiting viewers get the same failure, which is not cached; when the last viewer is
        cancelled, so is the request.
        """
        if (kept := self.find(key)) is not None:
            return kept
        if key not in self._under_way:
            self._under_way[key] = _UnderWay(asyncio.create_task(self._async_fetch(key, fetch)))
        under_way = self._under_way[key]
        under_way.viewers += 1
        try:
            await asyncio.wait([under_way.task])
        finally:
            under_way.viewers -= 1
            if not under_way.viewers:
                del self._under_way[key]
                under_way.task.cancel()
        if under_way.task.cancelled():
            raise NinaConnectionError("the picture is not fetched any longer")
        return under_way.task.result()

    async def _async_fetch(self, key: Hashable, fetch: Callable[[], Awaitable[Picture]]) -> Picture:
        """Fetch a picture when its turn comes, and store it."""
        async with self._turns:
            try:
                picture = await fetch()
            except NinaError:
                self.failed += 1
                raise
        self.fetched += 1
        self._add(key, picture)
        return picture

    def find(self, key: Hashable) -> Picture | None:
        """Return a stored picture."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
        return self._pictures.get(key)

    def keep(self, key: Hashable, picture: Picture) -> None:
        """Store a picture that cannot be fetched again: all others are dropped before it."""
        self._irreplaceable.add(key)
        self._add(key, picture)

    def _add(self, key: Hashable, picture: Picture) -> None:
        """Store a picture; drop the least recently used ones beyond the bound, never this one."""
        self._pictures[key] = picture
        while len(self._pictures) > 1 and self._bytes() > self._maximum_bytes:
            others = [each for each in self._pictures if each != key]
            dropped = next((each for each in others if each not in self._irreplaceable), others[0])
            self._irreplaceable.discard(dropped)
            del self._pictures[dropped]

    @property
    def counts(self) -> dict[str, int]:
        """Return the numbers of fetched and stored pictures."""
        return {
            "fetched": self.fetched,
            "failed": self.failed,
            "kept": len(self._pictures),
            "kept_bytes": self._bytes(),
        }

    def _bytes(self) -> int:
        """Return the total size of the stored pictures."""
        return sum(len(picture.data) for picture in self._pictures.values())
