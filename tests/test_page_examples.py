"""The short examples of the pages, each run as it is written there."""

from pathlib import Path
from typing import Any, Final

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.lovelace import CONFIG_SCHEMA as DASHBOARDS
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
)
import yaml

from scripts._site.pages import blocks
from simulator import Observatory

from .states import NOT_SAFE, state, until
from .waiting import eventually

ROOT: Final = Path(__file__).parents[1]
RMS: Final = "sensor.observatory_guider_rms_total"
# What an automation of a fragment does, and what runs one that has no trigger.
RAN: Final = "example_ran"
ASKED: Final = "example_asked"


def code(page: str, wanted: str) -> list[str]:
    """Return the blocks of a page in a language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [found for _, language, found in blocks(text) if language == wanted]


def shown(page: str) -> list[Any]:
    """Return the blocks of YAML of a page."""
    return [yaml.safe_load(each) for each in code(page, "yaml")]


def whole(name: str, fragment: Any) -> dict[str, Any]:
    """Return an automation with a fragment, which may be its triggers, conditions, or actions."""
    parts = {"actions": fragment} if isinstance(fragment, list) else fragment
    asked = [{"trigger": "event", "event_type": ASKED, "event_data": {"name": name}}]
    ran = [{"event": RAN, "event_data": {"name": name}}]
    return {"id": name, "alias": name, "triggers": asked, "actions": ran, **parts}


async def test_examples_run(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """Each of those that no other test runs: triggers fire, conditions pass, actions notify."""
    phone = async_mock_service(hass, "notify", "mobile_app_your_phone")
    notified = async_mock_service(hass, "persistent_notification", "create")
    ran = async_capture_events(hass, RAN)
    (finished,) = shown("README.md")
    started, threshold, safe, failed = shown("docs/events.md")
    (report,) = shown("docs/night-report.md")
    (projects,) = shown("docs/target-scheduler.md")
    _, tagged = shown("docs/first-automation.md")
    named = {
        "phone": finished,
        "sequence": started,
        "threshold": threshold,
        "safe": safe,
        "autofocus": failed,
        "report": report,
        "projects": projects,
        "tag": tagged,
    }
    config = [whole(name, fragment) for name, fragment in named.items()]
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: config})
    await hass.async_block_till_done()
    assert {each.state for each in hass.states.async_all(AUTOMATION_DOMAIN)} == {"on"}
    assert len(hass.states.async_all(AUTOMATION_DOMAIN)) == len(named)

    await observatory.events.emit("SEQUENCE-FINISHED")
    await eventually(lambda: phone)
    assert phone.pop().data["message"] == "No light frames"
    await observatory.events.emit("ERROR-AF")
    hass.states.async_set(RMS, "0.9", {"unit_of_measurement": "arcsec"})
    hass.states.async_set(RMS, "1.3", {"unit_of_measurement": "arcsec"})
    await until(hass, NOT_SAFE, "off")
    for name in ("safe", "report", "projects", "tag"):
        hass.bus.async_fire(ASKED, {"name": name})
    expected = {"sequence", "autofocus", "threshold", "safe"}
    await eventually(lambda: {each.data["name"] for each in ran} == expected)
    await eventually(lambda: phone and len(notified) == 2)
    assert phone[0].data["data"] == {"tag": "observatory_dome"}
    assert phone[0].data["message"] == f"Its state is {state(hass, 'cover.observatory_dome')}."
    messages = {call.data["title"]: call.data["message"] for call in notified}
    assert messages["Last night"] == "No light frames."
    assert "- IC 405 in depth" in messages["Projects"]

    ran.clear()
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")
    hass.bus.async_fire(ASKED, {"name": "safe"})
    await hass.async_block_till_done()
    assert ran == []


async def test_a_message_in_german(hass: HomeAssistant) -> None:
    """The template for the blueprint that sends frames says them as a German does."""
    (message,) = code("docs/languages.md", "jinja")
    frame = {"light_frames": 12, "hfr": 1.934}
    assert Template(message, hass).async_render({"frame": frame}) == "Aufnahme 12, HFR 1,93 px"


def test_dashboards_in_yaml_are_accepted() -> None:
    """The browser tests load the strategies that the module defines under these names."""
    pages = shown("docs/dashboard.md")
    (configured,) = [block for block in pages if "lovelace" in block]
    (dashboard,) = DASHBOARDS(configured)["lovelace"]["dashboards"].values()
    assert dashboard["filename"] == "observatory.yaml"
    sections = [each for block in pages if isinstance(block, list) for each in block]
    strategies = [each["strategy"] for each in (*pages, *sections) if "strategy" in each]
    assert {each["type"] for each in strategies} == {
        "custom:nina-observatory",
        "custom:nina-observatory-report",
    }
