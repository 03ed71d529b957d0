"""The dome or roll-off roof."""

from .base import Device, wire_model
from .enums import ShutterState, Unknown
from .quantities import Angle


@wire_model(
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
    slewing: bool | None = None
    parked: bool | None = None
    at_home: bool | None = None
    following: bool | None = None
    synchronized: bool | None = None
    driver_following: bool | None = None
    driver_can_follow: bool | None = None
    can_set_shutter: bool | None = None
    can_set_park: bool | None = None
    can_set_azimuth: bool | None = None
    can_sync_azimuth: bool | None = None
    can_park: bool | None = None
    can_find_home: bool | None = None

    @property
    def lacks_shutter(self) -> bool:
        """Whether the dome is connected and reports that it has no shutter.

        A missing flag or state is no such report.
        """
        reported = self.can_set_shutter is False and self.shutter is ShutterState.NONE
        return self.connected and reported

    @property
    def is_roof(self) -> bool:
        """Whether the dome is connected and reports that it cannot turn: a roll-off roof."""
        return self.connected and self.can_set_azimuth is False

    @property
    def shutter_moving(self) -> bool:
        """Whether the shutter is opening or closing."""
        return self.shutter in (ShutterState.OPENING, ShutterState.CLOSING)
