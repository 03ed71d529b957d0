"""Reading one device, or all with one request."""

import asyncio

import pytest

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    DEVICE_PATHS,
    Dome,
    NinaClient,
    NinaConnectionError,
    Role,
)

from .fake import FakeServer
from .test_reading import UP, answer_devices
from .test_transport import drop


async def test_one_device_and_the_error_of_its_driver(
    client: NinaClient, server: FakeServer
) -> None:
    answer_devices(server, Role.GUIDER)
    before = asyncio.get_running_loop().time()

    read = await client.equipment.read_device(Role.ROTATOR)
    failed = await client.equipment.read_device(Role.GUIDER)

    assert read.device is not None
    assert read.device.connected
    assert read.role is Role.ROTATOR
    assert before <= read.asked_at <= failed.asked_at
    assert failed.device is None

    server.on(f"equipment/{DEVICE_PATHS[Role.DOME]}/info", drop)
    with pytest.raises(NinaConnectionError):
        await client.equipment.read_device(Role.DOME)


async def test_nothing_but_the_bundle(client: NinaClient, server: FakeServer) -> None:
    """For a server that was not identified: devices one by one may have to be read otherwise."""
    server.refuse("equipment/info", "Unknown action", 400)

    assert await client.equipment.read_bundle() is None
    assert not client.equipment.bundles

    server.answer("equipment/info", {"Dome": UP})
    bundle = await client.equipment.read_bundle()
    assert bundle is not None
    assert bundle.devices == {Role.DOME: Dome(connected=True)}
    assert {each.role for each in bundle.readings()} == set(DEVICE_MODELS)
    assert server.paths == ["equipment/info"] * 2
