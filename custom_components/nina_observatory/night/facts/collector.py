"""Fetch what is to stay of pictures when that costs the imaging computer least.

A thumbnail is a file that N.I.N.A. has made anyway, and reading it computes nothing, but every
request counts while a sequence runs. So one in some minutes is fetched meanwhile, that of the newest
frame, and the others once the sequence has ended, together with one larger picture of the last frame.
"""

import asyncio
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ...api import Camera, Frame, NinaCommandError, NinaConnectionError, NinaError, Role
from ...const import LOGGER
from ...helpers.listeners import Followers
from ...readings.equipment import EquipmentCoordinator
from ...readings.frame_list import frame_id
from ...readings.frames import FramesCoordinator
from ...readings.sequence import SequenceCoordinator
from .gallery import Gallery
from .last_picture import WIDTHS, PictureFact

# Seconds from one thumbnail of some 20 kB to the next while a sequence runs.
IMAGING_EVERY: Final = 600.0
# Seconds from a new frame to its thumbnail, which N.I.N.A. writes after the frame.
FRAME_AFTER: Final = 5.0
# Seconds of rest after the end of a sequence, and after a frame that belonged to none, and then from
# one picture to the next.
SEQUENCE_AFTER: Final = 5.0
REST_AFTER: Final = 120.0
REST_EVERY: Final = 1.0
# Seconds until the camera is looked at again that takes an exposure.
EXPOSING_AFTER: Final = 5.0
# Seconds until the next picture after one that N.I.N.A. did not answer for.
UNANSWERED: Final = 60.0
# Thumbnails in a row that N.I.N.A. refuses before it is not asked for any until it is restarted: the
# user can turn them off.
MOST_REFUSED: Final = 3


