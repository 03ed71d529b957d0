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
    async with Session.open(demonstration.url, demonstration.token) as session:
        planned = await make_plan(session)
    # A frame may have been saved meanwhile.
    imaged = (await demonstration.states())[IMAGED]["attributes"]["by_target"]
    assert planned[0] in imaged
    assert len(set(planned)) > 2
    await show_plan(page, demonstration.url)
    lines = [page.get_by_text(name, exact=True).first for name in dict.fromkeys(planned)]
    for line in lines:
        await expect(line).to_be_visible(timeout=30_000)
    # The list grows while it is filled.
    top = "line => line.getBoundingClientRect().top"
    tops = [await line.evaluate(top) for line in lines]
    assert tops == sorted(set(tops))
