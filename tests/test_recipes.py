"""The recipes and the pictures of the documents, each run exactly as it is written there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
import re
from typing import Any, Final

from aiohttp.test_utils import TestClient
from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.image import async_get_image
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.events.own_types import OwnEventType
from simulator import Observatory
from simulator.devices import exposures
from simulator.devices.exposures import Exposure
from simulator.picture import Scene

from .clock import CLOCK
from .commanding import answer
from .documented import DOCS, written
from .states import DOME, NOT_SAFE, act, attributes, state, until
from .waiting import eventually, within

RECIPES: Final = written("recipes.md")
OPEN: Final = "binary_sensor.observatory_dome_open_while_unsafe"
OUTSIDE: Final = "https://observatory.example.org"


def test_every_recipe_says_what_it_does_and_what_can_go_wrong() -> None:
    text = (DOCS / "recipes.md").read_text(encoding="utf-8")
    introduction, *recipes = re.split(r"^## ", text, flags=re.MULTILINE)
    assert "```" not in introduction
    assert len(recipes) == len(RECIPES) == 10
    for recipe in recipes:
        heading, _, rest = recipe.partition("\n")
        before, _, after = rest.partition("```yaml")
        assert RECIPES[heading]["alias"] == heading
        assert RECIPES[heading]["mode"]
        assert len(before.split()) > 8, heading
        assert "\n**What can go wrong:** " in after, heading


async def install(hass: HomeAssistant, automations: dict[str, Any]) -> None:
    """Create automations, turned off."""
    config = [{"id": name, **automation} for name, automation in automations.items()]
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: config})
    await hass.async_block_till_done()
    shown = hass.states.async_all(AUTOMATION_DOMAIN)
    assert {each.attributes["id"]: each.state for each in shown} == dict.fromkeys(automations, "on")
    for each in shown:
        await act(hass, "automation.turn_off", each.entity_id)


@asynccontextmanager
async def running(hass: HomeAssistant, name: str) -> AsyncIterator[None]:
    """Have an automation on."""
    found = [
        each.entity_id
        for each in hass.states.async_all(AUTOMATION_DOMAIN)
        if each.attributes["id"] == name
    ]
    await act(hass, "automation.turn_on", found[0])
    yield
    await eventually(lambda: attributes(hass, found[0])["current"] == 0, 60)
    await act(hass, "automation.turn_off", found[0])


def put(hass: HomeAssistant, entity_id: str, *values: str, **more: Any) -> None:
    """Have an entity take states."""
    shown = hass.states.get(entity_id)
    for value in values:
        hass.states.async_set(entity_id, value, {**(shown.attributes if shown else {}), **more})


def dusk_in(hass: HomeAssistant, span: timedelta) -> None:
    """Have the sensor of the dusk show that it is some time away."""
    at = dt_util.utcnow() + span
    hass.states.async_set(
        "sensor.observatory_next_astronomical_dusk",
        at.replace(microsecond=0).isoformat(),
        {"device_class": "timestamp"},
    )


def said(calls: list[ServiceCall]) -> dict[str, Any]:
    """Return the only notification."""
    (call,) = calls
    calls.clear()
    return dict(call.data)


@pytest.fixture
def alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure frames that differ by noise alone only once."""
    measure, known = exposures.measured, dict[Any, Any]()

    def measured(scene: Scene, *, detect: bool) -> Any:
        """Measure a scene."""
        key = (scene.kind, scene.filter_name, scene.exposure, round(scene.level, -3), detect)
        if key not in known:
            known[key] = measure(scene, detect=detect)
        return known[key]

    monkeypatch.setattr(exposures, "measured", measured)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where the recipes are run, and what the phone gets."""

    hass: HomeAssistant
    observatory: Observatory
    entry: MockConfigEntry
    calls: list[ServiceCall]
    browser: TestClient[Any, Any]


async def cool(stage: Stage) -> None:
    """Cool an hour before dusk."""
    cooler = stage.observatory.camera.cooler
    await act(stage.hass, "switch.turn_off", "switch.observatory_camera_cooler")
    dusk_in(stage.hass, timedelta(hours=1, seconds=2))
    async with running(stage.hass, "Cool the camera before dusk"):
        await eventually(lambda: cooler.on)
    assert cooler.set_point == -10


async def ask(stage: Stage) -> None:
    """Open when somebody says so, not before, and not by day."""
    async with running(stage.hass, "Ask before opening the roof"):
        await until(stage.hass, NOT_SAFE, "off")
        dusk_in(stage.hass, timedelta(minutes=30, seconds=2))
        await eventually(lambda: stage.calls)
        asked = said(stage.calls)
        assert asked["message"] == "It is safe."
        (button,) = asked["data"]["actions"]
        assert state(stage.hass, DOME) == "closed"
        answered = {"action": button["action"]}
        stage.hass.states.async_set("sun.sun", "above_horizon", {"elevation": 30})
        stage.hass.bus.async_fire("mobile_app_notification_action", answered)
        await stage.hass.async_block_till_done(wait_background_tasks=False)
        assert (stage.calls, state(stage.hass, DOME)) == ([], "closed")
        stage.hass.states.async_set("sun.sun", "below_horizon", {"elevation": -12})
        stage.hass.bus.async_fire("mobile_app_notification_action", answered)
        await eventually(lambda: stage.calls)
        assert said(stage.calls)["title"] == "The roof is open"
    assert state(stage.hass, DOME) == "open"


async def by_day(stage: Stage) -> None:
    """Warn at the full hour, when the Sun is up."""
    seen = state(stage.hass, DOME), attributes(stage.hass, DOME)
    for elevation, roof, sent in ((-20, seen, 0), (40, seen, 1), (40, ("unavailable", {}), 2)):
        stage.hass.states.async_set("sun.sun", "x", {"elevation": elevation})
        stage.hass.states.async_set(DOME, *roof)
        put(stage.hass, OPEN, "off" if roof is seen else "on")
        CLOCK.set(dt_util.utcnow().replace(minute=59, second=58))
        async with running(stage.hass, "Warn me if the roof is open by day"):
            await asyncio.sleep(3)
        assert len(stage.calls) == sent
    stage.hass.states.async_set(DOME, *seen)
    put(stage.hass, OPEN, "off")
    assert said(stage.calls[:1])["title"] == "The roof may be open"
    stage.calls.clear()


async def wind(stage: Stage) -> None:
    """Secure in gusts."""
    async with running(stage.hass, "Secure the observatory in strong wind"):
        put(stage.hass, "sensor.observatory_weather_wind_gust", "5", "14")
        await until(stage.hass, DOME, "closed")


async def battery(stage: Stage) -> None:
    """Secure while there is power, and say so."""
    stage.observatory.dome.put_shutter(1.0)
    stage.observatory.dome.refresh()
    await stage.entry.runtime_data.equipment.async_read()
    async with running(stage.hass, "Secure the observatory before the battery is empty"):
        put(stage.hass, "sensor.battery_charge", "50", "19")
        await within(stage.hass, 61, lambda: stage.calls)
        assert said(stage.calls) == {
            "title": "The battery is at 19%",
            "message": "The observatory is secured.",
        }
        assert state(stage.hass, DOME) == "closed"


async def lights(stage: Stage) -> None:
    """Switch the light off and on."""
    switched = [async_mock_service(stage.hass, "light", f"turn_{each}") for each in ("off", "on")]
    async with running(stage.hass, "Turn off the lights while the camera exposes"):
        for value in ("off", "on", "off"):
            put(stage.hass, "binary_sensor.observatory_imaging", value)
            await stage.hass.async_block_till_done(wait_background_tasks=False)
    assert [len(each) for each in switched] == [1, 1]
    assert switched[0][0].data["entity_id"] == ["light.observatory"]


async def stars(stage: Stage) -> None:
    """Send the frame with its numbers."""
    await stage.observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: stage.entry.runtime_data.frames.data.frames)
    async with running(stage.hass, "Notify me when the stars get worse"):
        put(stage.hass, "sensor.observatory_sequence_state", "running")
        put(stage.hass, "sensor.observatory_imaging_stars", "812")
        put(stage.hass, "sensor.observatory_guider_rms_total", "0.85")
        put(stage.hass, "sensor.observatory_imaging_hfr", "2.1", "4.6")
        await eventually(lambda: stage.calls)
        sent = said(stage.calls)
        assert (sent["title"], sent["message"]) == ("HFR 4.6 px", "812 stars, guiding 0.85″.")
        assert (await stage.browser.get(sent["data"]["image"])).status == HTTPStatus.OK


async def flats(stage: Stage) -> None:
    """Take ten flats through each filter, and warm the camera."""
    before = len(stage.observatory.images.frames)
    async with running(stage.hass, "Take flats when the sequence has finished"):
        stage.observatory.ledger.reset()
        await stage.observatory.events.emit("SEQUENCE-FINISHED")
        await eventually(lambda: len(stage.observatory.images.frames) >= before + 20, 60)
        await eventually(lambda: not stage.observatory.camera.cooler.on, 60)
    taken = stage.observatory.ledger.parameters("/flats/auto-exposure")
    assert [each["filterId"] for each in taken] == ["0", "4"]


async def target(stage: Stage) -> None:
    """Say its name."""
    spoken = async_mock_service(stage.hass, "tts", "speak")
    async with running(stage.hass, "Announce the next target"):
        data = {"target": "NGC 281"}
        async_fire_own(stage.hass, stage.entry, OwnEventType.TARGET_CHANGED, data)
        await eventually(lambda: spoken)
    assert spoken[0].data["message"] == "The telescope is now imaging NGC 281."
    assert spoken[0].data["media_player_entity_id"] == "media_player.living_room"


async def gone(stage: Stage) -> None:
    """Wake somebody, if the roof may be open."""
    async with running(stage.hass, "Warn me if N.I.N.A. is gone at night"):
        stage.hass.states.async_set("sun.sun", "below_horizon", {"elevation": -30})
        put(stage.hass, OPEN, "on")
        put(stage.hass, "binary_sensor.observatory_reachable", "on", "off")
        await within(stage.hass, 301, lambda: stage.calls)
        sent = said(stage.calls)
        assert sent["title"] == "N.I.N.A. does not respond"
        assert sent["data"]["push"]["sound"]["critical"] == 1


# In the order of a night.
PLAYS: Final = (cool, ask, by_day, wind, battery, lights, stars, flats, target, gone)


async def test_recipes(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    alike: None,
    hass_client_no_auth: ClientSessionGenerator,
    subtests: pytest.Subtests,
) -> None:
    """What each promises happens in the observatory, and the phone gets the message."""
    stage = Stage(
        hass=hass,
        observatory=observatory,
        entry=unhurried,
        calls=async_mock_service(hass, "notify", "mobile_app_your_phone"),
        browser=await hass_client_no_auth(),
    )
    await install(hass, RECIPES)
    assert len(PLAYS) == len(RECIPES)
    for play in PLAYS:
        with subtests.test(play.__name__):
            await play(stage)
            assert stage.calls == []


async def test_pictures(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    subtests: pytest.Subtests,
) -> None:
    """Each service gets exactly what it takes, and the links open without a login."""
    hass.config.external_url = OUTSIDE
    anybody = await hass_client_no_auth()
    app = async_mock_service(hass, "notify", "mobile_app_your_phone")
    telegram = async_mock_service(hass, "telegram_bot", "send_photo")
    mail = async_mock_service(hass, "smtp", "send_message")
    pages = written("phone.md").values()
    await install(hass, {each["alias"]: each for each in pages})
    with subtests.test("app"):
        async with running(hass, "Send each frame to my phone"):
            await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
            await eventually(lambda: app)
        sent = said(app)
        image = sent["data"].pop("image")
        assert sent == {"title": "M 31", "message": "Filter L", "data": {"tag": "frame"}}
        assert (await anybody.get(image)).content_type == "image/jpeg"
    report = await answer(hass, settled, "get_night_report")
    with subtests.test("telegram"):
        async with running(hass, "Send the night plot by Telegram"):
            async_fire_own(hass, settled, OwnEventType.NIGHT_REPORT, report)
            await eventually(lambda: telegram)
        sent = said(telegram)
        url = sent.pop("url")
        assert sent == {
            "entity_id": "notify.telegram",
            "caption": report["summary"],
            "parse_mode": "plain_text",
        }
        assert url.startswith(f"{OUTSIDE}/api/{DOMAIN}/")
        assert (await anybody.get(url.removeprefix(OUTSIDE))).content_type == "image/png"
    with subtests.test("email"):
        async with running(hass, "Send the night report by email"):
            async_fire_own(hass, settled, OwnEventType.NIGHT_REPORT, report)
            await eventually(lambda: mail)
        sent = said(mail)
        (attached,) = sent["attachments"]
        assert sent["title"] == report["summary"]
        assert sent["message"] == report["text"]
        assert f"<pre>{report['text']}</pre>" in sent["html"]
        assert f'src="cid:{attached["content_id"]}"' in sent["html"]
        source = attached["media_source"]
        entity_id = source["media_content_id"].removeprefix("media-source://image/")
        picture = await async_get_image(hass, entity_id)
        assert picture.content_type == source["media_content_type"]
