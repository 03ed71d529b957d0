"""Deadbands: what trembles is not written again, and what is shown is never further off than said."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.binary_sensor import BINARY_SENSORS
from custom_components.nina_observatory.cover import SHUTTER
from custom_components.nina_observatory.entities.deadband import Deadband
from custom_components.nina_observatory.entities.entity import ShownReading
from custom_components.nina_observatory.sensor import SENSORS

from .blocks import NAN, connected, disconnected
from .rigs import Rig, recorded_rig, unavailable
from .test_sensor import writes

NOON = datetime(2026, 2, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deadband", "shown", "read", "hidden"),
    [
        (Deadband(1), 62.0, 63.0, True),
        (Deadband(1), 62.0, 63.01, False),
        (Deadband(1), 62, 61, True),
        (Deadband(0.2), 8.6, 8.8, True),
        (Deadband(0.2), 8.6, 8.81, False),
        (Deadband(1), None, 62.0, False),
        (Deadband(1), 62.0, None, False),
        (Deadband(1), None, None, True),
        (Deadband(1), "open", "closed", False),
        (Deadband(1), 359.5, 0.2, False),
        (Deadband(1, circle=360), 359.5, 0.2, True),
        (Deadband(1, circle=360), 0.2, 359.5, True),
        (Deadband(1, circle=360), 359.5, 0.6, False),
        (Deadband(1, circle=360), 90.0, 270.0, False),
        (Deadband(percent=10), 1000.0, 1100.0, True),
        (Deadband(percent=10), 1000.0, 1101.0, False),
        (Deadband(percent=10), -20.0, -22.0, True),
        (Deadband(percent=10), 0.0, 0.001, False),
        (Deadband(0.05, percent=1), 0.0, 0.05, True),
        (Deadband(0.05, percent=1), 0, 1, False),
        (Deadband(0.05, percent=1), 12.6, 12.7, True),
        (Deadband(2), 1.8, 0, False),
        (Deadband(2), 0, 0.0, True),
        (Deadband(2), 0, 1.8, True),
        (Deadband(1, rise=0.3), 9.9, 10.2, True),
        (Deadband(1, rise=0.3), 9.9, 10.3, False),
        (Deadband(1, rise=0.3), 9.9, 8.9, True),
        (Deadband(1, rise=0.3), 9.9, 8.8, False),
        (Deadband(60), NOON, NOON - timedelta(minutes=1), True),
        (Deadband(60), NOON, NOON + timedelta(seconds=61), False),
        (Deadband(60), NOON, None, False),
    ],
)
def test_what_is_hidden(deadband: Deadband, shown: object, read: object, hidden: bool) -> None:
    assert deadband.hides(shown, read) is hidden


@given(st.lists(st.one_of(st.none(), st.floats(-50, 50)), max_size=30))
def test_what_is_shown_is_never_further_off(readings: list[float | None]) -> None:
    shown = ShownReading[float](Deadband(0.5).hides)
    before: float | None = None
    for reading in readings:
        now = shown.update(reading)
        if reading is None or before is None:
            assert now == reading
        else:
            assert now is not None
            assert abs(now - reading) <= 0.5 + 1e-9
            assert now in (before, reading)
        before = now


def test_a_slow_drift_is_followed() -> None:
    """What counts is how far a reading is from what is shown, not from the one before."""
    shown = ShownReading[float](Deadband(1).hides)
    values = [shown.update(60 + each / 4) for each in range(16)]
    assert list(dict.fromkeys(values)) == [60, 61.25, 62.5, 63.75]


def test_what_protects_has_none() -> None:
    """Rain, safety and roof are shown as they are read."""
    rows: list[Any] = [SHUTTER, *BINARY_SENSORS[Role.SAFETY_MONITOR]]
    rows += [row for row in BINARY_SENSORS[Role.WEATHER] if row.key == "rain"]
    rows += [row for row in SENSORS[Role.WEATHER] if row.key == "rain_rate"]
    rows += [row for row in SENSORS[Role.DOME] if row.key in ("shutter_state", "roof_guard")]
    assert len(rows) == 6
    assert [row.key for row in rows if row.steady_fn is not None] == []


@pytest.mark.usefixtures("socket_enabled")
async def test_a_sensor_that_trembles(hass: HomeAssistant) -> None:
    """It is written when it left the deadband, when it is unknown, and when it is back."""
    async with recorded_rig(hass, connected()) as rig:
        for value, state in (
            (62.4, "61.5"),
            (62.6, "62.6"),
            (61.7, "62.6"),
            (NAN, STATE_UNKNOWN),
            (62.3, "62.3"),
        ):
            await rig.show("WeatherData", {"Humidity": value})
            assert rig.sensor("weather_humidity") == state
        rig.server.blocks = connected() | disconnected("WeatherData")
        await rig.entry.runtime_data.equipment.async_read()
        assert unavailable(rig.find("sensor", "weather_humidity"))
        await rig.show("WeatherData", {"Humidity": 62.9})
        assert rig.sensor("weather_humidity") == "62.9"


@pytest.mark.usefixtures("socket_enabled")
async def test_nothing_is_written_of_what_trembles(hass: HomeAssistant) -> None:
    """Neither a state nor an attribute."""
    async with recorded_rig(hass, connected()) as rig:
        written = writes(rig)
        equipment, blocks = rig.entry.runtime_data.equipment, rig.blocks
        blocks["WeatherData"] |= {"Temperature": 9.5, "WindDirection": 274, "Pressure": 1013.4}
        blocks["Camera"]["Temperature"] = -9.8
        blocks["Mount"] |= {"Altitude": 44.9, "AltitudeString": "44° 54' 00\""}
        blocks["Switch"]["ReadonlySwitches"][0]["Value"] = 12.9
        await equipment.async_read()
        await hass.async_block_till_done(wait_background_tasks=False)
        assert written == []


@pytest.mark.usefixtures("socket_enabled")
async def test_weather_is_of_one_reading(hass: HomeAssistant) -> None:
    """Once a value has left its deadband, all are shown as read; rain is shown at once."""
    async with recorded_rig(hass, connected()) as rig:

        def weather(*names: str) -> list[Any]:
            attributes = rig.get("weather", "weather_weather").attributes
            return [attributes.get(name) for name in names]

        await rig.show("WeatherData", {"Humidity": 62.4, "Pressure": 1013.4})
        assert weather("humidity", "pressure") == [62, 1013.2]
        await rig.show("WeatherData", {"Humidity": 63.1, "Pressure": 1013.4})
        assert weather("humidity", "pressure") == [63, 1013.4]
        await rig.show("WeatherData", {"Humidity": 63.1, "Pressure": 1013.4, "RainRate": 0.01})
        assert rig.get("weather", "weather_weather").state == "rainy"
        assert rig.sensor("weather_rain_rate") == "0.01"
        assert rig.binary("weather_rain") == "on"


def place(rig: Rig) -> tuple[str, str]:
    """Return right ascension and altitude as shown."""
    return rig.sensor("mount_right_ascension"), rig.sensor("mount_altitude")


@pytest.mark.usefixtures("socket_enabled")
async def test_mount_that_tracks(hass: HomeAssistant) -> None:
    """With the sky it is shown now and then, and as it is after each movement."""
    async with recorded_rig(hass, connected()) as rig:
        first = place(rig)
        turned = {"Altitude": 44.9, "AltitudeString": "44° 54' 00\""}
        await rig.show("Mount", turned)
        assert place(rig) == first
        assert rig.get("sensor", "mount_altitude").attributes["sexagesimal"] != "44° 54' 00\""
        # Guiding moves it a little, too.
        await rig.show("Mount", turned | {"RightAscension": 3.1241})
        assert place(rig) == first
        # A slew between two polls that never was seen to begin.
        await rig.show("Mount", turned | {"RightAscension": 3.13})
        assert place(rig) == ("03h 07m 48s", "44.9")
        assert rig.get("sensor", "mount_altitude").attributes["sexagesimal"] == "44° 54' 00\""
        moving = {"RightAscension": 3.2, "Altitude": 46.0, "Slewing": True}
        await rig.show("Mount", moving)
        assert place(rig) == ("03h 07m 48s", "46.0")
        there = {"RightAscension": 3.2003, "Altitude": 46.04, "Slewing": False}
        await rig.show("Mount", there)
        assert place(rig) == ("03h 12m 01s", "46.04")
        assert rig.get("sensor", "mount_right_ascension").attributes["hours"] == 3.2003


@pytest.mark.usefixtures("socket_enabled")
async def test_mount_that_slews(hass: HomeAssistant) -> None:
    """Among the stars it is shown where it arrives, and not every few seconds on its way."""

    def shown(rig: Rig) -> list[str]:
        keys = ("right_ascension", "declination", "meridian_flip_at")
        return [rig.sensor(f"mount_{key}") for key in keys]

    async with recorded_rig(hass, connected()) as rig:
        before, there = shown(rig), {"RightAscension": 6.0, "Declination": 30.0, "Slewing": True}
        for hours in (4.0, 5.0, 6.0):
            flip = {"TimeToMeridianFlip": hours, "RightAscension": hours, "Declination": 5 * hours}
            await rig.show("Mount", there | flip)
            assert shown(rig) == before
        # A driver that never stops reporting that it slews.
        await rig.show("Mount", there | flip | {"Azimuth": 181.0})
        assert shown(rig)[:2] == ["06h 00m 00s", "+30° 00′ 00″"]
        await rig.show("Mount", flip | {"RightAscension": 7.0, "Slewing": False})
        assert shown(rig)[0] == "07h 00m 00s"


@pytest.mark.usefixtures("socket_enabled")
async def test_mount_that_stands(hass: HomeAssistant) -> None:
    """The sky turns over it: its right ascension follows the clock, and is that of no target."""
    stands = {"TrackingEnabled": False, "AtPark": False}
    async with recorded_rig(hass, connected()) as rig:
        await rig.show("Mount", stands)
        assert place(rig) == ("unknown", "44.5")
        await rig.show("Mount", stands | {"RightAscension": 3.2})
        assert place(rig) == ("unknown", "44.5")
        await rig.show("Mount", stands | {"RightAscension": 3.21, "Altitude": 44.6})
        assert place(rig) == ("unknown", "44.6")
        await rig.show("Mount", stands | {"RightAscension": 3.21, "Altitude": 44.6, "AtPark": True})
        assert place(rig) == ("unknown", "44.6")
        assert rig.get("sensor", "mount_right_ascension").attributes["hours"] == 3.21


@pytest.mark.usefixtures("socket_enabled")
async def test_mount_that_does_not_say_whether_it_tracks(hass: HomeAssistant) -> None:
    """Neither the stars nor the ground are what it stands still against."""
    async with recorded_rig(hass, connected()) as rig:
        silent = {"TrackingEnabled": None}
        await rig.show("Mount", silent)
        await rig.show("Mount", silent | {"RightAscension": 3.18, "Altitude": 45.4})
        assert place(rig) == ("03h 07m 26s", "44.5")
        await rig.show("Mount", silent | {"RightAscension": 3.18, "Altitude": 45.6})
        assert place(rig) == ("03h 07m 26s", "45.6")
