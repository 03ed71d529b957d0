"""Flat frames made by the API: one process at a time, independent of the sequence."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .devices.exposures import Exposure

if TYPE_CHECKING:
    from .devices.rig import Rig

__all__ = ["FlatPlan", "Flats"]


@dataclass(frozen=True, slots=True)
class FlatPlan:
    """An exposure; None means the instruction's own default."""

    kind: str
    count: int = 0
    filter_index: int | None = None
    exposure: float | None = None
    brightness: int | None = None
    level: float = 0.5
    tolerance: float = 0.1
    keep_closed: bool = False
    dark: bool = False
    gain: int = -1
    offset: int = -1
    binning: int | None = None
    limits: tuple[float, float] = field(default=(0.1, 10.0))


class Flats:
    """The process that exposes flats."""

    def __init__(self, rig: Rig) -> None:
        """Begin without a process."""
        self.rig = rig
        self.forget()

    def forget(self) -> None:
        """Forget everything, as a restart of N.I.N.A. does."""
        self.total = self.completed = -1
        self._task: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        """Return whether there ever was a process."""
        return self._task is not None

    @property
    def running(self) -> bool:
        """Return whether a process runs."""
        return self._task is not None and not self._task.done()

    def status(self) -> dict[str, Any]:
        """Return what flats/status gives."""
        if not self.running:
            return {"State": "Finished", "TotalIterations": -1, "CompletedIterations": -1}
        return {
            "State": "Running",
            "TotalIterations": self.total,
            "CompletedIterations": self.completed,
        }

    def start(self, plan: FlatPlan) -> asyncio.Task[None]:
        """Start a process."""
        self.total, self.completed = plan.count, 0
        self._task = task = self.rig.context.tasks.start(self._run(plan), "flats")
        return task

    def stop(self) -> None:
        """Stop the process, if it still runs."""
        if self.running:
            self.rig.context.tasks.cancel("flats")
            self.rig.camera.routines.abort()

    def issues(self, plan: FlatPlan) -> list[str]:
        """Return the reason against a process, in the program's language."""
        found = []
        if not self.rig.camera.connected:
            found.append("Camera is not connected")
        if plan.kind != "sky" and not self.rig.flat_panel.connected:
            found.append("Flat panel is not connected")
        return found

    async def through_all_filters(self, count: int) -> None:
        """Expose flats through every filter of the profile, as if asked for by the API.

        A person who stops one of these runs wants no more of them.
        """
        for index in range(len(self.rig.filter_wheel.filters)):
            task = self.start(FlatPlan("auto-exposure", count, index, 1.5, keep_closed=True))
            await asyncio.wait([task])
            if task.cancelled():
                return

    async def _run(self, plan: FlatPlan) -> None:
        """Prepare panel and filter, find the exposure, expose, and tidy up."""
        panel, wheel = self.rig.flat_panel, self.rig.filter_wheel
        uses_panel = plan.kind != "sky"
        if plan.filter_index is not None and wheel.connected:
            await wheel.change_to(plan.filter_index)
        if uses_panel:
            await panel.move_cover(closed=True)
            if not plan.dark:
                await panel.switch_light(on=True)
                await panel.dim(plan.brightness or panel.max_brightness // 4)
        seconds = await self._found_exposure(plan)
        for _ in range(plan.count):
            frame = await self.rig.camera.routines.take(self._exposure(plan, seconds))
            if frame is None:
                return
            self.completed += 1
        if uses_panel:
            await panel.switch_light(on=False)
            if not plan.keep_closed:
                await panel.move_cover(closed=False)

    async def _found_exposure(self, plan: FlatPlan) -> float:
        """Return the exposure in seconds, after a trial where it is to be found."""
        low, high = plan.limits
        seconds = plan.exposure if plan.exposure is not None else min(high, max(low, 2.0))
        if plan.kind in ("sky", "auto-exposure", "auto-brightness") and plan.count > 0:
            trial = self._exposure(plan, seconds, save=False)
            await self.rig.camera.routines.take(trial)
        return seconds

    def _exposure(self, plan: FlatPlan, seconds: float, *, save: bool = True) -> Exposure:
        """Return one exposure of a plan, near the wanted level."""
        wobble = self.rig.random.uniform(-0.3, 0.3) * plan.tolerance
        level = 0.0 if plan.dark else 65535 * plan.level * (1 + wobble)
        kind = "DARK" if plan.dark else "FLAT"
        return Exposure(
            seconds,
            kind,
            "FlatWizard" if plan.kind == "sky" else "",
            plan.gain,
            plan.offset,
            plan.binning,
            save=save,
            level=level,
        )
