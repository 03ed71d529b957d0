"""The forms of the actions as frontends ask for them: what exists can be chosen, anything can be typed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Event, HomeAssistant, SupportsResponse
from homeassistant.helpers.selector import validate_selector
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import yaml

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.actions import ACTIONS
from custom_components.nina_observatory.actions.choices import LISTS, LONGEST, Choice, restored
from custom_components.nina_observatory.actions.enclosure import _find_channel
from custom_components.nina_observatory.actions.form import FORMS, ActionForms, choices_store
from custom_components.nina_observatory.api import (
    Project,
    ProjectState,
    SwitchHub,
    Target,
    WritableSwitch,
)
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings.scheduler_plan import ProjectPlan, SchedulerPlan
from simulator import Observatory
from simulator.scheduler.model import Target as PlannedTarget

from .action_fields import BY_NAME
from .conftest import unload
from .waiting import eventually

SERVICES = Path(integration.__file__).parent / "services.yaml"

type Forms = dict[str, dict[str, Any]]


async def forms(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Forms:
    """Return the descriptions of our actions, as a frontend gets them."""
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "get_services"})
    answer = await client.receive_json()
    found: Forms = answer["result"][DOMAIN]
    return found


def choices(found: Forms, action: str, field: str) -> list[str] | None:
    """Return the values that a form offers; None where it only has room for text."""
    ((kind, form),) = found[action]["fields"][field]["selector"].items()
    if kind != "select":
        assert kind == "text"
        return None
    assert form["custom_value"] is True
    assert form["multiple"] is False
    return [each if isinstance(each, str) else each["value"] for each in form["options"]]


async def shown(hass: HomeAssistant) -> None:
    """Return once all lists that are known are shown."""
    shower = hass.data[FORMS]
    await eventually(lambda: shower._merged() == shower._shown)


async def every(hass: HomeAssistant) -> None:
    """Return once every list is known and shown."""
    shower = hass.data[FORMS]
    await eventually(lambda: set(shower._shown) == set(Choice))


async def test_what_exists_can_be_chosen(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Each list in each field that takes its items; all else is as in services.yaml."""
    assert observatory.scheduler is not None
    store = observatory.scheduler.store
    await every(hass)
    found = await forms(hass, hass_ws_client)
    filters = [each["Name"] for each in observatory.filter_wheel.filters]
    assert choices(found, "change_filter", "filter") == filters
    assert choices(found, "load_sequence", "sequence")
    targets = choices(found, "slew", "target")
    assert targets == choices(found, "slew_to_target", "target")
    assert targets == [
        target.name
        for project in store.projects
        if project.state is not None and project.state.name == "ACTIVE"
        for target in project.targets
        if target.active
    ]
    binnings = choices(found, "capture", "binning")
    assert binnings is not None
    assert "2x2" in binnings
    described = yaml.safe_load(SERVICES.read_text(encoding="utf-8"))
    assert set(found) == set(described) == {action.name for action in ACTIONS}
    for action in ACTIONS:
        form = found[action.name]
        responds = action.returns is not SupportsResponse.NONE
        optional = {"optional": action.returns is SupportsResponse.OPTIONAL}
        assert form.get("response") == (optional if responds else None)
        assert list(form["fields"]) == list(described[action.name]["fields"])
        for field, wanted in described[action.name]["fields"].items():
            if field in action.choices:
                assert choices(found, action.name, field)
                assert wanted["selector"] == {"text": None}
                assert form["fields"][field].get("required") == wanted.get("required")
            elif field != "observatory":
                wanted["selector"] = validate_selector(wanted["selector"])
                assert form["fields"][field] == wanted, (action.name, field)
    section = found["slew"]["fields"]["observatory"]
    assert section == found["park"]["fields"]["observatory"]
    assert set(section["fields"]) == {"config_entry_id", "device_id", "entity_id"}


def test_each_list_is_of_use() -> None:
    """And every field that has one exists."""
    assert set(LISTS) == set(Choice)
    assert {each for action in ACTIONS for each in action.choices.values()} == set(Choice)
    for action in ACTIONS:
        assert set(action.choices) <= {str(field) for field in action.fields}
    for field in ("filter", "sequence", "profile", "target", "target_name", "project", "switch"):
        having = [each for each in ACTIONS if field in map(str, each.fields)]
        assert having
        assert all(field in action.choices for action in having)


