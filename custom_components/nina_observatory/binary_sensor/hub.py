"""Binary sensors of the hub: whether N.I.N.A. answers, pushes its events, and images."""

from collections.abc import Iterable
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory

from ..api import CameraState
from ..entities.entity import Follow, NinaEntity
from ..readings.equipment import EquipmentCoordinator
from ..readings.target_scheduler import SchedulerCoordinator

READING_OUT: Final = (CameraState.READING, CameraState.DOWNLOAD)


class HubBinarySensor(NinaEntity[EquipmentCoordinator], BinarySensorEntity):
    """A binary sensor of the hub that writes when its state changes."""

    @override
    def part(self) -> object:
        """Return the state alone."""
        return self.is_on


class NinaReachable(HubBinarySensor):
    """Whether N.I.N.A. answers; closed in the daytime is `off`, not unavailable."""

    @property
    @override
    def available(self) -> bool:
        """Return that this is always known."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the last question was answered."""
        return self.coordinator.data.reachable


class NinaEventStream(HubBinarySensor):
    """Whether N.I.N.A. pushes its events; without them everything still works, but slower."""

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the stream."""
        return [self.runtime.listener.async_add_listener]

    @property
    @override
    def available(self) -> bool:
        """Return that this is always known."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the stream is connected."""
        return self.runtime.listener.connected


class NinaImaging(HubBinarySensor):
    """Whether the camera takes a frame: exposes, or reads one out, for a sequence or by hand.

    Off between frames, while the mount slews or the guider settles.
    """

    @property
    @override
    def available(self) -> bool:
        """Return whether N.I.N.A. answers."""
        return super().available and self.coordinator.data.reachable

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether a frame is being taken; None when the camera could not be asked."""
        camera = self.coordinator.data.equipment.camera
        if camera is None:
            return None
        if not camera.connected or camera.state in READING_OUT:
            return camera.connected
        return camera.exposing


class SchedulerReachable(NinaEntity[SchedulerCoordinator], BinarySensorEntity):
    """Whether the Target Scheduler answers; it goes and comes with N.I.N.A.'s profiles."""

    @property
    @override
    def available(self) -> bool:
        """Return that this is always known."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the last question was answered."""
        return self.coordinator.data.reachable

    @override
    def part(self) -> object:
        """Return the state alone."""
        return self.is_on


SCHEDULER_REACHABLE: Final = BinarySensorEntityDescription(
    key="reachable",
    translation_key="reachable",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)

HUB_BINARY_SENSORS: Final = (
    (
        NinaReachable,
        BinarySensorEntityDescription(
            key="reachable",
            translation_key="reachable",
            device_class=BinarySensorDeviceClass.CONNECTIVITY,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    ),
    (
        NinaEventStream,
        BinarySensorEntityDescription(
            key="event_stream",
            translation_key="event_stream",
            device_class=BinarySensorDeviceClass.CONNECTIVITY,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    ),
    (
        NinaImaging,
        BinarySensorEntityDescription(
            key="imaging",
            translation_key="imaging",
            device_class=BinarySensorDeviceClass.RUNNING,
        ),
    ),
)
