"""The dashboard that the integration brings along: its views, and the way to it."""

from collections.abc import AsyncIterator

from playwright.async_api import Page

from .frontend import label, show

VIEWS = ("tonight", "equipment", "report", "sky")
NAME = "N.I.N.A. Observatory"
PATH = "dashboard-observatory"
LIMIT = 30_000
TEXTS = "ui.panel.config.lovelace.dashboards"


async def add_dashboard(page: Page, url: str, path: str = PATH) -> AsyncIterator[str]:
    """Add the dashboard with three clicks, as a person does, and open it; yield what is shown.

    Its path has the name of the dashboard in it, which is in the language of the page.
    """
    await show(page, f"{url}/config/lovelace/dashboards")
    add = await label(page, f"{TEXTS}.picker.add_dashboard")
    await page.get_by_role("button", name=add).first.click(timeout=LIMIT)
    offered = page.locator("dashboard-card").filter(has=page.get_by_text(NAME, exact=True))
    await offered.wait_for(timeout=LIMIT)
    await offered.scroll_into_view_if_needed()
    yield "offered"
    await offered.click()
    create = page.get_by_role("button", name=await label(page, f"{TEXTS}.detail.create"))
    await create.wait_for(timeout=LIMIT)
    yield "named"
    await create.click()
    await create.wait_for(state="hidden", timeout=LIMIT)
    # It is in the sidebar at once.
    await show(page, f"{url}/{path}")
    yield "added"
