"""Running a sequence: order, conditions, triggers, failures, skipping (contract 3.15.3)."""

import asyncio
from typing import TYPE_CHECKING

from simulator.sequence.node import (
    Condition,
    Container,
    ErrorBehavior,
    Instruction,
    InstructionError,
    Node,
    Status,
    Trigger,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from simulator.devices.rig import Rig

__all__ = ["Engine", "SequenceAbortedError"]

_WATCH_SECONDS = 5.0


class SequenceAbortedError(Exception):
    """A failed instruction ends the sequence; `to_end` leads to its End container."""

    def __init__(self, *, to_end: bool) -> None:
        """Return where it continues."""
        super().__init__("the sequence was aborted")
        self.to_end = to_end


class _SetSkippedError(Exception):
    """A failed instruction ends the container around it."""


class Engine:
    """Runs the root containers of a tree.

    `running` are the instructions that run now with their tasks; `global_triggers` belong to all
    containers.
    """

    def __init__(self, rig: Rig, roots: list[Container], global_triggers: list[Trigger]) -> None:
        """Run a tree on a rig."""
        self.rig = rig
        self.roots = roots
        self.global_triggers = global_triggers
        self.running: dict[Node, asyncio.Task[None]] = {}
        self._skipped: set[Node] = set()
        self._interrupted: set[Container] = set()

    async def run(self) -> None:
        """Run everything that is still to be run."""
        for root in self.roots:
            root.status = Status.CREATED
        for trigger in self.global_triggers:
            trigger.begin(self.rig)
        skip_to_end = False
        for index, root in enumerate(self.roots):
            if skip_to_end and index < len(self.roots) - 1:
                root.status = Status.SKIPPED
                continue
            try:
                await self.execute(root)
            except SequenceAbortedError as error:
                self.interrupted()
                if not error.to_end:
                    return
                root.status = Status.SKIPPED
                skip_to_end = True

    def interrupted(self) -> None:
        """Set everything that ran back to CREATED, as a stop does."""
        for root in self.roots:
            for node in root.walk():
                if node.status is Status.RUNNING:
                    node.status = Status.CREATED
        for trigger in self.global_triggers:
            if trigger.status is Status.RUNNING:
                trigger.status = Status.CREATED

    def skip_current(self) -> None:
        """Skip the instructions that run now."""
        for node, task in list(self.running.items()):
            if not isinstance(node, Trigger):
                self._skipped.add(node)
            task.cancel()

    def skip_root(self, last: int) -> None:
        """Leave the root container that is run, if it is one of the first so many."""
        for root in self.roots[:last]:
            if root.status is Status.CREATED:
                root.status = Status.SKIPPED
            elif root.status is Status.RUNNING:
                self._interrupted.add(root)
                self._skipped.add(root)
                self.skip_current()

    async def execute(self, node: Instruction) -> None:
        """Run an instruction or container and set its status."""
        if node.status is not Status.CREATED:
            return
        node.status = Status.RUNNING
        failure = await self._attempted(node)
        if node in self._skipped:
            self._skipped.discard(node)
            node.status = Status.SKIPPED
        elif failure is None:
            node.status = Status.FINISHED
        else:
            node.status = Status.FAILED
            self._react(node)

    async def _attempted(self, node: Instruction) -> str | None:
        """Run a node as often as it may try, and return the text of its failure."""
        failure: str | None = None
        for _ in range(node.attempts):
            failure = await self._run_once(node)
            if failure is None:
                break
            await self._announce_failure(node, failure)
        return failure

    async def _run_once(self, node: Instruction) -> str | None:
        """Run a node once and return the text of its failure."""
        issues = [] if isinstance(node, Container) else node.issues(self.rig)
        if issues:
            return "; ".join(issues)
        try:
            if isinstance(node, Container):
                await self._container(node)
            else:
                await self._cancellable(node, node.run(self))
        except InstructionError as error:
            return str(error)
        except _SetSkippedError:
            return None
        return None

    async def _cancellable(self, node: Node, work: Coroutine[object, object, None]) -> None:
        """Run the work of a node so that it can be skipped."""
        task = asyncio.ensure_future(work)
        self.running[node] = task
        try:
            await task
        except asyncio.CancelledError:
            if not self._was_skipped(node):
                raise
        finally:
            del self.running[node]

    def _was_skipped(self, node: Node) -> bool:
        """Return whether a node was canceled alone, not with the whole sequence."""
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            return False
        return node in self._skipped or (node.parent is not None and self._is_left(node.parent))

    def _is_left(self, container: Container) -> bool:
        """Return whether a container, or one around it, is being left before its end."""
        return any(c in self._interrupted for c in (container, *container.ancestors))

    def _react(self, node: Instruction) -> None:
        """Apply the error behavior of a failed node."""
        if node.on_error is ErrorBehavior.SKIP_SET:
            raise _SetSkippedError
        if node.on_error is ErrorBehavior.ABORT:
            raise SequenceAbortedError(to_end=False)
        if node.on_error is ErrorBehavior.SKIP_TO_END:
            raise SequenceAbortedError(to_end=True)

    async def _announce_failure(self, node: Node, failure: str) -> None:
        """Notify the triggers around a failed node, which may announce it."""
        for trigger in self.triggers_around(node):
            announce = getattr(trigger, "announce_failure", None)
            if announce is not None and trigger.enabled:
                await announce(self, node, failure)

    def triggers_around(self, node: Node) -> list[Trigger]:
        """Return the triggers of the containers around a node, then the global ones."""
        around = [trigger for container in node.ancestors for trigger in container.triggers]
        return around + self.global_triggers

    async def _container(self, container: Container) -> None:
        """Run the instructions of a container as long as its conditions allow."""
        container.values["Iterations"] = 0
        for node in (*container.conditions, *container.triggers):
            node.begin(self.rig)
        try:
            await self._guarded(container)
        finally:
            self._interrupted.discard(container)
            for item in container.items:
                if item.status is Status.CREATED and not container.bare:
                    self._mark_skipped(item)

    def _mark_skipped(self, item: Instruction) -> None:
        """Skip the nodes that were not run, unless the whole sequence is being stopped."""
        current = asyncio.current_task()
        if current is None or not current.cancelling():
            item.status = Status.SKIPPED

    async def _guarded(self, container: Container) -> None:
        """Run the rounds of a container, and end them when a watched condition fails."""
        run = getattr(container, "run_itself", None)
        body = run(self) if run is not None else self._rounds(container)
        watched = [c for c in container.conditions if c.interrupts and c.enabled]
        if not watched:
            await body
            return
        rounds, guard = asyncio.ensure_future(body), asyncio.ensure_future(self._watch(watched))
        try:
            await asyncio.wait({rounds, guard}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if guard.done() and not rounds.done():
                self._interrupted.add(container)
            for task in (rounds, guard):
                task.cancel()
            await asyncio.gather(rounds, guard, return_exceptions=True)
        self._back_to_created(container)
        if not rounds.cancelled() and (error := rounds.exception()) is not None:
            raise error

    def _back_to_created(self, container: Container) -> None:
        """Set what still ran in an interrupted container back."""
        for node in container.walk():
            if node is not container and node.status is Status.RUNNING:
                node.status = Status.CREATED

    async def _watch(self, conditions: list[Condition]) -> None:
        """Return when one of the conditions no longer holds."""
        while all(self._holds(condition) for condition in conditions):
            await self.rig.clock.sleep(_WATCH_SECONDS)

    async def _rounds(self, container: Container) -> None:
        """Run a container round by round."""
        while True:
            if container.parallel:
                await self._all_at_once(container)
            elif not await self._one_after_another(container):
                return
            container.values["Iterations"] += 1
            for condition in container.conditions:
                condition.round_finished()
            looping = any(condition.enabled for condition in container.conditions)
            if not looping or not self._may_go_on(container):
                return
            for item in container.items:
                item.reset()
            await self.rig.clock.sleep(0.1)

    async def _one_after_another(self, container: Container) -> bool:
        """Run one round, and return whether it was run to its end."""
        while (item := _first_created(container)) is not None:
            if self._is_left(container) or not self._may_go_on(container):
                return False
            await self.run_triggers(item)
            if item.status is Status.CREATED and self._may_go_on(container):
                await self.execute(item)
        return True

    async def _all_at_once(self, container: Container) -> None:
        """Run all instructions at the same time."""
        waiting = [item for item in container.items if item.status is Status.CREATED]
        await asyncio.gather(*(self.execute(item) for item in waiting))

    async def run_triggers(self, following: Node) -> None:
        """Run the triggers that are due before a node."""
        for trigger in self.triggers_around(following):
            if trigger.enabled and trigger.due(self, following):
                await self._trigger(trigger)

    async def _trigger(self, trigger: Trigger) -> None:
        """Run a trigger and set its status."""
        trigger.status = Status.RUNNING
        try:
            await self._cancellable(trigger, trigger.run(self))
        except InstructionError as error:
            trigger.status = Status.FAILED
            await self._announce_failure(trigger, str(error))
        except asyncio.CancelledError:
            trigger.status = Status.CREATED
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
        else:
            trigger.status = Status.FINISHED

    def _may_go_on(self, container: Container) -> bool:
        """Return whether the conditions of a container and of all around it hold."""
        chain = (container, *container.ancestors)
        return all(self._holds(c) for each in chain for c in each.conditions if c.enabled)

    def _holds(self, condition: Condition) -> bool:
        """Return whether a condition holds, and set its status."""
        holds = condition.holds(self.rig)
        condition.status = Status.CREATED if holds else Status.FINISHED
        return holds


def _first_created(container: Container) -> Instruction | None:
    """Return the first instruction that is still to be run."""
    return next((item for item in container.items if item.status is Status.CREATED), None)
