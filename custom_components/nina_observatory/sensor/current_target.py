"""What is being imaged, and what the sequence does for that."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from ..entities.source import IMAGING
from ..readings.current_target import CurrentTarget, current_instruction, current_target
from ..readings.scheduler_plan import SchedulerPlan
from ..runtime import NinaRuntimeData
from .description import NinaSensorDescription


def _plan(data: NinaRuntimeData) -> SchedulerPlan | None:
    """Return what the Target Scheduler plans, where there is one."""
    return None if data.scheduler is None else data.scheduler.data


def _target(data: NinaRuntimeData) -> CurrentTarget:
    return current_target(data.sequence.data, data.frames.data, _plan(data))


def _instruction(data: NinaRuntimeData) -> str | None:
    equipment = data.equipment.data.equipment
    return current_instruction(data.sequence.data, data.frames.data, _plan(data), equipment)


def _witness(data: NinaRuntimeData) -> Mapping[str, Any]:
    """Return who names the target, and where it is."""
    answer = asdict(_target(data))
    del answer["name"]
    return answer


# What the sequence does; of the container of a scheduler, the target that is imaged.
CURRENT_INSTRUCTION: Final = NinaSensorDescription[NinaRuntimeData](
    key="current_instruction",
    translation_key="current_instruction",
    source=IMAGING,
    value_fn=_instruction,
    attributes_fn=lambda data: {"path": data.sequence.data.path},
)
# Of the scheduler, else of the frames, else of the sequence. None while no sequence runs, and while
# the scheduler waits.
CURRENT_TARGET: Final = NinaSensorDescription[NinaRuntimeData](
    key="current_target",
    translation_key="current_target",
    source=IMAGING,
    value_fn=lambda data: _target(data).name,
    attributes_fn=_witness,
)
