"""The target temperature of the camera, which N.I.N.A. approaches in steps of fifteen seconds."""

import asyncio

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.readings.set_point import STEADY_AFTER
from simulator import Observatory

from .blocks import connected
from .commanding import call
from .rigs import Rig, recorded_rig
from .states import act, state

pytestmark = pytest.mark.usefixtures("socket_enabled")

STEPS = (17.0, 8.0, -1.0, -10.0)


def shown(rig: Rig) -> tuple[float, str]:
    """Return the target temperature, and whether the camera has it."""
    target = float(rig.get("number", "camera_target_temperature").state)
    return target, rig.binary("camera_at_target_temperature")


async def show(rig: Rig, **values: object) -> None:
    """Have the camera read."""
    await rig.show("Camera", {"CoolerOn": True, **values})


async def test_a_ramp(hass: HomeAssistant) -> None:
    """The sensor follows every step, and is cold only at the end; the first target stays until then."""
    async with recorded_rig(hass, connected()) as rig:
        await show(rig, TemperatureSetPoint=20.0, Temperature=20.0)
        await asyncio.sleep(STEADY_AFTER + 1)
        assert shown(rig) == (20.0, STATE_ON)
        for step in STEPS:
            await show(rig, TemperatureSetPoint=step, Temperature=step + 0.3)
            assert shown(rig) == (20.0, STATE_OFF)
            await asyncio.sleep(15)
            assert shown(rig) == (20.0, STATE_OFF)
        await asyncio.sleep(STEADY_AFTER)
        assert shown(rig) == (-10.0, STATE_ON)


async def test_a_camera_that_is_gone_in_between(hass: HomeAssistant) -> None:
    """What it reads when it is back is its target: nobody knows of the steps before."""
    async with recorded_rig(hass, connected()) as rig:
        await show(rig, TemperatureSetPoint=5.0, Temperature=5.0)
        await rig.show("Camera", {"Connected": False})
        assert rig.get("number", "camera_target_temperature").state == STATE_UNAVAILABLE
        await show(rig, TemperatureSetPoint=-10.0, Temperature=-10.0)
        assert shown(rig) == (-10.0, STATE_ON)


async def test_a_target_that_is_set(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """It is shown when the action returns, also after N.I.N.A. went there in steps."""
    number = "number.observatory_camera_target_temperature"
    reached = "binary_sensor.observatory_camera_at_target_temperature"
    for target in (-10.0, 5.0):
        await act(hass, "number.set_value", number, value=target)
        assert float(state(hass, number)) == target
        await call(hass, unhurried, "cool", temperature=target - 1)
        assert float(state(hass, number)) == target - 1
        assert state(hass, reached) == STATE_ON
