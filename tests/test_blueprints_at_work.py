"""Blueprints that move, switch, wait, and judge: what they promise has really happened."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.sun import get_astral_event_next
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.events.own_types import OwnEventType
from custom_components.nina_observatory.night.keeper import GRACE_STOPPED
from simulator import Observatory

from .action_cases import under_the_stars
from .blueprints import (
    device_of,
    installed,
    make_phone,
    notifications,
    runs,
    take,
    without_picture,
)
from .clock import CLOCK
from .commanding import answer, prepare
from .conftest import SPEED, UNHURRIED, entry_with
from .states import DOME, act, attributes, state, until
from .test_nights import run_sequence
from .waiting import eventually, within

CLOUDS: Final = "sensor.observatory_weather_cloud_cover"
LOST: Final = "binary_sensor.observatory_guider_guiding_lost"
DEW: Final = "switch.observatory_camera_dew_heater"
CHANNELS: Final = ("switch.observatory_switches_telescope", "switch.observatory_switches_camera")
NIGHT, DAY = ("below_horizon", "above_horizon")


async def test_lost_guiding_and_clouds(
    hass: HomeAssistant,
    imaging: Observatory,
    hass_client_no_auth: ClientSessionGenerator,
    subtests: pytest.Subtests,
) -> None:
    """In the middle of a night: what is said to have stopped has stopped."""
    async with entry_with(hass, imaging) as entry:
        phone = make_phone(hass, await hass_client_no_auth())
        await until(hass, "sensor.observatory_sequence_state", "running")
        common = {"observatory": device_of(hass), "phones": [phone.device]}
        async with installed(
            hass,
            clouds={**common, "clouds": CLOUDS, "above": 70, "wait": {"minutes": 10}},
            guiding_lost={**common, "wait": {"seconds": 20}},
        ):
            with subtests.test("guiding_lost"):
                await eventually(lambda: imaging.guider.guiding, 30)
                await until(hass, LOST, "off")
                await imaging.faults.start("star_lost")
                await within(hass, 31, lambda: state(hass, LOST) == "on")
                await within(hass, 21, lambda: phone.calls)
                sent = await phone.next("nina_guiding")
                assert await phone.open(sent) == "image/png"
                assert without_picture(sent) == {
                    "title": "Guiding is lost",
                    "message": "The guider has not guided for a while. "
                    "Check for clouds, or the guide star.",
                    "data": {"tag": "nina_guiding"},
                }
            with subtests.test("clouds"):
                imaging.weather.cloud_cover = 95.0
                await eventually(lambda: imaging.weather.info()["CloudCover"] == 95.0)
                await entry.runtime_data.equipment.async_read()
                await until(hass, CLOUDS, "95.0")
                await within(hass, 601, lambda: phone.calls)
                assert await phone.next("nina_clouds") == {
                    "title": "Clouds: imaging has stopped",
                    "message": "The mount is parked.",
                    "data": {"tag": "nina_clouds"},
                }
                assert imaging.mount.parked
                assert not imaging.sequence.running
                await eventually(lambda: not imaging.camera.cooler.on)
        assert phone.calls == []


@pytest.mark.parametrize(
    ("secure", "missed"),
    [(False, "the sequence has stopped, the mount is parked"), (True, "Secure")],
)
async def test_clouds_over_a_mount_that_does_not_park(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    missed: str,
    *,
    secure: bool,
) -> None:
    """What could not be confirmed is named, and nothing is said to be parked."""
    phone = make_phone(hass, await hass_client_no_auth())
    prepare(observatory, under_the_stars)
    await unhurried.runtime_data.equipment.async_read()
    unhurried.runtime_data.runner.pace.scale = 1 / SPEED
    await observatory.faults.start("stuck_park")
    hass.states.async_set("sensor.sky", "-20")
    inputs = {"clouds": "sensor.sky", "above": -8, "wait": {"seconds": 0}, "secure": secure}
    async with installed(
        hass, clouds={"observatory": device_of(hass), "phones": [phone.device], **inputs}
    ):
        hass.states.async_set("sensor.sky", "unavailable")
        sequence = "sensor.observatory_sequence_state"
        hass.states.async_set(sequence, "running", attributes(hass, sequence))

        @callback
        def lose_connection(event: Event[Any]) -> None:
            """Show nothing of the sequence after it was to stop."""
            if event.data["service"] == "warm":
                hass.states.async_set(sequence, "unavailable")

        hass.bus.async_listen(EVENT_CALL_SERVICE, lose_connection)
        hass.states.async_set("sensor.sky", "-3.5")
        sent = await phone.next("nina_clouds")
        assert sent["title"] == "Clouds: something went wrong"
        assert sent["message"] == f"Not confirmed: {missed}. Check the observatory."
    assert not observatory.mount.parked


@dataclass(frozen=True, kw_only=True)
class Power:
    """The power of an observatory, and what has switched it."""

    hass: HomeAssistant
    observatory: Observatory
    entry: MockConfigEntry
    switched: list[Event[Any]]
    up: list[Event[Any]]

    @property
    def on(self) -> list[bool]:
        """Which of the two channels are on."""
        return [state(self.hass, each) == "on" for each in CHANNELS]

    def calls(self) -> list[tuple[str, str]]:
        """Return what was switched since, in order."""
        found = [
            (str(each.data["service"]), str(each.data["service_data"]["entity_id"]).strip("[']"))
            for each in self.switched
            if each.data["domain"] == "switch"
        ]
        self.switched.clear()
        return [each for each in found if each[1] in CHANNELS]

    @property
    def told(self) -> bool:
        """Whether a notification says that the power stays on; it is dismissed."""
        shown = notifications(self.hass)
        return shown.pop(f"nina_power_{device_of(self.hass)}", None) is not None

    async def open_roof(self) -> None:
        """Open the roof by its own switch."""
        self.observatory.dome.put_shutter(1.0)
        self.observatory.dome.refresh()
        await self.entry.runtime_data.equipment.async_read()
        await until(self.hass, DOME, "open")

    async def secure(self) -> None:
        """Secure the observatory, and return when the power waits for the camera."""
        await act(self.hass, f"{DOMAIN}.secure")
        await eventually(lambda: runs(self.hass, "power"))


async def dusk(power: Power) -> None:
    """Switch on half an hour after sunset, one after the other."""
    sunset = get_astral_event_next(power.hass, "sunset")
    async_fire_time_changed(power.hass, sunset + timedelta(minutes=29))
    await power.hass.async_block_till_done(wait_background_tasks=False)
    assert power.calls() == []
    async_fire_time_changed(power.hass, sunset + timedelta(minutes=31))
    await within(power.hass, 6, lambda: power.up)
    assert power.calls() == [("turn_on", each) for each in CHANNELS]
    await eventually(lambda: power.on == [True, True])


async def not_secured(power: Power) -> None:
    """Leave the power on, since the roof is stuck."""
    pace = power.entry.runtime_data.runner.pace
    await power.observatory.faults.start("stuck_shutter")
    await power.open_roof()
    pace.scale = 1 / SPEED
    with pytest.raises(HomeAssistantError):
        await act(power.hass, f"{DOMAIN}.secure")
    await eventually(lambda: power.told)
    await eventually(lambda: not runs(power.hass, "power"))
    await power.observatory.faults.clear()
    pace.scale = UNHURRIED


async def a_sequence_starts(power: Power) -> None:
    """Go on with the night."""
    await power.secure()
    await power.observatory.events.emit("SEQUENCE-STARTING")
    await eventually(lambda: not runs(power.hass, "power"))
    assert not power.told


async def the_roof_is_opened(power: Power) -> None:
    """Open what was closed."""
    await power.secure()
    await power.open_roof()
    await within(power.hass, 901, lambda: power.told)
    await eventually(lambda: not runs(power.hass, "power"))


async def secured(power: Power) -> None:
    """Switch off in reverse order, when the camera had time to get warm."""
    await power.secure()
    assert power.on == [True, True]
    await within(power.hass, 901, lambda: power.on == [False, False])
    assert power.calls() == [("turn_off", each) for each in reversed(CHANNELS)]
    assert not power.told


async def test_power(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """On at dusk, and off only if everything is confirmed, and stays so."""
    # It is at noon, far from any dusk, until the test says so.
    CLOCK.set(dt_util.now().replace(hour=12, minute=0) + timedelta(days=1))
    for each in CHANNELS:
        await act(hass, "switch.turn_off", each)
    async with installed(
        hass,
        power={
            "observatory": device_of(hass),
            "switches": [*CHANNELS],
            "offset": 30,
            "then_up": [{"event": "up"}],
            "wait": {"minutes": 15},
            "roof": DOME,
        },
    ):
        power = Power(
            hass=hass,
            observatory=observatory,
            entry=unhurried,
            switched=async_capture_events(hass, EVENT_CALL_SERVICE),
            up=async_capture_events(hass, "up"),
        )
        for play in (dusk, not_secured, a_sequence_starts, the_roof_is_opened):
            with subtests.test(play.__name__):
                await play(power)
                assert (power.calls(), power.on) == ([], [True, True])
        with subtests.test("secured"):
            await secured(power)


async def test_power_without_an_answer(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Without a roof and a mount to ask, only N.I.N.A. can tell whether a sequence is running."""
    assert await async_setup_component(hass, "switch", {})
    switched = async_capture_events(hass, EVENT_CALL_SERVICE)
    done = {"step": "disconnect", "result": "done"}
    secured = {"secured": True, "mount_parked": True, "roof_closed": None, "steps": [done]}
    inputs = {"switches": ["switch.own"], "wait": {"seconds": 1}, "pause": {"seconds": 0}}
    async with installed(hass, power={"observatory": device_of(hass), **inputs}):
        async_fire_own(hass, unhurried, OwnEventType.SECURE_FINISHED, secured)
        await eventually(lambda: turned_off(switched))
        await eventually(lambda: not runs(hass, "power"))
        switched.clear()
        tag = f"nina_power_{device_of(hass)}"
        sequence = "sensor.observatory_sequence_state"
        shown = state(hass, sequence), attributes(hass, sequence)
        hass.states.async_set(sequence, "unknown")
        async_fire_own(hass, unhurried, OwnEventType.SECURE_FINISHED, secured)
        await eventually(lambda: tag in notifications(hass))
        await eventually(lambda: not runs(hass, "power"))
        notifications(hass).pop(tag)
        hass.states.async_set(sequence, *shown)
        await observatory.stop()
        await unhurried.runtime_data.equipment.async_read()
        await until(hass, "binary_sensor.observatory_reachable", "off")
        async_fire_own(hass, unhurried, OwnEventType.SECURE_FINISHED, secured)
        await eventually(lambda: tag in notifications(hass))
        await eventually(lambda: not runs(hass, "power"))
        assert not turned_off(switched)
    await observatory.start()


