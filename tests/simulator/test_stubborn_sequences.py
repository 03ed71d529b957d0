"""Sequences that go on, come back, never end, or look after themselves."""

from collections.abc import AsyncIterator

import pytest

from simulator import Observatory
from simulator.commands import run
from simulator.sequence.library import ENDLESS, OPENS_AGAIN, WAITS_FOR_SAFETY

from .support import Client, eventually, observatory_with_client, passes

type Rig = tuple[Observatory, Client]


@pytest.fixture(params=["2.2.15", "2.0.1"])
async def rig(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncIterator[Rig]:
    """Run an observatory in each dialect."""
    async with observatory_with_client(version=request.param) as (observatory, client):
        yield observatory, client


def roots(observatory: Observatory) -> list[str]:
    """Return the status of the root containers."""
    return [root.status.value for root in observatory.sequence.plan.roots]


async def test_an_ignored_stop(rig: Rig) -> None:
    """The first stops change nothing; the next one ends it."""
    observatory, client = rig
    await observatory.sequence.run(ENDLESS)
    await observatory.faults.start("stubborn_sequence", count=2)
    for running in (True, True, False):
        assert await client.get("/sequence/stop") == "Sequence stopped"
        await observatory.clock.sleep(20)
        assert observatory.sequence.running is running


@pytest.mark.parametrize(
    ("mode", "running"), [("late", False), ("reset", False), ("restart", True)]
)
async def test_what_follows_a_stop(rig: Rig, mode: str, running: bool) -> None:
    """It may take a while, and somebody may reset or start the sequence right afterward."""
    observatory, client = rig
    await run(observatory, "sequence", {"do": "run", "name": ENDLESS})
    await eventually(lambda: "RUNNING" in roots(observatory))
    await observatory.faults.start("stubborn_sequence", mode=mode, seconds=20, count=1)
    await client.get("/sequence/stop")
    await observatory.clock.sleep(4)
    assert observatory.sequence.running is (mode == "late")
    await observatory.clock.sleep(30)
    assert observatory.sequence.running is running
    if mode == "reset":
        assert roots(observatory) == ["CREATED"] * 3


async def test_the_tree_cannot_be_read_and_the_stop_works(rig: Rig) -> None:
    """An error of the tree says nothing about the sequence, nor about N.I.N.A."""
    observatory, client = rig
    await observatory.sequence.run(ENDLESS)
    await observatory.faults.start("unknown_error", path="/sequence/json", count=1)
    assert await client.refused("/sequence/json") == ("Unknown error", 500)
    assert len(await client.get("/sequence/json")) >= 3
    await client.get("/sequence/stop")
    await eventually(lambda: not observatory.sequence.running)


@pytest.mark.usefixtures("socket_enabled")
async def test_a_sequence_without_a_target_cannot_be_read_in_2_0() -> None:
    """For ever, whether it runs or not."""
    async with observatory_with_client(version="2.0.1") as (observatory, client):
        await observatory.sequence.run("Flats/Panel flats")
        for _ in range(3):
            assert await client.refused("/sequence/json") == ("No DSO Container found", 409)
        assert observatory.sequence.running
        await client.get("/sequence/stop")
        await eventually(lambda: not observatory.sequence.running)


@pytest.mark.usefixtures("socket_enabled")
async def test_an_endless_loop_in_the_tree() -> None:
    """Its numbers are beyond every calendar."""
    async with observatory_with_client() as (observatory, client):
        await observatory.sequence.run(ENDLESS)
        tree = await client.get("/sequence/json")
    imaging = tree[2]["Items"][0]["Items"][0]
    assert imaging["Conditions"][0]["Iterations"] == 99_999_999
    assert imaging["Items"][0]["Iterations"] == 99_999_999
    assert imaging["Items"][0]["ExposureTime"] == 300


async def test_a_sequence_opens_and_unparks_again(rig: Rig) -> None:
    """Closing and parking is undone a minute later, as long as the sequence runs."""
    observatory, _ = rig
    await observatory.sequence.run(OPENS_AGAIN)
    await eventually(lambda: observatory.dome.opening == 1)
    await eventually(lambda: not observatory.mount.parked)
    observatory.dome.put_shutter(0.0)
    observatory.mount.hardware.park_by_hand()
    await passes(observatory, 150)
    await eventually(lambda: observatory.dome.opening == 1)
    assert not observatory.mount.parked


async def test_a_sequence_waits_for_safety(observatory: Observatory) -> None:
    """It shelters while it is not safe and goes on by itself."""
    await observatory.sequence.run(WAITS_FOR_SAFETY)
    await eventually(lambda: observatory.camera.exposing)
    observatory.safety_monitor.is_safe = False
    await eventually(lambda: observatory.dome.opening == 0)
    assert observatory.mount.parked
    await passes(observatory, 200)
    assert observatory.sequence.running
    observatory.safety_monitor.is_safe = True
    await eventually(lambda: observatory.camera.exposing)
    assert observatory.dome.opening == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"do": "dance"}, "cannot 'dance'"),
        ({"do": "run", "name": "Nothing"}, "there is no sequence 'Nothing'"),
    ],
)
async def test_nonsense(observatory: Observatory, options: dict[str, str], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        await run(observatory, "sequence", options)
