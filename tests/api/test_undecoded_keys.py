"""What a server tells beyond what is known is found out by name, whatever else it refuses."""

import pytest

from custom_components.nina_observatory.api import NinaClient, NinaConnectionError
from custom_components.nina_observatory.api.plugin_version import PluginVersion, release

from .fake import FakeServer

DEVICES = 11


async def test_undecoded_keys_by_question(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/camera/info", {"Connected": True, "Gain": 1, "Warp": 9})
    server.answer("image-history", [{"HFR": 2, "Eccentricity": 0.4}, {"FWHM": 3}])
    server.answer(
        "sequence/json",
        [
            {"GlobalTriggers": [{"Name": "A_Trigger", "Amount": 5}]},
            {"Name": "B_Container", "Items": [{"Name": "C", "Items": [{"Speed": 1}]}, "D"]},
        ],
    )
    server.refuse("equipment/mount/info", "Unknown error", 500)
    server.raw("flats/status", b"")

    assert await client.undecoded_keys.get() == {
        "equipment/camera/info": ("Warp",),
        "image-history": ("Eccentricity", "FWHM"),
        "sequence/json": ("Amount", "Speed"),
    }


async def test_an_old_server_is_asked_only_what_it_knows(
    client: NinaClient, server: FakeServer
) -> None:
    client.plugin = PluginVersion(release(2, 0))

    assert await client.undecoded_keys.get() == {}
    assert len(server.paths) == DEVICES + 2
    assert "livestack/image/available" not in server.paths


async def test_nobody_there(client: NinaClient, server: FakeServer) -> None:
    assert server.server is not None
    await server.server.close()

    with pytest.raises(NinaConnectionError):
        await client.undecoded_keys.get()
