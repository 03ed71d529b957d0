"""The step at which a procedure is, for those who watch the roof close."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription

from ..api import Role
from ..control.procedure import Step
from ..entities.entity import Follow, NinaEntity
from ..readings.equipment import EquipmentCoordinator
from ..runtime import NinaConfigEntry

IDLE: Final = "idle"

PROCEDURE: Final = SensorEntityDescription(
    key="procedure_step",
    translation_key="procedure_step",
    device_class=SensorDeviceClass.ENUM,
    options=[IDLE, *(step.value for step in Step)],
)


class ProcedureStep(NinaEntity[EquipmentCoordinator], SensorEntity):
    """The step under way, or idle; the results of the last run are kept as attributes."""

    _unrecorded_attributes = frozenset({"steps"})

    def __init__(self, entry: NinaConfigEntry) -> None:
        """Take the procedures of the entry."""
        super().__init__(entry.runtime_data.equipment, Role.HUB, PROCEDURE)
        self._procedures = entry.runtime_data.procedures

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the procedures, which tell of every step."""
        return (self._procedures.async_add_listener,)

    @property
    @override
    def available(self) -> bool:
        """Return that this is always known, whoever else does not answer."""
        return True

    @property
    @override
    def native_value(self) -> str:
        """Return the step under way."""
        running = self._procedures.running
        return IDLE if running is None or running.current is None else running.current.value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return the procedure that runs or ran last, how far it is, and what became of it."""
        last = self._procedures.last
        if last is None:
            return None
        return {
            "procedure": last.name,
            "progress": round(100 * len(last.results) / len(last.steps)) if last.steps else 100,
            "steps": [last.results[step].as_data() for step in last.steps if step in last.results],
        }

    @override
    def part(self) -> object:
        """Return the step and how far the procedure is."""
        last = self._procedures.last
        return (self.native_value, None if last is None else (last.name, len(last.results)))
