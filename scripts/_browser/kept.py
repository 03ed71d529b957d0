"""What is there of a night: everything while it is imaged, what happened when N.I.N.A. is closed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from scripts._demo.check import look
from scripts._demo.demonstration import Running
from scripts._demo.errors import DemoError
from scripts._demo.rig import View

REACHABLE = ("binary_sensor", "hub_reachable")
CALENDAR = ("calendar", "scheduler_plan")
# What happened has a time, and stays: with N.I.N.A. closed, and over restarts of both sides.
FACTS = (
    ("image", "hub_latest_image"),
    ("sensor", "hub_hfr"),
    ("sensor", "hub_stars"),
    ("sensor", "hub_frames"),
    ("sensor", "hub_integration_time"),
    ("sensor", "hub_average_hfr"),
    ("sensor", "hub_target_integration_time"),
    ("sensor", "focuser_autofocus_time"),
    ("sensor", "focuser_autofocus_hfr"),
    ("sensor", "scheduler_overall_progress"),
)
# Their state or their attribute `as_of` is their time.
UNDATED = (("image", "hub_latest_image"), ("sensor", "hub_target_integration_time"))
LIMIT = 90.0


def unavailable(view: View) -> list[str]:
    """Return the enabled entities without a state, or with none that is available."""
    return [
        entity.entity_id
        for entity in view.rig.listed
        if view.states.get(entity.entity_id, {}).get("state") in {None, "unavailable"}
    ]


def focused(before: View, after: View) -> View:
    """Return the states from before an autofocus, with its result."""
    entities = {before.rig.find(*each) for each in FACTS if each[1].startswith("focuser_")}
    found = {entity: after.states[entity] for entity in entities if entity is not None}
    return replace(before, states={**before.states, **found})


def lost(before: View, now: View) -> list[str]:
    """Return what happened and is not there, or not as it was before."""
    changed = [
        f"{platform} {key}: {was} before, {now.state(platform, key)} now"
        for platform, key in FACTS
        if (was := before.state(platform, key)) not in {None, now.state(platform, key)}
        or now.state(platform, key) is None
    ]
    if now.state(*CALENDAR) is None:
        changed.append("The calendar of the night is not available.")
    return changed


def undated(view: View) -> list[str]:
    """Return the facts that do not show how old they are."""
    found = {each: view.rig.find(*each) or "" for each in FACTS if each not in UNDATED}
    return [
        f"{platform} {key} has no attribute as_of"
        for (platform, key), entity in found.items()
        if "as_of" not in view.states.get(entity, {}).get("attributes", {})
    ]


async def wait_until(running: Running, wanted: Callable[[View], bool], what: str) -> View:
    """Return the states as soon as they are as wanted; DemoError names what there was not."""
    try:
        async with asyncio.timeout(LIMIT):
            while not wanted(view := await look(running)):
                await asyncio.sleep(1)
    except TimeoutError:
        raise DemoError(f"After {LIMIT:.0f} s, {what}.") from None
    return view


async def wait_until_complete(running: Running) -> View:
    """Return the states of a good night, of which no enabled entity is unavailable.

    Raises DemoError with those that are.
    """
    view = await look(running)
    try:
        async with asyncio.timeout(LIMIT):
            while unavailable(view):
                await asyncio.sleep(1)
                view = await look(running)
    except TimeoutError:
        raise DemoError(f"On a good night, unavailable: {', '.join(unavailable(view))}") from None
    return view


async def wait_until_closed(running: Running) -> View:
    """Return the states with N.I.N.A. closed."""
    return await wait_until(
        running,
        lambda view: view.state(*REACHABLE) == "off" and not undated(view),
        "N.I.N.A. still counts as reachable, or a fact does not show how old it is",
    )
