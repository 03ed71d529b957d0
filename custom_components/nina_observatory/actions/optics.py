"""Actions for focuser, filter wheel, rotator and guider."""

from typing import Any

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..api import Role, plain
from ..const import Needs, Question
from ..control.command import Command
from ..control.commands.filter_wheel import change_filter
from ..control.commands.focuser import AUTOFOCUS, move_focuser
from ..control.commands.guider import CALIBRATE_AND_GUIDE, START_GUIDING, STOP_GUIDING
from ..control.commands.rotator import move_rotator, move_rotator_mechanical
from ..errors import translated_errors
from .action import WAIT, Action, Call, commanding
from .choices import Choice
from .fields import flag, number, text
from .mount import ANGLE

# The API does not report the range of the focuser; N.I.N.A. enforces its own limits.
FOCUSER_STEPS = number(low=0, high=1_000_000, whole=True)


async def _async_autofocus(call: Call) -> ServiceResponse:
    """Run an autofocus and return its report."""
    await call.async_run(AUTOFOCUS, wait=call.wait)
    if not call.wait or not call.client.supports(call.client.focuser.get_last_autofocus):
        return {}
    async with translated_errors(Question.AUTOFOCUS_REPORT):
        report = await call.client.focuser.get_last_autofocus()
    if report is None:
        return {}
    summary = {"position": report.position, "hfr": report.hfr, "r_squared": report.r_squared}
    return {**summary, "report": plain(report)}


def _move_rotator(call: Call) -> Command[Any]:
    move = move_rotator_mechanical if call.data["mechanical"] else move_rotator
    return move(call.data["position"])


ACTIONS = (
    Action(
        name="move_focuser",
        needs=Needs.CONTROL,
        roles=(Role.FOCUSER,),
        handler=commanding(lambda call: move_focuser(call.data["position"])),
        fields={probatio.Required("position"): FOCUSER_STEPS, **WAIT},
    ),
    Action(
        name="autofocus",
        needs=Needs.CONTROL,
        roles=(Role.FOCUSER,),
        handler=_async_autofocus,
        fields=WAIT,
        returns=SupportsResponse.OPTIONAL,
    ),
    Action(
        name="change_filter",
        needs=Needs.CONTROL,
        roles=(Role.FILTER_WHEEL,),
        handler=commanding(lambda call: change_filter(call.data["filter"])),
        fields={probatio.Required("filter"): text(), **WAIT},
        choices={"filter": Choice.FILTERS},
    ),
    Action(
        name="move_rotator",
        needs=Needs.CONTROL,
        roles=(Role.ROTATOR,),
        handler=commanding(_move_rotator),
        fields={
            probatio.Required("position"): ANGLE,
            probatio.Optional("mechanical", default=False): flag,
            **WAIT,
        },
    ),
    Action(
        name="start_guiding",
        needs=Needs.CONTROL,
        roles=(Role.GUIDER,),
        handler=commanding(
            lambda call: CALIBRATE_AND_GUIDE if call.data["calibrate"] else START_GUIDING
        ),
        fields={probatio.Optional("calibrate", default=False): flag, **WAIT},
    ),
    Action(
        name="stop_guiding",
        needs=Needs.CONTROL,
        roles=(Role.GUIDER,),
        handler=commanding(lambda _: STOP_GUIDING),
    ),
)
