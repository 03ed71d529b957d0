"""Values derived from a reading together with the active profile."""

from datetime import datetime, timedelta

from ..api import Camera, FilterWheel, Frame, Mount, Profile

_ARCSECONDS_PER_RADIAN_MILLI = 206.264806
# More than half a day away would be the next meridian passage.
_LONGEST_MINUTES = 720


def binned_pixel(camera: Camera, profile: Profile | None) -> float | None:
    """Return the size of a pixel with the current binning, in µm.

    The profile has the size as well, for cameras whose drivers do not report it.
    """
    told = None if profile is None or profile.camera is None else profile.camera.pixel_size
    size = camera.pixel_size or told
    return None if size is None or camera.bin_x is None else size * camera.bin_x


def image_scale(camera: Camera, profile: Profile | None) -> float | None:
    """Return the scale of frames with the current binning, in arcsec/px."""
    pixel = binned_pixel(camera, profile)
    telescope = None if profile is None else profile.telescope
    focal_length = None if telescope is None else telescope.focal_length
    if pixel is None or focal_length is None:
        return None
    return pixel / focal_length * _ARCSECONDS_PER_RADIAN_MILLI


def hfr_arcseconds(frame: Frame, camera: Camera | None, profile: Profile | None) -> float | None:
    """Return the HFR in arcsec of a frame taken with the current binning."""
    return None if camera is None else frame.hfr_arcseconds(binned_pixel(camera, profile))


def focus_offset(wheel: FilterWheel, profile: Profile | None) -> int | None:
    """Return the focus offset of the selected filter in steps, from the profile."""
    name = None if wheel.selected_filter is None else wheel.selected_filter.name
    filters = () if profile is None else profile.filters
    return next((each.focus_offset for each in filters if each.name == name), None)


def earliest_flip(mount: Mount, read_at: datetime, profile: Profile | None) -> datetime | None:
    """Return the earliest time at which N.I.N.A. may flip.

    The countdown of the mount ends at the latest time (docs/field-notes.md, Mount); the profile has
    the number of minutes by which the earliest precedes it.
    """
    latest = mount.flip_due_at(read_at)
    rules = None if profile is None else profile.meridian_flip
    if latest is None or rules is None:
        return None
    first, last = rules.minutes_after_meridian, rules.max_minutes_after_meridian
    if first is None or last is None or not 0 <= last - first <= _LONGEST_MINUTES:
        return None
    return latest - timedelta(minutes=last - first)
