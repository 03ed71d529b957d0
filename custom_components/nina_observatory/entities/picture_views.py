"""Pictures through Home Assistant: authenticated, also for remote access, or by a signed link."""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_AUTHENTICATED, KEY_HASS_USER, HomeAssistantView
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError

from ..api import NinaError, Picture, Role
from ..const import DOMAIN, LOGGER, Needs
from ..errors import NotAllowedError
from ..helpers.permissions import is_allowed
from ..plots.look import NARROWEST
from ..readings.picture_scaling import LARGEST_WIDTH
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .pictures import PICTURES, PREVIEW, WIDTH, find_listed, loaded_entries
from .plots import PLOT_WIDTH, PLOTS, Plot, async_draw

# A frame does not change, but the users who may see it do.
CACHING: Final = {"Cache-Control": "private, max-age=3600"}
# A plot is drawn again whenever its data change.
NO_CACHING: Final = {"Cache-Control": "private, no-cache"}


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
        entry = _readable(self._hass, request, entry_id, (Role.HUB,))
        return await _async_respond(entry, frame, kind, width)


class LinkView(HomeAssistantView):
    """Serve the pictures that signed links open: frames by their ID, and entities by name.

    An expired link is a 401 that does not count as a failed login, which would ban the address of
    someone who looks at an old notification.
    """

    url = f"/api/{DOMAIN}/{{entry_id}}/{{picture}}/{{kind:link|preview}}"
    name = f"api:{DOMAIN}:link"
    requires_auth = False

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass

    async def get(
        self, request: web.Request, entry_id: str, picture: str, kind: str
    ) -> web.Response:
        """Respond with a picture; `width` requests another size of a frame or a plot than usual.

        A preview is a plot of the smallest size: Home Assistant signs no path with a width.

        Raises NotAllowedError unless the user of the link may read the entities that show it.
        """
        if not request[KEY_AUTHENTICATED]:
            if hdrs.AUTHORIZATION in request.headers:
                raise web.HTTPUnauthorized
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        width = _width(request)
        shown = PICTURES.get(picture)
        roles = (Role.HUB,) if shown is None else (Role.HUB, shown.role)
        entry = _readable(self._hass, request, entry_id, roles)
        if shown is None:
            return await _async_respond(entry, picture, "picture", width)
        if picture in PLOTS:
            usual = NARROWEST if kind == PREVIEW else PLOT_WIDTH
            return await _async_respond_plot(entry, Plot(picture), width or usual)
        if (entity_id := shown.entity_id(self._hass, entry_id)) is None:
            raise web.HTTPNotFound
        return await _async_respond_entity(self._hass, entity_id)


def _readable(
    hass: HomeAssistant, request: web.Request, entry_id: str, roles: tuple[Role, ...]
) -> NinaConfigEntry:
    """Return a loaded entry; raises NotAllowedError or HTTPNotFound."""
    entry = hass.config_entries.async_get_entry(entry_id)
    if not is_allowed(hass, request[KEY_HASS_USER], entry, Needs.READ, roles):
        raise NotAllowedError(Needs.READ)
    found = next((each for each in loaded_entries(hass) if each.entry_id == entry_id), None)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _async_respond(
    entry: NinaConfigEntry, picture_id: str, kind: str, width: int | None
) -> web.Response:
    """Return the response with the picture of a frame or of a capture; raises HTTPNotFound."""
    try:
        picture = await _async_find(entry.runtime_data, picture_id, kind, width)
    except NinaError as err:
        LOGGER.debug("%s: no picture: %s", entry.title, err)
        return web.Response(status=HTTPStatus.BAD_GATEWAY)
    if picture is None:
        raise web.HTTPNotFound
    return web.Response(body=picture.data, content_type=picture.content_type, headers=CACHING)


async def _async_respond_plot(entry: NinaConfigEntry, plot: Plot, width: int) -> web.Response:
    """Return the response with a plot."""
    try:
        picture = await async_draw(entry, plot, width)
    except NinaError as err:
        LOGGER.debug("%s: no plot: %s", entry.title, err)
        return web.Response(status=HTTPStatus.BAD_GATEWAY)
    return web.Response(body=picture.data, content_type=picture.content_type, headers=NO_CACHING)


async def _async_respond_entity(hass: HomeAssistant, entity_id: str) -> web.Response:
    """Return the response with the picture of a camera or an image."""
    # Loaded by now, as the entity exists. Importing them with this module would load the codecs of
    # cameras at set-up, even if all cameras are disabled.
    from homeassistant.components import camera, image  # noqa: PLC0415

    is_image = split_entity_id(entity_id)[0] == Platform.IMAGE
    get_picture = image.async_get_image if is_image else camera.async_get_image
    try:
        found = await get_picture(hass, entity_id)
    except HomeAssistantError as err:
        LOGGER.debug("%s: no picture: %s", entity_id, err)
        return web.Response(status=HTTPStatus.BAD_GATEWAY)
    return web.Response(body=found.content, content_type=found.content_type, headers=NO_CACHING)


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
