"""The dashboard for whatever there is of an observatory: renamed, disabled, hidden, gone."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

from homeassistant.auth.permissions import PermissionLookup
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from playwright.async_api import ConsoleMessage, Page, expect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from scripts._bootstrap.shell import BootstrapError
from scripts._browser.chromium import Chromium
from scripts._browser.frontend import browser, new_page, show
from scripts._browser.newer_frontend import install_frontend
from scripts._checks.files import read_object
from scripts._demo.dashboard import STRATEGY
from scripts._demo.target import ROOT
from simulator import Observatory
from tests.conftest import make_entry, set_up, unload
from tests.people import ALL_RIGHTS, Person, make_person_with
from tests.waiting import eventually

from .test_discovery import ONBOARDED, leaving

__all__ = ["leaving"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LONG = 30_000
PATH = "night-watch"
TEXTS = read_object(ROOT / "custom_components" / DOMAIN / "translations/en.json")["common"]
GENERATE = """async config => {
  const made = await customElements.whenDefined("ll-strategy-dashboard-nina-observatory");
  return made.generate(config, document.querySelector("home-assistant").hass);
}"""
# A page gets the list of entities and their states in separate messages.
SHOWS_IN_PLACE_OF = """([there, ...gone]) => {
  const { entities, states } = document.querySelector("home-assistant").hass;
  return entities[there] && states[there] && !gone.some(id => entities[id] || states[id]);
}"""
LISTED_WITHOUT_A_STATE = """id => {
  const { entities, states } = document.querySelector("home-assistant").hass;
  return entities[id]?.name === "Late" && !states[id];
}"""
# As in Home Assistant, who asks for texts that are on their way already gets none.
GENERATE_TWICE = """async () => {
  const made = await customElements.whenDefined("ll-strategy-dashboard-nina-observatory");
  const { hass } = document.querySelector("home-assistant");
  let asked = 0;
  const answer = done => setTimeout(() => done(hass.localize), 300);
  const loadBackendTranslation = async () => asked++ ? () => "" : new Promise(answer);
  const slow = { ...hass, loadBackendTranslation };
  return Promise.all([made.generate({}, slow), made.generate({}, slow)]);
}"""
# The report of a night with one frame, of a target with a name.
REPORT = """async target => {
  const made = await customElements.whenDefined("ll-strategy-section-nina-observatory-report");
  const { hass } = document.querySelector("home-assistant");
  const best_frames = [{ picture: null, target, filter: "Hα", hfr: 1.5, stars: 12 }];
  const response = { markdown: target, best_frames };
  return made.generate({}, { ...hass, callService: async () => ({ response }) });
}"""
ODD = "{{ 1 + 1 }} <b>*M 31*</b>"
ESCAPED = "&#123;&#123; 1 &#43; 1 &#125;&#125; &#60;b&#62;&#42;M 31&#42;&#60;&#47;b&#62;"
# What a guest may see.
FOR_GUESTS = {
    "binary_sensor.observatory_safety",
    "cover.garden_shed",
    "image.observatory_imaging_latest_image",
    "sensor.observatory_imaging_hfr",
}
READING = {"read": True}
ERRORS = "hui-error-card, hui-warning, hui-warning-element"


def found_in(made: Any, key: str) -> Iterator[Any]:
    """Yield the values of a key anywhere in a configuration."""
    if isinstance(made, dict):
        if key in made:
            yield made[key]
        for part in made.values():
            yield from found_in(part, key)
    elif isinstance(made, list):
        for part in made:
            yield from found_in(part, key)


def entities_of(made: Any) -> set[str]:
    """Return the entities of a configuration, those in conditions included."""
    found = {each for each in found_in(made, "entity") if isinstance(each, str)}
    for key in ("entities", "entity_id"):
        for value in found_in(made, key):
            given = [value] if isinstance(value, str) else value
            found |= {each for each in given if isinstance(each, str)}
    return found


def text(key: str, **values: str) -> str:
    """Return a text of the dashboard up to its first link."""
    written: str = TEXTS[f"dashboard_{key}"]
    return written.format(**values).partition("[")[0].strip()


def faults_of(page: Page) -> list[str]:
    """Return the list of the errors in the console, as it grows.

    This Home Assistant has no history, which cards with graphs ask for.
    """
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)) if error.stack else None)
    return faults


@pytest.fixture(params=["installed", "2026.12"])
def frontend(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the configuration of the frontend that Home Assistant uses."""
    if request.param == "installed":
        return {}
    try:
        return {"development_repo": str(install_frontend())}
    except BootstrapError as err:
        pytest.skip(f"no newer frontend: {err}")


