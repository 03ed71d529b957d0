"""Actions that only read: frames, events, the log, the Moon, the screen."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.util.json import JsonObjectType, JsonValueType
import probatio

from ..api import EventType, Frame, ImageType, NinaEvent, Role, plain
from ..api.endpoints.application import ApplicationEndpoint
from ..const import Needs, Question
from ..entities.pictures import FRAME, MEDIA, find_listed, picture_path
from ..errors import NotDoneError, Reason, RefusedError, UnusableAnswerError, translated_errors
from ..helpers.local_time import absolute, async_read_zone, dated_lines
from ..helpers.permissions import EVERYTHING
from ..readings.frame_list import frame_id
from .action import Action, Call
from .choices import Choice
from .fields import choice, number, text
from .mount import PLACE, place

LIMIT = {probatio.Optional("limit", default=100): number(low=1, high=5000, whole=True)}

# Only lines of exactly this level are returned, in N.I.N.A.'s own words.
LEVELS: Final = ("trace", "debug", "info", "warning", "error")


async def _async_get_frames(call: Call) -> ServiceResponse:
    """Return the newest frames saved since N.I.N.A. started, oldest first."""
    async with translated_errors(Question.FRAMES):
        frames = await call.client.frames.get_all()
    chosen = [(index, frame) for index, frame in enumerate(frames) if _is_wanted(call, frame)]
    return {"frames": await _async_each(call, lambda each: as_data(call, *each), chosen)}


async def _async_each[ItemT](
    call: Call, make: Callable[[ItemT], JsonObjectType], items: list[ItemT]
) -> list[JsonValueType]:
    """Return the data of the newest items; thousands are made outside the event loop."""

    def make_all() -> list[JsonValueType]:
        return [make(item) for item in items[-call.data["limit"] :]]

    return await call.hass.async_add_executor_job(make_all)


def _is_wanted(call: Call, frame: Frame) -> bool:
    """Return whether a frame matches the call."""
    return all(
        getattr(frame, field) == call.data[field]
        for field in ("image_type", "filter", "target_name")
        if field in call.data
    )


def as_data(call: Call, index: int, frame: Frame) -> JsonObjectType:
    """Return a frame with its index in N.I.N.A., and where to find its picture."""
    return {"index": index, **plain(frame), **_links(call.entry.entry_id, frame_id(frame))}


def _links(entry_id: str, frame: str) -> JsonObjectType:
    """Return where to find the picture of a frame, by its id."""
    return {
        "media_content_id": f"{MEDIA}{entry_id}/{FRAME}/{frame}",
        "picture": picture_path(entry_id, frame),
    }


async def _async_get_events(call: Call) -> ServiceResponse:
    """Return the newest events since N.I.N.A. started, oldest first."""
    async with translated_errors(Question.EVENTS):
        events = await call.client.application.get_event_history()
    kind = call.data.get("type")
    chosen = [event for event in events if kind in (None, event.type)]
    return {"events": await _async_each(call, _event, chosen)}


def _event(event: NinaEvent) -> JsonObjectType:
    """Return the data of an event as on the event bus."""
    return {
        "type": plain(event.type),
        "name": event.name,
        "device": plain(event.role),
        "time": plain(event.time),
        # A user's sequence may send any text as an event.
        "data": plain(event.data)
        if event.type is EventType.CUSTOM
        else absolute(plain(event.data)),
    }


async def _async_get_night_report(call: Call) -> ServiceResponse:
    """Return the report of the latest night so far, with where to find the best frames."""
    report = (await call.runtime.nights.async_report()).as_data()
    report["best_frames"] = [
        {**frame, **_kept_links(call, frame["id"])} for frame in report["best_frames"]
    ]
    return report


def _kept_links(call: Call, frame: str) -> JsonObjectType:
    """Return where to find the picture of a frame; nothing if there no longer is one."""
    data = call.runtime
    if data.facts.has_picture(frame) or find_listed(data, frame) is not None:
        return _links(call.entry.entry_id, frame)
    return {"media_content_id": None, "picture": None}


async def _async_get_logs(call: Call) -> ServiceResponse:
    """Return the newest lines of N.I.N.A.'s log, newest first."""
    level = call.data.get("level")
    async with translated_errors(Question.LOG):
        lines = await call.client.application.get_log(
            call.data["limit"], None if level is None else level.upper()
        )
    zone = await async_read_zone(call.client)
    dated = await call.hass.async_add_executor_job(dated_lines, lines, zone)
    return {"lines": plain(dated)}


