"""What happened stays, with N.I.N.A. closed and over restarts of both sides; readings go."""

from datetime import datetime, timedelta
from io import BytesIO
import sys
from typing import Any, Final

from homeassistant.components.camera import async_get_image
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings.frame_statistics import night_of
from custom_components.nina_observatory.readings.settings import Settings
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .commanding import call, entity_of
from .conftest import make_entry, set_up, unload
from .states import NOT_SAFE, REACHABLE, act, state, until
from .waiting import eventually

FRAME: Final = (
    *("hub_hfr", "hub_stars", "hub_exposure", "hub_filter", "hub_target", "hub_taken_at"),
)
SESSION: Final = ("hub_frames", "hub_integration_time", "hub_average_hfr")
AUTOFOCUS: Final = ("focuser_autofocus_time", "focuser_autofocus_hfr")
PLAN: Final = (
    *("scheduler_active_projects", "scheduler_overall_progress", "scheduler_remaining_time"),
)
READINGS: Final = ("camera_temperature", "mount_altitude", "focuser_position", "hub_sequence_state")
CALENDAR: Final = ("calendar", "scheduler_plan")


def find(hass: HomeAssistant, entry: MockConfigEntry, unique: str, kind: str = "sensor") -> State:
    """Return what an entity shows, by the end of its unique id."""
    found: State | None = hass.states.get(entity_of(hass, entry, kind, unique))
    assert found is not None
    return found


def shown(hass: HomeAssistant, entry: MockConfigEntry, *groups: tuple[str, ...]) -> dict[str, str]:
    """Return the states of sensors."""
    return {each: find(hass, entry, each).state for group in groups for each in group}


