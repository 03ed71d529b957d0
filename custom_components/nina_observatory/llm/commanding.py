"""Tools that command, by the actions of the integration; they report what those have proven."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, Platform
from homeassistant.core import HomeAssistant, ServiceResponse, callback
from homeassistant.helpers.llm import ToolAnnotations
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..api import Dome, Mount, Role, ShutterState
from ..const import CONF_LANGUAGE_MODELS, CONF_READ_ONLY, DOMAIN, LOGGER, Needs
from ..errors import EndedError, Reason, RefusedError
from ..helpers.permissions import async_require
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .tool import ObservatoryTool, Query, Shown

# Seconds after which a tool responds although the command is still under way: agents and their
# clients give up after about a minute.
PATIENCE: Final = 50.0

# A command that is proven already is not sent again.
PROTECTING: Final = ToolAnnotations(idempotent=True, open_world=False)
BEGINNING: Final = ToolAnnotations(open_world=False)

NOT_DONE: Final[JsonObjectType] = {"done": False}

type Run = Callable[[Query], Awaitable[ServiceResponse]]
type Proven = Callable[[NinaRuntimeData, Mapping[str, Any]], bool]


def _action(name: str, *, responds: bool = False, **fields: object) -> Run:
    """Return what carries out an action of the integration, with the user of the conversation."""

    async def run(query: Query) -> ServiceResponse:
        return await query.hass.services.async_call(
            DOMAIN,
            name,
            {ATTR_CONFIG_ENTRY_ID: query.entry.entry_id, **fields},
            blocking=True,
            context=query.context,
            return_response=responds,
        )

    return run


async def _async_close_roof(query: Query) -> None:
    """Close the roof as its entity does; the action of that entity skips an unavailable one."""
    hass, entry = query.hass, query.entry
    await async_require(hass, query.context, entry, Needs.CONTROL, (Role.DOME,))
    loaded: NinaConfigEntry = async_get_config_entry(hass, DOMAIN, entry.entry_id)
    await loaded.runtime_data.roof.async_close()


def _parked(data: NinaRuntimeData, _response: Mapping[str, Any]) -> bool:
    device = data.equipment.data.device(Role.MOUNT)
    return isinstance(device, Mount) and device.parked is True


def _shutter(wanted: ShutterState) -> Proven:
    def proven(data: NinaRuntimeData, _response: Mapping[str, Any]) -> bool:
        device = data.equipment.data.device(Role.DOME)
        return isinstance(device, Dome) and device.shutter is wanted

    return proven


def _runs(data: NinaRuntimeData, _response: Mapping[str, Any]) -> bool:
    return data.sequence.data.running is True


def _reported(key: str) -> Proven:
    """Return what finds in the report of a procedure whether something is proven."""
    return lambda _data, response: response.get(key) is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A tool that commands: what it carries out, and what has to be proven afterward.

    `shown` is the entity that does the same and has to be exposed. An order that `begins` something
    needs the option of the entry, too.
    """

    name: str
    title: str
    description: str
    shown: Shown
    run: Run
    proven: Mapping[str, Proven]
    begins: bool = False

    @callback
    def is_exposed(self, hass: HomeAssistant, entry: NinaConfigEntry, assistant: str) -> bool:
        """Return whether the tool may be used for an observatory."""
        options = entry.options
        if options.get(CONF_READ_ONLY) or (self.begins and not options.get(CONF_LANGUAGE_MODELS)):
            return False
        return self.shown.exposed_id(hass, entry, assistant) is not None


class OrderTool(ObservatoryTool):
    """A tool that carries out the order of its row."""

    def __init__(self, row: Order, within: Mapping[str, str]) -> None:
        super().__init__(row.name, within)
        self._row = row
        self.title, self.description = row.title, row.description
        self.annotations = BEGINNING if row.begins else PROTECTING

    @property
    @override
    def _failure(self) -> JsonObjectType:
        return {**NOT_DONE}

    @override
    async def _async_respond(self, query: Query) -> JsonObjectType:
        """Carry out the order, and return what a reading proves; it goes on if nobody waits."""
        row, hass, entry = self._row, query.hass, query.entry
        if not row.is_exposed(hass, entry, query.assistant):
            raise RefusedError(Reason.NOT_EXPOSED)
        task = entry.async_create_background_task(
            hass, self._async_carry_out(query), f"{entry.title} {self.name}"
        )
        try:
            await asyncio.wait([task], timeout=PATIENCE)
        finally:
            if not task.done():
                task.add_done_callback(_log_error)
        if not task.done():
            return {**NOT_DONE, "in_progress": True, "waited_seconds": round(PATIENCE)}
        if task.cancelled():
            raise EndedError(Reason.UNLOADED)
        response = task.result()
        proven: list[JsonValueType] = [
            key for key, is_proven in row.proven.items() if is_proven(query.data, response)
        ]
        return {"done": True, "confirmed": proven} if proven else {**NOT_DONE, "confirmed": []}

    async def _async_carry_out(self, query: Query) -> Mapping[str, Any]:
        """Carry out the order and return the response of its action; raises HomeAssistantError."""
        return await self._row.run(query) or {}


@callback
def _log_error(task: asyncio.Task[Mapping[str, Any]]) -> None:
    """Log the error of an order for which nobody waits any more, by the name of its task."""
    if not task.cancelled() and (err := task.exception()) is not None:
        LOGGER.warning("%s: %s", task.get_name(), err)


_RESULT: Final = (
    " Returns done with what readings have confirmed; in_progress means that it continues."
)

SHUTTER: Final = Shown(Platform.COVER, Role.DOME, "shutter")

ORDERS: Final = (
    Order(
        name="secure",
        title="Secure the observatory",
        description=(
            "Ends the night: stops imaging, parks the telescope, and closes the roof, as far as the "
            "user has chosen these steps." + _RESULT
        ),
        shown=Shown(Platform.BUTTON, Role.HUB, "secure"),
        run=_action("secure", responds=True),
        proven={key: _reported(key) for key in ("imaging_stopped", "mount_parked", "roof_closed")},
    ),
    Order(
        name="park_mount",
        title="Park the telescope",
        description="Parks the mount of the telescope." + _RESULT,
        shown=Shown(Platform.BUTTON, Role.MOUNT, "park"),
        run=_action("park"),
        proven={"mount_parked": _parked},
    ),
    Order(
        name="close_roof",
        title="Close the observatory roof",
        description="Closes the roof or dome shutter of the observatory." + _RESULT,
        shown=SHUTTER,
        run=_async_close_roof,
        proven={"roof_closed": _shutter(ShutterState.CLOSED)},
    ),
    Order(
        name="open_roof",
        title="Open the observatory roof",
        description=(
            "Opens the roof or dome shutter of the observatory; only if the user asked for exactly "
            "that. Refused while it is not safe." + _RESULT
        ),
        shown=SHUTTER,
        run=_action("open_roof"),
        proven={"roof_open": _shutter(ShutterState.OPEN)},
        begins=True,
    ),
    Order(
        name="start_sequence",
        title="Start the imaging sequence",
        description=(
            "Starts the sequence that is loaded in N.I.N.A., which may move the telescope; only if "
            "the user asked for exactly that." + _RESULT
        ),
        shown=Shown(Platform.SWITCH, Role.HUB, "sequence"),
        run=_action("start_sequence", skip_validation=False),
        proven={"sequence_running": _runs},
        begins=True,
    ),
)
