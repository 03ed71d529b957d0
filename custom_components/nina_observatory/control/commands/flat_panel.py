"""Commands for the flat panel: its cover and its light."""

from ...api import CoverState, Equipment, FlatPanel, Role
from ...const import CommandKey
from ...errors import Reason, RefusedError
from ...helpers.words import Seen
from ..command import Command, Refusal


class FlatPanelKey(CommandKey):
    """Keys of the commands for the flat panel."""

    CLOSE_COVER = "close_cover"
    DARKEN_PANEL = "darken_panel"
    LIGHT_PANEL = "light_panel"
    OPEN_COVER = "open_cover"


# A panel reads dark for some seconds after it was switched on (docs/field-notes.md, Flat panel).
WARM_UP = 8.0


def _cover_stands(panel: FlatPanel, _equipment: Equipment) -> bool:
    return panel.cover is not CoverState.NEITHER_OPEN_NOR_CLOSED


def _cannot_move_cover(panel: FlatPanel, _equipment: Equipment) -> Refusal | None:
    """Return why the cover cannot be moved: N.I.N.A. would ignore the command silently."""
    return Reason.COVER_NOT_SUPPORTED if panel.supports_open_close is False else None


def _cannot_light(panel: FlatPanel, _equipment: Equipment) -> Refusal | None:
    """Return why the light cannot be switched: N.I.N.A. would ignore the command silently."""
    return Reason.LIGHT_NOT_SUPPORTED if panel.supports_on_off is False else None


OPEN_COVER = Command[FlatPanel](
    key=FlatPanelKey.OPEN_COVER,
    subject=Role.FLAT_PANEL,
    method=lambda client: client.flat_panel.set_cover,
    send=lambda client, _: client.flat_panel.set_cover(closed=False),
    succeeded=lambda panel: panel.cover is CoverState.OPEN,
    proof_text="the cover is open",
    reads=lambda panel: panel.cover,
    timeout=90,
    precondition=_cannot_move_cover,
    stalled=_cover_stands,
)

CLOSE_COVER = Command[FlatPanel](
    key=FlatPanelKey.CLOSE_COVER,
    subject=Role.FLAT_PANEL,
    method=lambda client: client.flat_panel.set_cover,
    send=lambda client, _: client.flat_panel.set_cover(closed=True),
    succeeded=lambda panel: panel.cover is CoverState.CLOSED,
    proof_text="the cover is closed",
    safety_critical=True,
    reads=lambda panel: panel.cover,
    timeout=90,
    precondition=_cannot_move_cover,
    stalled=_cover_stands,
    retries=1,
    preempts=(FlatPanelKey.OPEN_COVER,),
)


def light_panel(brightness: int) -> Command[FlatPanel]:
    """Light the panel at a brightness in its own units.

    Set the brightness first: switching on alone can mean the maximum. That lights many panels; one
    that stays dark at the right brightness is then switched on.
    """

    def _cannot_shine(panel: FlatPanel, equipment: Equipment) -> Refusal | None:
        limits = panel.brightness_range
        if limits is not None and not limits[0] <= brightness <= limits[1]:
            values = {
                "value": str(brightness),
                "minimum": str(limits[0]),
                "maximum": str(limits[1]),
            }
            return RefusedError(Reason.BRIGHTNESS_OUT_OF_RANGE, **values)
        return _cannot_light(panel, equipment)

    return Command(
        key=FlatPanelKey.LIGHT_PANEL,
        subject=Role.FLAT_PANEL,
        method=lambda client: client.flat_panel.set_brightness,
        send=lambda client, panel: (
            client.flat_panel.set_light(on=True)
            if panel.brightness == brightness
            else client.flat_panel.set_brightness(brightness)
        ),
        succeeded=lambda panel: panel.light_on is True and panel.brightness == brightness,
        proof_text="the light is on, at the brightness",
        settle_time=WARM_UP,
        reads=lambda panel: panel.brightness if panel.light_on is not False else Seen.PANEL_OFF,
        timeout=60,
        precondition=_cannot_shine,
        stalled=lambda panel, _: panel.brightness == brightness and panel.light_on is False,
        stall_timeout=WARM_UP,
        retries=1,
        preempts=(FlatPanelKey.LIGHT_PANEL, FlatPanelKey.DARKEN_PANEL),
    )


DARKEN_PANEL = Command[FlatPanel](
    key=FlatPanelKey.DARKEN_PANEL,
    subject=Role.FLAT_PANEL,
    method=lambda client: client.flat_panel.set_light,
    send=lambda client, _: client.flat_panel.set_light(on=False),
    succeeded=lambda panel: panel.light_on is False,
    proof_text="the light is off",
    reads=lambda panel: panel.brightness,
    timeout=60,
    precondition=_cannot_light,
    preempts=(FlatPanelKey.LIGHT_PANEL,),
)
