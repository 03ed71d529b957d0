"""Names, paths, media IDs and signed links of pictures, and who may see them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from homeassistant.auth.models import User
from homeassistant.components import websocket_api
from homeassistant.components.http import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER, current_request
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..api import Frame, Role
from ..const import DOMAIN, Needs
from ..helpers.devices import is_known
from ..helpers.permissions import is_allowed
from ..readings.frame_list import frame_id
from ..readings.frames import FramesCoordinator
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .plots import PLOTS, Plot

# The width in pixels of the picture of a frame if nobody asks for another one.
WIDTH: Final = 1920
# Prefix of the media content IDs of our media.
MEDIA: Final = f"media-source://{DOMAIN}/"
# Prefixes of the id of a frame, or of an unsaved picture, in the media source: no night has such an id.
FRAME: Final = "frame"
CAPTURE: Final = "capture"
# Prefix of the name of a plot in the media source, and the folder of all of them.
PLOT: Final = "plot"


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


@callback
def visible_plots(hass: HomeAssistant, user: User | None, entry: ConfigEntry) -> list[Plot]:
    """Return the plots of the equipment of an entry that a user may see; without a user, all of them."""
    return [
        plot
        for plot, row in PLOTS.items()
        if row.role is Role.HUB or is_known(hass, entry, row.role)
        if user is None or is_allowed(hass, user, entry, Needs.READ, (Role.HUB, row.role))
    ]
