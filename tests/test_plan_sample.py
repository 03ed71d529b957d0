"""The composed sample of the Target Scheduler gives the numbers that were computed by hand."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory

from .api.fake import FakeServer
from .conftest import make_entry, set_up, unload
from .errors import raises
from .states import act, attributes, state, until

SCHEDULER = "observatory_target_scheduler"
CALENDAR = f"calendar.{SCHEDULER}_plan"
IMAGED = ("NGC 7000 Panel 1", "NGC 7000 Panel 2", "M 31")
# Sums over the enabled targets, from `accepted_seconds_by_filter`: 10200 + 12000, 0 + 8700, 0 + 0.
MOSAIC = {"Ha": 22200, "OIII": 8700, "SII": 0}
GALAXIES = {"L": 11640, "R": 4800, "G": 4560, "B": 1440}


@pytest.fixture
def sample(fixtures: Path) -> Any:
    """Return the sample."""
    return json.loads((fixtures.parent / "target_scheduler_sample.json").read_text())


@pytest.fixture
async def scheduler(sample: Any, socket_enabled: None) -> AsyncIterator[FakeServer]:
    """Serve the answers of the sample as they are."""
    server = FakeServer("/ts/v0")
    for route, answers in sample["routes"].items():
        if "{id}" not in route:
            server.raw(route[1:], json.dumps(answers).encode())
            continue
        for identity, answer in answers.items():
            body = answer.get("default", answer) if isinstance(answer, dict) else answer
            raw = "" if isinstance(body, dict) and "$raw" in body else json.dumps(body)
            server.raw(route[1:].replace("{id}", identity), raw.encode())
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def planned(
    hass: HomeAssistant, observatory: Observatory, scheduler: FakeServer
) -> AsyncIterator[MockConfigEntry]:
    """Return an entry whose Target Scheduler gives the answers of the sample."""
    entry = make_entry(observatory)
    entry.add_to_hass(hass)
    data = {**entry.data, "scheduler_port": scheduler.port}
    hass.config_entries.async_update_entry(entry, data=data)
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        await set_up(hass, entry)
    yield entry
    await unload(hass, entry)


def progress_of(hass: HomeAssistant, entry: MockConfigEntry, part: str) -> str | None:
    """Return the sensor of a project or a target, None without one."""
    unique_id = f"{entry.entry_id}_scheduler_{part}"
    return er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id)


async def test_progress(hass: HomeAssistant, planned: MockConfigEntry, sample: Any) -> None:
    """Every enabled target of an active project shows its share of accepted exposure time."""
    expected = {k: v for k, v in sample["expected_derivations"].items() if "plans" in v}
    numbers = {
        each["Name"]: round(float(state(hass, entity_id)), 1)
        for target_id, each in expected.items()
        if (entity_id := progress_of(hass, planned, f"target_{target_id}")) is not None
    }
    imaged = [each for each in expected.values() if each["Name"] in IMAGED]
    assert numbers == {each["Name"]: each["time_weighted_percent"] for each in imaged}
    hours = float(state(hass, f"sensor.{SCHEDULER}_remaining_exposure_time"))
    remaining = sum(each["remaining_seconds_strict"] for each in imaged)
    assert hours == pytest.approx(remaining / 3600)
    profiles = sample["routes"]["/profiles/{id}/projects"].values()
    details = {
        project["Name"]: attributes(hass, entity_id)
        for projects in profiles
        for project in projects
        if (entity_id := progress_of(hass, planned, f"project_{project['Id']}")) is not None
    }
    integration = {name: dict(each["integration_by_filter"]) for name, each in details.items()}
    assert integration == {"North America Nebula Mosaic": MOSAIC, "Autumn Galaxies": GALAXIES}
    # Accepted frames of both panels: 34 + 40, 0 + 29 and 0 of 80 each, all of 300 s.
    mosaic = details["North America Nebula Mosaic"]
    assert mosaic["progress_by_filter"] == {"Ha": 92.5, "OIII": 36.2, "SII": 0}
    # 20 + 5 frames of the mosaic wait for their grades; without grader none does.
    assert [each["provisional"] for each in details.values()] == [True, False]


def moved(sample: Any, by: timedelta) -> list[Any]:
    """Return the preview of the sample as if it had been asked for at another time."""
    (preview,) = [
        each["default"]
        for each in sample["routes"]["/profiles/{id}/preview"].values()
        if len(each["default"]) > 1
    ]
    times = ("StartTime", "EndTime")
    return [
        {**part, **{key: (moment(part[key]) + by).isoformat() for key in times}} for part in preview
    ]


def moment(text: str) -> datetime:
    """Return a time that is reported, to the second."""
    return datetime.fromisoformat(text).replace(microsecond=0)


async def test_tonight(
    hass: HomeAssistant, planned: MockConfigEntry, sample: Any, scheduler: FakeServer
) -> None:
    """What comes next, when all is over, and the parts of the night with their filters."""
    now = dt_util.utcnow().replace(microsecond=0)
    path = f"profiles/{sample['routes']['/profiles'][0]['Id']}/preview"

    async def plan(by: timedelta) -> None:
        """Have the night planned."""
        body = json.dumps(moved(sample, by)).encode()
        scheduler.raw(path, body)
        await act(hass, "button.press", f"button.{SCHEDULER}_refresh_plan")

    since = now - moment(sample["about"]["sample_clock"])
    await plan(since)
    expected = sample["expected_derivations"]["at_sample_clock"]
    assert state(hass, f"sensor.{SCHEDULER}_next_target") == expected["next_target"]
    starts = moment(state(hass, f"sensor.{SCHEDULER}_next_target_start"))
    assert starts == moment(expected["next_target_start"]) + since
    ends = moment(state(hass, f"sensor.{SCHEDULER}_imaging_end"))
    assert ends == moment(expected["planned_imaging_end"]) + since
    span = {
        "start_date_time": (now - timedelta(days=1)).isoformat(),
        "end_date_time": (now + timedelta(days=1)).isoformat(),
    }
    answer = await act(hass, "calendar.get_events", CALENDAR, return_response=True, **span)
    parts = [(each["summary"], each.get("description")) for each in answer[CALENDAR]["events"]]
    assert [name for name, _ in parts] == ["Waiting", *expected["targets_tonight"]]
    assert [filters for _, filters in parts[:3]] == [
        None,
        "6 × Ha 300 s, 34 × OIII 300 s",
        "11 × OIII 300 s, 17 × SII 300 s",
    ]
    # In a second the first target begins, and another one is next.
    await plan(dt_util.utcnow() + timedelta(seconds=1) - moment(expected["next_target_start"]))
    await until(hass, f"sensor.{SCHEDULER}_next_target", "NGC 7000 Panel 2")
    await until(hass, CALENDAR, "on")
    # Yesterday's plan is not tonight's.
    asked = scheduler.paths.count(path)
    await plan(-timedelta(days=30))
    get_plan: dict[str, Any] = {"config_entry_id": planned.entry_id, "return_response": True}
    await act(hass, f"{DOMAIN}.get_plan", **get_plan)
    assert scheduler.paths.count(path) == asked + 2
    assert state(hass, f"sensor.{SCHEDULER}_next_target") == "unknown"


async def test_a_plan_outlasts_a_hiccup(
    hass: HomeAssistant, planned: MockConfigEntry, scheduler: FakeServer
) -> None:
    """It was asked for and is not asked for again: a server that is gone for a while keeps it."""
    await act(hass, "button.press", f"button.{SCHEDULER}_refresh_plan")
    shown = state(hass, CALENDAR)
    handlers, scheduler.handlers = scheduler.handlers, {}
    await planned.runtime_data.scheduler.async_read()
    assert state(hass, f"binary_sensor.{SCHEDULER}_reachable") == "off"
    scheduler.handlers = handlers
    await planned.runtime_data.scheduler.async_read()
    assert state(hass, f"binary_sensor.{SCHEDULER}_reachable") == "on"
    assert state(hass, CALENDAR) == shown != "unavailable"


async def test_statistics(hass: HomeAssistant, planned: MockConfigEntry) -> None:
    """Those of one target fail, as they do without Hocus Focus; the others are there."""

    async def statistics(target: str) -> Any:
        """Ask for the statistics of a target."""
        action, entry = f"{DOMAIN}.get_target_statistics", planned.entry_id
        data = {"config_entry_id": entry, "target": target}
        return await act(hass, action, return_response=True, **data)

    with raises("statistics_failed"):
        await statistics("M 31")
    told = (await statistics("NGC 7000 Panel 1"))["statistics"]
    assert [each["filter_name"] for each in told] == ["Ha", "OIII", "SII"]
    assert told[0]["hfr_mean"] == pytest.approx(2.1846, abs=1e-4)
    # No frame yet: nothing was measured.
    assert told[2]["hfr_mean"] is None
    assert state(hass, f"binary_sensor.{SCHEDULER}_reachable") == "on"
