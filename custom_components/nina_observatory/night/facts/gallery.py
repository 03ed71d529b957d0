"""The light frames of the last nights, with a thumbnail of each, for the media browser."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
import os
from pathlib import Path
import re
from shutil import rmtree
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import STORAGE_DIR

from ...api import Frame, ImageType, Picture, decode, encode
from ...const import CONF_KEPT_NIGHTS, DEFAULT_KEPT_NIGHTS, DOMAIN, LOGGER
from ...helpers.listeners import Listeners
from ...readings.frame_list import frame_id
from ...readings.frame_statistics import night_of
from ...readings.frames import FramesCoordinator
from ...readings.picture_scaling import fit
from .stores import FactStore, fact_store, past

# Frames of all nights: some hundred bytes each, in memory as well.
MOST_FRAMES: Final = 10_000
# Bytes of a file with that many.
LARGEST: Final = 10_000_000
# Bytes of all thumbnails, and of one.
MOST_BYTES: Final = 64_000_000
LARGEST_THUMBNAIL: Final = 60_000
THUMBNAIL_WIDTH: Final = 256
# Frames that are sorted in one turn of the event loop.
AT_A_TIME: Final = 100
JPEG: Final = "image/jpeg"
SUFFIX: Final = ".jpg"
_ID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)


def folder_of(hass: HomeAssistant, entry_id: str) -> Path:
    """Return the folder with the thumbnails of an entry."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry_id}.thumbnails"))


