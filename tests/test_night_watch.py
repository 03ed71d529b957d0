"""The night watch in Home Assistant: armed, pending, triggered and acknowledged, as a user does it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Context, CoreState, Event, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import yaml

from custom_components.nina_observatory.const import DOMAIN, EVENT_LOGBOOK, EVENT_NINA
from custom_components.nina_observatory.diagnostics import async_get_config_entry_diagnostics
from custom_components.nina_observatory.night import watch_state
from custom_components.nina_observatory.night.watch_state import WatchState
from custom_components.nina_observatory.readings.sky import Sky
from custom_components.nina_observatory.roof import detector
from simulator import Observatory

from .commanding import paths
from .conftest import entry_with, make_entry, set_up, unload
from .errors import TEXTS
from .guarding import open_roof
from .people import make_people
from .states import EVENT_STREAM, REACHABLE, act, attributes, state, until
from .waiting import eventually

DOCUMENT = Path("docs/night-watch.md")
PANEL: Final = "alarm_control_panel.observatory_night_watch"
ACKNOWLEDGE: Final = "button.observatory_acknowledge_alarm"
SESSION: Final = "event.observatory_session_events"
DISARMED, ARMED, AWAY = WatchState.DISARMED, WatchState.ARMED_NIGHT, WatchState.ARMED_AWAY
PENDING, TRIGGERED = WatchState.PENDING, WatchState.TRIGGERED
ON: Final[dict[str, Any]] = {"night_watch": True, "night_watch_delay": 5}
# An alarm from before a restart.
KEPT: Final[dict[str, Any]] = {
    "mode": "night",
    "automatic": True,
    "triggered": True,
    "since": "2026-02-24T22:00:00+00:00",
    "cause": "guiding_lost",
    "problems": ["guiding_lost"],
    "acknowledged": [],
    "counting": {"guiding_lost": "2026-02-24T21:58:00+00:00"},
    "runs": [""],
    "ran": True,
    "was_dark": True,
    "dismissed": False,
    "lost_by_day": False,
    "interrupted": False,
}


class Sun:
    """The sun, which tests move."""

    up = False


@pytest.fixture(autouse=True)
def sun(monkeypatch: pytest.MonkeyPatch) -> Sun:
    """Let it be night, and what takes a minute a second."""
    sun = Sun()
    monkeypatch.setattr(Sky, "is_sun_up", lambda _: sun.up)
    monkeypatch.setattr(detector, "STANDS", 1.0)
    monkeypatch.setattr(watch_state, "CONNECTION_LOST_AFTER", 1.0)
    return sun


@pytest.fixture
async def imaging(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory in the middle of a night, at a pace that leaves time for its frames."""
    async with Observatory(
        port=0, scheduler_port=0, speed=20, scenario="clear_night"
    ) as observatory:
        yield observatory


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


def told(heard: list[Event[Any]]) -> list[tuple[str, str]]:
    """Return the alarms on the bus, and those that are pending."""
    found = [event.data for event in heard if event.data["type"].startswith("night_watch_")]
    return [(data["type"].removeprefix("night_watch_"), data["data"]["problem"]) for data in found]


async def by_browser(client: Any, entry: MockConfigEntry, **fields: Any) -> dict[str, Any]:
    """Fill in the form of the night watch as the browser does, and return what follows."""
    flows = "/api/config/config_entries/options/flow"
    menu = await (await client.post(flows, json={"handler": entry.entry_id})).json()
    assert menu["menu_options"] == ["general", "roof_guard", "night_watch"]
    step = {"next_step_id": "night_watch"}
    form = await (await client.post(f"{flows}/{menu['flow_id']}", json=step)).json()
    names = [field["name"] for field in form["data_schema"]]
    assert names == [*TEXTS["options"]["step"]["night_watch"]["data"]]
    done = await client.post(f"{flows}/{menu['flow_id']}", json=fields)
    answer: dict[str, Any] = {"status": done.status, **await done.json()}
    return answer


