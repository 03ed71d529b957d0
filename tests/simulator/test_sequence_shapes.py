"""Every kind of node that was ever captured looks like the captured ones, in both trees."""

from collections.abc import Callable, Iterator
from datetime import datetime
import json
import math
from typing import Any

import pytest

from simulator import Observatory
from simulator.sequence import altitude, autofocus_triggers, conditions, triggers
from simulator.sequence.containers import If, Target, trained_flats
from simulator.sequence.exposures import SmartExposure, TakeExposure
from simulator.sequence.library import do
from simulator.sequence.node import Container, Node
from simulator.sequence.target_scheduler import TargetSchedulerCondition, TargetSchedulerContainer
from simulator.sequence.utility_items import WaitForTime
from simulator.sky import Coordinates
from simulator.wire import REST, STATE, encode

from .captured import response
from .support import Client
from .test_shapes import assert_same_shape

TREES = (
    "crescent_running_sequence_json",
    "imaging_guiding_sequence_json",
    "not_started_sequence_json",
    "parked_idle_sequence_json",
    "scheduler_waiting_sequence_json",
    "sh2_101_running_sequence_json",
    "simple_sequence_running_sequence_json",
)
OLD = (
    "crescent_running_sequence_json",
    "not_started_sequence_json",
    "sh2_101_running_sequence_json",
)
SPECIAL: dict[str, Callable[[], Node]] = {
    "Take Exposure": TakeExposure,
    "Smart Exposure": lambda: SmartExposure("L", 3, 1),
    "Wait for Time": WaitForTime,
    "Wait until Above horizon": altitude.WaitUntilAboveHorizon,
    "Loop For Iterations_Condition": conditions.LoopForIterations,
    "Loop Until Time_Condition": conditions.LoopUntilTime,
    "Loop while safe_Condition": conditions.LoopWhileSafe,
    "Loop while unsafe_Condition": conditions.LoopWhileUnsafe,
    "Loop while Altitude Above Horizon_Condition": altitude.LoopWhileAboveHorizon,
    "Target Scheduler Condition_Condition": TargetSchedulerCondition,
    "AF After HFR Increase_Trigger": autofocus_triggers.AutofocusAfterHFRIncrease,
    "AF After Temperature Change_Trigger": autofocus_triggers.AutofocusAfterTemperatureChange,
    "AF After Time_Trigger": autofocus_triggers.AutofocusAfterTime,
    "AF After Filter Change_Trigger": autofocus_triggers.AutofocusAfterFilterChange,
    "Center After Drift_Trigger": triggers.CenterAfterDrift,
    "Dither after Exposures_Trigger": triggers.DitherAfterExposures,
    "Meridian Flip_Trigger": triggers.MeridianFlip,
    "Restore Guiding_Trigger": triggers.RestoreGuiding,
    "Reconnect Camera On Download Failure_Trigger": triggers.ReconnectCamera,
    "If_Container": If,
    "Target Scheduler Container_Container": TargetSchedulerContainer,
    "Trained Flat Exposure_Container": lambda: trained_flats("L", 30),
}