class Collector:
    """Fetches thumbnails of the frames of the gallery, and the picture of the last frame."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        frames: FramesCoordinator,
        sequence: SequenceCoordinator,
        picture: PictureFact,
        gallery: Gallery,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._frames = frames
        self._sequence = sequence
        self._picture = picture
        self._gallery = gallery
        # The newest light frame, and loop times: when it came, when a sequence that was seen running
        # ended, and when a picture was fetched.
        self._newest: Frame | None = None
        self._framed_at = self._ended_at = self._fetched_at = float("-inf")
        self._was_running = False
        # The pictures that N.I.N.A. was asked for, by frame and kind, how many of them it refused in
        # a row, and the frames of which there is none left to ask for.
        self._asked: set[tuple[str, bool]] = set()
        self._refusals = 0
        self._exhausted: tuple[int, int] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._changes = Followers(hass.loop)
        self._fetching = self._ended = False

    @callback
    def async_start(self) -> None:
        """Follow frames and the sequence until the entry is unloaded."""
        self._entry.async_on_unload(self._changes.async_add(self._update))
        for follow in (
            self._frames.async_add_listener,
            self._sequence.async_add_listener,
            self._gallery.listeners.async_add,
        ):
            self._entry.async_on_unload(follow(self._changes.async_call_soon))
        self._entry.async_on_unload(self._end)
        self._update()

    @callback
    def _end(self) -> None:
        """Fetch nothing from now on."""
        self._ended = True
        self._changes.async_stop()
        self._stop()

    @callback
    def _stop(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @callback
    def _update(self) -> None:
        """Set the timer for the next picture."""
        now, reading = self._hass.loop.time(), self._frames.data
        if not reading.known:
            self._asked.clear()
            self._refusals = 0
        elif reading.newest_light != self._newest:
            self._newest, self._framed_at = reading.newest_light, now
        running = self._sequence.data.running
        if self._was_running and running is False:
            self._ended_at = now
        self._was_running = running is True or (self._was_running and running is None)
        self._stop()
        if self._fetching or self._ended or not reading.known:
            return
        if (wanted := self._next()) is not None:
            self._timer = self._hass.loop.call_at(max(now, wanted[0]), self._begin)

    def _next(self) -> tuple[float, Frame, bool] | None:
        """Return when the next picture is due (loop time), its frame, and whether it's the larger one."""
        newest = self._newest
        if not self._is_at_rest:
            if newest is None or not self._may_fetch_thumbnail(newest):
                return None
            due = max(self._framed_at + FRAME_AFTER, self._fetched_at + IMAGING_EVERY)
            return due, newest, False
        has_ended = self._ended_at >= self._framed_at
        rested = self._ended_at + SEQUENCE_AFTER if has_ended else self._framed_at + REST_AFTER
        due = max(rested, self._fetched_at + REST_EVERY)
        if not (
            newest is None or self._picture.has(newest) or self._was_asked(newest, larger=True)
        ):
            return due, newest, True
        missing = self._missing()
        return None if missing is None else (due, missing, False)

    def _missing(self) -> Frame | None:
        """Return the newest frame whose thumbnail N.I.N.A. may have."""
        state = (self._frames.data.generation, self._gallery.count)
        if state == self._exhausted or not self._has_thumbnails:
            return None
        for frame in self._gallery.without_thumbnail():
            is_listed = self._frames.find(frame.identity) is not None
            if is_listed and not self._was_asked(frame, larger=False):
                return frame
        self._exhausted = state
        return None

    def _may_fetch_thumbnail(self, frame: Frame) -> bool:
        """Return whether the thumbnail of a frame is wanted and may be there."""
        each = frame_id(frame)
        is_wanted = self._gallery.find(each) is not None and not self._gallery.has_thumbnail(each)
        return is_wanted and self._has_thumbnails and not self._was_asked(frame, larger=False)

    def _was_asked(self, frame: Frame, *, larger: bool) -> bool:
        return (frame_id(frame), larger) in self._asked

    @property
    def _is_at_rest(self) -> bool:
        """Whether no sequence runs; False if that is not known."""
        return self._sequence.data.running is False

    @property
    def _is_exposing(self) -> bool:
        camera = self._equipment.data.device(Role.CAMERA)
        return isinstance(camera, Camera) and camera.exposing is True

    @property
    def _has_thumbnails(self) -> bool:
        """Whether N.I.N.A. keeps thumbnails, as far as it is known."""
        client = self._frames.client
        return client.supports(client.frames.get_thumbnail) and self._refusals < MOST_REFUSED

    @callback
    def _begin(self) -> None:
        """Fetch what is due by now, as a task of the entry."""
        self._timer = None
        wanted = self._next()
        if wanted is None or wanted[0] > self._hass.loop.time():
            self._update()
            return
        if self._is_at_rest and self._is_exposing:
            # Somebody takes exposures by hand.
            self._timer = self._hass.loop.call_later(EXPOSING_AFTER, self._begin)
            return
        _, frame, larger = wanted
        self._fetching = True
        self._entry.async_create_background_task(
            self._hass,
            self._async_fetch(frame, larger=larger),
            f"{self._entry.title} picture to keep",
        )

    async def _async_fetch(self, frame: Frame, *, larger: bool) -> None:
        """Fetch a picture once; the facts keep every picture that is fetched."""
        self._fetched_at = self._hass.loop.time()
        self._asked.add((frame_id(frame), larger))
        try:
            if larger:
                await self._frames.async_picture(frame, WIDTHS[0])
            else:
                await self._frames.async_stored_thumbnail(frame)
                self._refusals = 0
        except NinaConnectionError as err:
            LOGGER.debug("%s: no picture to keep: %s", self._entry.title, err)
            self._fetched_at = self._hass.loop.time() + UNANSWERED
            self._asked.discard((frame_id(frame), larger))
        except NinaError as err:
            LOGGER.debug("%s: no picture to keep: %s", self._entry.title, err)
            self._refusals += isinstance(err, NinaCommandError) and not larger
        finally:
            self._fetching = False
        self._update()
