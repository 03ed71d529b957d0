"""Buttons: one-time actions, each confirmed by a reading like every other command."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Role, SequenceSkip
from .const import CONF_READ_ONLY
from .control.command import Command
from .control.commands.camera import ABORT_EXPOSURE, COOLER_OFF
from .control.commands.dome import FIND_DOME_HOME, PARK_DOME, SET_DOME_PARK_POSITION, SYNC_DOME
from .control.commands.focuser import AUTOFOCUS, CANCEL_AUTOFOCUS, STOP_FOCUSER
from .control.commands.guider import CLEAR_GUIDER_CALIBRATION
from .control.commands.mount import (
    FIND_HOME,
    MERIDIAN_FLIP,
    PARK_MOUNT,
    SET_MOUNT_PARK,
    STOP_MOUNT,
    UNPARK_MOUNT,
)
from .control.commands.rotator import STOP_ROTATOR
from .control.commands.sequence import RESET_SEQUENCE, skip_sequence
from .control.runner import CommandRunner
from .entities.adding import async_add_rows
from .entities.entity import CommandRowDescription, RowEntity, own_device_class
from .entities.source import ALIGNMENT_PLUGIN, ANSWERING, NIGHT_WATCH, SCHEDULER_SERVER, SERVER
from .errors import Reason, TransientError
from .helpers.devices import HubPart
from .night.watch import ACKNOWLEDGE_KEY
from .procedures.connections import async_connect_all, async_disconnect_all
from .procedures.plan_request import async_read_plan
from .procedures.secure import Secure
from .procedures.start_up import StartUp
from .readings.coordinator import NinaCoordinator
from .runtime import NinaConfigEntry, NinaRuntimeData

PARALLEL_UPDATES = 0  # commands to one device run one after another

type Press = Callable[[HomeAssistant, NinaConfigEntry], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class NinaButtonDescription[SourceT](CommandRowDescription[SourceT], ButtonEntityDescription):
    """Describe a button: its `command`, and `press_fn` if it does more than send that."""

    command: Command[Any] | None = None
    press_fn: Press | None = None

    @override
    def is_supported(self, runner: CommandRunner, reading: SourceT) -> bool:
        return self.command is None or runner.supports(self.command)


def _button(key: str, **more: Any) -> NinaButtonDescription[Any]:
    return NinaButtonDescription(key=key, translation_key=key, **more)


def _hub_button(key: str, **more: Any) -> NinaButtonDescription[Any]:
    """Describe a button of the hub, available while N.I.N.A. answers."""
    return _button(key, **{"source": ANSWERING, **more})


_CONFIG: Final[dict[str, Any]] = {"entity_category": EntityCategory.CONFIG}
# Of buttons that few people need: actions and the sequence do the same.
_OFF: Final[dict[str, Any]] = {"entity_registry_enabled_default": False}
# Settings that must never change by accident.
_SETTING: Final[dict[str, Any]] = {**_CONFIG, **_OFF}


def _sequence_button(key: str, **more: Any) -> NinaButtonDescription[Any]:
    """Describe a button of the sequence."""
    return _hub_button(key, device=HubPart.SEQUENCE, **_CONFIG, **more)


async def _async_park_dome(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    await entry.runtime_data.roof.async_park()


async def _async_secure(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    await entry.runtime_data.procedures.async_preempt(Secure(hass, entry))


async def _async_start_up(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Start the night as the options define it."""
    await entry.runtime_data.procedures.async_run(StartUp(hass, entry))


