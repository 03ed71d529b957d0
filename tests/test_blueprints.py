"""Every blueprint, imported and run as a user would: what happens, and what reaches the phone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import ephem  # type: ignore[import-untyped]  # stubs are a package of their own
from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.blueprint.importer import fetch_blueprint_from_github_url
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.sun import get_astral_event_next
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import extract_inputs
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.night.keeper import GRACE_STOPPED
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .action_cases import under_the_stars
from .clock import CLOCK
from .commanding import answer
from .conftest import entry_with
from .states import act, attributes, state, until
from .test_nights import run_sequence
from .waiting import eventually, within

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "blueprints/automation/nina_observatory"
NAMES: Final = sorted(path.stem for path in FOLDER.glob("*.yaml"))
OUTSIDE: Final = "https://observatory.example.org"
PAGES: Final = (
    "https://github.com/nina-observatory/nina-observatory/blob/main/",
    "docs/blueprints.md",
)


def inputs_of(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of a blueprint, those in sections as well."""
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        found |= inputs_of(value["input"]) if "input" in value else {key: value}
    return found


@pytest.mark.parametrize("name", NAMES)
async def test_import(
    hass: HomeAssistant,
    aioclient_mock: AiohttpClientMocker,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    """It is imported from its address without a complaint, and everybody understands its form."""
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, {})
    caplog.clear()
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    path = f"blueprints/automation/nina_observatory/{name}.yaml"
    raw = f"https://raw.githubusercontent.com/nina-observatory/nina-observatory/main/{path}"
    aioclient_mock.get(raw, text=text)
    address = PAGES[0] + path
    imported = await fetch_blueprint_from_github_url(hass, address)
    blueprint = imported.blueprint
    assert imported.suggested_filename == f"nina-observatory/{name}"
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"] == address
    assert blueprint.metadata["homeassistant"]["min_version"] == "2026.10.0"
    assert blueprint.data["mode"] in ("single", "restart", "queued")
    assert len(blueprint.metadata["description"]) > 80
    inputs = inputs_of(blueprint.metadata["input"])
    assert {*inputs} == extract_inputs(
        {key: value for key, value in blueprint.data.items() if key != "blueprint"}
    )
    for key, each in inputs.items():
        assert each["name"], key
        assert each["selector"], key
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


@dataclass
class Phone:
    """A phone that writes down what it is sent."""

    hass: HomeAssistant
    device: str
    calls: list[ServiceCall] = field(default_factory=list)

    async def next(self, tag: str) -> dict[str, Any]:
        """Return the next notification with a tag, as it was sent."""
        await eventually(lambda: [call for call in self.calls if tag_of(call) == tag])
        found = next(call for call in self.calls if tag_of(call) == tag)
        self.calls.remove(found)
        return dict(found.data)


def tag_of(call: ServiceCall) -> str:
    """Return the tag of a notification."""
    return str(call.data["data"]["tag"])


@pytest.fixture
async def phone(hass: HomeAssistant) -> Phone:
    """Return a phone with the app."""
    app = MockConfigEntry(domain="mobile_app", title="My phone")
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "1")}, name="My phone"
    )
    return Phone(hass, device.id, async_mock_service(hass, "notify", "mobile_app_my_phone"))


def device_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the device of an entity."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    assert entity.device_id is not None
    return entity.device_id


async def install(hass: HomeAssistant, **chosen: dict[str, Any]) -> None:
    """Create an automation from each blueprint, with the inputs chosen."""
    for component in ("homeassistant", "persistent_notification"):
        assert await async_setup_component(hass, component, {})
    config = [
        {
            "id": name,
            "alias": name,
            "use_blueprint": {"path": f"nina_observatory/{name}.yaml", "input": values},
        }
        for name, values in chosen.items()
    ]
    with patch.object(hass.config, "path", lambda *parts: str(ROOT.joinpath(*parts))):
        assert await async_setup_component(hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: config})
        await hass.async_block_till_done()
    shown = {each.attributes["id"]: each.state for each in hass.states.async_all(AUTOMATION_DOMAIN)}
    assert shown == dict.fromkeys(chosen, "on")


