"""Binary sensors: true, false, or honestly unknown; and a verdict on safety that never fails."""

from datetime import timedelta
from typing import Any

from homeassistant.const import ATTR_DEVICE_CLASS, STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from .blocks import NAN, connected, disconnected
from .rigs import Rig, recorded_rig, reload, unavailable
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_nothing_connected(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, disconnected()) as rig:
        assert rig.equipment("binary_sensor") == []
        assert rig.binary("hub_reachable") == STATE_ON
        assert rig.binary("hub_event_stream") == STATE_ON
        assert rig.binary("hub_imaging") == STATE_OFF
        assert rig.find("binary_sensor", "hub_not_safe") is None


READINGS: list[tuple[str, dict[str, Any], str, str]] = [
    ("Camera", {"IsExposing": True}, "camera_exposing", STATE_ON),
    ("Camera", {"Temperature": -5}, "camera_at_target_temperature", STATE_OFF),
    ("Camera", {"Temperature": -9.2}, "camera_at_target_temperature", STATE_ON),
    ("Camera", {"CoolerOn": False}, "camera_at_target_temperature", STATE_OFF),
    ("Camera", {"TemperatureSetPoint": NAN}, "camera_at_target_temperature", STATE_UNKNOWN),
    ("Mount", {"Slewing": True}, "mount_slewing", STATE_ON),
    ("Mount", {"AtPark": True}, "mount_parked", STATE_ON),
    ("Mount", {"AtHome": True}, "mount_at_home", STATE_ON),
    ("Focuser", {"IsMoving": True}, "focuser_moving", STATE_ON),
    ("Focuser", {"IsSettling": True}, "focuser_settling", STATE_ON),
    ("FilterWheel", {"IsMoving": True}, "filter_wheel_moving", STATE_ON),
    ("Rotator", {"IsMoving": True}, "rotator_moving", STATE_ON),
    ("Rotator", {"Synced": False}, "rotator_synced", STATE_OFF),
    ("Guider", {"State": "LostLock"}, "guider_lost", STATE_ON),
    ("Guider", {"State": "Stopped"}, "guider_lost", STATE_OFF),
    ("Dome", {"Slewing": True}, "dome_slewing", STATE_ON),
    ("Dome", {"AtPark": True}, "dome_parked", STATE_ON),
    ("Dome", {"AtHome": True}, "dome_at_home", STATE_ON),
    ("Dome", {"IsFollowing": False}, "dome_following", STATE_OFF),
    ("Dome", {"IsSynchronized": False}, "dome_synchronized", STATE_OFF),
    ("Dome", {"IsFollowing": False}, "dome_synchronized", STATE_UNKNOWN),
    ("WeatherData", {"RainRate": 0.1}, "weather_rain", STATE_ON),
    ("WeatherData", {"RainRate": 0}, "weather_rain", STATE_OFF),
    ("SafetyMonitor", {"IsSafe": True}, "safety_monitor_unsafe", STATE_OFF),
    ("SafetyMonitor", {"IsSafe": False}, "safety_monitor_unsafe", STATE_ON),
    ("SafetyMonitor", {"IsSafe": None}, "safety_monitor_unsafe", STATE_ON),
]


async def test_reading(hass: HomeAssistant, subtests: pytest.Subtests) -> None:
    async with recorded_rig(hass, connected()) as rig:
        for key, change, unique, expected in READINGS:
            with subtests.test(f"{unique}, {change}"):
                await rig.show(key, change)
                assert rig.binary(unique) == expected


# Rigs whose drivers lack one thing each: what is absent then, by the block and its change.
ABSENT: list[dict[str, tuple[dict[str, Any], tuple[str, ...]]]] = [
    {
        "Camera": ({"CanSetTemperature": False}, ("camera_at_target_temperature",)),
        "Mount": ({"CanPark": False}, ("mount_parked",)),
        "Guider": ({"State": None}, ("guider_lost",)),
        "Dome": ({"CanPark": False}, ("dome_parked",)),
        "WeatherData": ({"RainRate": NAN}, ("weather_rain",)),
    },
    {
        "Mount": ({"CanFindHome": False}, ("mount_at_home",)),
        "Dome": ({"CanFindHome": False}, ("dome_at_home",)),
    },
    {"Dome": ({"CanSetAzimuth": False}, ("dome_following", "dome_synchronized"))},
]


@pytest.mark.parametrize("lacking", ABSENT, ids=["park", "home", "azimuth"])
async def test_what_a_driver_cannot_do_is_absent(
    hass: HomeAssistant,
    subtests: pytest.Subtests,
    lacking: dict[str, tuple[dict[str, Any], tuple[str, ...]]],
) -> None:
    blocks = connected()
    for key, (change, _) in lacking.items():
        blocks[key] |= change
    absent = {unique for _, uniques in lacking.values() for unique in uniques}
    async with recorded_rig(hass, blocks) as rig:
        for unique in sorted(unique for rows in ABSENT for _, us in rows.values() for unique in us):
            with subtests.test(unique):
                found = rig.find("binary_sensor", unique)
                assert (found is None) is (unique in absent)


