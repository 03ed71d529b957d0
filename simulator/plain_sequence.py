"""A small sequence: cool, unpark, open, image through the filters until stopped, park, close."""

import asyncio
import copy
from typing import TYPE_CHECKING, Any

from .astrometry import wire_coordinates
from .reply import Refusal
from .routines.camera import Exposure
from .sky import Coordinates

if TYPE_CHECKING:
    from .enums import SequenceSkip
    from .observatory import Observatory

__all__ = ["PlainSequence"]

_CATALOGUE = {
    "M 31": Coordinates(0.7123, 41.2687),
    "NGC 2244": Coordinates(6.5383, 4.9417),
    "M 81": Coordinates(9.9258, 69.0653),
    "M 51": Coordinates(13.4980, 47.1952),
    "M 13": Coordinates(16.6949, 36.4613),
    "NGC 7000": Coordinates(20.9769, 44.5278),
}
_INITIALISE_SECONDS = 7.5


class PlainSequence:
    """A running sequence without a full sequencer behind it; its tree is made of plain nodes."""

    def __init__(self, observatory: Observatory) -> None:
        """Belong to an observatory; not initialised yet."""
        self.observatory = observatory
        self.initialised = False
        self.exposure_seconds = 60.0
        self.target_name, self.target = self._best_placed()
        self.tree = self._fresh()
        self._task: asyncio.Task[None] | None = None

    def _best_placed(self) -> tuple[str, Coordinates]:
        """Return the target that is highest in the east now."""
        site, now = self.observatory.site, self.observatory.clock.true_now()

        def merit(name: str) -> float:
            eastern = site.hour_angle(_CATALOGUE[name], now) < -0.5
            return site.horizontal(_CATALOGUE[name], now).altitude + (100 if eastern else 0)

        best = max(_CATALOGUE, key=merit)
        return best, _CATALOGUE[best]

    def aim_before_meridian(self, minutes: float) -> None:
        """Choose a target that reaches the meridian in some minutes."""
        now = self.observatory.clock.true_now()
        hours = self.observatory.site.sidereal_time(now) + minutes / 60
        self.target = Coordinates(hours % 24, 20.0, "JNOW")

    @property
    def running(self) -> bool:
        """Tell whether the sequence was started and has not finished."""
        return self._task is not None and not self._task.done()

    async def initialise(self) -> None:
        """Become ready some seconds after N.I.N.A. started."""
        await self.observatory.clock.sleep(_INITIALISE_SECONDS)
        self.initialised = True

    def _fresh(self) -> list[dict[str, Any]]:
        """Return the tree with nothing done."""
        filters = [self._smart_exposure(name) for name in ("L", "R", "G", "B")]
        target = _container(
            f"{self.target_name}_Container",
            [
                _node("Slew and center", Coordinates=None),
                _node("Start Guiding", ForceCalibration=False),
                _container("Imaging_Container", filters),
            ],
        )
        start = [
            _node("Cool Camera", Temperature=-10.0, MinCoolingTime=0.0),
            _node("Open Dome Shutter"),
            _node("Unpark Scope"),
        ]
        end = [_node("Stop Guiding"), _node("Park Scope"), _node("Close Dome Shutter")]
        return [
            {"GlobalTriggers": [{**_node("Meridian Flip_Trigger"), "TimeToFlip": 24.0}]},
            _container("Start_Container", start),
            _container("Targets_Container", [target]),
            _container("End_Container", end),
        ]

    def _smart_exposure(self, name: str) -> dict[str, Any]:
        """Return a smart exposure through a filter."""
        return _node(
            "Smart Exposure",
            ExposureTime=self.exposure_seconds,
            ExposureCount=0,
            Binning={"Name": "1x1", "X": 1, "Y": 1},
            Gain=-1,
            Offset=-1,
            Type="LIGHT",
            DitherProgressExposures=0,
            DitherTargetExposures=0,
            Iterations=10,
            CompletedIterations=0,
            Filter=name,
        )

    def require(self, code: int = 409) -> None:
        """Refuse while the sequencer is not initialised."""
        if not self.initialised:
            raise Refusal("Sequence is not initialized", code)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the tree as sequence/json gives it."""
        tree = copy.deepcopy(self.tree)
        mount = self.observatory.mount
        tree[0]["GlobalTriggers"][0]["TimeToFlip"] = float(mount.known["TimeToMeridianFlip"])
        slew = tree[2]["Items"][0]["Items"][0]
        slew["Coordinates"] = wire_coordinates(self.target, self.observatory.clock)
        return tree

    async def start(self, *, skip_validation: bool) -> None:
        """Start; this sequence is always valid."""
        del skip_validation
        self._task = self.observatory.tasks.start(self._run())

    async def stop(self) -> None:
        """Stop; the exposure is broken off."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self.observatory.camera.routines.abort()

    def reset(self) -> None:
        """Set everything back, running or not."""
        self.tree = self._fresh()

    def as_state(self) -> list[dict[str, Any]] | None:
        """Return the tree as sequence/state gives it."""
        return self.as_json()

    async def skip(self, kind: SequenceSkip) -> None:
        """Skip: here the exposure under way ends, whatever was asked."""
        del kind
        self.observatory.camera.routines.abort()

    def load(self, content: Any) -> None:
        """Load this sequence anew; raises ValueError for what is no sequence."""
        if not isinstance(content, dict) or "Items" not in content:
            raise ValueError("neither a sequence nor a target")
        self.tree = self._fresh()

    def set_target(
        self, index: int, name: str | None, ra: float, dec: float, rotation: float
    ) -> bool:
        """Change the only target; False for any other."""
        del rotation
        if index:
            return False
        self.target_name, self.target = name or "", Coordinates.from_degrees(ra, dec)
        self.tree[2]["Items"][0]["Name"] = f"{self.target_name}_Container"
        return True

    def edit(self, path: str, value: str) -> None:
        """Change a number of the tree; raises what a wrong path or value causes."""
        first, *way, last = path.split("-")
        place: Any = self.tree[{"Start": 1, "Imaging": 2, "End": 3}[first]]
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[last] = type(place[last])(value)

    def resume_imaging(self) -> None:
        """Have it image as if the start had been done."""
        for node in self.tree[1]["Items"]:
            node["Status"] = "FINISHED"
        target = self.tree[2]["Items"][0]
        for node in target["Items"][:2]:
            node["Status"] = "FINISHED"
        self._task = self.observatory.tasks.start(self._run())

    async def _run(self) -> None:
        """Run from the first node that was not run."""
        events = self.observatory.events
        await events.emit("SEQUENCE-STARTING")
        try:
            await self.observatory.clock.sleep(0.8)
            for container in self.tree[1:]:
                await self._container(container)
        except asyncio.CancelledError:
            _reset_running(self.tree[1:])
            await events.emit("SEQUENCE-FINISHED")
            raise
        await events.emit("SEQUENCE-FINISHED")

    async def _container(self, container: dict[str, Any]) -> None:
        """Run a container's nodes one after another."""
        container["Status"] = "RUNNING"
        for node in container["Items"]:
            if node["Status"] == "CREATED":
                await (self._container(node) if "Items" in node else self._node(node))
        container["Status"] = "FINISHED"

    async def _node(self, node: dict[str, Any]) -> None:
        """Run an instruction."""
        node["Status"] = "RUNNING"
        await self._execute(node)
        node["Status"] = "FINISHED"

    async def _execute(self, node: dict[str, Any]) -> None:
        """Do what an instruction says."""
        observatory = self.observatory
        name = node["Name"]
        if name == "Smart Exposure":
            await self._expose(node)
        elif name == "Cool Camera":
            await observatory.camera.cooling.cool(node["Temperature"], 0)
        elif name == "Open Dome Shutter":
            await observatory.dome.routines.open_shutter()
        elif name == "Close Dome Shutter":
            await observatory.dome.routines.close_shutter()
        elif name == "Unpark Scope":
            await observatory.mount.routines.unpark()
        elif name == "Park Scope":
            await observatory.mount.routines.park()
        elif name == "Slew and center":
            await observatory.mount.routines.center(self.target)
        elif name == "Start Guiding":
            await observatory.guider.routines.start(calibrate=False)
        elif name == "Stop Guiding":
            await observatory.guider.routines.stop()

    async def _expose(self, node: dict[str, Any]) -> None:
        """Take the frames of a smart exposure."""
        wheel = self.observatory.filter_wheel
        index = wheel.index_of(node["Filter"])
        if index is not None and wheel.connected:
            await wheel.change_to(index)
        while node["CompletedIterations"] < node["Iterations"]:
            exposure = Exposure(node["ExposureTime"], "LIGHT", self.target_name)
            if await self.observatory.camera.routines.take(exposure) is None:
                await self.observatory.clock.sleep(5)
                continue
            node["CompletedIterations"] += 1
            node["ExposureCount"] += 1


def _node(name: str, **keys: Any) -> dict[str, Any]:
    """Return an instruction."""
    return {"Name": name, "Status": "CREATED", **keys}


def _container(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a container."""
    return {"Name": name, "Status": "CREATED", "Conditions": [], "Triggers": [], "Items": items}


def _reset_running(nodes: list[dict[str, Any]]) -> None:
    """Set everything that ran back to CREATED."""
    for node in nodes:
        if node["Status"] == "RUNNING":
            node["Status"] = "CREATED"
        _reset_running(node.get("Items", []))
