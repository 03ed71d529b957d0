"""The Target Scheduler's server: it comes and goes by itself, and nothing is made up without it."""

from datetime import timedelta
import logging

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory

from .conftest import set_up, unload
from .states import attributes, state, until
from .waiting import eventually, within

NAME = "observatory_target_scheduler"
REACHABLE = f"binary_sensor.{NAME}_reachable"
PROGRESS = f"sensor.{NAME}_overall_progress"
VERSION = f"sensor.{NAME}_version"
REFRESH = f"button.{NAME}_refresh_plan"
PROFILES = "/ts/v0/profiles"

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ("html", "/ts/v0/*"),
        ("empty", PROFILES),
        ("truncated", "/ts/v0/projects/*"),
        ("reset", PROFILES),
        ("error_500", "/ts/v0/profiles/*"),
        ("hang", PROFILES),
    ],
)
async def test_without_a_proper_answer_there_is_no_plan(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    impatient: None,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    path: str,
) -> None:
    """Half of a plan is none; that is said once, and a minute after it is over all is back."""
    caplog.set_level(logging.INFO, "custom_components.nina_observatory")
    before = state(hass, PROGRESS)
    scheduler = settled.runtime_data.scheduler
    async with observatory.faults.during(fault, path=path):
        await scheduler.async_read()
        assert state(hass, REACHABLE) == "off"
        # What was read before stays.
        assert (state(hass, PROGRESS), state(hass, VERSION)) == (before, "unavailable")
        await scheduler.async_read()
    await within(hass, 61, lambda: state(hass, REACHABLE) == "on")
    assert state(hass, PROGRESS) == before
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("custom_components")]
    told = [line for line in lines if "Target Scheduler" in line]
    assert [" ".join(line.split()[3:5]) for line in told] == ["is not", "is responding"]


@pytest.mark.parametrize(
    ("fault", "shown", "projects"),
    [
        ("nan_everywhere", "unknown", "4"),
        ("unknown_names", "unknown", "0"),
    ],
)
async def test_odd_values_are_no_values(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    fault: str,
    shown: str,
    projects: str,
) -> None:
    """What makes no sense is unknown, never a number that was not sent."""
    async with observatory.faults.during(fault, path="/ts/v0/*"):
        await settled.runtime_data.scheduler.async_read()
    assert state(hass, f"sensor.{NAME}_active_projects") == projects
    for each in (PROGRESS, f"sensor.{NAME}_remaining_exposure_time"):
        assert state(hass, each) == shown
    measured = [each for each in hass.states.async_all("sensor") if "progress" in each.entity_id]
    assert {each.state for each in measured if NAME in each.entity_id} <= {"unavailable", shown}


async def test_an_answer_that_is_none_leaves_what_was_read(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The scheduler does not answer then, and what it said before has a time."""
    places = (f"sensor.{NAME}_active_projects", PROGRESS, f"sensor.{NAME}_remaining_exposure_time")
    before = [state(hass, each) for each in places]
    async with observatory.faults.during("wrong_types", path="/ts/v0/*"):
        await settled.runtime_data.scheduler.async_read()
    assert (state(hass, REACHABLE), state(hass, REFRESH)) == ("off", "unavailable")
    assert [state(hass, each) for each in places] == before
    assert all("as_of" in attributes(hass, each) for each in places)


async def test_it_comes_after_nina(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Set up without it, its entities wait; they need no reload."""
    await observatory.faults.start("scheduler_gone")
    await set_up(hass, entry)
    assert (state(hass, REACHABLE), state(hass, PROGRESS)) == ("off", "unavailable")
    await observatory.faults.clear()
    await within(hass, 61, lambda: state(hass, REACHABLE) == "on")
    await eventually(lambda: hass.states.is_state(REFRESH, "unknown"))
    assert state(hass, VERSION) == "5.9.3.0"
    await eventually(lambda: state(hass, PROGRESS) != "unavailable")
    await unload(hass, entry)


async def test_it_ends_with_nina(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It is read every ten minutes, but a closed N.I.N.A. has no scheduler; nor does that take long back."""
    assert state(hass, REACHABLE) == "on"
    began = hass.loop.time()
    await observatory.stop()
    await until(hass, REACHABLE, "off")
    assert "as_of" in attributes(hass, PROGRESS)
    assert hass.loop.time() - began < 15
    await observatory.start()
    await until(hass, REACHABLE, "on")
    assert "as_of" not in attributes(hass, PROGRESS)


async def test_a_rig_without_one(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """There is nothing of it then, and nobody asks for it."""
    data = {**entry.data, "scheduler_port": None}
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data=data)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: entry.runtime_data.listener.connected)
    identifier = (DOMAIN, f"{entry.entry_id}_scheduler")
    assert dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id) is None
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert not [each for each in entities if "_scheduler_" in each.unique_id]
    await observatory.events.emit("PROFILE-CHANGED")
    await eventually(lambda: entry.runtime_data.listener.stream.counters.events)
    assert not [path for path in observatory.ledger.counts if path.startswith("/ts")]
    await unload(hass, entry)


async def test_a_change_of_profile_is_read_whatever_else_is_due(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The reading of one project that is planned already does not stand for all."""
    ledger = observatory.ledger
    await observatory.events.emit("TS-TARGETSTART", TargetName="M 31", ProjectName="Galaxies")
    await observatory.events.emit("PROFILE-CHANGED")
    await eventually(lambda: settled.runtime_data.listener.stream.counters.events == 2)
    ledger.reset()
    await within(hass, 6, lambda: ledger.count(PROFILES) == 1)


async def test_unloading_lets_go_of_its_timers(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Nothing is read after the entry was unloaded."""
    end = (dt_util.utcnow() + timedelta(seconds=20)).isoformat()
    await observatory.events.emit("TS-WAITSTART", WaitEndTime=end)
    await until(hass, f"sensor.{NAME}_waiting_until", _shown(end))
    await observatory.events.emit("IMAGE-SAVE")
    await eventually(lambda: settled.runtime_data.listener.stream.counters.events == 2)
    await unload(hass, settled)
    await eventually(lambda: not observatory.ledger.pending)
    observatory.ledger.reset()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=60))
    await hass.async_block_till_done()
    assert observatory.ledger.total == 0


def _shown(moment: str) -> str:
    """Return a moment as a sensor shows it."""
    return dt_util.parse_datetime(moment, raise_on_error=True).replace(microsecond=0).isoformat()
