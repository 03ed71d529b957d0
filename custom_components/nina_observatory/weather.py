"""The weather at the observatory, as far as its sensors measure it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, override

from homeassistant.components.weather import (
    ATTR_CONDITION_CLEAR_NIGHT,
    ATTR_CONDITION_CLOUDY,
    ATTR_CONDITION_PARTLYCLOUDY,
    ATTR_CONDITION_RAINY,
    ATTR_CONDITION_SUNNY,
    WeatherEntity,
    WeatherEntityDescription,
)
from homeassistant.const import Platform, UnitOfPressure, UnitOfSpeed, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_sunrise, async_track_sunset
from homeassistant.helpers.sun import is_up

from .api import Role, Weather
from .entities.adding import async_add_rows
from .entities.deadband import WEATHER_DEADBANDS, Deadband
from .entities.entity import IsSteady, RowDescription, RowEntity
from .entities.source import Follow
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0

# Meteorologists count clouds in eighths: up to one is clear, seven or more is cloudy.
CLEAR_BELOW: Final = 12.5
CLOUDY_FROM: Final = 87.5
# The numbers that the entity shows.
_NUMBERS: Final = (
    *("cloud_cover", "dew_point", "humidity", "pressure", "temperature"),
    *("wind_direction", "wind_gust", "wind_speed"),
)


def _measures_weather(weather: Weather) -> bool:
    """Return whether the source has any value that a weather entity shows."""
    shown = (
        weather.cloud_cover,
        weather.humidity,
        weather.pressure,
        weather.rain_rate,
        weather.temperature,
        weather.wind_speed,
    )
    return any(value is not None for value in shown)


@dataclass(frozen=True, kw_only=True)
class NinaWeatherDescription(RowDescription[Weather], WeatherEntityDescription):
    """Describe the weather: the deadbands of its values.

    A reading is shown once one of its values is further than that from the one shown, and when rain
    begins or ends.
    """

    deadbands: Mapping[str, Deadband]

    @property
    @override
    def steady_fn(self) -> IsSteady[Weather]:
        return self._is_steady

    def _is_steady(self, shown: Weather, read: Weather) -> bool:
        return _rains(shown) is _rains(read) and all(
            deadband.hides(getattr(shown, name), getattr(read, name))
            for name, deadband in self.deadbands.items()
        )


def _rains(weather: Weather) -> bool:
    """Return whether rain is measured."""
    return weather.rain_rate is not None and weather.rain_rate > 0


# The only entity of a weather source, so it takes the name of the device.
WEATHER: Final = NinaWeatherDescription(
    key="weather",
    name=None,
    exists_fn=_measures_weather,
    deadbands={name: WEATHER_DEADBANDS[name] for name in _NUMBERS},
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the weather of an entry."""
    rows = {Role.WEATHER: (WEATHER,)}
    async_add_rows(entry, Platform.WEATHER, rows, NinaWeather, async_add_entities)


class NinaWeather(RowEntity, WeatherEntity):
    """The weather; values that the source does not measure are omitted."""

    entity_description: NinaWeatherDescription
    _attr_native_pressure_unit = UnitOfPressure.HPA
    _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_native_wind_speed_unit = UnitOfSpeed.METERS_PER_SECOND

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the sun, which distinguishes "sunny" from a clear night."""
        yield partial(async_track_sunrise, self.hass)
        yield partial(async_track_sunset, self.hass)

    @override
    def part(self) -> object:
        """Return the reading that is shown, and the condition, which the sun changes as well."""
        return (self.source, self.condition)

    @property
    def _weather(self) -> Weather:
        """Return the measurements; None while the device cannot be read."""
        return self.source or Weather()

    @property
    @override
    def condition(self) -> str | None:
        """Return the condition: rain first, then clouds; None if neither is measured.

        Without a cloud sensor the condition is unknown unless it rains. The sun is that of Home
        Assistant's own location.
        """
        if _rains(self._weather):
            return ATTR_CONDITION_RAINY
        clouds = self._weather.cloud_cover
        if clouds is None:
            return None
        if clouds >= CLOUDY_FROM:
            return ATTR_CONDITION_CLOUDY
        if clouds > CLEAR_BELOW:
            return ATTR_CONDITION_PARTLYCLOUDY
        return ATTR_CONDITION_SUNNY if is_up(self.hass) else ATTR_CONDITION_CLEAR_NIGHT

    @property
    @override
    def cloud_coverage(self) -> float | None:
        """Return the cloud cover in percent."""
        return self._weather.cloud_cover

    @property
    @override
    def humidity(self) -> float | None:
        """Return the relative humidity in percent."""
        return self._weather.humidity

    @property
    @override
    def native_dew_point(self) -> float | None:
        """Return the dew point in °C."""
        return self._weather.dew_point

    @property
    @override
    def native_pressure(self) -> float | None:
        """Return the air pressure in hPa."""
        return self._weather.pressure

    @property
    @override
    def native_temperature(self) -> float | None:
        """Return the temperature in °C."""
        return self._weather.temperature

    @property
    @override
    def native_wind_gust_speed(self) -> float | None:
        """Return the speed of gusts in m/s."""
        return self._weather.wind_gust

    @property
    @override
    def native_wind_speed(self) -> float | None:
        """Return the wind speed in m/s."""
        return self._weather.wind_speed

    @property
    @override
    def wind_bearing(self) -> float | None:
        """Return the direction that the wind comes from, in degrees."""
        return self._weather.wind_direction
