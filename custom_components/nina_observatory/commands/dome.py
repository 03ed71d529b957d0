"""Commands for the dome or roof.

Every dome command of N.I.N.A. aborts the one before and the movement with it, so nothing is sent
while the shutter closes (field notes 11).
"""

from ..api import Dome, Equipment, Role, ShutterState
from ..commander import Command

MOVING = (ShutterState.OPENING, ShutterState.CLOSING)


def _slewing(dome: Dome, equipment: Equipment) -> bool:
    """Return whether the dome turns or the mount slews: N.I.N.A. may be parking them first."""
    mount = equipment.mount
    return dome.slewing is True or (mount is not None and mount.slewing is True)


def _shutter_stands(dome: Dome, equipment: Equipment) -> bool:
    """Return whether a reading shows the shutter standing, and nothing on its way to that."""
    return dome.shutter not in MOVING and not _slewing(dome, equipment)


def _cannot_open(dome: Dome, _equipment: Equipment) -> str | None:
    """Return why the shutter cannot be told to open; a closing roof is not disturbed."""
    if not dome.can_set_shutter:
        return "shutter_not_supported"
    return "close_shutter_under_way" if dome.shutter is ShutterState.CLOSING else None


def _cannot_close(dome: Dome, _equipment: Equipment) -> str | None:
    """Return why the shutter cannot be told to close."""
    return None if dome.can_set_shutter else "shutter_not_supported"


OPEN_SHUTTER = Command[Dome](
    key="open_shutter",
    subject=Role.DOME,
    send=lambda client, _: client.open_shutter(),
    proof=lambda dome: dome.shutter is ShutterState.OPEN,
    seen=lambda dome: dome.shutter,
    limit=300,
    patience=60,
    refusal=_cannot_open,
    underway=lambda dome, _: dome.shutter is ShutterState.OPENING,
    standing=_shutter_stands,
    yields_to=("close_shutter",),
)

CLOSE_SHUTTER = Command[Dome](
    key="close_shutter",
    subject=Role.DOME,
    send=lambda client, _: client.close_shutter(),
    proof=lambda dome: dome.shutter is ShutterState.CLOSED,
    seen=lambda dome: dome.shutter,
    limit=300,
    refusal=_cannot_close,
    underway=lambda dome, _: dome.shutter is ShutterState.CLOSING,
    standing=_shutter_stands,
    repeats=2,
    overtakes=("open_shutter", "stop_dome"),
)

STOP_DOME = Command[Dome](
    key="stop_dome",
    subject=Role.DOME,
    send=lambda client, _: client.stop_dome(),
    proof=lambda dome: dome.shutter not in MOVING and not dome.slewing,
    seen=lambda dome: dome.shutter,
    limit=30,
    refusal=lambda dome, _: (
        "close_shutter_under_way" if dome.shutter is ShutterState.CLOSING else None
    ),
    overtakes=("open_shutter",),
    yields_to=("close_shutter",),
)
