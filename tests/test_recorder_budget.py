"""The budget of the recorder: what one rig with the default entities writes in a minute."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
import pytest

from custom_components.nina_observatory.const import EVENT_NINA
from simulator import Observatory
from simulator.tremble import tremble

from .conftest import make_entry, set_up, unload
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")

MINUTES = 12


def counted(hass: HomeAssistant) -> Counter[str]:
    """Return a counter of the rows that the recorder gets, by entity and by type of event."""
    rows: Counter[str] = Counter()

    @callback
    def state(event: Event[EventStateChangedData]) -> None:
        rows[event.data["entity_id"]] += 1

    @callback
    def told(event: Event[Mapping[str, Any]]) -> None:
        rows[str(event.data["type"])] += 1

    hass.bus.async_listen(EVENT_STATE_CHANGED, state)
    hass.bus.async_listen(EVENT_NINA, told)
    return rows


def shorten_exposures(observatory: Observatory, seconds: float) -> None:
    """Have the Target Scheduler take frames of another length."""
    assert observatory.scheduler is not None
    for project in observatory.scheduler.store.projects:
        for target in project.targets:
            for plan in target.plans:
                plan.exposure = seconds


@pytest.mark.parametrize(("scenario", "budget"), [("clear_night", 20), ("idle", 2)])
async def test_rows_a_minute(hass: HomeAssistant, scenario: str, budget: float) -> None:
    """At the pace of reality, with frames of three minutes and instruments that tremble."""
    observatory = Observatory(port=0, scheduler_port=0, speed=1.0, scenario=scenario)
    shorten_exposures(observatory, 150.0)
    async with observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.listener.caught_up)
        observatory.tasks.start(tremble(observatory.rig))
        await asyncio.sleep(60)
        rows = counted(hass)
        await asyncio.sleep(60 * MINUTES)
        assert rows.total() / MINUTES <= budget, rows.most_common()
        assert rows.total() > 0
        await unload(hass, entry)
