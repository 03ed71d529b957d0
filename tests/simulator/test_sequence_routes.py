"""The sequence over HTTP: start with and without checklist, load, targets, edits, skips."""

import asyncio
import json
from typing import Any

import pytest

from simulator import Observatory
from simulator.sequence.edit import edit
from simulator.sequence.library import SCHEDULED, do, two_targets
from simulator.sequence.node import Container, Status
from simulator.sequence.plan import Plan

from .support import Client, eventually, observatory_with_client

OUT_OF_RANGE = (
    "Index was out of range. Must be non-negative and less than the size of the collection. "
    "(Parameter 'index')"
)
ROOT = "NINA.Sequencer.Container.SequenceRootContainer, NINA.Sequencer"


def file(start: Any = (), targets: Any = (), triggers: Any = ()) -> dict[str, Any]:
    """Return a sequence file as N.I.N.A. writes it."""

    def area(kind: str, items: Any) -> dict[str, Any]:
        kind = f"NINA.Sequencer.Container.{kind}, NINA.Sequencer"
        return {"$type": kind, "Name": None, "Items": {"$values": list(items)}}

    areas = [
        area("StartAreaContainer", start),
        area("TargetAreaContainer", targets),
        area("EndAreaContainer", ()),
    ]
    return {"$type": ROOT, "Items": {"$values": areas}, "Triggers": {"$values": list(triggers)}}


def item(kind: str, **values: Any) -> dict[str, Any]:
    """Return a node of a sequence file."""
    return {"$type": f"NINA.Sequencer.{kind}, NINA.Sequencer", **values}


async def post(client: Client, content: Any) -> dict[str, Any]:
    """Load a sequence from a body and return the envelope."""
    text = content if isinstance(content, str) else json.dumps(content)
    answer = await client.ask("/v2/api/sequence/load", "POST", data=text)
    assert answer.status == 200
    envelope: dict[str, Any] = answer.json
    return envelope


async def test_start_and_stop(observatory: Observatory, client: Client) -> None:
    observatory.sequence.plan = Plan([do("Wait for Time Span", Time=5000)])
    assert await client.get("/sequence/start?skipValidation=true") == "Sequence started"
    assert await client.refused("/sequence/start") == ("Sequence is already running", 409)
    assert await client.refused("/sequence/load?sequenceName=Evening") == (
        "Sequence is already running",
        400,
    )
    await eventually(lambda: observatory.sequence.plan.roots[0].status is Status.RUNNING)
    tree = await client.get("/sequence/json")
    assert [node["Status"] for node in tree[1:]] == ["RUNNING", "CREATED", "CREATED"]
    assert await client.get("/sequence/stop") == "Sequence stopped"
    await eventually(lambda: "SEQUENCE-FINISHED" in observatory.events.names)
    tree = await client.get("/sequence/json")
    assert [node["Status"] for node in tree[1:]] == ["CREATED", "CREATED", "CREATED"]
    assert await client.get("/sequence/stop") == "Sequence stopped"


async def test_a_given_tree_is_answered_as_it_is(observatory: Observatory, client: Client) -> None:
    own = await client.get("/sequence/json")
    given: list[Any] = [{"GlobalTriggers": []}, None, {"Name": None, "Items": ["x"]}]
    observatory.transport.given["/sequence/json"] = given
    assert await client.get("/sequence/json") == given
    observatory.transport.given.clear()
    assert [node.get("Name") for node in await client.get("/sequence/json")] == [
        node.get("Name") for node in own
    ]


async def test_the_checklist_waits_for_somebody(observatory: Observatory, client: Client) -> None:
    await observatory.guider.disconnect()
    assert await client.get("/sequence/start") == "Sequence started"
    await eventually(lambda: observatory.dialogs.texts)
    assert "Guider is not connected" in observatory.dialogs.texts[0]
    assert "SEQUENCE-STARTING" in observatory.events.names
    assert await client.refused("/sequence/start") == ("Sequence is already running", 409)
    tree = await client.get("/sequence/json")
    assert "RUNNING" not in {node["Status"] for node in tree[1:]}
    assert await client.get("/sequence/stop") == "Sequence stopped"
    assert observatory.sequence.running
    assert observatory.dialogs.answer(go_on=False)
    await eventually(lambda: not observatory.sequence.running)
    assert observatory.events.names[-1] == "SEQUENCE-FINISHED"
    assert "RUNNING" not in {root.status for root in observatory.sequence.plan.roots}


