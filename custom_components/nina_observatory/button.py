"""Buttons: one-time actions, each confirmed by a reading like every other command."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Role, SequenceSkip
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
from .control.polar_alignment import PolarAlignment
from .entities.entity import EquipmentEntity, NinaEntity, async_add_when, async_add_when_seen
from .entities.source import Follow
from .errors import DisturbedError, Reason
from .procedures.connections import async_connect_all, async_disconnect_all
from .procedures.plan_request import async_read_plan
from .procedures.secure import Secure
from .procedures.start_up import StartUp
from .readings.catalog import CatalogCoordinator
from .readings.coordinator import NinaCoordinator
from .readings.equipment import EquipmentCoordinator
from .readings.target_scheduler import SchedulerCoordinator
from .runtime import NinaConfigEntry, NinaRuntimeData

PARALLEL_UPDATES = 0  # commands to one device run one after another

type Press = Callable[[HomeAssistant, NinaConfigEntry], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class NinaButtonDescription[DeviceT](ButtonEntityDescription):
    """Describe a button: its `command`, and `press` if it does more than send that.

    A hub button that is `always` available raises an error while N.I.N.A. does not answer; Home
    Assistant silently skips unavailable entities.
    """

    exists_fn: Callable[[DeviceT], bool] = lambda _: True
    command: Command[Any] | None = None
    press: Press | None = None
    always: bool = False


def _button(key: str, **more: Any) -> NinaButtonDescription[Any]:
    return NinaButtonDescription(key=key, translation_key=key, **more)


# The park position is set once and must never change by accident.
_SETTING: Final[dict[str, Any]] = {
    "entity_category": EntityCategory.CONFIG,
    "entity_registry_enabled_default": False,
}


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
        raise DisturbedError(Reason.CANNOT_CONNECT)
    others: list[NinaCoordinator[Any]] = [data.sequence, data.frames, data.settings, data.catalog]
    await asyncio.gather(*(coordinator.async_read() for coordinator in others))


async def _async_read_scheduler(data: NinaRuntimeData) -> None:
    """Refresh the Target Scheduler, whose server may be off on purpose."""
    if data.scheduler is not None:
        await data.scheduler.async_read()


BUTTONS: Final[dict[Role, tuple[NinaButtonDescription[Any], ...]]] = {
    Role.HUB: (
        _button("connect_all", press=async_connect_all),
        _button("disconnect_all", press=async_disconnect_all),
        _button("secure", press=_async_secure, always=True),
        _button("start_up", press=_async_start_up),
        _button("refresh", press=_async_refresh, entity_category=EntityCategory.DIAGNOSTIC),
        _button("reset_sequence", command=RESET_SEQUENCE),
        _button("skip_current", command=skip_sequence(SequenceSkip.CURRENT_ITEMS)),
        _button("skip_to_imaging", command=skip_sequence(SequenceSkip.TO_IMAGING)),
        _button("skip_to_end", command=skip_sequence(SequenceSkip.TO_END)),
    ),
    Role.CAMERA: (
        _button("abort_exposure", command=ABORT_EXPOSURE),
        _button(
            "warm_up",
            exists_fn=lambda camera: camera.can_set_temperature,
            command=COOLER_OFF,
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
        ),
        _button("meridian_flip", command=MERIDIAN_FLIP),
        _button("stop", command=STOP_MOUNT),
        _button(
            "set_park_position",
            exists_fn=lambda mount: mount.can_set_park,
            command=SET_MOUNT_PARK,
            **_SETTING,
        ),
    ),
    Role.FOCUSER: (
        _button("autofocus", command=AUTOFOCUS),
        _button("cancel_autofocus", command=CANCEL_AUTOFOCUS),
        _button("stop", command=STOP_FOCUSER),
    ),
    Role.ROTATOR: (_button("stop", command=STOP_ROTATOR),),
    Role.GUIDER: (
        _button(
            "clear_calibration",
            entity_category=EntityCategory.CONFIG,
            exists_fn=lambda guider: guider.can_clear_calibration,
            command=CLEAR_GUIDER_CALIBRATION,
        ),
    ),
    Role.DOME: (
        _button(
            "park",
            exists_fn=lambda dome: dome.can_park,
            command=PARK_DOME,
            press=_async_park_dome,
        ),
        _button(
            "find_home",
            exists_fn=lambda dome: dome.can_find_home,
            command=FIND_DOME_HOME,
        ),
        _button(
            "sync",
            exists_fn=lambda dome: dome.can_set_azimuth,
            command=SYNC_DOME,
        ),
        _button(
            "set_park_position",
            exists_fn=lambda dome: dome.can_set_park,
            command=SET_DOME_PARK_POSITION,
            **_SETTING,
        ),
    ),
}


ALIGNMENT_BUTTONS: Final = (
    ButtonEntityDescription(key="pause_alignment", translation_key="pause_alignment"),
    ButtonEntityDescription(key="resume_alignment", translation_key="resume_alignment"),
)
PAUSE_ALIGNMENT: Final = ALIGNMENT_BUTTONS[0]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of an entry."""
    data = entry.runtime_data
    if data.scheduler is not None:
        async_add_entities([RefreshPlan(data.scheduler, Role.SCHEDULER, REFRESH_PLAN)])
    for role, descriptions in BUTTONS.items():
        async_add_when_seen(
            entry,
            Platform.BUTTON,
            role,
            descriptions,
            lambda description, device: (
                description.exists_fn(device)
                and (description.command is None or data.runner.supports(description.command))
            ),
            partial(NinaHubButton if role is Role.HUB else NinaButton, data.equipment, role),
            async_add_entities,
        )
    async_add_when(
        entry,
        Platform.BUTTON,
        Role.HUB,
        [data.catalog],
        ALIGNMENT_BUTTONS,
        lambda _: data.catalog.data.aligns,
        partial(AlignmentButton, data.catalog, Role.HUB),
        async_add_entities,
    )


