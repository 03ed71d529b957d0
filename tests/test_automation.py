"""The automation of the README closes the dome when it rains."""

from pathlib import Path
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.nina_observatory.coordinator import NinaConfigEntry
from simulator import Observatory

from .states import DOME, NOT_SAFE, act, state, until
from .waiting import eventually

BLUEPRINT = {
    "use_blueprint": {
        "path": "nina_observatory/close_the_roof.yaml",
        "input": {
            "roof": DOME,
            "danger": [NOT_SAFE],
            "alarm": [{"action": "notify.phone", "data": {"message": "open"}}],
        },
    }
}
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
    hass: HomeAssistant, observatory: Observatory, automation: None
) -> None:
    """Rain is seen at the next poll, and the roof is closed."""
    observatory.weather.rain_rate = 4.0
    observatory.safety_monitor.is_safe = False
    await until(hass, DOME, "closed")
    assert observatory.dome.opening == 0.0


async def test_a_roof_that_does_not_close_is_told(
    hass: HomeAssistant, observatory: Observatory, automation: None
) -> None:
    """With the shutter stuck the automation says so."""
    await observatory.faults.start("stuck_shutter")
    observatory.safety_monitor.is_safe = False
    await eventually(lambda: hass.data.get("persistent_notification"))
    assert state(hass, DOME) == "open"


async def test_the_blueprint_closes_the_dome_and_raises_the_alarm(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry
) -> None:
    """The blueprint does the same for any rig: it closes, and tells when it could not."""
    alarms = async_mock_service(hass, "notify", "phone")
    with patch.object(hass.config, "path", lambda *parts: str(Path().joinpath(*parts))):
        assert await async_setup_component(hass, "automation", {"automation": BLUEPRINT})
        await hass.async_block_till_done()
    await act(hass, "cover.open_cover", DOME)
    await observatory.faults.start("stuck_shutter")
    observatory.safety_monitor.is_safe = False
    await eventually(lambda: alarms)
    await observatory.faults.clear()
    observatory.safety_monitor.is_safe = True
    await until(hass, NOT_SAFE, "off")
    observatory.safety_monitor.is_safe = False
    await until(hass, DOME, "closed")
