"""Commands for the channels of a switch hub."""

from ..api import Role, SwitchHub, WritableSwitch
from ..commander import Command


def _channel(hub: SwitchHub, channel_id: int) -> WritableSwitch | None:
    """Return a channel by its id."""
    return next((channel for channel in hub.writable if channel.id == channel_id), None)


def switch_channel(channel_id: int, *, on: bool) -> Command[SwitchHub]:
    """Return the command that switches a two-state channel.

    It is named by its id and written by its position, both from a reading made for this
    command: positions change with the device that is connected (field notes 15).
    """

    def wanted(hub: SwitchHub) -> float:
        """Return the value to write."""
        channel = _channel(hub, channel_id)
        value = None if channel is None else channel.maximum if on else channel.minimum
        return float(on) if value is None else value

    def reads(hub: SwitchHub) -> float | None:
        """Return what the channel reads."""
        channel = _channel(hub, channel_id)
        return None if channel is None else channel.value

    return Command(
        key="switch_channel",
        subject=Role.SWITCH_HUB,
        send=lambda client, hub: client.set_switch(hub.index_of(channel_id) or 0, wanted(hub)),
        proof=lambda hub: reads(hub) == wanted(hub),
        seen=reads,
        limit=30,
        refusal=lambda hub, _: "channel_missing" if hub.index_of(channel_id) is None else None,
    )
