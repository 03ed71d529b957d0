"""What a simulated observatory answers and tells in the middle of a night: sound messages."""

import asyncio
from dataclasses import dataclass, field
import json
from typing import Any, Final

import aiohttp

from simulator import Observatory

# Everything that is read, by path.
PATHS: Final = (
    "equipment/info",
    "image-history?all=true",
    "event-history",
    "sequence/json",
    "sequence/state",
    "profile/show?active=true",
    "equipment/focuser/last-af",
    "application/logs?lineCount=20",
    "flats/status",
    "framing/info",
    "livestack/status",
)
_NIGHT: Final = 600.0
_FRAMES: Final = 6
_PATIENCE: Final = 30.0

_PLACE: Final = {"RA": 0.71, "RADegrees": 10.68, "Dec": 41.27, "Epoch": 2}
FRAME: Final[dict[str, Any]] = {
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
# Messages that a night need not have.
RARE: Final[tuple[Any, ...]] = (
    {"Event": "IMAGE-SAVE", "ImageStatistics": FRAME},
    {"Event": "SAFETY-CHANGED", "IsSafe": True},
    {"Event": "FILTERWHEEL-CHANGED", "Previous": {"Name": "L"}, "New": {"Name": "Ha", "Id": 4}},
    {"Event": "AUTOFOCUS-POINT-ADDED", "Position": 2340, "HFR": 1.5},
    {"Event": "ROTATOR-MOVED", "From": 10.5, "To": 20.5},
    {"Event": "DOME-SLEWED", "From": 10.5, "To": 20.5},
    {"Event": "FLAT-BRIGHTNESS-CHANGED", "Previous": 1, "New": 5},
    {
        "Event": "STACK-UPDATED",
        "Target": "M 31",
        "Filter": "L",
        "IsMonochrome": True,
        "StackCount": 5,
    },
    {"Event": "STACK-STATUS", "Status": "running"},
    {"Event": "SEQUENCE-ENTITY-FAILED", "Entity": "Take Exposure", "Error": "no camera"},
    {"Event": "TS-WAITSTART", "WaitEndTime": "2026-02-24T23:00:00+01:00"},
    {
        "Event": "TS-TARGETSTART",
        "TargetName": "M 31",
        "ProjectName": "Galaxies",
        "Coordinates": _PLACE,
        "Rotation": 10.5,
        "TargetEndTime": "2026-02-24T23:30:00",
    },
    {"Event": "NOVEL", "Value": 5, "Nested": {"Values": [1, {"Deep": 2.5}]}},
    "said",
)
TARGET: Final[dict[str, Any]] = {
    "Id": "t",
    "ProjectId": "g",
    "Name": "M 31",
    "Active": True,
    "ROI": 100,
    "Rotation": 0,
    **_PLACE,
    "ExposurePlan": [
        {"Id": "e", "FilterName": "L", "Exposure": 300, "Desired": 9, "Accepted": 3, "Acquired": 4}
    ],
}
PLAN: Final[dict[str, Any]] = {
    "project": {
        "Id": "g",
        "ProfileId": "p",
        "Name": "Galaxies",
        "State": "Active",
        "EnableGrader": True,
    },
    "targets": [TARGET],
    "preview": [
        {
            "Name": "M 31",
            "StartTime": "2026-02-24T22:00:00+01:00",
            "EndTime": "2026-02-24T23:00:00+01:00",
        }
    ],
}


_EXPOSURE: Final[dict[str, Any]] = {
    "Name": "Take Exposure",
    "Status": "RUNNING",
    "ExposureTime": 300,
    "Iterations": 9,
    "CompletedIterations": 3,
}
_SEQUENCE: Final[list[Any]] = [
    {"GlobalTriggers": []},
    {"Name": "Start_Container", "Status": "FINISHED", "Items": []},
    {
        "Name": "Targets_Container",
        "Status": "RUNNING",
        "Items": [
            {
                "Name": "M 31_Container",
                "Status": "RUNNING",
                "Conditions": [
                    {"Name": "Loop_Condition", "Iterations": 9, "CompletedIterations": 2}
                ],
                "Items": [_EXPOSURE],
            }
        ],
    },
    {"Name": "End_Container", "Status": "CREATED", "Items": []},
]
# Small answers, of which each change counts.
SMALL: Final[tuple[tuple[str, Any], ...]] = (
    ("plan", PLAN),
    ("image-history", [FRAME]),
    ("image-history", [FRAME, {**FRAME, "Filename": "next.fits"}]),
    ("sequence/json", _SEQUENCE),
    ("sequence/json", [*_SEQUENCE[:2], {"Name": "Targets_Container", "Items": [_EXPOSURE]}]),
    (
        "event-history",
        [
            {"Event": "SEQUENCE-STARTING", "Time": "2026-02-24T20:01:14+01:00"},
            {"Event": "AUTOFOCUS-FINISHED", "Time": "2026-02-24T20:02:14+01:00"},
            {
                "Event": "TS-WAITSTART",
                "Time": "2026-02-24T19:03:00",
                "WaitEndTime": "2026-02-24T21:00:00",
            },
            {"Event": "SEQUENCE-FINISHED", "Time": "2026-02-24T22:01:14+01:00"},
        ],
    ),
    (
        "equipment/focuser/last-af",
        {
            "Timestamp": "2026-02-24T22:00:00+01:00",
            "Temperature": -5.5,
            "Method": "STARHFR",
            "Filter": "L",
            "Fitting": "HYPERBOLIC",
            "CalculatedFocusPoint": {"Position": 2340, "Value": 1.5, "Error": 0.1},
            "Duration": "00:03:00",
        },
    ),
)


@dataclass
class Sound:
    """Messages as they should be: answers by path, and what comes over the socket."""

    answers: dict[str, Any] = field(default_factory=dict)
    told: list[Any] = field(default_factory=lambda: list(RARE))


async def async_gather(version: str) -> Sound:
    """Return what an observatory answers and tells in the middle of a night."""
    sound = Sound()
    async with (
        Observatory(
            port=0, scheduler_port=None, speed=_NIGHT, version=version, scenario="clear_night"
        ) as observatory,
        aiohttp.ClientSession() as session,
    ):
        async with asyncio.timeout(_PATIENCE):
            while len(observatory.images.frames) < _FRAMES:
                await asyncio.sleep(0.05)
        for path in PATHS:
            url = f"http://127.0.0.1:{observatory.port}/v2/api/{path}"
            async with session.get(url) as response:
                text = await response.text()
            try:
                answer = json.loads(text)
            except ValueError:
                continue
            if isinstance(answer, dict) and answer.get("Success"):
                sound.answers[path.partition("?")[0]] = answer["Response"]
    return sound
