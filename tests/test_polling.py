"""Reading the equipment: nothing is asked for in vain, and whatever is lost or new is noticed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import DEVICE_PATHS, EventType
from custom_components.nina_observatory.readings import (
    coordinator,
    equipment,
    equipment_state as rig_readings,
)
from simulator import Observatory

from .conftest import SPEED, make_entry, set_up, unload
from .errors import raises
from .states import DOME, NOT_SAFE, act, state, until
from .waiting import eventually, within

OLD = "2.2.10.0"
DOME_AZIMUTH = "sensor.observatory_dome_azimuth"
PARKED = "binary_sensor.observatory_mount_parked"
TEMPERATURE = "sensor.observatory_camera_temperature"
# From an event to the state, in seconds.
AT_ONCE = 0.1
# What a night brings, and what of it is read again.
STORM: list[tuple[str, dict[str, Any]]] = [
    ("FILTERWHEEL-CHANGED", {}),
    ("GUIDER-DITHER", {}),
    ("ROTATOR-MOVED", {}),
    ("SAFETY-CHANGED", {"IsSafe": True}),
    ("DOME-SHUTTER-OPENED", {}),
    ("MOUNT-HOMED", {}),
    ("CAMERA-CONNECTED", {}),
    ("SEQUENCE-STARTING", {}),
    ("AUTOFOCUS-STARTING", {}),
    ("TS-TARGETSTART", {"TargetName": "M 31", "ProjectName": "P"}),
]
ALL = {f"/equipment/{path}/info" for path in DEVICE_PATHS.values()}
PRESENT = {"/equipment/camera/info", "/equipment/mount/info", "/equipment/focuser/info"}


@pytest.fixture
async def old(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory without the bundle, with three devices."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version=OLD
    ) as observatory:
        for device in observatory.devices:
            if f"/equipment/{device.path}/info" not in PRESENT:
                device.detach()
        yield observatory


@pytest.fixture
async def few(hass: HomeAssistant, old: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return the entry of an observatory that was read twice."""
    entry = make_entry(old)
    await set_up(hass, entry)
    await entry.runtime_data.equipment.async_read()
    old.ledger.reset()
    yield entry
    await unload(hass, entry)


def asked(observatory: Observatory) -> set[str]:
    """Return which devices were asked for since the ledger was reset."""
    paths = {entry.path.removeprefix("/v2/api") for entry in observatory.ledger.entries}
    return {path for path in paths if path.startswith("/equipment/") and path.endswith("info")}


async def test_only_what_exists_is_asked_for(
    hass: HomeAssistant, old: Observatory, few: MockConfigEntry
) -> None:
    """Without the bundle each device costs a request; three are asked at a time."""
    for _ in range(5):
        await few.runtime_data.equipment.async_read()
    assert asked(old) == PRESENT
    assert {old.ledger.count(path) for path in PRESENT} == {5}
    assert old.ledger.peak <= 4
    assert state(hass, PARKED) == "on"


