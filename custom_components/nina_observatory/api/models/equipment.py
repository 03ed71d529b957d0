"""All devices of an observatory, and the roles they play."""

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from .base import Device, wire_model
from .camera import Camera
from .dome import Dome
from .filter_wheel import FilterWheel
from .flat_panel import FlatPanel
from .focuser import Focuser
from .guider import Guider
from .mount import Mount
from .rotator import Rotator
from .safety_monitor import SafetyMonitor
from .switch_hub import SwitchHub
from .weather import Weather

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Role(StrEnum):
    """The role of a device in the observatory; the hub and the scheduler are not devices of N.I.N.A."""

    HUB = "hub"
    CAMERA = "camera"
    MOUNT = "mount"
    FOCUSER = "focuser"
    FILTER_WHEEL = "filter_wheel"
    ROTATOR = "rotator"
    GUIDER = "guider"
    DOME = "dome"
    FLAT_PANEL = "flat_panel"
    SWITCH_HUB = "switch_hub"
    WEATHER = "weather"
    SAFETY_MONITOR = "safety_monitor"
    SCHEDULER = "scheduler"


DEVICE_MODELS: Final[Mapping[Role, type[Device]]] = MappingProxyType(
    {
        Role.CAMERA: Camera,
        Role.MOUNT: Mount,
        Role.FOCUSER: Focuser,
        Role.FILTER_WHEEL: FilterWheel,
        Role.ROTATOR: Rotator,
        Role.GUIDER: Guider,
        Role.DOME: Dome,
        Role.FLAT_PANEL: FlatPanel,
        Role.SWITCH_HUB: SwitchHub,
        Role.WEATHER: Weather,
        Role.SAFETY_MONITOR: SafetyMonitor,
    }
)

# The name of a device in the paths of the server.
DEVICE_PATHS: Final[Mapping[Role, str]] = MappingProxyType(
    {role: role.value.replace("_", "") for role in DEVICE_MODELS}
    | {Role.FLAT_PANEL: "flatdevice", Role.SWITCH_HUB: "switch"}
)


@wire_model(flat_panel="FlatDevice", switch_hub="Switch", weather="WeatherData")
class Equipment:
    """One reading of the devices.

    None for a device that was not requested, did not answer, or lacks its connection state.
    """

    camera: Camera | None = None
    mount: Mount | None = None
    focuser: Focuser | None = None
    filter_wheel: FilterWheel | None = None
    rotator: Rotator | None = None
    guider: Guider | None = None
    dome: Dome | None = None
    flat_panel: FlatPanel | None = None
    switch_hub: SwitchHub | None = None
    weather: Weather | None = None
    safety_monitor: SafetyMonitor | None = None

    @classmethod
    def from_devices(cls, devices: Mapping[Role, Device]) -> Self:
        """Combine devices that were read separately."""
        return cls(**devices)  # type: ignore[arg-type]  # roles are names of fields

    def device(self, role: Role) -> Device | None:
        """Return the device with a role."""
        device: Device | None = getattr(self, role, None)
        return device

    def devices(self) -> Iterator[tuple[Role, Device]]:
        """Yield the devices that were read, with their roles."""
        for role in DEVICE_MODELS:
            if (device := self.device(role)) is not None:
                yield role, device

    @property
    def any_connected(self) -> bool:
        """Whether any device is connected."""
        for role in DEVICE_MODELS:
            device: Device | None = getattr(self, role)
            if device is not None and device.connected:
                return True
        return False