async def test_forms_follow_what_exists(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Frontends are told of a change, once, and of nothing else; what exists is still known by day."""
    assert observatory.scheduler is not None
    project = observatory.scheduler.store.projects[0]
    scheduler = ready.runtime_data.scheduler
    await every(hass)
    told: list[Event[Any]] = async_capture_events(hass, "service_registered")
    for _ in range(3):
        await scheduler.async_read()
        await ready.runtime_data.equipment.async_read()
    await shown(hass)
    assert told == []
    place = observatory.sequence.target
    project.targets += [PlannedTarget(name, name, place) for name in ("Comet", "Asteroid")]
    await scheduler.async_read()
    await shown(hass)
    assert [each.data["domain"] for each in told] == [DOMAIN]
    announced = BY_NAME[told[0].data["service"]]
    assert not announced.fields
    found = await forms(hass, hass_ws_client)
    for name in ("slew", "get_target_statistics"):
        assert {"Comet", "Asteroid"} <= set(choices(found, name, "target") or ())
    assert "Comet" in (choices(found, "capture", "target_name") or ())

    await observatory.faults.start("refuse")
    await observatory.faults.start("scheduler_gone")
    await scheduler.async_read()
    await ready.runtime_data.equipment.async_read()
    await unload(hass, ready)
    await shown(hass)
    assert await forms(hass, hass_ws_client) == found

    await hass.config_entries.async_remove(ready.entry_id)
    found = await forms(hass, hass_ws_client)
    for action in ACTIONS:
        assert all(choices(found, action.name, field) is None for field in action.choices)


async def test_lists_of_all_observatories_together(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    ready: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """One whose N.I.N.A. has been closed since Home Assistant started offers what it did before."""
    await every(hass)
    before = choices(await forms(hass, hass_ws_client), "change_filter", "filter")
    assert before is not None
    second = MockConfigEntry(domain=DOMAIN, title="Backyard", data={"host": "127.0.0.1", "port": 1})
    second.add_to_hass(hass)
    store = choices_store(hass, second.entry_id)
    await store.async_save({"filters": {before[0]: before[0], "Dark": "Dark"}})
    assert await hass.config_entries.async_setup(second.entry_id)
    await eventually(lambda: "Dark" in hass.data[FORMS]._shown[Choice.FILTERS])
    found = await forms(hass, hass_ws_client)
    assert choices(found, "change_filter", "filter") == [*before, "Dark"]
    await hass.config_entries.async_remove(second.entry_id)
    assert store.key not in hass_storage
    assert choices(await forms(hass, hass_ws_client), "change_filter", "filter") == before


async def test_after_a_start_by_day(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The lists are those of the night before."""
    key = choices_store(hass, ready.entry_id).key
    await every(hass)
    before = await forms(hass, hass_ws_client)
    await eventually(lambda: key in hass_storage)
    await unload(hass, ready)
    hass.data[FORMS] = ActionForms(hass, lambda: None)
    for fault in ("refuse", "scheduler_gone"):
        await observatory.faults.start(fault)
    assert await hass.config_entries.async_setup(ready.entry_id)
    await every(hass)
    assert await forms(hass, hass_ws_client) == before
    await unload(hass, ready)
    assert set(hass_storage[key]["data"]) == set(Choice)


@pytest.mark.parametrize("stored", [[], {"filters": ["Ha"]}, {"filters": {"Ha": 1}}])
def test_stored_lists_that_are_damaged(stored: Any) -> None:
    """They are set aside, as everything that cannot be read."""
    with pytest.raises((ValueError, AttributeError)):
        restored(stored)
    assert restored({"colors": 1}) == {}


@pytest.mark.usefixtures("quiet")
async def test_an_entry_that_was_never_set_up(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Where it is the only one, and disabled, the integration has not been set up either."""
    entry = MockConfigEntry(domain=DOMAIN, disabled_by=ConfigEntryDisabler.USER)
    entry.add_to_hass(hass)
    store = choices_store(hass, entry.entry_id)
    await store.async_save({"filters": {"Ha": "Ha"}})
    await hass.config_entries.async_remove(entry.entry_id)
    assert store.key not in hass_storage


def plan(*targets: Mapping[str, Any]) -> SchedulerPlan:
    """Return a plan with one project for each target."""
    return SchedulerPlan(
        reachable=True,
        projects=tuple(
            ProjectPlan(
                project=Project(id=f"p{number}", name="Project", state=ProjectState.ACTIVE),
                targets=(Target(active=True, **{"name": "", **target}),),
            )
            for number, target in enumerate(targets)
        ),
    )


def test_what_is_offered_is_found() -> None:
    """Whatever names repeat, are missing, or look like the id of something else."""
    planned = plan(
        {"id": "a", "name": "M 31"},
        {"id": "b", "name": "M 31"},
        {"id": "c", "name": "m31"},
        {"id": "d", "name": "Comet"},
        {"id": "e"},
    )
    options = LISTS[Choice.TARGETS].options(planned)
    assert options == {
        "a": "M 31 (Project)",
        "b": "M 31 (Project)",
        "m31": "m31",
        "Comet": "Comet",
        "e": "– (Project)",
    }
    assert [each.target.id for key in options for each in planned.alike(key)] == [*"abcde"]
    names = LISTS[Choice.TARGET_NAMES].options(planned)
    assert list(names or ()) == ["M 31", "m31", "Comet"]

    hub = SwitchHub(
        connected=True,
        writable=tuple(
            WritableSwitch(id=number, name=name)
            for number, name in ((0, "Heater"), (1, "Heater"), (2, "3"), (3, "Power"), (4, None))
        ),
    )
    channels = LISTS[Choice.SWITCHES].options(hub)
    assert channels == {
        "0": "Heater (0)",
        "1": "Heater (1)",
        "2": "3 (2)",
        "Power": "Power",
        "4": "– (4)",
    }
    assert [_find_channel(hub, key) for key in channels] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("source", [None, object(), SwitchHub(connected=False), SchedulerPlan()])
def test_what_is_not_known_is_not_empty(source: object) -> None:
    """Without an answer, nothing that was known is taken back."""
    for choice in (Choice.SWITCHES, Choice.FILTERS, Choice.BINNINGS):
        assert LISTS[choice].options(source) is None
    if source is None or isinstance(source, SchedulerPlan):
        for choice in (Choice.TARGETS, Choice.PROJECTS, Choice.SCHEDULER_PROFILES):
            assert LISTS[choice].options(source) is None


async def test_a_list_has_an_end(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Every frontend fetches all of them; a target beyond the end is found by its name."""
    assert observatory.scheduler is not None
    project = observatory.scheduler.store.projects[0]
    place = observatory.sequence.target
    project.targets += [PlannedTarget(f"t{n}", f"Panel {n}", place) for n in range(2 * LONGEST)]
    await ready.runtime_data.scheduler.async_read()
    await eventually(lambda: len(hass.data[FORMS]._shown.get(Choice.TARGETS, ())) == LONGEST)
    assert len(ready.runtime_data.scheduler.data.alike(f"panel {2 * LONGEST - 1}")) == 1
