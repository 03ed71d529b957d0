"""The coordinator of the frames: pushed while the event stream is connected, polled otherwise."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
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
from ..helpers.listeners import Followers, Listeners
from .captures import Captures
from .equipment import EquipmentCoordinator
from .following import FollowingCoordinator
from .frame_list import FrameList, Identity
from .frame_statistics import NightStatistics
from .picture_cache import PictureCache

POLL_WITHOUT_STREAM = timedelta(seconds=60)
# Up to this many missing frames are read one by one, more with the whole list.
MOST_NEWER = 10
# As many new frames are taken into the list outside the event loop.
MANY = 100
QUALITY = 85
THUMBNAIL_WIDTH = 256
# A frame is prepared a moment before it is saved: for this many seconds a picture that may belong
# to a saved frame is not announced, or it would be fetched twice.
SAVED_WITHIN = 5.0
# Without events nothing reports a new picture: for this long one counts as current.
PREPARED_SECONDS = 10
# N.I.N.A.'s answer if it has prepared nothing, or taken no capture, since it was started.
NOTHING_PREPARED = 404
NOTHING_CAPTURED = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedImage:
    """A picture that N.I.N.A. shows unsaved: from autofocus, plate solving or a snapshot.

    `number` distinguishes it from others, `prepared_at` is when it was reported.
    """

    number: int
    prepared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The frames saved since N.I.N.A. started, oldest first, numbered as in its own list.

    `generation` changes when the frames do not continue those before. `newest_light` is a light
    frame: darks and flats are not relevant to the night. `prepared` is the picture that N.I.N.A.
    shows if that is newer than all frames.
    """

    known: bool = False
    frames: tuple[Frame, ...] = ()
    generation: int = 0
    newest_light: Frame | None = None
    prepared: PreparedImage | None = None
    night: NightStatistics = field(default_factory=NightStatistics)

    @property
    def latest(self) -> PreparedImage | Frame | None:
        """Return the picture that N.I.N.A. shows, as far as it is known."""
        return self.prepared or (self.frames[-1] if self.frames else None)


