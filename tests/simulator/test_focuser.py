"""The focuser, its autofocus, and the curves through measured points."""

import math
from typing import Any

import pytest

from simulator import Observatory
from simulator.commands import run
from simulator.curves import FocusCurves, Point

from .support import Client, eventually, happened

FOCUSER = "/equipment/focuser"


async def test_move(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{FOCUSER}/move?position=25000") == "Move started"
    await eventually(lambda: observatory.focuser.known["IsMoving"])
    await eventually(lambda: not observatory.focuser.known["IsMoving"])
    assert (await client.get(f"{FOCUSER}/info"))["Position"] == 25000
    assert observatory.events.names[-1] == "GUIDER-CONNECTED", "moves announce nothing"


@pytest.mark.parametrize(("asked", "reached"), [(-5, 0), (10**6, 50000)])
async def test_moves_are_clamped(
    observatory: Observatory, client: Client, asked: int, reached: int
) -> None:
    await client.get(f"{FOCUSER}/move?position={asked}")
    await eventually(lambda: observatory.focuser.travel.target == reached)


async def test_settling(observatory: Observatory, client: Client) -> None:
    observatory.profile.section("FocuserSettings")["FocuserSettleTime"] = 20
    await client.get(f"{FOCUSER}/move?position=20100")
    await eventually(lambda: observatory.focuser.known["IsSettling"])
    await eventually(lambda: not observatory.focuser.known["IsSettling"])


async def test_a_second_move_replaces_the_first(observatory: Observatory, client: Client) -> None:
    await client.get(f"{FOCUSER}/move?position=40000")
    await client.get(f"{FOCUSER}/move?position=20200")
    await eventually(lambda: observatory.focuser.position == 20200)
    assert not observatory.focuser.travel.moving


async def test_stop(observatory: Observatory, client: Client) -> None:
    await client.get(f"{FOCUSER}/move?position=45000")
    await eventually(lambda: observatory.focuser.travel.moving)
    assert await client.get(f"{FOCUSER}/stop-move") == "Focuser move stopped"
    await eventually(lambda: not observatory.focuser.travel.moving)
    assert observatory.focuser.position < 45000


async def test_not_connected(observatory: Observatory, client: Client) -> None:
    observatory.focuser.detach()
    for action in ("move?position=1", "stop-move"):
        assert await client.refused(f"{FOCUSER}/{action}") == ("Focuser not connected", 409)
    for query, text in (("", "Autofocus started"), ("?cancel=true", "Autofocus canceled")):
        assert await client.envelope(f"{FOCUSER}/auto-focus{query}") == {
            "Response": text,
            "Error": "Focuser not connected",
            "StatusCode": 409,
            "Success": False,
            "Type": "API",
        }


async def test_reverse_is_for_another_platform(client: Client) -> None:
    refusal = ("Platform not supported", 500)
    assert await client.refused(f"{FOCUSER}/pins/reverse?reversing=true") == refusal


async def test_without_a_probe(observatory: Observatory, client: Client) -> None:
    observatory.focuser.has_probe = False
    await observatory.focuser.next_poll()
    assert (await client.get(f"{FOCUSER}/info"))["Temperature"] == "NaN"


async def test_autofocus(observatory: Observatory, client: Client) -> None:
    assert await client.refused(f"{FOCUSER}/last-af") == ("No AF available", 500)
    observatory.dome.put_shutter(1.0)
    before = len(observatory.events.history)
    assert await client.get(f"{FOCUSER}/auto-focus") == "Autofocus started"
    await happened(observatory, "AUTOFOCUS-FINISHED")
    events = observatory.events.history[before:]
    points = [event.payload for event in events if event.name == "AUTOFOCUS-POINT-ADDED"]
    assert len(points) >= 9
    assert [event.name for event in events if event.name != "IMAGE-PREPARED"] == [
        "AUTOFOCUS-STARTING",
        *["AUTOFOCUS-POINT-ADDED"] * len(points),
        "AUTOFOCUS-FINISHED",
    ]
    report = await client.get(f"{FOCUSER}/last-af")
    best = report["CalculatedFocusPoint"]["Position"]
    assert best == pytest.approx(observatory.focuser.best_position, abs=40)
    assert observatory.focuser.position == best
    assert {point["Position"] for point in points} == {
        point["Position"] for point in report["MeasurePoints"]
    }
    assert report["RSquares"]["Quadratic"] > 0.8


async def test_a_failed_run_is_silent_but_leaves_a_report(
    observatory: Observatory, client: Client
) -> None:
    observatory.dome.put_shutter(1.0)
    await observatory.faults.start("failed_autofocus")
    start = observatory.focuser.position
    assert await observatory.autofocus.run() is False
    assert "AUTOFOCUS-FINISHED" not in observatory.events.names
    assert observatory.focuser.position == start
    assert (await client.get(f"{FOCUSER}/last-af"))["CalculatedFocusPoint"]["Position"] != start


async def test_without_stars_it_fails(observatory: Observatory) -> None:
    """Under a closed roof nothing can be measured."""
    assert await observatory.autofocus.run() is False


async def test_cancel(observatory: Observatory, client: Client) -> None:
    start = observatory.focuser.position
    await client.get(f"{FOCUSER}/auto-focus")
    await happened(observatory, "AUTOFOCUS-POINT-ADDED")
    assert await client.get(f"{FOCUSER}/auto-focus?cancel=true") == "Autofocus canceled"
    await eventually(lambda: not observatory.autofocus.running)
    await eventually(lambda: observatory.focuser.position == start)
    assert observatory.autofocus.report is None


async def test_guiding_pauses_where_the_profile_says_so(observatory: Observatory) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.mount.put(observatory.sequence.target)
    observatory.guider.routines.resume()
    before = len(observatory.events.names)
    await observatory.autofocus.run()
    names = observatory.events.names[before:]
    assert names.index("AUTOFOCUS-STARTING") < names.index("GUIDER-STOP")
    assert names.index("GUIDER-START") < names.index("AUTOFOCUS-FINISHED")


async def test_the_best_focus_follows_the_temperature(observatory: Observatory) -> None:
    warm = observatory.focuser.best_position
    observatory.weather.temperature -= 5
    assert observatory.focuser.best_position == pytest.approx(warm + 175)


def parabola(best: float) -> list[Point]:
    """Return points on a parabola."""
    return [Point(x, 1.5 + ((x - best) / 120) ** 2) for x in range(800, 1300, 50)]


def hyperbola(best: float) -> list[Point]:
    """Return points on a hyperbola."""
    return [Point(x, 1.5 * math.hypot(1, (x - best) / 90)) for x in range(800, 1300, 50)]


@pytest.mark.parametrize(
    "fitting", ["TRENDLINES", "PARABOLIC", "TRENDPARABOLIC", "HYPERBOLIC", "TRENDHYPERBOLIC"]
)
def test_every_method_finds_the_minimum(fitting: str) -> None:
    points = hyperbola(1030) if "HYPERBOLIC" in fitting else parabola(1030)
    curves = FocusCurves(points, fitting, 1000)
    assert curves.best.position == pytest.approx(1030, abs=15)
    assert curves.r_squared > 0.99
    text: dict[str, Any] = curves.report(everything=False)["Fittings"]
    assert (text["Quadratic"] != "") == ("PARABOLIC" in fitting)
    assert (text["Hyperbolic"] != "") == ("HYPERBOLIC" in fitting)


def test_a_hill_is_no_focus() -> None:
    points = [Point(x, 9 - ((x - 1000) / 120) ** 2) for x in range(800, 1250, 50)]
    for fitting in ("PARABOLIC", "HYPERBOLIC", "TRENDLINES"):
        assert FocusCurves(points, fitting, 1000).r_squared == 0


def test_too_few_points_leave_the_focus_where_it_was() -> None:
    curves = FocusCurves([Point(900, 2.0), Point(1000, 0.0)], "TRENDPARABOLIC", 1000)
    assert not curves.sound
    assert curves.best.position == pytest.approx(1000, abs=1)


async def test_focusing_by_hand_is_announced(observatory: Observatory) -> None:
    await run(observatory, "focus", {"position": 21000})
    await happened(observatory, "FOCUSER-USER-FOCUSED")
    await observatory.focuser.next_poll()
    assert observatory.focuser.known["Position"] == 21000
