"""Tonight's plan in Home Assistant's calendar."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import Page

from scripts._demo.session import Session

from .frontend import show

SEQUENCE = "switch.observatory_sequence"
REFRESH = "button.observatory_target_scheduler_refresh_plan"
CALENDAR = "calendar.observatory_target_scheduler_plan"
LIMIT = 30_000


async def make_plan(session: Session) -> list[str]:
    """Have tonight planned and return what the calendar holds; the sequence rests meanwhile."""
    await session.post("/api/services/switch/turn_off", {"entity_id": SEQUENCE})
    await session.post("/api/services/button/press", {"entity_id": REFRESH})
    now = datetime.now(UTC)
    span = {
        "start_date_time": (now - timedelta(days=1)).isoformat(),
        "end_date_time": (now + timedelta(days=1)).isoformat(),
    }
    answer = await session.ask(
        "call_service",
        domain="calendar",
        service="get_events",
        service_data=span,
        target={"entity_id": CALENDAR},
        return_response=True,
    )
    return [event["summary"] for event in answer["response"][CALENDAR]["events"]]


async def show_plan(page: Page, url: str) -> None:
    """Show the calendar panel with the night as a list."""
    await show(page, f"{url}/calendar")
    await page.get_by_title("List").click(timeout=LIMIT)