async def test_rain_gauge_that_falls_silent(hass: HomeAssistant) -> None:
    """No reading is not dry."""
    async with recorded_rig(hass, connected()) as rig:
        rig.blocks["WeatherData"]["RainRate"] = NAN
        await rig.poll_until(lambda: rig.binary("weather_rain") == STATE_UNKNOWN)


async def test_imaging(hass: HomeAssistant, subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"IsExposing": True}, STATE_ON),
        ({"CameraState": "Idle"}, STATE_OFF),
        ({"CameraState": "Download"}, STATE_ON),
        ({"Connected": False, "IsExposing": True}, STATE_OFF),
        ({"CameraState": "Reading"}, STATE_ON),
    ]
    async with recorded_rig(hass, connected()) as rig:
        for change, expected in rows:
            with subtests.test(str(change)):
                await rig.show("Camera", change)
                assert rig.binary("hub_imaging") == expected


async def test_hub_while_nina_is_closed(hass: HomeAssistant) -> None:
    """Closed is normal: readable as such, and nothing else is claimed."""
    async with recorded_rig(hass, connected()) as rig:
        await rig.close_nina()
        await eventually(lambda: rig.binary("hub_event_stream") == STATE_OFF)
        assert unavailable(rig.find("binary_sensor", "hub_imaging"))
        assert unavailable(rig.find("binary_sensor", "mount_parked"))
        assert unavailable(rig.find("binary_sensor", "safety_monitor_unsafe"))


async def test_event_stream_drops(hass: HomeAssistant) -> None:
    """A lost stream shows at once, without waiting for a poll."""
    async with recorded_rig(hass, connected()) as rig:
        states: list[str] = []
        entity_id = rig.get("binary_sensor", "hub_event_stream").entity_id

        @callback
        def note() -> None:
            state = hass.states.get(entity_id)
            states.append("" if state is None else state.state)

        rig.entry.runtime_data.listener.async_add_listener(note)
        await rig.server.drop_stream()
        await eventually(lambda: STATE_OFF in states)
        await eventually(lambda: rig.binary("hub_event_stream") == STATE_ON)


def verdict(rig: Rig) -> tuple[str, str]:
    """Return the verdict on safety and its reason."""
    state = rig.get("binary_sensor", "hub_not_safe")
    return state.state, state.attributes["reason"]


async def test_safe(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        state = rig.get("binary_sensor", "hub_not_safe")
        assert verdict(rig) == (STATE_OFF, "safe")
        assert state.attributes[ATTR_DEVICE_CLASS] == "safety"
        assert 0 <= state.attributes["age"] <= 2
        assert dt_util.utcnow() - state.attributes["since"] < timedelta(seconds=10)


async def test_not_safe(hass: HomeAssistant, subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"IsSafe": False}, "unsafe"),
        ({"IsSafe": None}, "unsafe"),
        ({"Connected": False}, "monitor_disconnected"),
        ({"Connected": False, "IsSafe": True}, "monitor_disconnected"),
    ]
    async with recorded_rig(hass, connected()) as rig:
        for change, reason in rows:
            with subtests.test(str(change)):
                await rig.show("SafetyMonitor", change)
                assert verdict(rig) == (STATE_ON, reason)
                await rig.show("SafetyMonitor", {})
                assert verdict(rig) == (STATE_OFF, "safe")


async def test_not_safe_when_nothing_answers(hass: HomeAssistant) -> None:
    """A closed N.I.N.A. is not safe, and the verdict stays readable."""
    async with recorded_rig(hass, connected()) as rig:
        await rig.close_nina()
        await eventually(lambda: verdict(rig) == (STATE_ON, "not_running"))


async def test_age_grows_while_nothing_answers(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The age shown is that of the reading, not that of the last change."""
    async with recorded_rig(hass, connected()) as rig:
        await rig.close_nina()
        await eventually(lambda: verdict(rig) == (STATE_ON, "not_running"))
        true_time = hass.loop.time
        with monkeypatch.context() as later:
            later.setattr(hass.loop, "time", lambda: true_time() + 3600)
            async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
            state = rig.get("binary_sensor", "hub_not_safe")
        assert 3600 <= state.attributes["age"] < 3660
        assert verdict(rig)[0] == STATE_ON


async def test_verdict_needs_no_reading(hass: HomeAssistant) -> None:
    """After a restart in daylight, with N.I.N.A. closed, it is there and says not safe."""
    async with recorded_rig(hass, connected()) as rig:
        await rig.server.close()
        await reload(rig)
        assert verdict(rig) == (STATE_ON, "no_reading")
        assert rig.get("binary_sensor", "hub_not_safe").attributes["age"] is None


async def test_verdict_comes_with_the_monitor(hass: HomeAssistant) -> None:
    """A rig without a monitor has no verdict; the first sight of one brings it."""
    async with recorded_rig(hass, connected() | disconnected("SafetyMonitor")) as rig:
        assert rig.find("binary_sensor", "hub_not_safe") is None
        rig.blocks["SafetyMonitor"] = connected()["SafetyMonitor"]
        await rig.poll_until(lambda: rig.find("binary_sensor", "hub_not_safe") is not None)
        assert verdict(rig) == (STATE_OFF, "safe")
