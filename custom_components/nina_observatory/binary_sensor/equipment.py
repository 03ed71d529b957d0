"""Binary sensors of the equipment, as tables."""

from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ..api import (
    Camera,
    Dome,
    FilterWheel,
    Focuser,
    Guider,
    Mount,
    Role,
    Rotator,
    SafetyMonitor,
    Weather,
)
from ..control.commands.dome import FOLLOW_MOUNT
from ..entities.entity import Control, own_device_class
from ..entities.source import COOLED, SAFETY_MONITOR, Cooled
from .description import NinaBinarySensorDescription

EQUIPMENT_BINARY_SENSORS: Final[dict[Role, tuple[NinaBinarySensorDescription[Any], ...]]] = {
    Role.CAMERA: (
        NinaBinarySensorDescription[Camera](
            key="exposing",
            translation_key="exposing",
            device_class=BinarySensorDeviceClass.RUNNING,
            # The state of the camera shows it, too.
            entity_registry_enabled_default=False,
            is_on_fn=lambda camera: camera.exposing,
        ),
        NinaBinarySensorDescription[Cooled](
            key="at_target_temperature",
            translation_key="at_target_temperature",
            device_class=own_device_class("at_target_temperature"),
            source=COOLED,
            exists_fn=lambda cooled: cooled.camera.can_set_temperature,
            is_on_fn=lambda cooled: cooled.is_reached,
        ),
    ),
    Role.MOUNT: (
        NinaBinarySensorDescription[Mount](
            key="slewing",
            translation_key="slewing",
            device_class=BinarySensorDeviceClass.MOVING,
            entity_registry_enabled_default=False,
            is_on_fn=lambda mount: mount.slewing,
        ),
        NinaBinarySensorDescription[Mount](
            key="parked",
            translation_key="parked",
            device_class=own_device_class("parked"),
            exists_fn=lambda mount: mount.can_park,
            is_on_fn=lambda mount: mount.parked,
        ),
        NinaBinarySensorDescription[Mount](
            key="at_home",
            translation_key="at_home",
            entity_registry_enabled_default=False,
            exists_fn=lambda mount: mount.can_find_home,
            is_on_fn=lambda mount: mount.at_home,
        ),
    ),
    Role.FOCUSER: (
        NinaBinarySensorDescription[Focuser](
            key="moving",
            device_class=BinarySensorDeviceClass.MOVING,
            entity_registry_enabled_default=False,
            is_on_fn=lambda focuser: focuser.moving,
        ),
        NinaBinarySensorDescription[Focuser](
            key="settling",
            translation_key="settling",
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            is_on_fn=lambda focuser: focuser.settling,
        ),
    ),
    Role.FILTER_WHEEL: (
        NinaBinarySensorDescription[FilterWheel](
            key="moving",
            device_class=BinarySensorDeviceClass.MOVING,
            entity_registry_enabled_default=False,
            is_on_fn=lambda wheel: wheel.moving,
        ),
    ),
    Role.ROTATOR: (
        NinaBinarySensorDescription[Rotator](
            key="moving",
            device_class=BinarySensorDeviceClass.MOVING,
            entity_registry_enabled_default=False,
            is_on_fn=lambda rotator: rotator.moving,
        ),
        NinaBinarySensorDescription[Rotator](
            key="synced",
            translation_key="synced",
            entity_registry_enabled_default=False,
            is_on_fn=lambda rotator: rotator.synced,
        ),
    ),
    Role.GUIDER: (
        NinaBinarySensorDescription[Guider](
            key="lost",
            translation_key="lost",
            device_class=BinarySensorDeviceClass.PROBLEM,
            # *Guiding lost* is the problem; the state of the guider shows the star.
            entity_registry_enabled_default=False,
            # Servers before 2.1.4 do not report it.
            exists_fn=lambda guider: guider.state is not None,
            is_on_fn=lambda guider: (
                True if guider.lost else None if guider.guides is None else False
            ),
        ),
    ),
    Role.DOME: (
        NinaBinarySensorDescription[Dome](
            key="slewing",
            translation_key="slewing",
            device_class=BinarySensorDeviceClass.MOVING,
            entity_registry_enabled_default=False,
            is_on_fn=lambda dome: dome.slewing,
        ),
        NinaBinarySensorDescription[Dome](
            key="parked",
            translation_key="parked",
            entity_registry_enabled_default=False,
            exists_fn=lambda dome: dome.can_park,
            is_on_fn=lambda dome: dome.parked,
        ),
        NinaBinarySensorDescription[Dome](
            key="at_home",
            translation_key="at_home",
            entity_registry_enabled_default=False,
            exists_fn=lambda dome: dome.can_find_home,
            is_on_fn=lambda dome: dome.at_home,
        ),
        NinaBinarySensorDescription[Dome](
            key="following",
            translation_key="following",
            exists_fn=lambda dome: dome.can_set_azimuth and dome.following is not None,
            control=Control(command=FOLLOW_MOUNT),
            is_on_fn=lambda dome: dome.following,
        ),
        NinaBinarySensorDescription[Dome](
            key="synchronized",
            translation_key="synchronized",
            entity_registry_enabled_default=False,
            exists_fn=lambda dome: dome.can_set_azimuth and dome.synchronized is not None,
            # Whether the dome points where the mount does is only known while it follows.
            is_on_fn=lambda dome: dome.synchronized if dome.following else None,
        ),
    ),
    Role.WEATHER: (
        NinaBinarySensorDescription[Weather](
            key="rain",
            translation_key="rain",
            device_class=BinarySensorDeviceClass.MOISTURE,
            exists_fn=lambda weather: weather.rain_rate is not None,
            is_on_fn=lambda weather: None if weather.rain_rate is None else weather.rain_rate > 0,
        ),
    ),
    Role.SAFETY_MONITOR: (
        NinaBinarySensorDescription[SafetyMonitor](
            key="unsafe",
            device_class=BinarySensorDeviceClass.SAFETY,
            source=SAFETY_MONITOR,
            # The only reading of a safety monitor, so it takes the name of the device.
            name=None,
            is_on_fn=lambda monitor: monitor.is_safe is not True,
        ),
    ),
}
