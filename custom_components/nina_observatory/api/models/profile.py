"""Profiles: the settings of N.I.N.A. that matter here, and nothing of what is secret in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from .base import wire_model
from .enums import RotatorRange, Unknown
from .quantities import Elevation, FocalLength, Longitude, PixelSize, Seconds, Setting
from .wire import Count, Latitude, NotNegative, Positive, mapping

# What is selected where nothing is.
NO_DEVICE: Final = "No_Device"


@wire_model(active="IsActive")
class ProfileSummary:
    """A profile in the list of profiles."""

    id: str = ""
    name: str = ""
    active: bool = False


@wire_model()
class AstrometrySettings:
    """The site: degrees, east positive, and m."""

    latitude: Latitude = None
    longitude: Longitude = None
    elevation: Elevation = None


@wire_model()
class CameraSettings:
    """The camera: µm, and minutes of cooling and warming where commands leave them open."""

    pixel_size: PixelSize = None
    cooling_duration: Seconds = None
    warming_duration: Seconds = None


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
    """The autofocus: how well its curve has to fit at least, up to 1; 0 takes any."""

    r_squared_threshold: NotNegative = None


@wire_model()
class RotatorSettings:
    """The mechanical range that the rotator may use, from an angle in degrees on."""

    range_type: RotatorRange | Unknown | None = None
    range_start_mechanical_position: float | None = None


@wire_model()
class DomeSettings:
    """The conditions under which N.I.N.A. moves a shutter, or silently refuses to."""

    park_mount_before_shutter_move: bool = False
    park_dome_before_shutter_move: bool = False
    refuse_unsafe_shutter_move: bool = False
    refuse_unsafe_shutter_open_sans_safety_device: bool = False
    find_home_before_park: bool = False
    close_on_unsafe: bool = False


@wire_model()
class MeridianFlipSettings:
    """When a mount flips: minutes, `settle_time` in s."""

    minutes_after_meridian: float | None = None
    max_minutes_after_meridian: float | None = None
    pause_time_before_meridian: float | None = None
    settle_time: Seconds = None
    use_side_of_pier: bool = False
    recenter: bool = False
    auto_focus_after_flip: bool = False
    rotate_image_after_flip: bool = False


@wire_model()
class ProfileFilter:
    """A filter of the profile: `focus_offset` in steps, the exposure of autofocus in s."""

    name: str | None = None
    position: Count = None
    focus_offset: int | None = None
    auto_focus_exposure_time: Positive = None
    auto_focus_filter: bool = False
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
    """The active profile; `device_polling_interval` is how often drivers are asked, in s."""

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
        """Lift what is alone in its section."""
        return {
            **block,
            "DevicePollingInterval": mapping(block.get("ApplicationSettings")).get(
                "DevicePollingInterval"
            ),
            "Filters": mapping(block.get("FilterWheelSettings")).get("FilterWheelFilters"),
        }

    @property
    def selects_no_mount(self) -> bool:
        """Whether no mount is selected, as opposed to one that is not connected."""
        return self.telescope is not None and self.telescope.id == NO_DEVICE