def make_unsafe(observatory: Observatory, *, safe: bool = False) -> None:
    """Let the safety monitor change its mind."""
    observatory.safety_monitor.is_safe = safe
    observatory.safety_monitor.refresh()


@asynccontextmanager
async def watched(
    hass: HomeAssistant, observatory: Observatory, **options: Any
) -> AsyncIterator[MockConfigEntry]:
    """Set up an entry with a night watch."""
    async with entry_with(hass, observatory, **{**ON, **options}) as entry:
        yield entry


@asynccontextmanager
async def alarmed(
    hass: HomeAssistant, observatory: Observatory, **options: Any
) -> AsyncIterator[MockConfigEntry]:
    """Set up an entry whose roof is open while it is unsafe, armed by hand, and wait for the alarm."""
    open_roof(observatory)
    make_unsafe(observatory)
    async with watched(hass, observatory, **options) as entry:
        assert state(hass, PANEL) == DISARMED
        await act(hass, "alarm_control_panel.alarm_arm_night", PANEL)
        await until(hass, PANEL, TRIGGERED)
        yield entry


async def turned_off(hass: HomeAssistant, client: Any, entry: MockConfigEntry) -> None:
    """Turn it off in the browser during an alarm: the alarm ends, and nothing is left."""
    states = async_capture_events(hass, "state_changed")
    await by_browser(client, entry, night_watch=False, night_watch_delay=5)
    await eventually(lambda: hass.states.get(PANEL) is None)
    news = [event.data["new_state"] for event in states if event.data["entity_id"] == PANEL]
    assert DISARMED in [each.state for each in news if each is not None]
    for each in (PANEL, ACKNOWLEDGE):
        assert er.async_get(hass).async_get(each) is None


async def test_a_night(
    hass: HomeAssistant,
    imaging: Observatory,
    heard: list[Event[Any]],
    hass_client: ClientSessionGenerator,
) -> None:
    """Turned on in the browser; a sequence arms it; acknowledged, it goes on; turned off, it is gone."""
    lines = async_capture_events(hass, EVENT_LOGBOOK)
    async with entry_with(hass, imaging) as entry:
        assert await async_setup_component(hass, "config", {})
        client = await hass_client()
        await eventually(lambda: imaging.sequence.running)
        assert hass.states.get(PANEL) is None
        refused = await by_browser(client, entry, night_watch=True, night_watch_delay=-1)
        assert refused["status"] == HTTPStatus.BAD_REQUEST
        assert (await by_browser(client, entry, **ON))["type"] == "create_entry"
        await eventually(lambda: hass.states.get(PANEL) is not None)
        await until(hass, PANEL, ARMED)
        shown = attributes(hass, PANEL)
        assert (shown["armed_by"], shown["waits_for"]) == ("sequence", "end_of_sequence")
        assert (shown["problem"], shown["problems"], shown["triggers_at"]) == (None, [], None)
        assert (shown["code_format"], shown["code_arm_required"]) == (None, False)
        assert shown["supported_features"] == 6

        await imaging.faults.start("stuck_shutter")
        make_unsafe(imaging)
        await entry.runtime_data.equipment.async_read()
        await until(hass, PANEL, PENDING)
        shown = attributes(hass, PANEL)
        assert (shown["problem"], shown["waits_for"]) == ("roof_open_unsafe", "reaction")
        assert timedelta() < shown["triggers_at"] - dt_util.utcnow() <= timedelta(seconds=6)
        await until(hass, PANEL, TRIGGERED)
        assert attributes(hass, PANEL)["waits_for"] == "acknowledgment"
        assert attributes(hass, SESSION)["event_type"] == "night_watch_triggered"
        assert attributes(hass, SESSION)["problem_text"] == "Unsafe, and the roof may be open"
        await act(hass, "button.press", ACKNOWLEDGE)
        assert state(hass, PANEL) == ARMED
        shown = attributes(hass, PANEL)
        assert shown["acknowledged"] == shown["problems"] == ["roof_open_unsafe"]
        assert shown["armed_by"] == "sequence"
        await act(hass, "alarm_control_panel.alarm_arm_night", PANEL)
        assert attributes(hass, PANEL)["acknowledged"] == ["roof_open_unsafe"]
        assert attributes(hass, PANEL)["armed_by"] == "person"
        # Safe again, and then unsafe once more: that is new.
        make_unsafe(imaging, safe=True)
        await entry.runtime_data.equipment.async_read()
        await eventually(lambda: attributes(hass, PANEL)["problems"] == [])
        assert state(hass, PANEL) == ARMED
        make_unsafe(imaging)
        await entry.runtime_data.equipment.async_read()
        await until(hass, PANEL, TRIGGERED)
        once = [("pending", "roof_open_unsafe"), ("triggered", "roof_open_unsafe")]
        assert told(heard) == [*once, *once]
        # The logbook has the states, and no second line for each.
        assert not [each for each in lines if each.data["type"].startswith("night_watch")]

        await turned_off(hass, client, entry)


