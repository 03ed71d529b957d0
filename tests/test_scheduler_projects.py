"""Projects and targets as the user set them up, and under the names that they have now."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
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
from simulator.scheduler.model import ExposurePlan, Preferences, Project, ProjectState, Target
from simulator.scheduler.store import Store
from simulator.sky import Coordinates

from .conftest import set_up, unload
from .states import act, attributes, state, until
from .waiting import eventually, within

NAME = "observatory_target_scheduler"
ACTIVE = f"sensor.{NAME}_active_projects"
REACHABLE = f"binary_sensor.{NAME}_reachable"
PLACE = Coordinates(0.7, 41.0)

pytestmark = pytest.mark.usefixtures("quiet")


def target(identity: str, name: str, **more: Any) -> Target:
    """Return a target of which four of ten frames are accepted."""
    plans = [ExposurePlan("Lum", "L", 60.0, 10, accepted=4, acquired=5)]
    return Target(identity, name, PLACE, plans=plans, **more)


@pytest.fixture
def store(observatory: Observatory) -> Store:
    """Return the scheduler's database with one project, *Galaxies*, of one target, M 31."""
    assert observatory.scheduler is not None
    store = observatory.scheduler.store
    store.projects[:] = [
        Project(
            "p-1",
            store.active_profile.profile_id,
            "Galaxies",
            observatory.clock.now(),
            targets=[target("t-1", "M 31")],
        )
    ]
    return store


def added(store: Store, identity: str, name: str, **more: Any) -> Project:
    """Add a project to the active profile."""
    first = store.projects[0]
    new = replace(first, project_id=identity, name=name, **{"targets": [], **more})
    store.projects.append(new)
    return new


@pytest.fixture
async def planned(
    hass: HomeAssistant, store: Store, entry: MockConfigEntry
) -> AsyncIterator[MockConfigEntry]:
    """Return an entry that has read the database."""
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    yield entry
    await unload(hass, entry)


@pytest.fixture
async def detailed(
    hass: HomeAssistant, store: Store, entry: MockConfigEntry
) -> AsyncIterator[MockConfigEntry]:
    """Return an entry that has read the database, with the sensors of targets enabled."""
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.listener.caught_up)
        yield entry
    await unload(hass, entry)


