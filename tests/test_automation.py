"""The automation of the README closes the dome when it rains."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.nina_observatory.coordinator import NinaConfigEntry
from simulator import Observatory

from .states import DOME, NOT_SAFE, act, state, until
from .waiting import eventually, within

OPEN = "binary_sensor.observatory_dome_open_while_not_safe"
RAIN = "binary_sensor.observatory_weather_rain"
AUTOMATION = Path("docs/automations/close_the_dome_when_it_rains.yaml")


@pytest.fixture
async def automation(hass: HomeAssistant, rig: NinaConfigEntry) -> None:
    """Install the automation as a user would, and have the roof open."""
    config = await hass.async_add_executor_job(load_yaml, AUTOMATION)
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    await act(hass, "cover.open_cover", DOME)


async def test_rain_closes_the_dome(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry, automation: None
) -> None:
    """Rain is seen at the next poll, and the roof is closed, whatever the monitor says."""
    observatory.weather.rain_rate = 4.0
    await eventually(lambda: observatory.weather.info()["RainRate"] == 4.0)
    await rig.runtime_data.rig.async_read()
    await until(hass, DOME, "closed")
    assert state(hass, NOT_SAFE) == "off"
    assert observatory.dome.opening == 0.0


async def test_an_unsafe_sky_closes_the_dome(
    hass: HomeAssistant, observatory: Observatory, automation: None
) -> None:
    """Also without a rain sensor, of which the automation speaks all the same."""
    er.async_get(hass).async_remove(RAIN)
    assert hass.states.get(RAIN) is None
    observatory.safety_monitor.is_safe = False
    await until(hass, DOME, "closed")


async def lose(hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry) -> None:
    """Close N.I.N.A. under an open roof for so long that nobody knows whether it is safe."""
    await observatory.stop()
    observatory.safety_monitor.is_safe = False
    await rig.runtime_data.rig.async_read()
    await until(hass, DOME, "unavailable")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await until(hass, NOT_SAFE, "on")


async def test_an_open_dome_that_is_found_again_is_closed(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry, automation: None
) -> None:
    """What could not be closed when it became unsafe is closed when N.I.N.A. is back."""
    await lose(hass, observatory, rig)
    await eventually(lambda: hass.data.get("persistent_notification"))
    await observatory.start()
    await until(hass, DOME, "open")
    await within(hass, 31, lambda: state(hass, DOME) == "closed")


async def test_a_roof_that_does_not_close_is_told(
    hass: HomeAssistant, observatory: Observatory, automation: None
) -> None:
    """With the shutter stuck the automation says so."""
    await observatory.faults.start("stuck_shutter")
    observatory.safety_monitor.is_safe = False
    await eventually(lambda: hass.data.get("persistent_notification"))
    assert state(hass, DOME) == "open"


async def install(
    hass: HomeAssistant, danger: str, *, opened: bool = True, **more: Any
) -> list[ServiceCall]:
    """Install the blueprint as a user would, have the roof open, and return the alarms."""
    alarms = async_mock_service(hass, "notify", "phone")
    values = {
        "roof": DOME,
        "danger": [danger],
        "alarm": [{"action": "notify.phone", "data": {"message": "open"}}],
        **more,
    }
    blueprint = {"path": "nina_observatory/close_the_roof.yaml", "input": values}
    with patch.object(hass.config, "path", lambda *parts: str(Path().joinpath(*parts))):
        assert await async_setup_component(
            hass, "automation", {"automation": {"use_blueprint": blueprint}}
        )
        await hass.async_block_till_done()
    if opened:
        await act(hass, "cover.open_cover", DOME)
    return alarms


async def test_the_blueprint_closes_the_dome_and_raises_the_alarm(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry
) -> None:
    """The blueprint does the same for any rig: it closes, and tells when it could not."""
    alarms = await install(hass, NOT_SAFE)
    await observatory.faults.start("stuck_shutter")
    observatory.safety_monitor.is_safe = False
    await eventually(lambda: alarms)
    await observatory.faults.clear()
    observatory.safety_monitor.is_safe = True
    await until(hass, NOT_SAFE, "off")
    observatory.safety_monitor.is_safe = False
    await until(hass, DOME, "closed")


async def test_the_blueprint_closes_a_dome_that_is_found_again(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry
) -> None:
    """Not before it was told once that the dome could not be closed."""
    alarms = await install(hass, NOT_SAFE)
    await lose(hass, observatory, rig)
    await eventually(lambda: alarms)
    await observatory.start()
    await until(hass, DOME, "open")
    await within(hass, 31, lambda: state(hass, DOME) == "closed")


@pytest.mark.parametrize("opened", [True, False])
async def test_the_blueprint_with_a_sensor_that_remembers(
    hass: HomeAssistant,
    observatory: Observatory,
    rig: NinaConfigEntry,
    opened: bool,  # a parameter of the test
) -> None:
    """Who closes N.I.N.A. under a closed dome is not rung up; under an open one they are."""
    alarms = await install(hass, NOT_SAFE, opened=opened, watch=OPEN)
    await lose(hass, observatory, rig)
    await hass.async_block_till_done(wait_background_tasks=False)
    assert alarms == []
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=100))
    await hass.async_block_till_done(wait_background_tasks=False)
    assert (state(hass, OPEN) == "on") is opened
    assert len(alarms) == opened
    await observatory.start()


@pytest.mark.parametrize("which", ["example", "blueprint"])
async def test_a_dome_that_is_open_when_home_assistant_starts(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry, which: str
) -> None:
    """It may have become dangerous while Home Assistant was away."""
    await act(hass, "cover.open_cover", DOME)
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")
    hass.set_state(CoreState.starting)
    if which == "blueprint":
        await install(hass, NOT_SAFE, opened=False)
    else:
        config = await hass.async_add_executor_job(load_yaml, AUTOMATION)
        assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    assert state(hass, DOME) == "open"
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(hass, DOME, "closed")


async def test_the_blueprint_leaves_a_dome_alone_that_is_safe(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry
) -> None:
    """Coming back alone is no reason to close."""
    alarms = await install(hass, RAIN)
    await observatory.stop()
    await rig.runtime_data.rig.async_read()
    await until(hass, DOME, "unavailable")
    await observatory.start()
    await until(hass, DOME, "open")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done(wait_background_tasks=False)
    assert state(hass, DOME) == "open"
    assert alarms == []
