"""The Target Scheduler's container: it asks the planner for one exposure after another."""

from datetime import datetime
import math
from typing import TYPE_CHECKING, Any, override

from simulator.enums import Epoch
from simulator.scheduler.model import AcquiredFrame
from simulator.scheduler.planner import Exposure, Planner, Wait
from simulator.sequence.exposures import TakeExposure
from simulator.sequence.kinds import Simple
from simulator.sequence.node import Condition, Container, InstructionError, Status
from simulator.sequence.pointing_items import SWITCH_FILTER
from simulator.sky import Coordinates, dec_string, ra_string

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.devices.rig import Rig
    from simulator.scheduler.model import Target
    from simulator.sequence.node import Runner

__all__ = ["TargetSchedulerCondition", "TargetSchedulerContainer", "target_tonight"]

_FWHM_PER_HFR = 1.45
_PLATE_SOLVE_ATTEMPTS = 3
_PATIENCE_SECONDS = 300.0


class PlannedExposure(TakeExposure):
    """An exposure that the planner chose; it is not in the tree."""

    def __init__(self, step: Exposure) -> None:
        """Take the exposure of a plan."""
        plan = step.plan
        super().__init__(
            ExposureTime=float(plan.seconds),
            Gain=plan.gain,
            Offset=plan.offset,
            Binning={"X": plan.binning, "Y": plan.binning},
        )
        self._name = step.target.name

    @property
    @override
    def target_name(self) -> str:
        """Return the name of the scheduler's target."""
        return self._name


class TargetSchedulerContainer(Container):
    """Images the planner's choice; in the tree it has no children, even while it exposes."""

    default_name = "Target Scheduler Container"
    has_issues = True

    def __init__(self, name: str | None = None, *, home_while_waiting: bool = True) -> None:
        """Image tonight's targets; the mount may be sent home while it waits."""
        super().__init__(name)
        self._home_while_waiting = home_while_waiting
        self._target: Target | None = None
        self._taken = 0
        self._progress: list[dict[str, Any]] = []

    @override
    def issues(self, rig: Rig) -> list[str]:
        """Return that it has no target, about which the checklist always complains."""
        return ["No target"]

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the plugin's properties, with rows of progress that grow during the night."""
        return {**self.values, "SchedulerProgress": {"Items": list(self._progress)}}

    @override
    def reset(self) -> None:
        """Forget the target and the progress."""
        super().reset()
        self._target = None
        self._progress.clear()

    async def run_itself(self, engine: Runner) -> None:
        """Image until the night, or the plan, is over."""
        rig = engine.rig
        planner = _planner(rig)
        if planner is None:
            raise InstructionError("Target Scheduler is not installed")
        self._target = None
        while (step := planner.next(rig.clock.true_now())) is not None:
            if isinstance(step, Wait):
                await self._wait(engine, step)
            else:
                await self._image(engine, planner, step)

    async def _wait(self, engine: Runner, step: Wait) -> None:
        """Wait for the next target: stop guiding, go home."""
        rig = engine.rig
        self._target = None
        await rig.events.emit("TS-WAITSTART", WaitEndTime=rig.clock.localize(step.until))
        self._note(rig, f"Wait until {rig.clock.shown(step.until):%H:%M}", "")
        if rig.guider.guiding:
            await rig.guider.routines.stop()
        if self._home_while_waiting and rig.mount.connected and not rig.mount.parked:
            await rig.mount.routines.find_home()
        await rig.clock.sleep((step.until - rig.clock.true_now()).total_seconds())

    async def _image(self, engine: Runner, planner: Planner, step: Exposure) -> None:
        """Announce an exposure, get ready for it, take it and enter it into the database."""
        rig = engine.rig
        payload = _payload(rig, step)
        is_new = step.target is not self._target
        if is_new:
            await rig.events.emit("TS-NEWTARGETSTART", **payload)
        await rig.events.emit("TS-TARGETSTART", **payload)
        if is_new:
            await self._acquire(engine, step)
        exposure = PlannedExposure(step)
        exposure.parent = self
        await self._dither(engine, step)
        await self._change_filter(engine, step)
        await engine.run_triggers(exposure)
        if await self._take(engine, exposure):
            self._enter(rig, planner, step)
            await rig.clock.sleep(rig.random.uniform(0.8, 1.6))

    async def _acquire(self, engine: Runner, step: Exposure) -> None:
        """Slew to a new target, center and rotate."""
        rig, target = engine.rig, step.target
        if rig.guider.guiding:
            await rig.guider.routines.stop()
        angle = target.rotation if rig.rotator.connected else None
        for _ in range(_PLATE_SOLVE_ATTEMPTS):
            if await rig.pointing.center(target.coordinates, angle):
                break
            await rig.clock.sleep(60)
        else:
            await rig.clock.sleep(_PATIENCE_SECONDS)
            raise InstructionError(f"{target.name} could not be centered")
        self._target, self._taken = target, 0
        self._note(rig, target.name, step.project.name)

    async def _dither(self, engine: Runner, step: Exposure) -> None:
        """Dither as often as the project sets."""
        every = step.project.dither_every
        if every and self._taken and self._taken % every == 0:
            await engine.rig.guider.routines.dither()
        self._taken += 1

    async def _change_filter(self, engine: Runner, step: Exposure) -> None:
        """Change the filter when another one is wanted."""
        wheel = engine.rig.filter_wheel
        name = _filter_of(engine.rig, step.plan.filter_name)
        if not wheel.connected or wheel.selected_name == name:
            return
        switch = Simple(SWITCH_FILTER, Filter=name)
        switch.parent = self
        await engine.execute(switch)

    async def _take(self, engine: Runner, exposure: PlannedExposure) -> bool:
        """Take an exposure, and return whether it was saved."""
        await engine.execute(exposure)
        if exposure.status is not Status.FINISHED:
            await engine.rig.clock.sleep(5)
        return exposure.status is Status.FINISHED

    def _enter(self, rig: Rig, planner: Planner, step: Exposure) -> None:
        """Enter the newest frame into the database."""
        frame = rig.images.frames[-1]
        hfr = frame.hfr
        measured = not math.isnan(hfr)
        if rig.scheduler_store is None:
            return
        rig.scheduler_store.record(
            step.project,
            step.target,
            step.plan,
            AcquiredFrame(
                step.plan.filter_name,
                step.plan.seconds,
                frame.saved_at,
                hfr,
                hfr * _FWHM_PER_HFR if measured else math.nan,
                min(0.9, 0.35 + 0.1 * rig.guider.rms[2]) if measured else math.nan,
            ),
        )
        planner.taken(step)
        self._note(rig, step.target.name, step.plan.filter_name)

    def _note(self, rig: Rig, what: str, more: str) -> None:
        """Add a row of progress."""
        row = {"StartTime": rig.clock.now(), "Name": what, "Detail": more}
        self._progress.append(row)


