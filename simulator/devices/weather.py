"""The weather station."""

import math
from typing import Any, ClassVar, override

from .base import Device, Driver, dummy

_CHANNELS = {
    "AveragePeriod": "average_period",
    "CloudCover": "cloud_cover",
    "DewPoint": "dew_point",
    "Humidity": "humidity",
    "Pressure": "pressure",
    "RainRate": "rain_rate",
    "SkyBrightness": "sky_brightness",
    "SkyQuality": "sky_quality",
    "SkyTemperature": "sky_temperature",
    "StarFWHM": "star_fwhm",
    "Temperature": "temperature",
    "WindDirection": "wind_direction",
    "WindGust": "wind_gust",
    "WindSpeed": "wind_speed",
}


class Weather(Device):
    """A station; set its attributes to change the weather, `nan` for a missing channel.

    Units: h, %, °C, %, hPa, mm/h, lux, mag/arcsec², °C, arcsec, °C, °, m/s, m/s.
    """

    role = "weather"
    path = "weather"
    bundle_key = "WeatherData"
    prefix = "WEATHER"
    noun = "Weather"
    profile_section = "WeatherDataSettings"
    connect_seconds = 0.8
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No weather data source"),
        Driver(
            "ASCOM.RoofStation.ObservingConditions",
            "Roof Weather Station",
            "Roof Weather Station (ASCOM)",
            description="Weather station beside the roof",
            info="Observing Conditions Driver",
            version="2.1",
        ),
        Driver("NINA.OpenWeatherMap.Client", "OpenWeatherMap", category="N.I.N.A."),
    )
    average_period = 0.0
    cloud_cover = 5.0
    humidity = 62.0
    pressure = 1018.4
    rain_rate = 0.0
    sky_brightness = 0.001
    sky_quality = 21.3
    sky_temperature = -18.5
    star_fwhm = math.nan
    temperature = 8.6
    wind_direction = 215.0
    wind_gust = 3.1
    wind_speed = 1.7
    drifts = True

    @property
    def dew_point(self) -> float:
        """Return the dew point in °C by the Magnus formula."""
        humidity = min(100.0, max(1.0, self.humidity)) / 100
        gamma = math.log(humidity) + 17.62 * self.temperature / (243.12 + self.temperature)
        return round(243.12 * gamma / (17.62 - gamma), 2)

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device: all unknown."""
        return dict.fromkeys(_CHANNELS, math.nan)

    @override
    def read(self) -> dict[str, Any]:
        """Return all channels; most drift a little with time."""
        values = {key: float(getattr(self, name)) for key, name in _CHANNELS.items()}
        if self.drifts:
            hours = self.clock.elapsed / 3600
            values["Temperature"] = round(self.temperature + 0.4 * math.sin(hours), 1)
            values["Pressure"] = round(self.pressure + 0.3 * math.sin(hours / 2), 1)
            values["WindDirection"] = round((self.wind_direction + 6 * math.sin(9 * hours)) % 360)
            values["WindSpeed"] = round(abs(self.wind_speed + 0.5 * math.sin(40 * hours)), 1)
            values["WindGust"] = max(self.wind_gust, values["WindSpeed"])
        return values

    def rain(self, rate: float = 2.4) -> None:
        """Make it rain at a rate in mm/h, with the clouds that belong to it."""
        self.rain_rate = rate
        self.cloud_cover, self.humidity, self.sky_temperature = 100.0, 97.0, 4.0
        self.sky_quality = math.nan

    def clear(self) -> None:
        """Let the sky clear up."""
        for name in ("rain_rate", "cloud_cover", "humidity", "sky_temperature", "sky_quality"):
            setattr(self, name, getattr(type(self), name))
