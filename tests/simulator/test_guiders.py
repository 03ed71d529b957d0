"""Guiders with words of their own, and PHD2 where a stop does nothing."""

import pytest

from simulator import Observatory
from simulator.commands import run
from simulator.habits import GuiderKind

from .support import Client, eventually, observatory_with_client

GUIDER = "/equipment/guider"


async def word(client: Client) -> str | None:
    """Return the guider's state as the server gives it."""
    block = await client.get(f"{GUIDER}/info")
    return block.get("State")  # type: ignore[no-any-return]


def stops(observatory: Observatory) -> int:
    """Return how often a stop was announced."""
    return observatory.events.names.count("GUIDER-STOP")


@pytest.mark.parametrize(
    ("kind", "idle", "guiding"),
    [
        (GuiderKind.PHD2, "Stopped", "Guiding"),
        (GuiderKind.METAGUIDE, "Connected", "Locked and Guiding"),
        (GuiderKind.MGEN, None, None),
        (GuiderKind.SKYGUARD, "idle", "guiding"),
    ],
)
async def test_the_words_of_the_kinds(
    observatory: Observatory,
    client: Client,
    kind: GuiderKind,
    idle: str | None,
    guiding: str | None,
) -> None:
    """Each says in its own words that it guides; a stop is answered and announced the same way."""
    observatory.dome.put_shutter(1.0)
    observatory.guider.kind = kind
    assert await word(client) == idle
    await client.get(f"{GUIDER}/start")
    assert await word(client) == guiding
    assert observatory.guider.guiding
    assert await client.get(f"{GUIDER}/stop") == "Guiding stopped"
    await eventually(lambda: stops(observatory) == 1)
    assert not observatory.guider.guiding
    assert await word(client) == idle


async def test_the_direct_guider_is_idle_and_announces_all(
    observatory: Observatory, client: Client
) -> None:
    """It guides nothing: its start and its stop are announced, its state says when it dithers."""
    observatory.guider.kind = GuiderKind.DIRECT
    await client.get(f"{GUIDER}/start")
    assert observatory.events.names[-1] == "GUIDER-START"
    assert await word(client) == "Idle"
    dithering = observatory.tasks.start(observatory.guider.routines.dither())
    await eventually(lambda: observatory.guider.dithering)
    assert await word(client) == "Dithering..."
    await dithering
    await client.get(f"{GUIDER}/stop")
    assert observatory.events.names[-1] == "GUIDER-STOP"


async def test_a_word_of_choice(observatory: Observatory, client: Client) -> None:
    """Any word can be said, whatever it does."""
    observatory.guider.routines.resume()
    await run(observatory, "guider_kind", {"kind": "metaguide", "word": "Suivi actif"})
    assert await word(client) == "Suivi actif"
    await client.get(f"{GUIDER}/stop")
    assert not observatory.guider.guiding
    assert await word(client) == "Suivi actif"
    with pytest.raises(ValueError, match="there is no guider 'lodestar'"):
        await run(observatory, "guider_kind", {"kind": "lodestar"})


@pytest.mark.parametrize("state", ["Paused", "Looping", "Stopped", "Selected"])
async def test_phd2_ignores_a_stop(observatory: Observatory, client: Client, state: str) -> None:
    """Unless it guides, calibrates or has lost its star, nothing happens, and success is claimed."""
    await run(observatory, "guider", {"state": state})
    assert await client.get(f"{GUIDER}/stop") == "Guiding stopped"
    assert await word(client) == state
    assert stops(observatory) == 0


@pytest.mark.parametrize("guides", [True, False])
async def test_lost_lock_with_and_without_guiding(
    observatory: Observatory, client: Client, guides: bool
) -> None:
    """The word says nothing about whether it guides; a stop is taken in either case."""
    observatory.guider.routines.resume()
    await observatory.faults.start("star_lost")
    await run(observatory, "guider", {"state": "LostLock", "guides": guides})
    assert observatory.tasks.running("phd2") is guides
    assert await word(client) == "LostLock"
    await client.get(f"{GUIDER}/stop")
    assert stops(observatory) == 1
    assert await word(client) == "Stopped"


@pytest.mark.usefixtures("socket_enabled")
async def test_before_2_1_4_there_is_no_state() -> None:
    """An old plugin says nothing of the state; the stop works."""
    async with observatory_with_client(version="2.0.1") as (observatory, client):
        observatory.guider.kind = GuiderKind.METAGUIDE
        observatory.guider.routines.resume()
        assert await word(client) is None
        await client.get(f"{GUIDER}/stop")
        assert not observatory.guider.guiding
