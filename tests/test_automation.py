"""The automation of the README and the blueprint, in every order of events."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.const import EVENT_CALL_SERVICE, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .commanding import paths
from .conftest import unload
from .errors import raises
from .states import DOME, NOT_SAFE, act, state, until
from .waiting import eventually, within

OPEN = "binary_sensor.observatory_dome_open_while_unsafe"
RAIN = "binary_sensor.observatory_weather_rain"
GAUGE = "binary_sensor.rain_gauge"
FORECAST = "weather.home"
AUTOMATION = Path("docs/automations/close_the_dome_when_it_rains.yaml")
CLOSE = "/equipment/dome/close"
WHICH: Final = ("example", "blueprint")

both = pytest.mark.parametrize("which", WHICH)


class Notifications:
    """What was told to the user, what is shown by id, and how often the roof was to be closed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without any."""
        self.told: list[str] = []
        self.shown: dict[str, str] = {}
        self.attempts = 0
        hass.bus.async_listen(EVENT_CALL_SERVICE, self._note)

    @callback
    def _note(self, event: Event[Any]) -> None:
        """Take note of a notification, or of an attempt."""
        self.attempts += event.data["service"] == "close_cover"
        if event.data["domain"] == "persistent_notification":
            data = event.data["service_data"]
            self.told.append(data["title"])
            self.shown[data["notification_id"]] = data["title"]

    @property
    def alarms(self) -> int:
        """Return how often the alarm was raised."""
        return sum("is not closed" in title for title in self.told)

    @property
    def all_clear(self) -> bool:
        """Return whether the last word is that the danger is over, in place of the alarm."""
        return [*self.shown.values()] == [self.told[-1]] and "safe again" in self.told[-1]


async def install(
    hass: HomeAssistant, which: str, *, danger: tuple[str, ...] = (NOT_SAFE, RAIN), **more: Any
) -> Notifications:
    """Install the example or the blueprint as a user would."""
    assert await async_setup_component(hass, "persistent_notification", {})
    config = await hass.async_add_executor_job(load_yaml, AUTOMATION)
    if which == "blueprint":
        values = {"roof": DOME, "danger": [*danger], "watch": OPEN, **more}
        path = "nina_observatory/close_the_roof.yaml"
        config = {"use_blueprint": {"path": path, "input": values}}
    with patch.object(hass.config, "path", lambda *parts: str(Path().joinpath(*parts))):
        assert await async_setup_component(hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: config})
        await hass.async_block_till_done()
    (automation,) = hass.states.async_all(AUTOMATION_DOMAIN)
    assert automation.state == "on"
    return Notifications(hass)


@pytest.fixture(autouse=True)
async def _end(hass: HomeAssistant, settled: NinaConfigEntry) -> AsyncIterator[None]:
    """End the automation before the entry, which waits for what is under way."""
    yield
    for automation in hass.states.async_all(AUTOMATION_DOMAIN):
        await act(hass, "automation.turn_off", automation.entity_id)


@pytest.fixture
async def roof(
    hass: HomeAssistant, observatory: Observatory, settled: NinaConfigEntry
) -> AsyncIterator[NinaConfigEntry]:
    """Return an entry with an open roof, under which it is safe."""
    await act(hass, "cover.open_cover", DOME)
    observatory.ledger.reset()
    yield settled
    await observatory.start()


async def rain(observatory: Observatory, entry: NinaConfigEntry, rate: float = 4.0) -> None:
    """Let it rain, and have that read."""
    observatory.weather.rain_rate = rate
    await eventually(lambda: observatory.weather.info()["RainRate"] == rate)
    await entry.runtime_data.equipment.async_read()


async def unsafe(hass: HomeAssistant, observatory: Observatory) -> None:
    """Have the monitor report unsafe."""
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")


async def move_by_hand(observatory: Observatory, entry: NinaConfigEntry, opening: float) -> None:
    """Open or close the roof by its own switch, and have that read."""
    observatory.dome.put_shutter(opening)
    observatory.dome.refresh()
    await entry.runtime_data.equipment.async_read()


async def lose(hass: HomeAssistant, observatory: Observatory, entry: NinaConfigEntry) -> None:
    """Close N.I.N.A. for so long that nobody knows whether it is safe."""
    await observatory.stop()
    await entry.runtime_data.equipment.async_read()
    await until(hass, DOME, "unavailable")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await until(hass, NOT_SAFE, "on")


async def later(hass: HomeAssistant, seconds: float) -> None:
    """Let some time pass for Home Assistant."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=False)