async def read(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have the scheduler read, and what is new added."""
    await entry.runtime_data.scheduler.async_read()
    await hass.async_block_till_done(wait_background_tasks=False)


def sensor(hass: HomeAssistant, entry: MockConfigEntry, part: str) -> str:
    """Return the entity id of the progress of a project or target."""
    unique_id = f"{entry.entry_id}_scheduler_{part}"
    found = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id)
    assert found is not None
    return found


def shown_name(hass: HomeAssistant, entry: MockConfigEntry, part: str) -> str:
    """Return the name that people see."""
    return str(attributes(hass, sensor(hass, entry, part))["friendly_name"])


SETTINGS = {
    "priority": ("normal", 2, "high"),
    "description": (None, " Two\n lines ", "Two lines"),
    "mosaic": (False, True, True),
    "minimum_altitude": (None, 25.5, 25.5),
    "maximum_altitude": (None, 80.0, 80.0),
    "minimum_time": (30, 90, 90),
    "flats_handling": ("off", 7, "every_7_days"),
}


async def test_how_a_project_is_set_up(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """Attributes of its progress say so, and follow what the user changes."""
    shown = attributes(hass, sensor(hass, planned, "project_p-1"))
    assert {key: shown[key] for key in SETTINGS} == {key: at[0] for key, at in SETTINGS.items()}
    for key, (_, value, _) in SETTINGS.items():
        setattr(store.projects[0], key, value)
    await read(hass, planned)
    shown = attributes(hass, sensor(hass, planned, "project_p-1"))
    assert {key: shown[key] for key in SETTINGS} == {key: at[2] for key, at in SETTINGS.items()}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("flats_handling", {0: "off", 1: "every_day", 2: "every_2_days", 14: "every_14_days"}),
        ("flats_handling", {100: "target_completion", 200: "immediate", 4: None, 300: None}),
        ("flats_handling", {-1: None}),
        ("priority", {0: "low", 1: "normal", 2: "high", 3: None, -1: None}),
        ("minimum_time", {5: 5, -30: None}),
        ("minimum_altitude", {-5.0: None}),
        ("description", {"": None, "x" * 3000: "x" * 999 + "…"}),
    ],
)
async def test_settings_of_other_versions(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry, field: str, values: dict[Any, Any]
) -> None:
    """What this version of the scheduler does not have is unknown, and costs nothing else."""
    for value, expected in values.items():
        setattr(store.projects[0], field, value)
        await read(hass, planned)
        shown = attributes(hass, sensor(hass, planned, "project_p-1"))
        assert shown[field] == expected
        assert state(hass, sensor(hass, planned, "project_p-1")) == "40.0"


async def test_epoch_and_region_of_a_target(
    hass: HomeAssistant, store: Store, detailed: MockConfigEntry
) -> None:
    """Attributes of its progress; an epoch of another version is unknown."""
    for epoch, roi, expected in (
        ("J2000", 75.0, ("j2000", 75)),
        ("JNOW", 100.0, ("jnow", 100)),
        ("J2100", 0.0, (None, None)),
    ):
        aimed = store.projects[0].targets[0]
        aimed.epoch, aimed.roi = epoch, roi
        await read(hass, detailed)
        shown = attributes(hass, sensor(hass, detailed, "target_t-1"))
        assert (shown["epoch"], shown["roi"]) == expected


async def test_projects_are_counted_by_their_state(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """Without a request more: the list of projects tells all of them."""
    assert observatory.scheduler is not None
    counts = {"draft": 0, "active": 1, "inactive": 0, "closed": 0}
    assert attributes(hass, ACTIVE)["by_state"] == counts
    added(store, "p-2", "Draft", state=ProjectState.DRAFT)
    added(store, "p-3", "Winter", state=ProjectState.INACTIVE)
    for number in range(3):
        added(store, f"p-4{number}", "Done", state=ProjectState.CLOSED)
    added(store, "p-5", "Odd", state=None)
    observatory.scheduler.ledger.reset()
    await read(hass, planned)
    counts |= {"draft": 1, "inactive": 1, "closed": 3, "unknown": 1}
    assert (state(hass, ACTIVE), attributes(hass, ACTIVE)["by_state"]) == ("1", counts)
    profile = store.active_profile.profile_id
    assert [each.path for each in observatory.scheduler.ledger.entries] == [
        "/ts/v0/profiles",
        f"/ts/v0/profiles/{profile}/projects",
        "/ts/v0/projects/p-1/targets",
    ]


async def test_without_an_active_profile_nothing_is_counted(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """While profiles are switched none is active for an instant: that is not no project."""
    await act(hass, "button.press", f"button.{NAME}_refresh_plan")
    calendar = state(hass, f"calendar.{NAME}_plan")
    profile = store.active_profile
    profile.active = False
    await read(hass, planned)
    assert (state(hass, REACHABLE), state(hass, ACTIVE)) == ("on", "unknown")
    assert attributes(hass, ACTIVE)["by_state"] is None
    profile.active = True
    await within(hass, 61, lambda: state(hass, ACTIVE) == "1")
    assert state(hass, f"calendar.{NAME}_plan") == calendar


async def test_a_renamed_project_is_renamed(
    hass: HomeAssistant, store: Store, detailed: MockConfigEntry
) -> None:
    """And with it its targets; entity ids and unique ids stay."""
    before = sensor(hass, detailed, "project_p-1")
    store.projects[0].name = "Andromeda"
    await read(hass, detailed)
    registry = er.async_get(hass)
    assert sensor(hass, detailed, "project_p-1") == before
    assert shown_name(hass, detailed, "project_p-1").endswith(" Andromeda progress")
    assert shown_name(hass, detailed, "target_t-1").endswith(" Andromeda: M 31 progress")
    entity = registry.async_get(before)
    assert entity is not None
    assert (entity.name, entity.original_name) == (None, "Andromeda progress")
    store.projects[0].targets[0].name = "M 32"
    await read(hass, detailed)
    assert shown_name(hass, detailed, "target_t-1").endswith(" Andromeda: M 32 progress")
    assert attributes(hass, before)["targets"] == {"M 32": 40}


async def test_a_name_that_the_user_gave_stays(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """Home Assistant keeps it, and the new name below it."""
    registry, entity_id = er.async_get(hass), sensor(hass, planned, "project_p-1")
    registry.async_update_entity(entity_id, name="My galaxies")
    await hass.async_block_till_done()
    store.projects[0].name = "Andromeda"
    await read(hass, planned)
    assert "My galaxies" in shown_name(hass, planned, "project_p-1")
    registry.async_update_entity(entity_id, name=None)
    await hass.async_block_till_done()
    assert shown_name(hass, planned, "project_p-1").endswith(" Andromeda progress")


async def test_disabled_entities_are_renamed_too(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """The sensors of targets are, until somebody wants them; the list of entities shows names."""
    store.projects[0].name, store.projects[0].targets[0].name = "Andromeda", "M 32"
    await read(hass, planned)
    entity = er.async_get(hass).async_get(sensor(hass, planned, "target_t-1"))
    assert entity is not None
    assert entity.disabled
    assert entity.original_name == "Andromeda: M 32 progress"


async def test_renamed_while_nobody_looked(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """Home Assistant starts without the scheduler; the old name holds until there is a new one."""
    await unload(hass, planned)
    store.projects[0].name = "Andromeda"
    await observatory.faults.start("scheduler_gone")
    assert await hass.config_entries.async_setup(planned.entry_id)
    await hass.async_block_till_done()
    assert shown_name(hass, planned, "project_p-1").endswith(" Galaxies progress")
    await observatory.faults.clear()
    await within(hass, 61, lambda: state(hass, REACHABLE) == "on")
    assert shown_name(hass, planned, "project_p-1").endswith(" Andromeda progress")
    assert state(hass, sensor(hass, planned, "project_p-1")) == "40.0"


async def test_a_project_at_rest_is_renamed(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """Its progress is unknown then, and it has a name."""
    store.projects[0].state, store.projects[0].name = ProjectState.CLOSED, "Done"
    await read(hass, planned)
    assert state(hass, sensor(hass, planned, "project_p-1")) == "unknown"
    assert shown_name(hass, planned, "project_p-1").endswith(" Done progress")


async def test_deleted_and_made_again(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """It is another one, whatever its name; so are two of one name, each with its own progress."""
    old = sensor(hass, planned, "project_p-1")
    again = added(store, "p-2", "Galaxies", targets=[target("t-2", "M 31")])
    again.targets[0].plans[0].accepted = 10
    await read(hass, planned)
    new = sensor(hass, planned, "project_p-2")
    assert (state(hass, old), state(hass, new)) == ("40.0", "100.0")
    assert shown_name(hass, planned, "project_p-1") == shown_name(hass, planned, "project_p-2")
    del store.projects[0]
    await read(hass, planned)
    assert (state(hass, old), state(hass, new)) == ("unavailable", "100.0")


async def test_a_project_without_targets(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """Its progress is unknown, not 0 and not 100, and overall progress is that of the others."""
    added(store, "p-2", "Empty")
    await read(hass, planned)
    assert state(hass, sensor(hass, planned, "project_p-2")) == "unknown"
    assert attributes(hass, sensor(hass, planned, "project_p-2"))["targets"] == {}
    assert state(hass, f"sensor.{NAME}_overall_progress") == "40.0"


async def test_two_targets_of_one_name(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """Neither hides the other, also where the user numbers them alike."""
    names = ("M 31", "M 31 (2)", "M 31")
    more = [target(f"t-1{number}", name) for number, name in enumerate(names)]
    more[0].plans[0].accepted = 10
    store.projects[0].targets += more
    await read(hass, planned)
    shown = attributes(hass, sensor(hass, planned, "project_p-1"))["targets"]
    assert sorted(shown.values()) == [40, 40, 40, 100]
    assert next(iter(shown)) == "M 31"


async def test_names_that_are_none(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """A project without a name goes by its id, and what has neither is nobody's."""
    added(store, "p-2", "")
    added(store, "", "Nobody")
    added(store, "p-2", "Twice")
    await read(hass, planned)
    assert state(hass, ACTIVE) == "2"
    assert shown_name(hass, planned, "project_p-2").endswith(" p-2 progress")


async def test_a_renamed_profile_keeps_its_plan(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """It is the same one; targets in the plan go by the names that they have now."""
    await act(hass, "button.press", f"button.{NAME}_refresh_plan")
    calendar = state(hass, f"calendar.{NAME}_plan")
    store.active_profile.name = "Renamed"
    store.projects[0].targets[0].name = "Andromeda Galaxy"
    await read(hass, planned)
    assert state(hass, f"calendar.{NAME}_plan") == calendar
    plan = planned.runtime_data.scheduler.data.preview
    assert {entry.name for entry in plan if not entry.waiting} <= {"Andromeda Galaxy"}


async def test_one_project_that_cannot_be_read(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """It costs itself and the sums it is part of; one that was deleted meanwhile costs nothing."""
    added(store, "p-2", "Broken", targets=[target("t-2", "M 33")])
    await read(hass, planned)
    overall = f"sensor.{NAME}_overall_progress"
    async with observatory.faults.during("empty", path="/ts/v0/projects/p-2/targets"):
        await read(hass, planned)
        assert (state(hass, REACHABLE), state(hass, ACTIVE)) == ("on", "2")
        assert state(hass, sensor(hass, planned, "project_p-1")) == "40.0"
        assert state(hass, sensor(hass, planned, "project_p-2")) == "unknown"
        assert state(hass, overall) == "unknown"
    # What is asked for then is not there.
    store.projects[1].project_id = "p/2"
    await read(hass, planned)
    assert (state(hass, REACHABLE), state(hass, ACTIVE)) == ("on", "1")
    assert state(hass, overall) == "40.0"


async def test_a_project_that_is_renamed_while_it_is_imaged(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """Its events have the new name at once: everything is read for that, and only once."""
    assert observatory.scheduler is not None
    ledger = observatory.scheduler.ledger
    store.projects[0].name = "Andromeda"
    ledger.reset()

    def targets() -> int:
        """Return how often the targets of the project were read."""
        return ledger.count("/ts/v0/projects/p-1/targets")

    started = {"TargetName": "M 31", "ProjectName": "Andromeda"}
    current = f"sensor.{NAME}_current_project"
    await observatory.events.emit("TS-TARGETSTART", **started)
    await until(hass, current, "Andromeda")
    await within(hass, 41, lambda: targets() == 1)
    await eventually(
        lambda: shown_name(hass, planned, "project_p-1").endswith(" Andromeda progress")
    )
    # Now it is known by that name, and one that nobody has is looked for once.
    scheduler = planned.runtime_data.scheduler
    for seconds, name, reads in (
        (100, "Andromeda", 2),
        (160, "Nobody", 3),
        (220, "Nobody", 3),
        (280, "Andromeda", 4),
    ):
        await observatory.events.emit("TS-TARGETSTART", **{**started, "ProjectName": name})
        await until(hass, current, name)
        await eventually(lambda: scheduler._pending)
        await within(hass, seconds, lambda: scheduler._pending is None)
        await eventually(lambda reads=reads: targets() == reads)  # type: ignore[misc]  # bound now
    assert ledger.count("/ts/v0/profiles") == 2


async def test_what_is_imaged_is_renamed(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """The names came with an event; those of two targets at once could be of either."""
    end = (dt_util.utcnow() + timedelta(hours=2)).isoformat()
    started = {"TargetName": "M 31", "ProjectName": "Galaxies", "TargetEndTime": end}
    project, imaged = f"sensor.{NAME}_current_project", f"sensor.{NAME}_current_target"
    await observatory.events.emit("TS-TARGETSTART", **started)
    await until(hass, imaged, "M 31")
    ends = state(hass, f"sensor.{NAME}_target_end")
    store.projects[0].name, store.projects[0].targets[0].name = "Andromeda", "M 32"
    await read(hass, planned)
    assert (state(hass, project), state(hass, imaged)) == ("Andromeda", "M 32")
    assert state(hass, f"sensor.{NAME}_target_end") == ends
    store.projects[0].targets.append(target("t-2", "M 32"))
    await read(hass, planned)
    store.projects[0].targets[0].name = "M 33"
    await read(hass, planned)
    assert state(hass, imaged) == "M 32"


async def test_refresh_reads_the_scheduler_too(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """One that is off, as for another profile, does not make it fail."""
    added(store, "p-2", "New")
    await act(hass, "button.press", "button.observatory_refresh")
    assert state(hass, ACTIVE) == "2"
    await observatory.faults.start("scheduler_gone")
    await act(hass, "button.press", "button.observatory_refresh")
    assert state(hass, REACHABLE) == "off"


async def test_settings_are_not_recorded(
    hass: HomeAssistant, store: Store, detailed: MockConfigEntry
) -> None:
    """They would make every row of the recorder longer."""
    for part in ("project_p-1", "target_t-1"):
        shown = hass.states.get(sensor(hass, detailed, part))
        assert shown is not None
        assert shown.state_info is not None
        left = set(shown.attributes) - shown.state_info["unrecorded_attributes"]
        assert left <= {
            *("friendly_name", "provisional", "remaining_seconds", "unit_of_measurement"),
            *("state_class", "icon"),
        }
    shown = hass.states.get(ACTIVE)
    assert shown is not None
    assert shown.state_info is not None
    assert "by_state" in shown.state_info["unrecorded_attributes"]


async def test_another_version_of_the_api(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """A later one is not the one that is spoken here: that is said, and nothing is made up."""
    assert observatory.scheduler is not None
    before = state(hass, ACTIVE)
    observatory.scheduler.api = "v1"
    await read(hass, planned)
    assert (state(hass, REACHABLE), state(hass, ACTIVE)) == ("off", before)
    assert planned.runtime_data.scheduler.data.other_api
    observatory.scheduler.api = "v0"
    store.version = "5.10.2.0"
    await within(hass, 61, lambda: state(hass, REACHABLE) == "on")
    assert state(hass, f"sensor.{NAME}_version") == "5.10.2.0"
    assert (store.active_profile.preferences or Preferences()).enable_api
