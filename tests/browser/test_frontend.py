"""What a person does first: sign in, look at the dashboard, add the integration, close the dome."""

import asyncio

from playwright.async_api import Page, ViewportSize, expect
import pytest
from yarl import URL

from scripts._browser.dashboard import VIEWS, add_dashboard
from scripts._browser.frontend import log_in, show
from scripts._checks.files import read_object
from scripts._demo.dashboard import PATH as DASHBOARD
from scripts._demo.target import DOMAIN, PASSWORD, ROOT, USER

from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

DOME = "cover.observatory_dome"
SECURE = "button.observatory_secure"
LONG = 30_000
PHONE: ViewportSize = {"width": 390, "height": 844}
ERRORS = "hui-error-card, hui-warning, hui-warning-element"
HEADINGS = {
    "tonight": ("Newest frame", "Roof and safety", "Sequence", "Night", "Guiding"),
    "equipment": ("Observatory mount", "Observatory camera", "Observatory weather"),
    "report": ("Night report", "Best frames", "Calendar", "Diary"),
    "sky": ("Plan", "Projects"),
}
TEXTS = read_object(ROOT / "custom_components" / DOMAIN / "translations/en.json")["common"]
DESCRIPTION = TEXTS["dashboard_description"]


async def test_signing_in_leads_to_the_dashboard(stranger: Page, demonstration: Running) -> None:
    await log_in(stranger, demonstration.url, USER, PASSWORD)
    await stranger.wait_for_url(f"**/{DASHBOARD}/**", timeout=LONG)
    await expect(stranger.get_by_text("Roof and safety")).to_be_visible(timeout=LONG)


async def test_the_dashboard_shows_the_rig_without_a_fault(
    page: Page, demonstration: Running
) -> None:
    """Every view, then on a phone, with nothing to complain about in the console."""
    faults: list[str] = []
    page.on("console", lambda shown: faults.append(shown.text) if shown.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    for view in VIEWS:
        await show(page, f"{demonstration.url}/{DASHBOARD}/{view}")
        for heading in HEADINGS[view]:
            await expect(page.get_by_text(heading, exact=True).first).to_be_visible(timeout=LONG)
        await expect(page.locator(ERRORS)).to_have_count(0)
    await page.set_viewport_size(PHONE)
    await show(page, f"{demonstration.url}/{DASHBOARD}/tonight")
    headings = [page.get_by_text(name, exact=True).first for name in HEADINGS["tonight"]]
    for shown in headings:
        await expect(shown).to_be_visible(timeout=LONG)
    # They move while cards are added.
    place = "heading => heading.getBoundingClientRect().left"
    left = [await shown.evaluate(place) for shown in headings]
    assert len(set(left)) == 1
    overhang = await page.evaluate("document.body.scrollWidth - document.body.clientWidth")
    assert overhang == 0
    await _asks_before_securing(page, demonstration)
    assert faults == []


async def _asks_before_securing(page: Page, demonstration: Running) -> None:
    """Touch the button by mistake, which does nothing."""
    before = (await demonstration.states())[SECURE]["state"]
    await page.get_by_role("button", name="Secure", exact=True).first.click(timeout=LONG)
    question = page.get_by_text("Secure Observatory? This stops the sequence")
    await expect(question).to_be_visible(timeout=LONG)
    await page.get_by_role("button", name="Cancel").click()
    await expect(question).to_be_hidden(timeout=LONG)
    assert (await demonstration.states())[SECURE]["state"] == before


async def test_three_clicks_make_a_dashboard(page: Page, demonstration: Running) -> None:
    """In the dialog of Home Assistant, with a name, an icon, and a description."""
    async for shown in add_dashboard(page, demonstration.url):
        if shown == "offered":
            await expect(page.get_by_text(DESCRIPTION)).to_be_visible(timeout=LONG)
        if shown == "named":
            title = page.get_by_role("textbox", name="Title")
            await expect(title).to_have_value("Observatory")
    await page.wait_for_url("**/dashboard-observatory/tonight", timeout=LONG)
    for heading in HEADINGS["tonight"]:
        await expect(page.get_by_text(heading, exact=True).first).to_be_visible(timeout=LONG)


async def test_the_newest_frame_is_a_picture(page: Page, demonstration: Running) -> None:
    await show(page, f"{demonstration.url}/{DASHBOARD}/tonight")
    frames = page.locator("hui-picture-entity-card img")
    widths: list[int] = []
    # Until the first exposure is done there is no picture.
    async with asyncio.timeout(120):
        while not any(width >= 200 for width in widths):
            widths = await frames.evaluate_all("all => all.map(image => image.naturalWidth)")
            await asyncio.sleep(0.5)


async def test_the_form_says_what_is_wrong(page: Page, demonstration: Running) -> None:
    await show(page, f"{demonstration.url}/config/integrations/dashboard/add?domain={DOMAIN}")
    await page.get_by_role("button", name="OK").click(timeout=LONG)
    await page.get_by_role("textbox", name="Host").fill("127.0.0.1")
    await page.get_by_role("spinbutton", name="Port", exact=False).first.fill(
        str(URL(demonstration.url).port)
    )
    await page.get_by_role("button", name="Submit").click()
    message = page.get_by_text("it is not N.I.N.A.'s Advanced API")
    await expect(message).to_be_visible(timeout=LONG)


async def test_the_integration_has_its_own_icon(page: Page, demonstration: Running) -> None:
    await show(page, f"{demonstration.url}/config/integrations/integration/{DOMAIN}")
    icon = page.locator(f"img[src*='{DOMAIN}']").first
    await expect(icon).to_be_visible(timeout=LONG)
    # It is visible before it is loaded.
    loaded = "image => image.decode().then(() => image.naturalWidth)"
    assert await icon.evaluate(loaded) >= 128


async def test_rain_closes_the_dome(page: Page, demonstration: Running) -> None:
    """By the automation of the README, and the dashboard shows it; the mount is parked before."""
    await show(page, f"{demonstration.url}/{DASHBOARD}/tonight")
    await demonstration.becomes(DOME, "open")
    await demonstration.happen("rain")
    await demonstration.becomes(DOME, "closed")
    states = await demonstration.states()
    assert states["binary_sensor.observatory_mount_parked"]["state"] == "on"
    await expect(
        page.get_by_role("button", name="Observatory dome Closed", exact=True)
    ).to_be_visible(timeout=LONG)
    await expect(page.get_by_role("button", name="Rain Wet").first).to_be_visible(timeout=LONG)
