"""Servers that are slow or hang, as a whole or for some devices: what is read is kept and counts.

All times of the integration are a tenth of what they are, and so are the delays.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import DEVICE_PATHS, Role
from custom_components.nina_observatory.api.endpoints import equipment as equipment_endpoint
from custom_components.nina_observatory.api.transport import Endpoint
from custom_components.nina_observatory.const import SAFETY_FRESHNESS
from custom_components.nina_observatory.readings import (
    equipment,
    equipment_state as rig_readings,
    safety,
)
from simulator import Observatory

from .conftest import SPEED, make_entry, set_up, unload
from .states import DOME, NOT_SAFE, REACHABLE, act, attributes, state, until
from .waiting import eventually

# Without the bundle: the first release, numbers for names, and one of the last.
OLD = ("2.0.1", "2.2.10.0")
NEW = "2.2.15.0"
MONITOR = "binary_sensor.observatory_safety_monitor"
PARKED = "binary_sensor.observatory_mount_parked"
TEMPERATURE = "sensor.observatory_camera_temperature"
BUNDLE = "/equipment/info"
CLOSE = "/equipment/dome/close"
SCALE = 10


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale the times of polls."""
    for name in (
        "LONGEST_POLL",
        "BEGIN_WITHIN",
        "POLL_AGAIN_WITHIN",
        "SLOW_AFTER",
        "POLL_CONNECTED",
        "POLL_HEARD",
        "POLL_PAUSE",
    ):
        monkeypatch.setattr(equipment, name, getattr(equipment, name) / SCALE)
    monkeypatch.setattr(rig_readings, "OLDEST_SHOWN", rig_readings.OLDEST_SHOWN / SCALE)
    for module in (safety, rig_readings):
        monkeypatch.setattr(module, "SAFETY_FRESHNESS", SAFETY_FRESHNESS / SCALE)
    monkeypatch.setattr(equipment_endpoint, "HOLDS_UP", equipment_endpoint.HOLDS_UP / SCALE)
    for ask in (Endpoint._ask, Endpoint._fetch):
        kwdefaults = ask.__kwdefaults__ or {}
        monkeypatch.setattr(ask, "__kwdefaults__", {**kwdefaults, "within": 10.0 / SCALE})


@pytest.fixture(params=[*OLD, NEW])
async def any_version(
    request: pytest.FixtureRequest, socket_enabled: None
) -> AsyncIterator[Observatory]:
    """Run an observatory of each kind, with all devices."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version=request.param
    ) as observatory:
        yield observatory


@pytest.fixture
async def old(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory without the bundle, with all devices."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version=OLD[0]
    ) as observatory:
        yield observatory


@pytest.fixture
async def entry(hass: HomeAssistant, old: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return an entry for the old observatory that has read everything."""
    entry = make_entry(old)
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up and not old.ledger.pending)
    yield entry
    await end(hass, old, entry)


@pytest.fixture
async def new(hass: HomeAssistant, observatory: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return an entry for an observatory with the bundle that has read everything."""
    entry = make_entry(observatory)
    await set_up(hass, entry)
    listener = entry.runtime_data.listener
    await eventually(lambda: listener.caught_up and not observatory.ledger.pending)
    yield entry
    await end(hass, observatory, entry)


async def end(hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry) -> None:
    """Unload an entry, and wait until nobody is asked any more."""
    await observatory.faults.clear()
    await unload(hass, entry)
    await eventually(lambda: not observatory.ledger.pending)


def info(*roles: Role) -> list[str]:
    """Return the routes of devices."""
    return [f"/equipment/{DEVICE_PATHS[role]}/info" for role in roles]


@callback
def shown(hass: HomeAssistant, *entity_ids: str) -> list[str]:
    """Return a list that grows by each state that entities take from now on."""
    states: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Keep a state."""
        if (new := event.data["new_state"]) is not None:
            states.append(new.state)

    async_track_state_change_event(hass, entity_ids, note)
    return states


async def test_a_slow_server_is_read_all_the_same(
    hass: HomeAssistant, any_version: Observatory
) -> None:
    """With 5 s for each answer it is safe, stays so, and everything is shown and stays."""
    await any_version.faults.start("slow", path="/v2/api/*", seconds=0.5)
    entry = make_entry(any_version)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: hass.states.get(NOT_SAFE) and state(hass, NOT_SAFE) == "off")
    equipment = entry.runtime_data.equipment
    await eventually(lambda: len(equipment.data.read_at) == len(DEVICE_PATHS))
    await until(hass, DOME, "closed")
    seen = shown(hass, NOT_SAFE, MONITOR, DOME, PARKED, REACHABLE)
    # Twice the freshness of the monitor.
    await asyncio.sleep(6)
    assert seen == []
    assert len(equipment.data.read_at) == len(DEVICE_PATHS)
    await end(hass, any_version, entry)


