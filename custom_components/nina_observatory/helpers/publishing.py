"""Filter of published data: an allow-list, so that nothing leaks that was not reviewed.

Text is shown if it is a value of this integration's enumerations, a version or a time. Numbers from
N.I.N.A. are shown if their field is listed: together with the time, a position in the sky reveals a
position on Earth. Of everything else only the presence is shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from ipaddress import ip_address
from itertools import groupby
import re
from typing import Any, Final, TypedDict

from homeassistant.components.diagnostics import REDACTED

from ..api import Device, Unknown, plain

# Fields of the models in `api` whose numbers reveal neither the site nor its owner.
NUMBERS: Final = frozenset(
    {
        # Cameras and frames.
        *("temperature", "set_point", "cooler_power", "last_download_time", "battery", "bit_depth"),
        *("gain", "default_gain", "gain_min", "gain_max", "gains", "x", "y", "bin_x", "bin_y"),
        *("offset", "default_offset", "offset_min", "offset_max", "x_size", "y_size"),
        *("usb_limit", "usb_limit_min", "usb_limit_max", "pixel_size", "electrons_per_adu"),
        *("bayer_offset_x", "bayer_offset_y", "readout_mode", "readout_mode_for_normal_images"),
        *("readout_mode_for_snap_images", "exposure_min", "exposure_max", "exposure_time"),
        *("sub_sample_x", "sub_sample_y", "sub_sample_width", "sub_sample_height"),
        *("mean", "median", "std_dev", "min", "max", "stars", "hfr", "hfr_std_dev"),
        # Other devices.
        *("guide_rate_right_ascension", "guide_rate_declination", "position", "step_size"),
        *("mechanical_position", "pixel_scale", "pixel", "arcseconds", "ra_distance_raw"),
        *("dec_distance_raw", "ra_duration", "dec_duration", "brightness", "min_brightness"),
        *("max_brightness", "value", "target_value", "minimum", "maximum", "average_period"),
        *("cloud_cover", "dew_point", "humidity", "rain_rate", "sky_temperature", "star_fwhm"),
        *("wind_gust", "wind_speed"),
        # Settings, the autofocus, and flats.
        *("device_polling_interval", "cooling_duration", "warming_duration", "focal_length"),
        *("focal_ratio", "r_squared_threshold", "range_start_mechanical_position"),
        *("minutes_after_meridian", "max_minutes_after_meridian", "pause_time_before_meridian"),
        *("settle_time", "focus_offset", "auto_focus_exposure_time", "auto_focus_gain"),
        *("auto_focus_offset", "error", "quadratic", "hyperbolic", "gaussian", "left_trend"),
        *("right_trend", "inwards", "outwards", "duration", "total", "completed"),
    }
)
# Numbers from other software: shown if they are too small for a serial number.
ORDINALS: Final = frozenset({"id"})
LARGEST_ORDINAL: Final = 255
TIMES: Final = frozenset({"exposure_ends_at", "utc_time", "timestamp", "date"})
VERSIONS: Final = frozenset({"driver_version"})
# Words in the names of drivers that identify the maker, not the owner.
MAKERS: Final = frozenset(
    {
        *("10micron", "aag", "alpaca", "altair", "ascom", "atik", "baader", "beaver", "boltwood"),
        *(
            "canon",
            "celestron",
            "cloudwatcher",
            "cpwi",
            "deepskydad",
            "dragonfly",
            "eagle",
            "ecowitt",
        ),
        *(
            "eqmod",
            "fli",
            "flipflat",
            "gemini",
            "gsserver",
            "indi",
            "ioptron",
            "lacerta",
            "losmandy",
        ),
        *("lunatico", "maxdome", "metaguide", "moonlite", "moravian", "nexdome", "nikon", "nina"),
        *("onstep", "openweathermap", "optec", "pegasus", "pegasusastro", "phd2", "primaluce"),
        *("pulsar", "qhy", "qhyccd", "rainbow", "sbig", "scopedome", "simulator", "skywatcher"),
        *("svbony", "synscan", "touptek", "upb", "upbv2", "wanderer", "wandererastro", "zwo"),
    }
)

_VERSION: Final = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d:\d\d|Z)?")
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z_ ]{0,39}\d{0,2}")
# A property of N.I.N.A., as opposed to user input: `ReadoutModes`, `HFR`, `_focusOffset`.
_PROPERTY: Final = re.compile(
    r"_?(?:[A-Z]{1,5}|[A-Z]?[a-z]+)(?:[A-Z]{1,5}(?![A-Z])|[A-Z][a-z]+)*\d?"
)
# Of this integration, one above the package of this module.
PACKAGE: Final = __name__.rsplit(".", 2)[0]
LONGEST_PROPERTY: Final = 40
MOST_PROPERTIES: Final = 100


class PublishedKeys(TypedDict):
    """How many keys there are, and the names of those that may be shown."""

    count: int
    keys: list[str]


def own_words() -> frozenset[str]:
    """Return all values of this integration's loaded enumerations."""
    found, pending = set[str](), list(StrEnum.__subclasses__())
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind.__module__.startswith(f"{PACKAGE}."):
            found |= {member.value for member in kind}
    return frozenset(found)