class Gallery:
    """The light frames of the last nights, as many as the user wants; N.I.N.A. forgets its own.

    A file of a thumbnail is named by the id of a frame that is listed here, never by what somebody
    asks for.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, frames: FramesCoordinator) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = frames
        self._folder = folder_of(hass, entry.entry_id)
        self.nights_wanted = int(entry.options.get(CONF_KEPT_NIGHTS, DEFAULT_KEPT_NIGHTS))
        # By night and id, the oldest night first.
        self._nights: dict[date, dict[str, Frame]] = {}
        self._count = 0
        # Bytes of the thumbnails by id.
        self._thumbnails: dict[str, int] = {}
        self._bytes = 0
        # Whether the saved frames were read; the generation and the number of frames that were sorted.
        self._ready = asyncio.Event()
        self._sorted = (0, 0)
        self._sorting = False
        # Frames whose thumbnails are being written.
        self._writing: set[str] = set()
        self._complained = False
        self._store = FactStore(hass, entry.entry_id, "frames", self._encode, _decode, LARGEST)
        # Called when a frame or a thumbnail was added.
        self.listeners: Listeners[()] = Listeners()

    @property
    def count(self) -> int:
        """The number of frames."""
        return self._count

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of nights, frames and thumbnails, and their bytes."""
        return {
            "nights": len(self._nights),
            "frames": self._count,
            "thumbnails": len(self._thumbnails),
            "thumbnail_bytes": self._bytes,
        }

    @callback
    def async_start(self) -> None:
        """Read the saved frames, and add new ones from now on, until the entry is unloaded."""
        self._entry.async_create_background_task(
            self._hass, self._async_read(), f"{self._entry.title} frames of the last nights"
        )

    async def async_end(self) -> None:
        """Save for the last time."""
        await self._store.async_end()

    async def async_frames(self) -> tuple[Frame, ...]:
        """Return the frames of the last nights, oldest night first."""
        await self._ready.wait()
        return tuple(frame for night in self._nights.values() for frame in night.values())

    @callback
    def find(self, wanted: str) -> Frame | None:
        """Return a frame by its id."""
        found = (night.get(wanted) for night in self._nights.values())
        return next((frame for frame in found if frame is not None), None)

    @callback
    def has_thumbnail(self, wanted: str) -> bool:
        """Return whether there is a thumbnail of a frame."""
        return wanted in self._thumbnails

    @callback
    def without_thumbnail(self) -> Iterator[Frame]:
        """Yield the frames without a thumbnail, newest first."""
        for night in reversed(self._nights.values()):
            for each, frame in reversed(night.items()):
                if each not in self._thumbnails and each not in self._writing:
                    yield frame

    async def async_thumbnail(self, wanted: str) -> Picture | None:
        """Return the thumbnail of a frame by its id; None without one."""
        if wanted not in self._thumbnails:
            return None
        data = await self._hass.async_add_executor_job(_read, self._path(wanted))
        if data is None:
            self._forget(wanted)
            return None
        return Picture(JPEG, data)

    async def _async_read(self) -> None:
        """Read what is saved; without it, begin with nothing."""
        try:
            if self.nights_wanted > 0:
                saved = await self._store.async_load()
                for number, frame in enumerate(saved or (), start=1):
                    self._add(frame)
                    if number % AT_A_TIME == 0:
                        await asyncio.sleep(0)
            else:
                await fact_store(self._hass, self._entry.entry_id, "frames").async_remove()
            known = frozenset(each for night in self._nights.values() for each in night)
            found = await self._hass.async_add_executor_job(_scan, self._folder, known)
            self._thumbnails = found
            self._bytes = sum(found.values())
            self._prune()
        finally:
            self._ready.set()
        if self.nights_wanted > 0:
            entry, coordinator = self._entry, self._coordinator
            entry.async_on_unload(coordinator.followers.async_add(self._update))
            entry.async_on_unload(coordinator.fetched.async_add(self._note))
            self._update()
            self.listeners.async_call()

    @callback
    def _update(self) -> None:
        """Add the light frames that were not here before."""
        reading = self._coordinator.data
        if not reading.known:
            self._store.async_hasten()
        if self._sorting:
            return
        generation, number = self._sorted
        if reading.generation != generation:
            number = 0
        if len(reading.frames) - number <= AT_A_TIME:
            self._sorted = (reading.generation, len(reading.frames))
            self._add_new(reading.frames[number:])
            return
        self._sorting = True
        self._entry.async_create_background_task(
            self._hass, self._async_sort(), f"{self._entry.title} frames to keep"
        )

    async def _async_sort(self) -> None:
        """Add many frames, some in each turn of the event loop."""
        try:
            while True:
                reading, (generation, number) = self._coordinator.data, self._sorted
                if reading.generation != generation:
                    number = 0
                part = reading.frames[number : number + AT_A_TIME]
                self._sorted = (reading.generation, number + len(part))
                if not part:
                    return
                self._add_new(part)
                await asyncio.sleep(0)
        finally:
            self._sorting = False

    @callback
    def _add_new(self, frames: Iterable[Frame]) -> None:
        added = [self._add(frame) for frame in frames]
        if any(added):
            self._prune()
            self._store.async_change()
            self.listeners.async_call()

    @callback
    def _add(self, frame: Frame) -> bool:
        """Add a light frame with a date; return whether it is new."""
        if frame.image_type is not ImageType.LIGHT or (saved := past(frame.date)) is None:
            return False
        night = night_of(saved)
        if night not in self._nights:
            if len(self._nights) >= self.nights_wanted and night < min(self._nights):
                return False
            self._nights[night] = {}
            self._nights = dict(sorted(self._nights.items()))
        known, each = self._nights[night], frame_id(frame)
        is_new = each not in known
        known[each] = frame
        self._count += is_new
        return is_new

    @callback
    def _prune(self) -> None:
        """Forget the oldest nights, frames and thumbnails beyond the bounds, and delete their files."""
        gone: list[str] = []
        while len(self._nights) > max(0, self.nights_wanted):
            oldest = self._nights.pop(next(iter(self._nights)))
            self._count -= len(oldest)
            gone += oldest
        while self._count > MOST_FRAMES:
            night = next(iter(self._nights))
            gone.append(next(iter(self._nights[night])))
            del self._nights[night][gone[-1]]
            self._count -= 1
            if not self._nights[night]:
                del self._nights[night]
        if self._bytes > MOST_BYTES:
            gone += self._beyond_bytes()
        files = [self._path(each) for each in gone if self._forget(each)]
        if gone:
            self._store.async_change()
        if files:
            self._hass.async_add_executor_job(_delete, files)

    def _beyond_bytes(self) -> list[str]:
        """Return the oldest frames whose thumbnails are too many."""
        beyond: list[str] = []
        excess = self._bytes - MOST_BYTES
        for each in (each for night in self._nights.values() for each in night):
            if excess <= 0:
                break
            if each in self._thumbnails:
                beyond.append(each)
                excess -= self._thumbnails[each]
        return beyond

    @callback
    def _forget(self, each: str) -> bool:
        """Forget a thumbnail; return whether there was one."""
        size = self._thumbnails.pop(each, None)
        self._bytes -= size or 0
        return size is not None

    @callback
    def _note(self, frame: Frame, _width: int | None, picture: Picture) -> None:
        """Keep a thumbnail of a picture that was fetched."""
        each = frame_id(frame)
        if each in self._thumbnails or each in self._writing or self.find(each) is None:
            return
        if picture.content_type != JPEG:
            return
        self._writing.add(each)
        self._entry.async_create_background_task(
            self._hass, self._async_keep(each, picture), f"{self._entry.title} thumbnail"
        )

    async def _async_keep(self, each: str, picture: Picture) -> None:
        """Write a thumbnail."""
        try:
            size = await self._hass.async_add_executor_job(_write, self._path(each), picture)
        except OSError as err:
            if not self._complained:
                self._complained = True
                LOGGER.warning("%s: a thumbnail cannot be saved: %s", self._entry.title, err)
            return
        finally:
            self._writing.discard(each)
        if size and self.find(each) is None:
            # The frame was forgotten meanwhile.
            await self._hass.async_add_executor_job(_delete, [self._path(each)])
        elif size:
            self._thumbnails[each] = size
            self._bytes += size
            self._prune()
            self.listeners.async_call()

    def _path(self, each: str) -> Path:
        """Return the file of a thumbnail, by the id of a frame that is listed here."""
        if _ID.fullmatch(each) is None:
            raise ValueError("not the id of a frame")
        return self._folder / f"{each}{SUFFIX}"

    def _encode(self) -> Mapping[str, object]:
        """Return plain data; called in a thread, so the frames are copied in one step each night."""
        nights = [list(night.values()) for night in list(self._nights.values())]
        return {"frames": [encode(frame) for night in nights for frame in night]}


