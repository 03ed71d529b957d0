"""The weather station."""

from .base import Device, wire_model
from .quantities import (
    Angle,
    Blur,
    HoursLong,
    Illuminance,
    Percent,
    Pressure,
    RainRate,
    SkyQuality,
    Speed,
    Temperature,
)


@wire_model(star_fwhm="StarFWHM")
class Weather(Device):
    """The weather; a measurement that the source does not have is None.

    °C, %, hPa, mm/h, m/s, degrees, lux, mag/arcsec² (`sky_quality`), arcsec (`star_fwhm`) and hours
    (`average_period`).
    """

    average_period: HoursLong = None
    cloud_cover: Percent = None
    dew_point: Temperature = None
    humidity: Percent = None
    pressure: Pressure = None
    rain_rate: RainRate = None
    sky_brightness: Illuminance = None
    sky_quality: SkyQuality = None
    sky_temperature: Temperature = None
    star_fwhm: Blur = None
    temperature: Temperature = None
    wind_direction: Angle = None
    wind_gust: Speed = None
    wind_speed: Speed = None
