"""Whatever a server sends, nothing raises and nothing shows what cannot have been measured.

Random and mutated answers go over a real socket into Home Assistant; then every state of the rig is
looked at.
"""

from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime
import json
import logging
import math
import os
import re
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.json import json_bytes
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from .api.fake import FakeServer
from .blocks import NAN, connected
from .rigs import Rig, recorded_rig
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")

NOTHING = ("unknown", "unavailable")
# Spellings of "unknown" for machines, and of objects that nobody decoded.
MACHINES = re.compile(r"\b(NaN|nan|Infinity|inf)\b|Unknown\(|<[a-z_.]+ object|datetime\.")
WORDS = {
    "binary_sensor": {"on", "off"},
    "switch": {"on", "off"},
    "light": {"on", "off"},
    "cover": {"open", "closed", "opening", "closing"},
}

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(NAN, "Infinity", "-Infinity", "", " ", "?", "24:00:00", "0001-01-01T00:00:00"),
        *(None, True, False, 0, -1, 1, 1e308, -1e308, 10**30, 0.5, 2**63, [], {}, [[]], [{}]),
        *("2026-02-24T21:14:03.1234567+01:00", "2026-02-24T21:14:03", "x" * 300, "☃\u0000"),
        *("Guiding", "ShutterOpen", "pierWest", "LIGHT", "RUNNING", {"Name": "x"}, [1, "1"]),
    ]
)
FRAME = {
    "Date": "2026-02-24T22:00:00+01:00",
    "Filename": "light.fits",
    "ImageType": "LIGHT",
    "TargetName": "M 31",
    "Filter": "Ha",
    "RmsText": 'Tot: 0.26 (0.42")',
    "ExposureTime": 300,
    "FocalLength": 800,
    "Temperature": -10,
    "Gain": 100,
    "HFR": 2.0,
    "Stars": 1200,
    "Mean": 500.5,
}
ANSWERS: dict[str, Any] = {
    "image-history": [FRAME],
    "profile/show": {
        "Name": "Default",
        "TelescopeSettings": {"FocalLength": 800},
        "CameraSettings": {"PixelSize": 3.76},
        "MeridianFlipSettings": {"MinutesAfterMeridian": 5, "MaxMinutesAfterMeridian": 10},
        "FilterWheelSettings": {"FilterWheelFilters": [{"Name": "Ha", "FocusOffset": 10}]},
    },
    "equipment/focuser/last-af": {
        "Timestamp": "2026-02-24T22:00:00+01:00",
        "Method": "STARHFR",
        "Fitting": "HYPERBOLIC",
        "Temperature": 8.5,
        "Duration": "00:04:02.0079440",
        "CalculatedFocusPoint": {"Position": 2340, "Value": 1.1},
        "MeasurePoints": [{"Position": 2340, "Value": 1.5}],
        "RSquares": {"Hyperbolic": 0.97},
    },
    "flats/status": {"State": "Running", "TotalIterations": 9, "CompletedIterations": 3},
    "sequence/json": [
        {"GlobalTriggers": []},
        {"Name": "Start_Container", "Status": "FINISHED", "Items": []},
        {
            "Name": "Targets_Container",
            "Status": "RUNNING",
            "Items": [
                {
                    "Name": "M 31_Container",
                    "Status": "RUNNING",
                    "Conditions": [{"Name": "Loop_Condition", "Iterations": 9}],
                    "Items": [
                        {"Name": "Take Exposure", "Status": "RUNNING", "ExposureTime": 300},
                        {"Name": "Wait for Time", "CalculatedWaitDuration": "00:10:00"},
                    ],
                }
            ],
        },
        {"Name": "End_Container", "Status": "CREATED", "Items": []},
    ],
}


