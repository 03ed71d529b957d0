"""Adding the integration in the browser, in any language."""

from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Locator, Page

from scripts._checks.files import integration, read_object
from scripts._demo.target import DOMAIN, ROOT, Target

from .frontend import label, show

FLOW = "ui.panel.config.integrations.config_flow"
LIMIT = 30_000


async def open_form(page: Page, url: str) -> None:
    """Open the form, as the button of the documentation does."""
    await show(page, f"{url}/config/integrations/dashboard/add?domain={DOMAIN}")
    await page.get_by_role("button", name=await label(page, "ui.common.ok")).click(timeout=LIMIT)


async def fill_in(page: Page, target: Target, language: str = "en") -> None:
    """Fill in the address of N.I.N.A. and the port of the Target Scheduler."""
    names = texts(language)["config"]["step"]["user"]["data"]
    await page.get_by_role("textbox", name=names["host"]).fill(target.host, timeout=LIMIT)
    ports = page.get_by_role("spinbutton")
    await ports.first.fill(str(target.port))
    await ports.last.fill(str(target.scheduler_port))


async def submit_button(page: Page) -> Locator:
    """Return the button that submits the form."""
    return page.get_by_role("button", name=await label(page, f"{FLOW}.submit"), exact=True)


async def add_integration(
    page: Page, url: str, target: Target, language: str = "en"
) -> AsyncIterator[str]:
    """Add the integration as a person does, by its form; yield what is shown."""
    await open_form(page, url)
    await fill_in(page, target, language)
    yield "form"
    await (await submit_button(page)).click()
    skip = page.get_by_role("button", name=await label(page, f"{FLOW}.finish_skip"))
    await skip.wait_for(timeout=LIMIT)
    yield "added"
    await skip.click()


def texts(language: str) -> dict[str, Any]:
    """Return the texts of the integration in a language."""
    return read_object(integration(ROOT) / f"translations/{language}.json")
