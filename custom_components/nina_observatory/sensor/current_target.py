"""The current target, and the current instruction of the sequence."""

from collections.abc import Mapping
from typing import Any, Final

from ..api import plain
from ..api.coordinates import position_as_text
from ..entities.source import IMAGING
from ..helpers.devices import HubPart
from ..readings.current_target import CurrentTarget, current_instruction
from ..readings.scheduler_plan import SchedulerPlan
from ..runtime import NinaRuntimeData
from .description import NinaSensorDescription


def _plan(data: NinaRuntimeData) -> SchedulerPlan | None:
    """Return the plan of the Target Scheduler, if there is one."""
    return None if data.scheduler is None else data.scheduler.data


def _target(data: NinaRuntimeData) -> CurrentTarget:
    return data.present.now.target


def _instruction(data: NinaRuntimeData) -> str | None:
    equipment = data.equipment.data.equipment
    return current_instruction(data.sequence.data, data.frames.data, _plan(data), equipment)


def _target_attributes(data: NinaRuntimeData) -> Mapping[str, Any]:
    """Return the source of the target's name, and its coordinates."""
    target = _target(data)
    answer: dict[str, Any] = plain(target)
    del answer["name"]
    hours = None if target.right_ascension is None else target.right_ascension / 15
    return {**answer, "coordinates": position_as_text(hours, target.declination)}


# The current instruction; for the container of a scheduler, the target being imaged.
CURRENT_INSTRUCTION: Final = NinaSensorDescription[NinaRuntimeData](
    key="current_instruction",
    translation_key="current_instruction",
    device=HubPart.SEQUENCE,
    # A part of *Now imaging*.
    entity_registry_enabled_default=False,
    source=IMAGING,
    value_fn=_instruction,
    attributes_fn=lambda data: {"path": data.sequence.data.path},
)
# From the scheduler, else from the frames, else from the sequence. None while no sequence runs, and
# while the scheduler waits.
CURRENT_TARGET: Final = NinaSensorDescription[NinaRuntimeData](
    key="current_target",
    translation_key="current_target",
    device=HubPart.SEQUENCE,
    source=IMAGING,
    value_fn=lambda data: _target(data).name,
    attributes_fn=_target_attributes,
    part_fn=_target,
)