async def test_what_is_new_is_found_now_and_then(
    hass: HomeAssistant,
    old: Observatory,
    few: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where no event spoke of it."""
    await old.faults.start("socket_half_open")
    old.dome.attach()
    await few.runtime_data.equipment.async_read()
    assert hass.states.get(DOME_AZIMUTH) is None
    monkeypatch.setattr(rig_readings, "READ_ALL_EVERY", timedelta(0))
    await few.runtime_data.equipment.async_read()
    assert asked(old) == ALL
    await eventually(lambda: hass.states.get(DOME_AZIMUTH))
    monkeypatch.undo()
    old.ledger.reset()
    await few.runtime_data.equipment.async_read()
    assert asked(old) == {*PRESENT, "/equipment/dome/info"}


async def test_what_an_event_speaks_of_is_asked_for(
    hass: HomeAssistant, old: Observatory, few: MockConfigEntry
) -> None:
    await old.dome.connect()
    await eventually(lambda: hass.states.get(DOME_AZIMUTH))


async def test_a_driver_lost_without_an_event_is_noticed_by_the_next_poll(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    assert state(hass, TEMPERATURE) != "unavailable"
    await observatory.faults.start("driver_lost", device="camera")
    await eventually(lambda: not observatory.camera.info()["Connected"])
    await within(
        hass,
        13,
        lambda: (state(hass, TEMPERATURE), state(hass, PARKED)) == ("unavailable", "on"),
    )


async def test_readings_asked_for_at_the_same_time_are_one(settled: MockConfigEntry) -> None:
    """Many who watch something do not wait for one another: they share a poll."""
    equipment = settled.runtime_data.equipment
    before = equipment.polls
    await asyncio.gather(*(equipment.async_read() for _ in range(10)))
    assert equipment.polls - before <= 2


async def test_news_that_come_while_a_poll_is_under_way_are_read(
    observatory: Observatory, settled: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poll may have seen what was before; nobody waits for the next regular one."""
    reader = settled.runtime_data.equipment
    monkeypatch.setattr(equipment, "POLL_HEARD", timedelta(hours=1))
    await reader.async_read()
    async with observatory.faults.during("hang", path="/equipment/info"):
        reading = asyncio.ensure_future(reader.async_read())
        await eventually(lambda: observatory.ledger.pending)
        polls = reader.polls
        reader.async_read_soon()
        # Longer than news are gathered.
        await asyncio.sleep(2 * coordinator.NEWS_GATHER)
    await reading
    await eventually(lambda: reader.polls > polls)


async def test_news_do_not_pile_up_behind_a_slow_poll(
    observatory: Observatory, settled: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much of it comes meanwhile, one reading waits for its turn."""
    equipment = settled.runtime_data.equipment
    monkeypatch.setattr(coordinator, "NEWS_GATHER", 0.0)
    async with observatory.faults.during("hang", path="/equipment/info"):
        reading = asyncio.ensure_future(equipment.async_read())
        await eventually(lambda: observatory.ledger.pending)
        for _ in range(10):
            equipment.async_read_soon()
            await asyncio.sleep(0.01)
        waiting = [
            each for each in asyncio.all_tasks() if "equipment after news" in each.get_name()
        ]
        assert len(waiting) == 1
    await reading


async def test_a_single_event_is_read_at_once(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Nobody waits for others that may come: safe again, and the shutter, are shown at once."""
    emit, said = observatory.events.emit, dict[str, float]()

    async def note(name: str, /, **payload: Any) -> Any:
        """Take note of when an event is sent."""
        said[name] = hass.loop.time()
        return await emit(name, **payload)

    observatory.events.emit = note  # type: ignore[method-assign]
    monitor = observatory.safety_monitor
    for _ in range(3):
        monitor.is_safe = False
        await until(hass, NOT_SAFE, "on")
        await asyncio.sleep(5)
        monitor.is_safe = True
        await until(hass, NOT_SAFE, "off")
        assert hass.loop.time() - said["SAFETY-CHANGED"] < AT_ONCE
        await asyncio.sleep(5)
    for opens in (True, False):
        observatory.command_roof(opens=opens)
        await until(hass, DOME, "open" if opens else "closed")
        name = "DOME-SHUTTER-OPENED" if opens else "DOME-SHUTTER-CLOSED"
        assert hass.loop.time() - said[name] < AT_ONCE
        await asyncio.sleep(5)


@pytest.mark.parametrize("seconds", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("kind", ["filter", "all"])
async def test_a_storm_costs_few_requests(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    kind: str,
    seconds: float,
) -> None:
    """600 events, alike or of ten kinds, cause ten requests at most, never two at a time."""
    await asyncio.sleep(5)
    await observatory.faults.start("slow", path="/v2/api/*", seconds=0.05)
    observatory.ledger.reset()
    kinds = STORM if kind == "all" else STORM[:1]
    for number in range(600):
        name, payload = kinds[number % len(kinds)]
        await observatory.events.emit(name, **payload)
        if number % 20 == 19:
            await asyncio.sleep(seconds / 30)
    await asyncio.sleep(2)
    # The Target Scheduler is another server.
    asked = [entry for entry in observatory.ledger.entries if entry.path.startswith("/v2")]
    assert 0 < len(asked) <= 10
    assert {entry.concurrent for entry in asked} == {1}


def polls_of(reader: coordinator.NinaCoordinator[Any]) -> list[float]:
    """Return the list of the loop times at which a part is polled from now on, as it grows."""
    polled, poll = list[float](), reader._async_poll

    async def note(started: float) -> Any:
        polled.append(started)
        return await poll(started)

    reader._async_poll = note  # type: ignore[method-assign]
    return polled


async def test_what_shows_later_is_read_once_after_a_burst(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """However many events tell the same, one reading each follows when it can show their effect."""
    polled = polls_of(settled.runtime_data.sequence)
    for number in range(20):
        if number:
            await asyncio.sleep(0.05)
        await observatory.events.emit("SEQUENCE-STARTING")
    newest = hass.loop.time()
    await asyncio.sleep(15)
    assert polled[0] < newest
    late = [at - newest for at in polled if at > newest + 2]
    assert late == [pytest.approx(2.5, abs=1), pytest.approx(10, abs=1)]
    assert late[0] >= 2.4
    assert late[1] >= 9.9


async def test_what_is_told_all_the_time_is_read_meanwhile(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Events that follow put the reading off once, not for as long as they come."""
    (delay,) = coordinator.SHOWN_LATER[EventType.GUIDING_STOPPED]
    reader = settled.runtime_data.equipment
    told, read, read_soon = list[float](), list[float](), reader.async_read_soon

    def note() -> None:
        now = hass.loop.time()
        # Without the readings at once.
        if now - told[-1] > AT_ONCE:
            read.append(now)

    reader.async_read_soon = note
    for _ in range(20):
        told.append(hass.loop.time())
        await observatory.events.emit("GUIDER-STOP")
        await asyncio.sleep(1)
    await asyncio.sleep(delay)
    reader.async_read_soon = read_soon
    assert max(after - before for before, after in pairwise([told[0], *read])) <= 2 * delay
    assert read[-1] == pytest.approx(told[-1] + delay, abs=0.2)


async def test_news_that_come_while_news_are_read_are_gathered(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Only the first one is read at once, however long that takes."""
    reader = settled.runtime_data.equipment
    await asyncio.sleep(5)
    polled = polls_of(reader)
    async with observatory.faults.during("slow", path="/equipment/info", seconds=0.1):
        reader.async_read_soon()
        await eventually(lambda: observatory.ledger.pending)
        reader.async_read_soon()
        await eventually(lambda: len(polled) == 2)
    assert polled[1] - polled[0] >= coordinator.NEWS_GATHER


async def test_news_after_a_storm_are_read_at_once_again(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """While it lasts, the pauses between two readings get longer, up to a limit."""
    equipment = settled.runtime_data.equipment
    read: list[float] = []
    equipment.reading_listeners.async_add(lambda _: read.append(hass.loop.time()))
    for _ in range(200):
        equipment.async_read_soon()
        await asyncio.sleep(0.1)
    pauses = [after - before for before, after in pairwise(read)]
    assert max(pauses) < coordinator.LONGEST_GATHER + 0.5
    assert len(read) < 12
    await asyncio.sleep(2 * coordinator.LONGEST_GATHER + 1)
    began = hass.loop.time()
    equipment.async_read_soon()
    await eventually(lambda: read[-1] > began)
    assert hass.loop.time() - began < AT_ONCE


async def test_safety_does_not_wait_for_a_long_sequence(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """News are read one after the other, but not where one takes its time."""
    data = settled.runtime_data
    async with observatory.faults.during("hang", path="/sequence/json"):
        data.sequence.async_read_soon()
        await eventually(lambda: observatory.ledger.pending)
        polls, began = data.equipment.polls, hass.loop.time()
        data.equipment.async_read_soon()
        await eventually(lambda: data.equipment.polls > polls)
        assert hass.loop.time() - began < equipment.LONGEST_TURN + 0.5


async def test_no_reading_passes_for_a_fresh_one_when_the_entry_is_gone(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """Home Assistant polls no more then, and would leave it at what was read before."""
    reader = loaded_entry.runtime_data.equipment
    await unload(hass, loaded_entry)
    with raises("unloaded"):
        await reader.async_read()


async def test_one_driver_that_throws_spoils_nothing_else(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """Then the bundle fails, once, and the devices are asked one by one until N.I.N.A. is back."""
    bundles = observatory.ledger.count("/equipment/info")
    await observatory.faults.start("broken_info", device="camera")
    for _ in range(3):
        await loaded_entry.runtime_data.equipment.async_read()
    assert state(hass, TEMPERATURE) == "unavailable"
    assert state(hass, PARKED) == "on"
    assert observatory.ledger.count("/equipment/info") == bundles + 1
    await observatory.faults.stop("broken_info")
    await loaded_entry.runtime_data.equipment.async_read()
    assert state(hass, TEMPERATURE) != "unavailable"
    assert observatory.ledger.count("/equipment/info") == bundles + 1
    await observatory.restart_nina()
    await eventually(lambda: observatory.ledger.count("/equipment/info") > bundles + 1)


@pytest.mark.parametrize(("connected", "pause"), [(True, 9), (False, 30)])
async def test_a_stream_that_ends_shortens_the_pause_that_has_begun(
    hass: HomeAssistant,
    observatory: Observatory,
    entry: MockConfigEntry,
    connected: bool,
    pause: int,
) -> None:
    """From then on nothing else tells what happens; later pauses are as short."""
    if not connected:
        for device in observatory.devices:
            await device.disconnect()
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    reader, read = entry.runtime_data.equipment, dict[int, float]()
    # When each poll ended; the monitor alone may be read between two.
    reader.reading_listeners.async_add(lambda _: read.setdefault(reader.polls, hass.loop.time()))
    # News of the start are read.
    await asyncio.sleep(15)
    read.clear()
    await eventually(lambda: len(read) == 2, 100)
    assert reader.data.equipment.any_connected is connected
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await eventually(lambda: len(read) == 5, 200)
    pauses = [after - before for before, after in pairwise(read.values())][1:]
    assert all(pause - 1 <= each < pause + 1.5 for each in pauses), pauses
    await unload(hass, entry)


async def test_an_empty_rig_costs_one_request(hass: HomeAssistant, old: Observatory) -> None:
    """Somebody has to be asked, or nobody would know that N.I.N.A. answers."""
    for device in old.devices:
        device.detach()
    entry = make_entry(old)
    await set_up(hass, entry)
    await entry.runtime_data.equipment.async_read()
    old.ledger.reset()
    await entry.runtime_data.equipment.async_read()
    assert asked(old) == {"/equipment/camera/info"}
    assert state(hass, "binary_sensor.observatory_reachable") == "on"
    await act(hass, "button.press", "button.observatory_connect_all")
    await until(hass, PARKED, "on")
    await unload(hass, entry)


async def test_nothing_stands_for_ever_where_home_assistant_does_not_poll(
    hass: HomeAssistant, observatory: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A roof that read closed once is not shown as closed until somebody asks again."""
    assert await async_setup_component(hass, "homeassistant", {})
    entry = make_entry(observatory)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    monkeypatch.setattr(rig_readings, "OLDEST_SHOWN", 0.5)
    await set_up(hass, entry)
    roof, equipment = "cover.observatory_dome", entry.runtime_data.equipment
    await until(hass, roof, "unavailable")
    await equipment.async_read()
    assert state(hass, roof) == "closed"
    polls = equipment.polls
    await until(hass, roof, "unavailable")
    assert equipment.polls == polls
    monkeypatch.undo()
    await act(hass, "homeassistant.update_entity", roof)
    await until(hass, roof, "closed")
    await unload(hass, entry)


def test_a_reading_is_not_forgotten_before_a_slow_poll_is_over() -> None:
    slowest = equipment.POLL_IDLE_HEARD.total_seconds() + equipment.LONGEST_POLL
    assert slowest < rig_readings.OLDEST_SHOWN
