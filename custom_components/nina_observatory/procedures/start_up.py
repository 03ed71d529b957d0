"""Start the night: connect, unpark, cool, load a sequence, start it."""

from typing import override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import CONF_START_UP_SEQUENCE, CONF_START_UP_TEMPERATURE
from ..control.commands.camera import cool_camera
from ..control.commands.mount import UNPARK_MOUNT
from ..control.commands.sequence import load_sequence
from ..control.procedure import Outcome, Procedure, Step
from ..errors import NotDoneError, Reason, RefusedError
from ..runtime import NinaConfigEntry
from .connections import async_connect_all
from .sequence_start import async_start_sequence


class StartUp(Procedure):
    """Connect, unpark, cool, load, start; ends at the first step that fails.

    The temperature in °C and the name of the sequence are those of the options unless given here.
    Without a temperature nothing is cooled, without a sequence none is loaded, and the loaded one
    is started only if `start` is set.
    """

    name = "start_up"
    entry: NinaConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: NinaConfigEntry,
        *,
        temperature: float | None = None,
        sequence: str | None = None,
        start: bool | None = None,
    ) -> None:
        options = entry.options
        if temperature is None:
            temperature = options.get(CONF_START_UP_TEMPERATURE)
        sequence = sequence or options.get(CONF_START_UP_SEQUENCE)
        wanted = {
            Step.CONNECT: True,
            Step.UNPARK_MOUNT: True,
            Step.COOL_CAMERA: temperature is not None,
            Step.LOAD_SEQUENCE: bool(sequence),
            Step.START_SEQUENCE: bool(sequence) if start is None else start,
        }
        super().__init__(
            hass, entry, entry.runtime_data.runner, [step for step, want in wanted.items() if want]
        )
        self._temperature = 0.0 if temperature is None else float(temperature)
        self._sequence = sequence or ""

    @override
    async def _async_run(self) -> None:
        work = {
            Step.CONNECT: lambda: async_connect_all(self.hass, self.entry),
            Step.UNPARK_MOUNT: lambda: self._async_command(UNPARK_MOUNT),
            # N.I.N.A.'s profile sets the duration.
            Step.COOL_CAMERA: lambda: self._async_command(cool_camera(self._temperature)),
            Step.LOAD_SEQUENCE: lambda: self._async_command(load_sequence(self._sequence)),
            Step.START_SEQUENCE: lambda: async_start_sequence(self.entry, skip_validation=True),
        }
        for step, do in work.items():
            # Without a mount there is nothing to unpark; equipment requested by name has to exist.
            if not await self._async_step(step, do, vital=step is not Step.UNPARK_MOUNT):
                return

    @override
    def _outcome_of(self, err: HomeAssistantError) -> Outcome:
        """Leave steps that need an open roof to the sequence, which opens it."""
        closed = isinstance(err, RefusedError) and err.reason is Reason.ROOF_NOT_OPEN
        return Outcome.LEFT_TO_SEQUENCE if closed else super()._outcome_of(err)

    @property
    def ready(self) -> bool:
        """Return whether no step failed."""
        return all(result.outcome is not Outcome.FAILED for result in self.results.values())

    @override
    def report(self) -> dict[str, object]:
        return {"ready": self.ready, **super().report()}

    @override
    def _conclude(self) -> None:
        if not self.ready:
            raise NotDoneError(Reason.START_UP_FAILED, reason=self.failures())
