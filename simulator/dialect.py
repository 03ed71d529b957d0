"""The plugin version: its features, its encoding, its names.

Everything that depends on the version is decided here, from the version tables of the contract
(chapter 2); devices describe the newest version only.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from .enums import TrackingMode
from .wire import Style

__all__ = ["Dialect", "Version", "parse_version"]

type Version = tuple[int, int, int, int]

_ALIASES = {
    "2.0": "2.0.1.0",
    "2.0.1": "2.0.1.0",
    "2.1": "2.1.6.0",
    "2.2.14": "2.2.14.5",
}
_OLDEST, _NEWEST = (2, 0, 0, 0), (2, 2, 15, 99)

# First version that sends an event; names that are missing here exist since 2.0.
_EVENTS_SINCE = {
    "MOUNT-HOMED": "2.1.0",
    "GUIDER-START": "2.1.0",
    "GUIDER-STOP": "2.1.0",
    "GUIDER-DITHER": "2.1.0",
    "FILTERWHEEL-CHANGED": "2.1.0",
    "DOME-HOMED": "2.1.0",
    "DOME-PARKED": "2.1.0",
    "SAFETY-CHANGED": "2.1.0",
    "FLAT-LIGHT-TOGGLED": "2.1.2",
    "FLAT-COVER-OPENED": "2.1.2",
    "FLAT-COVER-CLOSED": "2.1.2",
    "FLAT-BRIGHTNESS-CHANGED": "2.1.2",
    "DOME-SLEWED": "2.1.5",
    "DOME-SYNCED": "2.1.5",
    "FOCUSER-USER-FOCUSED": "2.1.6",
    "AUTOFOCUS-FINISHED": "2.1.6",
    "API-CAPTURE-FINISHED": "2.1.6",
    "STACK-UPDATED": "2.1.7.1",
    "PROFILE-ADDED": "2.1.8",
    "PROFILE-REMOVED": "2.1.8",
    "PROFILE-CHANGED": "2.1.8",
    "SEQUENCE-STARTING": "2.2.1.0",
    "SEQUENCE-FINISHED": "2.2.1.0",
    "SEQUENCE-ENTITY-FAILED": "2.2.1.0",
    "TS-WAITSTART": "2.2.1.0",
    "TS-NEWTARGETSTART": "2.2.1.0",
    "TS-TARGETSTART": "2.2.1.0",
    "ROTATOR-MOVED": "2.2.2.0",
    "ROTATOR-MOVED-MECHANICAL": "2.2.2.0",
    "ROTATOR-SYNCED": "2.2.2.0",
    "IMAGE-PREPARED": "2.2.9.0",
    "AUTOFOCUS-STARTING": "2.2.12.0",
    "AUTOFOCUS-POINT-ADDED": "2.2.12.0",
    "STACK-STATUS": "2.2.12.0",
}
_EVENTS_BEFORE_2_1 = {
    "MOUNT-PARKED": "TELESCOPE-PARK",
    "MOUNT-UNPARKED": "TELESCOPE-UNPARK",
    "MOUNT-CENTER": "TELESCOPE-CENTER",
    "MOUNT-BEFORE-FLIP": "TELESCOPE-MF",
    "MOUNT-AFTER-FLIP": None,
    "MOUNT-CONNECTED": "TELESCOPE-CONNECTION",
    "MOUNT-DISCONNECTED": "TELESCOPE-CONNECTION",
}
_PAYLOADS_SINCE_2_1_3 = {"FILTERWHEEL-CHANGED", "SAFETY-CHANGED", "FLAT-BRIGHTNESS-CHANGED"}
_STACK_COUNTS = {"StackCount", "RedStackCount", "GreenStackCount", "BlueStackCount", "IsMonochrome"}

# Fields of info blocks by device path: first version, and for a few the last one before removal.
_FIELDS_SINCE = {
    ("camera", "TargetTemp"): "2.1.1",
    ("camera", "AtTargetTemp"): "2.1.1",
    ("camera", "HasBattery"): "2.1.1",
    ("mount", "TrackingMode"): "2.2.12.0",
    ("mount", "CanSlewAltAz"): "2.2.12.0",
    ("filterwheel", "AvailableFilters"): "2.1.0",
    ("dome", "IsFollowing"): "2.2.1.0",
    ("dome", "IsSynchronized"): "2.2.1.0",
    ("guider", "State"): "2.1.4",
    ("guider", "LastGuideStep"): "2.1.0",
}
_FRAME_FIELDS_SINCE = {
    "ImageType": "2.1.0",
    "TargetName": "2.2.11.0",
    "Min": "2.2.11.0",
    "Max": "2.2.11.0",
    "HFRStDev": "2.2.11.0",
    "IsBayered": "2.1.8",
    "Filename": "2.2.13.0",
}


_FILTER_FIELDS = {
    "Name": "_name",
    "FocusOffset": "_focusOffset",
    "Position": "_position",
    "AutoFocusExposureTime": "_autoFocusExposureTime",
    "AutoFocusFilter": "_autoFocusFilter",
    "AutoFocusBinning": "_autoFocusBinning",
    "AutoFocusGain": "_autoFocusGain",
    "AutoFocusOffset": "_autoFocusOffset",
}
_CUSTOM_RATES = {"CustomRightAscensionRate": None, "CustomDeclinationRate": None}


def parse_version(text: str) -> Version:
    """Return a plugin version; raises ValueError for one that never was or is not simulated."""
    text = _ALIASES.get(text.strip(), text.strip())
    parts = text.split(".")
    if not 2 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"not a plugin version: {text!r} (examples: 2.0.1, 2.1, 2.2.7, 2.2.15)")
    numbers = [int(part) for part in parts] + [0, 0]
    version = (numbers[0], numbers[1], numbers[2], numbers[3])
    if not _OLDEST <= version <= _NEWEST:
        raise ValueError(f"plugin version {text} is not simulated (2.0.0 to 2.2.15)")
    return version


@dataclass(frozen=True)
class Dialect:
    """The habits of one plugin version."""

    version: Version

    def at_least(self, text: str) -> bool:
        """Return whether this version is that one or newer."""
        return self.version >= parse_version_loosely(text)

    @cached_property
    def reported_version(self) -> str:
        """Return what /version answers: releases 2.0.x answer a constant."""
        return ".".join(map(str, self.version)) if self.at_least("2.1.0") else "1.0.0.0"

    @cached_property
    def style(self) -> Style:
        """Return how REST replies are written."""
        modern = self.at_least("2.1.7.1")
        return Style(
            enum_names=modern,
            keep_nulls=not self.at_least("2.1.0"),
            decimal=self.at_least("2.1.0") and not modern,
            nan_zero=self.version[:3] == (2, 2, 7),
        )

    @cached_property
    def is_wiki(self) -> bool:
        """Return whether this is the first generation, 2.0.x."""
        return not self.at_least("2.1.0")

    @cached_property
    def content_length(self) -> bool:
        """Return whether JSON replies state their length instead of being chunked."""
        return self.at_least("2.2.10.0")

    @cached_property
    def cors(self) -> bool:
        """Return whether the CORS option exists and is on by default."""
        return self.at_least("2.2.5.0")

    def event(self, name: str, payload: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Return what this version sends for an event of the newest one: nothing or one event."""
        if not self.at_least(_EVENTS_SINCE.get(name, "2.0.0")):
            return self._sequence_event(name)
        if self.is_wiki:
            if name == "IMAGE-SAVE" and payload["ImageStatistics"]["ImageType"] != "LIGHT":
                return []
            if name in _EVENTS_BEFORE_2_1:
                old = _EVENTS_BEFORE_2_1[name]
                return [(old, {})] if old else []
            for suffix in ("-DISCONNECTED", "-CONNECTED"):
                if name.endswith(suffix):
                    return [(name.removesuffix(suffix) + "-CONNECTION", {})]
        events = [(name, self._payload(name, payload))]
        return events + self._sequence_event(name)

    def _sequence_event(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the old event for start and end of a sequence, sent before 2.2.8."""
        old = {"SEQUENCE-STARTING": "ADV-SEQ-START", "SEQUENCE-FINISHED": "ADV-SEQ-STOP"}.get(name)
        return [(old, {})] if old and not self.at_least("2.2.8.0") else []

    def _payload(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the payload that this version sends along."""
        if name in _PAYLOADS_SINCE_2_1_3 and not self.at_least("2.1.3"):
            return {}
        if name == "STACK-UPDATED" and not self.at_least("2.2.11.0"):
            return {key: value for key, value in payload.items() if key not in _STACK_COUNTS}
        if name == "IMAGE-SAVE":
            return {key: self.frame(value) for key, value in payload.items()}
        return payload

    def frame(self, statistics: dict[str, Any], index: int | None = None) -> dict[str, Any]:
        """Return an item of the image history as this version writes it."""
        fields = statistics if index is None else {**statistics, "Index": index}
        return {
            key: value
            for key, value in fields.items()
            if (self.is_wiki if key == "Index" else self._has_frame_field(key))
        }

    def _has_frame_field(self, key: str) -> bool:
        """Return whether frames have a field in this version."""
        return self.at_least(_FRAME_FIELDS_SINCE.get(key, "2.0.0"))

    def device(self, path: str, info: dict[str, Any]) -> dict[str, Any]:
        """Return an info block as this version writes it."""
        if self.at_least("2.2.12.0"):
            return info
        if not self.at_least("2.1.7.1"):
            info = _before_names(path, info, self)
        return {
            key: value
            for key, value in info.items()
            if self.at_least(_FIELDS_SINCE.get((path, key), "2.0.0"))
        }

    def reshape(self, value: Any) -> Any:
        """Return a reply's payload with the members that only old serializers wrote."""
        if self.at_least("2.1.7.1"):
            return value
        if isinstance(value, list):
            return [self.reshape(item) for item in value]
        if not isinstance(value, dict):
            return value
        result = type(value)((key, self.reshape(item)) for key, item in value.items())
        if set(result) == {"Now", "UtcNow"}:
            result["MinValue"] = "0001-01-01T00:00:00"
            result["MaxValue"] = "9999-12-31T23:59:59.9999999"
        if self.is_wiki and set(result) == {"Name", "X", "Y"}:
            del result["Name"]
        if self.is_wiki and "AutoFocusFilter" in result:
            return {_FILTER_FIELDS.get(key, key): item for key, item in result.items()}
        return result


@cache
def parse_version_loosely(text: str) -> Version:
    """Return a version out of one of the tables of this module, which may be short."""
    numbers = [int(part) for part in text.split(".")] + [0, 0]
    return (numbers[0], numbers[1], numbers[2], numbers[3])


def _before_names(path: str, info: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return an info block with the members that the serializer before 2.1.7.1 wrote."""
    if path == "camera" and not dialect.at_least("2.1.1") and not dialect.is_wiki:
        lists = {key: info.get(key) or [] for key in ("Gains", "BinningModes")}
        info = {"offsetMin": info["OffsetMin"], "offsetMax": info["OffsetMax"], **info, **lists}
    if path == "mount":
        rates = [{"Item1": 0.0, "Item2": 8.0}]
        rate = {"TrackingMode": info.get("TrackingMode", TrackingMode.SIDEREAL)}
        info = {**info, "TrackingRate": {**rate, **_CUSTOM_RATES}}
        if "PrimaryAxisRates" in info:
            info |= {"PrimaryAxisRates": rates, "SecondaryAxisRates": rates}
    if path == "filterwheel" and not info["Connected"]:
        info = {key: value for key, value in info.items() if key != "AvailableFilters"}
    return info
