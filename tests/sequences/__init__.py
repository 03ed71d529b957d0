"""Sequences written for these tests, each with what has to be shown of it.

A case is a file: `tree` is what `sequence/json` answers, `frames` the image history and `events` the
event history at the moment `at`, `safe` what the safety monitor reads, `plugin` the version that
answers. `shows` is what has to be shown: `unknown` where it cannot be known, `any_of` where several
answers are right, and nothing for what the case does not judge. Coordinates are in degrees (J2000).
`named_by_frames` is whether the frames tell what is imaged, and the tree does not.

What the wire always carries and matters to no case is left out of the files and completed here:
empty conditions and triggers, binning, gain and offset of exposures, and all but two numbers of
coordinates. `around` nests a container so many times, `repeat` puts a node into an array so often.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import json
from pathlib import Path
import re
from typing import Any, Final, Self

FOLDER: Final = Path(__file__).parent
UNKNOWN: Final = "unknown"
# Longer than a busy machine takes between the moment of a case and the look at what is shown.
SLACK: Final = timedelta(seconds=100)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
_EXPOSURE: Final = {
    "ExposureCount": 0,
    "Binning": {"Name": "1x1", "X": 1, "Y": 1},
    "Gain": -1,
    "Offset": -1,
    "Type": "LIGHT",
}
_FRAME: Final = {
    "RmsText": 'Tot: 0.45 (0.80")',
    "Temperature": -10.0,
    "CameraName": "Camera",
    "TelescopeName": "Telescope",
    "FocalLength": 500.0,
    "Gain": 100,
    "Offset": 50,
    "Mean": 500.0,
    "Median": 490.0,
    "StDev": 20.0,
    "Min": 400.0,
    "Max": 65535.0,
    "Stars": 400,
    "HFR": 2.1,
    "HFRStDev": 0.3,
    "IsBayered": False,
}


@dataclass(frozen=True)
class Case:
    """A sequence at a moment, and what has to be shown of it."""

    name: str
    about: str
    plugin: str
    at: datetime
    tree: list[Any]
    shows: dict[str, Any]
    frames: list[dict[str, Any]]
    events: list[dict[str, Any]]
    safe: bool = True
    named_by_frames: bool = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a case from its file."""
        content = json.loads(path.read_text(encoding="utf-8"))
        old = content["plugin"].startswith("2.0")
        return cls(
            name=path.stem.replace("-", " "),
            about=content["about"],
            plugin=content["plugin"],
            at=datetime.fromisoformat(content["at"]),
            tree=list(_nodes(content["tree"], bare=old)),
            shows=content["shows"],
            frames=[
                {**_FRAME, "Filename": f"{number}.fits", **frame}
                for number, frame in enumerate(content.get("frames", []))
            ],
            events=content.get("events", []),
            safe=content.get("safe", True),
            named_by_frames=content.get("named_by_frames", False),
        )

    def moved(self, to: datetime) -> Self:
        """Return the same case at another moment: all its moments move along."""
        by = to - self.at
        return replace(
            self,
            at=to,
            tree=_moved(self.tree, by),
            shows=_moved(self.shows, by),
            frames=_moved(self.frames, by),
            events=_moved(self.events, by),
        )

    def wrong(self, shown: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Return what is shown wrong: what has to be shown, and what is."""
        return {
            key: (self.shows[key], value)
            for key, value in shown.items()
            if key in self.shows and not fits(self.shows[key], value)
        }


def cases() -> list[Case]:
    """Return all cases."""
    return [Case.read(path) for path in sorted(FOLDER.glob("*.json"))]


def fits(wanted: Any, shown: Any) -> bool:
    """Return whether what is shown, None for unknown, is what has to be."""
    if isinstance(wanted, dict):
        return _fits_one_of(wanted, shown)
    if wanted == UNKNOWN:
        return shown is None
    if isinstance(wanted, bool) or shown is None or isinstance(shown, bool):
        return wanted is shown
    if isinstance(wanted, list):
        return len(shown) == len(wanted) and all(
            abs(one - other) < 0.001 for one, other in zip(wanted, shown, strict=True)
        )
    if isinstance(wanted, int | float):
        return isinstance(shown, int | float) and abs(wanted - shown) < 0.06
    if isinstance(shown, datetime):
        return abs(datetime.fromisoformat(wanted) - shown) < SLACK
    return bool(wanted == shown)


def _fits_one_of(wanted: Mapping[str, Any], shown: Any) -> bool:
    """Return whether what is shown is one of several right answers."""
    if "starts" in wanted:
        return isinstance(shown, str) and shown.startswith(wanted["starts"])
    if "between" in wanted:
        first, last = (datetime.fromisoformat(moment) for moment in wanted["between"])
        return isinstance(shown, datetime) and first - SLACK < shown < last + SLACK
    return any(fits(each, shown) for each in wanted["any_of"])


def _nodes(raw: Iterable[Any], *, bare: bool) -> Iterator[Any]:
    """Complete the elements of an array."""
    for element in raw:
        if isinstance(element, dict) and "repeat" in element:
            yield from [_node(element["node"], bare=bare)] * element["repeat"]
        elif isinstance(element, dict) and "around" in element:
            inside = list(_nodes(element["Items"], bare=bare))
            for _ in range(element["depth"]):
                inside = [_node({**element["around"], "Items": []}, bare=bare) | {"Items": inside}]
            yield from inside
        else:
            yield _node(element, bare=bare)


def _node(raw: Any, *, bare: bool) -> Any:
    """Complete a node; plugin 2.0 shows nothing more than is there."""
    if not isinstance(raw, dict):
        return raw
    node = dict(raw)
    for key in ("Items", "Conditions", "Triggers", "GlobalTriggers"):
        if key in node:
            node[key] = list(_nodes(node[key], bare=bare))
    if bare:
        return node
    if "Items" in node:
        node = {"Conditions": [], "Triggers": [], **node}
    if "ExposureTime" in node:
        node = {**_EXPOSURE, **node}
    if isinstance(node.get("Coordinates"), list):
        node["Coordinates"] = _coordinates(*node["Coordinates"])
    return node


def _coordinates(degrees: float, declination: float) -> dict[str, Any]:
    """Return coordinates as the wire carries them."""
    seconds = round(degrees * 240)
    arc = round(abs(declination) * 3600)
    sign = "-" if declination < 0 else ""
    return {
        "RA": degrees / 15,
        "RAString": f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        "RADegrees": degrees,
        "Dec": declination,
        "DecString": f"{sign}{arc // 3600:02}° {arc // 60 % 60:02}' {arc % 60:02}\"",
        "Epoch": "J2000",
        "DateTime": {"Now": "2026-11-28T22:30:00+01:00", "UtcNow": "2026-11-28T21:30:00Z"},
    }


def _moved(value: Any, by: timedelta) -> Any:
    """Return a value with all moments in it moved."""
    if isinstance(value, dict):
        return {key: _moved(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, by) for item in value]
    if isinstance(value, str) and (found := _MOMENT.fullmatch(value)):
        moment = (datetime.fromisoformat(value) + by).replace(microsecond=0)
        return f"{moment:%Y-%m-%dT%H:%M:%S}{found[1] or ''}{moment:%:z}"
    return value
