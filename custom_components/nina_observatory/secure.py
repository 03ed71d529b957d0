"""Making the observatory safe: stop everything, park, close, and say what could not be proven."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .api import Equipment, NinaError, Role, ShutterState
from .command import Refusal
from .commands import (
    CLOSE_COVER,
    CLOSE_SHUTTER,
    COOLER_OFF,
    PARK_MOUNT,
    STOP_GUIDING,
    STOP_SEQUENCE,
)
from .commands.camera import ABORT_EXPOSURE
from .commands.connection import disconnect
from .commands.flats import STOP_FLATS
from .connections import may_be_connected
from .const import (
    CONF_SECURE_PARK_LIMIT,
    CONF_SECURE_ROOF_LIMIT,
    CONF_SECURE_STEPS,
    CONF_SECURE_UNPARKED,
    LOGGER,
)
from .coordinator import NinaConfigEntry
from .devices import is_known
from .errors import DisturbedError, EndedError, NotDoneError, Reason, RefusedError, is_absence
from .procedures import Outcome, Procedure, Step, StepResult
from .roof import IN_THE_WAY, STAYS_CLOSED, MountsUnderRoof, Roof, RoofInterlock, over_mounts
from .roof_watch import RoofProblem

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

# A stubborn instruction may take two minutes to end. Rain does not wait so long, and a mount that
# is parked is parked also if the instruction ends later.
SEQUENCE_LIMIT: Final = 60.0

TRIES: Final = 3

# Obstacles that are the mount of the entry itself.
OWN_MOUNT: Final = (Reason.MOUNT_NOT_PARKED, Reason.MOUNT_PLACE_UNKNOWN)

# What is let go of; dome, safety monitor, weather and switches keep watch.
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
    """What happens to the roof when the mount cannot be proven parked."""

    NEVER_CLOSE = "never_close"
    CLOSE_ANYWAY = "close_anyway"


class Secure(Procedure):
    """Stop, park, close; carries on past what fails, unless that could do harm."""

    name = "secure"

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        """Take steps, limits and rules from the options of the entry."""
        options: Mapping[str, Any] = entry.options
        chosen = options.get(CONF_SECURE_STEPS, DEFAULT_STEPS)
        super().__init__(hass, entry, [step for step in SECURE_STEPS if step in chosen])
        self._park_limit = float(options.get(CONF_SECURE_PARK_LIMIT, DEFAULT_LIMIT))
        self._roof_limit = float(options.get(CONF_SECURE_ROOF_LIMIT, DEFAULT_LIMIT))
        self._unparked = Unparked(options.get(CONF_SECURE_UNPARKED, Unparked.NEVER_CLOSE))

    @override
    async def _async_run(self) -> None:
        """Carry out the steps; a roof that is not proven closed is told, whatever ends them."""
        try:
            await self._async_protect()
        except asyncio.CancelledError:
            self._give_up_roof()
            raise
        finally:
            self._tell_roof()
        await self._async_step(Step.WARM_CAMERA, lambda: self._async_command(COOLER_OFF))
        if self.secured:
            await self._async_step(Step.DISCONNECT, self._async_disconnect)

    async def _async_protect(self) -> None:
        """Stop, park, close; the cover of the flat panel does not keep the roof waiting."""
        if Step.CLOSE_ROOF in self.steps:
            # Whoever waits to open it, for the mount to be parked, would do so in the middle.
            self.entry.runtime_data.commander.async_overtake(CLOSE_SHUTTER)
        await self._async_step(Step.STOP_SEQUENCE, self._async_stop_sequence)
        await self._async_step(Step.STOP_GUIDING, lambda: self._async_command(STOP_GUIDING))
        await self._async_step(Step.ABORT_EXPOSURE, lambda: self._async_command(ABORT_EXPOSURE))
        await self._async_vital(Step.PARK_MOUNT, Role.MOUNT, self._async_park)
        await asyncio.gather(
            self._async_step(Step.CLOSE_COVER, lambda: self._async_command(CLOSE_COVER)),
            self._async_vital(Step.CLOSE_ROOF, Role.DOME, self._async_close),
        )

    @override
    def serves(self, other: Procedure) -> bool:
        """Return whether this run does what the other one would do.

        Not once all is protected: while the camera warms the roof may have been opened again.
        """
        protects = [step for step in self.steps if step in DEFAULT_STEPS]
        return super().serves(other) and not (protects and protects[-1] in self.results)

    async def _async_vital(
        self, step: Step, role: Role, work: Callable[[], Awaitable[None]]
    ) -> bool:
        """Carry out a step that protects the observatory, anew where the connection failed."""
        vital = self._is_vital(role)
        return await self._async_step(step, lambda: self._async_insist(work), vital=vital)

    def _is_vital(self, role: Role) -> bool:
        """Return whether the rig ought to have this: once seen, and a dome with a shutter."""
        return is_known(self.hass, self.entry, role) and not self._lacks_shutter(role)

    def _lacks_shutter(self, role: Role) -> bool:
        """Return whether this is a dome that is there and has nothing to be closed."""
        dome = self.entry.runtime_data.rig.data.equipment.dome
        if role is not Role.DOME or dome is None or not dome.connected:
            return False
        return not dome.can_set_shutter and dome.shutter in (None, ShutterState.NONE)

    async def _async_insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something up to three times, as long as nothing but the connection is at fault."""
        for attempt in range(1, TRIES + 1):
            try:
                return await work()
            except HomeAssistantError as err:
                if not _is_tried_again(err) or attempt == TRIES:
                    raise
                LOGGER.debug("%s: tried anew: %s", self.entry.title, err)
            await asyncio.sleep(self.entry.runtime_data.commander.pace.look_again)
        return None

    async def _async_stop_sequence(self) -> None:
        """Stop what runs by itself, all of it at once; raises the first error when all was tried."""
        stops = (self._async_stop_alignment(), self._async_stop_flats(), self._async_stop_plan())
        for ended in await asyncio.gather(*stops, return_exceptions=True):
            if ended is not None:
                raise ended

    async def _async_stop_alignment(self) -> None:
        """Stop a polar alignment, which would go on turning the mount."""
        alignment = self.entry.runtime_data.alignment
        if alignment.state.running:
            await alignment.async_stop()

    async def _async_stop_flats(self) -> None:
        """Stop flats, which would go on exposing and moving the cover; old plugins take none."""
        if self.entry.runtime_data.commander.knows(STOP_FLATS):
            await self._async_command(replace(STOP_FLATS, limit=SEQUENCE_LIMIT))

    async def _async_stop_plan(self) -> None:
        """Stop the sequence; one that cannot be read is told to stop all the same."""
        try:
            await self._async_command(replace(STOP_SEQUENCE, limit=SEQUENCE_LIMIT))
        except DisturbedError:
            await self._async_stop_unseen()
            raise

    async def _async_stop_unseen(self) -> None:
        """Send the stop without knowing what runs."""
        try:
            await self.entry.runtime_data.client.stop_sequence()
        except NinaError as err:
            LOGGER.debug("%s: the sequence could not be told to stop: %s", self.entry.title, err)

    async def _async_park(self) -> None:
        """Park the mount, and those that stand under the same roof."""
        park = replace(PARK_MOUNT, limit=self._park_limit)
        mounts = MountsUnderRoof(self.hass, self.entry)
        try:
            await mounts.async_park(park, own=True)
        except HomeAssistantError as err:
            if not (is_absence(err) and mounts.shared) or self._is_vital(Role.MOUNT):
                raise

    async def _async_close(self) -> None:
        """Close the roof, where that cannot hit the telescope."""
        close = replace(CLOSE_SHUTTER, limit=self._roof_limit)
        if not self._may_close_over_mount():
            mounts = MountsUnderRoof(self.hass, self.entry)

            def obstacle(equipment: Equipment) -> Refusal | None:
                """Return why a mount may be in the way."""
                found = mounts.obstacle(equipment)
                own = found is not None and found.reason in OWN_MOUNT
                return Reason.ROOF_LEFT_OPEN if own and self._is_vital(Role.MOUNT) else found

            close = over_mounts(close, STAYS_CLOSED, mounts, obstacle)
        await self._async_command(close)

    def _may_close_over_mount(self) -> bool:
        """Return whether the roof closes also over a mount that is not known to be parked."""
        interlock = Roof(self.hass, self.entry).interlock
        return self._unparked is Unparked.CLOSE_ANYWAY or interlock is RoofInterlock.ALLOW

    async def _async_disconnect(self) -> None:
        """Disconnect what is not needed any more; raises the first error when all were tried."""
        state = await self.entry.runtime_data.rig.async_read(*LET_GO)
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

    @property
    def roof_closed(self) -> bool | None:
        """Return whether the roof is proven closed; None where there is none, or nobody wanted."""
        result = self.results.get(Step.CLOSE_ROOF)
        if result is None or result.outcome is Outcome.ABSENT:
            return None
        return result.outcome is Outcome.DONE

    @property
    def secured(self) -> bool:
        """Return whether the roof is closed, or where there is none, the mount parked."""
        if self.roof_closed is not None:
            return self.roof_closed
        result = self.results.get(Step.PARK_MOUNT)
        return result is None or result.outcome is not Outcome.FAILED

    @override
    def report(self) -> dict[str, Any]:
        """Return the results with the verdict."""
        return {"secured": self.secured, "roof_closed": self.roof_closed, **super().report()}

    @override
    def _conclude(self) -> None:
        """Raise HomeAssistantError unless the observatory is secured."""
        if not self.secured:
            raise NotDoneError(Reason.SECURE_FAILED, reason=self.failures())

    @callback
    def _give_up_roof(self) -> None:
        """Take note of a roof that was not seen to before something ended the procedure."""
        if Step.CLOSE_ROOF in self.steps and self._is_vital(Role.DOME):
            left = StepResult(
                step=Step.CLOSE_ROOF, outcome=Outcome.NOT_REACHED, error=EndedError(self.ended_by)
            )
            self.results.setdefault(Step.CLOSE_ROOF, left)

    @callback
    def _tell_roof(self) -> None:
        """Report a roof that is not proven closed, at once."""
        if self.roof_closed is False:
            self.entry.runtime_data.roof_alarm.async_fail(
                self._roof_problem(), message=self.failures()
            )

    def _roof_problem(self) -> RoofProblem:
        """Return why the roof is not closed."""
        error = self.results[Step.CLOSE_ROOF].error
        blocked = isinstance(error, RefusedError) and error.reason is Reason.ROOF_LEFT_OPEN
        return RoofProblem.MOUNT_NOT_PARKED if blocked else RoofProblem.NOT_CLOSED


def _is_tried_again(err: HomeAssistantError) -> bool:
    """Return whether a step that matters is tried again after an error.

    A reading that lacks the mount is no proof of anything either; the next one may have it.
    """
    if isinstance(err, RefusedError):
        return err.reason in (Reason.ROOF_LEFT_OPEN, *IN_THE_WAY)
    return isinstance(err, DisturbedError)
