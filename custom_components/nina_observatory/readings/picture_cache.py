"""A cache of pictures, each fetched once for all its viewers, whatever widths they want."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import NinaConnectionError, NinaError, Picture
from ..api.pictures import LARGEST_PICTURE
from ..const import LOGGER
from .picture_scaling import STEPS, Fit, fit, next_step

# Bytes of all pictures of an entry.
MAXIMUM_BYTES = LARGEST_PICTURE
# Rendering a picture keeps the imaging computer busy for seconds; one that never arrives must not
# block all others.
AT_A_TIME = 2

# Fetches a picture of a width in pixels from N.I.N.A., which may make it narrower or wider.
type Render = Callable[[int], Awaitable[Picture]]


class _Slot(NamedTuple):
    """Where a picture is stored: as it was fetched, with or without a width, or scaled to one."""

    key: Hashable
    width: int | None = None
    is_scaled: bool = False


@dataclass(slots=True)
class _Kept:
    """A stored picture.

    `width` is its width in pixels, None if it is not known yet. `source` is where the picture is
    that it was scaled from.
    """

    picture: Picture
    source: _Slot | None = None
    width: int | None = None
    can_be_scaled: bool = True
    is_irreplaceable: bool = False


@dataclass(slots=True)
class _UnderWay[T]:
    """A picture being fetched or scaled, and the number of its viewers."""

    task: asyncio.Task[T]
    viewers: int = 0


class PictureCache:
    """Pictures of an entry by key, bounded by total bytes.

    Viewers of the same picture share one request, and those of different widths the request for the
    next step of width: what is between the steps is scaled here.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, maximum_bytes: int = MAXIMUM_BYTES
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._maximum_bytes = maximum_bytes
        # The least recently used first.
        self._kept: OrderedDict[_Slot, _Kept] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[_Slot, _UnderWay[Any]] = {}
        self._turns = asyncio.Semaphore(AT_A_TIME)
        # Several large pictures at a time would not fit in memory.
        self._scaling = asyncio.Semaphore(1)
        # How often pictures were requested that have to be new.
        self._requested: Counter[Hashable] = Counter()
        self._complained = self._closed = False
        self.fetched = self.failed = self.scaled = 0
        entry.async_on_unload(self.async_close)

    async def async_get(
        self, key: Hashable, fetch: Callable[[], Awaitable[Picture]], width: int | None = None
    ) -> Picture:
        """Return a picture, fetching it only if it is not cached; raises the errors of `fetch`.

        It is not wider than `width` pixels, unless it cannot be scaled. All waiting viewers get the
        same failure, which is not cached; when the last viewer is canceled, so is the request.
        Raises NinaConnectionError if the entry is unloaded meanwhile.
        """
        slot = _Slot(key)
        kept = self._find(slot) or await self._async_fetch(slot, fetch)
        return kept.picture if width is None else await self._async_narrowed(slot, kept, width)

    async def async_get_width(self, key: Hashable, width: int, render: Render) -> Picture:
        """Return a picture that is not wider than `width` pixels; otherwise as `async_get`.

        It is scaled from one that is there already, or else from the next step of width.
        """
        step = next_step(width)
        while True:
            slot = self._widths_of(key, step) or _Slot(key, step)
            kept = self._find(slot) or await self._async_fetch(slot, partial(render, step))
            picture = await self._async_narrowed(slot, kept, width)
            if kept.can_be_scaled or slot.width == step:
                return picture

    async def async_get_new(
        self, key: Hashable, width: int | None, render: Callable[[int | None], Awaitable[Picture]]
    ) -> Picture:
        """Return a picture that was requested after this call; otherwise as `async_get_width`.

        Calls share a request that has not been sent yet. Without a width it is as wide as it is.
        """
        number = self._requested[key]
        mine = (key, number)

        async def request(step: int | None) -> Picture:
            """Fetch when the turn comes; calls from then on belong to the next request."""
            self._requested[key] = max(self._requested[key], number + 1)
            return await render(step)

        try:
            if width is None:
                return await self.async_get(mine, partial(request, None))
            return await self.async_get_width(mine, width, request)
        finally:
            for slot in [each for each in self._kept if each.key == mine]:
                self._drop(slot)

    async def async_find(self, key: Hashable, width: int | None) -> Picture | None:
        """Return a stored picture that is not wider than `width` pixels."""
        slot = _Slot(key)
        if (kept := self._find(slot)) is None:
            return None
        return kept.picture if width is None else await self._async_narrowed(slot, kept, width)

    def find(self, key: Hashable) -> Picture | None:
        """Return a stored picture as it was fetched."""
        kept = self._find(_Slot(key))
        return None if kept is None else kept.picture

    def keep(self, key: Hashable, picture: Picture) -> None:
        """Store a picture that cannot be fetched again: all others are dropped before it."""
        self._store(_Slot(key), _Kept(picture, is_irreplaceable=True))

    @callback
    def async_close(self) -> None:
        """Cancel all requests and forget all pictures."""
        self._closed = True
        for each in self._under_way.values():
            each.task.cancel()
        self._kept.clear()
        self._bytes = 0

    @property
    def counts(self) -> dict[str, int]:
        """Return the numbers of fetched, scaled and stored pictures."""
        return {
            "fetched": self.fetched,
            "failed": self.failed,
            "scaled": self.scaled,
            "kept": len(self._kept),
            "kept_bytes": self._bytes,
        }

    async def _async_share[T](self, slot: _Slot, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do some work once for all its viewers, as a task of the entry."""
        if self._closed:
            raise NinaConnectionError("images are no longer fetched")
        if slot not in self._under_way:
            task = self._entry.async_create_background_task(
                self._hass, work(), f"{self._entry.title} picture"
            )
            self._under_way[slot] = _UnderWay(task)
        under_way: _UnderWay[T] = self._under_way[slot]
        under_way.viewers += 1
        try:
            await asyncio.wait([under_way.task])
        finally:
            under_way.viewers -= 1
            if not under_way.viewers:
                del self._under_way[slot]
                under_way.task.cancel()
        if under_way.task.cancelled():
            raise NinaConnectionError("the image is no longer fetched")
        return under_way.task.result()

    async def _async_fetch(self, slot: _Slot, fetch: Callable[[], Awaitable[Picture]]) -> _Kept:
        """Fetch a picture when its turn comes, and store it."""

        async def fetch_in_turn() -> _Kept:
            async with self._turns:
                try:
                    kept = _Kept(await fetch())
                except NinaError:
                    self.failed += 1
                    raise
            self.fetched += 1
            self._store(slot, kept)
            return kept

        return await self._async_share(slot, fetch_in_turn)

    async def _async_narrowed(self, slot: _Slot, kept: _Kept, width: int) -> Picture:
        """Return a picture scaled down to a width; as it is if that is impossible."""
        if not kept.can_be_scaled or (kept.width is not None and kept.width <= width):
            return kept.picture
        place = _Slot(slot.key, width, is_scaled=True)
        if (scaled := self._find(place)) is not None:
            if scaled.source is not None:
                # Dropping the scaled picture costs no request, so it is dropped before its source.
                self._find(scaled.source)
            return scaled.picture
        return await self._async_share(place, partial(self._async_scale, place, slot, kept, width))

    async def _async_scale(self, place: _Slot, source: _Slot, kept: _Kept, width: int) -> Picture:
        """Scale a picture, and store the result."""
        found = await self._async_fit(kept.picture, width)
        kept.width, kept.can_be_scaled = found.width, found.width is not None
        if not kept.can_be_scaled and not self._complained:
            self._complained = True
            LOGGER.warning(
                "%s: an image of %d bytes cannot be scaled and is shown as it is (others like it "
                "are not logged): %s",
                self._entry.title,
                len(kept.picture.data),
                found.problem,
            )
        if found.scaled is None:
            return kept.picture
        self.scaled += 1
        self._store(place, _Kept(found.scaled, source, width))
        return found.scaled

    async def _async_fit(self, picture: Picture, width: int) -> Fit:
        """Scale a picture in a thread, one at a time; a thread ends also without its viewers."""
        await self._scaling.acquire()
        job = self._hass.async_add_executor_job(fit, picture, width)
        job.add_done_callback(lambda _: self._scaling.release())
        return await asyncio.shield(job)

    def _widths_of(self, key: Hashable, step: int) -> _Slot | None:
        """Return where a picture of at least a step is stored, the narrowest that can be scaled."""
        slots = (_Slot(key, each) for each in STEPS if each >= step)
        return next(
            (each for each in slots if each in self._kept and self._kept[each].can_be_scaled), None
        )

    def _find(self, slot: _Slot) -> _Kept | None:
        """Return a stored picture, which is the most recently used one from now on."""
        if slot in self._kept:
            self._kept.move_to_end(slot)
        return self._kept.get(slot)

    def _store(self, slot: _Slot, kept: _Kept) -> None:
        """Store a picture; drop the least recently used ones beyond the bound, never this one."""
        if slot in self._kept:
            self._drop(slot)
        self._kept[slot] = kept
        self._bytes += len(kept.picture.data)
        while len(self._kept) > 1 and self._bytes > self._maximum_bytes:
            others = [each for each in self._kept if each != slot]
            replaceable = (each for each in others if not self._kept[each].is_irreplaceable)
            self._drop(next(replaceable, others[0]))

    def _drop(self, slot: _Slot) -> None:
        self._bytes -= len(self._kept.pop(slot).picture.data)
