"""The mount."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, override

from .base import Device, wire_model
from .enums import AlignmentMode, Epoch, SideOfPier, TrackingMode, Unknown
from .quantities import Angle, Elevation, GuideRate, Longitude
from .wire import Hours, HoursToFlip, Latitude, UtcMoment, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOLAR_PER_SIDEREAL = 0.9972695663


@wire_model(
    right_ascension="RA",
    right_ascension_degrees="RADegrees",
    right_ascension_string="RAString",
    declination="Dec",
    declination_string="DecString",
)
class Coordinates:
    """A place in the sky: `right_ascension` in hours, the other two numbers in degrees."""

    right_ascension: Hours = None
    right_ascension_degrees: Angle = None
    right_ascension_string: str | None = None
    declination: Latitude = None
    declination_string: str | None = None
    epoch: Epoch | Unknown | None = None


@wire_model(
    tracking="TrackingEnabled",
    parked="AtPark",
    utc_time="UTCDate",
    pulse_guiding="IsPulseGuiding",
    guide_rate_right_ascension="GuideRateRightAscensionArcsecPerSec",
    guide_rate_declination="GuideRateDeclinationArcsecPerSec",
)
class Mount(Device):
    """The mount: `right_ascension` and `sidereal_time` in hours, other angles in degrees.

    The position is in the mount's own `equatorial_system`, usually JNOW; commands use J2000.
    `time_to_meridian_flip` counts sidereal hours down to the latest permitted moment of a flip; it
    is None while the mount does not track. Guide rates in arcsec/s, `site_elevation` in m.
    """

    tracking: bool | None = None
    tracking_mode: TrackingMode | Unknown | None = None
    tracking_modes: tuple[TrackingMode | Unknown, ...] = ()
    right_ascension: Hours = None
    right_ascension_string: str | None = None
    declination: Latitude = None
    declination_string: str | None = None
    coordinates: Coordinates | None = None
    altitude: Latitude = None
    altitude_string: str | None = None
    azimuth: Angle = None
    azimuth_string: str | None = None
    sidereal_time: Hours = None
    sidereal_time_string: str | None = None
    hours_to_meridian_string: str | None = None
    time_to_meridian_flip: HoursToFlip = None
    time_to_meridian_flip_string: str | None = None
    side_of_pier: SideOfPier | Unknown | None = None
    parked: bool | None = None
    at_home: bool | None = None
    slewing: bool | None = None
    pulse_guiding: bool | None = None
    can_pulse_guide: bool | None = None
    can_find_home: bool | None = None
    can_park: bool | None = None
    can_set_park: bool | None = None
    can_set_tracking_enabled: bool | None = None
    can_set_declination_rate: bool | None = None
    can_set_right_ascension_rate: bool | None = None
    can_move_primary_axis: bool | None = None
    can_move_secondary_axis: bool | None = None
    can_set_pier_side: bool | None = None
    can_slew: bool | None = None
    can_slew_alt_az: bool | None = None
    guide_rate_right_ascension: GuideRate = None
    guide_rate_declination: GuideRate = None
    site_latitude: Latitude = None
    site_longitude: Longitude = None
    site_elevation: Elevation = None
    equatorial_system: Epoch | Unknown | None = None
    has_unknown_epoch: bool | None = None
    alignment_mode: AlignmentMode | Unknown | None = None
    target_coordinates: Coordinates | None = None
    target_side_of_pier: SideOfPier | Unknown | None = None
    utc_time: UtcMoment = None

    @classmethod
    @override
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Accept the tracking mode at its place before plugin 2.1."""
        block = super().__pre_deserialize__(block)
        old_mode = mapping(block.get("TrackingRate")).get("TrackingMode")
        if old_mode is None or "TrackingMode" in block:
            return block
        return {**block, "TrackingMode": old_mode}

    @property
    def flip_due_in(self) -> timedelta | None:
        """The clock time until the latest permitted moment of a meridian flip."""
        if self.time_to_meridian_flip is None:
            return None
        return timedelta(hours=self.time_to_meridian_flip * _SOLAR_PER_SIDEREAL)

    def flip_due_at(self, now: datetime) -> datetime | None:
        """Return the latest permitted moment of a meridian flip, for a reading taken `now`."""
        return None if self.flip_due_in is None else now + self.flip_due_in
