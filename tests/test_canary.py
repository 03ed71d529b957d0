"""A mark in everything that somebody named shows up nowhere in what a user would publish."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
import json
import logging
import math
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.control.commands.dome import DomeKey
from simulator import Observatory
from simulator.sky import Site

from .conftest import SPEED, make_entry, set_up, unload
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")

MARK = "Galileo-SN4711"
TRACES = ("galileo", "sn4711")
SENSOR = "binary_sensor.galileo_sn4711_rain"
LATITUDE = 47.123456
# One of each generation, and each way to write values.
DIALECTS = ("2.0.1.0", "2.1.6.0", "2.2.7.0", "2.2.11.0", "2.2.15.0")
GENERATIONS = (DIALECTS[0], DIALECTS[1], DIALECTS[-1])
NAMED: dict[str, Any] = {
    "roof_guard": "nothing_known",
    "roof_guard_rain_sensors": [SENSOR],
    "start_up_sequence": f"{MARK} start",
    "shared_mounts": [f"{MARK} entry"],
    f"{MARK} option": MARK,
}
# Whatever a message of these names can carry, and texts that only a person can have written.
EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("FILTERWHEEL-CHANGED", {"Previous": {"Name": "L", "Id": 0}, "New": {"Name": "R", "Id": 1}}),
    ("TS-NEWTARGETSTART", {"TargetName": "M 31", "ProjectName": "P", "Rotation": 0.0}),
    ("TS-TARGETSTART", {"TargetName": "M 31", "ProjectName": "P", "Rotation": 0.0}),
    ("STACK-UPDATED", {"Target": "M 31", "Filter": "L", "StackCount": 2}),
    ("SEQUENCE-ENTITY-FAILED", {"Entity": "Take Exposure", "Error": "It failed"}),
    ("PROFILE-CHANGED", {}),
    ("ERROR-PLATESOLVE", {}),
    ("DOME-STOPPED", {}),
    ("A-PLUGIN-OF-TOMORROW", {"Name": "x"}),
)


@asynccontextmanager
async def marked(
    hass: HomeAssistant, version: str, title: str = f"{MARK} garden"
) -> AsyncIterator[tuple[Observatory, MockConfigEntry]]:
    """Set up a rig in the middle of a night in which every text has the mark."""
    site = Site.where_it_is_night(dt_util.utcnow(), latitude=LATITUDE)
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="clear_night", version=version, site=site
    ) as observatory:
        await observatory.faults.start("marked_texts", mark=MARK)
        entry = make_entry(observatory, **NAMED)
        object.__setattr__(entry, "title", title)
        await set_up(hass, entry)
        data = entry.runtime_data
        await eventually(lambda: data.settings.data.profile and data.frames.data.frames)
        await eventually(lambda: data.sequence.data.reachable and data.scheduler.data.projects)
        await eventually(lambda: data.listener.caught_up)
        yield observatory, entry
        await unload(hass, entry)


async def live_through(observatory: Observatory, entry: MockConfigEntry) -> None:
    """Let everything happen that puts names into memory."""
    listener = entry.runtime_data.listener
    heard = listener.stream.counters.events
    for name, payload in EVENTS:
        await observatory.events.emit(name, **payload)
    await observatory.events.emit_text("the neighbors' lights")
    await eventually(lambda: listener.stream.counters.events > heard + 3)
    dome = entry.runtime_data.equipment.data.device(Role.DOME)
    movements = entry.runtime_data.runner.movements
    movements.note_done(dome, DomeKey.CLOSE_SHUTTER, 25.0, announced=True)
    guard = entry.runtime_data.guard
    guard.sensor_silence = 0.0
    guard.async_update_soon()
    await eventually(lambda: guard.machine.memory.unknown)


async def download(
    hass: HomeAssistant, client: ClientSessionGenerator, entry: MockConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics as the browser of an administrator downloads them."""
    assert await async_setup_component(hass, "diagnostics", {})
    await hass.async_block_till_done(wait_background_tasks=False)
    session = await client()
    answer = await session.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert answer.status == 200
    found: dict[str, Any] = await answer.json()
    return found


