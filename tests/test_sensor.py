"""Sensors: what was measured is shown in the right unit, what was not is not shown."""

from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
from typing import Any

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.nina_observatory.api import Camera
from custom_components.nina_observatory.api.models.base import without_zeros

from .blocks import NAN, connected, disconnected
from .conftest import NOISY
from .rigs import Rig, recorded_rig, reload, unavailable
from .sensor_cases import ODD, UNKNOWN
from .waiting import eventually, within

pytestmark = pytest.mark.usefixtures("socket_enabled")

NEVER_SHOWN = (NAN, "Infinity", "-1", "-1.0", "1.79769313486232e+308", "REDACTED")


def captured(fixtures: Path, name: str) -> Any:
    """Return what a captured answer carries."""
    return json.loads((fixtures / f"{name}.json").read_text("utf-8"))["Response"]


@pytest.mark.parametrize(
    "capture",
    [
        "imaging_guiding_equipment_info",
        "restart_partial_connect_equipment_info",
        "scheduler_waiting_equipment_info",
        "sequence_restarted_equipment_info",
        "sequence_stopped_equipment_info",
    ],
)
async def test_real_rigs(hass: HomeAssistant, fixtures: Path, capture: str) -> None:
    async with recorded_rig(hass, captured(fixtures, capture)) as rig:
        assert nothing_invented(rig)
        assert rig.equipment("sensor")


def nothing_invented(rig: Rig) -> bool:
    """Check that no state and no attribute is a spelling of "unknown" or a default."""
    for state in rig.states("sensor").values():
        assert state.state not in NEVER_SHOWN, state
        assert not any(str(value) in NEVER_SHOWN for value in state.attributes.values()), state
    return True


async def test_nothing_connected(hass: HomeAssistant) -> None:
    """Templates of devices that are not connected make no entities."""
    async with recorded_rig(hass, disconnected()) as rig:
        assert all(rig.unique_id(entity).startswith("hub_") for entity in rig.states("sensor"))
        assert rig.sensor("hub_nina_version") == "3.2.0.9001"


async def test_driver_lost_and_back(hass: HomeAssistant) -> None:
    """A driver that drops out without an event is noticed by the next poll."""
    async with recorded_rig(hass, connected()) as rig:
        mount = rig.blocks["Mount"]
        rig.blocks.update(disconnected("Mount"))
        await rig.poll_until(lambda: unavailable(rig.find("sensor", "mount_altitude")))
        assert unavailable(rig.find("sensor", "mount_meridian_flip_at"))
        assert rig.sensor("camera_temperature") == "-9.9"
        rig.blocks["Mount"] = mount
        await rig.poll_until(lambda: rig.sensor("mount_altitude") == "44.5")


async def test_restart_with_nina_closed(hass: HomeAssistant) -> None:
    """What was ever seen exists after a restart in daylight, unavailable."""
    async with recorded_rig(hass, connected()) as rig:
        before = set(rig.states("sensor"))
        await rig.server.close()
        await reload(rig)
        assert set(rig.states("sensor")) == before
        assert unavailable(rig.find("sensor", "camera_temperature"))
        assert unavailable(rig.find("sensor", "weather_sky_quality"))
        assert unavailable(rig.find("sensor", "switch_hub_channel_5"))


