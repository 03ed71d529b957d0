"""Commands for the flat panel."""

from ..api import CoverState, FlatPanel, Role
from ..commander import Command

OPEN_COVER = Command[FlatPanel](
    key="open_cover",
    subject=Role.FLAT_PANEL,
    send=lambda client, _: client.set_cover(closed=False),
    proof=lambda panel: panel.cover is CoverState.OPEN,
    seen=lambda panel: panel.cover,
    limit=90,
    standing=lambda panel, _: panel.cover is not CoverState.NEITHER_OPEN_NOR_CLOSED,
)

CLOSE_COVER = Command[FlatPanel](
    key="close_cover",
    subject=Role.FLAT_PANEL,
    send=lambda client, _: client.set_cover(closed=True),
    proof=lambda panel: panel.cover is CoverState.CLOSED,
    seen=lambda panel: panel.cover,
    limit=90,
    standing=lambda panel, _: panel.cover is not CoverState.NEITHER_OPEN_NOR_CLOSED,
    repeats=1,
    overtakes=("open_cover",),
)