def nodes(tree: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield all nodes of a captured tree."""
    for node in tree:
        yield from (t for t in node.get("GlobalTriggers", ()))
        if "Name" in node:
            yield node
            for key in ("Conditions", "Triggers", "Items"):
                yield from nodes(node.get(key, []))


def made(name: str) -> Node | None:
    """Return a node of ours by the captured name, None for what a person or a plugin named."""
    if name in SPECIAL:
        return SPECIAL[name]()
    try:
        return do(name)
    except KeyError:
        return None


def flat(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node without what is below it."""
    return {key: [] if key in ("Items", "Conditions", "Triggers") else v for key, v in node.items()}


@pytest.mark.parametrize("name", TREES)
async def test_nodes_of_the_tree(observatory: Observatory, name: str) -> None:
    compared = 0
    for theirs in nodes(response(name)):
        node = made(theirs["Name"])
        if node is None:
            continue
        ours = json.loads(encode(node.json(observatory.rig), REST))
        if name in OLD:
            ours.pop("ExpectedDateTime", None)
            if "Filter" in theirs:
                ours.pop("CompletedIterations", None)
        assert_same_shape(flat(ours), flat(theirs))
        compared += 1
    assert compared > 5


async def test_nodes_of_the_state(observatory: Observatory) -> None:
    compared = set()
    for theirs in nodes(response("parked_idle_sequence_state")):
        node = made(theirs["Name"])
        if "Target" in theirs:
            node = Target("M 31", Coordinates(0.7, 41.3))
        if node is None or theirs["Name"] == "Publish to MQTT broker":
            continue
        if theirs["Name"] == "Switch Filter":
            node.values["Filter"] = "L"
        ours = json.loads(encode(node.state(observatory.rig), STATE))
        internal = ("WindowService", "WindowServiceFactory")
        visible = {key: value for key, value in theirs.items() if key not in internal}
        assert_same_shape(flat(ours), flat(visible))
        compared.add(theirs["Name"])
    assert len(compared) > 20


async def test_the_kinds_of_containers(observatory: Observatory) -> None:
    theirs = response("parked_idle_sequence_json")[1]
    assert_same_shape(flat(Container("A").json(observatory.rig)), flat(theirs))
    state = response("parked_idle_sequence_state")[1]
    assert_same_shape(flat(Container("A").state(observatory.rig)), flat(state))


async def test_a_smart_exposure_opens_in_the_state_only(observatory: Observatory) -> None:
    smart = SmartExposure("R", 15, 2, ExposureTime=15.0)
    assert "Items" not in smart.json(observatory.rig)
    state = smart.state(observatory.rig)
    assert state["Name"] == "Smart Exposure_Container"
    captured = next(
        node
        for node in nodes(response("parked_idle_sequence_state"))
        if node["Name"] == "Smart Exposure_Container"
    )
    assert [item["Name"] for item in state["Items"]] == [i["Name"] for i in captured["Items"]]
    for key in ("Conditions", "Triggers"):
        assert [n["Name"] for n in state[key]] == [n["Name"] for n in captured[key]]


async def test_the_state_writes_whole_doubles_with_a_point_and_raw_text(
    observatory: Observatory, client: Client
) -> None:
    body = (await client.ask("/v2/api/sequence/state")).body.decode()
    assert '"ExposureTime":60.0' in body
    assert '"Gain":-1,' in body
    body = (await client.ask("/v2/api/sequence/json")).body.decode()
    assert '"ExposureTime":60,' in body
    assert "\\u00B0" in body


async def test_the_outer_shape(observatory: Observatory, client: Client) -> None:
    tree = await client.get("/sequence/json")
    assert list(tree[0]) == ["GlobalTriggers"]
    assert [node["Name"] for node in tree[1:]] == [
        "Start_Container",
        "Targets_Container",
        "End_Container",
    ]
    state = await client.get("/sequence/state")
    assert list(state[0]) == ["GlobalTriggers"]
    target = state[2]["Items"][0]
    assert target["Target"]["TargetName"] + "_Container" == target["Name"]
    form = target["Target"]["InputCoordinates"]
    assert form["NegativeDec"] is (form["DecDegrees"] < 0)


async def test_a_failing_serialization_gives_an_empty_body(
    observatory: Observatory, client: Client
) -> None:
    observatory.sequence.fails_to_reflect = True
    answer = await client.ask("/v2/api/sequence/state")
    assert (answer.status, answer.body) == (200, b"")


async def test_times_move_while_idle(observatory: Observatory) -> None:
    wait = WaitForTime(hours=observatory.clock.now().hour).shown(observatory.rig)
    assert wait["CalculatedWaitDuration"].total_seconds() == 0
    assert abs((wait["TargetTime"] - observatory.clock.now()).total_seconds()) < 5
    span = conditions.LoopForTimeSpan(hours=1, minutes=0).shown(observatory.rig)
    assert span["RemainingTime"].total_seconds() == pytest.approx(3600, abs=5)
    until = conditions.LoopUntilTime(hours=(observatory.clock.now().hour + 3) % 24)
    assert isinstance(until.shown(observatory.rig)["TargetTime"], datetime)
    assert until.holds(observatory.rig)


async def test_altitudes(observatory: Observatory) -> None:
    target = Target("Pole", Coordinates(3.0, 89.9), [wait := altitude.WaitUntilAboveHorizon(20)])
    shown = wait.shown(observatory.rig)
    assert target.items == [wait]
    assert shown["CurrentAltitude"] == pytest.approx(observatory.site.latitude, abs=0.3)
    never = altitude.WaitForAltitude(89.95)
    Target("Pole", Coordinates(3.0, 89.9), [never])
    assert never.shown(observatory.rig)["ExpectedTime"] == "--"
    sun = altitude.LoopUntilSunAltitude(-6).shown(observatory.rig)
    assert sun["CurrentAltitude"] < -10
    dawn = datetime.strptime(sun["ExpectedTime"], "%H:%M")  # noqa: DTZ007 - a time of day
    assert dawn.strftime("%H:%M") == sun["ExpectedTime"]
    moon = conditions.MoonIllumination().shown(observatory.rig)
    assert 0 <= moon["CurrentIllumination"] <= 100
    assert not math.isnan(
        altitude.LoopUntilMoonAltitude().shown(observatory.rig)["CurrentAltitude"]
    )
