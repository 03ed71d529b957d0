"""The diary of the night in Home Assistant's logbook."""

from datetime import datetime
from urllib.parse import urlencode

from playwright.async_api import Page

from .frontend import show


async def show_diary(page: Page, url: str, end: datetime | None = None) -> None:
    """Show the logbook of everything, up to a moment if there is one.

    Filtered by devices it leaves out what is no entity.
    """
    until = "" if end is None else f"?{urlencode({'end_date': end.isoformat()})}"
    await show(page, f"{url}/logbook{until}")
