"""Actions for the sequencer and the framing assistant."""

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..api import NinaClient, Role, Sequence, SequenceSkip, SkySource
from ..command import Command
from ..commands.framing import frame, framed, set_sky_source, slew_to_framing, turn_frame
from ..commands.sequence import (
    RESET_SEQUENCE,
    STOP_SEQUENCE,
    load_sequence,
    set_sequence_target,
    skip_sequence,
)
from ..const import Needs
from ..errors import Reason, RefusedError, translated_errors
from ..sequence_listing import async_read_tree, tree_as_data
from ..sequence_start import async_start_sequence
from .action import CENTERING, WAIT, Action, Call, commanding
from .fields import Choice, Number, Text, flag
from .mount import ANGLE, PLACE, place


async def _async_start(call: Call) -> None:
    """Start the loaded sequence."""
    await async_start_sequence(call.entry, skip_validation=call.data["skip_validation"])


async def _async_list(call: Call) -> ServiceResponse:
    """Return the names of the sequences that can be loaded."""
    async with translated_errors():
        return {"sequences": list(await call.client.get_sequences())}


async def _async_get(call: Call) -> ServiceResponse:
    """Return the loaded sequence as a list of its nodes, with issues where the server has them."""
    async with translated_errors():
        tree = await async_read_tree(call.client)
    return tree_as_data(tree, call.data["limit"])


async def _async_load(call: Call) -> None:
    """Load a sequence that exists."""
    name = call.data["sequence"]
    async with translated_errors():
        names = await call.client.get_sequences()
    if name not in names:
        raise RefusedError(Reason.SEQUENCE_UNKNOWN, sequence=name)
    await call.async_run(load_sequence(name))


def _set_target(call: Call) -> Command[Sequence]:
    """Return the command for changing a target of the sequence."""
    there = place(call)
    return set_sequence_target(
        name=call.data["target_name"],
        ra_degrees=there.right_ascension.degrees,
        dec_degrees=there.declination.degrees,
        rotation=call.data["rotation"],
        index=call.data["index"],
    )


async def _async_set_framing(call: Call) -> None:
    """Frame a place; what needs the page of the assistant comes last."""
    if (source := call.data.get("source")) is not None:
        await call.async_run(set_sky_source(source))
    await call.async_run(frame(place(call)))
    if (rotation := call.data.get("rotation")) is not None:
        await call.async_run(turn_frame(rotation))


async def _async_slew_to_framing(call: Call) -> None:
    """Point the mount at what is framed."""
    async with translated_errors():
        framing = await call.client.get_framing()
    if framing.empty:
        raise RefusedError(Reason.FRAMING_EMPTY)
    if (there := framed(framing)) is None:
        raise RefusedError(Reason.FRAMING_NOT_READY)
    command = slew_to_framing(
        there, center=call.data["center"], rotate=call.data["rotate"], wait=call.wait
    )
    await call.async_run(command, wait=call.wait)


ACTIONS = (
    Action(
        name="start_sequence",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=_async_start,
        fields={probatio.Optional("skip_validation", default=True): flag},
    ),
    Action(
        name="stop_sequence",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=commanding(lambda _: STOP_SEQUENCE),
        fields=WAIT,
    ),
    Action(
        name="reset_sequence",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=commanding(lambda _: RESET_SEQUENCE),
    ),
    Action(
        name="skip_sequence",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=commanding(lambda call: skip_sequence(call.data["part"])),
        fields={
            probatio.Optional("part", default=SequenceSkip.CURRENT_ITEMS.value): Choice(
                *SequenceSkip
            ),
            **WAIT,
        },
    ),
    Action(
        name="list_sequences",
        needs=Needs.READ,
        roles=(Role.HUB,),
        handler=_async_list,
        returns=SupportsResponse.ONLY,
        methods=(NinaClient.get_sequences,),
    ),
    Action(
        name="get_sequence",
        needs=Needs.READ,
        roles=(Role.HUB,),
        handler=_async_get,
        fields={probatio.Optional("limit", default=500): Number(low=1, high=5000, whole=True)},
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="load_sequence",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=_async_load,
        fields={probatio.Required("sequence"): Text()},
        methods=(NinaClient.load_sequence,),
    ),
    Action(
        name="set_sequence_target",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=commanding(_set_target),
        fields={
            probatio.Required("target_name"): Text(longest=100),
            **PLACE,
            probatio.Optional("rotation", default=0): ANGLE,
            probatio.Optional("index", default=0): Number(low=0, high=999, whole=True),
        },
    ),
    Action(
        name="set_framing",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=_async_set_framing,
        fields={
            **PLACE,
            probatio.Optional("rotation"): ANGLE,
            probatio.Optional("source"): Choice(*SkySource),
        },
    ),
    Action(
        name="slew_to_framing",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        adds=CENTERING,
        handler=_async_slew_to_framing,
        fields={
            probatio.Optional("center", default=False): flag,
            probatio.Optional("rotate", default=False): flag,
            **WAIT,
        },
        methods=(NinaClient.get_framing, NinaClient.slew_to_framing),
    ),
)