async def test_the_monitor_and_the_roof_are_asked_first(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry
) -> None:
    """Then the mount, and the others in turn, so that each is asked for now and then."""
    async with old.faults.during("slow", path="/equipment/*info", seconds=0.4):
        await eventually(lambda: old.ledger.pending)
        old.ledger.reset()
        await entry.runtime_data.equipment.async_read()
        monitor = info(Role.SAFETY_MONITOR)[0]
        every = [path for role in DEVICE_PATHS for path in info(role)]
        await eventually(lambda: all(old.ledger.count(path) for path in every))
        await eventually(lambda: old.ledger.count(monitor) > 2)
    asked = [entry.path for entry in old.ledger.entries if entry.path.endswith("info")]
    first = {f"/v2/api{path}" for path in info(Role.SAFETY_MONITOR, Role.DOME, Role.MOUNT)}
    start = next(i for i, path in enumerate(asked) if "safety" in path)
    assert set(asked[start : start + 3]) == first
    assert len(set(asked)) == len(DEVICE_PATHS)
    turns = [i for i, path in enumerate(asked) if "safety" in path]
    assert max(after - before for before, after in pairwise(turns)) < len(DEVICE_PATHS)
    assert old.ledger.peak <= 5


@pytest.mark.parametrize("fault", ["hang", "slow"])
async def test_a_monitor_that_answers_while_all_others_hang(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry, fault: str
) -> None:
    """It goes on to count, and what is not read any more is not shown."""
    others = info(*(role for role in DEVICE_PATHS if role is not Role.SAFETY_MONITOR))
    for path in others:
        # Later than anybody waits for.
        await old.faults.start(fault, path=path, seconds=3)
    seen = shown(hass, NOT_SAFE, REACHABLE)
    for each in (DOME, TEMPERATURE):
        await until(hass, each, "unavailable")
    await asyncio.sleep(3)
    assert seen == []
    assert state(hass, MONITOR) == "off"
    await old.faults.clear()
    await until(hass, DOME, "closed")
    await eventually(lambda: state(hass, TEMPERATURE) != "unavailable")


@pytest.mark.parametrize("fault", ["hang", "reset", "html", "unknown_error"])
async def test_a_monitor_that_alone_is_not_read(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry, fault: str
) -> None:
    """Within the freshness it is not safe, whatever else answers, and not before in vain."""
    (path,) = info(Role.SAFETY_MONITOR)
    began = hass.loop.time()
    async with old.faults.during(fault, path=path):
        await until(hass, NOT_SAFE, "on")
        assert hass.loop.time() - began < 5
        assert attributes(hass, NOT_SAFE)["reason"] == "stale"
        await until(hass, MONITOR, "unavailable")
        assert state(hass, DOME) == "closed"
        assert state(hass, REACHABLE) == "on"
    await until(hass, NOT_SAFE, "off")


@pytest.mark.parametrize("fault", ["hang", "reset", "html", "unknown_error"])
async def test_a_roof_that_alone_is_not_read(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry, fault: str
) -> None:
    """It is not shown as closed for longer than that may be believed."""
    (path,) = info(Role.DOME)
    seen = shown(hass, NOT_SAFE, PARKED)
    began = hass.loop.time()
    async with old.faults.during(fault, path=path):
        await until(hass, DOME, "unavailable")
        assert hass.loop.time() - began < 5
        assert (await entry.runtime_data.equipment.async_read()).equipment.dome is None
        assert (await entry.runtime_data.equipment.async_read(Role.DOME)).equipment.dome is None
    assert seen == []
    await until(hass, DOME, "closed")


async def test_no_reading_is_never_an_old_one(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry
) -> None:
    """What is asked for after a moment does not hold what was asked for before it."""
    equipment = entry.runtime_data.equipment
    (path,) = info(Role.DOME)
    async with old.faults.during("hang", path=path):
        moment = hass.loop.time()
        reading = await equipment.async_read()
        # It is shown for a while yet.
        assert equipment.data.device(Role.DOME) is not None
        assert equipment.data.read_at[Role.DOME] < moment
        assert reading.reachable
        assert reading.device(Role.DOME) is None
        assert reading.device(Role.MOUNT) is not None
        alone = await equipment.async_read(Role.DOME, Role.MOUNT)
        assert alone.reachable
        assert alone.device(Role.DOME) is None
        assert alone.device(Role.MOUNT) is not None
        assert all(read_at >= moment for read_at in alone.read_at.values())
        assert not (await equipment.async_read(Role.DOME)).reachable


