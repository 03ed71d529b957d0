"""Pictures of frames through Home Assistant: authenticated, also for remote access."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from aiohttp import web
from homeassistant.auth.models import User
from homeassistant.components.http import KEY_HASS_USER, HomeAssistantView
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .api import Frame, NinaError, Picture, Role
from .const import DOMAIN, LOGGER, Needs
from .errors import NotAllowedError
from .helpers.permissions import is_allowed
from .readings.frame_list import frame_id
from .readings.frames import FramesCoordinator
from .readings.picture_scaling import LARGEST_WIDTH
from .runtime import NinaConfigEntry, NinaRuntimeData

WIDTH: Final = 1920
# Prefixes of the id of a frame, or of an unsaved picture, in the media source: no night has such an
# id.
FRAME: Final = "frame"
CAPTURE: Final = "capture"
# A frame does not change, but the users who may see it do.
CACHING: Final = {"Cache-Control": "private, max-age=3600"}


def frame_path(entry_id: str, frame: Frame, kind: str = "picture") -> str:
    """Return the path of the picture or the thumbnail of a frame, for example for notifications."""
    return picture_path(entry_id, frame_id(frame), kind)


def picture_path(entry_id: str, picture_id: str, kind: str = "picture") -> str:
    """Return the path of a picture by the id of its frame or of its capture."""
    return f"/api/{DOMAIN}/{entry_id}/{picture_id}/{kind}"


def frame_media(entry_id: str, frame: Frame) -> str:
    """Return the media source id of a frame."""
    return f"{entry_id}/{FRAME}/{frame_id(frame)}"


def capture_media(entry_id: str, capture_id: str) -> str:
    """Return the media source id of the picture of a capture."""
    return f"{entry_id}/{CAPTURE}/{capture_id}"


def find_frame(frames: FramesCoordinator, wanted: str) -> Frame | None:
    """Return a frame by its id; None if N.I.N.A. no longer has it."""
    newest_first = reversed(frames.data.frames)
    return next((frame for frame in newest_first if frame_id(frame) == wanted), None)


@callback
def find_listed(data: NinaRuntimeData, wanted: str) -> Frame | None:
    """Return a frame that N.I.N.A. has by its id; by far the quickest if it is kept as well."""
    if (kept := data.facts.gallery.find(wanted)) is not None:
        return data.frames.find(kept.identity)
    return find_frame(data.frames, wanted)


def loaded_entries(hass: HomeAssistant) -> Iterator[NinaConfigEntry]:
    """Return all loaded entries."""
    yield from hass.config_entries.async_loaded_entries(DOMAIN)


@callback
def may_see_frames(hass: HomeAssistant, user: User, entry: ConfigEntry | None) -> bool:
    """Return whether a user may see the frames of an entry."""
    return is_allowed(hass, user, entry, Needs.READ, (Role.HUB,))


class FrameView(HomeAssistantView):
    """Serve the frames of all entries."""

    url = f"/api/{DOMAIN}/{{entry_id}}/{{frame}}/{{kind:picture|thumbnail}}"
    name = f"api:{DOMAIN}:frame"

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass

    async def get(self, request: web.Request, entry_id: str, frame: str, kind: str) -> web.Response:
        """Respond with the picture of a frame; `width` requests another size than usual.

        The picture of an unsaved capture has the size that it was taken with, or `width` if that is
        less.

        Raises NotAllowedError unless the user may read the entities of N.I.N.A.
        """
        width = _width(request)
        entry = self._hass.config_entries.async_get_entry(entry_id)
        if not may_see_frames(self._hass, request[KEY_HASS_USER], entry):
            raise NotAllowedError(Needs.READ)
        found = next(
            (each for each in loaded_entries(self._hass) if each.entry_id == entry_id), None
        )
        if found is None:
            raise web.HTTPNotFound
        try:
            picture = await _async_find(found.runtime_data, frame, kind, width)
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", found.title, err)
            return web.Response(status=HTTPStatus.BAD_GATEWAY)
        if picture is None:
            raise web.HTTPNotFound
        return web.Response(body=picture.data, content_type=picture.content_type, headers=CACHING)


async def _async_find(
    data: NinaRuntimeData, picture_id: str, kind: str, width: int | None
) -> Picture | None:
    """Return the picture of a capture or of a frame; None if there is none; raises NinaError.

    Of a frame that N.I.N.A. no longer has, it is the picture that is kept.
    """
    frames = data.frames
    if (picture := await frames.captures.async_find(picture_id, width)) is not None:
        return picture
    frame = find_listed(data, picture_id)
    is_thumbnail = kind == "thumbnail"
    if frame is not None and not is_thumbnail:
        return await frames.async_picture(frame, width or WIDTH)
    kept = await data.facts.async_picture(picture_id, width, is_thumbnail=is_thumbnail)
    if kept is not None or frame is None:
        return kept
    return await frames.async_thumbnail(frame, width)


def _width(request: web.Request) -> int | None:
    """Return the requested width, if any; raises HTTPBadRequest for an invalid one."""
    if (asked := request.query.get("width")) is None:
        return None
    width = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 5 else 0
    if not 0 < width <= LARGEST_WIDTH:
        raise web.HTTPBadRequest
    return width