@pytest.fixture
async def home(
    hass: HomeAssistant,
    frontend: dict[str, Any],
    leaving: None,
    hass_storage: dict[str, Any],
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
) -> str:
    """Return where the frontend is, of a Home Assistant that has the dashboard in YAML."""
    hass_storage["onboarding"] = {"version": 4, "key": "onboarding", "data": ONBOARDED}
    written = tmp_path / "dashboard.yaml"
    # What is JSON is YAML.
    written.write_text(json.dumps(STRATEGY), encoding="utf-8")
    board = {"mode": "yaml", "filename": str(written), "title": "Night watch"}
    lovelace = {"dashboards": {PATH: board}}
    assert await async_setup_component(hass, "lovelace", {"lovelace": lovelace})
    assert await async_setup_component(hass, "frontend", {"frontend": frontend})
    # All that answers requests is registered before the first one comes.
    for component in ("calendar", "camera", "image", "media_source", DOMAIN):
        assert await async_setup_component(hass, component, {})
    return str((await hass_client()).make_url("/")).rstrip("/")


async def test_it_follows_the_observatory(
    hass: HomeAssistant,
    home: str,
    hass_access_token: str,
    imaging: Observatory,
    chromium: Chromium,
) -> None:
    """From the first look until the observatory is removed, in YAML mode, without a reload."""
    entry = make_entry(imaging)
    await set_up(hass, entry)
    registry = er.async_get(hass)
    async with browser(chromium) as opened, new_page(opened, home, hass_access_token) as page:
        faults = faults_of(page)
        await show(page, f"{home}/{PATH}/tonight")
        await _sees_everything(page, registry)
        await _sees_names_and_gaps(hass, page, registry, entry)
        await _sees_odd_names(hass, page)
        await _sees_two(hass, page, entry)
        assert faults == []
        neighbor, guest = await _make_others(hass)
        async with new_page(opened, home, neighbor.token) as other:
            await _sees_what_is_not_for_him(other, home)
        async with new_page(opened, home, guest.token) as other:
            await _sees_what_is_for_him(other, home)
        await _sees_why_there_is_none(hass, page, entry)


async def _sees_everything(page: Page, registry: er.EntityRegistry) -> None:
    """Every view has cards, of entities that exist, and what can do harm asks first."""
    for heading in ("newest_frame", "roof", "sequence", "night", "guiding"):
        await expect(page.get_by_text(text(heading), exact=True).first).to_be_visible(timeout=LONG)
    # A page that is open may not have the entities yet; the cards are made of them.
    made = await page.evaluate(GENERATE, {})
    assert [view["path"] for view in made["views"]] == ["tonight", "equipment", "report", "sky"]
    assert [view["title"] for view in made["views"]] == [
        text(key) for key in ("tonight", "equipment", "report", "sky")
    ]
    named = entities_of(made)
    assert len(named) > 60
    for entity_id in named:
        known = registry.async_get(entity_id)
        assert known is not None, entity_id
        assert known.disabled_by is None, entity_id
    asked = {question["text"] for question in found_in(made, "confirmation")}
    assert asked == {
        text("confirm_secure", name="Observatory"),
        text("confirm_start_up", name="Observatory"),
        text("confirm_skip"),
    }
    await expect(page.locator(ERRORS)).to_have_count(0)
    for absent in ("closed", "attention"):
        await expect(page.get_by_text(text(absent)).first).to_be_hidden()


