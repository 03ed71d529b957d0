"""Actions for the camera, except taking an exposure."""

from dataclasses import replace

import probatio

from ..api import Camera, Role
from ..const import Needs
from ..control.command import Command
from ..control.commands.camera import ABORT_EXPOSURE, COOLER_OFF, cool_camera
from .action import WAIT, Action, Call, commanding
from .fields import number

# 0 would shock the sensor.
MINUTES = {probatio.Optional("minutes"): number(low=1, high=240)}
AS_PROFILE_SAYS = -1


def _cool(call: Call) -> Command[Camera]:
    return cool_camera(call.data["temperature"], minutes=call.data.get("minutes", AS_PROFILE_SAYS))


def _warm(call: Call) -> Command[Camera]:
    minutes = call.data.get("minutes", AS_PROFILE_SAYS)
    return replace(COOLER_OFF, send=lambda client, _: client.camera.warm(minutes=minutes))


ACTIONS = (
    Action(
        name="abort_exposure",
        needs=Needs.CONTROL,
        roles=(Role.CAMERA,),
        handler=commanding(lambda _: ABORT_EXPOSURE),
    ),
    Action(
        name="cool",
        needs=Needs.CONTROL,
        roles=(Role.CAMERA,),
        handler=commanding(_cool),
        fields={probatio.Required("temperature"): number(low=-80, high=40), **MINUTES, **WAIT},
    ),
    Action(
        name="warm",
        needs=Needs.CONTROL,
        roles=(Role.CAMERA,),
        handler=commanding(_warm),
        fields={**MINUTES, **WAIT},
    ),
)
