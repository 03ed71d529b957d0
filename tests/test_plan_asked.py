"""The plan is asked for when that disturbs nothing; targets are found by their names."""

import asyncio
from datetime import timedelta
import itertools
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.nina_observatory.const import CONF_DAILY_PLAN, CONF_READ_ONLY, DOMAIN
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.scheduler.model import Project, Target

from .action_cases import high
from .conftest import make_entry, set_up, unload
from .errors import raises, refused
from .states import act
from .waiting import eventually

REFRESH = "button.observatory_target_scheduler_refresh_plan"


def previews(observatory: Observatory) -> int:
    """Return how many previews the scheduler was asked for, by its ledger and its own count."""
    assert observatory.scheduler is not None
    asked = [path for path in observatory.scheduler.ledger.counts if path.endswith("/preview")]
    calls = sum(observatory.scheduler.ledger.counts[path] for path in asked)
    assert calls == observatory.scheduler.preview_calls
    return calls


async def at_four(
    hass: HomeAssistant,
    observatory: Observatory,
    caplog: pytest.LogCaptureFixture,
    *,
    wanted: bool,
    fault: str | None = None,
) -> None:
    """Set up an entry and let it become four in the afternoon."""
    caplog.set_level(logging.DEBUG, "custom_components.nina_observatory")
    entry = make_entry(observatory, **{CONF_DAILY_PLAN: wanted})
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    now = dt_util.now()
    if fault is not None:
        await observatory.faults.start(fault, path="/v2/api/*")
    four = now.replace(hour=16, minute=0, second=0, microsecond=0)
    four += timedelta(days=four <= now)
    async_fire_time_changed(hass, four)
    if wanted:
        await eventually(lambda: previews(observatory) or "No plan for" in caplog.text)
    await hass.async_block_till_done()
    await unload(hass, entry)


@pytest.mark.parametrize("wanted", [True, False])
async def test_once_in_the_afternoon(
    hass: HomeAssistant, observatory: Observatory, caplog: pytest.LogCaptureFixture, wanted: bool
) -> None:
    """Where the user wants it."""
    await at_four(hass, observatory, caplog, wanted=wanted)
    assert previews(observatory) == int(wanted)


@pytest.mark.parametrize("fault", [None, "html"])
async def test_not_in_the_afternoon_while_imaging(
    hass: HomeAssistant,
    imaging: Observatory,
    caplog: pytest.LogCaptureFixture,
    fault: str | None,
) -> None:
    """The Sun may be imaged, or the other side of the world; and so, maybe, if nobody tells."""
    await at_four(hass, imaging, caplog, wanted=True, fault=fault)
    assert previews(imaging) == 0


