"""The forms in every language: nothing in English, no raw key, no placeholder, nothing cut off."""

from homeassistant.core import HomeAssistant
from playwright.async_api import Page, expect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from scripts._browser.chromium import Chromium
from scripts._browser.frontend import browser, label, new_page, show
from scripts._browser.integration import open_form, texts
from scripts._browser.languages import ENTRY, LOCALES
from scripts._browser.proofreading import Reading, Texts

from .test_discovery import home, leaving

__all__ = ["home", "leaving"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LONG = 30_000
# A form loads its texts when it is opened; it is drawn again when those of another language are there.
SPEAK = """async ([language, domain]) => {
  const main = document.querySelector("home-assistant");
  main.dispatchEvent(new CustomEvent("hass-language-select", { detail: language }));
  for (const category of ["config", "options", "selector"])
    await main.hass.loadBackendTranslation(category, domain);
}"""


async def faults(page: Page, step: str) -> dict[str, list[str]]:
    """Return what is wrong with a form, by language; its title is the last text to change."""
    found: dict[str, list[str]] = {}
    part, _, name = step.partition(".")
    for language in LOCALES:
        await page.evaluate(SPEAK, [language, DOMAIN])
        title = texts(language)[part]["step"][name]["title"]
        await expect(page.get_by_text(title, exact=True).first).to_be_visible(timeout=LONG)
        reading = await Reading.of(page.locator("dialog-data-entry-flow"))
        assert title in reading.shown
        if wrong := [
            *Texts.load(language).faults(reading.shown),
            *(f"cut: {text}" for text in reading.cut),
        ]:
            found[language] = wrong
    return found


async def test_the_forms_are_in_every_language(
    hass: HomeAssistant,
    home: str,
    hass_access_token: str,
    loaded_entry: MockConfigEntry,
    chromium: Chromium,
) -> None:
    """That for a new observatory, and the longest of the options."""
    async with browser(chromium) as opened, new_page(opened, home, hass_access_token) as page:
        await open_form(page, home)
        assert await faults(page, "config.user") == {}
        await show(page, f"{home}/config/integrations/integration/{DOMAIN}")
        configure = await label(page, f"{ENTRY}.configure")
        await page.get_by_role("button", name=configure).first.click(timeout=LONG)
        *_, language = LOCALES
        general = texts(language)["options"]["step"]["init"]["menu_options"]["general"]
        await page.get_by_text(general, exact=True).first.click(timeout=LONG)
        assert await faults(page, "options.general") == {}