async def _sees_names_and_gaps(
    hass: HomeAssistant, page: Page, registry: er.EntityRegistry, entry: MockConfigEntry
) -> None:
    """Entities are found under any name; what is disabled or hidden, or does not exist, is not."""

    def entity(platform: str, key: str) -> str:
        found = registry.async_get_entity_id(platform, DOMAIN, f"{entry.entry_id}_{key}")
        assert found is not None, key
        return found

    cover = entity("cover", "dome_shutter")
    registry.async_update_entity(cover, new_entity_id="cover.garden_shed", name="Shed roof")
    disabled, hidden = entity("sensor", "hub_stars"), entity("sensor", "mount_altitude")
    registry.async_update_entity(disabled, disabled_by=er.RegistryEntryDisabler.USER)
    registry.async_update_entity(hidden, hidden_by=er.RegistryEntryHider.USER)
    for gone in er.async_entries_for_config_entry(registry, entry.entry_id):
        if "_rotator_" in gone.unique_id:
            registry.async_remove(gone.entity_id)
    devices = dr.async_get(hass)
    (dome,) = (
        device
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id)
        if (DOMAIN, f"{entry.entry_id}_dome") in device.identifiers
    )
    devices.async_update_device(dome.id, name_by_user="Shed")
    await expect(page.get_by_text("Shed", exact=True).first).to_be_visible(timeout=LONG)
    followed = ["cover.garden_shed", cover, disabled]
    await page.wait_for_function(SHOWS_IN_PLACE_OF, arg=followed, timeout=LONG)
    made = await page.evaluate(GENERATE, {})
    named = entities_of(made)
    assert "cover.garden_shed" in named
    assert not {cover, disabled, hidden} & named
    headings = set(found_in(made, "heading"))
    assert "Shed" in headings
    assert not any("rotator" in heading for heading in headings)
    # An entity is listed before it has a state.
    unique_id = f"{entry.entry_id}_hub_skip_current"
    registry.async_remove(entity("button", "hub_skip_current"))
    late = registry.async_get_or_create(
        "button", DOMAIN, unique_id, config_entry=entry, original_name="Late"
    ).entity_id
    # It has the entity id of the one before, which the page may still show.
    await page.wait_for_function(LISTED_WITHOUT_A_STATE, arg=late, timeout=LONG)
    assert late not in entities_of(await page.evaluate(GENERATE, {}))
    hass.states.async_set(late, "unknown")
    await expect(page.get_by_text("Late", exact=True).first).to_be_visible(timeout=LONG)
    await expect(page.locator(ERRORS)).to_have_count(0)


async def _sees_odd_names(hass: HomeAssistant, page: Page) -> None:
    """Names are neither templates nor Markdown, and the texts are there however often one asks."""
    for made in await page.evaluate(GENERATE_TWICE):
        assert made["views"][0]["title"] == text("tonight")
    odd = MockConfigEntry(domain=DOMAIN, title=ODD, data={}, disabled_by=ConfigEntryDisabler.USER)
    odd.add_to_hass(hass)
    (view,) = (await page.evaluate(GENERATE, {"config_entry_id": odd.entry_id}))["views"]
    assert view["title"] == ODD
    assert view["cards"][0]["content"].startswith(text("disabled", name=ESCAPED))
    await hass.config_entries.async_remove(odd.entry_id)
    contents = list(found_in(await page.evaluate(REPORT, ODD), "content"))
    # The report itself is Markdown, whose names the action escapes, but no template.
    assert contents == [
        ODD.replace("{", "&#123;"),
        f"{ESCAPED} · Hα · 1&#46;50&#160;px · 12 &#9733;",
    ]


