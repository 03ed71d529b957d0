"""Waits and conditions that ask how high the target, the sun or the moon stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Any, override

from simulator.sequence.forms import coordinates_of, input_form, target_of
from simulator.sequence.node import Condition, Instruction, Node, never
from simulator.sky import Coordinates

if TYPE_CHECKING:
    from simulator.clock import SimulationClock
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = [
    "Body",
    "LoopUntilAltitudeBelow",
    "LoopUntilMoonAltitude",
    "LoopUntilSunAltitude",
    "LoopWhileAboveHorizon",
    "WaitForAltitude",
    "WaitIfMoonAltitude",
    "WaitIfSunAltitude",
    "WaitUntilAboveHorizon",
]

LESS_THAN, GREATER_THAN = 1, 3
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_FINE, _COARSE = timedelta(minutes=1), timedelta(minutes=5)
_NOWHERE = input_form(Coordinates(0.0, 0.0))


class Body(StrEnum):
    """Whose altitude is asked for."""

    TARGET = "target"
    SUN = "sun"
    MOON = "moon"


@dataclass(frozen=True, slots=True)
class _View:
    """A computation: the altitude now, and when it crosses the limit."""

    altitude: float
    limit: float
    expected: datetime | None

    def text(self, clock: SimulationClock) -> str:
        """Return the expected time as N.I.N.A. shows it."""
        return "--" if self.expected is None else f"{clock.shown(self.expected):%H:%M}"


def _altitude(rig: Rig, body: Body, node: Node, at: datetime) -> float:
    """Return the altitude of a body or of the node's target in degrees."""
    if body is Body.SUN:
        return rig.site.sun_altitude(at)
    if body is Body.MOON:
        return rig.site.moon_altitude(at)
    place = coordinates_of(node.values["Data"]["Coordinates"])
    return rig.site.horizontal(place, at).altitude


def _inherit(node: Node) -> None:
    """Take the coordinates from the target around a node."""
    target = target_of(node)
    node.values["HasDsoParent"] = target is not None
    if target is not None:
        node.values["Data"]["Coordinates"] = dict(target["InputCoordinates"])


def _look(rig: Rig, node: Node, body: Body, *, upwards: bool) -> _View:
    """Return altitude, limit and the next moment at which it is crossed in a direction."""
    if body is Body.TARGET:
        _inherit(node)
    limit = float(node.values["Data"]["Offset"])
    now = rig.clock.true_now()
    altitude = _altitude(rig, body, node, now)
    shown = round(altitude, 2)
    if (altitude > limit) is upwards:
        return _View(shown, limit, now)
    return _View(shown, limit, _crossing(rig, body, node, now, limit, upwards=upwards))


def _crossing(
    rig: Rig, body: Body, node: Node, start: datetime, limit: float, *, upwards: bool
) -> datetime | None:
    """Return the first moment of the next day at which the limit is crossed in a direction."""
    if body is Body.TARGET:
        place = coordinates_of(node.values["Data"]["Coordinates"])
        hours = rig.site.hours_until(place, start, limit, rising=upwards)
        return None if hours is None else start + ceil(hours * _HOUR / _FINE) * _FINE
    before = _altitude(rig, body, node, start)
    for step in range(1, int(_DAY / _COARSE) + 1):
        moment = start + step * _COARSE
        after = _altitude(rig, body, node, moment)
        if (before <= limit < after) if upwards else (before >= limit > after):
            return moment
        before = after
    return None


def _values(offset: float, comparator: int) -> dict[str, Any]:
    """Return the properties that the whole family has."""
    return {
        "Data": {
            "Coordinates": dict(_NOWHERE),
            "Offset": float(offset),
            "Comparator": comparator,
        },
        "Comparator": 0,
        "UserMoonAltitude": 0.0,
        "UserSunAltitude": 0.0,
        "AltitudeOffset": 0.0,
        "Coordinates": None,
        "HasDsoParent": False,
    }


