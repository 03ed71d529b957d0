"""The diary of the night in Home Assistant's logbook."""

from playwright.async_api import Page

from .frontend import show


async def show_diary(page: Page, url: str) -> None:
    """Show the logbook of everything: filtered by devices it leaves out what is no entity."""
    await show(page, f"{url}/logbook")
