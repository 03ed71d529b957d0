"""The action that returns a link to a picture, for notifications."""

from datetime import timedelta
from typing import Final

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.util import dt as dt_util
import probatio

from ..api import Frame, Role, plain
from ..const import Needs
from ..entities.pictures import (
    CAPTURE,
    FRAME,
    LATEST_IMAGE,
    MEDIA,
    PICTURES,
    PLOT,
    absolute_url,
    find_listed,
    signed_path,
)
from ..entities.plots import PLOTS, Plot
from ..errors import Reason, RefusedError
from ..helpers.permissions import async_require
from ..readings.frame_list import frame_id
from .action import Action, Call
from .fields import choice, number, text

# How long a link works, in minutes: a link in an old message opens nothing.
DEFAULT_MINUTES: Final = 60
MOST_MINUTES: Final = 24 * 60


async def _async_get_picture_url(call: Call) -> ServiceResponse:
    """Return a link that opens one picture without a login for a limited time."""
    media = call.data.get("media_content_id")
    picture = _named(call) if media is None else await _async_of_media(call, media)
    lifetime = timedelta(minutes=call.data["expires_in"])
    path = signed_path(call.hass, call.context, call.entry.entry_id, picture, lifetime)
    return {
        "url": absolute_url(call.hass, path),
        "path": path,
        "expires_at": plain(dt_util.utcnow().replace(microsecond=0) + lifetime),
    }


def _named(call: Call) -> str:
    """Return what a link to a picture opens; raises ServiceValidationError if it shows nothing.

    The latest image is a link to its frame if it is a frame: it still opens that one when there is
    a newer one.
    """
    name: str = call.data["picture"]
    if name == LATEST_IMAGE and (frame := _latest_frame(call)) is not None:
        return frame
    if (entity_id := PICTURES[name].entity_id(call.hass, call.entry.entry_id)) is None:
        raise RefusedError(Reason.PICTURE_OFF)
    if name == LATEST_IMAGE and not call.runtime.facts.picture.is_shown:
        raise RefusedError(Reason.PICTURE_MISSING)
    state = call.hass.states.get(entity_id)
    if state is None or state.state == STATE_UNAVAILABLE:
        raise RefusedError(Reason.PICTURE_MISSING)
    return name


def _latest_frame(call: Call) -> str | None:
    """Return the ID of the latest image if it is a frame, in N.I.N.A. or kept."""
    match call.runtime.frames.data.latest:
        case Frame() as frame:
            return frame_id(frame)
        case None:
            kept = call.runtime.facts.picture.kept
            return None if kept is None else kept.frame
    return None


async def _async_of_media(call: Call, media: str) -> str:
    """Return the ID of the picture that a media content ID names.

    Raises NotAllowedError if it is a plot of equipment that the user may not read, and
    ServiceValidationError if there is no such picture.
    """
    entry_id, _, place = media.removeprefix(MEDIA).partition("/")
    if entry_id != call.entry.entry_id:
        raise RefusedError(Reason.PICTURE_OF_OTHER, media=media)
    kind, _, wanted = place.partition("/")
    data = call.runtime
    if kind == FRAME and (data.facts.has_picture(wanted) or find_listed(data, wanted) is not None):
        return wanted
    if kind == CAPTURE and data.frames.captures.find(wanted) is not None:
        return wanted
    if kind == PLOT and wanted in PLOTS:
        roles = (Role.HUB, PLOTS[Plot(wanted)].role)
        await async_require(call.hass, call.context, call.entry, Needs.READ, roles)
        return wanted
    raise RefusedError(Reason.FRAME_MISSING)


ACTIONS = (
    Action(
        name="get_picture_url",
        needs=Needs.READ,
        roles=(Role.HUB,),
        by_option={"picture": {name: shown.role for name, shown in PICTURES.items()}},
        handler=_async_get_picture_url,
        fields={
            probatio.Optional("picture", default=LATEST_IMAGE): choice(*PICTURES),
            probatio.Optional("media_content_id"): text(),
            probatio.Optional("expires_in", default=DEFAULT_MINUTES): number(
                low=1, high=MOST_MINUTES, whole=True
            ),
        },
        returns=SupportsResponse.ONLY,
    ),
)
