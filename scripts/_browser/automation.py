"""The automation editor of Home Assistant with what this integration brings to it."""

import re

from playwright.async_api import Page

from .frontend import label, show

NAME = "N.I.N.A. Observatory"
LIMIT = 30_000
EDITOR = "ui.panel.config.automation.editor"


async def show_triggers(page: Page, url: str, kind: str = "trigger") -> None:
    """Show the dialog for a new trigger, condition, or action, with ours as a list."""
    await show(page, f"{url}/config/automation/edit/new")
    add = await label(page, f"{EDITOR}.{kind}s.add")
    await page.get_by_role("button", name=add).first.click(timeout=LIMIT)
    await page.get_by_text(await label(page, f"{EDITOR}.tabs.type")).click(timeout=LIMIT)
    await page.get_by_text(NAME, exact=True).first.click(timeout=LIMIT)


async def add_ours(page: Page, name: str) -> None:
    """Add one of those that are listed, so that its fields are shown."""
    # Actions have the name of their integration before theirs.
    listed = page.get_by_text(re.compile(rf"(^|: )\s*{re.escape(name)}\s*$"))
    await listed.last.click(timeout=LIMIT)


async def show_automation(page: Page, url: str, automation: str) -> None:
    """Show an automation in the editor."""
    await show(page, f"{url}/config/automation/edit/{automation}")
