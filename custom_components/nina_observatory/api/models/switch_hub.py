"""The switch hub: a device with any number of switches and gauges."""

from typing import Annotated

from .base import Device, in_place, wire_model
from .wire import Count, Positive


@wire_model()
class ReadonlySwitch:
    """A gauge; its unit, if any, is in its name or description."""

    id: Count = None
    name: str | None = None
    description: str | None = None
    value: float | None = None


@wire_model()
class WritableSwitch(ReadonlySwitch):
    """A channel that can be set; `target_value` is the value typed in N.I.N.A., not its state."""

    target_value: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    step_size: Positive = None

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The lowest and highest value, None if it has no such limit or reports an invalid one."""
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            return (None, None)
        return (self.minimum, self.maximum)

    @property
    def is_bounded(self) -> bool:
        """Whether it reports a range of values; without one, it can be set only by number."""
        return self.minimum is not None and self.maximum is not None and self.minimum < self.maximum

    @property
    def is_toggle(self) -> bool:
        """Whether it has exactly two states."""
        if self.minimum is None or self.maximum is None:
            return False
        return self.maximum - self.minimum == self.step_size

    @property
    def is_on(self) -> bool | None:
        """Whether a toggle is at its upper state."""
        if not self.is_toggle or self.value is None or self.minimum is None:
            return None
        return self.value > self.minimum


# Commands count positions: a channel that cannot be decoded keeps its place, without an id.
_Channels = Annotated[tuple[WritableSwitch, ...], in_place(WritableSwitch)]


@wire_model(writable="WritableSwitches", readonly="ReadonlySwitches")
class SwitchHub(Device):
    """The switch hub; identify a channel by its id, since names may repeat."""

    writable: _Channels = ()
    readonly: tuple[ReadonlySwitch, ...] = ()

    def index_of(self, channel_id: int) -> int | None:
        """Return the number of a channel in commands: its position among the writable ones."""
        ids = [channel.id for channel in self.writable]
        return ids.index(channel_id) if channel_id in ids else None
