"""The capture action: one exposure, awaited to its end."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from ..api import Camera, ImageType, NinaCommandError, Role
from ..const import DOMAIN, LOGGER
from ..coordinator import NinaConfigEntry
from ..entity import translated_errors
from .action import Action, Call


async def _async_capture(call: Call) -> ServiceResponse:
    """Take an exposure and return its statistics.

    N.I.N.A. answers only when the frame was downloaded and processed, and says so when that
    failed; without waiting it would report nothing (field notes 6).
    """
    entry, data = call.entry, call.data
    _check(await _async_camera(entry), data)
    async with translated_errors():
        await call.client.capture(
            duration=data["exposure"],
            gain=data.get("gain"),
            image_type=ImageType(data["image_type"]),
            target_name=data.get("target_name"),
            save=data["save"],
        )
    return {"exposure": data["exposure"], "statistics": await _async_statistics(entry)}


async def _async_camera(entry: NinaConfigEntry) -> Camera:
    """Return the camera from a fresh reading."""
    state = await entry.runtime_data.rig.async_read()
    if not state.reachable:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="cannot_connect")
    camera = state.device(Role.CAMERA)
    if not isinstance(camera, Camera):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="camera_not_connected"
        )
    return camera


def _check(camera: Camera, data: Mapping[str, Any]) -> None:
    """Raise ServiceValidationError for what this camera cannot do now."""
    if camera.exposing:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="camera_busy")
    _check_range("exposure", data["exposure"], camera.exposure_min, camera.exposure_max)
    if "gain" in data:
        _check_range("gain", data["gain"], camera.gain_min, camera.gain_max)


def _check_range(name: str, value: float, minimum: float | None, maximum: float | None) -> None:
    """Raise ServiceValidationError for a value outside of what the driver says it takes."""
    low = minimum is not None and value < minimum
    if low or (maximum is not None and maximum > (minimum or 0) and value > maximum):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=f"{name}_out_of_range",
            translation_placeholders={
                "value": f"{value:g}",
                "minimum": "?" if minimum is None else f"{minimum:g}",
                "maximum": "?" if maximum is None else f"{maximum:g}",
            },
        )


async def _async_statistics(entry: NinaConfigEntry) -> dict[str, Any] | None:
    """Return the statistics of the frame; it was taken all the same if they cannot be had."""
    try:
        statistics = await entry.runtime_data.client.get_capture_statistics()
    except NinaCommandError as err:
        LOGGER.debug("No statistics of the frame: %s", err)
        return None
    return asdict(statistics)


FIELDS = {
    probatio.Required("exposure"): probatio.All(
        probatio.Coerce(float), probatio.Range(min=0, min_included=False, max=3600)
    ),
    probatio.Optional("gain"): probatio.All(probatio.Coerce(int), probatio.Range(min=1)),
    probatio.Optional("image_type", default=ImageType.SNAPSHOT.value): probatio.In(
        [kind.value for kind in ImageType]
    ),
    probatio.Optional("target_name"): probatio.All(cv.string, probatio.Length(min=1, max=100)),
    probatio.Optional("save", default=False): cv.boolean,
}

ACTIONS = (
    Action(
        name="capture",
        handler=_async_capture,
        fields=FIELDS,
        returns=SupportsResponse.OPTIONAL,
    ),
)
