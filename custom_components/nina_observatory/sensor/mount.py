"""Sensors of the mount."""

from collections.abc import Mapping
from datetime import timedelta
import math
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import DEGREE, EntityCategory, UnitOfLength, UnitOfTime

from ..api import Mount, SideOfPier
from ..api.coordinates import degrees_as_text, hours_as_text
from ..entities.deadband import Deadband
from ..entities.source import WITH_PROFILE, Profiled
from ..readings.optics import earliest_flip
from .description import NinaSensorDescription, option, options

# The sky turns by a degree in four minutes.
_LATITUDE: Final = Deadband(1)
_LONGITUDE: Final = Deadband(1, circle=360)
_HOURS: Final = Deadband(1 / 15, circle=24)
# Hours that follow the clock.
_MINUTE: Final = Deadband(1 / 60, circle=24)
# The flip time is computed from a countdown that N.I.N.A. updates in steps of seconds.
_FLIP: Final = Deadband(60)
# Degrees by which a mount may tremble where it points.
_AT_REST: Final = 0.01

type _Place = tuple[float, float]


def _moved(shown: Mount, read: Mount) -> bool:
    """Return whether the mount moved between two readings, other than with the sky.

    A mount that tracks stays where it is among the stars, any other one above the ground.
    """
    if (shown.slewing, shown.tracking, shown.parked) != (read.slewing, read.tracking, read.parked):
        return True
    one, other = _place(shown), _place(read)
    return one is not None and other is not None and _distance(one, other) > _AT_REST


def _is_on_its_way(before: Mount, read: Mount) -> bool | None:
    """Return whether the mount slews to another place, where a line of the logbook is enough.

    Some drivers never stop reporting that they slew. None if both are the same reading.
    """
    if before is read:
        return None
    return read.slewing is True and _moved(before, read)


def _place(mount: Mount) -> _Place | None:
    """Return where a mount points, in degrees: among the stars if it tracks. None if unknown."""
    if mount.tracking is None:
        return None
    along, up = mount.azimuth, mount.altitude
    if mount.tracking:
        hours, up = mount.right_ascension, mount.declination
        along = None if hours is None else 15 * hours
    return None if along is None or up is None else (along, up)


def _distance(one: _Place, other: _Place) -> float:
    """Return how far two places are apart, in degrees; near the pole a turn is no distance."""
    turn = (one[0] - other[0] + 180) % 360 - 180
    return math.hypot(turn * math.cos(math.radians(one[1])), one[1] - other[1])


def _sexagesimal(value: float | None, text: str | None) -> Mapping[str, str | None]:
    """Return the attribute that repeats a coordinate in sexagesimal notation."""
    return {"sexagesimal": None if value is None else text}


def _right_ascension_as_text(mount: Mount) -> str | None:
    """Return the right ascension; None unless the mount follows it.

    The sky turns over a mount that stands: the right ascension changes all the time, and is no target.
    """
    if mount.parked or (mount.tracking is False and not mount.slewing):
        return None
    return hours_as_text(mount.right_ascension)


def _right_ascension(mount: Mount) -> Mapping[str, float | str | None]:
    """Return the right ascension as numbers, and its equinox."""
    hours = mount.right_ascension
    return {
        "hours": hours,
        "degrees": None if hours is None else round(15 * hours, 9),
        "equinox": option(mount.equatorial_system),
    }


def _declination(mount: Mount) -> Mapping[str, float | str | None]:
    """Return the declination as a number, and its equinox."""
    return {"degrees": mount.declination, "equinox": option(mount.equatorial_system)}


MOUNT_SENSORS = (
    NinaSensorDescription[Mount](
        key="right_ascension",
        translation_key="right_ascension",
        deadband=_HOURS,
        measure_fn=lambda mount: mount.right_ascension,
        measure_unit=UnitOfTime.HOURS,
        moved_fn=_moved,
        passing_fn=_is_on_its_way,
        value_fn=_right_ascension_as_text,
        attributes_fn=_right_ascension,
    ),
    NinaSensorDescription[Mount](
        key="declination",
        translation_key="declination",
        deadband=_LATITUDE,
        measure_fn=lambda mount: mount.declination,
        measure_unit=DEGREE,
        moved_fn=_moved,
        passing_fn=_is_on_its_way,
        value_fn=lambda mount: degrees_as_text(mount.declination),
        attributes_fn=_declination,
    ),
    NinaSensorDescription[Mount](
        key="altitude",
        translation_key="altitude",
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        deadband=_LATITUDE,
        moved_fn=_moved,
        value_fn=lambda mount: mount.altitude,
        attributes_fn=lambda mount: _sexagesimal(mount.altitude, mount.altitude_string),
    ),
    NinaSensorDescription[Mount](
        key="azimuth",
        translation_key="azimuth",
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        suggested_display_precision=1,
        deadband=_LONGITUDE,
        moved_fn=_moved,
        value_fn=lambda mount: mount.azimuth,
        attributes_fn=lambda mount: _sexagesimal(mount.azimuth, mount.azimuth_string),
    ),
    NinaSensorDescription[Mount](
        key="sidereal_time",
        translation_key="sidereal_time",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        deadband=_MINUTE,
        measure_fn=lambda mount: mount.sidereal_time,
        measure_unit=UnitOfTime.HOURS,
        value_fn=lambda mount: hours_as_text(mount.sidereal_time, seconds=False),
        attributes_fn=lambda mount: {"hours": mount.sidereal_time},
    ),
    NinaSensorDescription[Mount](
        key="side_of_pier",
        translation_key="side_of_pier",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.ENUM,
        options=options(SideOfPier),
        value_fn=lambda mount: option(mount.side_of_pier),
    ),
    NinaSensorDescription[Mount](
        key="time_to_meridian_flip",
        translation_key="time_to_meridian_flip",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=2,
        deadband=_MINUTE,
        value_fn=lambda mount: (
            None if mount.flip_due_in is None else mount.flip_due_in / timedelta(hours=1)
        ),
    ),
    NinaSensorDescription[Profiled[Mount]](
        key="meridian_flip_at",
        translation_key="meridian_flip_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        deadband=_FLIP,
        source=WITH_PROFILE,
        passing_fn=lambda before, read: _is_on_its_way(before.device, read.device),
        value_fn=lambda read: read.device.flip_due_at(read.read_at),
    ),
    NinaSensorDescription[Profiled[Mount]](
        key="meridian_flip_earliest_at",
        translation_key="meridian_flip_earliest_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        deadband=_FLIP,
        source=WITH_PROFILE,
        value_fn=lambda read: earliest_flip(read.device, read.read_at, read.profile),
    ),
    NinaSensorDescription[Mount](
        key="site_latitude",
        translation_key="site_latitude",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=DEGREE,
        suggested_display_precision=4,
        value_fn=lambda mount: mount.site_latitude,
    ),
    NinaSensorDescription[Mount](
        key="site_longitude",
        translation_key="site_longitude",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=DEGREE,
        suggested_display_precision=4,
        value_fn=lambda mount: mount.site_longitude,
    ),
    NinaSensorDescription[Mount](
        key="site_elevation",
        translation_key="site_elevation",
        device_class=SensorDeviceClass.DISTANCE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfLength.METERS,
        suggested_display_precision=0,
        value_fn=lambda mount: mount.site_elevation,
    ),
)
