"""Procedures: several confirmed commands in sequence, with a result for every step."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations

from ..api import one_line, plain
from ..const import DOMAIN, LOGGER
from ..errors import EndedError, Reason, RefusedError, error_key, is_absence
from ..events.bus import async_fire_own
from ..helpers.listeners import Listeners
from ..helpers.words import error_in_words
from .command import Command
from .runner import CommandRunner

_STEP_TEXT: Final = f"component.{DOMAIN}.entity.sensor.procedure_step.state."


class Step(StrEnum):
    """A step of a procedure; the values are keys of texts."""

    STOP_SEQUENCE = "stop_sequence"
    STOP_GUIDING = "stop_guiding"
    ABORT_EXPOSURE = "abort_exposure"
    PARK_MOUNT = "park_mount"
    CLOSE_COVER = "close_cover"
    CLOSE_ROOF = "close_roof"
    WARM_CAMERA = "warm_camera"
    DISCONNECT = "disconnect"
    CONNECT = "connect"
    UNPARK_MOUNT = "unpark_mount"
    COOL_CAMERA = "cool_camera"
    LOAD_SEQUENCE = "load_sequence"
    START_SEQUENCE = "start_sequence"


class Outcome(StrEnum):
    """The result of a step; the values are part of the report.

    Absent: there is no device for it. Left to sequence: the sequence does it later itself.
    """

    DONE = "done"
    ABSENT = "absent"
    LEFT_TO_SEQUENCE = "left_to_sequence"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """A step that is over."""

    step: Step
    outcome: Outcome
    seconds: float = 0.0
    error: HomeAssistantError | None = None

    def as_data(self, hass: HomeAssistant) -> dict[str, Any]:
        """Return the result as plain data, with the error in words."""
        data: dict[str, Any] = {
            "step": plain(self.step),
            "result": plain(self.outcome),
            "seconds": round(self.seconds, 1),
        }
        if self.error is not None:
            data["error"] = error_key(self.error)
            data["message"] = error_in_words(hass, self.error)
        return data


class Procedure(ABC):
    """One run of a procedure."""

    name: ClassVar[str]

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, runner: CommandRunner, steps: list[Step]
    ) -> None:
        self.hass = hass
        self.entry = entry
        self.steps = steps
        self._runner = runner
        self.results: dict[Step, StepResult] = {}
        self.current: Step | None = None
        # Called when a step begins or ends.
        self.on_change: Callable[[], None] = lambda: None
        # The error of callers whose procedure was canceled.
        self.cancel_reason = Reason.UNLOADED

    async def async_run(self) -> dict[str, Any]:
        """Carry out the steps and return the report.

        A failed step is part of the report. Raises HomeAssistantError at the end if the procedure
        failed as a whole.
        """
        LOGGER.info("%s: %s started", self.entry.title, self.name)
        await self._async_run()
        for step in self.steps:
            self.results.setdefault(step, StepResult(step=step, outcome=Outcome.NOT_REACHED))
        report = self.report()
        async_fire_own(self.hass, self.entry, f"{self.name}_finished", report)
        LOGGER.info("%s: %s finished: %s", self.entry.title, self.name, report)
        self._conclude()
        return report

    @abstractmethod
    async def _async_run(self) -> None:
        """Carry out the steps."""

    @abstractmethod
    def _conclude(self) -> None:
        """Raise HomeAssistantError if the procedure missed its purpose."""

    def report(self) -> dict[str, Any]:
        """Return the results in the order of the steps."""
        return {"steps": [self.results[step].as_data(self.hass) for step in self.steps]}

    def serves(self, other: Procedure) -> bool:
        """Return whether a caller of the other procedure can wait for this one instead."""
        return self.name == other.name

    def _outcome_of(self, _err: HomeAssistantError) -> Outcome:
        """Return the outcome of a step that raised an error other than a missing device."""
        return Outcome.FAILED

    def failures(self) -> str:
        """Return the errors in words, each with the name of its step."""
        texts = async_get_cached_translations(
            self.hass, self.hass.config.language, "entity", DOMAIN
        )
        failed = [
            (texts.get(f"{_STEP_TEXT}{step}", step.value), result.error)
            for step in self.steps
            if (result := self.results.get(step)) is not None
            and result.error is not None
            and result.outcome is not Outcome.LEFT_TO_SEQUENCE
        ]
        # Home Assistant removes the period at the end of each.
        return ". ".join(f"{name}: {error_in_words(self.hass, error)}" for name, error in failed)

    async def _async_command(self, command: Command[Any]) -> None:
        """Carry out a command and return when it is proven."""
        await self._runner.async_run(command)

    async def _async_step(
        self, step: Step, work: Callable[[], Awaitable[object]], *, vital: bool = False
    ) -> bool:
        """Carry out a step if it was chosen; return False only if it failed.

        A missing device is no failure unless the step is `vital`.
        """
        if step not in self.steps:
            return True
        loop = self.hass.loop
        self.current, began = step, loop.time()
        self.on_change()
        outcome, error = Outcome.DONE, None
        try:
            await work()
        except HomeAssistantError as err:
            error = err
            outcome = Outcome.ABSENT if not vital and is_absence(err) else self._outcome_of(err)
        except Exception as err:  # noqa: BLE001  # a bug must not keep the roof open
            LOGGER.exception("%s: %s failed", self.entry.title, step)
            outcome, error = Outcome.FAILED, HomeAssistantError(one_line(str(err)))
        if outcome is Outcome.FAILED:
            LOGGER.warning("%s: %s failed: %s", self.entry.title, step, error)
        self.results[step] = StepResult(
            step=step,
            outcome=outcome,
            seconds=loop.time() - began,
            error=None if outcome is Outcome.ABSENT else error,
        )
        self.on_change()
        return outcome is not Outcome.FAILED


class Procedures:
    """The procedures of an entry, of which one runs at a time."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._listeners: Listeners[()] = Listeners()
        self._task: asyncio.Task[dict[str, Any]] | None = None
        self.running: Procedure | None = None
        self.last: Procedure | None = None

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` whenever a step begins or ends; return the function that unsubscribes it."""
        return self._listeners.async_add(listener)

    async def async_run(self, procedure: Procedure, *, wait: bool = True) -> dict[str, Any]:
        """Carry out a procedure and return its report; it continues if the caller is canceled.

        Raises RefusedError while another one runs.
        """
        if self.running is not None:
            raise RefusedError(Reason.PROCEDURE_UNDER_WAY)
        self._begin(procedure)
        return await self.async_join() if wait else {}

    async def async_preempt(self, procedure: Procedure, *, wait: bool = True) -> dict[str, Any]:
        """Cancel the running procedure and carry out this one, unless the running one serves it."""
        while self._task is not None and self.running and not self.running.serves(procedure):
            self.running.cancel_reason = Reason.OVERTAKEN
            self._task.cancel()
            await asyncio.wait([self._task])
        if self.running is None:
            self._begin(procedure)
        return await self.async_join() if wait else {}

    @callback
    def _begin(self, procedure: Procedure) -> None:
        """Start a procedure as a task of the entry: it outlives its caller."""
        procedure.on_change = self._listeners.async_call
        self.running = self.last = procedure
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_carry_out(procedure), f"{self._entry.title} {procedure.name}"
        )
        self._task.add_done_callback(_retrieve_error)

    async def _async_carry_out(self, procedure: Procedure) -> dict[str, Any]:
        """Carry out a procedure; nothing runs any more when it ends."""
        try:
            return await procedure.async_run()
        finally:
            procedure.current = None
            if self.running is procedure:
                self.running = self._task = None
            self._listeners.async_call()

    async def async_join(self) -> dict[str, Any]:
        """Return the report of the running procedure; empty if none runs.

        Raises EndedError if it is canceled, HomeAssistantError if it fails.
        """
        task, procedure = self._task, self.running
        if task is None or procedure is None:
            return {}
        # Unlike asyncio.shield, this does not log the error when the caller is gone: the steps did.
        await asyncio.wait([task])
        if task.cancelled():
            raise EndedError(procedure.cancel_reason)
        return task.result()


def _retrieve_error(task: asyncio.Task[dict[str, Any]]) -> None:
    """Keep asyncio from logging an error for which no caller waits; its steps were logged."""
    if not task.cancelled():
        task.exception()
