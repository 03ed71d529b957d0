"""All commands with their keys, proofs and timeouts; `docs/actions.md` lists them in a table.

`command.py` defines `Command`, `runner.py` runs it.
"""

from typing import Final

from ...const import CommandKey
from .camera import CameraKey
from .connection import ConnectionKey
from .dome import DomeKey
from .filter_wheel import FilterWheelKey
from .flat_panel import FlatPanelKey
from .flats import FlatsKey
from .focuser import FocuserKey
from .framing import FramingKey
from .guider import GuiderKey
from .live_stack import LiveStackKey
from .mount import MountKey
from .profile import ProfileKey
from .rotator import RotatorKey
from .sequence import SequenceKey
from .switch_hub import SwitchHubKey

KEYS: Final[tuple[CommandKey, ...]] = (
    *CameraKey,
    *ConnectionKey,
    *DomeKey,
    *FilterWheelKey,
    *FlatPanelKey,
    *FlatsKey,
    *FocuserKey,
    *FramingKey,
    *GuiderKey,
    *LiveStackKey,
    *MountKey,
    *ProfileKey,
    *RotatorKey,
    *SequenceKey,
    *SwitchHubKey,
)
