"""Commands for the live stack, confirmed by what its plugin says; it is not there in every N.I.N.A."""

from dataclasses import replace

from ..api import NinaClient
from ..command import Command, asked

LIVE_STACK = "live_stack"

START_LIVE_STACK = Command[bool](
    key="start_live_stack",
    subject=LIVE_STACK,
    # Older servers can start it but do not tell whether it runs.
    method="get_live_stack_running",
    look=asked(NinaClient.get_live_stack_running),
    send=lambda client, _: client.start_live_stack(),
    proof=lambda running: running,
    evidence="the live stack says that it runs",
    seen=lambda running: "running" if running else "stopped",
    limit=60,
)

STOP_LIVE_STACK = replace(
    START_LIVE_STACK,
    key="stop_live_stack",
    send=lambda client, _: client.stop_live_stack(),
    proof=lambda running: not running,
    evidence="the live stack says that it has stopped",
    overtakes=("start_live_stack",),
)
