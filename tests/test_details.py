"""What equipment names of itself: its own ranges, channels without one, and what guides."""

import asyncio
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Guider, GuideStep, Role
from simulator import Observatory
from simulator.habits import GuiderKind

from .blocks import NAN, connected
from .commanding import call, entity_of, sent
from .conftest import SPEED, make_entry, set_up, unload
from .errors import refused
from .rigs import Rig, recorded_rig
from .states import attributes, state
from .waiting import eventually, within

pytestmark = pytest.mark.usefixtures("socket_enabled")

RMS = (
    "guider_rms_total",
    "guider_rms_ra",
    "guider_rms_dec",
    "guider_peak_ra",
    "guider_peak_dec",
)


async def test_guiding_errors_are_unknown_unless_something_guides(
    hass: HomeAssistant, subtests: pytest.Subtests
) -> None:
    """The guide graph outlasts every stop, and so do its errors on the wire."""
    words = [
        "Stopped",
        "Selected",
        "Calibrating",
        "LostLock",
        "Paused",
        "Looping",
        "Idle",
        "",
        None,
    ]
    async with recorded_rig(hass, connected()) as rig:
        assert rig.sensor("guider_rms_total") == "0.74"
        for word in words:
            with subtests.test(repr(word)):
                await rig.show("Guider", {"State": word})
                assert {rig.sensor(unique) for unique in RMS} == {STATE_UNKNOWN}
                await rig.show("Guider", {"State": "Guiding"})
                assert rig.sensor("guider_rms_total") == "0.74"


async def test_a_lost_star_is_not_guiding(hass: HomeAssistant) -> None:
    blocks = connected()
    blocks["Guider"]["State"] = "LostLock"
    async with recorded_rig(hass, blocks) as rig:
        assert rig.get("switch", "guider_guiding").state == "off"
        assert rig.binary("guider_lost") == "on"
        assert rig.sensor("guider_rms_total") == STATE_UNKNOWN


async def _step(rig: Rig, number: float) -> None:
    """Let the guider report another step, and wait until it was read."""
    step = {"RADistanceRaw": number, "DECDistanceRaw": 0.1, "RADuration": 1, "DECDuration": 0}
    rig.blocks["Guider"]["LastGuideStep"] = step
    coordinator = rig.entry.runtime_data.equipment

    def read() -> bool:
        guider = coordinator.data.device(Role.GUIDER)
        return isinstance(guider, Guider) and guider.last_guide_step == GuideStep(
            ra_distance_raw=number, dec_distance_raw=0.1, ra_duration=1, dec_duration=0
        )

    await rig.poll_until(read)


@pytest.mark.parametrize("word", [None, "", "Locked and Guiding", "Dithering RA"])
async def test_words_that_prove_nothing_are_settled_by_the_steps(
    hass: HomeAssistant, word: str | None
) -> None:
    """A guider of another kind guides while its steps go on; one step alone may be an old one."""
    blocks = connected()
    blocks["Guider"]["State"] = word
    async with recorded_rig(hass, blocks) as rig:
        await _step(rig, 0.5)
        assert rig.sensor("guider_rms_total") == STATE_UNKNOWN
        await _step(rig, 0.25)
        await rig.poll_until(lambda: rig.sensor("guider_rms_total") == "0.74")
        rig.blocks["Guider"]["State"] = "Stopped"
        await rig.poll_until(lambda: rig.sensor("guider_rms_total") == STATE_UNKNOWN)


async def test_steps_that_go_on_no_longer(hass: HomeAssistant) -> None:
    """Some time after the last step nothing is known to guide."""
    blocks = connected()
    blocks["Guider"]["State"] = None
    async with recorded_rig(hass, blocks) as rig:
        await _step(rig, 0.5)
        await _step(rig, 0.25)
        await rig.poll_until(lambda: rig.sensor("guider_rms_total") == "0.74")
        await within(hass, 60, lambda: rig.sensor("guider_rms_total") == STATE_UNKNOWN)