async def test_agreeing_to_the_checklist_starts(observatory: Observatory, client: Client) -> None:
    observatory.sequence.load(observatory.sequence.files[SCHEDULED])  # type: ignore[index]
    await client.get("/sequence/start")
    await eventually(lambda: observatory.dialogs.texts)
    assert "Target Scheduler Container: No target" in observatory.dialogs.texts[0]
    observatory.dialogs.answer()
    await eventually(lambda: observatory.sequence.plan.roots[0].status is Status.RUNNING)
    await client.get("/sequence/stop")
    await eventually(lambda: not observatory.sequence.running)


async def test_a_valid_sequence_needs_no_checklist(
    observatory: Observatory, client: Client
) -> None:
    observatory.sequence.plan = Plan([do("Wait for Time Span", Time=1)])
    await client.get("/sequence/start")
    await eventually(lambda: "SEQUENCE-FINISHED" in observatory.events.names)


async def test_nothing_works_before_it_is_initialized(socket_enabled: None) -> None:
    async with observatory_with_client(scenario="cold_start", speed=20) as (observatory, client):
        for path in ("json", "state", "start", "stop", "reset", "skip?type=ToEnd", "set-target"):
            refused = await client.refused(f"/sequence/{path}")
            assert refused == ("Sequence is not initialized", 409), path
        for path in ("edit?path=Start-Name&value=x", "load?sequenceName=Evening"):
            refused = await client.refused(f"/sequence/{path}")
            assert refused == ("Sequence is not initialized", 400), path
        assert "Evening" in await client.get("/sequence/list-available")
        await eventually(lambda: observatory.sequence.initialized)
        await client.get("/sequence/json")


async def test_skip(observatory: Observatory, client: Client) -> None:
    assert await client.refused("/sequence/skip?type=ToEnd") == ("Sequence not running", 409)
    waits = [do("Wait for Time Span", Time=90000), do("Wait for Time Span", "then", Time=1)]
    observatory.sequence.plan = Plan(waits)
    await client.get("/sequence/start?skipValidation=true")
    await eventually(lambda: waits[0].status is Status.RUNNING)
    assert await client.get("/sequence/skip?type=CurrentItems") == "Skipped"
    await eventually(lambda: not observatory.sequence.running)
    assert [wait.status for wait in waits] == [Status.SKIPPED, Status.FINISHED]


async def test_list_and_load(observatory: Observatory, client: Client) -> None:
    names = await client.get("/sequence/list-available")
    assert {"Evening", "Two targets", "Flats/Panel flats", "Targets/M 31"} < set(names)
    for name in names:
        path = f"/sequence/load?sequenceName={name.replace('/', '%2F').replace(' ', '%20')}"
        if name == "Settings backup":
            assert await client.refused(path) == ("Unknown error", 500)
            continue
        assert await client.get(path) == "Sequence updated"
        await client.get("/sequence/json")
        await client.get("/sequence/state")
    assert await client.refused("/sequence/load?sequenceName=Nope") == ("Sequence not found", 400)
    await client.get("/sequence/load?sequenceName=Targets%2FM%2031")
    tree = await client.get("/sequence/json")
    assert [len(root["Items"]) for root in tree[1:]] == [0, 1, 0]


