"""Claims that did not happen: answered as done, and something else came of it."""

from collections.abc import Callable

import pytest

from simulator import Observatory
from simulator.enums import RotatorRange

from .support import Client, eventually, happened, passes


async def test_an_autofocus_that_is_rejected(observatory: Observatory, client: Client) -> None:
    """Points and a report, whose best position is where it was; only the end is missing."""
    observatory.dome.put_shutter(1.0)
    await observatory.faults.start("failed_autofocus", mode="rejected")
    start = observatory.focuser.position
    await client.get("/equipment/focuser/auto-focus")
    await eventually(lambda: observatory.autofocus.report is not None)
    await eventually(lambda: not observatory.autofocus.running)
    names = observatory.events.names
    assert names.count("AUTOFOCUS-STARTING") == 1
    assert names.count("AUTOFOCUS-POINT-ADDED") > 5
    assert "AUTOFOCUS-FINISHED" not in names
    report = await client.get("/equipment/focuser/last-af")
    threshold = observatory.profile.section("FocuserSettings")["RSquaredThreshold"]
    assert report["RSquares"]["Quadratic"] < threshold
    assert abs(report["CalculatedFocusPoint"]["Position"] - start) < 1
    assert observatory.focuser.position == start


async def test_a_rotator_stopped_by_somebody(observatory: Observatory, client: Client) -> None:
    """N.I.N.A. waits until it is where it was sent, and announces nothing before."""
    observatory.rotator.put(0.0)
    await client.get("/equipment/rotator/move-mechanical?position=180")
    await eventually(lambda: observatory.rotator.turn.moving)
    observatory.rotator.put(270.0)
    await observatory.rotator.next_poll()
    info = await client.get("/equipment/rotator/info")
    assert (info["MechanicalPosition"], info["IsMoving"]) == (270, False)
    await passes(observatory, 60)
    assert "ROTATOR-MOVED" not in observatory.events.names
    await client.get("/equipment/rotator/move-mechanical?position=280")
    event = await happened(observatory, "ROTATOR-MOVED")
    assert event.payload == {"From": 270, "To": 280}


@pytest.mark.parametrize("synced", [False, True])
@pytest.mark.parametrize(
    ("kind", "start", "asked", "reached"),
    [
        (RotatorRange.FULL, 0, 270, 270),
        (RotatorRange.HALF, 0, 270, 90),
        (RotatorRange.HALF, 100, 90, 270),
        (RotatorRange.QUARTER, 0, 100, 10),
        (RotatorRange.QUARTER, 0, 200, 20),
        (RotatorRange.QUARTER, 0, 300, 30),
        (RotatorRange.QUARTER, 350, 100, 10),
    ],
)
async def test_the_range_of_a_rotator(
    observatory: Observatory,
    client: Client,
    synced: bool,
    kind: RotatorRange,
    start: float,
    asked: float,
    reached: float,
) -> None:
    """Both kinds of moves end within the mechanical range that the profile allows."""
    settings = observatory.profile.section("RotatorSettings")
    settings |= {"RangeType": kind, "RangeStartMechanicalPosition": float(start)}
    rotator = observatory.rotator
    rotator.synced = synced
    sky = (asked + rotator.offset) % 360 if synced else asked
    await client.get(f"/equipment/rotator/move{'' if synced else '-mechanical'}?position={sky}")
    await happened(observatory, "ROTATOR-MOVED")
    assert rotator.mechanical == pytest.approx(reached, abs=0.01)


async def test_an_abort_that_is_ignored(observatory: Observatory, client: Client) -> None:
    """The exposure goes on to its end, and its frame is saved."""
    await observatory.faults.start("stop_ignored", device="camera", count=1)
    await client.get("/equipment/camera/capture?duration=40&save=true")
    await eventually(lambda: observatory.camera.exposing)
    assert await client.get("/equipment/camera/abort-exposure") == "Exposure aborted"
    await eventually(lambda: len(observatory.images.frames) == 1)
    await client.get("/equipment/camera/capture?duration=40&save=true")
    await eventually(lambda: observatory.camera.exposing)
    await client.get("/equipment/camera/abort-exposure")
    await eventually(lambda: not observatory.camera.exposing)
    assert len(observatory.images.frames) == 1


@pytest.mark.parametrize(
    ("start", "stop", "device"),
    [
        ("/equipment/focuser/move?position=40000", "/equipment/focuser/stop-move", "focuser"),
        (
            "/equipment/rotator/move-mechanical?position=200",
            "/equipment/rotator/stop-move",
            "rotator",
        ),
        ("/equipment/mount/home", "/equipment/mount/slew/stop", "mount"),
    ],
)
async def test_a_stop_that_is_ignored(
    observatory: Observatory, client: Client, start: str, stop: str, device: str
) -> None:
    """The first stop changes nothing, the second one stops."""
    observatory.mount.put(observatory.sequence.target)
    motions: dict[str, Callable[[], bool]] = {
        "focuser": lambda: observatory.focuser.travel.moving,
        "rotator": lambda: observatory.rotator.turn.moving,
        "mount": lambda: observatory.mount.slewing,
    }
    moving = motions[device]
    observatory.clock.speed = 20
    await observatory.faults.start("stop_ignored", device=device, count=1)
    await client.get(start)
    await eventually(moving)
    for going_on in (True, False):
        await client.get(stop)
        await observatory.clock.sleep(1)
        assert moving() is going_on


async def test_a_stop_of_the_shutter_that_is_ignored(
    observatory: Observatory, client: Client
) -> None:
    """It goes on until it stands fully open; the next stop works again."""
    await observatory.faults.start("stop_ignored", device="dome", count=1)
    await client.get("/equipment/dome/open")
    await eventually(lambda: observatory.dome.opening > 0)
    assert await client.get("/equipment/dome/stop") == "Movement stopped"
    await eventually(lambda: observatory.dome.opening == 1)
    await observatory.dome.next_poll()
    await client.get("/equipment/dome/close")
    await eventually(lambda: observatory.dome.opening < 1)
    await client.get("/equipment/dome/stop")
    await happened(observatory, "DOME-STOPPED", times=2)
    assert 0 < observatory.dome.opening < 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/equipment/camera/capture?duration=5&waitForResult=true", "Capture started"),
        ("/equipment/camera/capture?duration=5&onlyAwaitCaptureCompletion=true", "Capture started"),
        ("/equipment/mount/slew?ra=10&dec=80&waitForResult=true", "Slew started"),
        ("/equipment/dome/slew?azimuth=200&waitToFinish=true", "Dome Slew Started"),
        ("/framing/slew?waitForResult=true", "Slew started"),
    ],
)
async def test_a_reply_that_does_not_wait(
    observatory: Observatory, client: Client, path: str, text: str
) -> None:
    """What was to be waited for has only begun."""
    observatory.mount.put(observatory.sequence.target)
    await observatory.faults.start("does_not_wait", path=path.partition("?")[0], count=1)
    assert await client.get(path) == text


async def test_nothing_is_framed(observatory: Observatory, client: Client) -> None:
    """The assistant has a rectangle without a size at 0 h and 0° until something is framed."""
    observatory.application.tab = "framing"
    info = await client.get("/framing/info")
    rectangle = info["Rectangle"]
    assert (info["RAHours"], info["DecDegrees"]) == (0, 0)
    assert (rectangle["Width"], rectangle["Height"]) == (0, 0)
    await client.get("/framing/set-coordinates?RAangle=10.7&DECangle=41.3")
    rectangle = (await client.get("/framing/info"))["Rectangle"]
    assert rectangle["Width"] > rectangle["Height"] > 0