@pytest.fixture(autouse=True)
async def _end(hass: HomeAssistant) -> AsyncIterator[None]:
    """End the automations before the entry."""
    yield
    for automation in hass.states.async_all(AUTOMATION_DOMAIN):
        await act(hass, "automation.turn_off", automation.entity_id)


@pytest.fixture
async def outside(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> Callable[[dict[str, Any]], Any]:
    """Return what opens the picture of a notification without a login."""
    hass.config.external_url = OUTSIDE
    anybody = await hass_client_no_auth()

    async def open_picture(sent: dict[str, Any]) -> str:
        """Return the type of the picture."""
        path = sent["data"]["image"]
        assert path.startswith(f"/api/{DOMAIN}/")
        got = await anybody.get(path)
        assert got.status == HTTPStatus.OK
        assert (await anybody.get(path.partition("?")[0])).status == HTTPStatus.UNAUTHORIZED
        return str(got.content_type)

    return open_picture


def without_picture(sent: dict[str, Any]) -> dict[str, Any]:
    """Return a notification without its picture, whose signature is never the same."""
    data = {key: value for key, value in sent["data"].items() if key != "image"}
    return {**sent, "data": data}


async def take(observatory: Observatory, entry: MockConfigEntry, focus: int) -> float:
    """Take a light frame somewhere off the focus, and return its HFR."""
    focuser = observatory.focuser
    focuser.travel.put(focuser.best_position + focus)
    frames = entry.runtime_data.frames
    before = len(frames.data.frames)
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: len(frames.data.frames) > before)
    hfr = frames.data.frames[-1].hfr
    assert hfr is not None
    return float(hfr)


