"""Binary sensors of problems, and of an autofocus run in progress."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
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
from ..entities.entity import NinaEntity, async_add_when_seen
from ..entities.source import Follow
from ..night.detectors import DETECTORS, AutofocusFailed, Detector
from ..night.problems import ProblemState
from ..readings.equipment import EquipmentCoordinator
from ..runtime import NinaConfigEntry


@dataclass(frozen=True, kw_only=True)
class ProblemDescription(BinarySensorEntityDescription):
    """Describe a problem: the detector that finds it, and the version it needs."""

    detector: type[Detector]
    since: tuple[int, ...]


PROBLEMS: Final = tuple(
    ProblemDescription(
        key=detector.key,
        translation_key=detector.key,
        device_class=BinarySensorDeviceClass.PROBLEM,
        detector=detector,
        since=detector.since,
    )
    for detector in DETECTORS
)
AUTOFOCUS_RUNNING: Final = ProblemDescription(
    key="autofocus_running",
    translation_key="autofocus_running",
    device_class=BinarySensorDeviceClass.RUNNING,
    detector=AutofocusFailed,
    since=AutofocusFailed.since,
)


class NinaProblem(NinaEntity[EquipmentCoordinator], BinarySensorEntity):
    """A problem; unknown until it was evaluated, unavailable while nothing can show it."""

    entity_description: ProblemDescription

    @property
    def problem(self) -> ProblemState:
        """Return the state of the problem."""
        return self.runtime.problems.states[self.entity_description.detector.key]

    @override
    def follows(self) -> Iterable[Follow]:
        return [self.runtime.problems.async_add_listener]

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
        detector = self.problem.detector
        running = isinstance(detector, AutofocusFailed) and detector.under_way
        return running and not self.problem.active

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
    data = entry.runtime_data
    equipment, client, problems = data.equipment, data.client, data.problems

    def can_occur(description: ProblemDescription, device: Any) -> bool:
        """Return whether the device can have the problem, and the server can show it."""
        detector = problems.states[description.detector.key].detector
        return client.plugin.at_least(*description.since) and detector.can_occur(device)

    rows = [(NinaProblem, each) for each in PROBLEMS] + [(AutofocusRunning, AUTOFOCUS_RUNNING)]
    for make, description in rows:
        role = description.detector.role
        if role is Role.HUB:
            async_add_entities([make(equipment, role, description)])
            continue
        async_add_when_seen(
            entry,
            Platform.BINARY_SENSOR,
            role,
            [description],
            can_occur,
            partial(make, equipment, role),
            async_add_entities,
        )
