"""The current step of a procedure."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory

from ..control.procedure import Procedures, Step
from ..entities.source import PROCEDURES
from .description import NinaSensorDescription

IDLE: Final = "idle"


def _step(procedures: Procedures) -> str:
    """Return the step in progress, or idle."""
    running = procedures.running
    return IDLE if running is None or running.current is None else running.current.value


def _results(procedures: Procedures) -> Mapping[str, Any] | None:
    """Return the running or last procedure, its progress, and its results."""
    if (last := procedures.last) is None:
        return None
    return {
        "procedure": last.name,
        "progress": round(100 * len(last.results) / len(last.steps)) if last.steps else 100,
        "steps": [
            last.results[step].as_data(last.hass) for step in last.steps if step in last.results
        ],
    }


def _part(procedures: Procedures) -> object:
    """Return the step and the progress of the procedure."""
    last = procedures.last
    return (_step(procedures), None if last is None else (last.name, len(last.results)))


# Always known, even if no server answers.
PROCEDURE: Final = NinaSensorDescription[Procedures](
    key="procedure_step",
    translation_key="procedure_step",
    source=PROCEDURES,
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=[IDLE, *(step.value for step in Step)],
    value_fn=_step,
    attributes_fn=_results,
    part_fn=_part,
)
