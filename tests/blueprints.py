"""Blueprints in tests: installed as a user would, with a phone that writes down what it is sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .states import act, attributes
from .waiting import eventually

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "blueprints/automation/nina_observatory"
OUTSIDE: Final = "https://observatory.example.org"
IMAGE: Final = "image.observatory_imaging_latest_image"


@dataclass
class Phone:
    """A phone with the app: what it was sent, and a browser that is not logged in.

    Notifications have a tag of their own for each observatory; it is left out here.
    """

    device: str
    observatory: str
    calls: list[ServiceCall]
    browser: TestClient[Any, Any]

    async def next(self, tag: str) -> dict[str, Any]:
        """Return the next notification with a tag, as it was sent."""
        name, _, rest = tag.removeprefix("nina_").partition("_")
        own = "_".join(filter(None, ("nina", name, self.observatory, rest)))
        await eventually(lambda: [call for call in self.calls if tag_of(call) == own])
        found = next(call for call in self.calls if tag_of(call) == own)
        self.calls.remove(found)
        return {**found.data, "data": {**found.data["data"], "tag": tag}}

    async def open(self, sent: dict[str, Any]) -> str:
        """Open the picture of a notification without a login, and return its type."""
        path = sent["data"]["image"]
        assert path.startswith(f"/api/{DOMAIN}/")
        got = await self.browser.get(path)
        assert got.status == HTTPStatus.OK
        unsigned = await self.browser.get(path.partition("?")[0])
        assert unsigned.status == HTTPStatus.UNAUTHORIZED
        return str(got.content_type)


def tag_of(call: ServiceCall) -> str:
    """Return the tag of a notification."""
    return str(call.data["data"]["tag"])


def make_phone(hass: HomeAssistant, browser: TestClient[Any, Any]) -> Phone:
    """Return a phone with the app."""
    hass.config.external_url = OUTSIDE
    app = MockConfigEntry(domain="mobile_app", title="My phone")
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "1")}, name="My phone"
    )
    return Phone(
        device=device.id,
        observatory=device_of(hass),
        calls=async_mock_service(hass, "notify", "mobile_app_my_phone"),
        browser=browser,
    )


def without_picture(sent: dict[str, Any]) -> dict[str, Any]:
    """Return a notification without its picture, whose signature is never the same."""
    data = {key: value for key, value in sent["data"].items() if key != "image"}
    return {**sent, "data": data}


def device_of(hass: HomeAssistant, entity_id: str = IMAGE) -> str:
    """Return the device of an entity."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    assert entity.device_id is not None
    return entity.device_id


def runs(hass: HomeAssistant, name: str) -> int:
    """Return how often an automation runs now."""
    return int(attributes(hass, f"automation.{name}")["current"])


def notifications(hass: HomeAssistant) -> dict[str, Any]:
    """Return the notifications that Home Assistant shows."""
    found: dict[str, Any] = hass.data.setdefault("persistent_notification", {})
    return found


@asynccontextmanager
async def installed(hass: HomeAssistant, **chosen: dict[str, Any]) -> AsyncIterator[None]:
    """Have an automation of each blueprint, with the inputs chosen, until before the entry ends."""
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
    automations = hass.states.async_all(AUTOMATION_DOMAIN)
    shown = {each.attributes["id"]: each.state for each in automations}
    assert shown == dict.fromkeys(chosen, "on")
    try:
        yield
    finally:
        for each in automations:
            await act(hass, "automation.turn_off", each.entity_id)


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
