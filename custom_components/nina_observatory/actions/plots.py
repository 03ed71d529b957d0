"""The action that returns a plot."""

from datetime import timedelta
from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..api import Role, plain
from ..const import Needs
from ..entities.pictures import MEDIA, absolute_url, plot_media, signed_path
from ..entities.plots import CONTENT_TYPE, PLOTS, Plot
from ..plots.look import NARROWEST, WIDEST, WIDTH
from .action import Action, Call
from .fields import choice, number

# How long the link works.
LIFETIME: Final = timedelta(hours=1)


async def _async_get_plot(call: Call) -> ServiceResponse:
    """Return where a plot is, and the time of its data."""
    plot: Plot = call.data["plot"]
    row, entry_id = PLOTS[plot], call.entry.entry_id
    if row.prepare is not None:
        await row.prepare(call.runtime)
    signed = signed_path(call.hass, call.context, entry_id, plot, LIFETIME)
    path = f"{signed}&width={call.data['width']}"
    return {
        "content_type": CONTENT_TYPE,
        "data_at": plain(row.data_at(call.runtime)),
        "url": absolute_url(call.hass, path),
        "path": path,
        "media_content_id": f"{MEDIA}{plot_media(entry_id, plot)}",
    }


ACTIONS = (
    Action(
        name="get_plot",
        needs=Needs.READ,
        roles=(Role.HUB,),
        by_option={"plot": {str(plot): row.role for plot, row in PLOTS.items()}},
        handler=_async_get_plot,
        fields={
            probatio.Required("plot"): choice(*PLOTS),
            probatio.Optional("width", default=WIDTH): number(
                low=NARROWEST, high=WIDEST, whole=True
            ),
        },
        returns=SupportsResponse.ONLY,
    ),
)
