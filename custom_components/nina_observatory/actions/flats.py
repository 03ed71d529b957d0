"""Actions for taking flats."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..api import (
    Camera,
    FilterWheel,
    FlatFrames,
    FlatHistogram,
    FlatPanel,
    ImageType,
    NinaClient,
    Reply,
    Role,
)
from ..api.endpoints.flats import FlatsEndpoint
from ..const import Needs, Question
from ..control.commands.flats import FINISH_FLATS, STOP_FLATS, start_flats
from ..errors import NotDoneError, Reason, RefusedError, translated_errors
from .action import FILTER, WAIT, Action, Call, Handler, commanding
from .choices import Choice
from .fields import binning, check_limits, flag, missing, number, out_of_range, text

# The last frame is saved in the background after the run.
TRIES_FOR_FRAMES = 5
SECONDS = number(low=0.0001, high=600)
BRIGHTNESS = number(low=0, high=2_147_483_647, whole=True)
FRACTION = number(low=0, high=1)

FRAMES = {
    probatio.Required("count"): number(low=1, high=1000, whole=True),
    probatio.Optional("filter"): text(),
    probatio.Optional("binning"): binning,
    probatio.Optional("gain"): number(low=0, high=100_000, whole=True),
    probatio.Optional("offset"): number(low=0, high=100_000, whole=True),
}
HISTOGRAM = {
    probatio.Optional("histogram_mean"): FRACTION,
    probatio.Optional("mean_tolerance"): FRACTION,
}
EXPOSURES = {
    probatio.Optional("min_exposure"): SECONDS,
    probatio.Optional("max_exposure"): SECONDS,
}
KEEP_CLOSED = {probatio.Optional("keep_closed", default=False): flag}

type Take = Callable[[NinaClient, FlatFrames, dict[str, Any]], Awaitable[Reply]]


def _taking(take: Take, kind: ImageType, *, panel: bool) -> Handler:
    """Return the handler that takes flats, or darks for them, by a method of the client."""

    async def handle(call: Call) -> ServiceResponse:
        frames = await _async_frames(call)
        if panel:
            await _async_check_panel(call)
        async with translated_errors(Question.FLATS):
            if (await call.client.flats.get_status()).running:
                raise RefusedError(Reason.FLATS_RUNNING)
            before = await call.client.frames.count()
        options = _options(call)
        await call.async_run(start_flats(lambda client: take(client, frames, options)))
        if not call.wait:
            return {}
        await call.async_run(FINISH_FLATS)
        return {"frames": await _async_count(call, kind, before)}

    return handle


def _options(call: Call) -> dict[str, Any]:
    """Return the fields other than those of the frames, by the client's names."""
    known = {str(field) for field in (*FRAMES, *HISTOGRAM, *WAIT)}
    options = {name: value for name, value in call.data.items() if name not in known}
    if {"histogram_mean", "mean_tolerance"} & call.data.keys():
        options["histogram"] = FlatHistogram(
            mean=call.data.get("histogram_mean"), tolerance=call.data.get("mean_tolerance")
        )
    return options


async def _async_frames(call: Call) -> FlatFrames:
    """Return the frames to take; raises ServiceValidationError for missing equipment."""
    camera = await call.async_device(Role.CAMERA, Camera)
    _check_ranges(call)
    wanted = call.data.get("binning")
    if wanted is not None and wanted not in {mode.name for mode in camera.binning_modes}:
        raise RefusedError(Reason.BINNING_MISSING)
    for name, low, high in (
        ("gain", camera.gain_min, camera.gain_max),
        ("offset", camera.offset_min, camera.offset_max),
    ):
        check_limits(name, call.data.get(name), low, high)
    return FlatFrames(
        count=call.data["count"],
        filter_index=await _async_filter(call),
        binning=wanted,
        gain=call.data.get("gain"),
        offset=call.data.get("offset"),
    )