async def test_versions_outlast_nina(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        await rig.close_nina()
        assert rig.sensor("hub_nina_version") == "3.2.0.9001"
        assert rig.sensor("hub_plugin_version") == "2.2.15.0"
        assert rig.sensor("hub_started_at") == "2026-02-24T17:00:00+00:00"
        assert unavailable(rig.find("sensor", "camera_temperature"))


async def test_channel_appears_with_its_first_number(hass: HomeAssistant) -> None:
    blocks = connected()
    blocks["WeatherData"]["CloudCover"] = NAN
    async with recorded_rig(hass, blocks) as rig:
        assert rig.find("sensor", "weather_cloud_cover") is None
        rig.blocks["WeatherData"]["CloudCover"] = 35
        await rig.poll_until(lambda: rig.find("sensor", "weather_cloud_cover") is not None)
        assert rig.sensor("weather_cloud_cover") == "35.0"
        rig.blocks["WeatherData"]["CloudCover"] = NAN
        await rig.poll_until(lambda: rig.sensor("weather_cloud_cover") == STATE_UNKNOWN)


async def test_coordinates_are_shown_as_astronomers_write_them(hass: HomeAssistant) -> None:
    """As text without a unit; automations compare the attributes."""
    shown = {
        "right_ascension": ("03h 07m 26s", {"hours": 3.124, "degrees": 46.86, "equinox": "jnow"}),
        "declination": ("+01° 56′ 24″", {"degrees": 1.94, "equinox": "jnow"}),
    }
    async with recorded_rig(hass, connected()) as rig:
        for key, (text, numbers) in shown.items():
            state = rig.get("sensor", f"mount_{key}")
            assert state.state == text
            own = {each: state.attributes[each] for each in numbers}
            assert own == numbers
            assert not {ATTR_UNIT_OF_MEASUREMENT, "state_class"} & state.attributes.keys()
        await rig.show("Mount", {"Declination": -0.5, "RightAscension": 23.99999})
        assert rig.sensor("mount_declination") == "−00° 30′ 00″"  # noqa: RUF001  # the minus sign
        assert rig.sensor("mount_right_ascension") == "00h 00m 00s"
        await rig.show("Mount", {"Declination": NAN, "RightAscension": NAN})
        for key in shown:
            state = rig.get("sensor", f"mount_{key}")
            assert (state.state, state.attributes["degrees"]) == (STATE_UNKNOWN, None)


async def test_a_coordinate_that_was_a_number_before(hass: HomeAssistant) -> None:
    """Whoever set its precision in an earlier version has a text now, under the same entity id."""
    async with recorded_rig(hass, connected()) as rig:
        entity_id = rig.get("sensor", "mount_right_ascension").entity_id
        options = {"display_precision": 2, "suggested_display_precision": 4}
        er.async_get(hass).async_update_entity_options(entity_id, "sensor", options)
        assert await hass.config_entries.async_reload(rig.entry.entry_id)
        await eventually(lambda: rig.sensor("mount_right_ascension") == "03h 07m 26s")
        assert rig.get("sensor", "mount_right_ascension").entity_id == entity_id


@pytest.mark.parametrize(("key", "change", "absent"), ODD)
async def test_what_a_driver_cannot_do_is_absent(
    hass: HomeAssistant, key: str, change: dict[str, Any], absent: str
) -> None:
    blocks = connected()
    blocks[key] |= change
    async with recorded_rig(hass, blocks) as rig:
        assert rig.find("sensor", absent) is None
        assert nothing_invented(rig)


@pytest.mark.parametrize(("key", "change", "unknown"), UNKNOWN)
async def test_what_is_not_known_is_unknown(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    key: str,
    change: dict[str, Any],
    unknown: str,
) -> None:
    blocks = connected()
    blocks[key] |= change
    async with recorded_rig(hass, blocks) as rig:
        assert rig.sensor(unknown) == STATE_UNKNOWN
        assert nothing_invented(rig)
    told = [each for each in caplog.records if each.name not in NOISY]
    assert not [record for record in told if record.levelno >= logging.ERROR]


async def test_attributes_go_with_their_value(hass: HomeAssistant) -> None:
    """A text beside a number that is unknown says nothing either."""
    blocks = connected()
    blocks["Mount"] |= {"Altitude": NAN, "AltitudeString": "NaN° NaN' NaN\""}
    async with recorded_rig(hass, blocks) as rig:
        assert rig.get("sensor", "mount_altitude").attributes["sexagesimal"] is None


LIGHT = {
    "Date": "2026-02-24T22:00:00+01:00",
    "Filename": "light.fits",
    "ImageType": "LIGHT",
    "ExposureTime": 300,
    "FocalLength": 800,
    "HFR": 2.0,
    "Stars": 1200,
}

LATER = {"Date": "2026-02-24T22:10:00+01:00"}


def profile(**sections: object) -> dict[str, Any]:
    """Return the answer of a server whose active profile has some sections."""
    return {"profile/show": {"TelescopeSettings": {"FocalLength": 800}, **sections}}


def moment(rig: Rig, unique: str) -> datetime:
    """Return the time that a sensor shows."""
    moment = dt_util.parse_datetime(rig.sensor(unique))
    assert moment is not None
    return moment


def flip_at(rig: Rig) -> datetime:
    """Return when the meridian flip is expected at the latest."""
    return moment(rig, "mount_meridian_flip_at")


async def test_meridian_flip_is_a_moment(hass: HomeAssistant) -> None:
    """The countdown of N.I.N.A., in sidereal hours, becomes a time that does not waver."""
    async with recorded_rig(hass, connected()) as rig:
        first = flip_at(rig)
        expected = datetime.now(UTC) + timedelta(hours=2) * 0.99727
        assert abs(first - expected) < timedelta(seconds=5)
        left = rig.sensor("mount_time_to_meridian_flip")
        assert float(left) == pytest.approx(1.9945391)
        rig.blocks["Mount"]["TimeToMeridianFlip"] = 2.0 - 20 / 3600
        await rig.entry.runtime_data.equipment.async_read()
        assert (flip_at(rig), rig.sensor("mount_time_to_meridian_flip")) == (first, left)
        rig.blocks["Mount"]["TimeToMeridianFlip"] = 11.5
        await rig.poll_until(lambda: flip_at(rig) != first)
        assert flip_at(rig) - first > timedelta(hours=9)


async def test_earliest_flip_comes_from_the_profile(hass: HomeAssistant) -> None:
    """The profile permits a flip between 5 and 15 minutes after the meridian."""
    rules = {"MinutesAfterMeridian": 5, "MaxMinutesAfterMeridian": 15}
    async with recorded_rig(hass, connected(), profile(MeridianFlipSettings=rules)) as rig:
        assert moment(rig, "mount_meridian_flip_earliest_at") == flip_at(rig) - timedelta(
            minutes=10
        )


@pytest.mark.parametrize(
    "rules",
    [
        None,
        {"MinutesAfterMeridian": 5},
        {"MinutesAfterMeridian": 15, "MaxMinutesAfterMeridian": 5},
        {"MinutesAfterMeridian": NAN, "MaxMinutesAfterMeridian": 1e300},
    ],
)
async def test_earliest_flip_is_not_made_up(hass: HomeAssistant, rules: object) -> None:
    async with recorded_rig(hass, connected(), profile(MeridianFlipSettings=rules)) as rig:
        assert rig.sensor("mount_meridian_flip_earliest_at") == STATE_UNKNOWN
        assert flip_at(rig)


async def test_image_scale_and_hfr_on_the_sky(hass: HomeAssistant) -> None:
    """3.76 µm binned 2x2 at 800 mm are 1.94 arcsec; the frame keeps the pixels it was taken with."""
    answers = profile() | {"image-history": [LIGHT]}
    async with recorded_rig(hass, connected(), answers) as rig:
        assert float(rig.sensor("camera_image_scale")) == pytest.approx(1.93889, abs=1e-4)
        assert float(rig.sensor("hub_hfr_arcsec")) == pytest.approx(3.87778, abs=1e-4)
        rig.blocks["Camera"] |= {"BinX": 1, "BinY": 1}
        await rig.poll_until(lambda: float(rig.sensor("camera_image_scale")) < 1)
        assert float(rig.sensor("hub_hfr_arcsec")) == pytest.approx(3.87778, abs=1e-4)


async def test_pixel_size_of_the_profile(hass: HomeAssistant) -> None:
    """It serves where the driver does not tell."""
    blocks = connected()
    blocks["Camera"]["PixelSize"] = NAN
    async with recorded_rig(hass, blocks, profile(CameraSettings={"PixelSize": 3.76})) as rig:
        assert float(rig.sensor("camera_image_scale")) == pytest.approx(1.93889, abs=1e-4)


@pytest.mark.parametrize(
    ("key", "change", "answers"),
    [
        ("Camera", {"BinX": 0}, {}),
        ("Camera", {"PixelSize": 0}, {}),
        ("Camera", {}, {"TelescopeSettings": {"FocalLength": 0}}),
        ("Camera", {}, {"TelescopeSettings": None}),
    ],
)
async def test_image_scale_is_not_made_up(
    hass: HomeAssistant, key: str, change: dict[str, Any], answers: dict[str, Any]
) -> None:
    blocks = connected()
    blocks[key] |= change
    async with recorded_rig(hass, blocks, profile(**answers)) as rig:
        assert rig.sensor("camera_image_scale") == STATE_UNKNOWN


async def test_hfr_on_the_sky_needs_the_camera(hass: HomeAssistant) -> None:
    """How a frame was binned nobody knows while the camera is not connected."""
    blocks = connected() | disconnected("Camera")
    async with recorded_rig(hass, blocks, profile() | {"image-history": [LIGHT]}) as rig:
        assert rig.sensor("hub_hfr") == "2.0"
        assert rig.sensor("hub_hfr_arcsec") == STATE_UNKNOWN


async def test_focus_offset_of_the_selected_filter(hass: HomeAssistant) -> None:
    filters = [{"Name": "L", "FocusOffset": 0}, {"Name": "Ha", "FocusOffset": -35}]
    answers = profile(FilterWheelSettings={"FilterWheelFilters": filters})
    async with recorded_rig(hass, connected(), answers) as rig:
        assert rig.sensor("filter_wheel_focus_offset") == "-35"
        rig.blocks["FilterWheel"]["SelectedFilter"] = {"Name": "S", "Id": 9}
        await rig.poll_until(lambda: rig.sensor("filter_wheel_filter") == "S")
        assert rig.sensor("filter_wheel_focus_offset") == STATE_UNKNOWN


async def test_exposures_are_counted_in_a_sequence_only(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        assert rig.sensor("hub_exposures_done") == STATE_UNKNOWN
        assert rig.sensor("hub_exposures_total") == STATE_UNKNOWN
        assert rig.sensor("hub_sequence_progress") == STATE_UNKNOWN


async def test_exposure_ends_only_while_exposing(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        assert rig.sensor("camera_exposure_ends_at") == STATE_UNKNOWN
        rig.blocks["Camera"]["IsExposing"] = True
        await rig.poll_until(lambda: rig.sensor("camera_exposure_ends_at") != STATE_UNKNOWN)
        assert rig.sensor("camera_exposure_ends_at") == "2026-02-24T21:41:07+00:00"


async def test_only_what_changed_is_written(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        written = writes(rig)
        rig.blocks["Focuser"]["Position"] = 20120
        await rig.poll_until(lambda: rig.sensor("focuser_position") == "20120")
        asked_for = rig.get("binary_sensor", "hub_reachable").entity_id
        assert set(written) - {asked_for} == {"sensor.observatory_focuser_position"}


def writes(rig: Rig) -> list[str]:
    """Return a list to which every entity is added that writes its state, changed or not."""
    written: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    rig.hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    rig.hass.bus.async_listen(EVENT_STATE_REPORTED, note, callback(lambda _: True))
    return written


async def test_gauges_go_by_their_id(hass: HomeAssistant) -> None:
    """Names repeat and change; the id stays."""
    async with recorded_rig(hass, connected()) as rig:
        volts = rig.get("sensor", "switch_hub_channel_5")
        assert volts.state == "12.8"
        assert volts.name == "Observatory switches Input voltage [V]"
        rig.blocks["Switch"]["ReadonlySwitches"] = [
            {"Id": 6, "Name": "Amps", "Value": 2.5},
            {"Id": 5, "Name": "Amps", "Value": 12.1},
        ]
        await rig.poll_until(lambda: rig.sensor("switch_hub_channel_5") == "12.1")
        assert rig.sensor("switch_hub_channel_6") == "2.5"
        await reload(rig)
        renamed = rig.get("sensor", "switch_hub_channel_5")
        assert renamed.entity_id == volts.entity_id
        assert renamed.name == "Observatory switches Amps"


async def test_gauge_that_is_gone_is_unavailable(hass: HomeAssistant) -> None:
    async with recorded_rig(hass, connected()) as rig:
        rig.blocks["Switch"]["ReadonlySwitches"].pop()
        await rig.poll_until(lambda: unavailable(rig.find("sensor", "switch_hub_channel_6")))
        assert rig.sensor("switch_hub_channel_5") == "12.8"


async def test_two_gauges_with_the_same_id(hass: HomeAssistant) -> None:
    """The one is not called by the name of the other."""
    blocks = connected()
    blocks["Switch"]["ReadonlySwitches"][1]["Id"] = 5
    async with recorded_rig(hass, blocks) as rig:
        volts = rig.get("sensor", "switch_hub_channel_5")
        assert (volts.name, volts.state) == ("Observatory switches Input voltage [V]", "12.8")


async def test_another_hub_with_another_kind_of_channel(hass: HomeAssistant) -> None:
    """What was a switch is not switched when the number in its place is a heater of 100 steps."""
    async with recorded_rig(hass, connected()) as rig:
        power = rig.blocks["Switch"]["WritableSwitches"][0]
        assert rig.get("switch", "switch_hub_channel_0").state == "on"
        power |= {"Maximum": 100, "Value": 30}
        await rig.poll_until(lambda: unavailable(rig.find("switch", "switch_hub_channel_0")))
        assert rig.get("number", "switch_hub_channel_0").state == "30.0"
        power |= {"Maximum": 1, "Value": 0}
        await rig.poll_until(lambda: unavailable(rig.find("number", "switch_hub_channel_0")))
        assert rig.get("switch", "switch_hub_channel_0").state == "off"


async def test_how_long_events_take(hass: HomeAssistant) -> None:
    """Not known before there was one; looked at twice a minute."""
    async with recorded_rig(hass, connected()) as rig:
        listener = rig.entry.runtime_data.listener
        await eventually(lambda: listener.caught_up)
        assert rig.sensor("hub_event_latency") == STATE_UNKNOWN
        await rig.server.tell({"Event": "NOVEL"})
        await within(hass, 31, lambda: rig.sensor("hub_event_latency") != STATE_UNKNOWN)
        assert listener.latency is not None
        assert 0 <= listener.latency < 1000
        assert float(rig.sensor("hub_event_latency")) == pytest.approx(listener.latency)
        await rig.server.drop_stream()
        await eventually(lambda: unavailable(rig.find("sensor", "hub_event_latency")))


async def test_a_release_that_wrote_0_for_unknown(hass: HomeAssistant) -> None:
    """2.2.7 did: what reads 0 there, and may be unknown, is unknown; what cannot be is 0."""
    blocks = connected()
    blocks["WeatherData"] |= dict.fromkeys(("CloudCover", "RainRate", "DewPoint", "StarFWHM"), 0)
    blocks["Dome"] |= {"Azimuth": 0, "CanSetAzimuth": False}
    blocks["Camera"] |= {"Temperature": 0, "TemperatureSetPoint": 0, "CoolerPower": 0}
    blocks["Focuser"] |= {"Temperature": 0, "Position": 0}
    blocks["Switch"]["ReadonlySwitches"][0]["Value"] = 0
    answers = {"image-history": [LIGHT | {"Temperature": 0}]}
    async with recorded_rig(hass, blocks, answers, version="2.2.7.0") as rig:
        for absent in (
            *("weather_cloud_cover", "weather_rain_rate", "weather_dew_point"),
            *("weather_star_fwhm", "dome_azimuth", "camera_temperature", "focuser_temperature"),
        ):
            assert rig.find("sensor", absent) is None, absent
        assert rig.find("binary_sensor", "weather_rain") is None
        # Known wherever it can be set, as for a camera that is to cool to 0 °C.
        assert float(rig.get("number", "camera_target_temperature").state) == 0
        assert rig.sensor("hub_sensor_temperature") == STATE_UNKNOWN
        assert rig.sensor("weather_temperature") == "9.4"
        assert rig.sensor("focuser_position") == "0"
        assert rig.sensor("switch_hub_channel_5") == "0.0"
        await eventually(lambda: rig.entry.runtime_data.listener.caught_up)
        frame = LIGHT | {"Temperature": 0, "Filename": "next.fits", "HFR": 3.0}
        await rig.server.tell({"Event": "IMAGE-SAVE", "ImageStatistics": frame | LATER})
        await eventually(lambda: rig.sensor("hub_hfr") == "3.0")
        assert rig.sensor("hub_sensor_temperature") == STATE_UNKNOWN


@pytest.mark.parametrize(("settable", "known"), [(True, 0.0), (False, None), (None, None)])
def test_a_set_point_of_0_from_that_release(settable: bool | None, known: float | None) -> None:
    camera = Camera(connected=True, set_point=0.0, can_set_temperature=settable)
    assert without_zeros(camera).set_point == known


async def test_other_releases_write_0_for_0(hass: HomeAssistant) -> None:
    blocks = connected()
    blocks["Camera"] |= {"Temperature": 0, "CoolerPower": 0}
    async with recorded_rig(hass, blocks, version="2.2.8.0") as rig:
        assert rig.sensor("camera_temperature") == "0.0"
        assert rig.sensor("camera_cooler_power") == "0.0"
        assert rig.sensor("weather_rain_rate") == "0.0"