REFRESH_PLAN: Final = ButtonEntityDescription(key="refresh_plan", translation_key="refresh_plan")


class RefreshPlan(NinaEntity[SchedulerCoordinator], ButtonEntity):
    """Request a new preview of tonight; refused while anything is being imaged."""

    @override
    async def async_press(self) -> None:
        await async_read_plan(self.coordinator.config_entry)


class _Pressed(NinaEntity[EquipmentCoordinator], ButtonEntity):
    """The base of all buttons."""

    entity_description: NinaButtonDescription[Any]

    @override
    async def async_press(self) -> None:
        description = self.entity_description
        if description.press is not None:
            await description.press(self.hass, self.coordinator.config_entry)
        elif description.command is not None:
            await self.async_command(description.command)


class NinaHubButton(_Pressed):
    """A button of the hub; available while N.I.N.A. answers."""

    @property
    @override
    def available(self) -> bool:
        answers = super().available and self.coordinator.data.reachable
        return answers or self.entity_description.always

    @override
    def part(self) -> object:
        return None


class NinaButton(_Pressed, EquipmentEntity[Any]):
    """A button of a kind of equipment."""


class AlignmentButton(NinaEntity[CatalogCoordinator], ButtonEntity):
    """Pause or resume the polar alignment; available while that is possible."""

    @property
    def _alignment(self) -> PolarAlignment:
        return self.runtime.alignment

    @override
    def follows(self) -> Iterable[Follow]:
        return (self._alignment.async_add_listener,)

    @property
    def _pauses(self) -> bool:
        """Return whether the button pauses rather than resumes."""
        return self.entity_description is PAUSE_ALIGNMENT

    @property
    @override
    def available(self) -> bool:
        state = self._alignment.state
        return super().available and state.running and state.paused is not self._pauses

    @override
    def part(self) -> object:
        return None

    @override
    async def async_press(self) -> None:
        alignment = self._alignment
        await (alignment.async_pause() if self._pauses else alignment.async_resume())
