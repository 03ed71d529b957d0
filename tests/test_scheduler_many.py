"""Many projects: while one is imaged, the others cost the same however many they are."""

from collections import Counter

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.readings import target_scheduler
from simulator import Observatory
from simulator.scheduler.model import ExposurePlan, Project, Target
from simulator.sky import Coordinates

from .states import act, until
from .waiting import eventually, within

NAME = "observatory_target_scheduler"
MANY = 60
POLL = target_scheduler.POLL.total_seconds()

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def observatory(observatory: Observatory) -> Observatory:
    """Return an observatory with sixty active projects of one target each."""
    assert observatory.scheduler is not None
    store, now = observatory.scheduler.store, observatory.clock.now()
    profile, place = store.active_profile.profile_id, Coordinates(0.7, 41.0)
    store.projects[:] = [
        Project(
            f"p-{number}",
            profile,
            f"Project {number}",
            now,
            targets=[
                Target(
                    f"t-{number}",
                    f"Target {number}",
                    place,
                    plans=[ExposurePlan("Lum", "L", 60.0, 10, accepted=4, acquired=5)],
                )
            ],
        )
        for number in range(MANY)
    ]
    return observatory


def read_of(observatory: Observatory) -> Counter[str]:
    """Return how often the targets of each project were read since the ledger was reset."""
    paths = [entry.path for entry in observatory.ledger.entries if entry.path.endswith("/targets")]
    return Counter(path.split("/")[-2] for path in paths)


async def image(hass: HomeAssistant, observatory: Observatory) -> None:
    """Have the first project imaged."""
    await observatory.events.emit("TS-TARGETSTART", TargetName="Target 0", ProjectName="Project 0")
    await until(hass, f"sensor.{NAME}_current_target", "Target 0")


async def test_all_are_read_in_turn(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """A few in ten minutes, none of them twice before all were; all at once without imaging."""
    await image(hass, observatory)
    await within(hass, POLL + 60, lambda: read_of(observatory).total() > 1)
    few = target_scheduler.MOST_WHILE_IMAGING
    assert read_of(observatory).total() < few
    await within(hass, 4 * POLL, lambda: len(read_of(observatory)) == MANY)
    others = read_of(observatory)
    del others["p-0"]
    assert max(others.values()) <= 2
    await observatory.events.emit("SEQUENCE-FINISHED")
    await until(hass, f"sensor.{NAME}_current_target", STATE_UNKNOWN)
    observatory.ledger.reset()
    await within(hass, POLL + 60, lambda: len(read_of(observatory)) == MANY)


async def test_what_is_read_on_request_is_read_whole(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """By a button, also while one is imaged."""
    await image(hass, observatory)
    assert observatory.scheduler is not None
    last = observatory.scheduler.store.projects[-1]
    last.targets[0].plans[0].accepted = 9
    await act(hass, "button.press", "button.observatory_refresh")
    assert len(read_of(observatory)) == MANY
    plan = ready.runtime_data.scheduler.data.project(last.project_id)
    assert plan.progress == 90


async def test_one_that_becomes_active_is_read_first(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """And one that is deleted is gone, though most are not read."""
    assert observatory.scheduler is not None
    store = observatory.scheduler.store
    await image(hass, observatory)
    first = store.projects.pop()
    store.projects.append(Project("p-new", first.profile_id, "New", first.created))
    await within(hass, POLL + 60, lambda: read_of(observatory)["p-new"] == 1)
    known = {plan.project.id for plan in ready.runtime_data.scheduler.data.projects}
    assert known == {each.project_id for each in store.projects}
    assert all(plan.read for plan in ready.runtime_data.scheduler.data.projects)
    assert set(ready.runtime_data.scheduler._read_at) == known


async def test_those_that_are_due_cannot_be_read(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The others are still known, and the server is not taken for unreachable."""
    await image(hass, observatory)
    async with observatory.faults.during("empty", path="/ts/v0/projects/*/targets"):
        await within(hass, POLL + 60, lambda: read_of(observatory).total() > 5)
        await eventually(lambda: not observatory.ledger.pending)
        scheduler = ready.runtime_data.scheduler
        await eventually(lambda: not all(plan.read for plan in scheduler.data.projects))
    assert scheduler.data.reachable
    assert sum(plan.read for plan in scheduler.data.projects) > MANY / 2
