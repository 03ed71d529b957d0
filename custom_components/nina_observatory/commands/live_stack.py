"""Commands for the live stack, confirmed by what its plugin says; it is not there in every N.I.N.A."""

from dataclasses import replace

from ..api import NinaClient
from ..command import Command, asked
from ..const import CommandKey, Subject

START_LIVE_STACK = Command[bool](
    key=CommandKey.START_LIVE_STACK,
    subject=Subject.LIVE_STACK,
    # Older servers can start it but do not tell whether it runs.
    method=NinaClient.get_live_stack_running,
    look=asked(NinaClient.get_live_stack_running),
    send=lambda client, _: client.start_live_stack(),
    proof=lambda running: running,
    evidence="the live stack says that it runs",
    seen=lambda running: "running" if running else "stopped",
    limit=60,
)

STOP_LIVE_STACK = replace(
    START_LIVE_STACK,
    key=CommandKey.STOP_LIVE_STACK,
    send=lambda client, _: client.stop_live_stack(),
    proof=lambda running: not running,
    evidence="the live stack says that it has stopped",
    overtakes=(CommandKey.START_LIVE_STACK,),
)