class TargetSchedulerCondition(Condition):
    """Holds while targets remain tonight."""

    default_name = "Target Scheduler Condition"
    has_issues = True

    @override
    def holds(self, rig: Rig) -> bool:
        """Return whether the planner still wants something tonight."""
        planner = _planner(rig)
        return planner is not None and planner.next(rig.clock.true_now()) is not None


def target_tonight(rig: Rig) -> Coordinates | None:
    """Return where the target is that the planner wants now, or next."""
    planner = _planner(rig)
    step = planner.next(rig.clock.true_now()) if planner is not None else None
    return step.target.coordinates if step is not None else None


def _planner(rig: Rig) -> Planner | None:
    """Return a planner for the active profile, None if there is no Target Scheduler."""
    if rig.scheduler_store is None:
        return None
    store = rig.scheduler_store
    return Planner(store, rig.site, store.active_profile.profile_id, rig.clock.true_now())


def _filter_of(rig: Rig, wanted: str) -> str:
    """Return the wheel's name of a filter of the scheduler: `Ha` may be called `H` there."""
    names = [entry["Name"] for entry in rig.filter_wheel.filters]
    return wanted if wanted in names else next(_alike(names, wanted), wanted)


def _alike(names: list[str], wanted: str) -> Iterator[str]:
    """Yield the names that begin with the same letter."""
    return (name for name in names if name[:1].upper() == wanted[:1].upper())


def _payload(rig: Rig, step: Exposure) -> dict[str, Any]:
    """Return what both start events carry; the end time is local, without offset."""
    place = step.target.coordinates
    until: datetime = rig.clock.shown(rig.clock.localize(step.until)).replace(tzinfo=None)
    return {
        "TargetName": step.target.name,
        "ProjectName": step.project.name,
        "Coordinates": {
            "RA": float(place.ra_hours),
            "Dec": float(place.dec_degrees),
            "RAString": ra_string(place.ra_hours),
            "DecString": dec_string(place.dec_degrees),
            "Epoch": Epoch.J2000,
            "RADegrees": float(place.ra_degrees),
        },
        "Rotation": float(step.target.rotation),
        "TargetEndTime": until,
    }
