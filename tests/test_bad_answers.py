"""Answers that are broken or odd: unavailable or unknown, never a value that nobody measured."""

import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory

from .blocks import connected
from .rigs import recorded_rig
from .states import DOME, NOT_SAFE, REACHABLE, attributes, state, until
from .waiting import within

MOUNT_PARKED = "binary_sensor.observatory_mount_parked"
TRACKING = "switch.observatory_mount_tracking"

# Readings of each kind of equipment.
READINGS = (
    DOME,
    MOUNT_PARKED,
    "binary_sensor.observatory_safety_monitor",
    "sensor.observatory_camera_temperature",
    "sensor.observatory_focuser_position",
    "sensor.observatory_guider_state",
    "sensor.observatory_switches_voltage",
    "sensor.observatory_weather_temperature",
    TRACKING,
)

pytestmark = pytest.mark.usefixtures("quiet", "socket_enabled")


async def read(entry: MockConfigEntry) -> None:
    """Read everything once."""
    data = entry.runtime_data
    for coordinator in (data.equipment, data.sequence, data.frames):
        await coordinator.async_read()


async def test_a_broken_server_is_none(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    impatient: None,
    subtests: pytest.Subtests,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Equipment is unavailable and it is not safe; said once, and over when it is over."""
    caplog.set_level(logging.INFO, "custom_components.nina_observatory")
    for fault in ("html", "empty", "truncated", "reset", "error_500", "unknown_error", "hang"):
        with subtests.test(fault):
            caplog.clear()
            async with observatory.faults.during(fault):
                await read(settled)
                assert state(hass, REACHABLE) == "off"
                assert {state(hass, each) for each in READINGS} == {"unavailable"}
                await read(settled)
            await within(hass, 11, lambda: state(hass, REACHABLE) == "on")
            await until(hass, DOME, "closed")
            await until(hass, NOT_SAFE, "off")
            lines = [r.getMessage() for r in caplog.records if r.name.startswith("custom_comp")]
            told = [line for line in lines if "Target Scheduler" not in line]
            assert len(told) == 2
            assert told[0].startswith("Observatory is not responding: ")
            assert told[1] == "Observatory is responding again"


async def test_one_broken_driver_hides_no_other(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """The bundle fails with it: the others are read one by one."""
    for fault in ("html", "empty", "truncated", "unknown_error"):
        with subtests.test(fault):
            await observatory.faults.clear()
            await observatory.faults.start(fault, path="/equipment/info")
            await observatory.faults.start(fault, path="/equipment/weather/info")
            await read(settled)
            shown = {each: state(hass, each) for each in READINGS}
            unavailable = [each for each, value in shown.items() if value == "unavailable"]
            assert unavailable == ["sensor.observatory_weather_temperature"]
            assert state(hass, NOT_SAFE) == "off"


async def test_a_broken_safety_monitor_is_not_safe(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Without its own word, whatever it is that came instead: it is not shown, and time runs out."""
    await observatory.faults.start("wrong_types", path="/equipment/info")
    await read(settled)
    assert state(hass, "binary_sensor.observatory_safety_monitor") == "unavailable"
    await within(hass, 31, lambda: state(hass, NOT_SAFE) == "on")
    assert attributes(hass, NOT_SAFE)["reason"] != "safe"


def numbers(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the sensors of equipment that show a number."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    equipment = [each.entity_id for each in entities if "_hub_" not in each.unique_id]
    shown = {each: found.state for each in equipment if (found := hass.states.get(each))}
    return {
        each: value
        for each, value in shown.items()
        if value.lstrip("-").replace(".", "", 1).isdigit()
    }


@pytest.mark.parametrize(
    ("fault", "cover"),
    [
        ("wrong_types", "unavailable"),
        ("nan_everywhere", "closed"),
        ("absurd_numbers", "closed"),
        ("unknown_names", "unknown"),
    ],
)
async def test_odd_values_are_no_values(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    fault: str,
    cover: str,
) -> None:
    """No sensor shows a number that was not sent, and no cover a place that nobody named."""
    observatory.clock.speed = 0.001
    await read(settled)
    before = numbers(hass, settled)
    async with observatory.faults.during(fault):
        await read(settled)
        shown = numbers(hass, settled)
        covers = {each.state for each in hass.states.async_all("cover")}
    assert len(before) > 20
    assert shown.items() <= before.items()
    assert covers == {cover}


async def test_missing_blocks(hass: HomeAssistant, subtests: pytest.Subtests) -> None:
    """What does not come is not known any more, and nothing shows what it was before."""
    wrong: tuple[Any, ...] = (None, [], "NaN", 7, {}, {"Dome": None, "Mount": []})
    async with recorded_rig(hass, connected(), enabled=False) as rig:
        for blocks in wrong:
            with subtests.test(str(blocks)):
                rig.server.blocks = connected()
                await rig.entry.runtime_data.equipment.async_read()
                assert state(hass, DOME) == "open"
                rig.server.blocks = blocks
                await rig.entry.runtime_data.equipment.async_read()
                shown = {state(hass, each) for each in (DOME, MOUNT_PARKED, TRACKING)}
                assert shown == {"unavailable"}
                assert numbers(hass, rig.entry) == {}


async def test_missing_keys(hass: HomeAssistant) -> None:
    """A device of which only the name comes has no readings, and its monitor does not say safe."""
    named = ("Connected", "Name", "DisplayName", "CanSetShutter", "CanPark")
    async with recorded_rig(hass, connected(), enabled=False) as rig:
        rig.server.blocks = {
            key: {name: block[name] for name in named if name in block}
            for key, block in connected().items()
        }
        await rig.entry.runtime_data.equipment.async_read()
        assert (state(hass, DOME), state(hass, NOT_SAFE)) == ("unknown", "on")
        assert numbers(hass, rig.entry) == {}