def publish_own(value: object) -> Any:
    """Return publishable data of this integration: numbers, and texts from its enumerations."""
    return _own(value, own_words())


def _own(value: object, words: frozenset[str]) -> Any:
    """Return the publishable part of the integration's own value."""
    if isinstance(value, str) and not isinstance(value, Enum):
        harmless = value in words or value in ("", REDACTED) or is_version(value)
        return value if harmless or _TIME.fullmatch(value) else REDACTED
    if isinstance(value, Mapping):
        pairs = enumerate(value.items(), 1)
        return {_key(key, number): _own(each, words) for number, (key, each) in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [_own(each, words) for each in value]
    return _scalar(value, shown=True)


def _key(key: object, number: int) -> str:
    """Return the key of a mapping, or its number if the key is not publishable."""
    text = str(plain(key))
    return text if _KEY.fullmatch(text) else f"other {number % 100}"


def publish_model(value: object, name: str = "") -> Any:
    """Return the publishable part of a decoded answer, field by field."""
    if is_dataclass(value) and not isinstance(value, type | Unknown):
        return {
            each.name: publish_model(getattr(value, each.name), each.name) for each in fields(value)
        }
    if isinstance(value, list | tuple):
        return [publish_model(each, name) for each in value]
    if isinstance(value, str) and not isinstance(value, Enum):
        return value if not value or (name in VERSIONS and is_version(value)) else REDACTED
    if name in ORDINALS:
        small = isinstance(value, int) and 0 <= value <= LARGEST_ORDINAL
        return value if small or value is None else REDACTED
    return _scalar(value, shown=name in (TIMES if isinstance(value, datetime) else NUMBERS))


def _scalar(value: object, *, shown: bool) -> Any:
    """Return the publishable part of a value other than text; numbers and times if `shown`."""
    if isinstance(value, bool | Enum | None):
        return plain(value)
    if isinstance(value, Unknown):
        return "not known" if isinstance(value.raw, str) else f"not known: {_small(value.raw)}"
    if not shown or not isinstance(value, datetime | timedelta | int | float):
        return REDACTED
    if isinstance(value, datetime) and value.tzinfo is not None:
        # Its offset reveals the zone of the site.
        value = value.astimezone(UTC)
    return plain(value)


def _small(number: int) -> str:
    """Return the number of a member of an enumeration, unless it cannot be one."""
    return str(number) if abs(number) <= LARGEST_ORDINAL else REDACTED


def is_version(text: str) -> bool:
    """Return whether a text is only a version; a private IP address looks similar.

    `packaging` also accepts versions with a label, which may be any text.
    """
    if _VERSION.fullmatch(text) is None:
        return False
    try:
        return not ip_address(text).is_private
    except ValueError:
        return True


def makers(device: Device) -> list[str]:
    """Return the known words in a driver's description."""
    texts = (
        device.name,
        device.display_name,
        device.description,
        device.driver_info,
        device.device_id,
    )
    said = " ".join(text for text in texts if text).casefold()
    return sorted(MAKERS.intersection(re.findall(r"[a-z0-9]+", said)))


def publish_keys(keys: Iterable[str]) -> PublishedKeys:
    """Return how many keys are not decoded, and the names of those that are properties.

    An object with any other key is a table with names from the user: none of its keys is shown.
    """
    every = sorted(set(keys))
    named = list[str]()
    for _, group in groupby(sorted(every, key=_around), _around):
        siblings = list(group)
        if all(_is_property(each) for each in siblings):
            named += siblings
    return {"count": len(every), "keys": sorted(named)[:MOST_PROPERTIES]}


def _around(key: str) -> str:
    """Return the path of the object that a key is in."""
    return key.rpartition(".")[0]


def _is_property(key: str) -> bool:
    """Return whether every part of a path is spelled as a property of N.I.N.A."""
    parts = key.split(".")
    return all(len(part) <= LONGEST_PROPERTY and _PROPERTY.fullmatch(part) for part in parts)
