"""Actions for the sequencer and the framing assistant."""

from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..api import (
    NinaConnectionError,
    NinaError,
    NinaNotReadyError,
    NinaTimeoutError,
    Role,
    SequenceSkip,
    SkySource,
    plain,
    release,
)
from ..api.endpoints.framing import FramingEndpoint
from ..api.endpoints.sequence import SequenceEndpoint
from ..const import Needs, Question
from ..control.commands.framing import frame, framed, set_sky_source, slew_to_framing, turn_frame
from ..control.commands.sequence import (
    INDEX_SINCE,
    RESET_SEQUENCE,
    STOP_SEQUENCE,
    load_sequence,
    set_sequence_target,
    skip_sequence,
)
from ..errors import Reason, RefusedError, explain, translated_errors
from ..procedures.sequence_start import async_start_sequence
from ..readings.sequence_listing import async_read_tree, tree_as_data
from .action import CENTERING, WAIT, Action, Call, commanding, require
from .choices import Choice
from .fields import choice, flag, missing, number, text
from .mount import ANGLE, PLACE, place

# Seconds to wait for the rotation of a target.
_TREE_WITHIN: Final = 20.0


async def _async_list(call: Call) -> ServiceResponse:
    """Return the names of the sequences that can be loaded."""
    async with translated_errors(Question.SEQUENCES):
        return {"sequences": list(await call.client.sequence.list_available())}


async def _async_get(call: Call) -> ServiceResponse:
    """Return the nodes of the loaded sequence, with issues if the server reports them."""
    async with translated_errors(Question.SEQUENCE_TREE):
        tree = await async_read_tree(call.client)
    return await call.hass.async_add_executor_job(tree_as_data, tree, call.data["limit"])


async def _async_load(call: Call) -> None:
    """Load a sequence that exists."""
    name = call.data["sequence"]
    async with translated_errors(Question.SEQUENCES):
        names = await call.client.sequence.list_available()
    if name not in names:
        raise RefusedError(Reason.SEQUENCE_UNKNOWN, sequence=name)
    await call.async_run(load_sequence(name))


async def _async_set_target(call: Call) -> None:
    """Change a target of the sequence; keep the rotation if it is omitted."""
    there, rotation = place(call), call.data.get("rotation")
    if call.data["index"]:
        require(call, release(*INDEX_SINCE))
    if rotation is None:
        rotation = await _async_rotation(call)
    command = set_sequence_target(
        name=call.data["target_name"],
        ra_degrees=there.right_ascension.degrees,
        dec_degrees=there.declination.degrees,
        rotation=rotation,
        index=call.data["index"],
    )
    await call.async_run(command)


async def _async_rotation(call: Call) -> float:
    """Return the present rotation of the target to change.

    N.I.N.A. would replace an omitted one by 0. Raises ServiceValidationError if it is unknown.
    """
    try:
        tree = await call.client.sequence.get_validated_tree(within=_TREE_WITHIN)
    except NinaError as err:
        silent = isinstance(err, NinaConnectionError) and not isinstance(err, NinaTimeoutError)
        if silent or isinstance(err, NinaNotReadyError):
            raise explain(err, Question.SEQUENCE_TREE) from err
        raise RefusedError(Reason.TARGET_ROTATION_UNKNOWN) from err
    index, targets = int(call.data["index"]), tree.targets
    if index >= len(targets) and tree.complete:
        raise RefusedError(
            Reason.SEQUENCE_TARGET_MISSING, index=str(index), targets=str(len(targets))
        )
    rotation = targets[index].rotation if index < len(targets) else None
    if rotation is None:
        raise RefusedError(Reason.TARGET_ROTATION_UNKNOWN)
    return rotation


async def _async_set_framing(call: Call) -> None:
    """Frame a position, turn the frame, or both; do neither if the frame cannot turn."""
    source, rotation = call.data.get("source"), call.data.get("rotation")
    given = [field for field in ("right_ascension", "declination") if field in call.data]
    if len(given) == 1 or (not given and source is None and rotation is None):
        raise missing("declination" if "right_ascension" in given else "right_ascension")
    if rotation is not None:
        async with translated_errors(Question.FRAMING):
            ready = (await call.client.trying.framing.get()).ready
        if not ready:
            raise RefusedError(Reason.FRAMING_NOT_READY)
    if source is not None:
        await call.async_run(set_sky_source(source))
    if given:
        await call.async_run(frame(place(call)))
    if rotation is not None:
        await call.async_run(turn_frame(rotation))


async def _async_get_framing(call: Call) -> ServiceResponse:
    """Return the frame of the framing assistant."""
    async with translated_errors(Question.FRAMING):
        framing = await call.client.framing.get()
    there = None if framing.empty else framed(framing)
    return {
        "ready": framing.ready,
        "right_ascension": None if there is None else there.right_ascension.degrees,
        "declination": None if there is None else there.declination.degrees,
        "rotation": framing.rotation,
        **{
            field: plain(getattr(framing, field))
            for field in (
                "field_of_view",
                "focal_length",
                "camera_width",
                "camera_height",
                "camera_pixel_size",
                "horizontal_panels",
                "vertical_panels",
                "rectangle",
            )
        },
    }


async def _async_slew_to_framing(call: Call) -> None:
    """Slew the mount to the framed position."""
    async with translated_errors(Question.FRAMING):
        framing = await call.client.trying.framing.get()
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
        handler=lambda call: async_start_sequence(
            call.entry, skip_validation=call.data["skip_validation"]
        ),
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
            probatio.Optional("part", default=SequenceSkip.CURRENT_ITEMS.value): choice(
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
        methods=(SequenceEndpoint.list_available,),
    ),
    Action(
        name="get_sequence",
        needs=Needs.READ,
        roles=(Role.HUB,),
        handler=_async_get,
        fields={probatio.Optional("limit", default=500): number(low=1, high=5000, whole=True)},
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="load_sequence",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=_async_load,
        fields={probatio.Required("sequence"): text()},
        choices={"sequence": Choice.SEQUENCES},
        methods=(SequenceEndpoint.load,),
    ),
    Action(
        name="set_sequence_target",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=_async_set_target,
        methods=(SequenceEndpoint.set_target,),
        fields={
            probatio.Required("target_name"): text(longest=100),
            **PLACE,
            probatio.Optional("rotation"): ANGLE,
            probatio.Optional("index", default=0): number(low=0, high=999, whole=True),
        },
        choices={"target_name": Choice.TARGET_NAMES},
    ),
    Action(
        name="set_framing",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=_async_set_framing,
        fields={
            **{probatio.Optional(field.schema): kind for field, kind in PLACE.items()},
            probatio.Optional("rotation"): ANGLE,
            probatio.Optional("source"): choice(*SkySource),
        },
    ),
    Action(
        name="get_framing",
        needs=Needs.READ,
        roles=(Role.HUB,),
        handler=_async_get_framing,
        returns=SupportsResponse.ONLY,
        methods=(FramingEndpoint.get,),
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
    ),
)
