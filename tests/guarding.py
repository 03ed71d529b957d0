"""A roof guard in tests: at a pace that suits them, and what it did."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.roof import guard_state
from custom_components.nina_observatory.roof.detector import RoofReading
from custom_components.nina_observatory.roof.guard import RoofGuard
from custom_components.nina_observatory.roof.guard_state import GuardState, Limits, Message
from simulator import Observatory

from .commanding import paths
from .conftest import UNHURRIED, make_entry, set_up, unload
from .states import until

CLOSE, PARK, STOP = "/equipment/dome/close", "/equipment/mount/park", "/sequence/stop"
GUARD = "sensor.observatory_dome_roof_guard"
SWITCH = "switch.observatory_dome_roof_guard"
ACTIVITY = "event.observatory_dome_roof_events"
SENSOR = "binary_sensor.rain"
KINDS = {
    "roof_guard_closing": Message.CLOSING,
    "roof_guard_closed": Message.CLOSED,
    "roof_close_failed": Message.FAILED,
}


@contextmanager
def brisk_limits() -> Iterator[Limits]:
    """Let guards wait for seconds where they would wait for minutes."""
    limits = Limits(
        first_pause=0.3,
        longest_pause=1.0,
        gives_way=1.0,
        error=0.3,
        silence=4.0,
        exposed=30.0,
        settle=0.1,
    )
    with patch.object(guard_state, "Limits", lambda: limits):
        yield limits


@asynccontextmanager
async def guarded(
    hass: HomeAssistant, observatory: Observatory, mode: str = "rain", **options: Any
) -> AsyncIterator[MockConfigEntry]:
    """Set up an entry with a guard."""
    entry = make_entry(observatory, roof_guard=mode, **options)
    await set_up(hass, entry)
    entry.runtime_data.runner.pace.scale = UNHURRIED
    yield entry
    await observatory.faults.clear()
    await unload(hass, entry)


async def set_up_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load an entry once more, at a pace that suits tests."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    pace = entry.runtime_data.runner.pace
    pace.first_read, pace.read_again, pace.after_event = 0.02, 0.05, 0.01
    pace.scale = UNHURRIED
    await hass.async_block_till_done(wait_background_tasks=False)


def open_roof(observatory: Observatory, *, parked: bool = True) -> None:
    """Have the roof stand open."""
    observatory.dome.put_shutter(1.0)
    if not parked:
        observatory.mount.hardware.put(observatory.sequence.target)
    for device in (observatory.dome, observatory.mount):
        device.refresh()


def guard_of(entry: MockConfigEntry) -> RoofGuard:
    """Return the guard of an entry."""
    guard = entry.runtime_data.guard
    assert isinstance(guard, RoofGuard)
    return guard


def seen(entry: MockConfigEntry) -> RoofReading | None:
    """Return what the guard saw last of the roof."""
    return guard_of(entry).machine.memory.shutter


def issue(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Return the text of the repair issue of the roof."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, f"roof_not_closed_{entry.entry_id}")
    return None if found is None else found.translation_key


async def closed_by_guard(hass: HomeAssistant, observatory: Observatory) -> None:
    """Return when the guard closed the roof, with the mount parked."""
    await until(hass, GUARD, GuardState.CLOSED_BY_GUARD)
    assert (observatory.dome.opening, observatory.mount.parked) == (0.0, True)
    assert CLOSE in paths(observatory)
