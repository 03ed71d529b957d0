"""Commands for the live stack, proven by the state that its plugin broadcasts."""

from dataclasses import replace

from ...api import LiveStackState, NinaClient, Unknown
from ...const import CommandKey, Subject
from ..command import Command, asked


class LiveStackKey(CommandKey):
    """Keys of the commands for the live stack."""

    START_LIVE_STACK = "start_live_stack"
    STOP_LIVE_STACK = "stop_live_stack"


async def _state(client: NinaClient) -> LiveStackState | Unknown:
    """Read the state; an unknown one proves nothing."""
    return await client.live_stack.get_state() or Unknown("")


START_LIVE_STACK = Command[LiveStackState | Unknown](
    key=LiveStackKey.START_LIVE_STACK,
    subject=Subject.LIVE_STACK,
    # Older servers can start it but do not report whether it runs.
    method=lambda client: client.live_stack.get_state,
    fetch=asked(_state),
    send=lambda client, _: client.live_stack.start(),
    succeeded=lambda state: state is LiveStackState.RUNNING,
    state_unknown=lambda state: isinstance(state, Unknown),
    proof_text="the live stack is running",
    reads=lambda state: state,
    timeout=60,
)

STOP_LIVE_STACK = replace(
    START_LIVE_STACK,
    key=LiveStackKey.STOP_LIVE_STACK,
    send=lambda client, _: client.live_stack.stop(),
    succeeded=lambda state: state is LiveStackState.STOPPED,
    proof_text="the live stack is stopped",
    preempts=(LiveStackKey.START_LIVE_STACK,),
)