def _check_ranges(call: Call) -> None:
    """Raise ServiceValidationError for an invalid range, or one that N.I.N.A. would ignore."""
    for what in ("exposure", "brightness"):
        low, high = (call.data.get(f"{limit}_{what}") for limit in ("min", "max"))
        if low is not None and high is not None and low > high:
            raise out_of_range(f"max_{what}", high, low, None)
    if "max_exposure" in call.data and "min_exposure" not in call.data:
        raise missing("min_exposure")


async def _async_filter(call: Call) -> int | None:
    """Return the index of the filter, None without one."""
    if (name := call.data.get("filter")) is None:
        return None
    wheel = await call.async_device(Role.FILTER_WHEEL, FilterWheel)
    if (index := wheel.index_of(name)) is None:
        raise RefusedError(Reason.FILTER_MISSING)
    return index


async def _async_check_panel(call: Call) -> None:
    """Raise ServiceValidationError for a brightness outside the flat panel's range."""
    panel = await call.async_device(Role.FLAT_PANEL, FlatPanel)
    for field in ("brightness", "min_brightness", "max_brightness"):
        check_limits(field, call.data.get(field), panel.min_brightness, panel.max_brightness)


async def _async_count(call: Call, kind: ImageType, before: int) -> int:
    """Return how many frames of a kind were saved; a sequence may save others meanwhile.

    Raises HomeAssistantError if some are missing.
    """
    wanted, taken = call.data["count"], 0
    for _ in range(TRIES_FOR_FRAMES):
        async with translated_errors(Question.FRAMES):
            frames = await call.client.frames.get_all()
        taken = sum(frame.image_type is kind for frame in frames[before:])
        if taken >= wanted:
            return taken
        await asyncio.sleep(call.runtime.runner.pace.read_again)
    raise NotDoneError(Reason.FLATS_INCOMPLETE, taken=str(taken), wanted=str(wanted))


def _flats(
    name: str,
    take: Take,
    fields: Mapping[Any, object],
    *,
    kind: ImageType = ImageType.FLAT,
    panel: bool = True,
) -> Action:
    """Return the action for one kind of flats."""
    return Action(
        name=name,
        needs=Needs.CONTROL,
        roles=(Role.CAMERA, Role.FLAT_PANEL) if panel else (Role.CAMERA,),
        adds=FILTER,
        handler=_taking(take, kind, panel=panel),
        fields={**FRAMES, **fields, **WAIT},
        returns=SupportsResponse.OPTIONAL,
        methods=(FlatsEndpoint.get_status,),
        choices={"binning": Choice.BINNINGS, "filter": Choice.FILTERS},
    )


ACTIONS = (
    _flats(
        "sky_flats",
        lambda client, frames, options: client.flats.take_sky(frames, **options),
        {**HISTOGRAM, **EXPOSURES, probatio.Optional("dither", default=False): flag},
        panel=False,
    ),
    _flats(
        "auto_brightness_flats",
        lambda client, frames, options: client.flats.take_auto_brightness(frames, **options),
        {
            probatio.Required("exposure"): SECONDS,
            **HISTOGRAM,
            probatio.Optional("min_brightness"): BRIGHTNESS,
            probatio.Optional("max_brightness"): BRIGHTNESS,
            **KEEP_CLOSED,
        },
    ),
    _flats(
        "auto_exposure_flats",
        lambda client, frames, options: client.flats.take_auto_exposure(frames, **options),
        {probatio.Required("brightness"): BRIGHTNESS, **HISTOGRAM, **EXPOSURES, **KEEP_CLOSED},
    ),
    _flats(
        "trained_flats",
        lambda client, frames, options: client.flats.take_trained(frames, **options),
        KEEP_CLOSED,
    ),
    _flats(
        "trained_dark_flats",
        lambda client, frames, options: client.flats.take_trained_darks(frames, **options),
        KEEP_CLOSED,
        kind=ImageType.DARK,
    ),
    Action(
        name="stop_flats",
        needs=Needs.CONTROL,
        roles=(Role.CAMERA,),
        handler=commanding(lambda _: STOP_FLATS),
    ),
)
