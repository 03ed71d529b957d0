"""Actions for the mount; positions are J2000."""

from typing import Any

import probatio

from ..api import Mount, Role, TrackingMode
from ..api.coordinates import SkyPosition
from ..const import Needs
from ..control.command import Command
from ..control.commands.mount import (
    FIND_HOME,
    MERIDIAN_FLIP,
    PARK_MOUNT,
    SOLVE_AND_SYNC_MOUNT,
    STOP_MOUNT,
    STOP_TRACKING,
    UNPARK_MOUNT,
    slew,
    sync_mount,
    track,
)
from .action import CENTERING, WAIT, Action, Call, commanding
from .fields import choice, declination, flag, missing, number, right_ascension

PLACE = {
    probatio.Required("right_ascension"): right_ascension,
    probatio.Required("declination"): declination,
}

ANGLE = number(low=0, high=360)

TRACKING_MODES = (
    TrackingMode.SIDEREAL,
    TrackingMode.LUNAR,
    TrackingMode.SOLAR,
    TrackingMode.KING,
    TrackingMode.STOPPED,
)


def place(call: Call) -> SkyPosition:
    """Return the position from the fields of a call."""
    return SkyPosition(call.data["right_ascension"], call.data["declination"])


def _slew(call: Call) -> Command[Mount]:
    rotation = call.data.get("rotation")
    if call.data["rotate"] and rotation is None:
        raise missing("rotation")
    return slew(place(call), center=call.data["center"], rotation=rotation, wait=call.wait)


def _sync(call: Call) -> Command[Any]:
    given = call.data.keys() & {"right_ascension", "declination"}
    if not given:
        return SOLVE_AND_SYNC_MOUNT
    for field in ("right_ascension", "declination"):
        if field not in given:
            raise missing(field)
    return sync_mount(place(call))


def _set_tracking(call: Call) -> Command[Mount]:
    mode: TrackingMode = call.data["mode"]
    return STOP_TRACKING if mode is TrackingMode.STOPPED else track(mode)


ACTIONS = (
    Action(
        name="slew",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        adds=CENTERING,
        handler=commanding(_slew),
        fields={
            **PLACE,
            probatio.Optional("center", default=False): flag,
            probatio.Optional("rotate", default=False): flag,
            probatio.Optional("rotation"): ANGLE,
            **WAIT,
        },
    ),
    Action(
        name="sync",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT, Role.CAMERA),
        handler=commanding(_sync),
        fields={probatio.Optional(field.schema): kind for field, kind in PLACE.items()},
    ),
    Action(
        name="park",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        handler=commanding(lambda _: PARK_MOUNT),
        fields=WAIT,
    ),
    Action(
        name="unpark",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        handler=commanding(lambda _: UNPARK_MOUNT),
        fields=WAIT,
    ),
    Action(
        name="find_home",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        handler=commanding(lambda _: FIND_HOME),
        fields=WAIT,
    ),
    Action(
        name="stop_mount",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        handler=commanding(lambda _: STOP_MOUNT),
    ),
    Action(
        name="meridian_flip",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        handler=commanding(lambda _: MERIDIAN_FLIP),
        fields=WAIT,
    ),
    Action(
        name="set_tracking",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        handler=commanding(_set_tracking),
        fields={probatio.Required("mode"): choice(*TRACKING_MODES)},
    ),
)
