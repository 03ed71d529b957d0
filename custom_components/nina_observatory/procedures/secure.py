"""Securing the observatory: stop everything, park, close, and report what could not be proven."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..api import Camera, Dome, Equipment, EventType, Mount, NinaError, Role, ShutterState
from ..const import (
    CONF_SECURE_PARK_LIMIT,
    CONF_SECURE_ROOF_LIMIT,
    CONF_SECURE_STEPS,
    CONF_SECURE_UNPARKED,
    LOGGER,
)
from ..control.command import Command, Refusal
from ..control.commands.camera import ABORT_EXPOSURE, COOLER_OFF
from ..control.commands.connection import disconnect
from ..control.commands.dome import CLOSE_SHUTTER
from ..control.commands.flat_panel import CLOSE_COVER
from ..control.commands.flats import STOP_FLATS
from ..control.commands.guider import STOP_GUIDING
from ..control.commands.mount import PARK_MOUNT
from ..control.commands.sequence import STOP_SEQUENCE
from ..control.procedure import Outcome, Procedure, Step, StepResult
from ..errors import (
    CommandError,
    DeniedError,
    DisconnectedError,
    EndedError,
    Ending,
    NeverReadError,
    NoAnswerError,
    NotDoneError,
    Reason,
    RefusedError,
    TransientError,
    UnprovenError,
    is_absence,
)
from ..helpers.devices import is_known
from ..readings.equipment_state import EquipmentState
from ..roof.detector import RoofProblem
from ..roof.roof import IN_THE_WAY, STAYS_CLOSED, RoofInterlock, over_mounts
from ..runtime import NinaConfigEntry
from .connections import may_be_connected
from .sequence_start import async_last_edge

SECURE_STEPS: Final = (
    Step.STOP_SEQUENCE,
    Step.STOP_GUIDING,
    Step.ABORT_EXPOSURE,
    Step.PARK_MOUNT,
    Step.CLOSE_COVER,
    Step.CLOSE_ROOF,
    Step.WARM_CAMERA,
    Step.DISCONNECT,
)
DEFAULT_STEPS: Final = SECURE_STEPS[:6]
DEFAULT_LIMIT: Final = 300

# An unresponsive instruction may take two minutes to end. Rain does not wait that long, and a
# parked mount stays parked even if the instruction ends later.
SEQUENCE_LIMIT: Final = 60.0

# Seconds within which a sequence runs after its start, also one that something starts again.
RESTARTS_WITHIN: Final = 10.0

TRIES: Final = 3
# How often everything is checked again, and repeated if it did not last.
CHECKS: Final = 2

PROTECTING: Final = DEFAULT_STEPS

# Obstacles that are the mount of the entry itself.
OWN_MOUNT: Final = (Reason.MOUNT_NOT_PARKED, Reason.MOUNT_PLACE_UNKNOWN)

# Equipment to disconnect; dome, safety monitor, weather and switches stay connected.
LET_GO: Final = (
    Role.GUIDER,
    Role.CAMERA,
    Role.FILTER_WHEEL,
    Role.FOCUSER,
    Role.ROTATOR,
    Role.FLAT_PANEL,
    Role.MOUNT,
)


class Unparked(StrEnum):
    """Rule for the roof when the mount cannot be proven parked."""

    NEVER_CLOSE = "never_close"
    CLOSE_ANYWAY = "close_anyway"


class Secure(Procedure):
    """Stop, park, close; carries on past what fails, unless that could do harm."""

    name = "secure"
    entry: NinaConfigEntry

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        options: Mapping[str, Any] = entry.options
        chosen = options.get(CONF_SECURE_STEPS, DEFAULT_STEPS)
        steps = [step for step in SECURE_STEPS if step in chosen]
        super().__init__(hass, entry, entry.runtime_data.runner, steps)
        self._park_limit = float(options.get(CONF_SECURE_PARK_LIMIT, DEFAULT_LIMIT))
        self._roof_limit = float(options.get(CONF_SECURE_ROOF_LIMIT, DEFAULT_LIMIT))
        # When everything is checked again: a sequence that was stopped may start by itself.
        self._settled_at = float("-inf")
        self._restarts_within = 0.0
        self._unparked = Unparked(options.get(CONF_SECURE_UNPARKED, Unparked.NEVER_CLOSE))

    @override
    async def _async_run(self) -> None:
        """Carry out the steps; report a roof that is not proven closed, no matter how they end."""
        try:
            await self._async_protect()
        except asyncio.CancelledError:
            self._give_up_roof()
            raise
        finally:
            self._report_roof()
        await self._async_step(Step.WARM_CAMERA, lambda: self._async_command(COOLER_OFF))
        if self.secured:
            await self._async_step(Step.DISCONNECT, self._async_disconnect)

    async def _async_protect(self) -> None:
        """Stop, park, close; then check all of it, and repeat what did not last."""
        if Step.CLOSE_ROOF in self.steps:
            # A command that waits for the mount to be parked would open the roof in the middle.
            self.entry.runtime_data.runner.async_preempt(CLOSE_SHUTTER)
        await self._async_do(PROTECTING)
        for _ in range(CHECKS):
            if not (again := await self._async_check()):
                return
            LOGGER.warning("%s: %s", self.entry.title, self.failures())
            await self._async_do(again)
        await self._async_check()

    async def _async_do(self, steps: Collection[Step]) -> None:
        """Carry out steps; the roof does not wait for the cover of the flat panel."""
        if Step.STOP_SEQUENCE in steps:
            await self._async_step(Step.STOP_SEQUENCE, self._async_stop_sequence)
        if Step.STOP_GUIDING in steps:
            await self._async_step(Step.STOP_GUIDING, self._async_stop_guiding)
        if Step.ABORT_EXPOSURE in steps:
            await self._async_step(Step.ABORT_EXPOSURE, lambda: self._async_command(ABORT_EXPOSURE))
        if Step.PARK_MOUNT in steps:
            await self._async_vital(Step.PARK_MOUNT, Role.MOUNT, self._async_park)
        closing = []
        if Step.CLOSE_COVER in steps:
            cover = self._async_step(Step.CLOSE_COVER, lambda: self._async_command(CLOSE_COVER))
            closing.append(cover)
        if Step.CLOSE_ROOF in steps:
            closing.append(self._async_vital(Step.CLOSE_ROOF, Role.DOME, self._async_close))
        await asyncio.gather(*closing)

    async def _async_check(self) -> list[Step]:
        """Return the steps to repeat by a fresh reading; until they are repeated they have failed.

        A step that was proven stays so if its device cannot be read any more: a sequence may disconnect
        a parked mount. A sequence that cannot be read may run again.
        """
        loop = self.hass.loop
        await asyncio.sleep(max(0.0, self._settled_at - loop.time()))
        state = await self._async_read_equipment()
        found: dict[Step, HomeAssistantError] = {}
        if not state.reachable:
            found[Step.STOP_SEQUENCE] = TransientError(Reason.CANNOT_CONNECT)
        elif await self._async_runs():
            found[Step.STOP_SEQUENCE] = NotDoneError(Reason.SEQUENCE_RUNS_ON)
        camera, mount, dome = map(state.device, (Role.CAMERA, Role.MOUNT, Role.DOME))
        if isinstance(camera, Camera) and camera.exposing is True:
            found[Step.ABORT_EXPOSURE] = NotDoneError(Reason.EXPOSES_ON)
        if isinstance(mount, Mount) and mount.parked is not True:
            found[Step.PARK_MOUNT] = NotDoneError(Reason.MOUNT_UNPARKED_AGAIN)
        if isinstance(dome, Dome) and dome.shutter is not ShutterState.CLOSED:
            found[Step.CLOSE_ROOF] = NotDoneError(Reason.ROOF_OPEN_AGAIN)
        return [step for step, error in found.items() if self._is_done_again(step, error, found)]

    def _is_done_again(
        self, step: Step, error: HomeAssistantError, found: Collection[Step]
    ) -> bool:
        """Return whether to repeat a step that a reading shows undone.

        One that failed is repeated if its obstacle is gone, or if only the connection or a reply of
        N.I.N.A. was at fault.
        """
        result = self.results.get(step)
        if result is None or result.outcome is Outcome.ABSENT:
            return False
        if result.outcome is Outcome.DONE:
            self.results[step] = replace(result, outcome=Outcome.FAILED, error=error)
            return True
        if isinstance(result.error, EndedError) and result.error.reason is Reason.STOPPED:
            # A person stopped the moving roof, and may be under it.
            return False
        if isinstance(result.error, UnprovenError) and result.error.ending is not Ending.DENIED:
            return step is Step.STOP_SEQUENCE or Step.STOP_SEQUENCE in found
        if isinstance(result.error, RefusedError):
            blocked = result.error.reason in (Reason.ROOF_LEFT_OPEN, *IN_THE_WAY)
            return blocked and Step.PARK_MOUNT not in found
        return isinstance(
            result.error, CommandError | TransientError | DisconnectedError | NotDoneError
        )

    async def _async_read_equipment(self) -> EquipmentState:
        """Return a fresh reading of the equipment, in spite of a lost packet."""
        equipment, pace = self.entry.runtime_data.equipment, self.entry.runtime_data.runner.pace
        state = await equipment.async_read()
        for _ in range(1, TRIES):
            if state.reachable:
                break
            await asyncio.sleep(pace.read_again)
            state = await equipment.async_read()
        return state

    async def _async_runs(self) -> bool:
        """Return whether something runs that moves the telescope by itself."""
        data = self.entry.runtime_data
        running = (await data.sequence.async_read()).running
        if running is None:
            running = await self._async_began_last()
        if running or data.alignment.state.running:
            return True
        if not data.runner.supports(STOP_FLATS):
            return False
        try:
            _, flats = await STOP_FLATS.async_read(data.runner.readings)
        except HomeAssistantError as err:
            # An error here must not keep the result from being reported.
            LOGGER.debug("%s: the flats could not be read: %s", self.entry.title, err)
            return False
        return flats is not None and flats.running is True

    async def _async_began_last(self) -> bool | None:
        """Return whether the last event of a sequence is its start, None if unknown."""
        try:
            last = await async_last_edge(self.entry.runtime_data.client)
        except NinaError as err:
            LOGGER.debug("The events of %s could not be read: %s", self.entry.title, err)
            return None
        return last is EventType.SEQUENCE_STARTED

    @override
    def serves(self, other: Procedure) -> bool:
        """Return whether this run can replace the other one.

        Not once all is protected: the roof may be opened again while the camera warms.
        """
        protects = [step for step in self.steps if step in DEFAULT_STEPS]
        return super().serves(other) and not (protects and protects[-1] in self.results)

    async def _async_vital(
        self, step: Step, role: Role, work: Callable[[], Awaitable[None]]
    ) -> bool:
        """Carry out a step that protects the observatory, again if the connection failed."""
        vital = self._is_vital(role)
        return await self._async_step(step, lambda: self._async_insist(work), vital=vital)

    def _is_vital(self, role: Role) -> bool:
        """Return whether this equipment should be there: once seen, and a dome with a shutter."""
        return is_known(self.hass, self.entry, role) and not self._lacks_shutter(role)

    def _lacks_shutter(self, role: Role) -> bool:
        """Return whether this is a connected dome without a shutter."""
        dome = self.entry.runtime_data.equipment.data.equipment.dome
        return role is Role.DOME and dome is not None and dome.lacks_shutter

    async def _async_insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Try up to three times, while only the connection or an obstacle is at fault."""
        for attempt in range(1, TRIES + 1):
            try:
                return await work()
            except HomeAssistantError as err:
                if not _is_tried_again(err) or attempt == TRIES:
                    raise
                LOGGER.debug("%s: trying again: %s", self.entry.title, err)
            await asyncio.sleep(self.entry.runtime_data.runner.pace.read_again)
        return None

    async def _async_stop_guiding(self) -> None:
        """Stop guiding; the reply of an old server alone does not prove it."""
        await self._async_command(replace(STOP_GUIDING, since=(), fallback=None))

    async def _async_stop_sequence(self) -> None:
        """Stop sequence, alignment and flats at once; raise the first error when all were tried.

        An absence of flats must not hide an error of the sequence, so absences come last.
        """
        stops = (self._async_stop_plan(), self._async_stop_alignment(), self._async_stop_flats())
        ended = await asyncio.gather(*stops, return_exceptions=True)
        errors = [error for error in ended if error is not None]
        for error in errors:
            if not isinstance(error, HomeAssistantError) or not is_absence(error):
                raise error
        self._settled_at = self.hass.loop.time() + self._restarts_within

    async def _async_stop_alignment(self) -> None:
        """Stop a polar alignment, which would go on turning the mount."""
        alignment = self.entry.runtime_data.alignment
        if alignment.state.running:
            await alignment.async_stop()

    async def _async_stop_flats(self) -> None:
        """Stop flats, which would go on exposing and moving the cover; old plugins cannot."""
        if self.entry.runtime_data.runner.supports(STOP_FLATS):
            await self._async_command(replace(_insistent(STOP_FLATS), allow_unread=True))

    async def _async_stop_plan(self) -> None:
        """Stop the sequence, again if it ignores that, and also if it cannot be read."""
        data = self.entry.runtime_data
        running = (await data.sequence.async_read()).running
        # A sequence that did not run does not start again.
        rests = running is False and not data.sequence.begun
        self._restarts_within = 0.0 if rests else RESTARTS_WITHIN * data.runner.pace.scale
        try:
            await self._async_command(_insistent(STOP_SEQUENCE))
        except NeverReadError:
            if await self._async_began_last() is not False:
                raise
        except TransientError:
            await self._async_stop_unseen()
            raise
        except NotDoneError as err:
            # A sequencer that is still starting runs nothing.
            if err.reason is not Reason.NOT_READY:
                raise

    async def _async_stop_unseen(self) -> None:
        """Send the stop without a reading of the sequence."""
        try:
            await self.entry.runtime_data.client.sequence.stop()
        except NinaError as err:
            LOGGER.debug("%s: the sequence could not be stopped: %s", self.entry.title, err)

    async def _async_park(self) -> None:
        """Park the mount, and those under the same roof."""
        park = replace(PARK_MOUNT, timeout=self._park_limit)
        mounts = self.entry.runtime_data.roof.mounts()
        try:
            await mounts.async_park(park, own=True)
        except HomeAssistantError as err:
            if not (is_absence(err) and mounts.shared) or self._is_vital(Role.MOUNT):
                raise

    async def _async_close(self) -> None:
        """Close the roof if it cannot hit the telescope."""
        close = replace(CLOSE_SHUTTER, timeout=self._roof_limit)
        if not self._may_close_over_mount():
            mounts = self.entry.runtime_data.roof.mounts()

            def obstacle(equipment: Equipment) -> Refusal | None:
                """Return why a mount may be in the way."""
                found = mounts.obstacle(equipment)
                own = found is not None and found.reason in OWN_MOUNT
                return Reason.ROOF_LEFT_OPEN if own and self._is_vital(Role.MOUNT) else found

            close = over_mounts(close, STAYS_CLOSED, mounts, obstacle)
        await self._async_command(close)

    def _may_close_over_mount(self) -> bool:
        """Return whether the roof may close over a mount that is not known to be parked."""
        interlock = self.entry.runtime_data.roof.interlock
        return self._unparked is Unparked.CLOSE_ANYWAY or interlock is RoofInterlock.ALLOW

    async def _async_disconnect(self) -> None:
        """Disconnect equipment; raise the first error when all were tried."""
        state = await self.entry.runtime_data.equipment.async_read(*LET_GO)
        errors: list[HomeAssistantError] = []
        for role in LET_GO:
            if not may_be_connected(self.hass, self.entry, state, role):
                continue
            try:
                await self._async_command(disconnect(role))
            except HomeAssistantError as err:
                errors.append(err)
        if errors:
            raise errors[0]

    def _proven(self, *steps: Step) -> bool | None:
        """Return whether steps are proven; None if they do not apply or were not chosen."""
        found = [self.results.get(step) for step in steps if step in self.steps]
        outcomes = [result.outcome for result in found if result is not None]
        if not outcomes or all(outcome is Outcome.ABSENT for outcome in outcomes):
            return None
        return all(outcome in (Outcome.DONE, Outcome.ABSENT) for outcome in outcomes)

    @property
    def imaging_stopped(self) -> bool | None:
        """Return whether sequence, flats, polar alignment and exposure are proven to have ended."""
        return self._proven(Step.STOP_SEQUENCE, Step.ABORT_EXPOSURE)

    @property
    def mount_parked(self) -> bool | None:
        """Return whether the mount is proven parked."""
        return self._proven(Step.PARK_MOUNT)

    @property
    def roof_closed(self) -> bool | None:
        """Return whether the roof is proven closed."""
        return self._proven(Step.CLOSE_ROOF)

    @property
    def secured(self) -> bool:
        """Return whether everything that was to be made safe is proven."""
        return False not in (self.imaging_stopped, self.mount_parked, self.roof_closed)

    @override
    def report(self) -> dict[str, Any]:
        return {
            "secured": self.secured,
            "imaging_stopped": self.imaging_stopped,
            "mount_parked": self.mount_parked,
            "roof_closed": self.roof_closed,
            **super().report(),
        }

    @override
    def _conclude(self) -> None:
        if not self.secured:
            raise NotDoneError(Reason.SECURE_FAILED, reason=self.failures())

    @callback
    def _give_up_roof(self) -> None:
        """Record a roof that was not reached before the procedure was ended."""
        if Step.CLOSE_ROOF in self.steps and self._is_vital(Role.DOME):
            left = StepResult(
                step=Step.CLOSE_ROOF,
                outcome=Outcome.NOT_REACHED,
                error=EndedError(self.cancel_reason),
            )
            self.results.setdefault(Step.CLOSE_ROOF, left)

    @callback
    def _report_roof(self) -> None:
        """Report a roof that is not proven closed to the alarm."""
        if self.roof_closed is False:
            self.entry.runtime_data.roof_alarm.async_fail(
                self._roof_problem(), message=self.failures()
            )

    def _roof_problem(self) -> RoofProblem:
        """Return why the roof is not closed."""
        error = self.results[Step.CLOSE_ROOF].error
        blocking = (Reason.ROOF_LEFT_OPEN, *IN_THE_WAY)
        blocked = isinstance(error, RefusedError) and error.reason in blocking
        return RoofProblem.MOUNT_NOT_PARKED if blocked else RoofProblem.NOT_CLOSED


def _insistent[SubjectT](stop: Command[SubjectT]) -> Command[SubjectT]:
    """Return a stop that is sent again, twice, to an instruction that ignores it."""
    return replace(
        stop,
        timeout=SEQUENCE_LIMIT,
        stalled=lambda _subject, _equipment: True,
        stall_timeout=SEQUENCE_LIMIT / 3,
        retries=2,
    )


def _is_tried_again(err: HomeAssistantError) -> bool:
    """Return whether a vital step is tried again after an error.

    A reading without the mount proves nothing either; the next one may have it. A command that
    N.I.N.A. answers with an error is repeated by the command itself.
    """
    if isinstance(err, RefusedError):
        return err.reason in (Reason.ROOF_LEFT_OPEN, *IN_THE_WAY)
    return isinstance(err, TransientError | DeniedError | NoAnswerError)
