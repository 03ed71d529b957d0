"""Sensors of the switch hub: its gauges, and channels that report no range of values."""

from collections.abc import Iterable
from itertools import chain
from typing import Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass

from ..api import ReadonlySwitch, SwitchHub
from ..entities.channels import CHANNEL_PREFIX, ChannelEntity
from ..entities.deadband import Deadband
from ..entities.entity import ShownReading
from ..readings.equipment import EquipmentCoordinator

# The unit of a gauge is unknown: 0.1 V of 12 V are as much as 0.03 A of 3 A.
GAUGE_DEADBAND: Final = Deadband(0.05, percent=1)


def gauges(hub: SwitchHub) -> Iterable[ReadonlySwitch]:
    """Return the read-only values: gauges, and writable channels without a range of values.

    Without a range neither a switch nor a number can represent a channel; `set_switch` writes it.
    """
    return chain(hub.readonly, (each for each in hub.writable if not each.is_bounded))


class NinaGauge(ChannelEntity[ReadonlySwitch], SensorEntity):
    """A gauge of a switch hub; its unit, if any, is in its name."""

    def __init__(self, equipment: EquipmentCoordinator, channel_id: int, name: str | None) -> None:
        """Describe the gauge, which reports nothing but a number."""
        description = SensorEntityDescription(
            key=f"{CHANNEL_PREFIX}{channel_id}",
            state_class=SensorStateClass.MEASUREMENT,
        )
        super().__init__(equipment, channel_id, name, description)
        self._shown_value = ShownReading[float](GAUGE_DEADBAND.hides)

    @property
    @override
    def channels(self) -> Iterable[ReadonlySwitch]:
        return () if self.hub is None else gauges(self.hub)

    @property
    @override
    def native_value(self) -> float | None:
        """Return the value shown; the last one read may be within the deadband of it."""
        return self._shown_value.update(None if self.channel is None else self.channel.value)
