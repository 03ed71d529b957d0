"""Commands with choices: what is sent for them, and what an older server would ignore."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    AvailableDevice,
    CaptureResult,
    CaptureStatistics,
    ImageType,
    NinaClient,
    NinaUnfinishedError,
    NinaVersionError,
    PluginVersion,
    Reply,
    Role,
    TrackingMode,
    release,
)
from custom_components.nina_observatory.api.plugin_version import needed_version

from .fake import FakeServer

type Send = Callable[[NinaClient], Awaitable[Any]]


async def test_custom_rates_cannot_be_commanded(client: NinaClient, server: FakeServer) -> None:
    with pytest.raises(ValueError, match="custom"):
        await client.mount.set_tracking(TrackingMode.CUSTOM)

    assert not server.asked


async def test_a_capture_that_is_waited_for(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/camera/capture", {"PlateSolveResult": {"Success": True}})

    result = await client.camera.capture(
        duration=2.5,
        gain=100,
        image_type=ImageType.LIGHT,
        target_name="M 31",
        solve=True,
        save=True,
    )

    assert result.plate_solve_result is not None
    assert result.plate_solve_result.success
    assert server.asked[0].query == {
        "duration": "2.5",
        "gain": "100",
        "imageType": "LIGHT",
        "targetName": "M 31",
        "solve": "true",
        "save": "true",
        "onlySaveRaw": "false",
        "waitForResult": "true",
        "getResult": "false",
        "omitImage": "true",
    }


async def test_a_capture_that_only_starts(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/camera/capture", "Capture started")
    with pytest.raises(NinaUnfinishedError):
        await client.camera.capture(duration=1)
    with pytest.raises(NinaUnfinishedError):
        await client.camera.get_capture_result()


async def test_the_result_of_a_capture(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/camera/capture", {"PlateSolveResult": {"Success": True}})
    result = await client.camera.get_capture_result()
    assert result.plate_solve_result is not None
    assert server.asked[-1].query == {"getResult": "true", "omitImage": "true"}


@pytest.mark.parametrize(
    ("path", "send"),
    [
        ("image/7/solve", lambda client: client.frames.solve(7)),
        ("prepared-image/solve", lambda client: client.frames.solve_prepared()),
    ],
)
async def test_solving(client: NinaClient, server: FakeServer, path: str, send: Send) -> None:
    server.answer(path, {"Success": True, "Pixscale": 1.5, "Coordinates": {"RA": 2, "Dec": 30}})

    solution = await send(client)

    assert (solution.success, solution.pixel_scale) == (True, 1.5)
    assert solution.coordinates.right_ascension == 2
    assert server.asked[0].query == {}
    client.plugin = PluginVersion(release(2, 2, 12, 1))
    with pytest.raises(NinaVersionError):
        await send(client)
    assert len(server.asked) == 1


async def test_a_capture_that_is_not_stretched(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/camera/capture", {})

    await client.camera.capture(duration=1, stretch=False)

    assert server.asked[0].query["skipAutoStretch"] == "true"


async def test_the_result_of_a_capture_of_an_old_server(
    client: NinaClient, server: FakeServer
) -> None:
    """It always has a picture, which is asked for small and tells results apart."""
    client.plugin = PluginVersion(release(2, 1, 5))
    marks = []
    for picture in ("aGVsbG8=", "d29ybGQ=", "d29ybGQ="):
        block = {"Image": picture, "Platesolve": {"Success": True}}
        server.answer("equipment/camera/capture", block)
        result = await client.camera.get_capture_result()
        assert result.plate_solve_result is not None
        marks.append(result.fingerprint)
    assert None not in marks
    assert marks[0] != marks[1] == marks[2]
    assert server.asked[-1].query["size"] == "64x64"


async def test_what_a_server_before_2_1_may_have(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/focuser/move", "Move started")
    assert client.trying is client
    client.plugin = PluginVersion(release(2, 0))
    await client.trying.focuser.move(2000)
    assert server.asked[-1].query == {"position": "2000"}
    with pytest.raises(NinaVersionError):
        await client.focuser.move(2000)


async def test_a_capture_that_is_not_waited_for(client: NinaClient, server: FakeServer) -> None:
    client.plugin = PluginVersion(release(2, 0))
    server.answer("equipment/camera/capture", "Capture started")

    assert await client.camera.capture(duration=1, wait=False) == CaptureResult()
    assert server.asked[0].query["waitForResult"] == "false"


@pytest.mark.parametrize(
    ("options", "version"),
    [
        ({}, (2, 1, 5)),
        ({"wait": False, "gain": 5}, (2, 0)),
        ({"save": True}, (2, 1, 8)),
        ({"target_name": "M 31"}, (2, 2, 10)),
        ({"image_type": ImageType.DARK}, (2, 2, 13)),
        ({"stretch": False}, (2, 2, 14, 1)),
    ],
)
async def test_what_a_server_would_leave_out_of_a_capture(
    client: NinaClient, server: FakeServer, options: dict[str, Any], version: tuple[int, ...]
) -> None:
    client.plugin = PluginVersion(release(*version))

    with pytest.raises(NinaVersionError, match="capture"):
        await client.camera.capture(duration=1, **options)

    assert not server.asked


SILENTLY_IGNORED: dict[str, tuple[Send, tuple[int, ...]]] = {
    "centering": (lambda c: c.mount.slew(1, 2, center=True), (2, 2, 4)),
    "rotating": (lambda c: c.mount.slew(1, 2, rotation=3), (2, 2, 4)),
    "device": (lambda c: c.equipment.connect(Role.CAMERA, "id"), (2, 1, 8)),
    "target": (
        lambda c: c.sequence.set_target(name="A", ra_degrees=1, dec_degrees=2, rotation=3, index=1),
        (2, 2, 14),
    ),
    "waiting": (lambda c: c.framing.slew(wait=True), (2, 1, 6)),
    "waiting for the mount": (lambda c: c.mount.slew(1, 2, wait=True), (2, 1, 7)),
    "calibrating": (lambda c: c.guider.start(calibrate=True), (2, 1, 3)),
}


@pytest.mark.parametrize(("send", "version"), SILENTLY_IGNORED.values(), ids=SILENTLY_IGNORED)
async def test_what_a_server_would_silently_ignore(
    client: NinaClient, server: FakeServer, send: Send, version: tuple[int, ...]
) -> None:
    client.plugin = PluginVersion(release(*version))

    with pytest.raises(NinaVersionError):
        await send(client)

    assert not server.asked


async def test_waiting_for_a_slew(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/mount/slew", "Slew failed", success=False)
    server.answer("framing/slew", "Slew finished")

    assert await client.mount.slew(1, 2, center=True, wait=True) == Reply("Slew failed", False)
    await client.framing.slew(wait=True)

    assert [each.query["waitForResult"] for each in server.asked] == ["true", "true"]
    assert "slew_option" not in server.asked[1].query


async def test_commands_that_answer_with_more_than_a_text(
    client: NinaClient, server: FakeServer
) -> None:
    server.answer("equipment/camera/capture/statistics", {"Stars": 842, "HFR": 1.93})
    server.answer("equipment/camera/rescan", [{"Id": "a"}, {"Id": "b", "Connected": True}])

    assert await client.camera.get_capture_statistics() == CaptureStatistics(stars=842, hfr=1.93)
    assert await client.equipment.rescan(Role.CAMERA) == (
        AvailableDevice(id="a"),
        AvailableDevice(id="b", connected=True),
    )
    assert needed_version(client.equipment.rescan) == release(2, 2)
