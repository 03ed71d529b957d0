"""The entities of the roof guard, and what it keeps on disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.nina_observatory.helpers.storage import LARGEST
from custom_components.nina_observatory.roof.guard import guard_store
from simulator import Observatory

from .commanding import entity_of
from .conftest import make_entry, unload
from .guarding import GUARD, SWITCH, brisk_limits, guarded
from .states import act, state


@pytest.fixture(autouse=True)
def brisk() -> Iterator[None]:
    """Let the guard wait for seconds where it would wait for minutes."""
    with brisk_limits():
        yield


async def test_the_entities_come_and_go_with_the_option(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Without a guard there are none; the next guard begins armed."""
    async with guarded(hass, observatory) as entry:
        assert entity_of(hass, entry, "switch", "dome_roof_guard") == SWITCH
        assert entity_of(hass, entry, "sensor", "dome_roof_guard") == GUARD
        await act(hass, "switch.turn_off", SWITCH)
        for mode in ("off", "rain"):
            hass.config_entries.async_update_entry(entry, options={"roof_guard": mode})
            assert await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=False)
            for entity_id in (SWITCH, GUARD):
                assert (er.async_get(hass).async_get(entity_id) is None) is (mode == "off")
        assert state(hass, SWITCH) == "on"


@pytest.mark.parametrize(
    "kept",
    [
        {"version": 99, "data": {}},
        {"version": 0, "data": {}},
        {"version": 1, "data": {}},
        {"version": 1, "data": []},
        {"version": 1, "data": "?"},
        {"version": 1, "data": {"armed": True, "shutter": "?"}},
        "large",
    ],
)
async def test_what_was_kept_cannot_be_read(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    observatory: Observatory,
    caplog: pytest.LogCaptureFixture,
    kept: Any,
) -> None:
    """It is put aside and logged once; the guard begins armed."""
    store = guard_store(hass, make_entry(observatory))
    path, aside = Path(store.path), Path(f"{store.path}.unreadable")

    def write() -> None:
        """Write a file, of which Home Assistant reads what the test says."""
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b" " * (LARGEST + 1 if kept == "large" else 10))

    await hass.async_add_executor_job(write)
    if kept != "large":
        hass_storage[store.key] = kept
    async with guarded(hass, observatory):
        assert state(hass, SWITCH) == "on"
        logged = [r for r in caplog.records if "set aside" in r.getMessage()]
        assert len(logged) == 1
        assert await hass.async_add_executor_job(aside.exists)
        assert not await hass.async_add_executor_job(path.exists)
    await hass.async_add_executor_job(aside.unlink)


async def test_removing_the_entry(
    hass: HomeAssistant, hass_storage: dict[str, Any], observatory: Observatory
) -> None:
    """Nothing is left behind."""
    async with guarded(hass, observatory) as entry:
        key = guard_store(hass, entry).key
        await unload(hass, entry)
        assert key in hass_storage
        await hass.config_entries.async_remove(entry.entry_id)
        assert key not in hass_storage
