"""The Live Stack plugin: it stacks saved light frames per target and filter."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clock import SimulationClock
    from .events import Events
    from .images import Frame
    from .picture import Scene

__all__ = ["LiveStack", "Stack"]

_DELAY = 1.1


@dataclass(slots=True)
class Stack:
    """The newest picture of a target and filter."""

    target: str
    filter_name: str
    scene: Scene
    count: int
    color: bool = False

    @property
    def counts(self) -> dict[str, Any]:
        """Return how many frames were stacked, per color for a color stack."""
        if not self.color:
            return {"IsMonochrome": True, "StackCount": self.count}
        colors = dict.fromkeys(("RedStackCount", "GreenStackCount", "BlueStackCount"), self.count)
        return {"IsMonochrome": False, **colors}

    def as_data(self) -> dict[str, Any]:
        """Return what livestack/image/…/info gives."""
        return {**self.counts, "Filter": self.filter_name, "Target": self.target}


class LiveStack:
    """Stacks while it runs; `status` is the plugin's last status."""

    def __init__(self, clock: SimulationClock, events: Events) -> None:
        """Begin stopped."""
        self._clock = clock
        self._events = events
        self.forget()

    def forget(self) -> None:
        """Forget everything, as a restart of N.I.N.A. does."""
        self.installed = True
        self.status = "stopped"
        self.stacks: dict[tuple[str, str], Stack] = {}

    @property
    def running(self) -> bool:
        """Return whether it stacks."""
        return self.status == "Running"

    async def start(self) -> None:
        """Start, and announce it."""
        await self._say("Running")

    async def stop(self) -> None:
        """Stop, and announce it."""
        await self._say("Stopped")

    async def _say(self, status: str) -> None:
        """Broadcast a status, if the plugin is there."""
        if self.installed:
            self.status = status
            await self._events.emit("STACK-STATUS", Status=status)

    async def add(self, frame: Frame) -> None:
        """Stack a saved light frame a little later."""
        if not self.running or frame.image_type != "LIGHT":
            return
        await self._clock.sleep(_DELAY)
        key = (frame.target_name, "RGB" if frame.bayered else frame.filter_name)
        count = self.stacks[key].count + 1 if key in self.stacks else 1
        scene = replace(frame.scene, stacked=count)
        stack = self.stacks[key] = Stack(*key, scene, count, frame.bayered)
        await self._events.emit(
            "STACK-UPDATED", Filter=stack.filter_name, Target=stack.target, **stack.counts
        )
