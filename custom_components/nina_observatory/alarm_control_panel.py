"""The night watch as an alarm control panel, for sirens, keypads, and notifications."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.alarm_control_panel import (
    AlarmControlPanelEntity,
    AlarmControlPanelEntityDescription,
    AlarmControlPanelEntityFeature,
    AlarmControlPanelState,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Role
from .entities.adding import async_add_rows
from .entities.entity import RowDescription, RowEntity
from .entities.source import NIGHT_WATCH as SOURCE
from .night.watch import WATCH_KEY, NightWatch
from .night.watch_state import WatchMode
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # nothing is sent


@dataclass(frozen=True, kw_only=True)
class NinaAlarmDescription(RowDescription[NightWatch], AlarmControlPanelEntityDescription):
    """Describe an alarm control panel."""


def _attributes(watch: NightWatch) -> Mapping[str, object]:
    """Return the problems, and what the watch waits for."""
    machine, memory = watch.machine, watch.machine.memory
    by_hand = None if memory.mode is None else "person"
    return {
        "problem": machine.problem,
        "problems": machine.problems,
        "acknowledged": machine.acknowledged,
        "waits_for": machine.waits_for,
        "armed_by": "sequence" if memory.automatic else by_hand,
        "triggers_at": watch.when(machine.triggers_at),
        "since": watch.when(memory.since),
    }


NIGHT_WATCH: Final = NinaAlarmDescription(
    key=WATCH_KEY,
    translation_key=WATCH_KEY,
    source=SOURCE,
    attributes_fn=_attributes,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the night watch of an entry."""
    tables = {Role.HUB: (NIGHT_WATCH,)}
    async_add_rows(entry, Platform.ALARM_CONTROL_PANEL, tables, NinaNightWatch, async_add_entities)


class NinaNightWatch(RowEntity, AlarmControlPanelEntity):
    """The night watch, armed by a sequence or by hand; no code is needed."""

    entity_description: NinaAlarmDescription
    _attr_code_arm_required = False
    _attr_supported_features = (
        AlarmControlPanelEntityFeature.ARM_AWAY | AlarmControlPanelEntityFeature.ARM_NIGHT
    )

    @property
    @override
    def alarm_state(self) -> AlarmControlPanelState | None:
        return self.read(lambda watch: AlarmControlPanelState(watch.machine.state))

    @override
    async def async_alarm_arm_away(self, code: str | None = None) -> None:
        """Arm until somebody disarms it."""
        self._arm(WatchMode.AWAY)

    @override
    async def async_alarm_arm_night(self, code: str | None = None) -> None:
        """Arm until the night's work is done."""
        self._arm(WatchMode.NIGHT)

    @override
    async def async_alarm_disarm(self, code: str | None = None) -> None:
        """Disarm until the next sequence."""
        if (watch := self.runtime.watch) is not None:
            watch.async_disarm()

    def _arm(self, mode: WatchMode) -> None:
        if (watch := self.runtime.watch) is not None:
            watch.async_arm(mode)

    @override
    def part(self) -> object:
        """Return the inputs of state and attributes; dates from loop time are never equal."""
        return self.read(_part)


def _part(watch: NightWatch) -> object:
    machine, memory = watch.machine, watch.machine.memory
    return (
        machine.state,
        machine.problem,
        machine.problems,
        machine.acknowledged,
        machine.waits_for,
        memory.automatic,
        machine.triggers_at,
        memory.since,
    )
