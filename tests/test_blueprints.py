"""Every blueprint, imported and run as a user would: what happens, and what reaches the phone."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint.importer import fetch_blueprint_from_github_url
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import extract_inputs, load_yaml_dict
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
from custom_components.nina_observatory.events.bus import async_fire_own
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .action_cases import under_the_stars
from .commanding import answer
from .states import act, attributes, state, until
from .waiting import eventually

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "blueprints/automation/nina_observatory"
NAMES: Final = sorted(path.stem for path in FOLDER.glob("*.yaml"))
OUTSIDE: Final = "https://observatory.example.org"
PAGES: Final = ("https://github.com/nina-observatory/nina-observatory/blob/main/", "docs/blueprints.md")


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