async def _async_moon_separation(call: Call) -> ServiceResponse:
    """Return the distance of a position from the Moon."""
    there = place(call)
    async with translated_errors(Question.MOON):
        moon = await call.client.application.get_moon_separation(
            there.right_ascension.degrees, there.declination.degrees
        )
    return {"separation": moon.separation, "moon_phase": plain(moon.moon_phase)}


# File extensions by type of picture; no other files are written.
ENDINGS: Final = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
# With a quality of 0 N.I.N.A. returns a PNG.
QUALITIES: Final = {"image/jpeg": 85, "image/png": 0}


async def _async_screenshot(call: Call) -> ServiceResponse:
    """Save a screenshot of N.I.N.A. to a folder that Home Assistant may write to."""
    path = Path(call.data["filename"])
    if (content_type := ENDINGS.get(path.suffix.lower())) is None:
        raise RefusedError(Reason.FILE_NO_PICTURE, filename=str(path), endings=", ".join(ENDINGS))
    if not await call.hass.async_add_executor_job(call.hass.config.is_allowed_path, str(path)):
        raise RefusedError(Reason.PATH_NOT_ALLOWED, filename=str(path))
    screenshot = partial(call.client.application.get_screenshot, quality=QUALITIES[content_type])
    async with translated_errors(Question.SCREENSHOT):
        picture = await call.runtime.frames.pictures.async_get_new(
            ("screenshot", content_type),
            call.data.get("width"),
            lambda step: screenshot(width=step),
        )
    if picture.content_type != content_type:
        raise UnusableAnswerError(Question.SCREENSHOT, picture.content_type)
    try:
        await call.hass.async_add_executor_job(_write, path, picture.data)
    except OSError as err:
        raise NotDoneError(Reason.FILE_NOT_WRITTEN, reason=str(err)) from err
    return {"filename": str(path), "content_type": picture.content_type, "size": len(picture.data)}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


ACTIONS = (
    Action(
        name="get_frames",
        needs=Needs.READ,
        roles=(Role.HUB,),
        handler=_async_get_frames,
        fields={
            probatio.Optional("image_type"): choice(*ImageType),
            probatio.Optional("filter"): text(),
            probatio.Optional("target_name"): text(),
            **LIMIT,
        },
        choices={"filter": Choice.FILTERS, "target_name": Choice.TARGET_NAMES},
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="get_events",
        needs=Needs.READ,
        roles=EVERYTHING,
        handler=_async_get_events,
        fields={probatio.Optional("type"): choice(*EventType), **LIMIT},
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="get_night_report",
        needs=Needs.READ,
        roles=EVERYTHING,
        handler=_async_get_night_report,
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="get_logs",
        needs=Needs.ADMINISTRATOR,
        roles=EVERYTHING,
        handler=_async_get_logs,
        fields={probatio.Optional("level"): choice(*LEVELS), **LIMIT},
        returns=SupportsResponse.ONLY,
        methods=(ApplicationEndpoint.get_log,),
    ),
    Action(
        name="moon_separation",
        needs=Needs.READ,
        roles=(Role.HUB,),
        handler=_async_moon_separation,
        fields=PLACE,
        returns=SupportsResponse.ONLY,
        methods=(ApplicationEndpoint.get_moon_separation,),
    ),
    Action(
        name="screenshot",
        needs=Needs.ADMINISTRATOR,
        roles=EVERYTHING,
        handler=_async_screenshot,
        fields={
            probatio.Required("filename"): text(),
            probatio.Optional("width"): number(low=64, high=8192, whole=True),
        },
        returns=SupportsResponse.OPTIONAL,
    ),
)
