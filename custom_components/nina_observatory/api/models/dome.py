"""The dome or roll-off roof."""

from .base import Device, wire_model
from .enums import ShutterState, Unknown
from .quantities import Angle


@wire_model(
    # Never set, or a localized text that is "Off" while N.I.N.A.'s own follower works.
    shutter="ShutterStatus",
    parked="AtPark",
    following="IsFollowing",
    synchronized="IsSynchronized",
)
class Dome(Device):
    """The dome: `azimuth` in degrees; `following` and `synchronized` are None before plugin 2.2.1."""

    shutter: ShutterState | Unknown | None = None
    azimuth: Angle = None
    azimuth_dms: str | None = None
    slewing: bool = False
    parked: bool = False
    at_home: bool = False
    following: bool | None = None
    synchronized: bool | None = None
    driver_following: bool = False
    driver_can_follow: bool = False
    can_set_shutter: bool = False
    can_set_park: bool = False
    can_set_azimuth: bool = False
    can_sync_azimuth: bool = False
    can_park: bool = False
    can_find_home: bool = False

    @property
    def lacks_shutter(self) -> bool:
        """Whether the dome is connected and has no shutter."""
        return not self.can_set_shutter and self.shutter in (None, ShutterState.NONE)

    @property
    def shutter_moving(self) -> bool:
        """Whether the shutter is opening or closing."""
        return self.shutter in (ShutterState.OPENING, ShutterState.CLOSING)
