"""The flat panel and its cover."""

from .base import Device, wire_model
from .enums import CoverState, Unknown
from .wire import Count


@wire_model(
    cover="CoverState",
)
class FlatPanel(Device):
    """The flat panel; brightness is in the device's own units, not in percent."""

    cover: CoverState | Unknown | None = None
    light_on: bool | None = None
    brightness: Count = None
    min_brightness: Count = None
    max_brightness: Count = None
    supports_open_close: bool | None = None
    supports_on_off: bool | None = None

    @property
    def brightness_range(self) -> tuple[int, int] | None:
        """The dimmest and brightest setting that gives light; None if the device reports none."""
        if not self.max_brightness:
            return None
        low = max(1, self.min_brightness or 0)
        return (low, self.max_brightness) if low <= self.max_brightness else None

    @property
    def brightness_fraction(self) -> float | None:
        """The brightness as a fraction of the range, above 0 while the light is on."""
        if self.brightness is None or self.brightness_range is None:
            return None
        low, high = self.brightness_range
        return min(1.0, max(0.0, (self.brightness - low + 1) / (high - low + 1)))

    def brightness_for(self, fraction: float) -> int | None:
        """Return the device's setting for a fraction of the range, at least the dimmest."""
        if self.brightness_range is None:
            return None
        low, high = self.brightness_range
        return min(high, max(low, round(fraction * (high - low + 1)) + low - 1))
