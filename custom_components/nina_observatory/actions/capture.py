"""The capture action: take one exposure, wait for its end and return the result."""

import asyncio
from contextlib import suppress
from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.util.json import JsonObjectType
import probatio

from ..api import (
    Camera,
    CaptureResult,
    EventType,
    Frame,
    ImageType,
    NinaCommandError,
    NinaError,
    NinaUnfinishedError,
    Picture,
    Role,
    plain,
    release,
)
from ..api.endpoints.camera import AFTER_EXPOSURE, CameraEndpoint
from ..const import LOGGER, Needs, Question
from ..control.commands.camera import set_binning
from ..control.commands.filter_wheel import change_filter
from ..entities.pictures import MEDIA, WIDTH, capture_media, find_frame, picture_path
from ..errors import NotDoneError, Reason, RefusedError, explain, own_words, translated_errors
from ..readings.frame_list import frame_id
from ..readings.frames import QUALITY
from ..readings.picture_scaling import LARGEST_WIDTH
from .action import FILTER, WAIT, Action, Call, require
from .choices import Choice
from .fields import binning, check_limits, choice, flag, number, text
from .reading import as_data
from .response import solution

# A day, longer than any exposure; the camera's own limits are checked at the call.
LONGEST: Final = 86_400

# Fields that older plugins would silently ignore.
NEEDED: Final = {
    "gain": release(2, 1),
    "filter": release(2, 1),
    "binning": release(2, 1, 6),
    "save": release(2, 2),
    "target_name": release(2, 2, 11),
}
TYPE_NEEDS: Final = release(2, 2, 14)
UNSTRETCHED_NEEDS: Final = release(2, 2, 14, 2)

# Response fields without a picture.
NOWHERE: Final[JsonObjectType] = {"media_content_id": None, "picture": None}

# Saving continues in the background after the exposure: number of reads, and seconds between them.
TRIES_FOR_FRAME: Final = 15
# An event is as fast as a reply: number of reads, and less than a second between them.
TRIES_FOR_EVENT: Final = 5
# The result is available shortly after its event.
TRIES_FOR_RESULT: Final = 5
# Fraction by which the exposure time of a frame may differ: drivers round.
SAME_EXPOSURE: Final = 0.01


async def _async_capture(call: Call) -> ServiceResponse:
    """Take an exposure and return its statistics, plate solution, frame and picture.

    One at a time: N.I.N.A. only keeps the result and picture of the last capture.
    """
    _require(call)
    await _async_check(call)
    captures = call.runtime.frames.captures
    waited = captures.one_at_a_time.locked()
    async with captures.one_at_a_time:
        if waited:
            await _async_check(call)
        return await _async_capture_alone(call)


async def _async_capture_alone(call: Call) -> ServiceResponse:
    """Take the exposure while the integration takes no other.

    N.I.N.A. replies when the frame was downloaded and processed, or with an error; without waiting
    it would report neither (docs/field-notes.md, Camera).
    """
    if (name := call.data.get("filter")) is not None:
        await call.async_run(change_filter(name))
    if (wanted := call.data.get("binning")) is not None:
        await call.async_run(set_binning(wanted))
    async with translated_errors(Question.FRAMES):
        frames = await call.client.frames.count() if call.data["save"] else 0
    prepared_count = call.runtime.frames.prepared_count
    result = await _async_expose(call)
    if not call.wait:
        return {"exposure": call.data["exposure"]}
    await _async_show_prepared(call, prepared_count)
    picture = await _async_picture(call, prepared_count + 1)
    answer = {
        "exposure": call.data["exposure"],
        "statistics": await _async_statistics(call),
        "plate_solve": solution(result.plate_solve_result) if call.data["solve"] else None,
        "frame": await _async_frame(call, frames) if call.data["save"] else None,
    }
    if picture is None and answer["frame"] is not None:
        picture = {key: answer["frame"][key] for key in NOWHERE}
    return {**answer, **(picture or NOWHERE)}


def _require(call: Call) -> None:
    """Raise ServiceValidationError for fields that need a newer plugin."""
    for field, needed in NEEDED.items():
        if call.data.get(field):
            require(call, needed)
    if call.data["image_type"] is not ImageType.SNAPSHOT:
        require(call, TYPE_NEEDS)
    if not call.data["stretch"]:
        require(call, UNSTRETCHED_NEEDS)


async def _async_check(call: Call) -> None:
    """Raise ServiceValidationError for fields that this camera does not support now."""
    camera = await call.async_device(Role.CAMERA, Camera)
    if camera.exposing:
        raise RefusedError(Reason.CAMERA_BUSY)
    for field, reason, low, high in (
        ("exposure", Reason.EXPOSURE_OUT_OF_RANGE, camera.exposure_min, camera.exposure_max),
        ("gain", Reason.GAIN_OUT_OF_RANGE, camera.gain_min, camera.gain_max),
    ):
        check_limits(field, call.data.get(field), low, high, reason)