async def _sees_two(hass: HomeAssistant, page: Page, entry: MockConfigEntry) -> None:
    """Each observatory has views of its own, and a dashboard may be that of one."""
    second = MockConfigEntry(
        domain=DOMAIN, title="Backyard", data={}, disabled_by=ConfigEntryDisabler.USER
    )
    second.add_to_hass(hass)
    titles = [view["title"] for view in (await page.evaluate(GENERATE, {}))["views"]]
    assert titles == [
        *(f"Observatory: {text(key)}" for key in ("tonight", "equipment", "report", "sky")),
        "Backyard",
    ]
    one = await page.evaluate(GENERATE, {"config_entry_id": entry.entry_id})
    assert [view["path"] for view in one["views"]] == ["tonight", "equipment", "report", "sky"]
    (other,) = (await page.evaluate(GENERATE, {"config_entry_id": second.entry_id}))["views"]
    assert other["cards"][0]["content"].startswith(text("disabled", name="Backyard"))
    await hass.config_entries.async_remove(second.entry_id)


async def _make_others(hass: HomeAssistant) -> tuple[Person, Person]:
    """Create a user who may not see the observatory, and one who may see a part of it."""
    # The harness leaves out where policies look.
    hass.auth._store._perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    return (
        await make_person_with(hass, "neighbor", {"domains": {"sun": ALL_RIGHTS}}),
        await make_person_with(hass, "guest", {"entity_ids": dict.fromkeys(FOR_GUESTS, READING)}),
    )


async def _sees_what_is_not_for_him(page: Page, home: str) -> None:
    """Without permission a user reads a sentence in place of all views."""
    await show(page, f"{home}/{PATH}/tonight")
    reason = page.get_by_text(text("not_loaded", name="Observatory")).first
    await expect(reason).to_be_visible(timeout=LONG)
    (view,) = (await page.evaluate(GENERATE, {}))["views"]
    assert entities_of(view) == set()
    for heading in ("newest_frame", "roof", "sequence"):
        await expect(page.get_by_text(text(heading), exact=True).first).to_be_hidden()
    await expect(page.locator(ERRORS)).to_have_count(0)


async def _sees_what_is_for_him(page: Page, home: str) -> None:
    """With permission for some entities a user sees their cards, and no trace of the others."""
    await show(page, f"{home}/{PATH}/tonight")
    for shown in (text("newest_frame"), text("roof"), "Shed", "HFR"):
        await expect(page.get_by_text(shown, exact=True).first).to_be_visible(timeout=LONG)
    for heading in ("sequence", "night", "guiding"):
        await expect(page.get_by_text(text(heading), exact=True).first).to_be_hidden()
    assert entities_of(await page.evaluate(GENERATE, {})) == FOR_GUESTS
    await expect(page.locator(ERRORS)).to_have_count(0)
    await show(page, f"{home}/{PATH}/report")
    await expect(page.get_by_text(text("no_report")).first).to_be_visible(timeout=LONG)
    await expect(page.locator(ERRORS)).to_have_count(0)


async def _sees_why_there_is_none(hass: HomeAssistant, page: Page, entry: MockConfigEntry) -> None:
    """Instead of an error, a sentence about what is not loaded, or was removed."""
    await unload(hass, entry)
    await expect(page.get_by_text(text("not_loaded", name="Observatory")).first).to_be_visible(
        timeout=LONG
    )
    await expect(page.get_by_text("Unavailable", exact=True).first).to_be_hidden()
    await hass.config_entries.async_remove(entry.entry_id)
    await eventually(lambda: not hass.config_entries.async_entries(DOMAIN))
    await expect(page.get_by_text(text("none")).first).to_be_visible(timeout=LONG)
    (view,) = (await page.evaluate(GENERATE, {"config_entry_id": entry.entry_id}))["views"]
    assert view["cards"][0]["content"] == TEXTS["dashboard_removed"]
    await expect(page.locator(ERRORS)).to_have_count(0)