async def test_loading_a_file_of_nina(observatory: Observatory, client: Client) -> None:
    target = {
        "TargetName": "NGC 253",
        "PositionAngle": 12.5,
        "InputCoordinates": {
            "RAHours": 0,
            "RAMinutes": 47,
            "RASeconds": 33.0,
            "NegativeDec": True,
            "DecDegrees": -25,
            "DecMinutes": 17,
            "DecSeconds": 18.0,
        },
    }
    exposure = item("SequenceItem.Imaging.TakeExposure", ExposureTime=120, Gain=139)
    smart = item(
        "SequenceItem.Imaging.SmartExposure",
        Items=[item("SequenceItem.FilterWheel.SwitchFilter", Filter={"_name": "R"}), exposure],
        Conditions=[item("Conditions.LoopCondition", Iterations=20)],
        Triggers=[item("Trigger.Guider.DitherAfterExposures", AfterExposures=3)],
    )
    content = file(
        [
            item("SequenceItem.Camera.CoolCamera", Temperature=-15, Duration=5.5),
            item("SequenceItem.Telescope.SetTracking", TrackingMode=1, Status="DISABLED"),
            item("SequenceItem.Mystery.DoMagic"),
        ],
        [
            item(
                "Container.DeepSkyObjectContainer",
                Name="NGC 253",
                Target=target,
                Items={"$values": [smart]},
                Conditions=[item("Conditions.AboveHorizonCondition")],
            )
        ],
        [item("Trigger.MeridianFlip.MeridianFlipTrigger")],
    )
    assert (await post(client, content))["Response"] == "Sequence updated"
    tree = await client.get("/sequence/json")
    cool, tracking, unknown = tree[1]["Items"]
    assert (cool["Temperature"], cool["MinCoolingTime"]) == (-15, 5.5)
    assert (tracking["TrackingMode"], tracking["Status"]) == ("Lunar", "DISABLED")
    assert unknown["Name"] == "DoMagic"
    container = tree[2]["Items"][0]
    assert container["Name"] == "NGC 253_Container"
    shown = container["Items"][0]
    assert shown["Filter"] == "R"
    assert (shown["ExposureTime"], shown["Gain"], shown["Iterations"]) == (120, 139, 20)
    assert shown["DitherTargetExposures"] == 3
    assert tree[0]["GlobalTriggers"][0]["Name"] == "Meridian Flip_Trigger"
    place = observatory.sequence.plan.targets[0].place
    assert (round(place.ra_degrees, 2), round(place.dec_degrees, 2)) == (11.89, -25.29)


@pytest.mark.parametrize("body", ["nonsense", "[]", "{}", '{"$type": "Something, Else"}', "null"])
async def test_bodies_that_are_no_sequence(
    observatory: Observatory, client: Client, body: str
) -> None:
    envelope = await post(client, body)
    assert (envelope["Error"], envelope["StatusCode"]) == ("Unknown error", 500)


async def test_a_lone_target_is_wrapped(observatory: Observatory, client: Client) -> None:
    form = dict.fromkeys(("RAHours", "RAMinutes", "DecDegrees", "DecMinutes"), 1)
    form |= {"RASeconds": 1, "DecSeconds": 1, "NegativeDec": False}
    target = {"TargetName": "X", "InputCoordinates": form}
    await post(client, item("Container.DeepSkyObjectContainer", Target=target, Items=[]))
    tree = await client.get("/sequence/json")
    assert [len(root["Items"]) for root in tree[1:]] == [0, 1, 0]
    assert tree[2]["Items"][0]["Name"] == "X_Container"


async def test_set_target(observatory: Observatory, client: Client) -> None:
    observatory.sequence.plan = two_targets(observatory.rig)
    path = "/sequence/set-target?name=M%2042&ra=83.82&dec=-5.39&rotation=90&index=1"
    assert await client.get(path) == "Target updated"
    target = (await client.get("/sequence/state"))[2]["Items"][1]
    assert target["Name"] == "M 42_Container"
    assert target["Target"]["PositionAngle"] == 90
    assert target["Target"]["InputCoordinates"]["NegativeDec"] is True
    coordinates = (await client.get("/sequence/json"))[2]["Items"][1]["Items"][0]["Coordinates"]
    assert coordinates["RADegrees"] == pytest.approx(83.82)
    assert coordinates["Dec"] == pytest.approx(-5.39)
    assert await client.get("/sequence/set-target?index=0") == "Target updated"
    assert (await client.get("/sequence/json"))[2]["Items"][0]["Name"] == "_Container"
    assert await client.refused("/sequence/set-target?index=2") == ("Index out of range", 400)
    assert await client.refused("/sequence/set-target?index=-1") == ("Unknown error", 500)


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("Imaging-Items-0-Items-2-Items-0-Items-1-ExposureTime", "90.5", 90.5),
        ("Imaging-Items-0-Items-2-Items-0-Items-1-Gain", "200", 200),
        ("Imaging-Items-0-Items-2-Conditions-0-Iterations", "7", 7),
        ("Imaging-Items-0-Items-0-PositionAngle", "33", 33.0),
        ("GlobalTriggers-0-Name", "Flip", "Flip"),
        ("End-Items-0-Name", "Finish", "Finish"),
        ("Imaging-Items-0-Target-PositionAngle", "12", 12.0),
    ],
)
async def test_edit(
    observatory: Observatory, client: Client, path: str, value: str, shown: Any
) -> None:
    observatory.sequence.plan = plan = two_targets(observatory.rig)
    assert await client.get(f"/sequence/edit?path={path}&value={value}") == "Updated setting"
    here: Any = {"GlobalTriggers": plan.global_triggers, "Imaging": plan.roots[1]}
    here["End"] = plan.roots[2]
    for segment in path.split("-"):
        if isinstance(here, Container) and segment in ("Items", "Conditions"):
            here = getattr(here, segment.casefold())
        elif isinstance(here, list):
            here = here[int(segment)]
        elif segment == "Name":
            here = here.name
        else:
            here = here[segment] if isinstance(here, dict) else here.values[segment]
    assert here == shown
    assert type(here) is type(shown)


