"""The switch hub: power outlets, dew heaters and gauges."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, override

from simulator.parameters import Double, Short
from simulator.reply import UNKNOWN_ERROR, Reply
from simulator.routing import get

from .base import Device, Driver, dummy


@dataclass(slots=True)
class Channel:
    """One channel; `target` is the value last typed or written, `value` the current one."""

    number: int
    name: str
    description: str
    value: float = 0.0
    minimum: float = 0.0
    maximum: float = 1.0
    step: float = 1.0
    target: float = field(default=0.0)

    def __post_init__(self) -> None:
        """Begin with the target where the value is."""
        self.target = self.value


class SwitchHub(Device):
    """A hub with `writable` and `readonly` channels, in the order N.I.N.A. lists them."""

    role = "switch_hub"
    path = "switch"
    bundle_key = "Switch"
    prefix = "SWITCH"
    noun = "Switch"
    profile_section = "SwitchSettings"
    connect_seconds = 0.4
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No switch"),
        Driver(
            "ASCOM.PowerHub.Switch",
            "Power Hub",
            "Power Hub (ASCOM)",
            description="Outlets and dew heaters",
            info="Power Hub Driver",
            version="3.0",
            actions=("Reboot",),
        ),
        Driver("ASCOM.Simulator.Switch", "ASCOM SwitchV2 Simulator Driver"),
    )

    writable: list[Channel]
    readonly: list[Channel]

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device; after a loss the stale lists stay."""
        if not hasattr(self, "writable"):
            self.writable = [
                Channel(0, "Telescope", "Power of the telescope", value=1),
                Channel(1, "Camera", "Power of the camera", value=1),
                Channel(2, "Flat Panel", "Power of the flat panel"),
                Channel(5, "Dew Heater", "Dew heater, 0 to 100 %", value=30, maximum=100),
            ]
            self.readonly = [
                Channel(3, "Voltage", "Input voltage in V", value=12.6),
                Channel(4, "Current", "Input current in A", value=3.2),
            ]
        return {}

    @override
    def lost_leftovers(self) -> dict[str, Any]:
        """Keep the stale channels after a loss."""
        return {key: self.known[key] for key in ("WritableSwitches", "ReadonlySwitches")}

    @override
    def read(self) -> dict[str, Any]:
        """Return all channels."""
        return {
            "WritableSwitches": [
                {
                    "Maximum": float(channel.maximum),
                    "Minimum": float(channel.minimum),
                    "StepSize": float(channel.step),
                    "TargetValue": float(channel.target),
                    **_common(channel),
                }
                for channel in self.writable
            ],
            "ReadonlySwitches": [_common(channel) for channel in self.readonly],
        }

    @get("set", Short("index"), Double("value"))
    async def set(self, index: int, value: float) -> Reply:
        """Write a channel by its position; one that does not exist is written just as well."""
        if self.connected or self.dialect.at_least("2.2.12.1"):
            self.require_connection()
        if index < 0:
            raise UNKNOWN_ERROR
        if index < len(self.writable) and self.connected:
            self.tasks.start(self._write(self.writable[index], value))
        return Reply("Switch value updated")

    async def _write(self, channel: Channel, value: float) -> None:
        """Write a channel; the value shows up at the next poll."""
        channel.target = value
        self._show_target(channel)
        if self.obeys():
            channel.value = min(channel.maximum, max(channel.minimum, value))
        await self.next_poll()

    def _show_target(self, channel: Channel) -> None:
        """Show the typed value at once, before the next poll."""
        for entry in self.known.get("WritableSwitches", ()):
            if entry["Id"] == channel.number:
                entry["TargetValue"] = float(channel.target)


def _common(channel: Channel) -> dict[str, Any]:
    """Return what both kinds of channel show."""
    return {
        "Id": channel.number,
        "Name": channel.name,
        "Description": channel.description,
        "Value": float(channel.value),
    }
