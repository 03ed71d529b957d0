"""The coordinator of the frames: pushed while the event stream is up, counted while it is not."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from time import monotonic
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api import (
    EventType,
    Frame,
    ImageType,
    NinaCommandError,
    NinaError,
    NinaEvent,
    NinaResponseError,
    Picture,
    Topic,
)
from ..const import LOGGER
from .captures import Captures
from .equipment import EquipmentCoordinator, FollowingCoordinator
from .frame_statistics import NightStatistics, night_statistics
from .picture_cache import PictureCache

POLL_WITHOUT_STREAM = timedelta(seconds=60)
# So many frames that are missing are read one by one, more with the whole list.
MOST_NEWER = 10
QUALITY = 85
THUMBNAIL_WIDTH = 256
# A frame is prepared a moment before it is saved: so many seconds nobody is told of a picture that
# may be of a saved frame, or it would be fetched twice.
SAVED_WITHIN = 5.0
# Without events nothing says that N.I.N.A. shows another picture: so long one is the present one.
PREPARED_SECONDS = 10
# What N.I.N.A. answers where it has prepared nothing, or taken no capture, since it was started.
NOTHING_PREPARED = 404
NOTHING_CAPTURED = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A picture that N.I.N.A. shows and has not saved: of focusing, of plate solving, a snapshot.

    `number` tells it from others, `prepared_at` is when it was heard of.
    """

    number: int
    prepared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The frames saved since N.I.N.A. started, oldest first, as its own list numbers them.

    `prepared` is what N.I.N.A. shows where that is newer than all of them.
    """

    known: bool = False
    frames: tuple[Frame, ...] = ()
    prepared: Prepared | None = None
    night: NightStatistics = field(default_factory=NightStatistics)

    @property
    def newest_light(self) -> Frame | None:
        """Return the newest light frame; darks and flats say nothing about the night."""
        lights = (frame for frame in reversed(self.frames) if frame.image_type is ImageType.LIGHT)
        return next(lights, None)

    @property
    def latest(self) -> Prepared | Frame | None:
        """Return what N.I.N.A. shows, as far as it is known."""
        return self.prepared or (self.frames[-1] if self.frames else None)


@dataclass(kw_only=True)
class _Arrivals:
    """Frames that events brought, with the loop time of their arrival."""

    frames: list[tuple[float, Frame]] = field(default_factory=list)

    def since(self, moment: float) -> list[Frame]:
        """Return what arrived after a moment and forget the rest."""
        self.frames = [(at, frame) for at, frame in self.frames if at >= moment]
        return [frame for _, frame in self.frames]


def merge(history: tuple[Frame, ...], arrived: list[Frame]) -> tuple[Frame, ...]:
    """Append the frames that the history does not have yet, each once."""
    identities = {frame.identity for frame in history}
    new = {frame.identity: frame for frame in arrived if frame.identity not in identities}
    return history + tuple(new.values())


class FramesCoordinator(FollowingCoordinator[Frames]):
    """Keep the list of frames complete with as few requests as possible."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        stream_connected: Callable[[], bool],
    ) -> None:
        """Prepare following the frames."""
        super().__init__(hass, entry, equipment, "frames")
        self.data = Frames()
        self.pictures = PictureCache()
        self.captures = Captures(self.pictures)
        self._stream_connected = stream_connected
        self._complete = False
        self._arrivals = _Arrivals()
        # How many pictures N.I.N.A. was heard to show.
        self.heard = 0
        self._numbers = count(1)
        self._prepared: Prepared | None = None
        # After which frame, and in which run of N.I.N.A.
        self._prepared_after: object = None
        self._showing: asyncio.TimerHandle | None = None
        entry.async_on_unload(self._stop_showing)

    async def async_latest(self, width: int) -> Picture:
        """Return what N.I.N.A. shows as a JPEG of about that width; raises NinaError."""
        if (prepared := self.data.prepared) is not None:
            try:
                return await self._async_prepared_picture(prepared, width)
            except NinaCommandError as err:
                if err.code not in (NOTHING_PREPARED, NOTHING_CAPTURED):
                    raise
                self._forget(prepared)
        if not self.data.frames:
            raise NinaResponseError("there is no picture")
        return await self.async_picture(self.data.frames[-1], width)

    async def _async_prepared_picture(self, prepared: Prepared, width: int) -> Picture:
        """Fetch what N.I.N.A. prepared last; raises NinaError.

        The next one may come while it is fetched: that one has a number of its own. Older servers
        have the picture of the last capture alone.
        """
        client = self.client
        prepares = client.supports(client.frames.get_prepared_image)
        render = client.frames.get_prepared_image if prepares else client.camera.get_capture_picture
        fetch = partial(render, width=width, quality=QUALITY)
        age = None if self._stream_connected() else monotonic() // PREPARED_SECONDS
        return await self.pictures.async_get((prepared, age, width), fetch)

    async def async_picture(self, frame: Frame, width: int) -> Picture:
        """Return a frame as a JPEG of about that width; raises NinaError."""
        render = partial(self.client.frames.get_image, width=width, quality=QUALITY)
        try:
            return await self._async_fetch(frame, width, render)
        except NinaCommandError:
            # The list may have been emptied in N.I.N.A., which does not say so.
            self.async_read_soon()
            raise

    async def async_thumbnail(self, frame: Frame) -> Picture:
        """Return the small picture that N.I.N.A. keeps of a frame, or make one; raises NinaError."""
        if self.client.supports(self.client.frames.get_thumbnail):
            with suppress(NinaCommandError, NinaResponseError):
                return await self._async_fetch(frame, "thumbnail", self.client.frames.get_thumbnail)
        return await self.async_picture(frame, THUMBNAIL_WIDTH)

    async def _async_fetch(
        self, frame: Frame, size: Hashable, fetch: Callable[[int], Awaitable[Picture]]
    ) -> Picture:
        """Fetch a picture once for all who want it."""

        async def fetch_this() -> Picture:
            """Fetch it by the number that it has when it is its turn."""
            return await fetch(await self.async_number(frame))

        return await self.pictures.async_get((frame.identity, size), fetch_this)

    async def async_number(self, frame: Frame) -> int:
        """Return the number of a frame; raises NinaResponseError where N.I.N.A. has it no more.

        Numbers begin anew with N.I.N.A., and those after a frame that was missed are wrong.
        """
        if not self._complete:
            await self.async_read()
        numbered = reversed(tuple(enumerate(self.data.frames)))
        found = (number for number, each in numbered if each.identity == frame.identity)
        if (number := next(found, None)) is None:
            raise NinaResponseError("the frame is gone")
        return number

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Take in the frame or the picture of an event, and read what it does not bring."""
        if event.frame is not None:
            self.async_add(event.frame)
        elif Topic.FRAMES in event.topics:
            self.async_read_after(event)
        if event.type is EventType.IMAGE_PREPARED:
            self.heard += 1
            self.async_prepare()

    @callback
    def async_add(self, frame: Frame) -> None:
        """Take in a frame that an event brought; the same one twice counts once.

        Before plugin 2.1.8 light frames alone have a number.
        """
        if frame.image_type is not ImageType.LIGHT and not self.client.dialect.speaks(2, 1, 8):
            return
        self._arrivals.frames.append((self.hass.loop.time(), frame))
        if self.data.known:
            self.data = self._frames(merge(self.data.frames, [frame]))
            self.async_update_listeners()

    @callback
    def async_prepare(self) -> None:
        """Take note that N.I.N.A. shows another picture, which it may save in a moment."""
        self._prepared = Prepared(number=next(self._numbers), prepared_at=dt_util.utcnow())
        self._prepared_after = self._end(self.data.frames)
        if self.data.known:
            self.data = replace(self.data, prepared=self._prepared)
            if self._showing is None:
                self._showing = self.hass.loop.call_later(SAVED_WITHIN, self.async_show_prepared)

    @callback
    def async_show_prepared(self) -> None:
        """Tell at once what N.I.N.A. shows: it is not going to be saved."""
        self._stop_showing()
        self.async_update_listeners()

    @callback
    def _stop_showing(self) -> None:
        """Let go of the timer."""
        if self._showing is not None:
            self._showing.cancel()
            self._showing = None

    @callback
    def _forget(self, prepared: Prepared) -> None:
        """Forget a picture that N.I.N.A. does not have."""
        if self._prepared == prepared:
            self._prepared = None
        if self.data.prepared == prepared:
            self.data = replace(self.data, prepared=None)
            self.async_update_listeners()

    def _end(self, frames: tuple[Frame, ...]) -> object:
        """Return the run of N.I.N.A. and the newest frame of it."""
        server = self.equipment.data.server
        started_at = None if server is None else server.started_at
        return (started_at, frames[-1].identity if frames else None)

    @callback
    def async_distrust(self) -> None:
        """Read the whole list at the next poll: something may have been missed."""
        self._complete = False

    @callback
    def async_follow_stream(self) -> None:
        """Begin to count when the event stream is lost; when it comes all is read anyway.

        Then N.I.N.A. may show another picture than the one that was heard of last.
        """
        if not self._stream_connected():
            self.async_read_soon()
        elif self._prepared is not None:
            renewed = replace(self._prepared, number=next(self._numbers))
            if self.data.prepared == self._prepared:
                self.data = replace(self.data, prepared=renewed)
            self._prepared = renewed

    @override
    async def _async_poll(self, started: float) -> Frames:
        """Read the list if it may be incomplete."""
        if not self.equipment.data.reachable:
            self._complete, self.update_interval = False, None
            return Frames()
        self.update_interval = None if self._stream_connected() else POLL_WITHOUT_STREAM
        try:
            return await self._async_ask(started)
        except NinaError as err:
            LOGGER.debug("The frames of %s could not be read: %s", self.name, err)
            self.update_interval = POLL_WITHOUT_STREAM
            return self.data

    async def _async_ask(self, started: float) -> Frames:
        """Read what is missing of the list: nothing, the last frames one by one, or all of it."""
        known, complete = self.data.frames, self._complete
        total = await self.client.frames.count() if known or complete else None
        if complete and total == len(known):
            return self.data
        newer = None if total is None else await self._async_newer(known, total)
        history = await self.client.frames.get_all() if newer is None else (*known, *newer)
        self._complete = True
        return self._frames(merge(history, self._arrivals.since(started)))

    async def _async_newer(self, known: tuple[Frame, ...], total: int) -> list[Frame] | None:
        """Return the frames after those that are known, None where the whole list has to be read.

        That the newest known one is still in its place shows that none is missing before it, and
        that neither N.I.N.A. nor the list began anew.
        """
        if not known or known[-1].date is None or not 0 <= total - len(known) <= MOST_NEWER:
            return None
        try:
            found = [await self.client.frames.get(n) for n in range(len(known) - 1, total)]
        except NinaCommandError:
            # It was emptied meanwhile.
            return None
        frames = [frame for frame in found if frame is not None]
        if len(frames) < len(found) or frames[0].identity != known[-1].identity:
            return None
        return frames[1:]

    def _frames(self, frames: tuple[Frame, ...]) -> Frames:
        """Return the frames with the statistics of their night.

        What a wrong clock dated into the future would be the newest night until N.I.N.A. is closed.
        """
        latest = dt_util.utcnow() + timedelta(days=1)
        dated = (frame for frame in frames if frame.date is not None and frame.date < latest)
        prepared = self._prepared if self._prepared_after == self._end(frames) else None
        return Frames(known=True, frames=frames, prepared=prepared, night=night_statistics(dated))