COORDINATES = {"RA": 0.71, "RADegrees": 10.68, "Dec": 41.27, "Epoch": "J2000"}
EVENTS: tuple[dict[str, Any], ...] = (
    {"Event": "IMAGE-SAVE", "ImageStatistics": FRAME | {"Filename": "next.fits"}},
    {"Event": "SAFETY-CHANGED", "IsSafe": True},
    {"Event": "FILTERWHEEL-CHANGED", "Previous": {"Name": "L"}, "New": {"Name": "Ha", "Id": 4}},
    {"Event": "AUTOFOCUS-POINT-ADDED", "Position": 2340, "HFR": 1.5},
    {"Event": "ROTATOR-MOVED", "From": 10.5, "To": 20.5},
    {"Event": "TS-WAITSTART", "WaitEndTime": "2026-02-24T23:00:00+01:00"},
    {
        "Event": "TS-TARGETSTART",
        "TargetName": "M 31",
        "ProjectName": "Galaxies",
        "Coordinates": COORDINATES,
        "Rotation": 10.5,
        "TargetEndTime": "2026-02-24T23:30:00",
    },
    {"Event": "NOVEL", "Value": 5, "Nested": {"Values": [1, {"Deep": 2.5}]}},
)
SCHEDULER: dict[str, Any] = {
    "version": "5.9.3.0",
    "profiles": [{"Id": "p", "Name": "Default", "Active": True}],
    "profiles/p/projects": [
        {"Id": "g", "ProfileId": "p", "Name": "Galaxies", "State": "Active", "EnableGrader": True}
    ],
    "projects/g/targets": [
        {
            "Id": "t",
            "ProjectId": "g",
            "Name": "M 31",
            "Active": True,
            "ROI": 100,
            "Rotation": 0,
            **COORDINATES,
            "ExposurePlan": [
                {"Id": "e", "FilterName": "L", "Exposure": 300, "Desired": 9, "Accepted": 3}
            ],
        }
    ],
}


