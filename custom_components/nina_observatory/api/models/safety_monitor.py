"""The safety monitor."""

from .base import Device, wire_model


@wire_model()
class SafetyMonitor(Device):
    """The safety monitor; `is_safe` is None, neither True nor False, while it is disconnected."""

    is_safe: bool | None = None
