"""Actions for connecting equipment and for the profile of N.I.N.A."""

from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers import device_registry as dr
from homeassistant.util.json import JsonValueType
import probatio

from ..api import DEVICE_MODELS, AvailableDevice, Role, plain
from ..api.endpoints.equipment import EquipmentEndpoint
from ..const import Needs, Question
from ..control.commands.connection import connect, disconnect
from ..control.commands.profile import switch_profile
from ..errors import Reason, RefusedError, translated_errors
from ..helpers.permissions import EVERYTHING
from ..procedures.connections import async_connect_all, async_disconnect_all
from ..readings.catalog import profile_names
from .action import Action, Call
from .choices import Choice
from .fields import FieldError, choice, text

ALL: Final = "all"

DEVICES = {probatio.Required("device"): choice(*DEVICE_MODELS, ALL)}


def _device_id(value: object) -> str:
    """Return the id of a device in N.I.N.A.; raises FieldError.

    Home Assistant has the ids of its own devices in lists.
    """
    if isinstance(value, list | tuple):
        raise FieldError(Reason.FIELD_NO_DRIVER_ID, value)
    return text()(value)


async def _async_connect(call: Call) -> None:
    device_id = call.data.get("device_id")
    if device_id is not None and dr.async_get(call.hass).async_get(device_id) is not None:
        raise RefusedError(Reason.FIELD_NO_DRIVER_ID, field="device_id", value=device_id)
    if call.data["device"] != ALL:
        await call.async_run(connect(Role(call.data["device"]), device_id))
    elif device_id is not None:
        raise RefusedError(Reason.DEVICE_ID_OF_ALL)
    else:
        await async_connect_all(call.hass, call.entry)


async def _async_disconnect(call: Call) -> None:
    if call.data["device"] == ALL:
        await async_disconnect_all(call.hass, call.entry)
    else:
        await call.async_run(disconnect(Role(call.data["device"])))


async def _async_each(
    call: Call,
    ask: Callable[[Role], Awaitable[tuple[AvailableDevice, ...]]],
    asked: Question,
) -> ServiceResponse:
    """Return the devices of one kind or of all, requested one after another."""
    kind = call.data["device"]
    devices: list[JsonValueType] = []
    async with translated_errors(asked):
        for role in DEVICE_MODELS if kind == ALL else (Role(kind),):
            devices += [{"device": role.value, **plain(found)} for found in await ask(role)]
    return {"devices": devices}


async def _async_switch_profile(call: Call) -> None:
    """Activate another profile by its name or id."""
    wanted = call.data["profile"]
    async with translated_errors(Question.PROFILES):
        profiles = await call.client.profile.get_all()
    found = [each.id for each in profiles if wanted in (each.id, each.name)]
    if not found and wanted in (named := profile_names(profiles)):
        found = [named[wanted]]
    if len(found) != 1:
        raise RefusedError(
            Reason.PROFILE_AMBIGUOUS if found else Reason.PROFILE_UNKNOWN, profile=wanted
        )
    await call.async_run(switch_profile(found[0]))


ACTIONS = (
    Action(
        name="connect",
        needs=Needs.CONTROL,
        roles=EVERYTHING,
        handler=_async_connect,
        fields={**DEVICES, probatio.Optional("device_id"): _device_id},
    ),
    Action(
        name="disconnect",
        needs=Needs.CONTROL,
        roles=EVERYTHING,
        handler=_async_disconnect,
        fields=DEVICES,
    ),
    Action(
        name="list_devices",
        needs=Needs.READ,
        roles=(Role.HUB,),
        # Those that N.I.N.A. found in its last scan.
        handler=lambda call: _async_each(
            call, call.client.equipment.get_available, Question.DEVICES
        ),
        fields=DEVICES,
        returns=SupportsResponse.ONLY,
        methods=(EquipmentEndpoint.get_available,),
    ),
    Action(
        name="rescan_devices",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=lambda call: _async_each(call, call.client.equipment.rescan, Question.RESCAN),
        fields=DEVICES,
        returns=SupportsResponse.OPTIONAL,
        methods=(EquipmentEndpoint.rescan,),
    ),
    Action(
        name="switch_profile",
        needs=Needs.CONTROL,
        roles=(Role.HUB,),
        handler=_async_switch_profile,
        fields={probatio.Required("profile"): text()},
        choices={"profile": Choice.PROFILES},
    ),
)