def mutate(draw: st.DrawFn, value: Any, *, depth: int = 0) -> Any:
    """Break some of what an answer is made of; the rest stays as it was."""
    if depth and draw(st.integers(0, 11)) == 0:
        return draw(ODD)
    if isinstance(value, dict):
        return {key: mutate(draw, each, depth=depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [mutate(draw, each, depth=depth + 1) for each in value]
    return value


@st.composite
def broken(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return equipment and other answers, one kind of them broken."""
    blocks, answers = connected(), deepcopy(ANSWERS)
    what = draw(st.sampled_from([*blocks, *answers]))
    if what in blocks:
        blocks[what] = mutate(draw, blocks[what])
    else:
        answers[what] = mutate(draw, answers[what])
    return blocks, answers


@st.composite
def invented(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a device with all of its keys and values that have nothing to do with them."""
    blocks = connected()
    name = draw(st.sampled_from(list(blocks)))
    values = {key: draw(ODD) for key in blocks[name]}
    blocks[name] = values | {"Connected": draw(st.sampled_from([True, True, "true", 1, None]))}
    return blocks, deepcopy(ANSWERS)


@st.composite
def stirred(draw: st.DrawFn) -> tuple[list[Any], dict[str, Any]]:
    """Return events, and answers of the Target Scheduler, of both of which something is broken."""
    events = draw(st.lists(st.sampled_from([*EVENTS, "said"]), min_size=1, max_size=4))
    return mutate(draw, events), {path: mutate(draw, each) for path, each in SCHEDULER.items()}


@pytest.fixture
async def scheduler(socket_enabled: None) -> AsyncIterator[FakeServer]:
    """Return a Target Scheduler whose answers change."""
    server = FakeServer("/ts/v0")
    await server.start()
    plan(server, SCHEDULER)
    yield server
    await server.stop()


def plan(server: FakeServer, answers: dict[str, Any]) -> None:
    """Have a Target Scheduler answer."""
    for path, answer in answers.items():
        server.raw(path, json.dumps(answer).encode())


@pytest.fixture
async def rig(hass: HomeAssistant, scheduler: FakeServer) -> AsyncIterator[Rig]:
    """Return a rig that is set up, whose answers change."""
    async with recorded_rig(
        hass, connected(), deepcopy(ANSWERS), scheduler_port=scheduler.port
    ) as rig:
        yield rig


async def read(rig: Rig, blocks: dict[str, Any], answers: dict[str, Any]) -> None:
    """Let everything be read again."""
    rig.server.blocks = blocks
    rig.server.answers.update(answers)
    data = rig.entry.runtime_data
    data.frames.async_distrust()
    for coordinator in (data.equipment, data.sequence, data.frames, data.settings, data.catalog):
        await coordinator.async_read()
    await rig.hass.async_block_till_done(wait_background_tasks=False)


def judge(state: State) -> None:
    """Check that a state is of the kind that its entity promises."""
    attributes, value = state.attributes, state.state
    assert json_bytes(state.as_dict())
    assert not MACHINES.search(value), state
    assert not MACHINES.search(str({k: v for k, v in attributes.items() if k != "since"})), state
    assert 0 < len(value.strip()) <= 255, state
    if value in NOTHING:
        return
    domain = state.domain
    assert value in WORDS.get(domain, {value}), state
    if "options" in attributes:
        assert value in attributes["options"], state
    if attributes.get("device_class") == SensorDeviceClass.TIMESTAMP:
        assert datetime.fromisoformat(value).astimezone(UTC), state
    elif domain == "number" or "state_class" in attributes or "unit_of_measurement" in attributes:
        assert math.isfinite(float(value)), state


SLOW = settings(
    max_examples=int(os.environ.get("EXAMPLES", "25")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def check(rig: Rig, caplog: pytest.LogCaptureFixture, answers: Any) -> None:
    """Read broken answers, look at every state, and at what was complained of."""
    caplog.clear()
    await read(rig, *answers)
    judge_all(rig, caplog)


def judge_all(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Look at every state, and at what was complained of."""
    for state in rig.states().values():
        judge(state)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


@given(answers=broken())
@SLOW
async def test_mutated_answers(rig: Rig, caplog: pytest.LogCaptureFixture, answers: Any) -> None:
    await check(rig, caplog, answers)


@given(answers=invented())
@SLOW
async def test_invented_devices(rig: Rig, caplog: pytest.LogCaptureFixture, answers: Any) -> None:
    await check(rig, caplog, answers)


@given(told=stirred())
@SLOW
async def test_events_and_plans(
    rig: Rig, scheduler: FakeServer, caplog: pytest.LogCaptureFixture, told: Any
) -> None:
    """The events reach the bus one and all, unless they are none; the stream goes on."""
    events, answers = told
    plan(scheduler, answers)
    data = rig.entry.runtime_data
    counters = data.listener.stream.counters
    heard = counters.events + counters.malformed
    caplog.clear()
    for event in events:
        await rig.server.tell(event)
    assert data.scheduler is not None
    await data.scheduler.async_read()
    await eventually(lambda: counters.events + counters.malformed == heard + len(events))
    await rig.hass.async_block_till_done(wait_background_tasks=False)
    assert counters.connections == 1
    judge_all(rig, caplog)


async def test_the_untouched_rig_shows_everything(rig: Rig) -> None:
    """The other tests would pass with nothing to look at."""
    await read(rig, connected(), deepcopy(ANSWERS))
    shown = {key for key, state in rig.states().items() if state.state not in NOTHING}
    assert len(shown) > 120
    assert rig.sensor("scheduler_active_projects") == "1"
    assert rig.find("sensor", "scheduler_target_t")
    for state in rig.states().values():
        judge(state)


@pytest.mark.parametrize(
    "state",
    [
        State("sensor.a", "NaN"),
        State("sensor.a", " "),
        State("sensor.a", "inf", {"unit_of_measurement": "m"}),
        State("sensor.a", "text", {"state_class": "measurement"}),
        State("sensor.a", "1", {"text": "Unknown(raw=3)"}),
        State("sensor.a", "yesterday", {"device_class": "timestamp"}),
        State("sensor.a", "green", {"options": ["red"]}),
        State("binary_sensor.a", "True"),
    ],
)
def test_the_judge_sees_lies(state: State) -> None:
    with pytest.raises((AssertionError, ValueError)):
        judge(state)
