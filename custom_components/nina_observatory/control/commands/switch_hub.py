"""Commands for the channels of a switch hub.

A channel is identified by its id and written by its position, both from a reading made for the
command: positions change with the connected device (docs/field-notes.md, Switches).
"""

from collections.abc import Callable

from ...api import Equipment, Role, SwitchHub, WritableSwitch
from ...const import CommandKey
from ...errors import Reason, RefusedError
from ..command import Command, Refusal


class SwitchHubKey(CommandKey):
    """Keys of the commands for the switches."""

    SET_CHANNEL = "set_channel"
    SWITCH_CHANNEL = "switch_channel"


# Tolerance as a fraction of a step: devices round to whole steps.
SAME_VALUE = 0.5


def _channel(hub: SwitchHub, channel_id: int) -> WritableSwitch | None:
    return next((channel for channel in hub.writable if channel.id == channel_id), None)


def _cannot_write(channel: WritableSwitch | None, value: float) -> Refusal | None:
    """Return why a value cannot be written: N.I.N.A. does not validate it."""
    if channel is None:
        return Reason.CHANNEL_MISSING
    low, high = channel.limits
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    values = {
        "value": f"{value:.10g}",
        "minimum": "?" if low is None else f"{low:.10g}",
        "maximum": "?" if high is None else f"{high:.10g}",
    }
    return RefusedError(Reason.CHANNEL_OUT_OF_RANGE, **values)


def _write(
    key: CommandKey, channel_id: int, evidence: str, wanted: Callable[[WritableSwitch], float]
) -> Command[SwitchHub]:
    """Write the value that `wanted` returns for a channel."""

    def refusal(hub: SwitchHub, _equipment: Equipment) -> Refusal | None:
        channel = _channel(hub, channel_id)
        return _cannot_write(channel, 0.0 if channel is None else wanted(channel))

    def value(hub: SwitchHub) -> float:
        channel = _channel(hub, channel_id)
        return 0.0 if channel is None else wanted(channel)

    def reads(hub: SwitchHub) -> float | None:
        channel = _channel(hub, channel_id)
        return None if channel is None else channel.value

    def proof(hub: SwitchHub) -> bool:
        channel = _channel(hub, channel_id)
        if channel is None or channel.value is None:
            return False
        return abs(channel.value - wanted(channel)) <= SAME_VALUE * (channel.step_size or 0.0)

    return Command(
        key=key,
        subject=Role.SWITCH_HUB,
        method=lambda client: client.switches.set_value,
        send=lambda client, hub: client.switches.set_value(
            hub.index_of(channel_id) or 0, value(hub)
        ),
        succeeded=proof,
        proof_text=evidence,
        reads=reads,
        precondition=refusal,
    )


def set_channel(channel_id: int, value: float) -> Command[SwitchHub]:
    """Write a value to a channel."""
    return _write(
        SwitchHubKey.SET_CHANNEL, channel_id, "the channel has the value", lambda _: value
    )


def switch_channel(channel_id: int, *, on: bool) -> Command[SwitchHub]:
    """Switch a two-state channel."""

    def wanted(channel: WritableSwitch) -> float:
        value = channel.maximum if on else channel.minimum
        return float(on) if value is None else value

    return _write(
        SwitchHubKey.SWITCH_CHANNEL,
        channel_id,
        "the channel has its upper or lower value",
        wanted,
    )
