"""The composed sample of the Target Scheduler gives the numbers that were computed by hand."""

from collections.abc import AsyncIterator
from datetime import datetime
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
import pytest

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory
from simulator.clock import SimulationClock
from simulator.scheduler.sample import store_from
from simulator.scheduler.server import SchedulerServer
from simulator.sky import Site

from .conftest import make_entry, set_up, unload
from .states import state


@pytest.fixture
def sample(fixtures: Path) -> Any:
    """Return the sample."""
    return json.loads((fixtures.parent / "target_scheduler_sample.json").read_text())


@pytest.fixture
async def scheduler(sample: Any, socket_enabled: None) -> AsyncIterator[SchedulerServer]:
    """Serve the sample."""
    about = sample["about"]
    clock = SimulationClock(1.0, datetime.fromisoformat(about["sample_clock"]))
    site = Site(about["site"]["latitude"], about["site"]["longitude"], 50.0)
    server = SchedulerServer(clock, site, store_from(sample))
    await server.start()
    yield server
    await server.stop()


async def test_numbers(
    hass: HomeAssistant,
    observatory: Observatory,
    scheduler: SchedulerServer,
    sample: Any,
) -> None:
    """Every enabled target of an active project shows its share of accepted exposure time."""
    entry = make_entry(observatory)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "scheduler_port": scheduler.port}
    )
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        await set_up(hass, entry)
    registry = er.async_get(hass)

    def shown(target_id: str) -> str | None:
        """Return what the sensor of a target shows, None without one."""
        unique_id = f"{entry.entry_id}_scheduler_target_{target_id}"
        entity_id = registry.async_get_entity_id("sensor", DOMAIN, unique_id)
        return None if entity_id is None else state(hass, entity_id)

    expected = {k: v for k, v in sample["expected_derivations"].items() if "plans" in v}
    numbers = {
        each["Name"]: round(float(text), 1)
        for target_id, each in expected.items()
        if (text := shown(target_id)) is not None
    }
    imaged = ("NGC 7000 Panel 1", "NGC 7000 Panel 2", "M 31")
    assert numbers == {
        each["Name"]: each["time_weighted_percent"]
        for each in expected.values()
        if each["Name"] in imaged
    }
    remaining = sum(
        each["remaining_seconds_strict"] for each in expected.values() if each["Name"] in imaged
    )
    hours = float(state(hass, "sensor.observatory_target_scheduler_remaining_exposure_time"))
    assert hours == pytest.approx(remaining / 3600)
    await unload(hass, entry)
