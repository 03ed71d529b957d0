"""All commands with their proofs and timeouts; `docs/actions.md` lists them in a table.

`command.py` defines `Command`, `runner.py` runs it.
"""

from .camera import COOLER_OFF, COOLER_ON
from .dome import CLOSE_SHUTTER, OPEN_SHUTTER, STOP_DOME
from .flat_panel import CLOSE_COVER, OPEN_COVER
from .guider import BUSY_GUIDING, START_GUIDING, STOP_GUIDING
from .mount import PARK_MOUNT, STOP_TRACKING, TRACK, UNPARK_MOUNT
from .sequence import STOP_SEQUENCE, start_sequence
from .switch_hub import switch_channel

__all__ = [
    "BUSY_GUIDING",
    "CLOSE_COVER",
    "CLOSE_SHUTTER",
    "COOLER_OFF",
    "COOLER_ON",
    "OPEN_COVER",
    "OPEN_SHUTTER",
    "PARK_MOUNT",
    "START_GUIDING",
    "STOP_DOME",
    "STOP_GUIDING",
    "STOP_SEQUENCE",
    "STOP_TRACKING",
    "TRACK",
    "UNPARK_MOUNT",
    "start_sequence",
    "switch_channel",
]
