"""The Target Scheduler's container: announces, images, counts, waits, and shelters from rain."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from simulator import Observatory
from simulator.scheduler.model import ProjectState
from simulator.sequence.conditions import LoopWhileSafe
from simulator.sequence.library import SCHEDULED
from simulator.sequence.node import Container, Status
from simulator.sequence.plan import Plan
from simulator.sequence.target_scheduler import TargetSchedulerCondition, TargetSchedulerContainer
from simulator.sequence.triggers import RestoreGuiding
from simulator.sky import Site

from .support import Client, eventually, observatory_with_client

ZONE = timezone(timedelta(hours=1))
DUSK = datetime(2026, 11, 14, 18, 20, tzinfo=ZONE)
SITE = Site(47.2, 10.0, 800)


@pytest.fixture
async def pair(socket_enabled: None) -> AsyncIterator[tuple[Observatory, Client]]:
    """Run a fast observatory at dusk, its roof open."""
    options: dict[str, Any] = {"start": DUSK, "site": SITE, "scheduler_port": 0, "speed": 1200}
    async with observatory_with_client(**options) as (observatory, client):
        observatory.dome.put_shutter(1.0)
        await observatory.pointing.unpark()
        yield observatory, client


def imaging(*items: Any) -> Plan:
    """Return a plan that images by the scheduler while it is safe."""
    acquisition = Container("Acquisition", [TargetSchedulerContainer(), *items], [LoopWhileSafe()])
    imaging = Container("Imaging", [acquisition], [TargetSchedulerCondition()], [RestoreGuiding()])
    return Plan(targets=[imaging])


async def start(observatory: Observatory, plan: Plan) -> None:
    """Start a plan without its checklist."""
    observatory.sequence.plan = plan
    await observatory.sequence.start(skip_validation=True)


def store_of(observatory: Observatory) -> Any:
    """Return the scheduler's database."""
    assert observatory.scheduler is not None
    return observatory.scheduler.store


async def test_it_waits_then_images_and_counts(pair: tuple[Observatory, Client]) -> None:
    observatory, client = pair
    store = store_of(observatory)
    before = sum(plan.acquired for _, t in store.all_targets() for plan in t.plans)
    await start(observatory, imaging())
    await eventually(lambda: len(observatory.images) >= 3, 40)
    names = observatory.events.names
    wanted = ("TS-WAITSTART", "TS-NEWTARGETSTART", "TS-TARGETSTART", "IMAGE-SAVE")
    order = [name for name in names if name in wanted]
    assert order[:6] == [*wanted, "TS-TARGETSTART", "IMAGE-SAVE"]
    assert names.count("TS-NEWTARGETSTART") == 1
    after = sum(plan.acquired for _, t in store.all_targets() for plan in t.plans)
    assert after - before in (len(observatory.images), len(observatory.images) - 1)
    assert {frame.target_name for frame in observatory.images.frames} == {
        event.payload["TargetName"]
        for event in observatory.events.history
        if event.name == "TS-TARGETSTART"
    }
    tree = await client.get("/sequence/json")
    container = tree[2]["Items"][0]["Items"][0]["Items"][0]
    assert container["Name"] == "Target Scheduler Container_Container"
    assert (container["Status"], container["Items"]) == ("RUNNING", [])


