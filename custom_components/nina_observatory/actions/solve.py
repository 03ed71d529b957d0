"""The solve action: plate solve a frame of the night, or the picture on N.I.N.A.'s screen."""

from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..api import Frame, NinaCommandError, NinaResponseError, Role
from ..api.endpoints.frames import FramesEndpoint
from ..const import DOMAIN, Needs, Question
from ..entities.pictures import CAPTURE, FRAME, MEDIA, find_frame
from ..errors import Reason, RefusedError, explain, translated_errors
from ..readings.frames import NOTHING_PREPARED
from .action import Action, Call
from .fields import text
from .reading import as_data
from .response import solution

# No night has more frames; a number with more digits is a frame id.
LONGEST_NUMBER: Final = 6
PATH: Final = f"/api/{DOMAIN}/"
_TEXT: Final = text()


def _frame(value: object) -> str:
    """Return the identifier of a frame, a number as text; raises FieldError."""
    number = isinstance(value, int) and not isinstance(value, bool)
    return _TEXT(str(value) if number else value)


async def _async_solve(call: Call) -> ServiceResponse:
    """Solve the named frame, or the picture that N.I.N.A. shows."""
    if (name := call.data.get("frame")) is None:
        return await _async_solve_latest(call)
    if name.isascii() and name.isdigit() and len(name) <= LONGEST_NUMBER:
        return await _async_solve_number(call, int(name))
    if (frame := _named(call, name)) is None:
        raise RefusedError(Reason.FRAME_MISSING)
    return await _async_solve_frame(call, frame)


async def _async_solve_latest(call: Call) -> ServiceResponse:
    """Solve the newest frame, saved or not; N.I.N.A. may have one without an event."""
    frames = call.runtime.frames
    if not call.runtime.listener.connected:
        await frames.async_read()
    if isinstance(latest := frames.data.latest, Frame):
        return await _async_solve_frame(call, latest)
    try:
        async with translated_errors(Question.SOLVE, passing=(NinaCommandError,)):
            found = await call.client.frames.solve_prepared()
    except NinaCommandError as err:
        if err.code == NOTHING_PREPARED:
            raise RefusedError(Reason.NOTHING_TO_SOLVE) from err
        raise explain(err, Question.SOLVE) from err
    return {"plate_solve": solution(found), "frame": None}


async def _async_solve_number(call: Call, number: int) -> ServiceResponse:
    """Solve a frame by its number in N.I.N.A.'s list."""
    async with translated_errors(Question.FRAMES):
        frames = await call.client.frames.get_all()
    if number >= len(frames):
        raise RefusedError(Reason.FRAME_UNKNOWN, frame=str(number), count=str(len(frames)))
    async with translated_errors(Question.SOLVE):
        found = await call.client.frames.solve(number)
    return {"plate_solve": solution(found), "frame": as_data(call, number, frames[number])}


async def _async_solve_frame(call: Call, frame: Frame) -> ServiceResponse:
    """Solve a known frame by its present number."""
    try:
        number = await call.runtime.frames.async_number(frame)
    except NinaResponseError as err:
        raise RefusedError(Reason.FRAME_MISSING) from err
    async with translated_errors(Question.SOLVE):
        found = await call.client.frames.solve(number)
    return {"plate_solve": solution(found), "frame": as_data(call, number, frame)}


def _named(call: Call, name: str) -> Frame | None:
    """Return the frame for a media content id, a path or an id; None if N.I.N.A. dropped it.

    Raises ServiceValidationError for a picture without a frame.
    """
    entry_id, _, rest = name.removeprefix(MEDIA).removeprefix(PATH).partition("/")
    if not rest:
        entry_id, rest = call.entry.entry_id, entry_id
    kind, _, media_id = rest.partition("/")
    # The last part of a path is picture or thumbnail, the first one of a place among the media frame.
    wanted = media_id if kind in (FRAME, CAPTURE) else kind
    if entry_id != call.entry.entry_id:
        return None
    if call.runtime.frames.captures.find(wanted) is not None:
        raise RefusedError(Reason.FRAME_NOT_SAVED)
    return find_frame(call.runtime.frames, wanted)


ACTIONS = (
    Action(
        name="solve",
        needs=Needs.CONTROL,
        roles=(Role.CAMERA,),
        handler=_async_solve,
        fields={probatio.Optional("frame"): _frame},
        returns=SupportsResponse.ONLY,
        methods=(FramesEndpoint.solve,),
    ),
)
