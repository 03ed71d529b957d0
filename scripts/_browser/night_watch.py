"""Turning the night watch on."""

from scripts._demo.demonstration import Running
from scripts._demo.flow import loaded

FLOW = "/api/config/config_entries/options/flow"


async def turn_on_night_watch(running: Running) -> None:
    """Turn the option on, and wait until the observatory is loaded with it."""
    session = running.session
    menu = await session.post(FLOW, {"handler": running.entry_id})
    step = f"{FLOW}/{menu['flow_id']}"
    await session.post(step, {"next_step_id": "night_watch"})
    await session.post(step, {"night_watch": True})
    await loaded(session, running.entry_id)