def leaks(value: Any, path: str = "") -> Iterator[str]:
    """Yield where there is a trace of the mark, in keys and in values."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaks(key, f"{path} (key)")
            yield from leaks(each, f"{path}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaks(each, f"{path}[{number}]")
    elif any(trace in str(value).casefold() for trace in TRACES):
        yield f"{path}: {value}"


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield all numbers, also those in texts."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from numbers(each, f"{path}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from numbers(each, f"{path}[{number}]")
    elif isinstance(value, float):
        yield path, value


def secret_numbers(observatory: Observatory, entry: MockConfigEntry) -> set[float]:
    """Return every number that tells the site, or the sky above it."""
    mount, profile = (
        entry.runtime_data.equipment.data.equipment.mount,
        entry.runtime_data.settings.data.profile,
    )
    site = observatory.site
    found = {site.latitude, site.longitude, site.elevation}
    for each in ("right_ascension", "declination", "altitude", "azimuth", "sidereal_time"):
        found.add(getattr(mount, each))
    found |= {mount.time_to_meridian_flip, profile.astrometry.latitude}
    return {abs(each) for each in found if each is not None and not float(each).is_integer()}


def versions(names: tuple[str, ...]) -> pytest.MarkDecorator:
    """Run a test for each dialect; on every Home Assistant for the last one alone."""
    older = (pytest.param(each, marks=pytest.mark.newest) for each in names[:-1])
    return pytest.mark.parametrize("version", [*older, names[-1]])


@versions(DIALECTS)
async def test_nothing_that_somebody_named_is_published(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, version: str
) -> None:
    async with marked(hass, version) as (observatory, entry):
        await live_through(observatory, entry)
        found = await download(hass, hass_client, entry)
        assert list(leaks(found)) == []
        assert observatory.scheduler is not None
        projects = observatory.scheduler.store.projects
        ids = {observatory.profile.id, *(each.project_id for each in projects)}
        ids |= {target.target_id for each in projects for target in each.targets}
        text = json.dumps(found)
        assert [each for each in (*ids, "127.0.0.1") if each in text] == []
        near = [
            (path, number)
            for path, number in numbers(found["data"])
            for secret in secret_numbers(observatory, entry)
            if math.isclose(abs(number), secret, abs_tol=1e-6)
        ]
        assert near == []
        # There is something left anyway.
        data = found["data"]
        assert data["movements"]["close_shutter"][0]["durations"] == [25.0]
        assert data["roof_guard"]["unknown"].keys() == {"rain_sensor_1"}
        assert data["scheduler"]["projects"] > 0
        assert data["frames"]["newest"]["hfr"] > 0
        assert data["undecoded_keys"]["found"]["equipment/camera/info"]["count"] >= 2


@versions(GENERATIONS)
async def test_names_of_tomorrow_are_not_published(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, version: str
) -> None:
    """A member of an enumeration that is not known is a text like any other."""
    async with marked(hass, version) as (observatory, entry):
        await observatory.faults.start("unknown_names")
        await entry.runtime_data.equipment.async_refresh()
        found = await download(hass, hass_client, entry)
        assert "SomethingFromTheFuture" not in json.dumps(found)
        assert list(leaks(found)) == []


async def test_nothing_is_published_while_nothing_answers(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """What is remembered of the night is nobody's business either."""
    async with marked(hass, DIALECTS[-1]) as (observatory, entry):
        await live_through(observatory, entry)
        await observatory.faults.start("refuse")
        await eventually(lambda: not entry.runtime_data.equipment.data.reachable)
        assert list(leaks(await download(hass, hass_client, entry))) == []


async def test_only_administrators_download(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    async with marked(hass, DIALECTS[-1]) as (_, entry):
        await download(hass, hass_client, entry)
        session = await hass_client(hass_read_only_access_token)
        answer = await session.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
        assert answer.status == 401


@versions(GENERATIONS)
async def test_neither_the_log_nor_system_health_has_names(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    """Logs are pasted into issues; what a user did not switch on debugging for has no names."""
    caplog.set_level(logging.INFO, "custom_components.nina_observatory")
    async with marked(hass, version, "Observatory") as (observatory, entry):
        await live_through(observatory, entry)
        await observatory.faults.start("driver_lost", device="camera")
        await entry.runtime_data.equipment.async_refresh()
        assert await async_setup_component(hass, "system_health", {})
        assert list(leaks(await get_system_health_info(hass, DOMAIN))) == []
    said = [
        record.getMessage()
        for record in caplog.records
        if DOMAIN in record.name and record.levelno >= logging.INFO
    ]
    assert list(leaks(said)) == []