@pytest.mark.parametrize(
    ("query", "text", "code"),
    [
        ("value=1", "Invalid path", 400),
        ("path=Start-Items-0-Temperature", "New value can't be null", 400),
        (
            "path=Start-Items-9-Temperature&value=1",
            OUT_OF_RANGE,
            500,
        ),
        (
            "path=Nowhere-Items-0&value=1",
            "Object reference not set to an instance of an object.",
            500,
        ),
        (
            "path=Imaging-Items-0-Items-1-ForceCalibration&value=maybe",
            "String 'maybe' was not recognized as a valid Boolean.",
            500,
        ),
        (
            "path=Imaging-Items-0-Items-2-Conditions-0-Iterations&value=many",
            "The input string 'many' was not in a correct format.",
            500,
        ),
    ],
)
async def test_edits_that_fail(
    observatory: Observatory, client: Client, query: str, text: str, code: int
) -> None:
    observatory.sequence.plan = two_targets(observatory.rig)
    assert await client.refused(f"/sequence/edit?{query}") == (text, code)


async def test_editing_an_enumeration(observatory: Observatory) -> None:
    plan = Plan([do("Set Tracking")])
    edit(plan, "Start-Items-0-TrackingMode", "Solar")
    assert plan.roots[0].items[0].values["TrackingMode"].wire == "Solar"
    with pytest.raises(ValueError, match="was not found"):
        edit(plan, "Start-Items-0-TrackingMode", "Fast")


async def test_before_version_2_2_10_no_completed_iterations(socket_enabled: None) -> None:
    async with observatory_with_client(version="2.2.7") as (_, client):
        tree = await client.get("/sequence/json")
        smart = tree[2]["Items"][0]["Items"][2]["Items"][0]
        assert smart["Name"] == "Smart Exposure"
        assert "CompletedIterations" not in smart
        condition = tree[2]["Items"][0]["Items"][2]["Conditions"][0]
        assert "ExpectedDateTime" not in condition


async def test_the_first_plugins_wrote_descriptions(socket_enabled: None) -> None:
    async with observatory_with_client(version="2.0.1") as (_, client):
        tree = await client.get("/sequence/json")
        assert [sorted(node) for node in tree] == [["Description", "Items", "Name", "Status"]] * 3


async def test_two_targets_to_the_end(socket_enabled: None) -> None:
    """Every instruction of a sequence with two targets does something real."""
    async with observatory_with_client(speed=600) as (observatory, _):
        observatory.dome.put_shutter(1.0)
        observatory.sequence.plan = plan = two_targets(observatory.rig)
        plan.targets[1].aim("Near", plan.targets[0].place, 0.0)
        finished = asyncio.ensure_future(observatory.events.wait_for("SEQUENCE-FINISHED"))
        await observatory.sequence.start()
        async with asyncio.timeout(50):
            await finished
        frames = [(f.target_name, f.filter_name) for f in observatory.images.frames]
        first = plan.targets[0].name
        assert frames[:8] == [(first, "L")] * 4 + [(first, "R")] * 4
        assert len(frames) == 19
        assert frames[16:] == [("Near", "Ha")] * 3
        names = observatory.events.names
        assert names.count("GUIDER-DITHER") == 4
        assert names.count("AUTOFOCUS-FINISHED") >= 3
        assert observatory.mount.parked
        assert {root.status for root in plan.roots} == {Status.FINISHED}


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("version", "refusal"), [("2.0.1", None), ("2.1", ("Sequence is not initialized", 409))]
)
async def test_stopping_what_is_not_ready(version: str, refusal: tuple[str, int] | None) -> None:
    async with observatory_with_client(version=version) as (observatory, client):
        observatory.sequence.initialized = False
        if refusal is None:
            assert await client.get("/sequence/stop") == "Sequence stopped"
        else:
            assert await client.refused("/sequence/stop") == refusal
