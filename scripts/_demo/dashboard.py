"""The dashboard of the demonstration: the one that the integration brings along."""

from typing import Final

from .session import Session

PATH: Final = "observatory-night"
STRATEGY: Final = {"strategy": {"type": "custom:nina-observatory"}}


async def install(session: Session) -> None:
    """Make the dashboard, unless it is there already, and let it be what opens first."""
    dashboards = await session.ask("lovelace/dashboards/list")
    if any(dashboard["url_path"] == PATH for dashboard in dashboards):
        return
    await session.ask(
        "lovelace/dashboards/create",
        url_path=PATH,
        title="Observatory",
        icon="mdi:telescope",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await session.ask("lovelace/config/save", url_path=PATH, config=STRATEGY)
    await session.ask("frontend/set_system_data", key="core", value={"default_panel": PATH})