@pytest.mark.parametrize("fault", ["hang", "reset", "html"])
async def test_a_bundle_that_alone_fails(
    hass: HomeAssistant,
    observatory: Observatory,
    new: MockConfigEntry,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A driver that hangs or throws costs itself, and all are asked at once again later."""
    seen = shown(hass, NOT_SAFE, DOME, PARKED, REACHABLE)
    await observatory.faults.start(fault, path=BUNDLE)
    await observatory.faults.start("hang", path=info(Role.CAMERA)[0])
    await until(hass, TEMPERATURE, "unavailable")
    asked = observatory.ledger.count(BUNDLE)
    await new.runtime_data.equipment.async_read()
    await asyncio.sleep(1)
    assert observatory.ledger.count(BUNDLE) == asked
    await observatory.faults.clear()
    await eventually(lambda: state(hass, TEMPERATURE) != "unavailable")
    assert seen == []
    monkeypatch.setattr(equipment_endpoint, "BUNDLE_RESTS", 0.0)
    observatory.ledger.reset()
    await eventually(lambda: observatory.ledger.count(BUNDLE))
    assert observatory.ledger.count(info(Role.DOME)[0]) == 0


async def test_a_roof_is_closed_beside_a_slow_poll(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry
) -> None:
    """It is told to close at once, and proven closed by readings of its own."""
    old.dome.put_shutter(1.0)
    old.dome.refresh()
    await entry.runtime_data.equipment.async_read()
    await until(hass, DOME, "open")
    needed = (Role.DOME, Role.MOUNT, Role.SAFETY_MONITOR)
    for path in info(*(role for role in DEVICE_PATHS if role not in needed)):
        await old.faults.start("slow", path=path, seconds=0.9)
    equipment = entry.runtime_data.equipment
    old.ledger.reset()
    await eventually(lambda: old.ledger.pending >= 3)
    polls, began = equipment.polls, hass.loop.time()
    closing = asyncio.ensure_future(act(hass, "cover.close_cover", DOME))
    await eventually(lambda: old.ledger.count(CLOSE))
    assert hass.loop.time() - began < 0.9
    assert equipment.polls == polls
    await closing
    assert state(hass, DOME) == "closed"


async def test_a_roof_is_closed_while_the_bundle_hangs(
    hass: HomeAssistant, observatory: Observatory, new: MockConfigEntry
) -> None:
    """The devices that matter are read alone."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.refresh()
    await until(hass, DOME, "open")
    async with observatory.faults.during("hang", path=BUNDLE):
        await eventually(lambda: observatory.ledger.pending)
        began = hass.loop.time()
        closing = asyncio.ensure_future(act(hass, "cover.close_cover", DOME))
        await eventually(lambda: observatory.ledger.count(CLOSE))
        assert hass.loop.time() - began < 0.9
        await closing
    assert state(hass, DOME) == "closed"


async def test_a_roof_is_not_moved_over_a_mount_that_is_not_read(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry
) -> None:
    """That it was parked before is no proof, although it is shown as that for a while."""
    old.dome.put_shutter(1.0)
    old.dome.refresh()
    await entry.runtime_data.equipment.async_read()
    await until(hass, DOME, "open")
    async with old.faults.during("hang", path=info(Role.MOUNT)[0]):
        closing = asyncio.ensure_future(act(hass, "cover.close_cover", DOME))
        await eventually(lambda: old.ledger.count(info(Role.MOUNT)[0]))
        await asyncio.sleep(2)
        assert old.ledger.count(CLOSE) == 0
    await closing
    assert state(hass, DOME) == "closed"


async def test_a_server_that_does_not_tell_who_it_is(
    hass: HomeAssistant, any_version: Observatory
) -> None:
    """Devices are read as soon as the version is known; the rest is asked for again."""
    for path in ("/version/nina", "/application-start"):
        await any_version.faults.start("hang", path=path)
    entry = make_entry(any_version)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    equipment = entry.runtime_data.equipment
    await eventually(lambda: hass.states.get(DOME) and state(hass, DOME) == "closed")
    await until(hass, NOT_SAFE, "off")
    await any_version.faults.clear()
    await equipment.async_read()
    await eventually(lambda: equipment._identified)
    # Met again, it is not asked for its version before it is read.
    async with any_version.faults.during("hang", path="/version"):
        equipment.async_forget_server()
        state_of_rig = await equipment.async_read()
        assert state_of_rig.device(Role.DOME) is not None
        assert state_of_rig.server is None
    await end(hass, any_version, entry)


async def test_the_entities_go_where_nothing_is_read(
    hass: HomeAssistant, old: Observatory, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll that hangs as a whole is one that failed."""
    for name in ("POLL_CONNECTED", "POLL_HEARD"):
        monkeypatch.setattr(equipment, name, timedelta(seconds=0.5))
    async with old.faults.during("hang", path="/equipment/*info"):
        await until(hass, REACHABLE, "off")
        await until(hass, NOT_SAFE, "on")
        assert {state(hass, each) for each in (DOME, PARKED, MONITOR)} == {"unavailable"}
    await until(hass, DOME, "closed")
    await until(hass, NOT_SAFE, "off")
