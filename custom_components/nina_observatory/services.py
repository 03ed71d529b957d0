"""Actions of the integration; each names its rig and returns when the rig shows the effect."""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
import probatio

from .api import ImageType
from .capture import async_capture
from .commands import PARK_MOUNT, STOP_SEQUENCE, UNPARK_MOUNT, start_sequence
from .const import DOMAIN
from .coordinator import NinaConfigEntry

type Handler = Callable[[NinaConfigEntry, dict[str, Any]], Coroutine[Any, Any, ServiceResponse]]


async def _async_park(entry: NinaConfigEntry, data: dict[str, Any]) -> None:
    """Park the mount."""
    await entry.runtime_data.commander.async_run(PARK_MOUNT)


async def _async_unpark(entry: NinaConfigEntry, data: dict[str, Any]) -> None:
    """Unpark the mount."""
    await entry.runtime_data.commander.async_run(UNPARK_MOUNT)


async def _async_start_sequence(entry: NinaConfigEntry, data: dict[str, Any]) -> None:
    """Start the loaded sequence."""
    command = start_sequence(skip_validation=data["skip_validation"])
    await entry.runtime_data.commander.async_run(command)


async def _async_stop_sequence(entry: NinaConfigEntry, data: dict[str, Any]) -> None:
    """Stop the running sequence."""
    await entry.runtime_data.commander.async_run(STOP_SEQUENCE)


CAPTURE_SCHEMA = {
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

ACTIONS: dict[str, tuple[Handler, dict[Any, Any], SupportsResponse]] = {
    "capture": (async_capture, CAPTURE_SCHEMA, SupportsResponse.OPTIONAL),
    "park": (_async_park, {}, SupportsResponse.NONE),
    "unpark": (_async_unpark, {}, SupportsResponse.NONE),
    "start_sequence": (
        _async_start_sequence,
        {probatio.Optional("skip_validation", default=True): cv.boolean},
        SupportsResponse.NONE,
    ),
    "stop_sequence": (_async_stop_sequence, {}, SupportsResponse.NONE),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, (handler, fields, response) in ACTIONS.items():
        hass.services.async_register(
            DOMAIN,
            name,
            _for_entry(handler),
            schema=probatio.Schema({probatio.Required(ATTR_CONFIG_ENTRY_ID): str, **fields}),
            supports_response=response,
        )


def _for_entry(
    handler: Handler,
) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
    """Wrap a handler so that it receives the entry it was called for."""

    async def handle(call: ServiceCall) -> ServiceResponse:
        """Find the entry, which raises translated errors itself, and carry out the action."""
        entry = async_get_config_entry(call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID])
        return await handler(entry, dict(call.data))

    return handle
