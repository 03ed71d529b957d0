"""The pages of the devices of an observatory."""

from playwright.async_api import Page

from scripts._demo.session import Session
from scripts._demo.target import DOMAIN

from .frontend import show

# Those that people look at; the hub has no name of its own.
HUB = "hub"
PAGES = (HUB, "imaging", "sequence", "mount", "dome", "camera")


async def show_device(page: Page, url: str, session: Session, entry_id: str, role: str) -> None:
    """Show the page of a device of an entry."""
    identifier = [DOMAIN, entry_id if role == HUB else f"{entry_id}_{role}"]
    devices = await session.ask("config/device_registry/list")
    (device,) = (each["id"] for each in devices if identifier in each["identifiers"])
    await show(page, f"{url}/config/devices/device/{device}")
