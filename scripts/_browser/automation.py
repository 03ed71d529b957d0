"""The automation editor of Home Assistant with what this integration brings to it."""

from playwright.async_api import Page

from .frontend import show

NAME = "N.I.N.A. Observatory"
LIMIT = 30_000


async def show_triggers(page: Page, url: str, kind: str = "trigger") -> None:
    """Show the dialog for a new trigger, or condition, with ours as a list."""
    await show(page, f"{url}/config/automation/edit/new")
    await page.get_by_role("button", name=f"Add {kind}").first.click(timeout=LIMIT)
    await page.get_by_text("By type").click(timeout=LIMIT)
    await page.get_by_text(NAME, exact=True).first.click(timeout=LIMIT)


async def show_automation(page: Page, url: str, automation: str) -> None:
    """Show an automation in the editor."""
    await show(page, f"{url}/config/automation/edit/{automation}")
