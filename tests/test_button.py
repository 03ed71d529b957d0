"""Buttons, and which controls there are at all: by equipment, plugin and option."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.nina_observatory.const import CONTROLS
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .commanding import entity_of, sent
from .conftest import make_entry, set_up, unload
from .errors import raises, refused
from .states import act
from .waiting import eventually


def controls(hass: HomeAssistant, entry: NinaConfigEntry) -> list[str]:
    """Return the controls of an entry, a line for each."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return sorted(
        ", ".join(
            str(part)
            for part in (
                entity.domain,
                entity.unique_id.removeprefix(f"{entry.entry_id}_"),
                entity.original_name,
                entity.entity_category,
                entity.original_device_class,
                "off" if entity.disabled_by else None,
            )
            if part is not None
        )
        for entity in entities
        if entity.domain in CONTROLS
    )


@pytest.mark.parametrize("version", ["2.0.1", "2.1.0", "2.2.5", "2.2.15"])
async def test_controls_by_the_version_of_the_plugin(
    hass: HomeAssistant, socket_enabled: None, snapshot: SnapshotAssertion, version: str
) -> None:
    """What a version cannot do is absent, not broken."""
    async with Observatory(port=0, speed=150, version=version) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.catalog.data.reachable)
        await eventually(lambda: entry.runtime_data.sequence.data.tree)
        await hass.async_block_till_done()
        assert controls(hass, entry) == snapshot
        await unload(hass, entry)


async def test_a_rig_with_little_equipment_has_few_controls(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Only the mount was ever connected, and it cannot park."""
    for device in observatory.devices:
        device.detach()
    mount = observatory.mount
    mount.can_park = False
    mount.attach()
    entry = make_entry(observatory)
    await set_up(hass, entry)
    of_equipment = {line.split(", ")[1] for line in controls(hass, entry) if ", hub_" not in line}
    assert of_equipment == {
        "mount_find_home",
        "mount_meridian_flip",
        "mount_set_park_position",
        "mount_stop",
        "mount_tracking",
        "mount_tracking_mode",
        "scheduler_refresh_plan",
    }
    await unload(hass, entry)


async def test_park_positions_are_set_on_the_word_of_n_i_n_a(
    hass: HomeAssistant, observatory: Observatory, everything_on: None
) -> None:
    """No reading shows a park position; a refusal is reported, a lost answer too."""
    loaded_entry = make_entry(observatory)
    await set_up(hass, loaded_entry)
    dome = entity_of(hass, loaded_entry, "button", "dome_set_park_position")
    mount = entity_of(hass, loaded_entry, "button", "mount_set_park_position")
    observatory.ledger.reset()
    with refused("dome_park_position_not_settable"):
        await act(hass, "button.press", dome)
    assert sent(observatory) == []
    observatory.dome.parked = False
    observatory.dome.turn.put(77.0)
    observatory.mount.hardware.parked = False
    for device in observatory.devices:
        device.refresh()
    await act(hass, "button.press", dome)
    assert observatory.dome.park_azimuth == 77
    await act(hass, "button.press", mount)
    assert [path for path, _ in sent(observatory)] == [
        "/equipment/dome/set-park-position",
        "/equipment/mount/set-park-position",
    ]
    await observatory.faults.start("reset", path="/equipment/dome/set-park-position")
    with raises("command_lost"):
        await act(hass, "button.press", dome)
    await unload(hass, loaded_entry)


async def test_refreshing_reads_what_is_read_seldom(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """And commands nothing."""
    await eventually(lambda: not observatory.ledger.pending)
    observatory.ledger.reset()
    await act(hass, "button.press", entity_of(hass, loaded_entry, "button", "hub_refresh"))
    assert sent(observatory) == []
    for path in ("/equipment/info", "/sequence/json", "/livestack/status", "/flats/status"):
        assert observatory.ledger.count(path) >= 1
    # The active one and the list of all.
    assert observatory.ledger.count("/profile/show") == 2


async def test_warming_up_is_what_the_button_says(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A camera that is warm is left alone."""
    observatory.ledger.reset()
    await act(hass, "button.press", entity_of(hass, loaded_entry, "button", "camera_warm_up"))
    assert sent(observatory) == []
