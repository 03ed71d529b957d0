"""The weather station."""

from .base import Device, wire_model


@wire_model(star_fwhm="StarFWHM")
class Weather(Device):
    """The weather; a channel the source does not have is None.

    °C, %, hPa, mm/h, m/s, degrees, lux, mag/arcsec² (`sky_quality`), arcsec (`star_fwhm`) and hours
    (`average_period`).
    """

    average_period: float | None = None
    cloud_cover: float | None = None
    dew_point: float | None = None
    humidity: float | None = None
    pressure: float | None = None
    rain_rate: float | None = None
    sky_brightness: float | None = None
    sky_quality: float | None = None
    sky_temperature: float | None = None
    star_fwhm: float | None = None
    temperature: float | None = None
    wind_direction: float | None = None
    wind_gust: float | None = None
    wind_speed: float | None = None