def turned_off(calls: list[Event[Any]]) -> list[Event[Any]]:
    """Return the calls that turn the power off."""
    return [
        each
        for each in calls
        if (each.data["domain"], each.data["service"]) == ("switch", "turn_off")
    ]


async def test_clouds_before_the_sequence(
    hass: HomeAssistant,
    imaging: Observatory,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """A sequence that starts under clouds has its time, and is stopped if they stay."""
    async with entry_with(hass, imaging):
        phone = make_phone(hass, await hass_client_no_auth())
        await until(hass, "sensor.observatory_sequence_state", "running")
        hass.states.async_set("sensor.sky", "95")
        inputs = {"clouds": "sensor.sky", "above": 70, "wait": {"minutes": 10}}
        common = {"observatory": device_of(hass), "phones": [phone.device]}
        async with installed(hass, clouds={**common, **inputs}):
            await imaging.events.emit("SEQUENCE-STARTING")
            await eventually(lambda: runs(hass, "clouds"))
            hass.states.async_set("sensor.sky", "unavailable")
            await asyncio.sleep(1)
            assert phone.calls == []
            await within(hass, 601, lambda: phone.calls)
            assert (await phone.next("nina_clouds"))["title"] == "Clouds: imaging has stopped"
            await eventually(lambda: not runs(hass, "clouds"))
            hass.states.async_set("sensor.sky", "95")
            hass.bus.async_fire("automation_reloaded")
            await eventually(lambda: runs(hass, "clouds"))
            hass.states.async_set("sensor.sky", "10")
            await eventually(lambda: not runs(hass, "clouds"))
            # Clouds that come during a sequence; without one, there is nothing to wait for.
            sequence = "sensor.observatory_sequence_state"
            for shown, waits in (("idle", 0), ("running", 1), ("unknown", 1)):
                hass.states.async_set(sequence, shown)
                hass.states.async_set("sensor.sky", "95")
                await asyncio.sleep(1)
                hass.states.async_set("sensor.sky", "unavailable")
                await asyncio.sleep(1)
                assert runs(hass, "clouds") == waits, shown
                hass.states.async_set("sensor.sky", "10")
                await eventually(lambda: not runs(hass, "clouds"))
        assert phone.calls == []


async def test_dew(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Warm near the dew point, with a hysteresis, and at night if nobody knows."""
    await act(hass, "switch.turn_off", DEW)
    hass.states.async_set("sensor.air", "10")
    hass.states.async_set("sensor.dew", "2")
    async with installed(
        hass,
        dew_heater={
            "heater": [DEW],
            "temperature": "sensor.air",
            "dew_point": "sensor.dew",
            "margin": 4,
        },
    ):
        for sun, air, dew, heats in (
            (NIGHT, "10", "8", "on"),
            (NIGHT, "10", "5.5", "on"),
            (NIGHT, "10", "4", "off"),
            (NIGHT, "10", "5.5", "off"),
            (DAY, "10", "7", "on"),
            (DAY, "unavailable", "7", "off"),
            (DAY, "unavailable", "unknown", "off"),
            (NIGHT, "unavailable", "2", "on"),
            (NIGHT, "12", "2", "off"),
        ):
            hass.states.async_set("sun.sun", sun)
            for sensor, value in (("sensor.air", air), ("sensor.dew", dew)):
                hass.states.async_set(sensor, value)
                await hass.async_block_till_done(wait_background_tasks=False)
                await eventually(lambda: not runs(hass, "dew_heater"))
            assert state(hass, DEW) == heats, (sun, air, dew)
            assert observatory.camera.info()["DewHeaterOn"] is (heats == "on")


async def test_the_report_in_the_morning(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """It waits for the time that was chosen, and brings the plot of the night and the best frame."""
    CLOCK.set(dt_util.now().replace(hour=4, minute=30) + timedelta(days=1))
    phone = make_phone(hass, await hass_client_no_auth())
    prepare(observatory, under_the_stars)
    common = {"observatory": device_of(hass), "phones": [phone.device]}
    async with installed(hass, morning_report={**common, "at": "07:00:00"}):
        for focus in (200, 0):
            await take(observatory, settled, focus)
        await run_sequence(observatory, settled)
        async_fire_time_changed(hass, dt_util.utcnow() + GRACE_STOPPED)
        await eventually(lambda: runs(hass, "morning_report"))
        await asyncio.sleep(1)
        assert phone.calls == []
        async_fire_time_changed(hass, dt_util.now().replace(hour=7, minute=0, second=1))
        sent = await phone.next("nina_report")
        report = await answer(hass, settled, "get_night_report")
        assert without_picture(sent) == {
            "title": report["summary"],
            "message": report["text"],
            "data": {"tag": "nina_report"},
        }
        assert report["text"].startswith("2 light frames, 1 min, ")
        assert await phone.open(sent) == "image/png"
        best = await phone.next("nina_report_best")
        assert await phone.open(best) == "image/jpeg"
        frame = report["best_frames"][0]
        assert without_picture(best) == {
            "title": "M 31 · L",
            "message": f"HFR {frame['hfr']:.2f}",
            "data": {"tag": "nina_report_best"},
        }
        assert f"/{frame['id']}/link?" in best["data"]["image"]
    assert phone.calls == []
