"""Two rigs in one Home Assistant, built from the same parts: nothing of one is the other's."""

from collections.abc import AsyncIterator

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from simulator import Observatory

from .commanding import sent
from .conftest import SPEED, make_entry, set_up, unload
from .states import act, state, until
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("quiet")

MONITORS = ("binary_sensor.observatory_safety_monitor", "binary_sensor.backyard_safety_monitor")
PARKED = ("binary_sensor.observatory_mount_parked", "binary_sensor.backyard_mount_parked")


@pytest.fixture
async def other(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run a second observatory with the same equipment."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, scenario="idle"
    ) as observatory:
        yield observatory


@pytest.fixture
async def backyard(
    hass: HomeAssistant, ready: MockConfigEntry, other: Observatory
) -> AsyncIterator[MockConfigEntry]:
    """Return the entry of the second observatory, beside the first."""
    entry = MockConfigEntry(domain=DOMAIN, title="Backyard", data=make_entry(other).data)
    await set_up(hass, entry)
    await eventually(lambda: other.ledger.count("/event-history") and not other.ledger.pending)
    other.ledger.reset()
    yield entry
    await unload(hass, entry)


def entities(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, er.RegistryEntry]:
    """Return the entities of a rig by what follows the id of the entry in their unique ids."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    prefix = f"{entry.entry_id}_"
    assert all(each.unique_id.startswith(prefix) for each in found)
    return {f"{each.domain} {each.unique_id.removeprefix(prefix)}": each for each in found}


async def test_the_same_equipment_on_both(
    hass: HomeAssistant,
    observatory: Observatory,
    other: Observatory,
    ready: MockConfigEntry,
    backyard: MockConfigEntry,
) -> None:
    """Devices and entities are apart, and alike but for the scheduler that one has not."""
    cameras = [each.camera.info()["DeviceId"] for each in (observatory, other)]
    assert cameras[0] == cameras[1] != ""
    first, second = entities(hass, ready), entities(hass, backyard)
    assert {key for key in first if " scheduler_" not in key} == set(second)
    registry = dr.async_get(hass)
    devices = [
        {each.id for each in dr.async_entries_for_config_entry(registry, entry.entry_id)}
        for entry in (ready, backyard)
    ]
    assert devices[0].isdisjoint(devices[1])
    assert (len(devices[0]), len(devices[1])) == (15, 14)
    for own, found in zip(devices, (first, second), strict=True):
        assert {each.device_id for each in found.values()} == own


async def test_each_goes_by_its_name(
    hass: HomeAssistant, ready: MockConfigEntry, backyard: MockConfigEntry
) -> None:
    """In its entity ids and in what people read."""
    for entry in (ready, backyard):
        for entity in entities(hass, entry).values():
            word = entry.title.lower()
            assert entity.entity_id.split(".")[1].startswith(f"{word}_"), entity.entity_id
            shown = hass.states.get(entity.entity_id)
            assert shown is None or shown.name.startswith(f"{entry.title} "), shown
    camera = hass.states.get("sensor.backyard_camera_temperature")
    assert camera is not None
    assert camera.name == "Backyard camera Temperature"
    numbered = [each for each in hass.states.async_entity_ids() if each.endswith(("_2", "_3"))]
    assert numbered == []


async def test_each_shows_its_own(
    hass: HomeAssistant, other: Observatory, ready: MockConfigEntry, backyard: MockConfigEntry
) -> None:
    """An event of one rig changes, and is told of, that one alone."""
    told: list[Event] = async_capture_events(hass, EVENT_NINA)
    assert [state(hass, each) for each in MONITORS] == ["off", "off"]
    other.safety_monitor.is_safe = False
    await until(hass, MONITORS[1], "on")
    assert state(hass, MONITORS[0]) == "off"
    assert state(hass, "binary_sensor.observatory_safety") == "off"
    assert state(hass, "binary_sensor.backyard_safety") == "on"
    await eventually(lambda: told)
    assert {each.data["entry_id"] for each in told} == {backyard.entry_id}


@pytest.mark.parametrize("by", ["action", "entity", "device"])
async def test_a_command_goes_to_the_rig_it_was_meant_for(
    hass: HomeAssistant,
    observatory: Observatory,
    other: Observatory,
    ready: MockConfigEntry,
    backyard: MockConfigEntry,
    by: str,
) -> None:
    """Whichever way the rig is named; the other one is not even asked."""
    unpark = entities(hass, backyard)["button mount_unpark"]
    if by == "action":
        await act(hass, f"{DOMAIN}.unpark", config_entry_id=backyard.entry_id)
    elif by == "entity":
        await act(hass, "button.press", unpark.entity_id)
    else:
        cover = entities(hass, backyard)["cover dome_shutter"]
        await act(hass, "cover.open_cover", device_id=cover.device_id)
    assert [path for path, _ in sent(other)] == [
        "/equipment/dome/open" if by == "device" else "/equipment/mount/unpark"
    ]
    assert sent(observatory) == []
    assert state(hass, PARKED[0]) == "on"
    assert state(hass, "cover.observatory_dome") == "closed"


async def test_one_ends_while_the_other_goes_on(
    hass: HomeAssistant,
    observatory: Observatory,
    other: Observatory,
    ready: MockConfigEntry,
    backyard: MockConfigEntry,
) -> None:
    """Nothing that an entry opened or registered is missed by the one that stays."""
    await unload(hass, ready)
    assert ready.state is ConfigEntryState.NOT_LOADED
    assert state(hass, PARKED[0]) == "unavailable"
    await eventually(lambda: not observatory.ledger.pending)
    observatory.ledger.reset()
    other.ledger.reset()

    await act(hass, f"{DOMAIN}.unpark", config_entry_id=backyard.entry_id)
    assert state(hass, PARKED[1]) == "off"
    other.safety_monitor.is_safe = False
    await until(hass, MONITORS[1], "on")
    assert backyard.runtime_data.listener.connected
    assert observatory.ledger.total == 0

    assert await hass.config_entries.async_setup(ready.entry_id)
    await until(hass, PARKED[0], "on")
    assert state(hass, PARKED[1]) == "off"


async def test_one_is_removed_with_all_that_is_its_own(
    hass: HomeAssistant, ready: MockConfigEntry, backyard: MockConfigEntry
) -> None:
    """And with nothing else."""
    before = entities(hass, backyard)
    await hass.config_entries.async_remove(ready.entry_id)
    await hass.async_block_till_done()
    assert entities(hass, ready) == {}
    assert dr.async_entries_for_config_entry(dr.async_get(hass), ready.entry_id) == []
    assert entities(hass, backyard) == before
    assert state(hass, PARKED[1]) == "on"
