"""The wiki of plugin 2.0: the camera and its captures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from custom_components.nina_observatory.api import Role
from simulator import Observatory

from .prepare import detached, exposing, under_the_stars
from .table import Check, Row, nothing, says, unsent, works
from .wiki_answers import SOLVED
from .wiki_devices import common, shown

if TYPE_CHECKING:
    from .bench import Bench

SECTION = "Camera"
CAPTURE = "/equipment/camera/capture"
ABORT = "/equipment/camera/abort-exposure"
RESULT = {"getResult": "true"}
# Where newer servers have the picture of a capture.
PREPARED = "/prepared-image"
# Servers since 2.1.6 answer at the end, so that the result is not asked for.
AWAITED = {"getResult": "false", "waitForResult": "true"}
SOLUTION = ("position_angle", "orientation", "pixel_scale", "radius", "flipped", "solve_time")


def _capture(**fields: Any) -> Check:
    """Return what takes an exposure and looks whether it was taken."""

    async def take(bench: Bench) -> None:
        """Take it."""
        answer = await bench.ask("capture", exposure=12.5, **fields)
        assert answer["exposure"] == 12.5
        assert not bench.observatory.camera.exposing

    return take


async def _solve(bench: Bench) -> None:
    """Take an exposure, have it solved, and look at everything that is said of it."""
    solution = (await bench.ask("capture", exposure=1, solve=True))["plate_solve"]
    assert solution["success"]
    assert all(solution[field] is not None for field in SOLUTION)
    place = solution["coordinates"]
    assert 0 <= place["right_ascension"] < 360
    assert -90 <= place["declination"] <= 90


async def _do_not_solve(bench: Bench) -> None:
    """Take an exposure that is not solved."""
    assert (await bench.ask("capture", exposure=1))["plate_solve"] is None


async def _do_not_wait(bench: Bench) -> None:
    """Start an exposure, and let it be."""
    await bench.act("capture", exposure=30, wait=False)
    assert bench.observatory.camera.exposing


async def _ask_under_way(bench: Bench) -> None:
    """Start an exposure, and ask for its result at once."""
    await _do_not_wait(bench)
    assert await bench.direct(CAPTURE, **RESULT) == ("Capture already in progress", 200)


async def _abort(bench: Bench) -> None:
    """Abort the exposure."""
    await bench.act("abort_exposure")
    assert not bench.observatory.camera.exposing


def _row(line: str, through: str = "action `capture`", **more: Any) -> Row:
    """Return a row about captures."""
    return Row(section=SECTION, line=line, through=through, **{"route": CAPTURE, **more})


def _pictured(sent: Mapping[str, str], **fields: Any) -> Check:
    """Return what takes an exposure, and looks for the request of its picture."""

    async def take(bench: Bench) -> None:
        """Take it; newer servers have its picture in two places."""
        assert (await bench.ask("capture", exposure=1, **fields))["picture"]
        ledger = bench.observatory.ledger
        asked = (*ledger.parameters(CAPTURE), *ledger.parameters(PREPARED))
        assert any(sent.items() <= each.items() for each in asked), asked

    return take


CAPTURES = (
    _row(
        "capture: No capture processed as Error with StatusCode 409",
        do=nothing,
        sent=RESULT,
        verdicts=(unsent("No capture processed", 409),),
    ),
    _row(
        "capture: solve",
        prepare=under_the_stars,
        sent={"solve": "true", "getResult": "false"},
        do=_solve,
        verdicts=(says("Capture started"), works()),
    ),
    _row("capture: duration", sent={"duration": "12.5"}, do=_capture(), verdicts=(works(),)),
    _row(
        "capture: getResult",
        sent=RESULT,
        do=_capture(),
        verdicts=(works(), works(parameters=AWAITED)),
    ),
    _row(
        "capture: resize and size",
        route="",
        do=_pictured({"resize": "true", "size": "640x640"}, size=640),
        verdicts=(works(),),
    ),
    _row(
        "capture: quality",
        route="",
        do=_pictured({"quality": "60"}, quality=60),
        verdicts=(works(),),
    ),
    _row(
        "capture: the capture result; without solving the field Platesolve is missing",
        sent={"solve": "false"},
        do=_do_not_solve,
        verdicts=(works(),),
    ),
    _row(
        "capture: Capture started",
        "action `capture` without waiting",
        do=_do_not_wait,
        verdicts=(says("Capture started"),),
    ),
    _row(
        "capture: Capture already in progress",
        sent=RESULT,
        do=_ask_under_way,
        verdicts=(says("Capture already in progress"),),
    ),
    _row(
        "capture: Camera not connected as Error with StatusCode 409",
        prepare=detached(Role.CAMERA),
        do=_capture(),
        verdicts=(unsent("Camera not connected", 409, "camera_not_connected"),),
    ),
    _row(
        "capture: Camera currently exposing as Error with StatusCode 409",
        prepare=exposing,
        do=_capture(),
        verdicts=(unsent("Camera currently exposing", 409, "camera_busy"),),
    ),
)

ABORTS = (
    _row(
        "abort-exposure: Exposure aborted",
        "action `abort_exposure`",
        route=ABORT,
        prepare=exposing,
        do=_abort,
        verdicts=(says("Exposure aborted"),),
    ),
    _row(
        "abort-exposure: Camera not exposing",
        "action `abort_exposure`",
        route=ABORT,
        do=_abort,
        verdicts=(unsent("Camera not exposing"),),
    ),
    _row(
        "abort-exposure: Camera not connected as Error with StatusCode 409",
        "action `abort_exposure`",
        route=ABORT,
        prepare=detached(Role.CAMERA),
        do=_abort,
        verdicts=(unsent("Camera not connected", 409, "camera_not_connected"),),
    ),
)


def cooled(observatory: Observatory) -> None:
    """Have the camera cooled."""
    observatory.camera.cooler.put(-10.0)


CAMERA = (
    *CAPTURES,
    *SOLVED,
    *ABORTS,
    *common(
        Role.CAMERA,
        shown(("sensor", "camera_state", "idle"), ("sensor", "camera_temperature", "-10.0")),
        "sensors, numbers and selects of the camera",
        prepare=cooled,
    ),
)
