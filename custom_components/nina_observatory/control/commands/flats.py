"""Commands for taking flats: one run at a time, identified only by its time."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from ...api import FlatsStatus, NinaClient, Reply
from ...const import CommandKey, Subject
from ...errors import Reason
from ..command import Command, Readings, asked


class FlatsKey(CommandKey):
    """Keys of the commands for taking flats."""

    FINISH_FLATS = "finish_flats"
    START_FLATS = "start_flats"
    STOP_FLATS = "stop_flats"


_ask: Final = asked(lambda client: client.flats.get_status())


async def _fetch(readings: Readings) -> tuple[bool, FlatsStatus | None]:
    """Read the progress of the flats, and update their sensors."""
    answered, status = await _ask(readings)
    if status is not None:
        readings.settings.async_note_flats(status)
    return answered, status


def start_flats(send: Callable[[NinaClient], Awaitable[Reply]]) -> Command[FlatsStatus]:
    """Start a run of flats; `send` calls a method of the client."""
    return Command(
        key=FlatsKey.START_FLATS,
        subject=Subject.FLATS,
        method=lambda client: client.flats.get_status,
        fetch=_fetch,
        send=lambda client, _: send(client),
        succeeded=lambda status: status.running is True,
        already_done=lambda _, __: False,
        proof_text="N.I.N.A. reports that it is taking flats",
        reads=lambda status: status.state,
        precondition=lambda status, _: Reason.FLATS_RUNNING if status.running else None,
        blocked_by=(FlatsKey.START_FLATS, FlatsKey.FINISH_FLATS, FlatsKey.STOP_FLATS),
    )


async def _nothing(_client: NinaClient, _status: Any) -> Reply:
    """Send nothing: the run ends by itself."""
    return Reply("", success=True)


FINISH_FLATS: Final = Command[FlatsStatus](
    key=FlatsKey.FINISH_FLATS,
    subject=Subject.FLATS,
    method=lambda client: client.flats.get_status,
    fetch=_fetch,
    send=_nothing,
    succeeded=lambda status: status.running is False,
    proof_text="N.I.N.A. reports that it is no longer taking flats",
    reads=lambda status: status.completed,
    timeout=6 * 3600,
    progress=lambda status: status.completed,
    # N.I.N.A. searches for the exposure or brightness before the first frame.
    stall_timeout=900,
)

STOP_FLATS: Final = Command[FlatsStatus](
    key=FlatsKey.STOP_FLATS,
    subject=Subject.FLATS,
    method=lambda client: client.flats.stop,
    fetch=_fetch,
    succeeded=lambda status: status.running is False,
    proof_text="N.I.N.A. reports that it is not taking flats",
    safety_critical=True,
    allow_unread=True,
    state_unknown=lambda status: status.running is None,
    reads=lambda status: status.completed,
    timeout=120,
    preempts=(FlatsKey.START_FLATS, FlatsKey.FINISH_FLATS),
)