async def test_frames_and_events(
    hass: HomeAssistant,
    observatory: Observatory,
    phone: Phone,
    settled: MockConfigEntry,
    outside: Callable[[dict[str, Any]], Any],
    subtests: pytest.Subtests,
) -> None:
    """Each notification is sent once, in these words, and with a picture that opens."""
    device = device_of(hass, "image.observatory_imaging_latest_image")
    common = {"observatory": device, "phones": [phone.device]}
    more = {
        "event": "told",
        "event_data": {key: f"{{{{ {key} }}}}" for key in ("title", "message", "picture_url")},
    }
    await install(
        hass,
        frame_to_phone={**common, "every": 3, "more": [more]},
        sequence_finished=common,
        autofocus_failed={"observatory": device},
        meridian_flip_soon={**common, "minutes": 30},
        imaging_stalled={**common, "critical": True},
    )
    told = async_capture_events(hass, "told")
    under_the_stars(observatory)
    for each in observatory.devices:
        each.refresh()
    with subtests.test("frame_to_phone"):
        taken = [await take(observatory, settled, focus) for focus in (200, 500, 600, 0)]
        assert taken[3] < taken[0]
        third, fourth = await phone.next("nina_frame"), await phone.next("nina_frame")
        assert without_picture(third)["title"] == "M 31 · L"
        assert third["message"].startswith(f"Frame 3, 30.0 s, HFR {round(taken[2], 2)}, ")
        assert third["message"].endswith(" stars")
        assert fourth["message"].startswith("Sharpest so far: frame 4, 30.0 s, HFR ")
        assert [await outside(each) for each in (third, fourth)] == ["image/jpeg"] * 2
        assert third["data"]["image"] != fourth["data"]["image"]
        await eventually(lambda: len(told) == 2)
        assert told[0].data["picture_url"] == OUTSIDE + third["data"]["image"]
        assert (told[0].data["title"], told[0].data["message"]) == (
            third["title"],
            third["message"],
        )
    with subtests.test("sequence_finished"):
        await observatory.events.emit("SEQUENCE-FINISHED")
        sent = await phone.next("nina_sequence")
        assert await outside(sent) == "image/jpeg"
        report = await answer(hass, settled, "get_night_report")
        assert report["frames"] == 4
        assert without_picture(sent) == {
            "title": "The sequence has finished",
            "message": report["summary"],
            "data": {"tag": "nina_sequence"},
        }
        await observatory.events.emit("SEQUENCE-ENTITY-FAILED", Entity="Slew", Error="No")
        sent = await phone.next("nina_sequence")
        assert (sent["title"], sent["message"]) == ("An instruction failed", "Slew")
    with subtests.test("autofocus_failed"):
        await observatory.events.emit("ERROR-AF")
        shown = _async_get_or_create_notifications(hass)
        await eventually(lambda: "nina_autofocus" in shown)
        assert shown["nina_autofocus"]["title"] == "Autofocus failed"
    with subtests.test("imaging_stalled"):
        stalled = "binary_sensor.observatory_imaging_stalled"
        for value in ("off", "on"):
            hass.states.async_set(stalled, value, attributes(hass, stalled))
        sent = await phone.next("nina_stalled")
        assert await outside(sent) == "image/jpeg"
        assert without_picture(sent) == {
            "title": "Imaging has stalled",
            "message": "The sequence is running, but takes no frames. Check the imaging computer.",
            "data": {
                "tag": "nina_stalled",
                "ttl": 0,
                "priority": "high",
                "channel": "alarm_stream",
                "push": {"sound": {"name": "default", "critical": 1, "volume": 1.0}},
            },
        }
    with subtests.test("meridian_flip_soon"):
        flip = "sensor.observatory_mount_time_to_meridian_flip"
        for running in ("idle", "running"):
            sequence = "sensor.observatory_sequence_state"
            hass.states.async_set(sequence, running, attributes(hass, sequence))
            for hours in ("2.0", "0.49", "0.48"):
                unit = {**attributes(hass, flip), "unit_of_measurement": "h"}
                hass.states.async_set(flip, hours, unit)
                await hass.async_block_till_done(wait_background_tasks=False)
        at = (dt_util.now() + timedelta(minutes=30)).strftime("%H:%M")
        assert await phone.next("nina_flip") == {
            "title": "Meridian flip in 30 minutes",
            "message": f"The mount flips at about {at}.",
            "data": {"tag": "nina_flip"},
        }
    assert phone.calls == []


async def test_clouds_and_guiding(
    hass: HomeAssistant,
    imaging: Observatory,
    phone: Phone,
    subtests: pytest.Subtests,
) -> None:
    """In the middle of a night: what stops has really stopped."""
    async with entry_with(hass, imaging) as entry:
        await until(hass, "sensor.observatory_sequence_state", "running")
        device = device_of(hass, "image.observatory_imaging_latest_image")
        common = {"observatory": device, "phones": [phone.device]}
        await install(
            hass,
            clouds={
                **common,
                "clouds": "sensor.observatory_weather_cloud_cover",
                "above": 70,
                "wait": {"minutes": 10},
            },
            guiding_lost={**common, "wait": {"seconds": 20}},
        )
        with subtests.test("guiding_lost"):
            await eventually(lambda: imaging.guider.guiding, 30)
            await until(hass, "binary_sensor.observatory_guider_guiding_lost", "off")
            await imaging.faults.start("star_lost")
            lost = "binary_sensor.observatory_guider_guiding_lost"
            await within(hass, 31, lambda: state(hass, lost) == "on")
            assert not phone.calls
            await within(hass, 21, lambda: phone.calls)
            sent = await phone.next("nina_guiding")
            assert without_picture(sent) == {
                "title": "Guiding is lost",
                "message": (
                    "The guider has not guided for a while. Check for clouds, or the guide star."
                ),
                "data": {"tag": "nina_guiding"},
            }
        with subtests.test("clouds"):
            imaging.weather.cloud_cover = 95.0
            await eventually(lambda: imaging.weather.info()["CloudCover"] == 95.0)
            await entry.runtime_data.equipment.async_read()
            await eventually(
                lambda: state(hass, "sensor.observatory_weather_cloud_cover") == "95.0"
            )
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


