"""Sensors of the weather, for the values that the source reports."""

from collections.abc import Callable

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    DEGREE,
    LIGHT_LUX,
    UnitOfPressure,
    UnitOfRatio,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfVolumetricFlux,
)

from ..api import Weather
from ..entities.deadband import WEATHER_DEADBANDS
from .description import ARCSECONDS, NinaSensorDescription


def _channel(
    key: str,
    value_fn: Callable[[Weather], float | None],
    unit: str,
    precision: int,
    *,
    device_class: SensorDeviceClass | None = None,
    state_class: SensorStateClass = SensorStateClass.MEASUREMENT,
    named_by_class: bool = False,
    enabled: bool = True,
) -> NinaSensorDescription[Weather]:
    """Describe a value, whose sensor exists once it was a number."""
    return NinaSensorDescription[Weather](
        key=key,
        translation_key=None if named_by_class else key,
        device_class=device_class,
        entity_registry_enabled_default=enabled,
        native_unit_of_measurement=unit,
        state_class=state_class,
        suggested_display_precision=precision,
        deadband=WEATHER_DEADBANDS.get(key),
        exists_fn=lambda weather: value_fn(weather) is not None,
        value_fn=value_fn,
    )


# Those that are off are attributes of the weather entity, or repeat another value: rain is a binary
# sensor, clouds follow from the temperature of the sky, and its brightness is its quality in
# another unit.
WEATHER_SENSORS = (
    _channel("cloud_cover", lambda weather: weather.cloud_cover, UnitOfRatio.PERCENTAGE, 0),
    _channel(
        "dew_point",
        lambda weather: weather.dew_point,
        UnitOfTemperature.CELSIUS,
        1,
        device_class=SensorDeviceClass.TEMPERATURE,
    ),
    _channel(
        "humidity",
        lambda weather: weather.humidity,
        UnitOfRatio.PERCENTAGE,
        0,
        device_class=SensorDeviceClass.HUMIDITY,
        named_by_class=True,
    ),
    _channel(
        "pressure",
        lambda weather: weather.pressure,
        UnitOfPressure.HPA,
        1,
        device_class=SensorDeviceClass.ATMOSPHERIC_PRESSURE,
        named_by_class=True,
        enabled=False,
    ),
    _channel(
        "rain_rate",
        lambda weather: weather.rain_rate,
        UnitOfVolumetricFlux.MILLIMETERS_PER_HOUR,
        1,
        device_class=SensorDeviceClass.PRECIPITATION_INTENSITY,
    ),
    _channel(
        "sky_brightness",
        lambda weather: weather.sky_brightness,
        LIGHT_LUX,
        4,
        device_class=SensorDeviceClass.ILLUMINANCE,
        enabled=False,
    ),
    _channel("sky_quality", lambda weather: weather.sky_quality, f"mag/{ARCSECONDS}²", 2),
    _channel(
        "sky_temperature",
        lambda weather: weather.sky_temperature,
        UnitOfTemperature.CELSIUS,
        1,
        device_class=SensorDeviceClass.TEMPERATURE,
        enabled=False,
    ),
    _channel("star_fwhm", lambda weather: weather.star_fwhm, ARCSECONDS, 2),
    _channel(
        "temperature",
        lambda weather: weather.temperature,
        UnitOfTemperature.CELSIUS,
        1,
        device_class=SensorDeviceClass.TEMPERATURE,
        named_by_class=True,
    ),
    _channel(
        "wind_direction",
        lambda weather: weather.wind_direction,
        DEGREE,
        0,
        device_class=SensorDeviceClass.WIND_DIRECTION,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        named_by_class=True,
        enabled=False,
    ),
    _channel(
        "wind_gust",
        lambda weather: weather.wind_gust,
        UnitOfSpeed.METERS_PER_SECOND,
        1,
        device_class=SensorDeviceClass.WIND_SPEED,
    ),
    _channel(
        "wind_speed",
        lambda weather: weather.wind_speed,
        UnitOfSpeed.METERS_PER_SECOND,
        1,
        device_class=SensorDeviceClass.WIND_SPEED,
        named_by_class=True,
    ),
)