def _decode(kept: Mapping[str, Any]) -> list[Frame]:
    """Return the saved frames; raises LookupError or TypeError for another shape."""
    frames = kept["frames"]
    if not isinstance(frames, list):
        raise TypeError("not a list of frames")
    return [decode(Frame, each) for each in frames[-MOST_FRAMES:] if isinstance(each, dict)]


def _scan(folder: Path, known: frozenset[str]) -> dict[str, int]:
    """Return the sizes of the thumbnails by id, and delete all other files of the folder."""
    found: dict[str, int] = {}
    with suppress(OSError), os.scandir(folder) as files:
        for file in files:
            each = file.name.removesuffix(SUFFIX)
            if each in known and file.name.endswith(SUFFIX) and file.is_file(follow_symlinks=False):
                found[each] = file.stat(follow_symlinks=False).st_size
            else:
                with suppress(OSError):
                    Path(file.path).unlink()
    return found


def _read(path: Path) -> bytes | None:
    """Return the picture in a file; None without one, or if the file has something else."""
    try:
        if path.stat().st_size > LARGEST_THUMBNAIL:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return data if data.startswith(b"\xff\xd8\xff") else None


def _write(path: Path, picture: Picture) -> int:
    """Write a thumbnail of a picture and return its size, 0 if none can be made; raises OSError."""
    fitted = fit(picture, THUMBNAIL_WIDTH)
    data = (fitted.scaled or picture).data
    if fitted.width is None or len(data) > LARGEST_THUMBNAIL:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)
    return len(data)


def _delete(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()


async def async_forget_thumbnails(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the folder of an entry that is removed."""
    folder = folder_of(hass, entry_id)
    await hass.async_add_executor_job(lambda: rmtree(folder, ignore_errors=True))
