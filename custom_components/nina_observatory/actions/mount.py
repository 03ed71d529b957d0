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
from ..errors import Reason, RefusedError
from .action import CENTERING, WAIT, Action, Call, commanding
from .fields import choice, declination, flag, missing, number, right_ascension
from .planned_target import NAMED_TARGET, PLANNED, async_find_target, place_of

PLACE = {
    probatio.Required("right_ascension"): right_ascension,
    probatio.Required("declination"): declination,
}

_PLACE_FIELDS = ("right_ascension", "declination")

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


async def _async_slew(call: Call) -> None:
    """Slew to a place, or to a target of the Target Scheduler with its rotation."""
    rotation = call.data.get("rotation")
    given = [field for field in _PLACE_FIELDS if field in call.data]
    if "target" in call.data:
        if given:
            raise RefusedError(Reason.TARGET_AND_PLACE)
        target = await async_find_target(call)
        there = place_of(target)
        if rotation is None and call.data["rotate"]:
            rotation = target.rotation
    elif "project" in call.data:
        raise missing("target")
    elif len(given) < len(_PLACE_FIELDS):
        raise missing(next(field for field in _PLACE_FIELDS if field not in given))
    else:
        there = place(call)
    if call.data["rotate"] and rotation is None:
        raise missing("rotation")
    command = slew(there, center=call.data["center"], rotation=rotation, wait=call.wait)
    await call.async_run(command, wait=call.wait)


def _sync(call: Call) -> Command[Any]:
    given = call.data.keys() & {*_PLACE_FIELDS}
    if not given:
        return SOLVE_AND_SYNC_MOUNT
    for field in _PLACE_FIELDS:
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
        # A rotation alone turns the camera as well.
        adds={**CENTERING, "rotation": Role.ROTATOR},
        handler=_async_slew,
        fields={
            **{probatio.Optional(str(field)): kind for field, kind in NAMED_TARGET.items()},
            **{probatio.Optional(field.schema): kind for field, kind in PLACE.items()},
            probatio.Optional("center", default=False): flag,
            probatio.Optional("rotate", default=False): flag,
            probatio.Optional("rotation"): ANGLE,
            **WAIT,
        },
        choices=PLANNED,
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
