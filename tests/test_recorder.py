"""What the recorder keeps: long-term statistics of what is measured, no texts that repeat."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.history import get_significant_states
from homeassistant.components.recorder.statistics import (
    list_statistic_ids,
    statistics_during_period,
    validate_statistics,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from .blocks import connected
from .rigs import Rig, recorded_rig
from .test_readings_properties import ANSWERS

pytestmark = pytest.mark.usefixtures("socket_enabled")

# Numbers that somebody set, that count within a sequence, or that say where the mount looks.
WITHOUT_STATISTICS = {
    *("camera_bit_depth", "camera_gain", "camera_image_scale", "camera_offset"),
    *("camera_pixel_size", "filter_wheel_focus_offset", "focuser_step_size"),
    *("guider_pixel_scale", "hub_exposure", "hub_exposures_done", "hub_exposures_total"),
    *("hub_current_exposure", "hub_gain", "hub_target_integration_time"),
    *("mount_site_elevation", "mount_site_latitude", "mount_site_longitude"),
    "mount_time_to_meridian_flip",
}


async def recorded(hass: HomeAssistant, function: Any, *arguments: Any) -> Any:
    """Ask the recorder once it has written everything."""
    await async_wait_recording_done(hass)
    return await get_instance(hass).async_add_executor_job(function, hass, *arguments)


def numbers(rig: Rig) -> set[str]:
    """Return the sensors of a rig that show a number."""
    found = set()
    for entity_id, state in rig.states("sensor").items():
        try:
            float(state.state)
        except ValueError:
            continue
        found.add(entity_id)
    return found


async def test_what_is_measured_has_statistics(recorder_mock: Any, hass: HomeAssistant) -> None:
    """For years, where other states are forgotten after days."""
    async with recorded_rig(hass, connected(), deepcopy(ANSWERS)) as rig:
        kept = await recorded(hass, list_statistic_ids)
        units = {each["statistic_id"]: each["statistics_unit_of_measurement"] for each in kept}
        without = {rig.unique_id(each) for each in numbers(rig) - units.keys()}
        assert without == WITHOUT_STATISTICS
        assert await recorded(hass, validate_statistics) == {}
        for entity_id, unit in units.items():
            state = hass.states.get(entity_id)
            assert state is not None
            assert state.attributes.get("unit_of_measurement") == unit


async def test_what_only_trembles_has_statistics(recorder_mock: Any, hass: HomeAssistant) -> None:
    """A state that is not written again counts on: the mean is as far off as the state at most."""
    async with recorded_rig(hass, connected()) as rig:
        await rig.show("WeatherData", {"Humidity": 62.4})
        humidity = rig.get("sensor", "weather_humidity")
        assert humidity.state == "61.5"
        now = dt_util.utcnow().replace(second=0, microsecond=0)
        start = now + timedelta(minutes=10 - now.minute % 5)
        await async_wait_recording_done(hass)
        do_adhoc_statistics(hass, start=start)
        wanted = ({humidity.entity_id}, "5minute", None, {"mean"})
        kept = await recorded(hass, statistics_during_period, start, None, *wanted)
        assert [each["mean"] for each in kept[humidity.entity_id]] == [61.5]


async def test_what_repeats_is_not_recorded(recorder_mock: Any, hass: HomeAssistant) -> None:
    """Other notations of a value, and long lists, are there to be looked at only."""
    start = dt_util.utcnow()
    async with recorded_rig(hass, connected(), deepcopy(ANSWERS)) as rig:
        asked = sorted(rig.states())
        states = await recorded(hass, get_significant_states, start, None, asked)
        shown = {key for state in rig.states().values() for key in state.attributes}
        kept = {key for found in states.values() for state in found for key in state.attributes}
        assert len(states) > 100
        hidden = {"age", "degrees", "hours", "sexagesimal", "by_filter", "by_target"}
        assert shown - kept >= hidden
