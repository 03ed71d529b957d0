"""Binary sensors of problems, and of an autofocus run in progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..entities.adding import async_add_rows
from ..entities.entity import RowDescription, RowEntity
from ..entities.source import PROBLEMS as SOURCE, Source
from ..night.detectors import DETECTORS, AutofocusFailed, Detector
from ..night.problems import Problems, ProblemState
from ..runtime import NinaConfigEntry, NinaRuntimeData


@dataclass(frozen=True, kw_only=True)
class ProblemDescription(RowDescription[Problems], BinarySensorEntityDescription):
    """Describe a problem: the detector that finds it."""

    source: Source[Problems] = SOURCE
    detector: type[Detector]

    @override
    def exists(self, data: NinaRuntimeData, role: Role) -> bool:
        """Return whether it can be shown, and the device can have it."""
        device, detector = data.equipment.data.device(role), self.state(data.problems).detector
        return super().exists(data, role) and (device is None or detector.can_occur(device))

    def state(self, problems: Problems) -> ProblemState:
        """Return the state of the problem."""
        return problems.states[self.detector.key]


PROBLEMS: Final = tuple(
    ProblemDescription(
        key=detector.key,
        translation_key=detector.key,
        device_class=BinarySensorDeviceClass.PROBLEM,
        device=detector.device,
        detector=detector,
        since=detector.since,
    )
    for detector in DETECTORS
)
AUTOFOCUS_RUNNING: Final = ProblemDescription(
    key="autofocus_running",
    translation_key="autofocus_running",
    device_class=BinarySensorDeviceClass.RUNNING,
    entity_registry_enabled_default=False,
    detector=AutofocusFailed,
    since=AutofocusFailed.since,
)


class NinaProblem(RowEntity, BinarySensorEntity):
    """A problem; unknown until it was evaluated, unavailable while nothing can show it."""

    entity_description: ProblemDescription

    @property
    def problem(self) -> ProblemState:
        """Return the state of the problem."""
        return self.entity_description.state(self.runtime.problems)

    @property
    @override
    def available(self) -> bool:
        """Return whether the problem can be detected: its device exists, or being missing is it."""
        state, detector = self.coordinator.data, self.problem.detector
        seen = self.role == Role.HUB or state.device(Role(self.role)) is not None
        reachable = state.reachable or detector.works_unreachable
        return reachable and (seen or detector.candidate is not None)

    @property
    @override
    def is_on(self) -> bool | None:
        return self.problem.active

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        problem = self.problem
        return {
            "reason": problem.reason,
            "since": problem.since,
            **problem.detector.attributes(),
        }

    @override
    def part(self) -> object:
        problem = self.problem
        return (problem.active, problem.reason, problem.since, problem.detector.attributes())


class AutofocusRunning(NinaProblem):
    """Whether an autofocus run is in progress: it began and has neither ended nor fallen silent."""

    @property
    @override
    def is_on(self) -> bool:
        return self.problem.detector.under_way and not self.problem.active

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        return {}

    @override
    def part(self) -> object:
        return self.is_on


@callback
def async_add_problems(
    entry: NinaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the problems that can occur with this equipment."""
    rows = [*((each, NinaProblem) for each in PROBLEMS), (AUTOFOCUS_RUNNING, AutofocusRunning)]
    for row, make in rows:
        tables = {row.detector.role: (row,)}
        async_add_rows(entry, Platform.BINARY_SENSOR, tables, make, async_add_entities)