DEW: Final = "switch.observatory_camera_dew_heater"
CHANNELS: Final = ("switch.observatory_switches_telescope", "switch.observatory_switches_camera")


def on(hass: HomeAssistant) -> list[bool]:
    """Return which of the two channels of power are on."""
    return [state(hass, each) == "on" for each in CHANNELS]


async def test_power_and_dew(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """On at dusk, one after the other, and off only if everything is confirmed."""
    for each in (*CHANNELS, DEW):
        await act(hass, "switch.turn_off", each)
    device = device_of(hass, "image.observatory_imaging_latest_image")
    for each in ("air", "dew"):
        hass.states.async_set(f"sensor.{each}", "10")
    await install(
        hass,
        power={
            "observatory": device,
            "switches": [*CHANNELS],
            "offset": 30,
            "then_up": [{"event": "up"}],
            "wait": {"minutes": 15},
        },
        dew_heater={
            "heater": [DEW],
            "temperature": "sensor.air",
            "dew_point": "sensor.dew",
            "margin": 4,
        },
    )
    switched = async_capture_events(hass, EVENT_CALL_SERVICE)
    up = async_capture_events(hass, "up")

    def calls() -> list[tuple[str, str]]:
        """Return what was switched since, in order."""
        found = [
            (str(each.data["service"]), str(each.data["service_data"]["entity_id"]))
            for each in switched
            if each.data["domain"] == "switch"
        ]
        switched.clear()
        named = [(service, each.strip("[']")) for service, each in found]
        return [each for each in named if each[1] in CHANNELS]

    with subtests.test("dusk"):
        sunset = get_astral_event_next(hass, "sunset")
        async_fire_time_changed(hass, sunset + timedelta(minutes=29))
        await hass.async_block_till_done(wait_background_tasks=False)
        assert calls() == []
        async_fire_time_changed(hass, sunset + timedelta(minutes=31))
        await within(hass, 6, lambda: up)
        assert calls() == [("turn_on", each) for each in CHANNELS]
        await eventually(lambda: on(hass) == [True, True])
    shown = _async_get_or_create_notifications(hass)
    with subtests.test("not secured"):
        await observatory.faults.start("stuck_shutter")
        observatory.dome.put_shutter(1.0)
        observatory.dome.refresh()
        await unhurried.runtime_data.equipment.async_read()
        with pytest.raises(HomeAssistantError):
            await act(hass, f"{DOMAIN}.secure")
        await eventually(lambda: "nina_power" in shown)
        await within(hass, 901, lambda: not runs(hass, "power"))
        assert on(hass) == [True, True]
        await observatory.faults.clear()
    calls()
    with subtests.test("a sequence starts in the meantime"):
        await act(hass, f"{DOMAIN}.secure")
        await eventually(lambda: runs(hass, "power"))
        await observatory.events.emit("SEQUENCE-STARTING")
        await eventually(lambda: not runs(hass, "power"))
        assert (calls(), on(hass)) == ([], [True, True])
    with subtests.test("secured"):
        await act(hass, f"{DOMAIN}.secure")
        await eventually(lambda: runs(hass, "power"))
        assert on(hass) == [True, True]
        await within(hass, 901, lambda: on(hass) == [False, False])
        assert calls() == [("turn_off", each) for each in reversed(CHANNELS)]
    with subtests.test("dew_heater"):
        for air, dew, heats in (
            (10, 8, "on"),
            (10, 5.5, "on"),
            (10, 4, "off"),
            (10, 5.5, "off"),
            (10, 7, "on"),
            (12, 2, "off"),
            ("unavailable", 2, "on"),
        ):
            hass.states.async_set("sensor.air", str(air))
            hass.states.async_set("sensor.dew", str(dew))
            await eventually(lambda heats=heats: state(hass, DEW) == heats)
            await hass.async_block_till_done(wait_background_tasks=False)
            assert state(hass, DEW) == heats, (air, dew)


def runs(hass: HomeAssistant, name: str) -> int:
    """Return how often an automation runs now."""
    return int(attributes(hass, f"automation.{name}")["current"])


async def test_the_night_ahead(
    hass: HomeAssistant, observatory: Observatory, phone: Phone, settled: MockConfigEntry
) -> None:
    """The dark hours that are clear, the Moon, and the plan; without a forecast, that is said."""
    dusk, dawn = (f"sensor.observatory_next_astronomical_{each}" for each in ("dusk", "dawn"))
    begins = dt_util.utcnow().replace(minute=0, second=0, microsecond=0) + timedelta(hours=12)
    hass.states.async_set(dusk, begins.isoformat())
    hass.states.async_set(dawn, (begins + timedelta(hours=8, minutes=30)).isoformat())
    hours: list[dict[str, Any]] = [
        {
            "datetime": (begins + timedelta(hours=number - 3)).isoformat(),
            "condition": "cloudy" if number < 6 else "clear-night",
            "wind_speed": 60 if number == 8 else 5,
            "precipitation": 0,
            **({"cloud_coverage": 40} if number == 9 else {}),
        }
        for number in range(16)
    ]

    async def forecast(_call: ServiceCall) -> Any:
        return {"weather.home": {"forecast": hours}}

    hass.services.async_register(
        "weather", "get_forecasts", forecast, supports_response=SupportsResponse.ONLY
    )
    await install(
        hass,
        open_tonight={
            "observatory": device_of(hass, "image.observatory_imaging_latest_image"),
            "phones": [phone.device],
            "dusk": dusk,
            "dawn": dawn,
            "forecast": "weather.home",
            "least_hours": 3,
        },
    )
    plan = (await answer(hass, settled, "get_plan"))["plan"]
    targets = list(dict.fromkeys(each["target"] for each in plan if not each["waiting"]))
    assert targets
    lit = ephem.Moon(ephem.Date((begins + timedelta(hours=4, minutes=15)).replace(tzinfo=None)))
    span = (
        f"{dt_util.as_local(begins):%H:%M}–{dt_util.as_local(begins + timedelta(hours=8.5)):%H:%M}"
    )
    rest = f" of 8.5 dark hours look good ({span}). The Moon is "
    for title, clear in (("Open tonight", "3.5"), ("Not tonight", "2.5")):
        if title == "Not tonight":
            hours[7]["precipitation"] = 1
        await act(hass, "automation.trigger", "automation.open_tonight")
        sent = await phone.next("nina_tonight")
        assert (sent["title"], sent["data"]) == (title, {"tag": "nina_tonight"})
        start, _, end = sent["message"].partition(rest)
        moon, _, planned = end.partition("% lit. ")
        assert float(start) == float(clear)
        assert int(moon) == pytest.approx(lit.phase, abs=2)
        assert planned == f"Planned: {', '.join(targets)}."
    hours.clear()
    hass.states.async_set(dusk, (dt_util.utcnow() + timedelta(hours=1.9)).isoformat())
    sent = await phone.next("nina_tonight")
    assert sent["title"] == "No forecast"
    assert phone.calls == []


async def test_the_report_in_the_morning(
    hass: HomeAssistant,
    observatory: Observatory,
    phone: Phone,
    settled: MockConfigEntry,
    outside: Callable[[dict[str, Any]], Any],
) -> None:
    """It waits for the time that was chosen, and brings what there is of plot and best frame."""
    CLOCK.set(dt_util.now().replace(hour=4, minute=30) + timedelta(days=1))
    under_the_stars(observatory)
    await install(
        hass,
        morning_report={
            "observatory": device_of(hass, "image.observatory_imaging_latest_image"),
            "phones": [phone.device],
            "at": "07:00:00",
        },
    )
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
    await outside(sent)
    await eventually(lambda: not runs(hass, "morning_report"))
    for best in phone.calls:
        # Only with a plot there is a second picture.
        assert tag_of(best) == "nina_report_best"
        assert await outside(dict(best.data)) == "image/jpeg"
