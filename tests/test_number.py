"""Numbers: in the range that the device names, and none where nobody knows it."""

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .commanding import entity_of, sent
from .conftest import make_entry, set_up, unload
from .errors import refused
from .states import act, attributes, state, until


@pytest.mark.parametrize(
    ("unique", "limits"),
    [
        ("camera_usb_limit", (40, 100, 1)),
        ("switch_hub_channel_5", (0, 100, 1)),
        ("rotator_mechanical_position", (0, 360, 0.1)),
        ("dome_azimuth", (0, 360, 0.1)),
    ],
)
async def test_ranges(
    hass: HomeAssistant, loaded_entry: NinaConfigEntry, unique: str, limits: tuple[float, ...]
) -> None:
    """Limits and step are those of the device, where it has some."""
    shown = attributes(hass, entity_of(hass, loaded_entry, "number", unique))
    assert (shown["min"], shown["max"], shown["step"]) == limits


async def test_values_out_of_range_are_not_sent(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Home Assistant refuses them by the range of the entity."""
    observatory.ledger.reset()
    for unique, value in (
        ("camera_usb_limit", 101),
        ("switch_hub_channel_5", -1),
        ("dome_azimuth", 361),
        ("camera_target_temperature", -100),
    ):
        with pytest.raises(ServiceValidationError):
            await act(
                hass,
                "number.set_value",
                entity_of(hass, loaded_entry, "number", unique),
                value=value,
            )
    assert sent(observatory) == []


async def test_a_focuser_has_no_number(hass: HomeAssistant, loaded_entry: NinaConfigEntry) -> None:
    """How far it can go is not on the wire; a slider could drive it into its stop."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), loaded_entry.entry_id)
    numbers = [entity.unique_id for entity in entities if entity.domain == "number"]
    assert numbers
    assert not [unique for unique in numbers if "focuser" in unique]


async def test_an_angle_in_the_sky_needs_a_rotator_that_knows_it(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """N.I.N.A. would refuse silently until the rotator is synced: it is unknown, and cannot be set."""
    position = entity_of(hass, loaded_entry, "number", "rotator_position")
    mechanical = entity_of(hass, loaded_entry, "number", "rotator_mechanical_position")
    assert state(hass, position) == STATE_UNKNOWN
    with refused("rotator_not_synced"):
        await act(hass, "number.set_value", position, value=30)
    assert float(state(hass, mechanical)) == pytest.approx(64.12, abs=0.01)
    observatory.rotator.synced = True
    observatory.rotator.refresh()
    await act(hass, "button.press", entity_of(hass, loaded_entry, "button", "hub_refresh"))
    await until(hass, position, state(hass, position))
    assert float(state(hass, position)) == pytest.approx(345.06, abs=0.01)


async def test_temperatures_are_sent_in_celsius(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Whatever unit the user reads them in."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    entry = make_entry(observatory)
    await set_up(hass, entry)
    entry.runtime_data.runner.pace.scale = 1 / 15
    target = entity_of(hass, entry, "number", "camera_target_temperature")
    assert attributes(hass, target)[ATTR_UNIT_OF_MEASUREMENT] == "°F"
    observatory.camera.cooler.put(-4.0)
    observatory.camera.refresh()
    observatory.ledger.reset()
    await act(hass, "number.set_value", target, value=23)
    (command,) = sent(observatory)
    assert command[1]["temperature"] == "-5.0"
    await unload(hass, entry)


async def test_what_the_equipment_cannot_do_has_no_number(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """A roof does not turn, an uncooled camera has no target."""
    observatory.camera.can_cool = observatory.dome.can_turn = False
    for device in observatory.devices:
        device.refresh()
    entry: MockConfigEntry = make_entry(observatory)
    await set_up(hass, entry)
    registry = er.async_get(hass)
    for unique in ("camera_target_temperature", "dome_azimuth"):
        identity = f"{entry.entry_id}_{unique}"
        assert registry.async_get_entity_id("number", DOMAIN, identity) is None
    await unload(hass, entry)
