"""Long answers of N.I.N.A., and storms of its events."""

from typing import Any, Final

_PER_TARGET: Final = 20
_STORM: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("FILTERWHEEL-CHANGED", {}),
    ("GUIDER-DITHER", {}),
    ("ROTATOR-MOVED", {}),
    ("SAFETY-CHANGED", {"IsSafe": True}),
    ("DOME-SHUTTER-OPENED", {}),
    ("MOUNT-HOMED", {}),
    ("CAMERA-CONNECTED", {}),
    ("SEQUENCE-STARTING", {}),
    ("AUTOFOCUS-STARTING", {}),
    ("TS-TARGETSTART", {"TargetName": "M 31", "ProjectName": "P"}),
)
# The name of the events that are numbered, which no release knows.
NUMBERED: Final = "COFFEE-READY"


def storm(number: int) -> list[tuple[str, dict[str, Any]]]:
    """Return events: every second one is numbered, the others are of ten kinds."""
    return [
        (NUMBERED, {"Number": each}) if each % 2 else _STORM[each // 2 % len(_STORM)]
        for each in range(number)
    ]


def sequence(nodes: int) -> list[Any]:
    """Return a tree of smart exposures in nested loops; nothing of it runs."""
    leaf = {
        "Name": "Smart Exposure",
        "Status": "CREATED",
        "ExposureTime": 300,
        "ExposureCount": 0,
        "Iterations": 20,
        "CompletedIterations": 3,
        "Filter": "Ha",
        "Binning": {"Name": "1x1", "X": 1, "Y": 1},
        "Gain": 100,
        "Offset": -1,
        "Type": "LIGHT",
    }
    loop = {
        "Name": "Loop For Iterations_Condition",
        "Status": "CREATED",
        "Iterations": 3,
        "CompletedIterations": 1,
    }
    targets = [
        _container(f"Target {number}", number == 0, [leaf] * _PER_TARGET, [loop])
        for number in range(nodes // (_PER_TARGET + 2))
    ]
    return [
        {"GlobalTriggers": []},
        _container("Start", False, [], []) | {"Status": "FINISHED"},
        _container("Targets", True, targets, []),
        _container("End", False, [], []),
    ]


def _container(name: str, runs: bool, items: list[Any], conditions: list[Any]) -> dict[str, Any]:
    """Return a container."""
    return {
        "Name": f"{name}_Container",
        "Status": "RUNNING" if runs else "CREATED",
        "Conditions": conditions,
        "Triggers": [],
        "Items": items,
    }
