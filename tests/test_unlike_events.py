"""Ten thousand unlike events leave nothing behind: no memory, no task, no timer, no line in the log."""

import asyncio
from collections import Counter
from dataclasses import dataclass
import gc
import logging
import sys
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import EVENT_NINA, LOGGER
from simulator import Observatory, wire

from .clock import CLOCK
from .states import REACHABLE, state, until
from .unlike import emit_unlike
from .waiting import eventually

EVENTS = 10_000
WARM_UP = 2_000
# Seconds; the events of a night are kept until its report is told.
DAY = 86_400
# Blocks of memory that come and go with what is under way: an eighth of one for each event.
SLACK = 1_400


@pytest.fixture
def hass_storage(hass_config_dir: str) -> None:
    """Override what the harness does: its disk is a mock that remembers all that it was given."""


@dataclass(frozen=True, slots=True)
class Held:
    """What Home Assistant holds that events could add to; `blocks` are allocations of Python."""

    tasks: Counter[str]
    timers: Counter[str]
    listeners: dict[str, int]
    entities: frozenset[str]
    devices: frozenset[str]
    blocks: int


def hold(hass: HomeAssistant) -> Held:
    """Count what is held now."""
    # What the simulator remembers of texts.
    wire._string.cache_clear()
    gc.collect()
    waiting = [each for each in hass.loop._scheduled if not each.cancelled()]  # type: ignore[attr-defined]
    return Held(
        tasks=Counter(each.get_name().partition("Task-")[0] for each in asyncio.all_tasks()),
        timers=Counter(
            f"{each._callback.__module__}.{getattr(each._callback, '__qualname__', '')}"
            for each in waiting
            if not each._callback.__module__.startswith("simulator.")
        ),
        listeners={str(name): number for name, number in hass.bus.async_listeners().items()},
        entities=frozenset(each.entity_id for each in er.async_get(hass).entities.values()),
        devices=frozenset(each.id for each in dr.async_get(hass).devices),
        blocks=sys.getallocatedblocks(),
    )


async def restarted(hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry) -> None:
    """Restart N.I.N.A., so that its history is empty as in the beginning, and wait for calm."""
    CLOCK.turn(3 * DAY)
    await observatory.restart_nina(60)
    await observatory.connect_all()
    await until(hass, REACHABLE, "on")
    listener = entry.runtime_data.listener
    await eventually(lambda: listener.connected and listener.caught_up and listener._at_rest, 60)
    # Longer than anything that an event sets going.
    await asyncio.sleep(200)
    await eventually(lambda: not observatory.ledger.pending)
    await hass.async_block_till_done()
    observatory.ledger.reset()


async def test_ten_thousand_unlike_events(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each reaches the bus once; afterward everything is as it was."""
    caplog.set_level(logging.INFO, LOGGER.name)
    heard = 0

    @callback
    def count(event: Event[Any]) -> None:
        nonlocal heard
        heard += "number" in event.data["data"] or "text" in event.data["data"]

    hass.bus.async_listen(EVENT_NINA, count)
    await emit_unlike(observatory, 1, WARM_UP)
    await eventually(lambda: heard == WARM_UP)
    await restarted(hass, observatory, settled)
    before = hold(hass)

    caplog.clear()
    await emit_unlike(observatory, 2, EVENTS)
    await eventually(lambda: heard == WARM_UP + EVENTS)
    lines = [each.getMessage() for each in caplog.records if each.name.startswith(LOGGER.name)]
    assert lines == []
    await restarted(hass, observatory, settled)

    after = hold(hass)
    assert heard == WARM_UP + EVENTS
    assert after.tasks == before.tasks
    assert after.timers == before.timers
    assert after.listeners == before.listeners
    assert after.entities == before.entities
    assert after.devices == before.devices
    assert after.blocks - before.blocks < SLACK
    lines = [each.getMessage() for each in caplog.records if each.name.startswith(LOGGER.name)]
    # One for each end, and one for each return.
    assert Counter(lines).most_common(1)[0][1] == 1, lines
    assert state(hass, REACHABLE) == "on"
