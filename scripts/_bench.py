"""Measure how long the event loop is held by what N.I.N.A. lets grow, and say so plainly.

Real sockets, the real client and the real statistics. Nothing is asserted here: a number that is bad is
printed as it is.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import aiohttp
from aiohttp import web
import orjson

from custom_components.nina_observatory.api import NinaClient, ends_at, sequence_exposures
from custom_components.nina_observatory.events.reconciler import HistoryReconciler
from custom_components.nina_observatory.readings.frame_list import FrameList

BUDGET = 0.050
NODES, FRAMES, EVENTS = 5_000, 2_000, 2_500


def envelope(response: Any) -> bytes:
    """Return an answer of N.I.N.A."""
    return orjson.dumps(
        {"Response": response, "Error": "", "StatusCode": 200, "Success": True, "Type": "API"}
    )


def sequence(nodes: int) -> list[Any]:
    """Return a tree of smart exposures in nested loops."""
    leaf = {
        "Name": "Smart Exposure",
        "Status": "CREATED",
        "ExposureTime": 300,
        "ExposureCount": 0,
        "Iterations": 20,
        "CompletedIterations": 3,
        "Filter": "Ha",
        "Binning": {"Name": "1x1", "X": 1, "Y": 1},
        "Gain": 100,
        "Offset": -1,
        "Type": "LIGHT",
    }
    targets = [
        {
            "Name": f"Target {number}_Container",
            "Status": "RUNNING" if number == 0 else "CREATED",
            "Conditions": [
                {
                    "Name": "Loop For Iterations_Condition",
                    "Status": "CREATED",
                    "Iterations": 3,
                    "CompletedIterations": 1,
                }
            ],
            "Triggers": [],
            "Items": [leaf] * 20,
        }
        for number in range(nodes // 22)
    ]
    names = (("Start", "FINISHED"), ("Targets", "RUNNING"), ("End", "CREATED"))
    return [
        {"GlobalTriggers": []},
        *(
            {
                "Name": f"{name}_Container",
                "Status": status,
                "Conditions": [],
                "Triggers": [],
                "Items": targets if name == "Targets" else [],
            }
            for name, status in names
        ),
    ]


def frames(number: int) -> list[Any]:
    """Return the frames of a long night."""
    start = datetime(2026, 9, 4, 20, tzinfo=UTC)
    return [
        {
            "ExposureTime": 30,
            "ImageType": "LIGHT",
            "Filter": "LRGB"[each % 4],
            "RmsText": 'Tot: 0.45 (0.80")',
            "Temperature": -10,
            "TargetName": f"Target {each // 500}",
            "Date": (start + timedelta(seconds=each)).isoformat(),
            "Filename": f"{each:05}.fits",
            "Stars": 800,
            "HFR": 2.1,
            "Mean": 800.5,
            "Median": 790.0,
        }
        for each in range(number)
    ]


def events(number: int) -> list[Any]:
    """Return the events of some days."""
    return [
        {"Event": "GUIDER-START", "Time": f"2026-09-04T{each % 24:02}:00:00+00:00"}
        for each in range(number)
    ]


ANSWERS = {
    "/v2/api/sequence/json": envelope(sequence(NODES)),
    "/v2/api/image-history": envelope(frames(FRAMES)),
    "/v2/api/event-history": envelope(events(EVENTS)),
}


@asynccontextmanager
async def served() -> AsyncIterator[NinaClient]:
    """Serve the answers on a real socket and return a client for them."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=ANSWERS[request.path], content_type="application/json")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None  # noqa: SLF001  # aiohttp tells the port nowhere else
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # noqa: SLF001
    async with aiohttp.ClientSession() as session:
        yield NinaClient(session, "127.0.0.1", port)
    await runner.cleanup()


async def longest_hold(work: Callable[[], Awaitable[Any]]) -> float:
    """Return for how long the event loop answered nobody while something was done."""
    longest, last, done = 0.0, perf_counter(), False

    async def watch() -> None:
        nonlocal longest, last
        while not done:
            await asyncio.sleep(0)
            now = perf_counter()
            longest, last = max(longest, now - last), now

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    longest = 0.0
    await work()
    done = True
    await watching
    return longest


async def measure(client: NinaClient) -> dict[str, float]:
    """Return the longest hold of each kind of work, in seconds, the best of five."""
    account = HistoryReconciler()

    async def read_sequence() -> None:
        tree = await client.sequence.get()
        sequence_exposures(tree)
        ends_at(tree, datetime.now(UTC))

    async def read_frames() -> None:
        FrameList().replaced(await client.frames.get_all()).night(datetime.now(UTC))

    async def read_events() -> None:
        account.missed(await client.application.get_event_history(), None)

    works = {
        f"sequence of {NODES} nodes": read_sequence,
        f"{FRAMES} frames": read_frames,
        f"{EVENTS} events": read_events,
    }
    return {name: min([await longest_hold(work) for _ in range(5)]) for name, work in works.items()}


async def run() -> None:
    """Measure and print."""
    async with served() as client:
        holds = await measure(client)
    for name, seconds in holds.items():
        verdict = "within" if seconds <= BUDGET else "OVER"
        print(f"{name:28} {1000 * seconds:7.1f} ms  {verdict} the budget of {1000 * BUDGET:.0f} ms")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None).parse_args()
    asyncio.run(run())