def runs(hass: HomeAssistant) -> int:
    """Return how often the automation runs now."""
    (automation,) = hass.states.async_all(AUTOMATION_DOMAIN)
    return int(automation.attributes["current"])


def closes(observatory: Observatory) -> int:
    """Return how often the roof was told to close."""
    return paths(observatory).count(CLOSE)


@both
async def test_rain_that_the_monitor_does_not_see(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """The roof is closed silently."""
    notifications = await install(hass, which)
    await rain(observatory, roof)
    await until(hass, DOME, "closed")
    assert state(hass, NOT_SAFE) == "off"
    assert (notifications.told, closes(observatory)) == ([], 1)


@both
async def test_an_unsafe_sky(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """Also without a rain sensor, of which the automation speaks nevertheless."""
    er.async_get(hass).async_remove(RAIN)
    notifications = await install(hass, which)
    await unsafe(hass, observatory)
    await until(hass, DOME, "closed")
    assert notifications.told == []


@both
async def test_both_dangers_at_once(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """The second one changes nothing."""
    notifications = await install(hass, which)
    observatory.safety_monitor.is_safe = False
    await rain(observatory, roof)
    await until(hass, DOME, "closed")
    await later(hass, 90)
    assert (notifications.told, closes(observatory)) == ([], 1)


@both
async def test_opened_in_rain(
    hass: HomeAssistant, observatory: Observatory, settled: NinaConfigEntry, which: str
) -> None:
    """The rain came first, which the monitor does not see, so that nothing refused to open."""
    notifications = await install(hass, which)
    await rain(observatory, settled)
    await until(hass, RAIN, "on")
    observatory.ledger.reset()
    with raises("overtaken"):
        await act(hass, "cover.open_cover", DOME)
    await until(hass, DOME, "closed")
    assert (notifications.told, closes(observatory)) == ([], 1)


@both
async def test_opened_by_hand_while_unsafe(
    hass: HomeAssistant, observatory: Observatory, settled: NinaConfigEntry, which: str
) -> None:
    """The danger came first."""
    notifications = await install(hass, which)
    await unsafe(hass, observatory)
    await later(hass, 300)
    await move_by_hand(observatory, settled, 1.0)
    await until(hass, DOME, "closed")
    assert notifications.told == []


@both
async def test_opened_again_and_again(
    hass: HomeAssistant, observatory: Observatory, settled: NinaConfigEntry, which: str
) -> None:
    """Each time it is closed."""
    await install(hass, which)
    await unsafe(hass, observatory)
    for _ in range(3):
        await move_by_hand(observatory, settled, 1.0)
        await until(hass, DOME, "closed")


@both
async def test_a_roof_that_closes_by_itself(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """N.I.N.A. closes it in time: that is only watched."""
    observatory.dome.drive_shutter(0.0)
    observatory.dome.refresh()
    await roof.runtime_data.equipment.async_read()
    notifications = await install(hass, which)
    await unsafe(hass, observatory)
    await until(hass, DOME, "closed")
    assert (notifications.told, closes(observatory)) == ([], 0)


@both
async def test_a_roof_that_is_stuck(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """It is reported once, tried again, and told when it is closed, all in one notification."""
    notifications = await install(hass, which)
    await observatory.faults.start("stuck_shutter")
    await unsafe(hass, observatory)
    await eventually(lambda: notifications.told)
    await within(hass, 61, lambda: notifications.attempts > 1)
    assert (notifications.alarms, len(notifications.told)) == (1, 1)
    await observatory.faults.clear()
    await within(hass, 61, lambda: state(hass, DOME) == "closed")
    await within(hass, 61, lambda: notifications.all_clear)
    assert notifications.alarms == 1


@both
async def test_a_danger_that_is_over(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """The roof stays open, and nobody is left with the alarm; the next one is reported again."""
    notifications = await install(hass, which)
    await observatory.faults.start("stuck_shutter")
    await unsafe(hass, observatory)
    await eventually(lambda: notifications.told)
    observatory.safety_monitor.is_safe = True
    await until(hass, NOT_SAFE, "off")
    await within(hass, 61, lambda: notifications.all_clear)
    assert state(hass, DOME) == "open"
    await unsafe(hass, observatory)
    await eventually(lambda: notifications.alarms == 2)
    assert len(notifications.shown) == 1


def _tried_again(notifications: Notifications, tried: int) -> bool:
    return notifications.attempts > tried


@both
async def test_a_sensor_that_falls_silent(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """A rain sensor that cannot be read any more has not become dry."""
    notifications = await install(hass, which)
    await observatory.faults.start("stuck_shutter")
    await rain(observatory, roof)
    await eventually(lambda: notifications.told)
    observatory.weather.detach()
    await roof.runtime_data.equipment.async_read()
    await until(hass, RAIN, "unavailable")
    for silence in ("unavailable", "unknown"):
        hass.states.async_set(RAIN, silence)
        tried = notifications.attempts
        await within(hass, 61, partial(_tried_again, notifications, tried))
        assert len(notifications.told) == 1
    await observatory.faults.clear()
    await within(hass, 61, lambda: state(hass, DOME) == "closed")
    await within(hass, 61, lambda: notifications.all_clear)


@both
async def test_nina_closed_under_a_closed_roof(
    hass: HomeAssistant, observatory: Observatory, settled: NinaConfigEntry, which: str
) -> None:
    """Every morning, in rain as well: not a word, and nothing is sent when it is back."""
    await rain(observatory, settled)
    notifications = await install(hass, which)
    await lose(hass, observatory, settled)
    for minutes in (2, 10, 600):
        await later(hass, minutes * 60)
    assert state(hass, NOT_SAFE) == "on"
    await observatory.start()
    await until(hass, DOME, "closed")
    await later(hass, 90)
    assert (notifications.told, closes(observatory)) == ([], 0)


@both
async def test_nina_closed_under_an_open_roof(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """It is reported, and what could not be closed is closed when N.I.N.A. is back."""
    notifications = await install(hass, which)
    await lose(hass, observatory, roof)
    await within(hass, 100, lambda: notifications.alarms)
    observatory.safety_monitor.is_safe = False
    await observatory.start()
    await until(hass, DOME, "open")
    await within(hass, 61, lambda: state(hass, DOME) == "closed")
    await within(hass, 61, lambda: notifications.all_clear)
    assert notifications.alarms == 1


@both
async def test_a_roof_that_reads_nothing_at_first(
    hass: HomeAssistant, observatory: Observatory, settled: NinaConfigEntry, which: str
) -> None:
    """In the evening it is connected before its driver knows where it is."""
    notifications = await install(hass, which)
    await unsafe(hass, observatory)
    observatory.ledger.reset()
    hass.states.async_set(DOME, "unavailable")
    hass.states.async_set(DOME, "unknown")
    await eventually(lambda: runs(hass) == 1)
    hass.states.async_set(DOME, "closed")
    await within(hass, 31, lambda: runs(hass) == 0)
    assert (notifications.told, paths(observatory)) == ([], [])


@both
async def test_nina_starts_in_danger(
    hass: HomeAssistant, observatory: Observatory, settled: NinaConfigEntry, which: str
) -> None:
    """Somebody opened the roof while it was closed; its devices get half a minute to connect."""
    notifications = await install(hass, which)
    await lose(hass, observatory, settled)
    observatory.dome.put_shutter(1.0)
    observatory.safety_monitor.is_safe = False
    await observatory.start()
    await until(hass, DOME, "open")
    assert closes(observatory) == 0
    await within(hass, 31, lambda: state(hass, DOME) == "closed")
    assert notifications.told == []


@both
async def test_home_assistant_starts_in_danger(
    hass: HomeAssistant,
    observatory: Observatory,
    roof: NinaConfigEntry,
    caplog: pytest.LogCaptureFixture,
    which: str,
) -> None:
    """It may have become dangerous while it was away."""
    await unsafe(hass, observatory)
    hass.set_state(CoreState.starting)
    await install(hass, which)
    assert state(hass, DOME) == "open"
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(hass, DOME, "closed")
    assert "Template variable" not in caplog.text


@both
@pytest.mark.parametrize("opened", [True, False])
async def test_home_assistant_starts_while_nina_is_closed(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: NinaConfigEntry,
    which: str,
    *,
    opened: bool,
) -> None:
    """What was last seen of the roof outlives restarts: open is reported, closed is not."""
    if opened:
        await act(hass, "cover.open_cover", DOME)
    await observatory.stop()
    await unload(hass, settled)
    assert await hass.config_entries.async_setup(settled.entry_id)
    notifications = await install(hass, which)
    await until(hass, NOT_SAFE, "on")
    for _ in range(3):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=100))
        await asyncio.sleep(0.1)
    await eventually(lambda: (state(hass, OPEN) == "on") is opened)
    await eventually(lambda: notifications.alarms == opened)
    await observatory.start()


@both
async def test_the_automation_is_changed_in_danger(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """Whoever saves it ends what it was about; it begins again."""
    notifications = await install(hass, which)
    await observatory.faults.start("stuck_shutter")
    await unsafe(hass, observatory)
    await eventually(lambda: notifications.told)
    (automation,) = hass.states.async_all(AUTOMATION_DOMAIN)
    for action in ("turn_off", "turn_on"):
        await act(hass, f"automation.{action}", automation.entity_id)
    await observatory.faults.clear()
    hass.bus.async_fire("automation_reloaded")
    await until(hass, DOME, "closed")


@pytest.mark.parametrize(
    ("sensor", "value"), [(GAUGE, "on"), (FORECAST, "pouring"), (FORECAST, "lightning-rainy")]
)
async def test_the_blueprint_with_rain_sensors_of_its_own(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, sensor: str, value: str
) -> None:
    """Whatever detects rain; one that is unavailable is no reason."""
    for each in (GAUGE, FORECAST):
        hass.states.async_set(each, "unavailable")
    notifications = await install(hass, "blueprint", danger=(GAUGE, FORECAST))
    for each, dry in ((GAUGE, "off"), (FORECAST, "cloudy"), (GAUGE, "unknown")):
        hass.states.async_set(each, dry)
        await hass.async_block_till_done(wait_background_tasks=False)
    assert state(hass, DOME) == "open"
    hass.states.async_set(sensor, value)
    await until(hass, DOME, "closed")
    assert notifications.told == []


@pytest.mark.parametrize(
    "alarm",
    [
        {"action": "notify.nobody", "data": {"message": "open"}},
        {"action": "persistent_notification.create", "data": {"message": "{{ nonsense() }}"}},
        {"delay": "12:00:00"},
    ],
)
async def test_an_alarm_that_fails_or_never_ends(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, alarm: dict[str, Any]
) -> None:
    """The roof is closed nevertheless."""
    notifications = await install(hass, "blueprint", alarm=[alarm])
    await observatory.faults.start("stuck_shutter")
    await unsafe(hass, observatory)
    await eventually(lambda: notifications.attempts)
    await within(hass, 61, lambda: notifications.attempts > 1)
    await observatory.faults.clear()
    await within(hass, 61, lambda: state(hass, DOME) == "closed")


async def test_the_blueprint_without_a_sensor_that_remembers(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry
) -> None:
    """It closes as ever, but cannot tell of a roof that nobody can see."""
    notifications = await install(hass, "blueprint", watch=[])
    await lose(hass, observatory, roof)
    await later(hass, 100)
    assert notifications.told == []
    observatory.safety_monitor.is_safe = False
    await observatory.start()
    await until(hass, DOME, "open")
    await within(hass, 31, lambda: state(hass, DOME) == "closed")


@both
async def test_a_roof_under_which_it_is_safe(
    hass: HomeAssistant, observatory: Observatory, roof: NinaConfigEntry, which: str
) -> None:
    """N.I.N.A. comes back: no reason to close."""
    notifications = await install(hass, which)
    await observatory.stop()
    await roof.runtime_data.equipment.async_read()
    await until(hass, DOME, "unavailable")
    await observatory.start()
    await until(hass, DOME, "open")
    await until(hass, NOT_SAFE, "off")
    await later(hass, 20)
    assert (state(hass, DOME), notifications.told) == ("open", [])
