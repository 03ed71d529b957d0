"""Flat panel, guider, switch hub, weather and safety monitor."""

import asyncio

import pytest

from simulator import Observatory
from simulator.commands import run
from simulator.tremble import tremble

from .support import Client, eventually, happened, passes

FLAT, GUIDER, SWITCH = "/equipment/flatdevice", "/equipment/guider", "/equipment/switch"


async def test_cover(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{FLAT}/set-cover?closed=false") == "Flatdevice cover set"
    await eventually(lambda: observatory.flat_panel.known["CoverState"].wire != "Closed")
    assert (await client.get(f"{FLAT}/info"))["CoverState"] == "NeitherOpenNorClosed"
    await happened(observatory, "FLAT-COVER-OPENED")
    assert (await client.get(f"{FLAT}/info"))["CoverState"] == "Open"
    await client.get(f"{FLAT}/set-cover?closed=true")
    await happened(observatory, "FLAT-COVER-CLOSED")


async def test_setting_what_is_set_does_nothing(observatory: Observatory, client: Client) -> None:
    before = len(observatory.events.names)
    for action in ("set-cover?closed=true", "set-light?on=false", "set-brightness?brightness=0"):
        await client.get(f"{FLAT}/{action}")
    await observatory.flat_panel.next_poll()
    assert observatory.events.names[before:] == []


async def test_light_and_brightness(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{FLAT}/set-light?on=true") == "Flatdevice light set"
    await happened(observatory, "FLAT-LIGHT-TOGGLED")
    info = await client.get(f"{FLAT}/info")
    assert (info["LightOn"], info["Brightness"]) == (True, 4096), "the maximum at first"
    assert (info["LocalizedLightOnState"], info["MaxBrightness"]) == ("On", 4096)
    text = await client.get(f"{FLAT}/set-brightness?brightness=1000")
    assert text == "Flatdevice brightness set"
    event = await happened(observatory, "FLAT-BRIGHTNESS-CHANGED")
    assert event.payload == {"Previous": 4096, "New": 1000}
    await client.get(f"{FLAT}/set-light?on=false")
    await happened(observatory, "FLAT-LIGHT-TOGGLED", 2)
    await client.get(f"{FLAT}/set-light?on=true")
    await happened(observatory, "FLAT-LIGHT-TOGGLED", 3)
    assert observatory.flat_panel.brightness == 1000, "the last one set"


@pytest.mark.parametrize(
    ("asked", "minimum", "reached"), [(99999, 0, 4096), (3, 20, 20), (0, 20, 20), (0, 0, 0)]
)
async def test_brightness_is_clamped_but_zero_is_passed_on(
    observatory: Observatory, client: Client, asked: int, minimum: int, reached: int
) -> None:
    observatory.flat_panel.min_brightness = minimum
    observatory.flat_panel.brightness = 500
    await observatory.flat_panel.next_poll()
    await client.get(f"{FLAT}/set-brightness?brightness={asked}")
    await happened(observatory, "FLAT-BRIGHTNESS-CHANGED")
    assert observatory.flat_panel.brightness == reached


async def test_brightness_alone_switches_the_light_on(
    observatory: Observatory, client: Client
) -> None:
    await client.get(f"{FLAT}/set-brightness?brightness=7")
    await eventually(lambda: observatory.flat_panel.known["LightOn"])


async def test_panel_without_abilities(observatory: Observatory, client: Client) -> None:
    observatory.flat_panel.has_cover = observatory.flat_panel.has_light = False
    await observatory.flat_panel.next_poll()
    assert await client.get(f"{FLAT}/set-light?on=true") == "Flatdevice light set"
    assert await client.get(f"{FLAT}/set-cover?closed=false") == "Flatdevice cover set"
    await observatory.flat_panel.next_poll()
    info = await client.get(f"{FLAT}/info")
    assert (info["CoverState"], info["LightOn"]) == ("NotPresent", False)
    assert info["LocalizedCoverState"] == "Not present"


@pytest.mark.parametrize("action", ["set-light", "set-cover", "set-brightness"])
async def test_panel_not_connected(observatory: Observatory, client: Client, action: str) -> None:
    observatory.flat_panel.detach()
    assert await client.refused(f"{FLAT}/{action}") == ("Flatdevice not connected", 409)


def clear_sky(observatory: Observatory) -> None:
    """Have stars to guide on."""
    observatory.dome.put_shutter(1.0)
    observatory.mount.put(observatory.sequence.target)


async def test_guiding_from_start_to_stop(observatory: Observatory, client: Client) -> None:
    clear_sky(observatory)
    before = len(observatory.events.names)
    starting = asyncio.ensure_future(client.get(f"{GUIDER}/start?calibrate=true"))
    for state in ("Looping", "Calibrating", "Guiding"):
        await eventually(lambda wanted=state: observatory.guider.state == wanted)
    assert await starting == "Guiding started"
    info = await client.get(f"{GUIDER}/info")
    assert info["State"] == "Guiding"
    await eventually(lambda: len(observatory.guider.steps) > 10)
    info = await client.get(f"{GUIDER}/info")
    total = info["RMSError"]["Total"]
    assert 0.2 < total["Arcseconds"] < 1.5
    assert total["Arcseconds"] == pytest.approx(total["Pixel"] * info["PixelScale"])
    assert await client.get(f"{GUIDER}/stop") == "Guiding stopped"
    info = await client.get(f"{GUIDER}/info")
    assert info["State"] == "Stopped"
    assert info["LastGuideStep"]["RADistanceRaw"] == observatory.guider.steps[-1].ra
    assert info["RMSError"]["Total"]["Pixel"] > 0, "kept across stops"
    assert observatory.events.names[before:] == ["GUIDER-START", "GUIDER-STOP"]


async def test_starting_without_a_star_claims_success(
    observatory: Observatory, client: Client
) -> None:
    before = len(observatory.events.names)
    assert await client.get(f"{GUIDER}/start") == "Guiding started"
    assert (await client.get(f"{GUIDER}/info"))["State"] == "Looping"
    assert observatory.events.names[before:] == []


async def test_a_start_cancelled_by_another(observatory: Observatory, client: Client) -> None:
    clear_sky(observatory)
    first = asyncio.ensure_future(client.envelope(f"{GUIDER}/start?calibrate=true"))
    await eventually(lambda: observatory.guider.state == "Calibrating")
    second = asyncio.ensure_future(client.envelope(f"{GUIDER}/start?calibrate=false"))
    assert (await first)["Error"] == "Unknown error"
    assert (await second)["Response"] == "Guiding started"


@pytest.mark.parametrize("state", ["Paused", "Looping", "Selected", "Stopped"])
async def test_what_is_not_guiding_is_not_stopped(
    observatory: Observatory, client: Client, state: str
) -> None:
    await run(observatory, "guider", {"state": state})
    before = len(observatory.events.names)
    assert await client.get(f"{GUIDER}/stop") == "Guiding stopped"
    assert (await client.get(f"{GUIDER}/info"))["State"] == state
    assert observatory.events.names[before:] == []


async def test_the_star_is_lost_and_found(observatory: Observatory, client: Client) -> None:
    clear_sky(observatory)
    observatory.guider.routines.resume()
    before = len(observatory.events.names)
    async with observatory.faults.during("star_lost"):
        assert (await client.get(f"{GUIDER}/info"))["State"] == "LostLock"
    await eventually(lambda: observatory.guider.state == "Guiding")
    observatory.weather.cloud_cover = 100
    await eventually(lambda: observatory.guider.state == "LostLock")
    assert observatory.events.names[before:] == []


@pytest.mark.parametrize("guiding", [True, False])
async def test_dither_is_announced_even_when_skipped(
    observatory: Observatory, guiding: bool
) -> None:
    clear_sky(observatory)
    if guiding:
        observatory.guider.routines.resume()
    assert await observatory.guider.routines.dither() == guiding
    assert observatory.events.names[-1] == "GUIDER-DITHER"


async def test_graph(observatory: Observatory, client: Client) -> None:
    clear_sky(observatory)
    observatory.guider.routines.resume()
    await eventually(lambda: len(observatory.guider.steps) > 3)
    graph = await client.get(f"{GUIDER}/graph")
    step = graph["GuideSteps"][0]
    assert step["RADistanceRawDisplay"] == pytest.approx(step["RADistanceRaw"] * 1.65012)
    assert (step["Dither"], graph["Scale"]) == ("NaN", "ARCSECONDS")
    assert graph["RMS"]["TotalText"].startswith("Tot: ")
    observatory.guider.detach()
    assert (await client.get(f"{GUIDER}/graph"))["HistorySize"] == 100


async def test_clear_calibration(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{GUIDER}/clear-calibration") == "Calibration cleared"
    await observatory.faults.start("ignored", device="guider")
    envelope = await client.envelope(f"{GUIDER}/clear-calibration")
    assert (envelope["Success"], envelope["StatusCode"], envelope["Error"]) == (False, 200, "")


@pytest.mark.parametrize("action", ["start", "stop", "clear-calibration"])
async def test_guider_not_connected(observatory: Observatory, client: Client, action: str) -> None:
    observatory.guider.detach()
    assert await client.refused(f"{GUIDER}/{action}") == ("Guider not connected", 409)


async def test_switch_is_written_by_position(observatory: Observatory, client: Client) -> None:
    text = await client.get(f"{SWITCH}/set?index=3&value=55")
    assert text == "Switch value updated"
    entry = (await client.get(f"{SWITCH}/info"))["WritableSwitches"][3]
    assert (entry["Id"], entry["TargetValue"]) == (5, 55)
    await observatory.switch_hub.next_poll()
    entry = (await client.get(f"{SWITCH}/info"))["WritableSwitches"][3]
    assert entry["Value"] == 55
    await run(observatory, "switch", {"number": 5, "value": 10.0})
    await observatory.switch_hub.next_poll()
    entry = (await client.get(f"{SWITCH}/info"))["WritableSwitches"][3]
    assert (entry["Value"], entry["TargetValue"]) == (10, 55)


async def test_switches_that_do_not_exist(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{SWITCH}/set?index=99&value=1") == "Switch value updated"
    assert await client.refused(f"{SWITCH}/set?index=-1") == ("Unknown error", 500)
    observatory.switch_hub.detach()
    assert await client.refused(f"{SWITCH}/set?index=0") == ("Switch not connected", 409)


async def test_an_ignored_write(observatory: Observatory, client: Client) -> None:
    await observatory.faults.start("ignored", device="switch_hub")
    await client.get(f"{SWITCH}/set?index=0&value=0")
    await observatory.switch_hub.next_poll()
    entry = (await client.get(f"{SWITCH}/info"))["WritableSwitches"][0]
    assert (entry["TargetValue"], entry["Value"]) == (0, 1)


async def test_weather(observatory: Observatory, client: Client) -> None:
    info = await client.get("/equipment/weather/info")
    assert (info["RainRate"], info["StarFWHM"]) == (0, "NaN")
    await run(observatory, "rain", {"rate": 3.5})
    await observatory.weather.next_poll()
    info = await client.get("/equipment/weather/info")
    assert (info["RainRate"], info["CloudCover"], info["SkyQuality"]) == (3.5, 100, "NaN")
    assert info["DewPoint"] < info["Temperature"]
    await run(observatory, "clear_up", {})
    await observatory.weather.next_poll()
    assert (await client.get("/equipment/weather/info"))["RainRate"] == 0


async def test_weather_drifts(observatory: Observatory) -> None:
    first = observatory.weather.read()
    await passes(observatory, 3600)
    later = observatory.weather.read()
    assert abs(later["Temperature"] - first["Temperature"]) < 2
    assert later != first


async def test_instruments_tremble(observatory: Observatory) -> None:
    """Around what they measure, also when that changes."""
    weather, volts = observatory.weather, observatory.switch_hub.readonly[0]
    observatory.tasks.start(tremble(observatory.rig))
    for humidity in (62, 97):
        seen = set()
        for _ in range(20):
            await passes(observatory, 2)
            seen.add((weather.humidity, volts.value))
        assert len(seen) > 10
        assert all(abs(found - humidity) < 2 and abs(v - 12.6) < 0.2 for found, v in seen)
        observatory.rain()


async def test_safety_changes_at_a_poll(observatory: Observatory, client: Client) -> None:
    before = len(observatory.events.names)
    observatory.safety_monitor.is_safe = False
    event = await happened(observatory, "SAFETY-CHANGED")
    assert event.payload == {"IsSafe": False}
    assert (await client.get("/equipment/safetymonitor/info"))["IsSafe"] is False
    observatory.safety_monitor.is_safe = True
    event = await happened(observatory, "SAFETY-CHANGED", 2)
    assert event.payload == {"IsSafe": True}
    assert observatory.events.names[before:] == ["SAFETY-CHANGED"] * 2
