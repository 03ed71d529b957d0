"""What the simulator's tests share: an observatory of their own and a client for it."""

from collections.abc import AsyncIterator

import pytest

from simulator import Observatory

from .support import Client, observatory_with_client


@pytest.fixture
async def rig(socket_enabled: None) -> AsyncIterator[tuple[Observatory, Client]]:
    """Run an idle observatory, everything connected, and a client for it."""
    async with observatory_with_client() as pair:
        yield pair


@pytest.fixture
def observatory(rig: tuple[Observatory, Client]) -> Observatory:
    """Return the observatory."""
    return rig[0]


@pytest.fixture
def client(rig: tuple[Observatory, Client]) -> Client:
    """Return the client of the observatory."""
    return rig[1]