async def test_what_the_events_carry(pair: tuple[Observatory, Client]) -> None:
    observatory, client = pair
    async with client.listening() as listener:
        await start(observatory, imaging())
        await eventually(lambda: listener.of("TS-TARGETSTART"), 20)
    wait = listener.of("TS-WAITSTART")[0]["WaitEndTime"]
    assert datetime.fromisoformat(wait).utcoffset() == timedelta(hours=1)
    new, first = listener.of("TS-NEWTARGETSTART")[0], listener.of("TS-TARGETSTART")[0]
    assert {**new, "Event": ""} == {**first, "Event": ""}
    found = next(
        (project, target)
        for project, target in store_of(observatory).all_targets()
        if (project.name, target.name) == (first["ProjectName"], first["TargetName"])
    )
    assert first["Rotation"] == found[1].rotation
    coordinates = first["Coordinates"]
    assert coordinates["Epoch"] == 2
    assert coordinates["RADegrees"] == pytest.approx(coordinates["RA"] * 15)
    end = datetime.fromisoformat(first["TargetEndTime"])
    assert end.tzinfo is None
    assert end.replace(tzinfo=ZONE) > observatory.clock.now()
    history = await client.get("/event-history")
    recorded = next(entry for entry in history if entry["Event"] == "TS-TARGETSTART")
    assert recorded["Coordinates"] == {key: [] for key in coordinates}
    stamp = datetime.fromisoformat(recorded["Time"])
    assert stamp.tzinfo is None
    assert abs(stamp + timedelta(hours=1) - observatory.clock.now().replace(tzinfo=None)) < (
        timedelta(hours=1)
    )


async def test_rain_interrupts_and_the_night_goes_on_afterwards(
    pair: tuple[Observatory, Client],
) -> None:
    observatory, _ = pair
    assert observatory.sequence.files is not None
    observatory.sequence.load(observatory.sequence.files[SCHEDULED])
    observatory.sequence.plan.pretend_done("Camera Prep")
    await observatory.sequence.start(skip_validation=True)
    await eventually(lambda: len(observatory.images) >= 1, 40)
    seen = len(observatory.events.names)
    observatory.rain()
    await eventually(lambda: "DOME-SHUTTER-CLOSED" in observatory.events.names[seen:], 20)
    names = observatory.events.names[seen:]
    order = [n for n in names if n in ("SAFETY-CHANGED", "MOUNT-PARKED", "DOME-SHUTTER-CLOSED")]
    assert order == ["SAFETY-CHANGED", "MOUNT-PARKED", "DOME-SHUTTER-CLOSED"]
    frames = len(observatory.images)
    await observatory.clock.sleep(1800)
    assert len(observatory.images) == frames
    observatory.clear_up()
    await eventually(lambda: len(observatory.images) > frames, 30)
    assert observatory.events.names.count("TS-NEWTARGETSTART") >= 2


async def test_nothing_to_image_ends_at_once(pair: tuple[Observatory, Client]) -> None:
    observatory, _ = pair
    for project in store_of(observatory).projects:
        project.state = ProjectState.CLOSED
    plan = imaging()
    await start(observatory, plan)
    await eventually(lambda: not observatory.sequence.running)
    assert "TS-WAITSTART" not in observatory.events.names
    assert plan.roots[1].status is Status.FINISHED


async def test_without_the_plugin_it_fails(socket_enabled: None) -> None:
    async with observatory_with_client(speed=600) as (observatory, _):
        container = TargetSchedulerContainer()
        await start(observatory, Plan(targets=[container]))
        await eventually(lambda: not observatory.sequence.running)
        assert container.status is Status.FAILED
        assert not TargetSchedulerCondition().holds(observatory.rig)


async def test_a_clouded_sky_makes_centering_fail(pair: tuple[Observatory, Client]) -> None:
    observatory, _ = pair
    observatory.weather.cloud_cover = 100.0
    plan = imaging()
    await start(observatory, plan)
    await eventually(lambda: "ERROR-PLATESOLVE" in observatory.events.names, 30)
    await observatory.sequence.stop()
    await eventually(lambda: not observatory.sequence.running)
    assert len(observatory.images) == 0


async def test_its_state_grows_with_rows_of_progress(pair: tuple[Observatory, Client]) -> None:
    observatory, client = pair
    await start(observatory, imaging())
    before = len((await client.ask("/v2/api/sequence/state")).body)
    await eventually(lambda: len(observatory.images) >= 2, 40)
    await asyncio.sleep(0.05)
    assert len((await client.ask("/v2/api/sequence/state")).body) > before + 100
