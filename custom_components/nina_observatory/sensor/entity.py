"""The sensors themselves: one class for equipment, one for moments, one for other snapshots."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util
from homeassistant.util.variance import ignore_variance

from ..api import Profile, Role
from ..entities.entity import EquipmentEntity, Follow, NinaEntity
from ..readings.coordinator import NinaCoordinator
from ..readings.equipment import EquipmentCoordinator
from .description import NinaDerivedDescription, NinaMomentDescription, NinaSensorDescription, shown


class _DescribedSensor(SensorEntity):
    """A sensor that shows what its description picks from a source."""

    entity_description: NinaSensorDescription[Any]

    @property
    @abstractmethod
    def source(self) -> Any | None:
        """Return what the description picks from, None while it cannot be read."""

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the value in its native unit, None where it is not known."""
        return None if self.source is None else shown(self.entity_description.value_fn(self.source))

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what belongs to the value, such as another notation of it."""
        attributes_fn = self.entity_description.attributes_fn
        if self.source is None or attributes_fn is None:
            return None
        return attributes_fn(self.source)

    def part(self) -> object:
        """Return what is shown: most values of a source stay when one changes."""
        return (self.native_value, self.extra_state_attributes)


class NinaSensor(_DescribedSensor, EquipmentEntity[Any]):
    """A reading of a kind of equipment."""

    # The same value once more, as astronomers write it.
    _unrecorded_attributes = frozenset({"sexagesimal"})

    @property
    @override
    def source(self) -> Any | None:
        """Return the device."""
        return self.device


class NinaSnapshotSensor[CoordinatorT: NinaCoordinator[Any]](
    _DescribedSensor, NinaEntity[CoordinatorT]
):
    """A value from all that a coordinator keeps, readable also while N.I.N.A. is closed."""

    @property
    @override
    def source(self) -> Any | None:
        """Return the snapshot."""
        return self.coordinator.data


class _ProfiledSensor(EquipmentEntity[Any], SensorEntity):
    """A sensor that is computed with the help of the active profile."""

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the profile."""
        return [self.runtime.settings.async_add_listener]

    @property
    def profile(self) -> Profile | None:
        """Return the active profile."""
        return self.runtime.settings.data.profile

    @override
    def part(self) -> object:
        """Return the value alone."""
        return self.native_value


class NinaDerived(_ProfiledSensor):
    """A value that no device reads: it follows from a reading and the profile."""

    entity_description: NinaDerivedDescription[Any]

    @property
    @override
    def native_value(self) -> StateType:
        """Return the value, None where something is missing that it follows from."""
        if self.device is None or self.profile is None:
            return None
        return self.entity_description.derive_fn(self.device, self.profile)


class NinaMoment(_ProfiledSensor):
    """A moment that a reading announces, kept still while it only wavers."""

    entity_description: NinaMomentDescription[Any]

    def __init__(
        self, equipment: EquipmentCoordinator, role: Role, description: NinaMomentDescription[Any]
    ) -> None:
        """Begin with no moment known."""
        super().__init__(equipment, role, description)
        self._steady = ignore_variance(_itself, description.variance)

    @property
    def _read_at(self) -> datetime:
        """Return when the reading of the device was taken."""
        age = self.coordinator.hass.loop.time() - self.coordinator.data.read_at[self.role]
        return dt_util.utcnow() - timedelta(seconds=age)

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the moment, None while there is none to expect."""
        if self.device is None:
            return None
        moment = self.entity_description.moment_fn(self.device, self._read_at, self.profile)
        return None if moment is None else self._steady(moment)


def _itself(moment: datetime) -> datetime:
    """Return the moment as it is."""
    return moment
