"""What a person does first: sign in, look at the dashboard, add the integration, close the dome."""

import asyncio

from playwright.async_api import Page, expect
import pytest
from yarl import URL

from scripts._browser.frontend import log_in, show
from scripts._demo.dashboard import PATH as DASHBOARD
from scripts._demo.target import DOMAIN, PASSWORD, USER

from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

DOME = "cover.observatory_dome"
LONG = 30_000


async def test_signing_in_leads_to_the_dashboard(stranger: Page, demonstration: Running) -> None:
    await log_in(stranger, demonstration.url, USER, PASSWORD)
    await stranger.wait_for_url(f"**/{DASHBOARD}/**", timeout=LONG)
    await expect(stranger.get_by_text("Roof and safety")).to_be_visible(timeout=LONG)


async def test_the_dashboard_shows_the_rig_without_a_fault(
    page: Page, demonstration: Running
) -> None:
    await show(page, f"{demonstration.url}/{DASHBOARD}/tonight")
    for heading in ("Newest frame", "Sequence and plan", "Guiding", "Mount", "Camera", "Weather"):
        await expect(page.get_by_text(heading, exact=True).first).to_be_visible(timeout=LONG)
    await expect(page.locator("hui-error-card, hui-warning, hui-warning-element")).to_have_count(0)


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
    assert await icon.evaluate("image => image.naturalWidth") >= 128


async def test_rain_closes_the_dome(page: Page, demonstration: Running) -> None:
    """By the automation of the README, and the dashboard shows it; the mount is parked before."""
    await show(page, f"{demonstration.url}/{DASHBOARD}/tonight")
    await demonstration.becomes(DOME, "open")
    await demonstration.happen("rain")
    await demonstration.becomes(DOME, "closed")
    states = await demonstration.states()
    assert states["binary_sensor.observatory_mount_parked"]["state"] == "on"
    await expect(page.get_by_role("button", name="Dome Closed", exact=True)).to_be_visible(
        timeout=LONG
    )
    await expect(page.get_by_role("button", name="Rain Wet").first).to_be_visible(timeout=LONG)
