"""What it is imaging, and what it does for that: one answer, from whoever knows it best."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription

from ..api import Role
from ..entities.entity import Follow, NinaEntity
from ..readings.current_target import CurrentTarget, current_instruction, current_target
from ..readings.scheduler_plan import SchedulerPlan
from ..readings.sequence import SequenceCoordinator
from ..runtime import NinaConfigEntry
from .description import shown

CURRENT_INSTRUCTION: Final = SensorEntityDescription(
    key="current_instruction", translation_key="current_instruction"
)
CURRENT_TARGET: Final = SensorEntityDescription(
    key="current_target", translation_key="current_target"
)


class _Current(NinaEntity[SequenceCoordinator], SensorEntity):
    """What the sequence alone does not know of itself."""

    description: SensorEntityDescription

    def __init__(self, entry: NinaConfigEntry) -> None:
        """Follow the sequence; the others are followed once it is added."""
        super().__init__(entry.runtime_data.sequence, Role.HUB, self.description)
        self._entry = entry

    @override
    def follows(self) -> Iterable[Follow]:
        """Return everybody else who may know."""
        data = self._entry.runtime_data
        others = (data.frames, data.scheduler)
        return (other.async_add_listener for other in others if other is not None)

    @property
    def plan(self) -> SchedulerPlan | None:
        """Return what the Target Scheduler plans, where there is one."""
        scheduler = self._entry.runtime_data.scheduler
        return None if scheduler is None else scheduler.data

    @property
    @override
    def available(self) -> bool:
        """Return whether the sequence can be read."""
        return super().available and self.coordinator.data.reachable


class CurrentInstructionSensor(_Current):
    """What the sequence does; of the container of a scheduler, the target that is imaged."""

    description = CURRENT_INSTRUCTION

    @override
    def follows(self) -> Iterable[Follow]:
        """Return everybody else who may know; the equipment knows the filter."""
        return (*super().follows(), self._entry.runtime_data.equipment.async_add_listener)

    @property
    @override
    def native_value(self) -> str | None:
        """Return the name of what it does."""
        data = self._entry.runtime_data
        equipment = data.equipment.data.equipment
        found = current_instruction(data.sequence.data, data.frames.data, self.plan, equipment)
        return shown(found)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the names of the containers around it."""
        return {"path": self.coordinator.data.path}


class CurrentTargetSensor(_Current):
    """The target: of the scheduler, else of the frames, else of the sequence.

    Nothing while no sequence runs, and none while the scheduler waits.
    """

    description = CURRENT_TARGET

    @override
    def part(self) -> object:
        """Return the answer alone."""
        return self.answer

    @property
    def answer(self) -> CurrentTarget:
        """Return the target, who says so, and where it is."""
        data = self._entry.runtime_data
        return current_target(data.sequence.data, data.frames.data, self.plan)

    @property
    @override
    def native_value(self) -> str | None:
        """Return the name of the target."""
        return shown(self.answer.name)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return who says so, and where it is."""
        answer = asdict(self.answer)
        del answer["name"]
        return answer
