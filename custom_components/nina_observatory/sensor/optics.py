"""Sensors of the optical train: focuser, filter wheel and rotator."""

from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import DEGREE, EntityCategory, UnitOfTemperature

from ..api import FilterWheel, Focuser, Rotator
from ..control.commands.filter_wheel import change_filter
from ..control.commands.rotator import move_rotator
from ..entities.deadband import Deadband
from ..entities.entity import Control
from ..entities.source import WITH_PROFILE, Profiled
from ..readings.optics import focus_offset
from .description import MICROMETERS, NinaSensorDescription

FOCUSER_SENSORS: Final = (
    NinaSensorDescription[Focuser](
        key="position",
        # The unit, steps, is in the translations.
        translation_key="focuser_position",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda focuser: focuser.position,
    ),
    NinaSensorDescription[Focuser](
        key="temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        deadband=Deadband(0.2),
        exists_fn=lambda focuser: focuser.temperature is not None,
        value_fn=lambda focuser: focuser.temperature,
    ),
    NinaSensorDescription[Focuser](
        key="step_size",
        translation_key="step_size",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=MICROMETERS,
        exists_fn=lambda focuser: focuser.step_size is not None,
        value_fn=lambda focuser: focuser.step_size,
    ),
)

FILTER_WHEEL_SENSORS: Final = (
    NinaSensorDescription[FilterWheel](
        key="filter",
        translation_key="filter",
        control=Control(command=change_filter("")),
        value_fn=lambda wheel: (
            None if wheel.selected_filter is None else wheel.selected_filter.name
        ),
    ),
    NinaSensorDescription[Profiled[FilterWheel]](
        key="focus_offset",
        # The unit, steps, is in the translations.
        translation_key="focus_offset",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        source=WITH_PROFILE,
        value_fn=lambda read: focus_offset(read.device, read.profile),
    ),
)

ROTATOR_SENSORS: Final = (
    NinaSensorDescription[Rotator](
        key="position",
        translation_key="position",
        control=Control(command=move_rotator(0)),
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        suggested_display_precision=1,
        value_fn=lambda rotator: rotator.sky_position,
    ),
    NinaSensorDescription[Rotator](
        key="mechanical_position",
        translation_key="mechanical_position",
        entity_registry_enabled_default=False,
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        suggested_display_precision=1,
        value_fn=lambda rotator: rotator.mechanical_position,
    ),
)