@dataclass(kw_only=True)
class _Arrivals:
    """Frames from events, with the loop time of their arrival."""

    frames: list[tuple[float, Frame]] = field(default_factory=list)

    def since(self, moment: float) -> list[Frame]:
        """Return the frames that arrived since a loop time, and drop the others."""
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
        super().__init__(hass, entry, equipment, "frames")
        self.data = Frames()
        self._list = FrameList()
        self.pictures = PictureCache(hass, entry)
        self.captures = Captures(self.pictures)
        self._stream_connected = stream_connected
        self._complete = False
        self._arrivals = _Arrivals()
        # The number of pictures that N.I.N.A. reported as prepared.
        self.prepared_count = 0
        self._numbers = count(1)
        self._prepared: PreparedImage | None = None
        # After which frame, and in which run of N.I.N.A.
        self._prepared_after: object = None
        self._showing: asyncio.TimerHandle | None = None
        # Called with each picture of a frame that was fetched, and the width it was asked for, None
        # for N.I.N.A.'s own thumbnail.
        self.fetched: Listeners[Frame, int | None, Picture] = Listeners()
        # They follow a new frame once its event is on the bus.
        self.followers = Followers(hass.loop)
        entry.async_on_unload(self.async_add_listener(self.followers.async_call_soon))
        entry.async_on_unload(self.followers.async_stop)
        entry.async_on_unload(self._stop_showing)

    async def async_latest(self, width: int) -> Picture:
        """Return the latest picture as a JPEG of at most that width; raises NinaError."""
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

    async def _async_prepared_picture(self, prepared: PreparedImage, width: int) -> Picture:
        """Fetch the picture prepared last; raises NinaError.

        The next one may arrive during the request: it has a number of its own. Older servers offer
        only the picture of the last capture.
        """
        client = self.client
        prepares = client.supports(client.frames.get_prepared_image)
        render = client.frames.get_prepared_image if prepares else client.camera.get_capture_picture
        age = None if self._stream_connected() else monotonic() // PREPARED_SECONDS
        return await self.pictures.async_get_width(
            (prepared, age), width, lambda step: render(width=step, quality=QUALITY)
        )

    async def async_picture(self, frame: Frame, width: int) -> Picture:
        """Return a frame as a JPEG of at most that width; raises NinaError."""

        async def render(step: int) -> Picture:
            """Fetch by the number that the frame has when its turn comes."""
            number = await self.async_number(frame)
            picture = await self.client.frames.get_image(number, width=step, quality=QUALITY)
            self.fetched.async_call(frame, step, picture)
            return picture

        try:
            return await self.pictures.async_get_width(frame.identity, width, render)
        except NinaCommandError:
            # The list may have been cleared in N.I.N.A., which sends no event for that.
            self.async_read_soon()
            raise

    async def async_thumbnail(self, frame: Frame, width: int | None = None) -> Picture:
        """Return the thumbnail that N.I.N.A. keeps of a frame, or make one; raises NinaError.

        Without a `width` N.I.N.A. decides: 256 pixels, or a tenth of the frame where that is more.
        """
        if self.client.supports(self.client.frames.get_thumbnail):
            with suppress(NinaCommandError, NinaResponseError):
                return await self.async_stored_thumbnail(frame, width)
        return await self.async_picture(frame, width or THUMBNAIL_WIDTH)

    async def async_stored_thumbnail(self, frame: Frame, width: int | None = None) -> Picture:
        """Return the thumbnail that N.I.N.A. keeps of a frame, for which it computes nothing.

        Raises NinaError, also if N.I.N.A. keeps none.
        """

        async def fetch() -> Picture:
            """Fetch by the number that the frame has when its turn comes."""
            picture = await self.client.frames.get_thumbnail(await self.async_number(frame))
            self.fetched.async_call(frame, None, picture)
            return picture

        return await self.pictures.async_get((frame.identity, "thumbnail"), fetch, width)

    async def async_number(self, frame: Frame) -> int:
        """Return the number of a frame; raises NinaResponseError if N.I.N.A. no longer has it.

        Numbers restart with N.I.N.A., and those after a missed frame are wrong.
        """
        if not self._complete:
            await self.async_read()
        if (number := self._list.number(frame.identity)) is None:
            raise NinaResponseError("the frame is gone")
        return number

    def find(self, identity: Identity) -> Frame | None:
        """Return a frame of the list by date and file name."""
        number = self._list.number(identity)
        return None if number is None else self._list.frames[number]

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Apply the frame or the picture of an event, and read the data that it lacks."""
        if event.frame is not None:
            self.async_add(event.frame)
        elif Topic.FRAMES in event.topics:
            self.async_read_after(event)
        if event.type is EventType.IMAGE_PREPARED:
            self.prepared_count += 1
            self.async_note_prepared()

    @callback
    def async_add(self, frame: Frame) -> None:
        """Add a frame from an event; duplicates count once.

        Before plugin 2.1.8 only light frames have a number.
        """
        if frame.image_type is not ImageType.LIGHT and not self.client.plugin.at_least(2, 1, 8):
            return
        self._arrivals.frames.append((self.hass.loop.time(), frame))
        if self.data.known:
            self._list.add(frame)
            self.data = self._frames()
            self.async_update_listeners()

    @callback
    def async_note_prepared(self) -> None:
        """Record that N.I.N.A. shows another picture, which it may save in a moment."""
        self._prepared = PreparedImage(number=next(self._numbers), prepared_at=dt_util.utcnow())
        self._prepared_after = self._end(self.data.frames)
        if self.data.known:
            self.data = replace(self.data, prepared=self._prepared)
            if self._showing is None:
                self._showing = self.hass.loop.call_later(SAVED_WITHIN, self.async_show_prepared)

    @callback
    def async_show_prepared(self) -> None:
        """Show the prepared picture at once: it is not going to be saved."""
        self._stop_showing()
        self.async_update_listeners()

    @callback
    def _stop_showing(self) -> None:
        """Cancel the timer."""
        if self._showing is not None:
            self._showing.cancel()
            self._showing = None

    @callback
    def _forget(self, prepared: PreparedImage) -> None:
        """Discard a picture that N.I.N.A. does not have."""
        if self._prepared == prepared:
            self._prepared = None
        if self.data.prepared == prepared:
            self.data = replace(self.data, prepared=None)
            self.async_update_listeners()

    def _end(self, frames: tuple[Frame, ...]) -> object:
        """Return the run of N.I.N.A. and its newest frame."""
        server = self.equipment.data.server
        started_at = None if server is None else server.started_at
        return (started_at, frames[-1].identity if frames else None)

    @callback
    def async_distrust(self) -> None:
        """Read the whole list at the next poll: frames may have been missed."""
        self._complete = False

    @callback
    def async_follow_stream(self) -> None:
        """Start polling when the event stream is lost; on reconnection everything is read anyway.

        Without the stream N.I.N.A. may show another picture than the last one reported.
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
        if not self.equipment.data.reachable:
            self._complete, self.update_interval = False, None
            self._list = self._list.replaced(())
            return Frames(generation=self._list.generation)
        self.update_interval = None if self._stream_connected() else POLL_WITHOUT_STREAM
        try:
            return await self._async_ask(started)
        except NinaError as err:
            LOGGER.debug("The frames of %s could not be read: %s", self.name, err)
            self.update_interval = POLL_WITHOUT_STREAM
            return self.data

    async def _async_ask(self, started: float) -> Frames:
        """Read the missing part of the list: nothing, the last frames one by one, or all of it."""
        known, complete = self.data.frames, self._complete
        total = await self.client.frames.count() if known or complete else None
        if complete and total == len(known):
            return self.data
        newer = None if total is None else await self._async_newer(known, total)
        history = await self.client.frames.get_all() if newer is None else (*known, *newer)
        frames = merge(history, self._arrivals.since(started))
        if len(frames) - len(self._list.frames) < MANY:
            self._list = self._list.replaced(frames)
        else:
            made = await asyncio.to_thread(self._list.remade, frames, dt_util.utcnow())
            for frame in self._arrivals.since(started):
                made.add(frame)
            self._list = made
        self._complete = True
        return self._frames()

    async def _async_newer(self, known: tuple[Frame, ...], total: int) -> list[Frame] | None:
        """Return the frames after the known ones; None if the whole list has to be read.

        If the newest known frame is still in its place, none before it is missing, and neither
        N.I.N.A. nor the list was restarted.
        """
        if not known or known[-1].date is None or not 0 <= total - len(known) <= MOST_NEWER:
            return None
        try:
            found = [await self.client.frames.get(n) for n in range(len(known) - 1, total)]
        except NinaCommandError:
            # It was cleared meanwhile.
            return None
        frames = [frame for frame in found if frame is not None]
        if len(frames) < len(found) or frames[0].identity != known[-1].identity:
            return None
        return frames[1:]

    def _frames(self) -> Frames:
        """Return the frames of the list with the statistics of their night."""
        frames = self._list.frames
        return Frames(
            known=True,
            frames=frames,
            generation=self._list.generation,
            newest_light=self._list.newest_light,
            prepared=self._prepared if self._prepared_after == self._end(frames) else None,
            night=self._list.night(dt_util.utcnow()),
        )