async def test_the_oldest_server_shows_the_errors_while_they_change(
    hass: HomeAssistant,
) -> None:
    """It has neither a word for the state nor steps."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, version="2.0.1", scenario="clear_night"
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        rms = entity_of(hass, entry, "sensor", "guider_rms_total")
        equipment = entry.runtime_data.equipment

        async with asyncio.timeout(60):
            while state(hass, rms) in (STATE_UNKNOWN, STATE_UNAVAILABLE):
                await equipment.async_refresh()
        assert float(state(hass, rms)) > 0
        await unload(hass, entry)


@pytest.mark.parametrize(
    ("word", "guiding"),
    [("Guiding", True), ("Stopped", False), ("LostLock", False), ("Locked", None), (None, None)],
)
async def test_a_dither_comes_with_what_is_known_of_it(
    hass: HomeAssistant,
    observatory: Observatory,
    word: str | None,
    guiding: bool | None,
) -> None:
    """One that was skipped because nothing guides is announced like any other."""
    guider = observatory.guider
    guider.says = word
    if word is None:
        guider.kind = GuiderKind.MGEN
    guider.refresh()
    entry = make_entry(observatory)
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    activity = entity_of(hass, entry, "event", "guider_guider")
    await observatory.events.emit("GUIDER-DITHER")
    await eventually(lambda: attributes(hass, activity)["event_type"] == "guider_dithered")
    assert attributes(hass, activity)["guiding"] is guiding
    await unload(hass, entry)


async def test_the_panel_shows_its_own_range(hass: HomeAssistant) -> None:
    blocks = connected()
    blocks["FlatDevice"] |= {"MinBrightness": 20, "MaxBrightness": 4096, "Brightness": 1000}
    async with recorded_rig(hass, blocks) as rig:
        shown = rig.get("light", "flat_panel_panel").attributes
        assert shown["min_panel_brightness"] == 20
        assert shown["max_panel_brightness"] == 4096
        assert shown["panel_brightness"] == 1000


async def test_a_brightness_out_of_range_is_refused_with_the_range_of_the_panel(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    for brightness in (4097, 70_000, 2_000_000):
        with subtests.test(str(brightness)):
            with refused("field_out_of_range") as error:
                await call(hass, ready, "auto_exposure_flats", count=1, brightness=brightness)
            assert error.value.translation_placeholders == {
                "field": "brightness",
                "value": str(brightness),
                "minimum": "0",
                "maximum": "4096",
            }
            assert sent(observatory) == []


async def test_the_camera_shows_its_ranges(hass: HomeAssistant) -> None:
    blocks = connected()
    blocks["Camera"] |= {"OffsetMin": 0, "OffsetMax": 255, "Gains": [], "XSize": 6248}
    async with recorded_rig(hass, blocks) as rig:
        gain = rig.get("sensor", "camera_gain").attributes
        assert (gain["minimum"], gain["maximum"], gain["choices"]) == (0, 570, None)
        offset = rig.get("sensor", "camera_offset").attributes
        assert (offset["minimum"], offset["maximum"]) == (0, 255)


async def test_a_range_that_is_none_is_unknown(
    hass: HomeAssistant, subtests: pytest.Subtests
) -> None:
    rows: list[dict[str, Any]] = [
        {"GainMin": -1, "GainMax": -1},
        {"GainMin": 0, "GainMax": 0},
        {"GainMin": NAN, "GainMax": "Infinity"},
        {"GainMin": 100, "GainMax": 10},
        {"GainMin": None, "GainMax": 570},
    ]
    async with recorded_rig(hass, connected()) as rig:
        for number, odd in enumerate(rows):
            with subtests.test(str(odd)):
                await rig.show("Camera", {"Gains": []})
                gain = rig.get("sensor", "camera_gain").attributes
                assert (gain["minimum"], gain["maximum"], gain["choices"]) == (0, 570, None)
                await rig.show("Camera", {**odd, "Gains": [100, 200, 400 + number]})
                gain = rig.get("sensor", "camera_gain").attributes
                assert (gain["minimum"], gain["maximum"]) == (None, None)
                assert gain["choices"] == [100, 200, 400 + number]


async def _gain_a_range(rig: Rig, channel: dict[str, Any]) -> None:
    """Have a channel that is a sensor become a number."""
    unique = f"switch_hub_channel_{channel['Id']}"
    assert rig.sensor(unique) == "42.5"
    assert rig.find("number", unique) is None
    assert rig.find("switch", unique) is None
    channel |= {"Minimum": 0, "Maximum": 100}
    await rig.poll_until(lambda: rig.find("number", unique) is not None)
    await eventually(lambda: rig.get("number", unique).state == "42.5")
    assert rig.sensor(unique) == STATE_UNAVAILABLE


async def test_a_channel_without_a_range_is_a_sensor(
    hass: HomeAssistant, subtests: pytest.Subtests
) -> None:
    rows: list[dict[str, Any]] = [
        {"Minimum": 0, "Maximum": "Infinity"},
        {"Minimum": "-Infinity", "Maximum": "Infinity"},
        {"Minimum": 0, "Maximum": NAN},
        {"Minimum": NAN, "Maximum": 100},
        {"Minimum": 0, "Maximum": 1.7976931348623157e308},
        {"Minimum": 5, "Maximum": 1},
        {"Minimum": 3, "Maximum": 3},
        {"Minimum": None, "Maximum": None},
        {},
    ]
    blocks = connected()
    channels = [
        {"Id": number, "Name": "Offset", "Value": 42.5, "TargetValue": 0, "StepSize": 1, **limits}
        for number, limits in enumerate(rows, 7)
    ]
    blocks["Switch"]["WritableSwitches"] += channels
    async with recorded_rig(hass, blocks) as rig:
        assert rig.get("switch", "switch_hub_channel_0").state == "on"
        for limits, channel in zip(rows, channels, strict=True):
            with subtests.test(str(limits)):
                await _gain_a_range(rig, channel)


async def test_a_channel_without_an_upper_limit_is_written_by_the_action(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Its lower limit holds, and the error does not make up an upper one."""
    heater = observatory.switch_hub.writable[3]
    heater.maximum = float("inf")
    observatory.switch_hub.refresh()
    await call(hass, ready, "set_switch", switch="5", value=250)
    assert heater.value == 250
    with refused("channel_out_of_range") as error:
        await call(hass, ready, "set_switch", switch="5", value=-1)
    assert error.value.translation_placeholders == {"value": "-1", "minimum": "0", "maximum": "?"}
