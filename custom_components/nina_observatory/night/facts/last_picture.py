"""The picture of the newest light frame, kept at the size of a dashboard."""

from base64 import b64decode, b64encode
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...api import Frame, ImageType, NinaResponseError, Picture
from ...api.models.wire import count, moment
from ...helpers.listeners import Listeners
from ...readings.frame_list import frame_id
from ...readings.frames import FramesCoordinator, PreparedImage
from ...readings.picture_scaling import fit
from .stores import FactStore, past

# Widths in pixels at which a picture is kept: the first at which it is small enough.
WIDTHS: Final = (1280, 960, 640, 256)
# Bytes of the picture. Noise compresses badly: a frame of 1,280 pixels has some 300 kB.
MOST_BYTES: Final = 500_000
# Bytes of a file with it, as base64.
LARGEST: Final = 750_000
JPEG: Final = "image/jpeg"
# As wide as N.I.N.A.'s own thumbnails are, for comparison.
THUMBNAIL: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """The picture of a light frame, asked for with a width in pixels."""

    frame: str
    taken_at: datetime
    width: int
    picture: Picture


class PictureFact:
    """The picture of the newest light frame that somebody looked at or that ended the night.

    It takes the place of N.I.N.A.'s latest image while that shows none. It costs N.I.N.A. nothing:
    what is fetched anyway is kept.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, frames: FramesCoordinator) -> None:
        self._hass = hass
        self._entry = entry
        self._frames = frames
        self._kept: KeptPicture | None = None
        # The frame and the width of the picture that is being made small enough.
        self._making: tuple[str, int] | None = None
        self._listeners: Listeners[()] = Listeners()
        self._store = FactStore(hass, entry.entry_id, "picture", self._encode, _decode, LARGEST)
        entry.async_on_unload(frames.fetched.async_add(self._note))
        entry.async_on_unload(frames.async_add_listener(self._update))

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when another picture is kept; return what removes it."""
        return self._listeners.async_add(listener)

    @property
    def kept(self) -> KeptPicture | None:
        """The picture that is kept."""
        return self._kept

    @property
    def is_shown(self) -> bool:
        """Whether there is a picture to show."""
        return self._kept is not None or self._frames.data.latest is not None

    @property
    def taken_at(self) -> datetime | None:
        """The time of the picture that is shown: of N.I.N.A.'s latest image, else the one kept."""
        match self._frames.data.latest:
            case PreparedImage() as prepared:
                return prepared.prepared_at
            case Frame() as frame:
                return frame.date
        return None if self._kept is None else self._kept.taken_at

    @property
    def as_of(self) -> datetime | None:
        """The time of the picture if it is one from before, None if N.I.N.A. has it."""
        return self.taken_at if self._frames.data.latest is None else None

    async def async_latest(self, width: int) -> Picture:
        """Return the picture that is shown as a JPEG of at most a width; raises NinaError."""
        if self._frames.data.latest is not None:
            return await self._frames.async_latest(width)
        if (kept := self._kept) is None:
            raise NinaResponseError("there is no picture")
        return await self.async_kept(kept, width)

    async def async_kept(self, kept: KeptPicture, width: int | None) -> Picture:
        """Return a kept picture of at most a width; raises NinaConnectionError after an unload."""
        return await self.async_narrowed((kept.frame, kept.width), kept.picture, width)

    async def async_narrowed(self, key: Hashable, picture: Picture, width: int | None) -> Picture:
        """Return a picture of at most a width, scaled once for all its viewers."""

        async def read() -> Picture:
            return picture

        return await self._frames.pictures.async_get(("kept", key), read, width)

    @callback
    def has(self, frame: Frame) -> bool:
        """Return whether a picture of a frame is kept that is more than a thumbnail."""
        kept = self._kept
        return kept is not None and kept.frame == frame_id(frame) and kept.width > THUMBNAIL

    async def async_load(self) -> None:
        """Load the saved picture."""
        self._kept = await self._store.async_load()

    async def async_end(self) -> None:
        """Save for the last time."""
        await self._store.async_end()

    @callback
    def _update(self) -> None:
        """Save at once when N.I.N.A. is closed."""
        if not self._frames.data.known:
            self._store.async_hasten()

    @callback
    def _note(self, frame: Frame, width: int | None, picture: Picture) -> None:
        """Keep the picture of the newest light frame, unless a larger one is kept of it."""
        newest = self._frames.data.newest_light
        if newest is None or frame.identity != newest.identity or frame.date is None:
            return
        if picture.content_type != JPEG or frame.image_type is not ImageType.LIGHT:
            return
        known, asked = frame_id(frame), min(width or THUMBNAIL, WIDTHS[0])
        kept = self._kept
        if kept is not None and kept.frame == known and kept.width >= asked:
            return
        making = self._making
        if making is not None and making[0] == known and making[1] >= asked:
            return
        self._making = (known, asked)
        self._entry.async_create_background_task(
            self._hass,
            self._async_keep(known, frame.date, asked, picture),
            f"{self._entry.title} picture to keep",
        )

    async def _async_keep(
        self, frame: str, taken_at: datetime, width: int, picture: Picture
    ) -> None:
        """Make a picture small enough, and keep it unless a newer one is kept meanwhile."""
        small = await self._hass.async_add_executor_job(_small, picture, width)
        if self._making == (frame, width):
            self._making = None
        kept = self._kept
        if small is None or (kept is not None and kept.frame == frame and kept.width >= width):
            return
        if kept is not None and kept.taken_at > taken_at:
            return
        self._kept = KeptPicture(frame=frame, taken_at=taken_at, width=width, picture=small)
        self._store.async_change()
        if not self._frames.data.known:
            self._store.async_hasten()
        self._listeners.async_call()

    def _encode(self) -> Mapping[str, object]:
        """Return plain data; called in a thread."""
        if (kept := self._kept) is None:
            return {}
        return {
            "frame": kept.frame,
            "taken_at": kept.taken_at.isoformat(),
            "width": kept.width,
            "jpeg": b64encode(kept.picture.data).decode(),
        }


def _small(picture: Picture, width: int) -> Picture | None:
    """Return a picture of at most a width that is small enough; None if that is impossible.

    It may take a second, so it belongs in the executor.
    """
    for each in (min(width, WIDTHS[0]), *(narrower for narrower in WIDTHS if narrower < width)):
        fitted = fit(picture, each)
        if fitted.width is None:
            return None
        small = fitted.scaled or picture
        if len(small.data) <= MOST_BYTES:
            return small
    return None


def _decode(kept: Mapping[str, Any]) -> KeptPicture | None:
    """Return the saved picture, None without one; raises ValueError or TypeError for another shape."""
    if not kept:
        return None
    taken_at, width = past(moment(kept["taken_at"])), count(kept["width"])
    data = b64decode(kept["jpeg"], validate=True)
    if taken_at is None or width is None or not isinstance(kept["frame"], str):
        raise ValueError("a picture without time, width or frame")
    picture = Picture(JPEG, data)
    if len(data) > MOST_BYTES or fit(picture, WIDTHS[0]).width is None:
        raise ValueError("not a picture")
    return KeptPicture(frame=kept["frame"], taken_at=taken_at, width=width, picture=picture)