class _Wait(Instruction):
    """Waits until something stands above (or below) an altitude."""

    body = Body.TARGET
    upwards = True

    def __init__(self, offset: float = 0.0, name: str | None = None) -> None:
        """Wait for an altitude in degrees."""
        super().__init__(name, **_values(offset, LESS_THAN if self.upwards else GREATER_THAN))
        if self.body is Body.TARGET:
            self.values |= {"Altitude": 0.0, "UpdateInterval": 1}

    def view(self, rig: Rig) -> _View:
        """Compute the altitude."""
        return _look(rig, self, self.body, upwards=self.upwards)

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        view = self.view(rig)
        return {
            "Altitude": view.limit,
            "CurrentAltitude": view.altitude,
            "ExpectedTime": view.text(rig.clock),
        }

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        if self.body is Body.TARGET:
            _inherit(self)
        return dict(self.values)

    @override
    async def run(self, engine: Runner) -> None:
        """Wait; if the altitude is never reached, until it is skipped."""
        rig = engine.rig
        while True:
            view = self.view(rig)
            if (view.altitude > view.limit) is self.upwards:
                return
            await rig.clock.sleep(60)


class WaitForAltitude(_Wait):
    """Waits until the target stands above an altitude."""

    default_name = "Wait for Altitude"


class WaitUntilAboveHorizon(_Wait):
    """Waits until the target stands above the horizon and an offset."""

    default_name = "Wait until Above horizon"


class WaitIfSunAltitude(_Wait):
    """Waits while the sun stands above an altitude."""

    default_name = "Wait if Sun Altitude"
    body = Body.SUN
    upwards = False


class WaitIfMoonAltitude(_Wait):
    """Waits while the moon stands above an altitude."""

    default_name = "Wait if Moon Altitude"
    body = Body.MOON
    upwards = False


class _Altitude(Condition):
    """Holds until something sinks below (or rises above) an altitude."""

    interrupts = True
    has_issues = True
    body = Body.TARGET
    ends_upwards = False
    reason = "Target is below horizon"

    def __init__(self, offset: float = 0.0, name: str | None = None) -> None:
        """Loop until an altitude in degrees."""
        super().__init__(name, **_values(offset, GREATER_THAN), InterruptReason=self.reason)

    def view(self, rig: Rig) -> _View:
        """Compute the altitude."""
        return _look(rig, self, self.body, upwards=self.ends_upwards)

    @override
    def holds(self, rig: Rig) -> bool:
        """Return whether the altitude is not yet reached."""
        if self.body is Body.TARGET:
            _inherit(self)
        altitude = _altitude(rig, self.body, self, rig.clock.true_now())
        limit = float(self.values["Data"]["Offset"])
        return altitude < limit if self.ends_upwards else altitude > limit

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        view = self.view(rig)
        reached = not self.holds(rig)
        shown = {
            "Altitude": view.limit,
            "CurrentAltitude": view.altitude,
            "ExpectedTime": "Now" if reached else view.text(rig.clock),
        }
        if rig.dialect.at_least("2.2.10.0"):
            shown["ExpectedDateTime"] = never() if reached else view.expected or never()
        return shown

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        if self.body is Body.TARGET:
            _inherit(self)
        return dict(self.values)


class LoopWhileAboveHorizon(_Altitude):
    """Holds while the target stands above the horizon and an offset."""

    default_name = "Loop while Altitude Above Horizon"


class LoopUntilAltitudeBelow(_Altitude):
    """Holds until the target sinks below an altitude."""

    default_name = "Loop until Altitude Below"
    reason = "Target is below altitude"


class LoopUntilSunAltitude(_Altitude):
    """Holds until the sun rises above an altitude."""

    default_name = "Loop until Sun Altitude"
    body = Body.SUN
    ends_upwards = True
    reason = "Sun altitude reached"


class LoopUntilMoonAltitude(_Altitude):
    """Holds until the moon rises above an altitude."""

    default_name = "Loop until Moon Altitude"
    body = Body.MOON
    ends_upwards = True
    reason = "Moon altitude reached"
