"""Setting up, losing and finding the observatory again."""

from homeassistant.core import HomeAssistant

from custom_components.nina_observatory.coordinator import NinaConfigEntry
from simulator import Observatory


async def test_everything_is_there(
    hass: HomeAssistant, observatory: Observatory, rig: NinaConfigEntry
) -> None:
    """A simulated observatory shows its equipment."""
    assert hass.states.get("cover.observatory_dome").state == "closed"
    assert hass.states.get("binary_sensor.observatory_mount_parked").state == "on"