async def _async_refresh(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Refresh everything; raises HomeAssistantError if N.I.N.A. does not answer."""
    data: NinaRuntimeData = entry.runtime_data
    state, _ = await asyncio.gather(data.equipment.async_read(), _async_read_scheduler(data))
    if not state.reachable:
        raise TransientError(Reason.CANNOT_CONNECT)
    others: list[NinaCoordinator[Any]] = [data.sequence, data.frames, data.settings, data.catalog]
    await asyncio.gather(*(coordinator.async_read() for coordinator in others))


async def _async_read_scheduler(data: NinaRuntimeData) -> None:
    """Refresh the Target Scheduler, whose server may be off on purpose."""
    if data.scheduler is not None:
        await data.scheduler.async_read()


async def _async_read_plan(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Request a new preview of tonight; refused while anything is being imaged."""
    await async_read_plan(entry)


async def _async_pause(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    await entry.runtime_data.alignment.async_pause()


async def _async_resume(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    await entry.runtime_data.alignment.async_resume()


async def _async_acknowledge(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Acknowledge the alarm of the night watch, which goes on."""
    if (watch := entry.runtime_data.watch) is not None:
        watch.async_acknowledge()


# During an alarm, the cards of Home Assistant offer only to disarm. It sends nothing to N.I.N.A., so a
# read-only entry has it, too.
ACKNOWLEDGE_ALARM: Final = _button(ACKNOWLEDGE_KEY, source=NIGHT_WATCH, press_fn=_async_acknowledge)
REFRESH_PLAN: Final = _button("refresh_plan", source=SCHEDULER_SERVER, press_fn=_async_read_plan)
ALIGNMENT_BUTTONS: Final = (
    _button(
        "pause_alignment",
        source=ALIGNMENT_PLUGIN,
        press_fn=_async_pause,
        **_OFF,
    ),
    _button(
        "resume_alignment",
        source=ALIGNMENT_PLUGIN,
        press_fn=_async_resume,
        **_OFF,
    ),
)

BUTTONS: Final[dict[Role, tuple[NinaButtonDescription[Any], ...]]] = {
    Role.HUB: (
        _hub_button("connect_all", press_fn=async_connect_all, **_CONFIG),
        _hub_button("disconnect_all", press_fn=async_disconnect_all, **_CONFIG),
        # Available even while N.I.N.A. does not answer: Home Assistant skips unavailable entities,
        # and the user would not see that nothing was secured.
        _hub_button("secure", source=SERVER, press_fn=_async_secure),
        _hub_button("start_up", press_fn=_async_start_up),
        _hub_button(
            "refresh",
            press_fn=_async_refresh,
            entity_category=EntityCategory.DIAGNOSTIC,
            **_OFF,
        ),
        _sequence_button("reset_sequence", command=RESET_SEQUENCE),
        _sequence_button("skip_current", command=skip_sequence(SequenceSkip.CURRENT_ITEMS)),
        _sequence_button("skip_to_imaging", command=skip_sequence(SequenceSkip.TO_IMAGING), **_OFF),
        _sequence_button("skip_to_end", command=skip_sequence(SequenceSkip.TO_END), **_OFF),
        *ALIGNMENT_BUTTONS,
        ACKNOWLEDGE_ALARM,
    ),
    Role.SCHEDULER: (REFRESH_PLAN,),
    Role.CAMERA: (
        _button("abort_exposure", command=ABORT_EXPOSURE),
        _button(
            "warm_up",
            exists_fn=lambda camera: camera.can_set_temperature,
            command=COOLER_OFF,
            **_OFF,
        ),
    ),
    Role.MOUNT: (
        _button(
            "park",
            exists_fn=lambda mount: mount.can_park,
            command=PARK_MOUNT,
        ),
        _button(
            "unpark",
            exists_fn=lambda mount: mount.can_park,
            command=UNPARK_MOUNT,
        ),
        _button(
            "find_home",
            exists_fn=lambda mount: mount.can_find_home,
            command=FIND_HOME,
            **_OFF,
        ),
        _button("meridian_flip", command=MERIDIAN_FLIP, **_OFF),
        _button("stop", command=STOP_MOUNT),
        _button(
            "set_park_position",
            exists_fn=lambda mount: mount.can_set_park,
            command=SET_MOUNT_PARK,
            **_SETTING,
        ),
    ),
    Role.FOCUSER: (
        _button("autofocus", command=AUTOFOCUS, device_class=own_device_class("autofocus")),
        _button("cancel_autofocus", command=CANCEL_AUTOFOCUS, **_OFF),
        _button("stop", command=STOP_FOCUSER, **_OFF),
    ),
    Role.ROTATOR: (_button("stop", command=STOP_ROTATOR, **_OFF),),
    Role.GUIDER: (
        _button(
            "clear_calibration",
            exists_fn=lambda guider: guider.can_clear_calibration,
            command=CLEAR_GUIDER_CALIBRATION,
            **_SETTING,
        ),
    ),
    Role.DOME: (
        _button(
            "park",
            exists_fn=lambda dome: dome.can_park,
            command=PARK_DOME,
            press_fn=_async_park_dome,
        ),
        _button(
            "find_home",
            exists_fn=lambda dome: dome.can_find_home,
            command=FIND_DOME_HOME,
            **_OFF,
        ),
        _button(
            "sync",
            exists_fn=lambda dome: dome.can_set_azimuth,
            command=SYNC_DOME,
            **_OFF,
        ),
        _button(
            "set_park_position",
            exists_fn=lambda dome: dome.can_set_park,
            command=SET_DOME_PARK_POSITION,
            **_SETTING,
        ),
    ),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of an entry."""
    tables = BUTTONS
    if entry.options.get(CONF_READ_ONLY):
        tables = {Role.HUB: (ACKNOWLEDGE_ALARM,)}
    async_add_rows(entry, Platform.BUTTON, tables, NinaButton, async_add_entities)


class NinaButton(RowEntity, ButtonEntity):
    """A button that its row describes."""

    entity_description: NinaButtonDescription[Any]

    @override
    def part(self) -> object:
        """Return nothing: readings change only whether it can be pressed."""
        return None

    @override
    async def async_press(self) -> None:
        row = self.entity_description
        if row.press_fn is not None:
            await row.press_fn(self.hass, self.coordinator.config_entry)
        elif row.command is not None:
            await self.async_command(row.command)
