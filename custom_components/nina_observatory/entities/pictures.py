"""Pictures through Home Assistant: authenticated, also for remote access, or by a signed link."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from homeassistant.auth.models import User
from homeassistant.components import websocket_api
from homeassistant.components.http import (
    KEY_AUTHENTICATED,
    KEY_HASS_REFRESH_TOKEN_ID,
    KEY_HASS_USER,
    HomeAssistantView,
    current_request,
)
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..api import Frame, NinaError, Picture, Role
from ..const import DOMAIN, LOGGER, Needs
from ..devices import is_known
from ..errors import NotAllowedError
from ..helpers.permissions import is_allowed
from ..plots.plate import NARROWEST
from ..readings.frame_list import frame_id
from ..readings.frames import FramesCoordinator
from ..readings.picture_scaling import LARGEST_WIDTH
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .plots import PLOT_WIDTH, PLOTS, Plot, async_draw

WIDTH: Final = 1920
# Prefixes of the id of a frame, or of an unsaved picture, in the media source: no night has such an
# id.
FRAME: Final = "frame"
CAPTURE: Final = "capture"
# Prefix of the name of a plot in the media source, and the folder of all of them.
PLOT: Final = "plot"
# A frame does not change, but the users who may see it do.
CACHING: Final = {"Cache-Control": "private, max-age=3600"}
# A plot is drawn again whenever its data change.
NO_CACHING: Final = {"Cache-Control": "private, no-cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEntity:
    """An entity whose picture a link can open, by its platform and the end of its unique ID."""

    platform: Platform
    role: Role
    key: str

    def entity_id(self, hass: HomeAssistant, entry_id: str) -> str | None:
        """Return the ID of the entity; None if it does not exist or is disabled."""
        registry = er.async_get(hass)
        identity = f"{entry_id}_{self.role}_{self.key}"
        entity_id = registry.async_get_entity_id(self.platform, DOMAIN, identity)
        found = None if entity_id is None else registry.async_get(entity_id)
        return None if found is None or found.disabled else found.entity_id


# The end of the path of what a signed link opens.
LINK: Final = "link"
PREVIEW: Final = "preview"
LATEST_IMAGE: Final = "latest_image"
# By the names that people choose from.
PICTURES: Final[Mapping[str, PictureEntity]] = {
    LATEST_IMAGE: PictureEntity(platform=Platform.IMAGE, role=Role.HUB, key=LATEST_IMAGE),
    "live_stack": PictureEntity(platform=Platform.CAMERA, role=Role.HUB, key="live_stack"),
    "guiding": PictureEntity(platform=Platform.IMAGE, role=Role.GUIDER, key="guiding_plot"),
    "autofocus": PictureEntity(platform=Platform.IMAGE, role=Role.FOCUSER, key="autofocus_plot"),
    "night": PictureEntity(platform=Platform.IMAGE, role=Role.HUB, key="night_plot"),
    "sky": PictureEntity(platform=Platform.IMAGE, role=Role.HUB, key="sky_plot"),
}


def frame_path(entry_id: str, frame: Frame, kind: str = "picture") -> str:
    """Return the path of the picture or the thumbnail of a frame, for example for notifications."""
    return picture_path(entry_id, frame_id(frame), kind)


def picture_path(entry_id: str, picture_id: str, kind: str = "picture") -> str:
    """Return the path of a picture by the id of its frame or of its capture."""
    return f"/api/{DOMAIN}/{entry_id}/{picture_id}/{kind}"


def frame_media(entry_id: str, frame: Frame) -> str:
    """Return the media source id of a frame."""
    return f"{entry_id}/{FRAME}/{frame_id(frame)}"


def plot_path(entry_id: str, plot: Plot, kind: str = LINK) -> str:
    """Return the path of a plot, or of its preview."""
    return picture_path(entry_id, plot, kind)


def plot_media(entry_id: str, plot: Plot) -> str:
    """Return the media source id of a plot."""
    return f"{entry_id}/{PLOT}/{plot}"


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


@callback
def signed_path(
    hass: HomeAssistant, context: Context, entry_id: str, picture: str, lifetime: timedelta
) -> str:
    """Return a path that opens one picture without a login for a limited time.

    `picture` is a name in `PICTURES`, or the ID of a frame or a capture. Check the permission of
    the user first. Restarting Home Assistant ends the link.
    """
    token = _token_of(context)
    return async_sign_path(
        hass,
        picture_path(entry_id, picture, LINK),
        lifetime,
        refresh_token_id=token,
        use_content_user=token is None,
    )


@callback
def _token_of(context: Context) -> str | None:
    """Return the token with which the user of a call is logged in.

    The link then ends with the session of that user. None for automations, which have no user, and
    for a script that runs on its own: the session that happens to be current is not theirs.
    """
    if context.user_id is None:
        return None
    connection = websocket_api.current_connection.get()
    if connection is not None and connection.user.id == context.user_id:
        return connection.refresh_token_id
    request = current_request.get()
    if request is not None and (user := request.get(KEY_HASS_USER)) is not None:
        found: str | None = request.get(KEY_HASS_REFRESH_TOKEN_ID)
        return found if user.id == context.user_id else None
    return None


@callback
def absolute_url(hass: HomeAssistant, path: str) -> str:
    """Return the URL of a path: from outside if such a URL is configured, else from inside.

    Without either, it is the path.
    """
    with suppress(NoURLAvailableError):
        return f"{get_url(hass, prefer_external=True)}{path}"
    return path


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


@callback
def visible_plots(hass: HomeAssistant, user: User | None, entry: ConfigEntry) -> list[Plot]:
    """Return the plots of the equipment of an entry that a user may see; without a user, all of them."""
    return [
        plot
        for plot, row in PLOTS.items()
        if row.role is Role.HUB or is_known(hass, entry, row.role)
        if user is None or is_allowed(hass, user, entry, Needs.READ, (Role.HUB, row.role))
    ]


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