async def test_armed_by_day_and_by_night(
    hass: HomeAssistant, imaging: Observatory, sun: Sun, heard: list[Event[Any]]
) -> None:
    """A sequence arms it after sunset; disarmed, it stays so; stopped under a closed roof, it ends."""
    sun.up = True
    async with watched(hass, imaging) as entry:
        await eventually(lambda: entry.runtime_data.sequence.data.running)
        await eventually(lambda: attributes(hass, PANEL)["waits_for"] == "darkness")
        assert (state(hass, PANEL), attributes(hass, PANEL)["armed_by"]) == (DISARMED, None)
        sun.up = False
        # The sun is looked at every minute.
        await eventually(lambda: state(hass, PANEL) == ARMED, 90)
        await act(hass, "alarm_control_panel.alarm_disarm", PANEL)
        assert state(hass, PANEL) == DISARMED
        assert attributes(hass, PANEL)["waits_for"] == "next_sequence"
        await hass.config_entries.async_reload(entry.entry_id)
        await until(hass, EVENT_STREAM, "on")
        await eventually(lambda: attributes(hass, PANEL)["waits_for"] == "next_sequence")
        await act(hass, "alarm_control_panel.alarm_arm_away", PANEL)
        assert state(hass, PANEL) == AWAY
        await act(hass, "alarm_control_panel.alarm_arm_night", PANEL)
        assert state(hass, PANEL) == ARMED
        await imaging.sequence.stop()
        await eventually(lambda: attributes(hass, PANEL)["waits_for"] == "roof_closed")
        imaging.dome.put_shutter(0.0)
        imaging.dome.refresh()
        await entry.runtime_data.equipment.async_read()
        await until(hass, PANEL, DISARMED)
        assert told(heard) == []


async def test_no_connection(
    hass: HomeAssistant, imaging: Observatory, heard: list[Event[Any]]
) -> None:
    """Lost for a minute, that is a problem; N.I.N.A. back without its sequence is one, too."""
    imaging.dome.put_shutter(0.0)
    imaging.dome.refresh()
    async with watched(hass, imaging) as entry:
        await until(hass, PANEL, ARMED)
        await imaging.faults.start("refuse")
        await until(hass, REACHABLE, "off")
        await until(hass, PANEL, PENDING)
        assert told(heard) == [("pending", "connection_lost")]
        await until(hass, PANEL, TRIGGERED)
        await act(hass, "alarm_control_panel.alarm_arm_night", PANEL)
        assert state(hass, PANEL) == ARMED
        await imaging.faults.clear()
        await eventually(lambda: attributes(hass, PANEL)["problems"] == [])
        # Under a closed roof nobody would have to know.
        imaging.dome.put_shutter(1.0)
        imaging.dome.refresh()
        await entry.runtime_data.equipment.async_read()
        await eventually(lambda: entry.runtime_data.sequence.data.running)
        await imaging.restart_nina(200.0)
        await eventually(lambda: "sequence_interrupted" in attributes(hass, PANEL)["problems"])
        assert state(hass, PANEL) in (PENDING, TRIGGERED)


