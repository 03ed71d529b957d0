"""Sensors of the camera."""

from collections.abc import Callable

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfRatio, UnitOfTemperature, UnitOfTime

from ..api import Camera, CameraState, SensorType
from ..entities.deadband import Deadband
from ..entities.source import WITH_PROFILE, Profiled
from ..readings.optics import image_scale
from .description import (
    ARCSECONDS,
    MICROMETERS,
    PIXELS,
    NinaSensorDescription,
    option,
    options,
)


def _limits(limits: tuple[int, int] | None) -> dict[str, int | None]:
    """Return the limits of a setting as attributes."""
    low, high = limits or (None, None)
    return {"minimum": low, "maximum": high}


def _size(key: str, pick: Callable[[Camera], int | None]) -> NinaSensorDescription[Camera]:
    """Describe a sensor dimension in unbinned pixels."""
    return NinaSensorDescription[Camera](
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PIXELS,
        value_fn=pick,
    )


CAMERA_SENSORS = (
    NinaSensorDescription[Camera](
        key="temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        deadband=Deadband(0.2),
        exists_fn=lambda camera: camera.temperature is not None,
        value_fn=lambda camera: camera.temperature,
    ),
    NinaSensorDescription[Camera](
        key="cooler_power",
        translation_key="cooler_power",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        deadband=Deadband(2),
        exists_fn=lambda camera: camera.can_set_temperature and camera.cooler_power is not None,
        value_fn=lambda camera: camera.cooler_power,
    ),
    NinaSensorDescription[Camera](
        key="state",
        translation_key="camera_state",
        # *Imaging* shows most of it: this changes three times with each frame.
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.ENUM,
        options=options(CameraState),
        value_fn=lambda camera: option(camera.state),
    ),
    NinaSensorDescription[Profiled[Camera]](
        key="exposure_ends_at",
        translation_key="exposure_ends_at",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.TIMESTAMP,
        deadband=Deadband(1),
        # Between exposures N.I.N.A. reports the time of the last download here.
        source=WITH_PROFILE,
        value_fn=lambda read: read.device.exposure_ends_at if read.device.exposing else None,
    ),
    NinaSensorDescription[Camera](
        key="gain",
        translation_key="gain",
        entity_registry_enabled_default=False,
        exists_fn=lambda camera: camera.gain is not None,
        value_fn=lambda camera: camera.gain,
        attributes_fn=lambda camera: {
            **_limits(camera.gain_range),
            "choices": list(camera.gains) or None,
        },
    ),
    NinaSensorDescription[Camera](
        key="offset",
        translation_key="offset",
        entity_registry_enabled_default=False,
        exists_fn=lambda camera: camera.offset is not None,
        value_fn=lambda camera: camera.offset,
        attributes_fn=lambda camera: _limits(camera.offset_range),
    ),
    NinaSensorDescription[Camera](
        key="binning",
        translation_key="binning",
        entity_registry_enabled_default=False,
        value_fn=lambda camera: camera.binning,
    ),
    NinaSensorDescription[Camera](
        key="readout_mode",
        translation_key="readout_mode",
        entity_registry_enabled_default=False,
        exists_fn=lambda camera: any(camera.readout_modes),
        value_fn=lambda camera: camera.readout_mode_name,
    ),
    NinaSensorDescription[Camera](
        key="battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=lambda camera: camera.battery is not None,
        value_fn=lambda camera: camera.battery,
    ),
    NinaSensorDescription[Camera](
        key="last_download_time",
        translation_key="last_download_time",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda camera: camera.last_download_time,
    ),
    NinaSensorDescription[Camera](
        key="pixel_size",
        translation_key="pixel_size",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=MICROMETERS,
        suggested_display_precision=2,
        value_fn=lambda camera: camera.pixel_size,
    ),
    _size("sensor_width", lambda camera: camera.x_size),
    _size("sensor_height", lambda camera: camera.y_size),
    NinaSensorDescription[Profiled[Camera]](
        key="image_scale",
        translation_key="image_scale",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=f"{ARCSECONDS}/{PIXELS}",
        suggested_display_precision=2,
        source=WITH_PROFILE,
        value_fn=lambda read: image_scale(read.device, read.profile),
    ),
    NinaSensorDescription[Camera](
        key="bit_depth",
        translation_key="bit_depth",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda camera: camera.bit_depth,
    ),
    NinaSensorDescription[Camera](
        key="sensor_type",
        translation_key="sensor_type",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        options=options(SensorType),
        value_fn=lambda camera: option(camera.sensor_type),
    ),
)
