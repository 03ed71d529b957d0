"""Every command that is sent, with its proof and its limits; the mechanism is in `commander.py`.

| command           | proof                                   | limit   | nothing moves | sent again |
|-------------------|-----------------------------------------|---------|---------------|------------|
| open_shutter      | shutter reads open                      | 5 min   | 60 s          | never      |
| close_shutter     | shutter reads closed                    | 5 min   | 30 s          | twice      |
| stop_dome         | nothing opens, closes or turns          | 30 s    | –             | once       |
| park_mount        | mount reads parked                      | 5 min   | 30 s          | once       |
| unpark_mount      | mount reads not parked                  | 1 min   | –             | never      |
| tracking          | mount reads tracking, or not            | 20 s    | –             | never      |
| cooler on         | cooler reads on                         | 30 s    | –             | never      |
| cooler off        | cooler reads off, after warming up      | 60 min  | –             | never      |
| start_guiding     | guider reads guiding                    | 10 min  | –             | never      |
| stop_guiding      | guider reads neither guiding nor trying | 30 s    | –             | once       |
| open/close cover  | cover reads open, closed                | 90 s    | 30 s (close)  | once (close) |
| set_switch        | channel reads the value                 | 30 s    | –             | never      |
| start_sequence    | a root of the sequence runs             | 30 s    | –             | never      |
| stop_sequence     | no root of the sequence runs            | 150 s   | –             | once       |
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
