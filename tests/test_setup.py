"""Setting up, losing and finding the observatory again, and leaving nothing behind."""

import asyncio
from datetime import timedelta
from functools import partial
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.nina_observatory import FIRST_ANSWERS
from custom_components.nina_observatory.api import Server
from custom_components.nina_observatory.api.transport import Endpoint
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings.equipment import SLOW_AFTER
from custom_components.nina_observatory.readings.safety import SafetyReason
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .conftest import SPEED, make_entry, set_up, unload
from .states import DOME, NOT_SAFE, REACHABLE, attributes, state, until
from .waiting import eventually

PLANNED = "sensor.observatory_target_scheduler_active_projects"
EQUIPMENT = (
    DOME,
    "binary_sensor.observatory_mount_parked",
    "sensor.observatory_camera_temperature",
    "switch.observatory_mount_tracking",
)


def caught_up(entry: NinaConfigEntry) -> bool:
    """Return whether everything that was missed is known."""
    return entry.runtime_data.listener.caught_up


async def test_everything_is_there(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Hub, scheduler and all eleven kinds of equipment have devices, tied to the hub."""
    registry = dr.async_get(hass)
    hub = registry.async_get_device_by_identifier(
        (DOMAIN, loaded_entry.entry_id), loaded_entry.entry_id
    )
    assert hub is not None
    devices = dr.async_entries_for_config_entry(registry, loaded_entry.entry_id)
    assert len([device for device in devices if device.via_device_id == hub.id]) == 14
    assert hub.sw_version == f"{observatory.application.version} (Advanced API 2.2.15.0)"
    assert state(hass, DOME) == "closed"
    assert state(hass, "binary_sensor.observatory_mount_parked") == "on"


async def test_gone_and_back_without_a_reload(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With N.I.N.A. gone it is not safe and equipment is unavailable; both come back by themselves."""
    caplog.set_level(logging.INFO, "custom_components.nina_observatory")
    assert state(hass, NOT_SAFE) == "off"
    await observatory.stop()
    await loaded_entry.runtime_data.equipment.async_read()
    assert state(hass, REACHABLE) == "off"
    assert {state(hass, entity) for entity in EQUIPMENT} == {"unavailable"}

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    assert state(hass, NOT_SAFE) == "on"

    await observatory.start()
    await until(hass, REACHABLE, "on")
    await until(hass, NOT_SAFE, "off")
    assert "unavailable" not in {state(hass, entity) for entity in EQUIPMENT}
    lines = [r for r in caplog.records if r.name.startswith("custom_components")]
    assert [r.levelname for r in lines] == ["INFO", "INFO"]


async def test_not_safe_at_once_when_the_monitor_says_so(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """An event is enough for "not safe"; "safe" takes a reading."""
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")
    assert state(hass, "binary_sensor.observatory_safety_monitor") == "on"
    observatory.safety_monitor.is_safe = True
    await until(hass, NOT_SAFE, "off")


async def test_a_monitor_lost_without_an_event(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A driver that drops out is found by the next poll."""
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")
    observatory.safety_monitor.is_safe = True
    await until(hass, NOT_SAFE, "off")
    await observatory.faults.start("driver_lost", device="safety_monitor")
    await eventually(lambda: not observatory.safety_monitor.info()["Connected"])
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
    await until(hass, NOT_SAFE, "on")
    assert attributes(hass, NOT_SAFE)["reason"] in ("monitor_disconnected", "unsafe")


async def test_what_the_monitor_said_long_ago_is_not_shown(
    hass: HomeAssistant, loaded_entry: NinaConfigEntry
) -> None:
    """While a poll takes its time, "safe" does not stand on the one before."""
    monitor, data = "binary_sensor.observatory_safety_monitor", loaded_entry.runtime_data
    await until(hass, monitor, "off")
    data.safety._judge(SafetyReason.STALE)
    assert (state(hass, monitor), state(hass, NOT_SAFE)) == ("unavailable", "on")
    await data.equipment.async_read()
    await until(hass, monitor, "off")
    assert state(hass, NOT_SAFE) == "off"


async def test_a_poll_that_takes_too_long(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the roof read before it is not shown for longer than that."""
    monkeypatch.setattr("custom_components.nina_observatory.readings.equipment.LONGEST_POLL", 0.2)
    # The request for all devices ends before that; those for each one do not.
    monkeypatch.setattr(Endpoint._fetch, "__kwdefaults__", {"params": {}, "within": 0.1})
    # Whatever began before that has the longer time.
    await loaded_entry.runtime_data.equipment.async_read()
    await until(hass, DOME, "closed")
    async with observatory.faults.during("hang", path="/equipment/*info"):
        async with asyncio.timeout(5):
            await loaded_entry.runtime_data.equipment.async_read()
        assert state(hass, DOME) == "unavailable"


async def test_set_up_while_nina_is_closed(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """After a restart in daylight everything ever seen is there, unavailable; the verdict stands."""
    await set_up(hass, entry)
    before = {
        e.entity_id for e in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    }
    await unload(hass, entry)
    await observatory.stop()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    enabled = [
        e.entity_id
        for e in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if e.disabled_by is None
    ]
    restored = [e for e in enabled if attributes(hass, e).get("restored")]
    assert restored == []
    assert set(enabled) <= before
    assert {state(hass, entity) for entity in EQUIPMENT} == {"unavailable"}
    assert state(hass, NOT_SAFE) == "on"
    await observatory.start()
    await until(hass, DOME, "closed")
    await unload(hass, entry)


@pytest.mark.parametrize("trouble", ["none", "frozen", "refused", "slow", "slower"])
async def test_safety_is_there_at_once_after_a_reload(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry, trouble: str
) -> None:
    """Whoever answers, and when; what is known from the registry is there as well."""
    await set_up(hass, entry)
    assert state(hass, NOT_SAFE) == "off"
    if trouble == "frozen":
        await observatory.faults.start("hang", path="*")
    elif trouble.startswith("slow"):
        await observatory.faults.start("slow", path="*", seconds=0.4 if trouble == "slow" else 3)
    elif trouble == "refused":
        await observatory.faults.start("refuse")
    shown: list[tuple[float, str, str | None]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Keep what *Safety* shows, and when."""
        if (new := event.data["new_state"]) is not None:
            shown.append((hass.loop.time(), new.state, new.attributes.get("reason")))

    forget = async_track_state_change_event(hass, NOT_SAFE, note)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    # Far less than any answer that is waited for elsewhere.
    gone, back = shown[0], shown[1]
    assert gone[1] == "unavailable"
    assert back[0] - gone[0] < 2.5
    if trouble in ("none", "slow"):
        # Nobody is alarmed in vain.
        assert back[1:] == ("off", "safe")
    else:
        assert back[1:] == ("on", "no_reading")
        assert {state(hass, entity) for entity in EQUIPMENT} == {"unavailable"}
        assert not attributes(hass, DOME).get("restored")
    await observatory.faults.clear()
    await until(hass, NOT_SAFE, "off")
    await until(hass, DOME, "closed")
    forget()
    await unload(hass, entry)
    await eventually(lambda: not observatory.ledger.pending)


async def test_a_reload_where_the_monitor_answers_after_others(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """Where devices are read one by one, those that come first do not say that it is safe."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version="2.2.10.0"
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        shown: list[str] = []

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            """Keep what *Safety* shows."""
            if (new := event.data["new_state"]) is not None:
                shown.append(new.state)

        forget = async_track_state_change_event(hass, NOT_SAFE, note)
        # Between the time at which pieces are shown and the longest wait of a set-up.
        takes, monitor = (SLOW_AFTER + FIRST_ANSWERS) / 2, "/equipment/safetymonitor/info"
        async with observatory.faults.during("slow", path=monitor, seconds=takes):
            assert await hass.config_entries.async_reload(entry.entry_id)
            await until(hass, DOME, "closed")
        assert shown == ["unavailable", "off"]
        forget()
        await unload(hass, entry)


async def test_the_first_answer_may_come_late(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Devices and entities come with it."""
    entry.add_to_hass(hass)
    async with observatory.faults.during("hang", path="*"):
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED
        assert hass.states.get(DOME) is None
    await eventually(lambda: hass.states.get(DOME) and state(hass, DOME) == "closed")
    await until(hass, NOT_SAFE, "off")
    await eventually(lambda: entry.runtime_data.listener.connected)
    await unload(hass, entry)


async def test_both_servers_are_asked_at_once(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """A computer that sleeps does not keep Home Assistant from starting twice as long."""
    entry.add_to_hass(hass)
    async with observatory.faults.during("hang", path="*"):
        setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        await eventually(lambda: observatory.ledger.count("/ts/v0/version"))
        assert observatory.ledger.count("/version") == 1
        # Nobody has given up yet.
        assert entry.runtime_data.equipment._failures == 0
    assert await setting_up
    assert entry.state is ConfigEntryState.LOADED
    await unload(hass, entry)


async def test_set_up_waits_for_few_answers(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """It waits for what decides whether it is safe, and the first time for how to read that."""
    takes, ledger = 0.25, observatory.ledger
    entry.add_to_hass(hass)
    for answers in (["/version", "/equipment/info"], ["/equipment/info"]):
        await observatory.faults.start("slow", path="*", seconds=takes)
        ledger.reset()
        begun = hass.loop.time()
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert hass.loop.time() - begun < len(answers) * takes + 0.15
        # The scheduler is asked at the same time, and not waited for.
        asked = [each for each in ledger.entries if each.path.startswith("/v2/api")]
        assert [each.path.removeprefix("/v2/api") for each in asked if each.status] == answers
        assert (state(hass, DOME), state(hass, NOT_SAFE)) == ("closed", "off")
        # The second time there is what was read before.
        assert (state(hass, PLANNED) == "unavailable") is (len(answers) == 2)
        await observatory.faults.clear()
        await eventually(lambda: entry.runtime_data.listener.caught_up and not ledger.pending)
        await eventually(lambda: state(hass, PLANNED) != "unavailable")
        await unload(hass, entry)


async def test_another_version_than_before(hass: HomeAssistant, socket_enabled: None) -> None:
    """What only a newer plugin can answer is asked of one that could, and never of an older one."""
    entry, ports = None, (0, 0)
    # The version, and how often the bundle is asked for in vain.
    for version, in_vain in (("2.2.15.0", 0), ("2.0.1", 1), ("2.2.10.0", 0), ("2.2.15.0", 0)):
        async with Observatory(
            port=ports[0], scheduler_port=ports[1], speed=SPEED, scenario="idle", version=version
        ) as observatory:
            ports = (observatory.port, observatory.scheduler_port or 0)
            if entry is None:
                entry = make_entry(observatory)
                entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await eventually(partial(caught_up, entry))
            assert state(hass, DOME) == "closed"
            data = entry.runtime_data
            assert str(data.client.plugin.version) == version.replace("2.0.1", "2.0")
            bundles = observatory.ledger.calls("/equipment/info")
            assert sum(each.code != 200 for each in bundles) == in_vain
            assert bool(bundles) == (in_vain > 0 or data.client.plugin.has_bundle)
            await unload(hass, entry)


async def test_only_the_version_is_not_answered(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """The equipment is read in any case, as is everything else of the version that it had."""
    await set_up(hass, entry)
    await unload(hass, entry)
    async with observatory.faults.during("unknown_error", path="/version"):
        assert await hass.config_entries.async_setup(entry.entry_id)
        data = entry.runtime_data
        await eventually(lambda: data.sequence.data.reachable)
        assert (state(hass, DOME), state(hass, NOT_SAFE)) == ("closed", "off")
        assert data.client.plugin.has_bundle
        assert data.equipment.data.server == Server(plugin_version=data.client.plugin.version)
    await unload(hass, entry)


async def test_reloading_leaves_nothing_behind(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Many reloads leave no task, timer or socket."""
    await set_up(hass, entry)
    tasks = len(asyncio.all_tasks())
    for _ in range(15):
        assert await hass.config_entries.async_reload(entry.entry_id)
    await eventually(lambda: entry.runtime_data.listener.connected)
    await hass.async_block_till_done()
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks + 2)
    await unload(hass, entry)
    await eventually(lambda: not observatory.socket.clients)


async def test_removing_equipment(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Equipment can be deleted once N.I.N.A. does not report it."""
    registry = dr.async_get(hass)
    identifier = (DOMAIN, f"{loaded_entry.entry_id}_rotator")
    rotator = registry.async_get_device_by_identifier(identifier, loaded_entry.entry_id)
    assert rotator is not None
    component = hass.data["integrations"][DOMAIN]
    module = component.get_component()
    assert not await module.async_remove_config_entry_device(hass, loaded_entry, rotator)
    observatory.rotator.detach()
    await loaded_entry.runtime_data.equipment.async_read()
    assert await module.async_remove_config_entry_device(hass, loaded_entry, rotator)