async def _async_expose(call: Call) -> CaptureResult:
    """Take the exposure; raises HomeAssistantError if it failed."""
    polls = call.wait and not call.client.plugin.waits_for_capture
    before = await _async_fingerprint(call) if polls else None
    began = call.runtime.runner.loop.time()
    try:
        async with translated_errors(
            Question.CAPTURE, passing=(NinaCommandError, NinaUnfinishedError)
        ):
            result = await call.client.camera.capture(
                duration=call.data["exposure"],
                gain=call.data.get("gain"),
                image_type=call.data["image_type"],
                target_name=call.data.get("target_name"),
                solve=call.data["solve"],
                save=call.data["save"],
                stretch=call.data["stretch"],
                wait=call.wait and not polls,
            )
    except NinaCommandError as err:
        raise NotDoneError(Reason.CAPTURE_FAILED, reason=own_words(err.text)) from err
    except NinaUnfinishedError:
        return await _async_follow(call, began)
    return await _async_poll(call, began, before) if polls else result


async def _async_fingerprint(call: Call) -> str | None:
    """Return the fingerprint of the last result; raises HomeAssistantError while busy."""
    try:
        async with translated_errors(
            Question.CAPTURE, passing=(NinaCommandError, NinaUnfinishedError)
        ):
            return (await call.client.camera.get_capture_result()).fingerprint
    except NinaCommandError as err:
        LOGGER.debug("There is no capture yet: %s", err)
        return None
    except NinaUnfinishedError as err:
        raise RefusedError(Reason.CAMERA_BUSY) from err


async def _async_poll(call: Call, began: float, before: str | None) -> CaptureResult:
    """Poll for the result on a server that neither waits for an exposure nor announces its end.

    Raises HomeAssistantError if none arrives; after a failure it is still the previous one.
    """
    runner = call.runtime.runner
    limit = (call.data["exposure"] + AFTER_EXPOSURE) * runner.pace.scale
    while runner.loop.time() - began <= limit:
        await asyncio.sleep(runner.pace.read_again)
        try:
            result = await call.client.camera.get_capture_result()
        except NinaCommandError as err:
            raise NotDoneError(Reason.CAPTURE_FAILED, reason=own_words(err.text)) from err
        except NinaError as err:
            # In progress, or a packet was lost.
            LOGGER.debug("No result of the exposure yet: %s", err)
            continue
        if result.fingerprint not in (None, before):
            return result
        break
    raise NotDoneError(Reason.CAPTURE_UNCONFIRMED)


async def _async_follow(call: Call, began: float) -> CaptureResult:
    """Return the result of an exposure that N.I.N.A. only started, although it should have waited.

    Its event is only sent after a success. Raises HomeAssistantError if it does not arrive.
    """
    runner = call.runtime.runner
    limit = (call.data["exposure"] + AFTER_EXPOSURE) * runner.pace.scale
    while runner.received_at(EventType.CAPTURE_FINISHED) <= began:
        if runner.loop.time() - began > limit:
            raise NotDoneError(Reason.CAPTURE_UNCONFIRMED)
        await asyncio.sleep(runner.pace.read_again)
    if not call.data["solve"]:
        return CaptureResult()
    for _ in range(TRIES_FOR_RESULT):
        try:
            async with translated_errors(Question.CAPTURE, passing=(NinaUnfinishedError,)):
                return await call.client.camera.get_capture_result()
        except NinaUnfinishedError:
            await asyncio.sleep(runner.pace.read_again)
    raise NotDoneError(Reason.CAPTURE_UNCONFIRMED)


async def _async_show_prepared(call: Call, prepared_count: int) -> None:
    """Show an unsaved picture as the latest image, even without an event.

    The event may arrive shortly after the reply.
    """
    frames = call.runtime.frames
    for _ in range(TRIES_FOR_EVENT):
        if frames.prepared_count > prepared_count or not call.runtime.listener.connected:
            break
        if not call.client.supports(call.client.frames.get_prepared_image):
            break
        await asyncio.sleep(call.runtime.runner.pace.after_event)
    if call.data["save"]:
        return
    if frames.prepared_count == prepared_count:
        frames.async_note_prepared()
    frames.async_show_prepared()


async def _async_statistics(call: Call) -> JsonObjectType | None:
    """Return the statistics of the frame; None if they cannot be read, which is no failure."""
    try:
        statistics = await call.client.camera.get_capture_statistics()
    except NinaError as err:
        LOGGER.debug("No statistics of the frame: %s", err)
        return None
    data: JsonObjectType = plain(statistics)
    return data