async def test_a_sequence_that_was_read_before(hass: HomeAssistant, imaging: Observatory) -> None:
    """A request that hangs for longer than the connection was lost does not show what runs now."""
    async with watched(hass, imaging) as entry:
        await until(hass, PANEL, ARMED)
        data = entry.runtime_data
        known = data.sequence.data
        assert known.running is True
        await imaging.faults.start("refuse")
        await until(hass, REACHABLE, "off")
        data.sequence.data = known
        assert data.watch._inputs().running is None
        data.equipment.data = replace(data.equipment.data, reachable=True)
        assert data.watch._inputs().running is None
        data.sequence.data = replace(known, tree=replace(known.tree))
        assert data.watch._inputs().running is True


async def test_an_alarm_is_kept(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]]
) -> None:
    """Over a reload, until somebody disarms it, although the problem lasts."""
    async with alarmed(hass, observatory) as entry:
        since = attributes(hass, PANEL)["since"]
        heard.clear()
        assert await hass.config_entries.async_reload(entry.entry_id)
        await until(hass, EVENT_STREAM, "on")
        assert state(hass, PANEL) == TRIGGERED
        assert abs(attributes(hass, PANEL)["since"] - since) <= timedelta(seconds=1)
        make_unsafe(observatory, safe=True)
        await entry.runtime_data.equipment.async_read()
        await eventually(lambda: attributes(hass, PANEL)["problems"] == [])
        assert (state(hass, PANEL), told(heard)) == (TRIGGERED, [])
        make_unsafe(observatory)
        await entry.runtime_data.equipment.async_read()
        await act(hass, "alarm_control_panel.alarm_disarm", PANEL)
        assert state(hass, PANEL) == DISARMED
        await eventually(lambda: attributes(hass, PANEL)["problems"])
        assert state(hass, PANEL) == DISARMED
        own = (await async_get_config_entry_diagnostics(hass, entry))["night_watch"]
        assert isinstance(own, dict)
        assert (own["state"], own["problems"]) == (
            DISARMED,
            ["roof_not_closed", "roof_open_unsafe"],
        )


