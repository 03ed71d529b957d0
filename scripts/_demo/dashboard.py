"""The dashboard of the demonstration: core cards only, for whatever entities there are."""

from .session import Session

PATH = "observatory-night"


async def install(session: Session, entry_id: str) -> None:
    """Make the dashboard, unless it is there already, and open it first."""
    dashboards = await session.ask("lovelace/dashboards/list")
    if not any(dashboard["url_path"] == PATH for dashboard in dashboards):
        await session.ask(
            "lovelace/dashboards/create",
            url_path=PATH,
            title="Observatory",
            icon="mdi:telescope",
            mode="storage",
            show_in_sidebar=True,
            require_admin=False,
        )