async def _async_picture(call: Call, ours: int) -> JsonObjectType | None:
    """Return where to find the picture of the exposure, or why it is unavailable.

    `ours` is the number of the picture if N.I.N.A. announced no other meanwhile. None if the caller
    does not want it, or the frame was saved: its picture is available at any time, in any size.
    """
    wanted = {key: call.data[key] for key in ("size", "quality") if key in call.data}
    if not call.answered or (call.data["save"] and call.data["stretch"] and not wanted):
        return None
    try:
        picture = await _async_fetch(call, ours)
    except NinaError as err:
        LOGGER.debug("No picture of the exposure: %s", err)
        return {**NOWHERE, "picture_error": str(explain(err, Question.PICTURE))}
    entry_id = call.entry.entry_id
    capture_id = call.runtime.frames.captures.keep(picture)
    return {
        "media_content_id": f"{MEDIA}{capture_media(entry_id, capture_id)}",
        "picture": picture_path(entry_id, capture_id),
    }


async def _async_fetch(call: Call, ours: int) -> Picture:
    """Fetch the picture of the exposure; raises NinaError.

    Take it from N.I.N.A.'s imaging page, unless that shows or changes to another one. The result
    of a capture is a file that all N.I.N.A. instances of a computer share.
    """
    client, frames = call.client, call.runtime.frames
    form = {"width": call.data.get("size", WIDTH), "quality": call.data.get("quality", QUALITY)}
    if (
        frames.prepared_count == ours
        and call.data["stretch"]
        and client.supports(client.frames.get_prepared_image)
    ):
        picture = await client.frames.get_prepared_image(**form)
        if frames.prepared_count == ours:
            return picture
    for _ in range(TRIES_FOR_RESULT):
        with suppress(NinaUnfinishedError):
            return await client.camera.get_capture_picture(**form)
        await asyncio.sleep(call.runtime.runner.pace.read_again)
    return await client.camera.get_capture_picture(**form)


async def _async_frame(call: Call, before: int) -> JsonObjectType:
    """Return the frame from N.I.N.A.'s list; raises HomeAssistantError if it was not saved."""
    pace = call.runtime.runner.pace
    for _ in range(TRIES_FOR_FRAME):
        async with translated_errors(Question.FRAMES):
            frames = await call.client.frames.get_all()
        new = [(index, frame) for index, frame in enumerate(frames) if index >= before]
        for index, frame in new:
            if _is_ours(call, frame):
                await _async_show(call, frame)
                return as_data(call, index, frame)
        await asyncio.sleep(pace.read_again)
    raise NotDoneError(Reason.CAPTURE_NOT_SAVED)


def _is_ours(call: Call, frame: Frame) -> bool:
    """Return whether a frame may belong to the exposure: a sequence may save others meanwhile."""
    wanted = float(call.data["exposure"])
    same = (
        frame.exposure_time is None or abs(frame.exposure_time - wanted) <= SAME_EXPOSURE * wanted
    )
    return same and frame.image_type is ImageType(call.data["image_type"])


async def _async_show(call: Call, frame: Frame) -> None:
    """Make the picture available, even if no event announced the frame."""
    frames = call.runtime.frames
    if find_frame(frames, frame_id(frame)) is None:
        frames.async_distrust()
        await frames.async_refresh()


ACTIONS = (
    Action(
        name="capture",
        needs=Needs.CONTROL,
        roles=(Role.CAMERA,),
        adds=FILTER,
        handler=_async_capture,
        fields={
            probatio.Required("exposure"): number(low=0.00001, high=LONGEST),
            probatio.Optional("gain"): number(low=1, high=100_000, whole=True),
            probatio.Optional("binning"): binning,
            probatio.Optional("filter"): text(),
            probatio.Optional("image_type", default=ImageType.SNAPSHOT.value): choice(*ImageType),
            probatio.Optional("target_name"): text(longest=100),
            probatio.Optional("solve", default=False): flag,
            probatio.Optional("save", default=False): flag,
            probatio.Optional("size"): number(low=1, high=LARGEST_WIDTH, whole=True),
            probatio.Optional("quality"): number(low=0, high=100, whole=True),
            probatio.Optional("stretch", default=True): flag,
            **WAIT,
        },
        returns=SupportsResponse.OPTIONAL,
        methods=(CameraEndpoint.capture,),
        choices={
            "binning": Choice.BINNINGS,
            "filter": Choice.FILTERS,
            "target_name": Choice.TARGET_NAMES,
        },
    ),
)
