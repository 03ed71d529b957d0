"""Times on the wire in a time lapse: those that the clocks of clients show."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
import json
import re
import time

import pytest

from simulator import Observatory
from simulator.commands import run
from simulator.scheduler.tonight import PROFILES
from simulator.sequence.altitude import LoopUntilSunAltitude
from simulator.sequence.library import EVENING
from simulator.sky import SIDEREAL_RATE, Coordinates
from tests.clock import CLOCK

from .support import Client, eventually, observatory_with_client

SPEED = 20.0
# So far from UTC that no time is taken for one of the other kind.
ZONE = timezone(timedelta(hours=9))
START = datetime(2026, 11, 30, 6, tzinfo=ZONE)
WINDOW = timedelta(seconds=2)
FRAMES = "/image-history?all=true"
# These have times of what has happened, and no others.
PAST = ("/time", "/application-start", FRAMES, "/application/logs?lineCount=5000")
ROUTES = (
    *PAST,
    *("/event-history", "/equipment/info", "/sequence/json", "/sequence/state"),
    *("/profile/show?active=true", "/profile/show?active=false"),
    *(f"/equipment/{name}/info" for name in ("camera", "mount", "focuser", "guider", "weather")),
)
PLAN = f"profiles/{PROFILES[0][0]}"
SCHEDULER_ROUTES = ("profiles", f"{PLAN}/projects")
# It begins at 13:00 of the computer, which may be tomorrow, and each moves the rotation of filters.
PREVIEW = f"{PLAN}/preview"
LONGEST_PLAN = timedelta(days=2)
TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T_](\d\d)[:-](\d\d)[:-](\d\d(?:\.\d{1,6})?)\d*(Z|[+-]\d\d:\d\d)?"
)


def times_in(text: str) -> list[datetime]:
    """Return the times in a text; one without offset counts as what is nearer to now."""
    now = datetime.fromtimestamp(time.time(), UTC)
    return [
        datetime.fromisoformat(f"{date}T{hour}:{minute}:{second}{offset}")
        if offset
        else min(
            (
                datetime.fromisoformat(f"{date}T{hour}:{minute}:{second}").replace(tzinfo=zone)
                for zone in (ZONE, UTC)
            ),
            key=lambda each: abs(each - now),
        )
        for date, hour, minute, second, offset in TIME.findall(text.replace("\\u002B", "+"))
    ]


@pytest.fixture
async def night(socket_enabled: None) -> AsyncIterator[tuple[Observatory, Client]]:
    """Run an observatory that images in a time lapse, and a client for it."""
    CLOCK.set(START)
    async with observatory_with_client(
        scenario="clear_night", start=START, speed=SPEED, lapse=True, scheduler_port=0
    ) as pair:
        yield pair


async def answers(rig: Observatory, client: Client) -> dict[str, bytes]:
    """Return what all routes with times answer at one simulated moment."""
    with rig.clock.held():
        found = {route: (await client.ask(f"/v2/api{route}")).body for route in ROUTES}
        for route in SCHEDULER_ROUTES:
            found[route] = await scheduler_answer(rig, client, route)
    return found


async def scheduler_answer(rig: Observatory, client: Client, route: str) -> bytes:
    """Return what the Target Scheduler answers."""
    address = f"http://127.0.0.1:{rig.scheduler_port}/ts/v0/{route}"
    async with client.session.get(address) as answer:
        return await answer.read()


async def test_no_time_on_the_wire_runs_away(night: tuple[Observatory, Client]) -> None:
    rig, client = night
    async with client.listening() as listener:
        await rig.clock.sleep(3600)
        texts = {route: body.decode() for route, body in (await answers(rig, client)).items()}
        texts["socket"] = json.dumps(listener.messages)
        texts[PREVIEW] = (await scheduler_answer(rig, client, PREVIEW)).decode()
    now = datetime.fromtimestamp(time.time(), UTC)
    assert abs(now - START - timedelta(hours=1) / SPEED) < WINDOW
    around = rig.site.night(rig.clock.true_now())
    assert around is not None
    sunrise = now + (around.sunrise - rig.clock.true_now()) / SPEED
    for route, text in texts.items():
        latest = {**dict.fromkeys(PAST, now), PREVIEW: now + LONGEST_PLAN / SPEED}.get(
            route, sunrise
        )
        ahead = [each for each in times_in(text) if each > latest + WINDOW]
        assert ahead == [], route
    for route in PAST:
        assert min(times_in(texts[route])) > START - WINDOW, route
    # Each frame has the time of its file and that in its name.
    times = times_in(texts[FRAMES])
    assert len(times) == 2 * len(rig.images) > 4
    for date, name in zip(times[::2], times[1::2], strict=True):
        assert abs(date - name) < WINDOW
    assert "TargetEndTime" in texts["/event-history"]
    assert "TargetEndTime" in texts["socket"]


async def test_at_the_speed_of_life_nothing_changes(socket_enabled: None) -> None:
    async with observatory_with_client(
        scenario="clear_night", start=START, speed=1, scheduler_port=0
    ) as (rig, client):
        await run(rig, "speed", {"factor": 400})
        await rig.clock.sleep(900)
        with rig.clock.held():
            await run(rig, "speed", {"factor": 1, "lapse": False})
            before = await answers(rig, client)
            await run(rig, "speed", {"factor": 1, "lapse": True})
            assert await answers(rig, client) == before
        assert len(before[FRAMES]) > 500


async def test_what_is_left_is_given_as_it_takes(socket_enabled: None) -> None:
    async with observatory_with_client(speed=SPEED, lapse=True) as (rig, client):
        await client.get(f"/sequence/load?sequenceName={EVENING}")
        with rig.clock.held():
            now = datetime.fromisoformat(await client.get("/time"))
            tree = await client.get("/sequence/json")
            mount = await client.get("/equipment/mount/info")
            simulated = rig.clock.true_now()
            sun = LoopUntilSunAltitude(5.0).shown(rig.rig)
        until = tree[2]["Items"][0]["Items"][2]["Conditions"][1]
        night = rig.site.night(simulated)
        assert night is not None
        assert night.dawn is not None
        dawn = now + (night.dawn - simulated) / SPEED
        assert abs(datetime.fromisoformat(until["TargetTime"]) - dawn) < WINDOW
        hours, minutes, seconds = map(float, until["RemainingTime"].split(":"))
        left = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        assert abs(now + left - dawn) < WINDOW
        rises = now + (sun["ExpectedDateTime"] - simulated) / SPEED
        assert sun["ExpectedTime"] == f"{rises:%H:%M}"
        # There is no flip while the mount does not track.
        assert mount["TimeToMeridianFlip"] == 24


async def test_what_was_announced_really_happens_then(socket_enabled: None) -> None:
    async with observatory_with_client(speed=SPEED, lapse=True, scenario="idle") as (rig, client):
        await rig.pointing.unpark()
        await client.get("/equipment/mount/tracking?mode=0")
        target = Coordinates(rig.mount.hardware.sidereal_time + 0.1, 30.0)
        rig.mount.put(target)
        await rig.mount.next_poll()
        left = (await client.get("/equipment/mount/info"))["TimeToMeridianFlip"]
        due = time.time() + left * 3600 / SIDEREAL_RATE
        while (await client.get("/equipment/mount/info"))["TimeToMeridianFlip"] <= left:
            await rig.clock.sleep(10)
        assert abs(due - time.time()) < WINDOW.total_seconds()

        exposing = asyncio.ensure_future(client.get("/equipment/camera/capture?duration=120"))
        await eventually(lambda: rig.camera.exposing)
        camera = await client.get("/equipment/camera/info")
        end = datetime.fromisoformat(camera["ExposureEndTime"])
        await eventually(lambda: not rig.camera.exposing)
        assert abs(end.timestamp() - time.time()) < 0.2
        await exposing
