"""Declaring and decoding models, and the fields that all devices share.

The library makes the decoders, but not the rules of the wire: its own decoders raise where a value is
missing or odd, while here one bad value must not cost all others.
"""

import dataclasses
from functools import cache, partial
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from mashumaro.codecs import BasicDecoder
from mashumaro.config import BaseConfig

from .enums import WireEnum
from .wire import SCALARS, Decoder, integer, items, number, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Parts of names that the wire writes in capitals.
_ACRONYMS = frozenset({"adu", "dms", "fwhm", "hfr", "ra", "roi", "usb", "utc"})
# Readings that a driver may not have, for which the wire uses 0 if it has nothing better.
_MAY_BE_UNKNOWN = frozenset(
    [
        "altitude",
        "azimuth",
        "cooler_power",
        "guide_rate_declination",
        "guide_rate_right_ascension",
        "set_point",
        "temperature",
        "time_to_meridian_flip",
        "average_period",
        "cloud_cover",
        "dew_point",
        "humidity",
        "pressure",
        "rain_rate",
        "sky_brightness",
        "sky_quality",
        "sky_temperature",
        "star_fwhm",
        "wind_direction",
        "wind_gust",
        "wind_speed",
    ]
)
# The flags that say that a driver has such a reading: then 0 is a value.
_HAS_READING = {"set_point": "can_set_temperature"}
_ELEMENTS: Mapping[object, Decoder[object]] = {str: text, int: integer, float: number}


def wire_name(name: str) -> str:
    """Return the key of a field on the wire: `usb_limit` is `USBLimit`."""
    parts = name.split("_")
    return "".join(part.upper() if part in _ACRONYMS else part.capitalize() for part in parts)


def decode[T](model: type[T], payload: Mapping[str, object]) -> T:
    """Decode a JSON object; invalid or missing values become None. Never raises."""
    decoded: T = _decoder(model).decode(payload)  # type: ignore[arg-type]  # classes are hashable
    return decoded


def decode_optional[T](model: type[T], payload: object) -> T | None:
    """Decode a JSON object; return None for anything else."""
    return decode(model, payload) if isinstance(payload, dict) else None


def without_zeros[T](decoded: T) -> T:
    """Replace readings of exactly 0 that may be unknown with None."""
    names = {field.name for field in dataclasses.fields(decoded)}  # type: ignore[arg-type]  # a model
    sure = {name for name, flag in _HAS_READING.items() if getattr(decoded, flag, None) is True}
    unsure = (names & _MAY_BE_UNKNOWN) - sure
    lost = {name: None for name in unsure if getattr(decoded, name) == 0}
    return dataclasses.replace(decoded, **lost)  # type: ignore[type-var]  # a model


def decode_all[T](model: type[T], payload: object) -> tuple[T, ...]:
    """Decode an array of objects; other elements are left out."""
    return tuple(decode(model, item) for item in items(payload) if isinstance(item, dict))


def in_place[T](model: type[T]) -> Decoder[tuple[T, ...]]:
    """Return a function that decodes an array whose positions count.

    An element that is no object becomes a model without readings, and keeps the place.
    """

    def read(raw: object) -> tuple[T, ...]:
        """Decode all elements."""
        blocks = (each if isinstance(each, dict) else {} for each in items(raw))
        return tuple(decode(model, block) for block in blocks)

    return read


@cache
def _decoder(model: type) -> BasicDecoder[Any]:
    """Return the decoder of a model, compiled once."""
    return BasicDecoder(model)


def _decode_each(element: Decoder[object], payload: object) -> tuple[object, ...]:
    """Decode the elements of an array; those decoded as None are left out."""
    decoded = (element(item) for item in items(payload))
    return tuple(item for item in decoded if item is not None)


def _members(annotation: object) -> tuple[Any, ...]:
    """Return the members of a union, except None."""
    parts = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return tuple(part for part in parts if part is not NoneType)


