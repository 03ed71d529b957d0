"""The example automation that notifies of a roof that does not close, and of its end."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.events.own_types import OwnEventType
from custom_components.nina_observatory.roof.detector import RoofProblem

from .errors import TEXTS
from .waiting import eventually

AUTOMATION = Path("docs/automations/roof_not_closed.yaml")
REASONS = TEXTS["entity"]["event"]["dome"]["state_attributes"]["reason"]["state"]


def notifications(hass: HomeAssistant) -> list[tuple[str, str]]:
    """Return titles and texts of all notifications."""
    shown = hass.data.get("persistent_notification", {}).values()
    return [(each["title"], each["message"]) for each in shown]


@pytest.mark.parametrize("problem", RoofProblem)
async def test_a_roof_that_does_not_close(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, problem: RoofProblem
) -> None:
    """One notification with the reason in words, which its end replaces."""
    config: Any = await hass.async_add_executor_job(load_yaml, AUTOMATION)
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    data = {"reason": problem.value}
    async_fire_own(hass, loaded_entry, OwnEventType.ROOF_CLOSE_FAILED, data, Role.DOME)
    text = f"{REASONS[problem]}. Check the roof now and close it by hand if necessary."
    await eventually(lambda: notifications(hass) == [("The roof is not closed", text)])
    async_fire_own(
        hass, loaded_entry, OwnEventType.ROOF_GUARD_CLOSED, {"reason": "rain"}, Role.DOME
    )
    await eventually(lambda: [title for title, _ in notifications(hass)] == ["The roof is closed"])
