"""The pictures of frames through Home Assistant: authenticated, also from outside."""

from collections.abc import Iterator
from hashlib import sha256
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
from .readings.frames import FramesCoordinator
from .runtime import NinaConfigEntry

WIDTH: Final = 1920
LARGEST_WIDTH: Final = 20_000
# Mark the id of a frame, or of a picture that was not saved, in the media source: no night looks
# like that.
FRAME: Final = "frame"
CAPTURE: Final = "capture"
# A frame does not change, but whoever may see it does.
CACHING: Final = {"Cache-Control": "private, max-age=3600"}


def frame_id(frame: Frame) -> str:
    """Return what names a frame in addresses, whatever number it has now."""
    saved = "" if frame.date is None else str(frame.date.timestamp())
    return sha256(f"{saved} {frame.filename}".encode()).hexdigest()[:16]


def frame_path(entry_id: str, frame: Frame, kind: str = "picture") -> str:
    """Return the path of the picture or the thumbnail of a frame, for notifications and the like."""
    return picture_path(entry_id, frame_id(frame), kind)


def picture_path(entry_id: str, picture_id: str, kind: str = "picture") -> str:
    """Return the path of a picture by the id of its frame or of its capture."""
    return f"/api/{DOMAIN}/{entry_id}/{picture_id}/{kind}"


def frame_media(entry_id: str, frame: Frame) -> str:
    """Return what names a frame in the media source."""
    return f"{entry_id}/{FRAME}/{frame_id(frame)}"


def capture_media(entry_id: str, capture_id: str) -> str:
    """Return what names the picture of a capture in the media source."""
    return f"{entry_id}/{CAPTURE}/{capture_id}"


def find_frame(frames: FramesCoordinator, wanted: str) -> Frame | None:
    """Return a frame by its id, None where N.I.N.A. does not have it any more."""
    newest_first = reversed(frames.data.frames)
    return next((frame for frame in newest_first if frame_id(frame) == wanted), None)


def loaded_entries(hass: HomeAssistant) -> Iterator[NinaConfigEntry]:
    """Return the rigs that are set up."""
    yield from hass.config_entries.async_loaded_entries(DOMAIN)


@callback
def may_see_frames(hass: HomeAssistant, user: User, entry: ConfigEntry | None) -> bool:
    """Return whether a user may see the frames of a rig."""
    return is_allowed(hass, user, entry, Needs.READ, (Role.HUB,))


class FrameView(HomeAssistantView):
    """Serve the frames of all rigs."""

    url = f"/api/{DOMAIN}/{{entry_id}}/{{frame}}/{{kind:picture|thumbnail}}"
    name = f"api:{DOMAIN}:frame"

    def __init__(self, hass: HomeAssistant) -> None:
        """Serve one Home Assistant."""
        self._hass = hass

    async def get(self, request: web.Request, entry_id: str, frame: str, kind: str) -> web.Response:
        """Answer with the picture of a frame; `width` asks for another size than usual.

        The picture of a capture that was not saved has the size that it was taken with.

        Raises NotAllowedError unless the user may read the entities of N.I.N.A.
        """
        width = _width(request)
        entry = self._hass.config_entries.async_get_entry(entry_id)
        if not may_see_frames(self._hass, request[KEY_HASS_USER], entry):
            raise NotAllowedError(Needs.READ)
        found = next(
            (each for each in loaded_entries(self._hass) if each.entry_id == entry_id), None
        )
        frames = None if found is None else found.runtime_data.frames
        if frames is None:
            raise web.HTTPNotFound
        if (picture := frames.captures.find(frame)) is not None:
            return _shown(picture)
        if (wanted := find_frame(frames, frame)) is None:
            raise web.HTTPNotFound
        try:
            if kind == "thumbnail":
                picture = await frames.async_thumbnail(wanted)
            else:
                picture = await frames.async_picture(wanted, width)
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", frames.name, err)
            return web.Response(status=HTTPStatus.BAD_GATEWAY)
        return _shown(picture)


def _shown(picture: Picture) -> web.Response:
    """Answer with a picture."""
    return web.Response(body=picture.data, content_type=picture.content_type, headers=CACHING)


def _width(request: web.Request) -> int:
    """Return the width that is asked for; raises HTTPBadRequest for nonsense."""
    asked = request.query.get("width", str(WIDTH))
    width = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 5 else 0
    if not 0 < width <= LARGEST_WIDTH:
        raise web.HTTPBadRequest
    return width
