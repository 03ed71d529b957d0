"""Actions for the dome or roof, and for the switches around it."""

import probatio

from ..api import Role, SwitchHub
from ..const import Needs
from ..control.commands.dome import slew_dome
from ..control.commands.switch_hub import set_channel
from ..errors import Reason, RefusedError
from .action import WAIT, Action, Call, commanding
from .choices import Choice
from .fields import FieldError, flag, number, text
from .mount import ANGLE


async def _async_open_roof(call: Call) -> None:
    """Open the roof by the rules of the entry; the call may override those for safety."""
    await call.entry.runtime_data.roof.async_open(override=call.data["override"])


def _channel(value: object) -> str:
    """Return the name or the number of a channel as text; raises FieldError."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, float):
        raise FieldError(Reason.FIELD_NO_TEXT, value)
    return text()(value)


async def _async_set_switch(call: Call) -> None:
    hub = await call.async_device(Role.SWITCH_HUB, SwitchHub)
    channel_id = _find_channel(hub, call.data["switch"])
    await call.async_run(set_channel(channel_id, call.data["value"]))


def _find_channel(hub: SwitchHub, wanted: str) -> int:
    """Return the id of a channel; raises ServiceValidationError unless exactly one matches."""
    channels = [channel for channel in hub.writable if channel.id is not None]
    for channel in channels:
        if channel.id is not None and str(channel.id) == wanted:
            return channel.id
    named = [channel.id for channel in channels if channel.name == wanted]
    if len(named) == 1 and named[0] is not None:
        return named[0]
    raise RefusedError(Reason.SWITCH_AMBIGUOUS if named else Reason.SWITCH_UNKNOWN, switch=wanted)


ACTIONS = (
    Action(
        name="open_roof",
        needs=Needs.CONTROL,
        roles=(Role.DOME,),
        handler=_async_open_roof,
        fields={probatio.Optional("override", default=False): flag},
    ),
    Action(
        name="slew_dome",
        needs=Needs.CONTROL,
        roles=(Role.DOME,),
        handler=commanding(lambda call: slew_dome(call.data["azimuth"])),
        fields={probatio.Required("azimuth"): ANGLE, **WAIT},
    ),
    Action(
        name="set_switch",
        needs=Needs.CONTROL,
        roles=(Role.SWITCH_HUB,),
        handler=_async_set_switch,
        fields={
            probatio.Required("switch"): _channel,
            probatio.Required("value"): number(low=-1e9, high=1e9),
        },
        choices={"switch": Choice.SWITCHES},
    ),
)
