"""Actions that are procedures: each step is confirmed, and its result returned."""

from homeassistant.core import ServiceResponse, SupportsResponse
import probatio

from ..const import Needs
from ..helpers.permissions import EVERYTHING
from ..procedures.secure import Secure
from ..procedures.start_up import StartUp
from .action import WAIT, Action, Call
from .choices import Choice
from .fields import flag, number, text


async def _async_secure(call: Call) -> ServiceResponse:
    """Secure the observatory; this preempts everything else."""
    procedure = Secure(call.hass, call.entry)
    return await call.runtime.procedures.async_preempt(procedure, wait=call.wait)


async def _async_start_up(call: Call) -> ServiceResponse:
    procedure = StartUp(
        call.hass,
        call.entry,
        temperature=call.data.get("temperature"),
        sequence=call.data.get("sequence"),
        start=call.data.get("start"),
    )
    return await call.runtime.procedures.async_run(procedure, wait=call.wait)


ACTIONS = (
    Action(
        name="secure",
        needs=Needs.CONTROL,
        roles=EVERYTHING,
        handler=_async_secure,
        fields=WAIT,
        returns=SupportsResponse.OPTIONAL,
    ),
    Action(
        name="start_up",
        needs=Needs.CONTROL,
        roles=EVERYTHING,
        handler=_async_start_up,
        fields={
            probatio.Optional("temperature"): number(low=-80, high=40),
            probatio.Optional("sequence"): text(),
            probatio.Optional("start"): flag,
            **WAIT,
        },
        choices={"sequence": Choice.SEQUENCES},
        returns=SupportsResponse.OPTIONAL,
    ),
)