def progress(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the progress of every project."""
    registry = er.async_get(hass)
    found = er.async_entries_for_config_entry(registry, entry.entry_id)
    prefix = f"{entry.entry_id}_scheduler_project_"
    return {
        each.unique_id: state(hass, each.entity_id)
        for each in found
        if each.unique_id.startswith(prefix)
    }


async def take(
    observatory: Observatory, entry: MockConfigEntry, target: str = "M 31", kind: str = "LIGHT"
) -> None:
    """Take a frame, and return when it is known."""
    before = len(entry.runtime_data.frames.data.frames)
    await observatory.camera.routines.take(Exposure(30, kind, target))
    await eventually(lambda: len(entry.runtime_data.frames.data.frames) > before)


async def close(hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry) -> None:
    """Close N.I.N.A., as in the morning."""
    await observatory.stop()
    await entry.runtime_data.equipment.async_read()
    await until(hass, REACHABLE, "off")
    await entry.runtime_data.scheduler.async_read()
    await hass.async_block_till_done(wait_background_tasks=False)


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the entry and set it up again, as a restart of Home Assistant does."""
    await unload(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)


@pytest.fixture
async def night(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, quick_eye: None
) -> MockConfigEntry:
    """Return an entry after a night: two frames, one that was looked at, an autofocus, a plan."""
    assert await observatory.autofocus.run()
    await take(observatory, settled)
    await take(observatory, settled, "NGC 281")
    camera = entity_of(hass, settled, "camera", "hub_latest_image")
    await async_get_image(hass, camera)
    await act(
        hass,
        f"{DOMAIN}.get_plan",
        config_entry_id=settled.entry_id,
        refresh=True,
        return_response=True,
    )
    await eventually(lambda: find(hass, settled, AUTOFOCUS[0]).state != "unknown")
    await eventually(lambda: settled.runtime_data.facts.picture.kept is not None)
    return settled


async def test_last_night_stays(
    hass: HomeAssistant, observatory: Observatory, night: MockConfigEntry
) -> None:
    """With N.I.N.A. closed, and after a restart of Home Assistant by day, with its time."""
    facts = shown(hass, night, FRAME, SESSION, AUTOFOCUS, PLAN)
    assert "unavailable" not in facts.values()
    assert "unknown" not in {facts[each] for each in (*SESSION, *AUTOFOCUS, *PLAN)}
    assert facts["hub_frames"] == "2"
    done, calendar = progress(hass, night), find(hass, night, CALENDAR[1], CALENDAR[0]).state
    image = find(hass, night, "hub_latest_image", "image").state
    camera = entity_of(hass, night, "camera", "hub_latest_image")
    taken = datetime.fromisoformat(facts["hub_taken_at"])
    before = dt_util.utcnow()
    await close(hass, observatory, night)
    for _ in range(2):
        assert shown(hass, night, FRAME, SESSION, AUTOFOCUS, PLAN) == facts
        assert set(shown(hass, night, READINGS).values()) == {"unavailable"}
        assert find(hass, night, "hub_not_safe", "binary_sensor").state == "on"
        assert find(hass, night, "scheduler_version").state == "unavailable"
        assert progress(hass, night) == done
        assert find(hass, night, CALENDAR[1], CALENDAR[0]).state == calendar
        assert find(hass, night, "hub_latest_image", "image").state == image
        picture = await async_get_image(hass, camera)
        assert Image.open(BytesIO(picture.content)).width <= 1280
        # Nobody takes an old fact for a new one.
        as_of = {
            each: datetime.fromisoformat(find(hass, night, each).attributes["as_of"])
            for each in (*FRAME, *SESSION, *AUTOFOCUS, *PLAN)
        }
        assert {abs(as_of[each] - taken) < timedelta(seconds=1) for each in FRAME} == {True}
        autofocus = datetime.fromisoformat(facts[AUTOFOCUS[0]])
        assert abs(as_of[AUTOFOCUS[0]] - autofocus) < timedelta(seconds=1)
        assert all(as_of[each] <= before for each in PLAN)
        assert (
            find(hass, night, "hub_frames").attributes["night"]
            == night_of(as_of["hub_hfr"]).isoformat()
        )
        await restart(hass, night)
    await observatory.start()
    await until(hass, REACHABLE, "on")
    await eventually(lambda: night.runtime_data.frames.data.known)
    await hass.async_block_till_done(wait_background_tasks=False)
    now = shown(hass, night, FRAME, SESSION)
    assert now == {each: facts[each] for each in now}
    assert "as_of" not in find(hass, night, "hub_hfr").attributes


async def test_what_was_imaged_stays_in_the_calendar(
    hass: HomeAssistant, observatory: Observatory, night: MockConfigEntry
) -> None:
    """After a restart of Home Assistant by day, when no history of N.I.N.A. has it."""
    now = dt_util.utcnow()
    ends = (now + timedelta(minutes=10)).isoformat()
    await observatory.events.emit(
        "TS-TARGETSTART", TargetName="M 106", ProjectName="Galaxies", TargetEndTime=ends
    )
    scheduler = night.runtime_data.scheduler
    await eventually(lambda: scheduler.data.imaged)
    (imaged,) = scheduler.data.imaged
    await close(hass, observatory, night)
    await restart(hass, night)
    (kept,) = night.runtime_data.scheduler.data.imaged
    assert (kept.name, kept.project, kept.begins) == ("M 106", "Galaxies", imaged.begins)
    calendar = entity_of(hass, night, *CALENDAR)
    answer = await act(
        hass,
        "calendar.get_events",
        calendar,
        start_date_time=now - timedelta(hours=1),
        end_date_time=now + timedelta(hours=1),
        return_response=True,
    )
    assert "M 106" in {event["summary"] for event in answer[calendar]["events"]}


async def test_a_restart_of_nina_in_the_night(
    hass: HomeAssistant, observatory: Observatory, night: MockConfigEntry
) -> None:
    """It has an empty history then; the night goes on with its next frame, in all totals."""
    before = shown(hass, night, FRAME, SESSION, AUTOFOCUS)
    await observatory.restart_nina()
    await eventually(lambda: night.runtime_data.frames.data.generation > 0)
    await eventually(lambda: night.runtime_data.frames.data.known)
    await eventually(lambda: night.runtime_data.listener.caught_up)
    assert night.runtime_data.frames.data.frames == ()
    assert shown(hass, night, FRAME, SESSION, AUTOFOCUS) == before
    await restart(hass, night)
    await eventually(lambda: night.runtime_data.listener.caught_up)
    assert shown(hass, night, FRAME, SESSION, AUTOFOCUS) == before
    await observatory.connect_all()
    await take(observatory, night, "NGC 281")
    await eventually(lambda: find(hass, night, "hub_frames").state == "3")
    attributes = find(hass, night, "hub_frames").attributes
    assert {name: part["frames"] for name, part in attributes["by_target"].items()} == {
        "M 31": 1,
        "NGC 281": 2,
    }
    assert "as_of" not in attributes
    assert float(find(hass, night, "hub_integration_time").state) == pytest.approx(90 / 3600)
    assert night.runtime_data.frames.data.night.total.frames == 1


async def test_what_is_kept_reaches_nothing_that_protects(
    hass: HomeAssistant, observatory: Observatory, night: MockConfigEntry
) -> None:
    """Guard, interlocks and proofs look at readings, which have nothing of what is kept."""
    await close(hass, observatory, night)
    await restart(hass, night)
    assert find(hass, night, "hub_frames").state == "2"
    data = night.runtime_data
    readings = data.runner.readings
    assert readings.frames.data.frames == ()
    assert readings.frames.data.newest_light is None
    assert readings.frames.data.night.total.frames == 0
    assert readings.settings.data == Settings()
    assert data.scheduler.data.projects == ()
    assert data.sequence.data.running is None
    assert (state(hass, NOT_SAFE), data.safety.not_safe) == ("on", True)


class Watched:
    """All facts of an entry, noting which modules look at them."""

    def __init__(self, facts: Any) -> None:
        """Watch some facts."""
        self._facts = facts
        self.readers: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """Return a fact, and note who wants it."""
        reader = sys._getframe(1).f_globals["__name__"]
        self.readers.add(reader.removeprefix(f"custom_components.{DOMAIN}."))
        return getattr(self._facts, name)


async def test_no_command_looks_at_facts(
    hass: HomeAssistant, observatory: Observatory, night: MockConfigEntry
) -> None:
    """Only entities, pictures and the end of the entry do."""
    night.runtime_data.facts = watched = Watched(night.runtime_data.facts)
    for action in ("start_up", "capture", "secure"):
        await call(hass, night, action, **({"exposure": 1} if action == "capture" else {}))
    observatory.rain()
    await until(hass, NOT_SAFE, "on")
    readers = {"entities.plots", "entities.source", "image", "camera", "views", "media_source"}
    assert watched.readers <= readers


async def test_a_picture_is_small_enough_to_keep(
    hass: HomeAssistant, night: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Whatever its size was, and whoever asked for it."""
    await night.runtime_data.facts.async_end()
    kept = hass_storage[f"{DOMAIN}.{night.entry_id}.fact_picture"]
    assert len(json_bytes(kept)) < 700_000


async def test_nothing_is_left_of_a_removed_entry(
    hass: HomeAssistant, night: MockConfigEntry, hass_storage: dict[str, Any], tmp_path: Any
) -> None:
    """Neither facts nor pictures."""
    await unload(hass, night)
    kept = [key for key in hass_storage if ".fact_" in key]
    assert sorted(key.rpartition("_")[2] for key in kept) == [
        *("autofocus", "frame", "frames", "picture", "plan"),
    ]
    await hass.config_entries.async_remove(night.entry_id)
    assert [key for key in hass_storage if ".fact_" in key] == []
    assert list(tmp_path.glob(".storage/*.thumbnails")) == []


async def test_two_rigs_keep_their_own(
    hass: HomeAssistant, observatory: Observatory, night: MockConfigEntry
) -> None:
    """The facts of one are none of the other."""
    other = make_entry(observatory)
    async with Observatory(port=0, scheduler_port=None, speed=1) as second:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Second",
            entry_id="f" * 32,
            data={**other.data, "port": second.port, "scheduler_port": None},
        )
        await set_up(hass, entry)
        await close(hass, observatory, night)
        assert find(hass, entry, "hub_frames").state == "0"
        assert find(hass, night, "hub_frames").state == "2"
        await unload(hass, entry)