async def test_not_while_anything_may_be_imaged(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """A snapshot counts, and so does a sequence that cannot be read."""
    async with observatory.faults.during("html", path="*/sequence/json"):
        with raises("plan_imaging_unknown"):
            await act(hass, "button.press", REFRESH)
    exposing = hass.async_create_background_task(
        observatory.camera.routines.take(Exposure(9000, "LIGHT", "M 31")), "exposure"
    )
    equipment = settled.runtime_data.equipment
    while not (camera := (await equipment.async_read()).equipment.camera) or not camera.exposing:
        assert not exposing.done()
    with refused("plan_imaging"):
        await act(hass, "button.press", REFRESH)
    exposing.cancel()
    assert previews(observatory) == 0


async def test_not_between_the_start_of_a_sequence_and_its_run(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Up to ten seconds nothing reads running yet."""
    await observatory.events.emit("SEQUENCE-STARTING")
    await eventually(lambda: settled.runtime_data.sequence.begun)
    with refused("plan_imaging"):
        await act(hass, "button.press", REFRESH)
    await observatory.events.emit("SEQUENCE-FINISHED")
    await eventually(lambda: not settled.runtime_data.sequence.begun)
    await act(hass, "button.press", REFRESH)
    assert previews(observatory) == 1


@pytest.mark.parametrize("fault", ["html", "empty", "hang", "reset"])
async def test_not_while_nina_does_not_tell(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    impatient: None,
    fault: str,
) -> None:
    """The scheduler answers, so N.I.N.A. runs: whether it images, only its own server can say."""
    async with observatory.faults.during(fault, path="/v2/api/*"):
        with raises("plan_imaging_unknown"):
            await act(hass, "button.press", REFRESH)
    assert previews(observatory) == 0
    await act(hass, "button.press", REFRESH)
    assert previews(observatory) == 1


async def test_not_while_the_camera_does_not_tell(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Its driver may fail alone; it may expose anyway."""
    async with observatory.faults.during("broken_info", device="camera"):
        with raises("plan_imaging_unknown"):
            await act(hass, "button.press", REFRESH)
    assert previews(observatory) == 0


async def test_the_plan_is_of_the_profile_in_use(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Also right after a switch of which nothing was heard: another's plan would be mixed up."""
    assert observatory.scheduler is not None
    store = observatory.scheduler.store
    other = next(each for each in store.profiles if not each.active)
    store.activate(other.profile_id)
    await act(hass, "button.press", REFRESH)
    (asked,) = [
        each.path for each in observatory.scheduler.ledger.entries if each.path.endswith("/preview")
    ]
    assert other.profile_id in asked


async def test_one_plan_at_a_time(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """A second one would get in the way of the first: it waits for its turn."""
    assert observatory.scheduler is not None
    observatory.scheduler.preview_seconds = 0.3
    await asyncio.gather(*(act(hass, "button.press", REFRESH) for _ in range(3)))
    calls = [c for c in observatory.scheduler.ledger.entries if c.path.endswith("/preview")]
    assert len(calls) == previews(observatory) == 3
    for before, after in itertools.pairwise(calls):
        assert before.started + before.seconds <= after.started


async def test_not_where_everything_is_only_read(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """It writes to the scheduler's database, and moves its filters on."""
    entry = make_entry(observatory, **{CONF_READ_ONLY: True, CONF_DAILY_PLAN: True})
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    with refused("read_only"):
        await act(hass, f"{DOMAIN}.get_plan", config_entry_id=entry.entry_id, return_response=True)
    assert previews(observatory) == 0
    await unload(hass, entry)


async def test_unloading_while_a_plan_is_made(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """It is let go of: nothing waits for what comes next in it."""
    assert observatory.scheduler is not None
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    scheduler = entry.runtime_data.scheduler
    observatory.scheduler.preview_seconds = 0.3
    asking = hass.async_create_task(act(hass, "button.press", REFRESH))
    await eventually(lambda: observatory.scheduler and observatory.scheduler.preview_calls)
    await unload(hass, entry)
    await asyncio.wait([asking])
    assert scheduler._beginning is None


async def slew_to(hass: HomeAssistant, entry: MockConfigEntry, target: str, **data: Any) -> None:
    """Slew to a target by its name."""
    given = {"config_entry_id": entry.entry_id, "target": target, "center": False, **data}
    await act(hass, f"{DOMAIN}.slew_to_target", **given)


async def test_slewing_to_a_target_by_its_name(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """By that of its project too where names repeat; what is meant by no name is not guessed."""
    assert observatory.scheduler is not None
    await observatory.pointing.unpark()
    place = observatory.sequence.target
    store = observatory.scheduler.store
    store.projects[:] = [
        Project(name, store.active_profile.profile_id, name, observatory.clock.now())
        for name in ("Mosaic", "Galaxies")
    ]
    for project in store.projects:
        project.targets.append(Target(f"{project.name} 1", "Panel 1", place))
    odd = Target("odd", "Comet", place, epoch="JNOW")
    store.projects[0].targets.append(odd)
    await settled.runtime_data.scheduler.async_read()
    observatory.ledger.reset()
    with refused("target_ambiguous"):
        await slew_to(hass, settled, "Panel 1")
    with refused("project_unknown"):
        await slew_to(hass, settled, "Panel 1", project="Nebulae")
    with refused("target_unknown"):
        await slew_to(hass, settled, "Panel 2", project="Mosaic")
    with refused("target_without_place"):
        await slew_to(hass, settled, "Comet")
    assert observatory.ledger.count("/equipment/mount/slew") == 0
    await slew_to(hass, settled, "Panel 1", project="Galaxies")
    (sent,) = observatory.ledger.parameters("/equipment/mount/slew")
    assert float(sent["ra"]) == pytest.approx(place.ra_degrees)
    assert float(sent["dec"]) == pytest.approx(place.dec_degrees)
    mount = settled.runtime_data.equipment.data.equipment.mount
    assert mount is not None
    assert not mount.slewing
    answer = await act(
        hass, f"{DOMAIN}.get_projects", config_entry_id=settled.entry_id, return_response=True
    )
    mosaic, _ = answer["projects"]
    assert [target["name"] for target in mosaic["targets"]] == ["Panel 1", "Comet"]
    assert mosaic["targets"][0]["right_ascension"] == pytest.approx(place.ra_degrees)


# Names that lead to no target, or to more than one: the error, and what its text begins with.
NOT_ONE: Final[tuple[tuple[str, dict[str, str], dict[str, Any]], ...]] = (
    (
        "target_ambiguous",
        {"candidates": "IC 342 (Galaxies, ID 4), ic 342 (Winter, ID 6)"},
        {"target": "IC342"},
    ),
    ("target_unknown", {"nearest": "NGC 281 Panel 1"}, {"target": "NGC 281 Panel 2"}),
    ("target_unknown", {"nearest": "NGC 281 Panel 1"}, {"target": "NGC2 81 Panel 1"}),
    ("target_without_place", {}, {"target": "comet"}),
    ("project_unknown", {}, {"target": "M 31", "project": "Nebulae"}),
    ("target_and_place", {}, {"target": "M 31", "right_ascension": 10}),
    ("field_missing", {"field": "target"}, {"project": "Winter"}),
    ("field_missing", {"field": "right_ascension"}, {}),
    ("field_missing", {"field": "right_ascension"}, {"declination": 10}),
    ("field_missing", {"field": "declination"}, {"right_ascension": 10}),
    ("target_ambiguous", {}, {"target": "m 31", "project": "Galaxies", "rotate": True}),
)
# Names of one target: whether it is one of those farther away, and the rotation that is sent.
ONE: Final[tuple[tuple[dict[str, Any], bool, float], ...]] = (
    ({"target": "M 31"}, False, 0),
    ({"target": "sh 2-155"}, True, 0),
    ({"target": "M 31", "rotate": True}, False, 30),
    ({"target": "Sh2-155", "rotation": 12}, True, 12),
    ({"target": "ngc281  panel 1"}, False, 0),
    ({"target": "ic342", "project": "Winter"}, True, 0),
    ({"target": "4"}, False, 0),
)


async def test_slewing_by_the_name_of_a_planned_target(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """In any spelling; what is not planned, or more than one, is not guessed."""
    assert observatory.scheduler is not None
    await observatory.pointing.unpark()
    # Under an open roof, so that the sky can be solved.
    observatory.dome.put_shutter(1.0)
    observatory.dome.refresh()
    place, elsewhere = high(observatory), high(observatory, -3.0)
    store = observatory.scheduler.store
    store.projects[:] = [
        Project(name, store.active_profile.profile_id, name, observatory.clock.now())
        for name in ("Galaxies", "Winter")
    ]
    galaxies, winter = store.projects
    galaxies.targets += [
        Target("1", "M 31", place, rotation=30.0),
        Target("2", "NGC 281 Panel 1", place),
        Target("3", "m31", place, active=False),
        Target("4", "IC 342", place),
        Target("5", "Comet", place, epoch="JNOW"),
    ]
    winter.targets += [Target("6", "ic 342", elsewhere), Target("7", "Sh2-155", elsewhere)]
    await settled.runtime_data.scheduler.async_read()
    observatory.ledger.reset()

    async def slew(**data: Any) -> None:
        await act(hass, f"{DOMAIN}.slew", **data)

    for key, filling, data in NOT_ONE:
        with subtests.test(f"{key} {data}"), refused(key) as raised:
            await slew(**data)
        said = raised.value.translation_placeholders or {}
        assert all(said[name].startswith(text) for name, text in filling.items())
    assert observatory.ledger.count("/equipment/mount/slew") == 0
    for data, far, rotation in ONE:
        with subtests.test(str(data)):
            observatory.ledger.reset()
            await slew(**data)
            (sent,) = observatory.ledger.parameters("/equipment/mount/slew")
            wanted = elsewhere if far else place
            assert float(sent["ra"]) == pytest.approx(wanted.ra_degrees)
            assert float(sent["rotationAngle"]) == rotation
