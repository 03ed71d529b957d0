"""Check whether N.I.N.A. answers at an address, with errors for forms."""

from dataclasses import dataclass
from enum import StrEnum

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...api import (
    NinaClient,
    NinaCommandError,
    NinaConnectionError,
    NinaError,
    NinaNotReadyError,
    NinaResponseError,
    NinaTimeoutError,
    NinaVersionError,
    SchedulerClient,
    Server,
)
from ...const import LOGGER


class Fault(StrEnum):
    """Why an address is not that of N.I.N.A.; the value is the key of its text in forms."""

    CANNOT_CONNECT = "cannot_connect"
    NINA_FAILED = "nina_failed"
    NOT_NINA = "not_nina"
    NOT_SCHEDULER = "not_scheduler"
    PLUGIN_TOO_OLD = "plugin_too_old"
    SCHEDULER_CANNOT_CONNECT = "scheduler_cannot_connect"
    STILL_STARTING = "still_starting"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The result of a check: the server as far as known, and the fault if any."""

    server: Server | None = None
    fault: Fault | None = None


async def async_probe(hass: HomeAssistant, host: str, port: int) -> Probe:
    """Read the data from N.I.N.A. that an entry requires."""
    client = NinaClient(async_get_clientsession(hass), host, port)
    server: Server | None = None
    try:
        server = await client.get_server()
        await client.equipment.get()
        await _async_refuse_starting(client)
    except NinaError as err:
        return Probe(server=server, fault=_fault(err))
    return Probe(server=server)


async def async_probe_server(hass: HomeAssistant, host: str, port: int) -> Probe:
    """Check with at most three requests whether N.I.N.A. answers at all."""
    client = NinaClient(async_get_clientsession(hass), host, port)
    try:
        return Probe(server=await client.get_server())
    except NinaError as err:
        return Probe(fault=_fault(err))


async def async_probe_scheduler(hass: HomeAssistant, host: str, port: int) -> Fault | None:
    """Return why this is not the Target Scheduler, or None if it is."""
    try:
        await SchedulerClient(async_get_clientsession(hass), host, port).get_version()
    except NinaResponseError:
        return Fault.NOT_SCHEDULER
    except NinaError:
        return Fault.SCHEDULER_CANNOT_CONNECT
    return None


def _fault(err: NinaError) -> Fault:
    """Return the fault for an error."""
    if isinstance(err, NinaTimeoutError):
        return Fault.TIMEOUT
    if isinstance(err, NinaVersionError):
        return Fault.PLUGIN_TOO_OLD
    if isinstance(err, NinaNotReadyError):
        return Fault.STILL_STARTING
    if isinstance(err, NinaCommandError):
        return Fault.NINA_FAILED
    if isinstance(err, NinaResponseError):
        return Fault.NOT_NINA
    return Fault.CANNOT_CONNECT


async def _async_refuse_starting(client: NinaClient) -> None:
    """Raise NinaNotReadyError while N.I.N.A. is still starting; its sequencer comes last."""
    try:
        await client.sequence.get()
    except NinaNotReadyError, NinaConnectionError:
        raise
    except NinaError as err:
        LOGGER.debug("The sequence cannot be read, which is no obstacle: %s", err)
