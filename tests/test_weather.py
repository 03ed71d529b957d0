"""The weather entity: what is measured, in Home Assistant's units, and no forecast of its own."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from .blocks import NAN, connected, disconnected
from .rigs import recorded_rig, unavailable

pytestmark = pytest.mark.usefixtures("socket_enabled")

UNIQUE = "weather_weather"


def move(hass: HomeAssistant, *, into_day: bool) -> None:
    """Move the home to where the sun is high, or to the other side of the Earth."""
    now = datetime.now(UTC)
    noon = 15 * (12 - now.hour - now.minute / 60)
    hass.config.latitude = 0
    hass.config.longitude = noon if into_day else noon - 180 if noon > 0 else noon + 180


@pytest.mark.parametrize(
    ("change", "into_day", "expected"),
    [
        ({"CloudCover": 0}, True, "sunny"),
        ({"CloudCover": 0}, False, "clear-night"),
        ({"CloudCover": 12.5}, False, "clear-night"),
        ({"CloudCover": 50}, True, "partlycloudy"),
        ({"CloudCover": 87.5}, True, "cloudy"),
        ({"CloudCover": 100}, False, "cloudy"),
        ({"CloudCover": 0, "RainRate": 0.2}, True, "rainy"),
        ({"CloudCover": NAN, "RainRate": 0.2}, True, "rainy"),
        ({"CloudCover": NAN, "RainRate": 0}, True, STATE_UNKNOWN),
        ({"CloudCover": NAN, "RainRate": NAN}, False, STATE_UNKNOWN),
        ({"CloudCover": 0, "RainRate": NAN}, False, "clear-night"),
    ],
)
async def test_condition(
    hass: HomeAssistant, change: dict[str, Any], into_day: bool, expected: str
) -> None:
    move(hass, into_day=into_day)
    blocks = connected()
    blocks["WeatherData"] |= change
    async with recorded_rig(hass, blocks) as rig:
        assert rig.get("weather", UNIQUE).state == expected


async def test_measurements(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        state = rig.get("weather", UNIQUE)
        assert state.entity_id == "weather.observatory_weather"
        shown = {
            "temperature": 9.4,
            "dew_point": 2.5,
            "humidity": 62,
            "cloud_coverage": 10,
            "pressure": 1013.2,
            "wind_bearing": 270,
            "wind_gust_speed": 15.12,
            "wind_speed": 7.56,
        }
        assert {key: state.attributes[key] for key in shown} == shown


async def test_what_is_not_measured_is_left_out(hass: HomeAssistant) -> None:
    blocks = connected()
    blocks["WeatherData"] |= {"CloudCover": NAN, "Humidity": NAN, "WindSpeed": NAN}
    async with recorded_rig(hass, blocks) as rig:
        attributes = rig.get("weather", UNIQUE).attributes
        assert attributes["temperature"] == 9.4
        assert attributes.keys().isdisjoint({"cloud_coverage", "humidity", "wind_speed"})


async def test_sky_meter_is_no_weather_station(hass: HomeAssistant) -> None:
    """A source that measures nothing of the weather has no weather entity."""
    blocks = connected()
    silent = ("CloudCover", "Humidity", "Pressure", "RainRate", "Temperature", "WindSpeed")
    blocks["WeatherData"] |= dict.fromkeys(silent, NAN)
    async with recorded_rig(hass, blocks) as rig:
        assert rig.find("weather", UNIQUE) is None
        assert rig.sensor("weather_sky_quality") == "20.85"


async def test_source_lost(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        rig.blocks.update(disconnected("WeatherData"))
        await rig.poll_until(lambda: unavailable(rig.find("weather", UNIQUE)))