@pytest.mark.parametrize("triggered", [True, False])
async def test_home_assistant_starts(
    hass: HomeAssistant,
    observatory: Observatory,
    hass_storage: dict[str, Any],
    heard: list[Event[Any]],
    triggered: bool,
) -> None:
    """An alarm is there at once; one that became due meanwhile is raised when automations listen."""
    entry = make_entry(observatory, **ON)
    key = f"{DOMAIN}.{entry.entry_id}.watch"
    cause = "guiding_lost" if triggered else None
    kept = {**KEPT, "triggered": triggered, "cause": cause}
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": kept}
    # Nothing of what was wrong can be read.
    await observatory.faults.start("refuse")
    hass.set_state(CoreState.starting)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert state(hass, PANEL) == (TRIGGERED if triggered else PENDING)
    assert told(heard) == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(hass, PANEL, TRIGGERED)
    assert told(heard) == ([] if triggered else [("triggered", "guiding_lost")])
    assert attributes(hass, PANEL)["problem"] == "guiding_lost"
    await eventually(lambda: hass_storage[key]["data"]["triggered"] is True)
    await unload(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    assert key not in hass_storage


async def test_an_alarm_of_a_watch_that_is_not_armed(
    hass: HomeAssistant,
    observatory: Observatory,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A file that contradicts itself is set aside, so the next sequence starts without an old alarm."""
    entry = make_entry(observatory, **ON)
    key = f"{DOMAIN}.{entry.entry_id}.watch"
    kept = {**KEPT, "mode": None}
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": kept}
    await set_up(hass, entry)
    assert (state(hass, PANEL), attributes(hass, PANEL)["problem"]) == (DISARMED, None)
    assert entry.runtime_data.watch.machine.memory.triggered is False
    assert f"{key} cannot be read and was set aside" in caplog.text
    await unload(hass, entry)


async def test_who_may(hass: HomeAssistant, observatory: Observatory) -> None:
    """Whoever may control the entity, in read-only mode as well, which sends nothing to N.I.N.A."""
    observatory.ledger.reset()
    async with watched(hass, observatory, read_only=True) as entry:
        people = await make_people(hass)
        for service in ("alarm_arm_away", "alarm_disarm"):
            with pytest.raises(Unauthorized):
                await hass.services.async_call(
                    "alarm_control_panel",
                    service,
                    {"entity_id": PANEL},
                    blocking=True,
                    context=Context(user_id=people["reader"].user.id),
                )
        await hass.services.async_call(
            "alarm_control_panel",
            "alarm_arm_away",
            {"entity_id": PANEL},
            blocking=True,
            context=Context(user_id=people["user"].user.id),
        )
        assert state(hass, PANEL) == AWAY
        await hass.config_entries.async_reload(entry.entry_id)
        make_unsafe(observatory)
        open_roof(observatory)
        await entry.runtime_data.equipment.async_read()
        await until(hass, PANEL, TRIGGERED)
        press = ("button", "press", {"entity_id": ACKNOWLEDGE}, True)
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                *press, context=Context(user_id=people["reader"].user.id)
            )
        assert state(hass, PANEL) == TRIGGERED
        await hass.services.async_call(*press, context=Context(user_id=people["user"].user.id))
        # The same as before the alarm.
        assert state(hass, PANEL) == AWAY
        assert attributes(hass, PANEL)["acknowledged"] == ["roof_open_unsafe"]
        assert {each.entity_id for each in hass.states.async_all("button")} == {ACKNOWLEDGE}
        assert paths(observatory) == []


async def test_the_automations_of_the_document(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """As written: the alarm in words on the phone, whose buttons acknowledge and disarm."""
    text = await hass.async_add_executor_job(DOCUMENT.read_text, "utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    phone = async_mock_service(hass, "notify", "mobile_app_your_phone")
    async with alarmed(hass, observatory) as entry:
        config = yaml.safe_load(block)
        assert await async_setup_component(hass, "automation", {"automation": config})
        await hass.async_block_till_done()
        assert {each.state for each in hass.states.async_all("automation")} == {"on"}
        await act(hass, "alarm_control_panel.alarm_disarm", PANEL)
        for button, then in (("KEEP_WATCHING", ARMED), ("DISARM", DISARMED)):
            await act(hass, "alarm_control_panel.alarm_arm_night", PANEL)
            await until(hass, PANEL, TRIGGERED)
            await eventually(lambda: phone)
            (call,) = phone
            assert call.data["message"] == "Unsafe, and the roof may be open"
            assert call.data["data"]["push"]["sound"]["critical"] == 1
            (offered,) = [
                each["action"]
                for each in call.data["data"]["actions"]
                if each["action"].endswith(button)
            ]
            hass.bus.async_fire("mobile_app_notification_action", {"action": offered})
            await until(hass, PANEL, then)
            await act(hass, "alarm_control_panel.alarm_disarm", PANEL)
            phone.clear()
        assert entry.runtime_data.watch.machine.problems


async def test_two_observatories_under_one_roof(hass: HomeAssistant, imaging: Observatory) -> None:
    """The sequence of the guest arms the watch of the roof."""
    guest = MockConfigEntry(
        domain=DOMAIN, title="Guest", entry_id="f" * 32, data=dict(make_entry(imaging).data)
    )
    async with Observatory(port=0, scheduler_port=0, speed=150) as roof:
        await set_up(hass, guest)
        async with watched(hass, roof, shared_mounts=[guest.entry_id]) as entry:
            await eventually(lambda: state(hass, PANEL) == ARMED, 90)
            assert entry.runtime_data.sequence.data.running is False
            await imaging.sequence.stop()
            await eventually(lambda: state(hass, PANEL) == DISARMED, 90)
        await unload(hass, guest)
