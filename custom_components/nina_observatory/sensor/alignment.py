"""Sensors of the polar alignment, available while one runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass

from ..api import Role
from ..control.polar_alignment import Alignment
from ..entities.entity import Follow, NinaEntity
from ..readings.catalog import CatalogCoordinator

ARC_MINUTES: Final = "arcmin"


@dataclass(frozen=True, kw_only=True)
class AlignmentSensorDescription(SensorEntityDescription):
    """Describe an error of the polar axis, which the plugin tells in degrees."""

    value_fn: Callable[[Alignment], float | None]


def _axis_error(
    key: str, value_fn: Callable[[Alignment], float | None]
) -> AlignmentSensorDescription:
    """Describe an error in arc minutes."""
    return AlignmentSensorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=ARC_MINUTES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=value_fn,
    )


ALIGNMENT_SENSORS: Final = (
    _axis_error("azimuth_error", lambda alignment: alignment.azimuth_error),
    _axis_error("altitude_error", lambda alignment: alignment.altitude_error),
    _axis_error("total_error", lambda alignment: alignment.total_error),
)


class AlignmentSensor(NinaEntity[CatalogCoordinator], SensorEntity):
    """An error of the polar axis."""

    entity_description: AlignmentSensorDescription

    def __init__(
        self, choices: CatalogCoordinator, description: AlignmentSensorDescription
    ) -> None:
        """Take the alignment of the entry."""
        super().__init__(choices, Role.HUB, description)
        self._alignment = self.runtime.alignment

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the alignment."""
        return (self._alignment.async_add_listener,)

    @property
    @override
    def available(self) -> bool:
        """Return whether an alignment runs."""
        return super().available and self._alignment.state.running

    @property
    @override
    def native_value(self) -> float | None:
        """Return the error in arc minutes, None before the first is known."""
        degrees = self.entity_description.value_fn(self._alignment.state)
        return None if degrees is None else degrees * 60

    @override
    def part(self) -> object:
        """Return the value alone."""
        return self.native_value
