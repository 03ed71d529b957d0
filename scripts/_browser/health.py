"""The health of an entry, as the frontend of Home Assistant 2026.12 shows it."""

from pathlib import Path

from playwright.async_api import Page, TimeoutError as PlaywrightTimeoutError

from scripts._demo.errors import DemoError
from scripts._demo.target import DOMAIN

from .frontend import show
from .picture import save

LIMIT = 30_000
HEALTHY = "Everything looks fine."


async def take_health(page: Page, url: str, path: Path) -> None:
    """Open the health of the entry and take a picture; DemoError unless everything is green."""
    await show(page, f"{url}/config/integrations/integration/{DOMAIN}")
    row = page.locator("ha-config-entry-row").first
    await row.locator("ha-dropdown ha-icon-button").first.click(timeout=LIMIT)
    await page.get_by_text("Health", exact=True).first.click(timeout=LIMIT)
    dialog = page.get_by_role("dialog").first
    try:
        await page.get_by_text(HEALTHY).wait_for(timeout=LIMIT)
    except PlaywrightTimeoutError:
        shown = await page.locator("ha-list-item-base").all_inner_texts()
        raise DemoError(f"The entry is not healthy: {'; '.join(shown)}") from None
    await save(path, dialog)