def _field_decoder(annotation: object) -> Decoder[object]:
    """Return the function that decodes values of an annotation; it never raises."""
    if annotation in SCALARS:
        return SCALARS[annotation]
    for remark in getattr(annotation, "__metadata__", ()):
        if callable(remark):
            return remark  # type: ignore[no-any-return]  # an Annotated of wire.py
    if get_origin(annotation) is tuple:
        element = get_args(annotation)[0]
        return partial(_decode_each, _ELEMENTS.get(element) or _field_decoder(element))
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, WireEnum):
            return member.from_wire
        if isinstance(member, type) and hasattr(member, "Config"):
            return partial(decode_optional, member)
    raise TypeError(f"no rule decodes {annotation}")


class ModelConfig(BaseConfig):
    """The keys of a model on the wire, in addition to the configuration of mashumaro."""

    aliases: dict[str, str]


def model_config(model: type) -> type[ModelConfig]:
    """Return the configuration of a model that `wire_model` declared."""
    config: type[ModelConfig] = model.Config  # type: ignore[attr-defined]  # declared below
    return config


@dataclass_transform(frozen_default=True, kw_only_default=True)
def wire_model[T](**renamed: str) -> Callable[[type[T]], type[T]]:
    """Declare a model: a frozen, slotted dataclass whose fields all have a default.

    A field `cooler_power` is decoded from the key `CoolerPower`; `renamed` gives the keys of fields
    with a name of our own. All other keys are left out.
    """

    def declare(cls: type[T]) -> type[T]:
        """Create the dataclass, and add the rules for decoding its fields."""
        model = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(cls)
        hints = get_type_hints(model, include_extras=True)
        fields = [field.name for field in dataclasses.fields(model)]  # type: ignore[arg-type]
        parent = getattr(cls, "Config", None)
        inherited = parent.aliases if parent else {}
        model.Config = type(  # type: ignore[attr-defined]
            "Config",
            (ModelConfig,),
            {
                "aliases": {
                    name: renamed.get(name) or inherited.get(name) or wire_name(name)
                    for name in fields
                },
                "serialization_strategy": {
                    hints[name]: {"deserialize": _field_decoder(hints[name])} for name in fields
                },
            },
        )
        # Compile it during the import, which Home Assistant does in a thread: all decoders together
        # would block the event loop for too long.
        _decoder(model)  # type: ignore[arg-type]  # classes are hashable
        return model

    return declare


def undecoded_keys(payload: object, model: type) -> set[str]:
    """Return the keys of a payload that its model leaves out.

    Keys of nested objects follow those of the objects around them after a dot.
    """
    if isinstance(payload, list):
        return set().union(*(undecoded_keys(item, model) for item in payload))
    if not isinstance(payload, dict):
        return set()
    names = {alias: name for name, alias in model_config(model).aliases.items()}
    found: set[str] = payload.keys() - names.keys()
    hints = _hints(model)
    for key in payload.keys() & names.keys():
        for nested in _models_in(hints[names[key]]):
            found |= {f"{key}.{inner}" for inner in undecoded_keys(payload[key], nested)}
    return found


@cache
def _hints(model: type) -> Mapping[str, object]:
    """Return the types of the fields of a model."""
    return get_type_hints(model)


def _models_in(annotation: object) -> Iterable[type]:
    """Return the models in an annotation."""
    if get_origin(annotation) is tuple:
        return _models_in(get_args(annotation)[0])
    return [member for member in _members(annotation) if hasattr(member, "Config")]


@wire_model()
class Device:
    """The fields that every device has.

    The block of a disconnected device is a template of defaults (0 degrees, position 0, not safe),
    so only its identity is decoded: every reading is None. A text is None if the driver, or
    N.I.N.A. for cameras and mounts, leaves it empty.
    """

    always_decoded: ClassVar[frozenset[str]] = frozenset(
        {
            "Connected",
            "Name",
            "DisplayName",
            "Description",
            "DriverInfo",
            "DriverVersion",
            "DeviceId",
        }
    )

    connected: bool = False
    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    driver_info: str | None = None
    driver_version: str | None = None
    device_id: str | None = None
    supported_actions: tuple[str, ...] = ()

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Drop the defaults of a disconnected device."""
        if block.get("Connected") is True:
            return block
        return {key: block[key] for key in cls.always_decoded if key in block}
