"""Tonight's plan in the calendar panel."""

from playwright.async_api import Page, expect
import pytest

from scripts._browser.plan import make_plan, show_plan
from scripts._demo.session import Session

from .conftest import Running

IMAGED = "sensor.observatory_imaging_light_frames"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_the_calendar_shows_the_night(page: Page, demonstration: Running) -> None:
    """Every part of the night, from top to bottom: what was imaged, then what is planned."""
    imaged = (await demonstration.states())[IMAGED]["attributes"]["by_target"]
    async with Session.open(demonstration.url, demonstration.token) as session:
        planned = await make_plan(session)
    assert planned[0] in imaged
    assert len(set(planned)) > 2
    await show_plan(page, demonstration.url)
    tops = []
    for name in dict.fromkeys(planned):
        line = page.get_by_text(name, exact=True).first
        await expect(line).to_be_visible(timeout=30_000)
        tops.append(await line.evaluate("line => line.getBoundingClientRect().top"))
    assert tops == sorted(set(tops))
