"""Profiles: the settings of N.I.N.A. that this library uses; none of them is secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from .base import wire_model
from .enums import RotatorRange, Unknown
from .quantities import Elevation, FocalLength, Longitude, Minutes, PixelSize, Seconds, Setting
from .wire import Count, Latitude, NotNegative, Positive, mapping

# The id if no device is selected.
NO_DEVICE: Final = "No_Device"


@wire_model(active="IsActive")
class ProfileSummary:
    """A profile in the list of profiles."""

    id: str = ""
    name: str = ""
    active: bool | None = None


@wire_model()
class AstrometrySettings:
    """The site: degrees, east positive, and m."""

    latitude: Latitude = None
    longitude: Longitude = None
    elevation: Elevation = None


@wire_model()
class CameraSettings:
    """The camera: µm; minutes of cooling and warming for commands without a duration."""

    pixel_size: PixelSize = None
    cooling_duration: Minutes = None
    warming_duration: Minutes = None


@wire_model()
class TelescopeSettings:
    """The telescope: `focal_length` in mm; `id` is the driver of the mount, or `NO_DEVICE`."""

    id: str | None = None
    name: str | None = None
    mount_name: str | None = None
    focal_length: FocalLength = None
    focal_ratio: Positive = None


@wire_model()
class FocuserSettings:
    """The autofocus: the minimum fit of its curve, up to 1; 0 accepts any."""

    r_squared_threshold: NotNegative = None


@wire_model()
class RotatorSettings:
    """The permitted mechanical range of the rotator, and the angle in degrees at which it starts."""

    range_type: RotatorRange | Unknown | None = None
    range_start_mechanical_position: float | None = None


@wire_model()
class DomeSettings:
    """The conditions under which N.I.N.A. moves a shutter, or silently refuses to."""

    park_mount_before_shutter_move: bool | None = None
    park_dome_before_shutter_move: bool | None = None
    refuse_unsafe_shutter_move: bool | None = None
    refuse_unsafe_shutter_open_sans_safety_device: bool | None = None
    find_home_before_park: bool | None = None
    close_on_unsafe: bool | None = None


@wire_model()
class MeridianFlipSettings:
    """The times of a meridian flip: minutes, `settle_time` in s."""

    minutes_after_meridian: float | None = None
    max_minutes_after_meridian: float | None = None
    pause_time_before_meridian: float | None = None
    settle_time: Seconds = None
    use_side_of_pier: bool | None = None
    recenter: bool | None = None
    auto_focus_after_flip: bool | None = None
    rotate_image_after_flip: bool | None = None


@wire_model()
class ProfileFilter:
    """A filter of the profile: `focus_offset` in steps, the exposure of autofocus in s."""

    name: str | None = None
    position: Count = None
    focus_offset: int | None = None
    auto_focus_exposure_time: Positive = None
    auto_focus_filter: bool | None = None
    auto_focus_gain: Setting = None
    auto_focus_offset: Setting = None

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Accept the older spelling, `_focusOffset` for `FocusOffset`."""
        return {
            key[1:2].upper() + key[2:] if key.startswith("_") else key: value
            for key, value in block.items()
        }


@wire_model(
    astrometry="AstrometrySettings",
    camera="CameraSettings",
    telescope="TelescopeSettings",
    focuser="FocuserSettings",
    rotator="RotatorSettings",
    dome="DomeSettings",
    meridian_flip="MeridianFlipSettings",
)
class Profile:
    """The active profile; N.I.N.A. polls its drivers every `device_polling_interval` seconds."""

    id: str = ""
    name: str = ""
    description: str | None = None
    last_used: datetime | None = None
    device_polling_interval: Positive = None
    astrometry: AstrometrySettings | None = None
    camera: CameraSettings | None = None
    telescope: TelescopeSettings | None = None
    focuser: FocuserSettings | None = None
    rotator: RotatorSettings | None = None
    dome: DomeSettings | None = None
    meridian_flip: MeridianFlipSettings | None = None
    filters: tuple[ProfileFilter, ...] = ()

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Move single values out of their sections."""
        return {
            **block,
            "DevicePollingInterval": mapping(block.get("ApplicationSettings")).get(
                "DevicePollingInterval"
            ),
            "Filters": mapping(block.get("FilterWheelSettings")).get("FilterWheelFilters"),
        }

    @property
    def selects_no_mount(self) -> bool:
        """Whether no mount is selected, as opposed to a disconnected one."""
        return self.telescope is not None and self.telescope.id == NO_DEVICE
