"""N.I.N.A.'s advanced sequencer: the loaded sequence, its run, its dialogs."""

import asyncio
from typing import TYPE_CHECKING, Any

from simulator.enums import SequenceSkip
from simulator.reply import Refusal
from simulator.sequence.edit import edit
from simulator.sequence.engine import Engine
from simulator.sequence.files import plan_from
from simulator.sequence.library import SCHEDULED, best_placed, evening, library
from simulator.sequence.target_scheduler import target_tonight
from simulator.sky import Coordinates

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.plan import Plan

__all__ = ["Sequencer"]

_INITIALIZE_SECONDS = 7.5
_BEGIN_SECONDS = 0.8
_TASK = "sequence"


class Sequencer:
    """The sequencer of N.I.N.A.

    `plan` is what is loaded. `files` are the saved sequences by name, None without their folder.
    """

    def __init__(self, rig: Rig) -> None:
        """Load a plain sequence for the target that is best placed; not initialized yet."""
        self.rig = rig
        self.files: dict[str, Any] | None = None
        self.forget()

    def forget(self) -> None:
        """Forget everything but the saved sequences, as a restart of N.I.N.A. does."""
        self.initialized = False
        self.fails_to_reflect = False
        self._validated = False
        self.plan: Plan = evening(self.rig)
        self._engine: Engine | None = None
        self._task: asyncio.Task[None] | None = None
        if not self.files:
            self.files = library()

    @property
    def running(self) -> bool:
        """Return whether it was started and has not finished, also while the checklist is shown."""
        return self._task is not None and not self._task.done()

    @property
    def target_name(self) -> str:
        """Return the name of the first target, "" without any."""
        targets = self.plan.targets
        return targets[0].name if targets else ""

    @property
    def target(self) -> Coordinates:
        """Return the place of the first target, or of the Target Scheduler's one."""
        targets = self.plan.targets
        if targets:
            return targets[0].place
        return target_tonight(self.rig) or best_placed(self.rig).coordinates

    async def initialize(self) -> None:
        """Become ready some seconds after N.I.N.A. started."""
        await self.rig.clock.sleep(_INITIALIZE_SECONDS)
        self.initialized = True

    def require(self, code: int = 409) -> None:
        """Refuse while the sequencer is not initialized."""
        if not self.initialized:
            raise Refusal("Sequence is not initialized", code)

    def as_json(self) -> list[Any]:
        """Return the tree as `sequence/json` gives it."""
        return self.plan.as_json(self.rig)

    def as_state(self) -> list[Any] | None:
        """Return the tree as `sequence/state` gives it, None when serializing fails."""
        if self.fails_to_reflect:
            return None
        tree = self.plan.as_state(self.rig)
        if not self._validated and self.rig.context.faults.find("not_validated"):
            _empty_issues(tree)
        return tree

    async def start(self, *, skip_validation: bool = True) -> None:
        """Start, or refuse while it runs."""
        self.require()
        if self.running:
            raise Refusal("Sequence is already running", 409)
        self._begin(skip_validation=skip_validation)

    def _begin(self, *, skip_validation: bool) -> None:
        """Run in the background."""
        work = self._run(skip_validation=skip_validation)
        self._task = self.rig.context.tasks.start(work, _TASK)

    async def stop(self) -> None:
        """Stop the run; a dialog stays open. A fault may change that."""
        stubborn = self.rig.context.faults.find("stubborn_sequence")
        if stubborn is None:
            self._cancel()
            return
        stubborn.used += 1
        mode, seconds = stubborn.options["mode"], stubborn.options["seconds"]
        if mode in ("reset", "restart"):
            self._cancel()
        if mode != "ignore":
            self.rig.context.tasks.start(self._afterwards(mode, seconds))

    def _cancel(self) -> None:
        """End the run."""
        if self._engine is not None and self._task is not None:
            self._task.cancel()

    async def _afterwards(self, mode: str, seconds: float) -> None:
        """Act as a person or a plugin does some seconds after a stop."""
        await self.rig.clock.sleep(seconds)
        if mode == "late":
            self._cancel()
        elif mode == "reset":
            self.plan.reset()
        elif not self.running:
            self._begin(skip_validation=True)

    def reset(self) -> None:
        """Set everything back, running or not."""
        self.require()
        self.plan.reset()

    async def skip(self, kind: SequenceSkip) -> None:
        """Skip the running instruction, or leave the start, or start and targets."""
        if self._engine is None:
            return
        if kind is SequenceSkip.CURRENT_ITEMS:
            self._engine.skip_current()
        else:
            self._engine.skip_root(1 if kind is SequenceSkip.TO_IMAGING else 2)

    async def run(self, name: str) -> None:
        """Load a sequence of the library and start it, like a person at the computer.

        Raises ValueError for a name that is not there or no sequence.
        """
        files = self.files or {}
        if name not in files:
            raise ValueError(f"there is no sequence {name!r} (known: {', '.join(files)})")
        self.load(files[name])
        await self.start()

    def load(self, content: Any) -> None:
        """Load a sequence: a maker of a plan, or the JSON of a file.

        Raises ValueError for a file that is neither a sequence nor a target.
        """
        self.plan = content(self.rig) if callable(content) else plan_from(content)
        self._validated = False

    def set_target(
        self, index: int, name: str | None, ra: float, dec: float, rotation: float
    ) -> bool:
        """Write the target of a target container (degrees), and return whether there is one."""
        targets = self.plan.targets
        if index >= len(targets):
            return False
        targets[index].aim(name, Coordinates.from_degrees(ra, dec), rotation)
        return True

    def edit(self, path: str, value: str) -> None:
        """Change a property; raises KeyError or ValueError if it does not fit."""
        edit(self.plan, path, value)

    def aim_before_meridian(self, minutes: float) -> None:
        """Load a plain sequence for a target that reaches the meridian in some minutes."""
        rig = self.rig
        now = rig.clock.true_now()
        hours = (rig.site.sidereal_time(now) + minutes / 60) % 24
        place = Coordinates(hours, 20.0, "JNOW").to_j2000(now)
        self.plan = evening(rig, "Transit", place)

    def prepare_night(self) -> None:
        """Load the night by the Target Scheduler where there is one."""
        if self.rig.scheduler_store is not None and self.files:
            self.load(self.files[SCHEDULED])

    def resume_imaging(self) -> None:
        """Have it image as if the start had been done."""
        self.plan.pretend_done("Slew and center", "Start Guiding", "Camera Prep", "Get ready")
        self._begin(skip_validation=True)

    async def _run(self, *, skip_validation: bool) -> None:
        """Run the loaded sequence, after a person accepted the complaints of the checklist."""
        rig = self.rig
        await rig.events.emit("SEQUENCE-STARTING")
        issues = [] if skip_validation else self.plan.issues(rig)
        self._validated = self._validated or not skip_validation
        agreed = not issues or await rig.context.dialogs.ask("\n".join(issues))
        if agreed:
            await self._work()
        await rig.events.emit("SEQUENCE-FINISHED")

    async def _work(self) -> None:
        """Run the engine until it ends or is stopped."""
        rig = self.rig
        engine = Engine(rig, self.plan.roots, self.plan.global_triggers)
        self._engine = engine
        try:
            await rig.clock.sleep(_BEGIN_SECONDS)
            await engine.run()
        except asyncio.CancelledError:
            engine.interrupted()
            current = asyncio.current_task()
            if current is not None:
                current.uncancel()
        finally:
            self._engine = None


def _empty_issues(nodes: list[Any]) -> None:
    """Give nodes the state of those that were never validated."""
    for node in nodes:
        if "Issues" in node:
            node["Issues"] = []
        for below in ("GlobalTriggers", "Triggers", "Conditions", "Items"):
            _empty_issues(node.get(below, []))
