"""Letting the simulated night begin a while ago, so that there is something to see at once."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

import aiohttp

BEGUN_AGO = timedelta(minutes=30)
LIMIT = 40.0
# How fast the night is caught up with, in simulated seconds a second, and how well.
FASTEST = 400.0
CLOSE_ENOUGH = 0.5
LOOK_AGAIN = 0.25


@cache
def hours_ahead() -> int:
    """Return by how much the clocks are ahead of UTC where it was about eleven in the evening.

    That is when it is asked first: the night goes on at one place. Another day begins there in half
    an hour at the earliest, so what is imaged and what is planned are of one day for a while.
    """
    nearest = datetime.now(UTC) + timedelta(minutes=30)
    return (23 - nearest.hour + 12) % 24 - 12


def zone() -> str:
    """Return the name of the time zone there."""
    # In these names the sign is the other way round.
    return f"Etc/GMT{-hours_ahead():+d}"


def beginning(ago: timedelta = BEGUN_AGO) -> datetime:
    """Return when the night began, on the clock of a place where it is about eleven in the evening."""
    there = timezone(timedelta(hours=hours_ahead()))
    return (datetime.now(UTC) - ago).astimezone(there)


def midnight() -> datetime:
    """Return the middle of the night there."""
    return beginning(timedelta()).replace(hour=12, minute=30) + timedelta(hours=12)


async def catch_up(control: str, speed: float) -> None:
    """Let simulated time run until it is now, then at the speed that is wanted.

    Where the machine is too slow for that, the night stays a little behind.
    """
    async with aiohttp.ClientSession() as http:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LIMIT
        while (behind := await _seconds_behind(http, control)) > CLOSE_ENOUGH:
            if loop.time() > deadline:
                break
            # These minutes are in the past, and so are their frames.
            await _set_speed(http, control, min(FASTEST, 1 + behind / LOOK_AGAIN / 2), lapse=False)
            await asyncio.sleep(LOOK_AGAIN)
        await _set_speed(http, control, speed, lapse=True)


async def _seconds_behind(http: aiohttp.ClientSession, control: str) -> float:
    """Return how far simulated time is behind real time."""
    async with http.get(f"{control}/state") as answer:
        simulated = datetime.fromisoformat((await answer.json())["time"])
    return (datetime.now(UTC) - simulated).total_seconds()


async def _set_speed(
    http: aiohttp.ClientSession, control: str, factor: float, *, lapse: bool
) -> None:
    """Change the speed of the simulated observatory; in a time lapse, its times fit our clocks."""
    options = {"factor": factor, "lapse": lapse}
    async with http.post(f"{control}/commands/speed", json=options) as answer:
        answer.raise_for_status()
