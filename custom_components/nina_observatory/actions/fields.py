"""Validators for the fields of actions; their errors are translated.

Text is accepted as a number, because templates return text; nothing else is guessed: 2.5 is not an
integer, true is not a number, and "30 min" is not a number of seconds.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
import math
import re
from typing import Any, Final, override

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import probatio

from ..api.coordinates import CoordinateError, Declination, RightAscension
from ..errors import Reason, RefusedError

_BINNING: Final = re.compile(r"([1-9]\d?)\s*[x×]\s*([1-9]\d?)", re.ASCII | re.IGNORECASE)
# A date alone, or a time alone, is not a moment.
_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", re.ASCII)
# Years beyond which a time does not exist in every time zone.
_YEARS: Final = range(2, 9999)
_WORDS: Final = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


class FieldError(probatio.Invalid):
    """An invalid value of a field, and the reason."""

    def __init__(self, reason: Reason, value: object) -> None:
        super().__init__(f"{reason}: {value!r}")
        self.reason = reason


def written(number: float) -> str:
    """Return a number in plain notation: small ones without an exponent."""
    text = f"{number:.10g}"
    return f"{Decimal(text):f}" if abs(number) < 1 else text


def number(*, low: float, high: float, whole: bool = False) -> probatio.All[float]:
    """Return the validator of a number in the unit of the field's description."""
    return probatio.All(_whole if whole else _real, probatio.Range(min=low, max=high))


def _real(value: object) -> float:
    """Return a number; raises FieldError. `probatio.Coerce(float)` takes true and NaN as numbers."""
    try:
        found = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # raises TypeError
    except TypeError, ValueError, OverflowError:
        found = math.nan
    if not math.isfinite(found):
        raise FieldError(Reason.FIELD_NO_NUMBER, value)
    return found


def _whole(value: object) -> int:
    """Return a whole number; raises FieldError. `probatio.Coerce(int)` makes 2 of 2.5."""
    found = _real(value)
    if not found.is_integer():
        raise FieldError(Reason.FIELD_NO_WHOLE_NUMBER, value)
    return int(found)


def choice[OptionT: str](*options: OptionT) -> probatio.All[OptionT]:
    """Return the validator of one of several options, which returns the option as it was defined."""
    return probatio.All(probatio.In(options), {str(each): each for each in options}.__getitem__)


def text(*, longest: int = 255) -> probatio.All[str]:
    """Return the validator of non-empty text in one line, without surrounding whitespace."""
    return probatio.All(_line, probatio.Length(max=longest))


def _line(value: object) -> str:
    """Return a text without surrounding whitespace; raises FieldError."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise FieldError(Reason.FIELD_NO_TEXT, value)
    return value.strip()


def ids(value: object) -> tuple[str, ...]:
    """Return ids given as a list, or as one text, separated by commas; raises FieldError."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise FieldError(Reason.FIELD_NO_TEXT, value)
    return tuple(dict.fromkeys(_line(each) for each in given))


def flag(value: object) -> bool:
    """Return a boolean; raises FieldError."""
    wanted = _WORDS.get(value.strip().casefold()) if isinstance(value, str) else value
    if not isinstance(wanted, bool):
        raise FieldError(Reason.FIELD_NO_FLAG, value)
    return wanted


def date_time(value: object) -> datetime:
    """Return a time, in Home Assistant's time zone by default; raises FieldError."""
    moment = value if isinstance(value, datetime) else None
    if isinstance(value, str) and _DATE_TIME.fullmatch(value.strip()):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
    if moment is None or moment.year not in _YEARS:
        raise FieldError(Reason.FIELD_NO_DATE_TIME, value)
    zone = moment.tzinfo or dt_util.get_default_time_zone()
    return moment.replace(tzinfo=zone)


def binning(value: object) -> str:
    """Return a binning as N.I.N.A. writes it, such as "2x2"; raises FieldError."""
    found = _BINNING.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise FieldError(Reason.FIELD_NO_BINNING, value)
    return f"{found[1]}x{found[2]}"


def right_ascension(value: object) -> RightAscension:
    """Return a right ascension; raises FieldError."""
    try:
        return RightAscension.parse(value)
    except CoordinateError:
        raise FieldError(Reason.FIELD_NO_RIGHT_ASCENSION, value) from None


def declination(value: object) -> Declination:
    """Return a declination; raises FieldError."""
    try:
        return Declination.parse(value)
    except CoordinateError:
        raise FieldError(Reason.FIELD_NO_DECLINATION, value) from None


class Fields(probatio.Schema):
    """The fields of an action; raises ServiceValidationError for invalid ones."""

    @override
    def __call__(self, data: Any, **options: Any) -> Any:
        try:
            return super().__call__(data, **options)
        except probatio.MultipleInvalid as err:
            raise self._explain(err.errors[0], data) from err
        except probatio.Invalid as err:
            raise self._explain(err, data) from err

    def _explain(self, err: probatio.Invalid, data: Mapping[str, object]) -> ServiceValidationError:
        """Return the translated error for one of the library.

        Those of the library name neither the value nor both ends of a range, and sort the options.
        """
        field = str(err.path[0]) if err.path else "?"
        value = str(data[field])[:60] if err.path and field in data else ""
        match err:
            case probatio.RequiredFieldInvalid():
                return missing(field)
            case probatio.ExtraKeysInvalid():
                return RefusedError(Reason.FIELD_UNKNOWN, field=field)
            case FieldError():
                return RefusedError(err.reason, field=field, value=value)
            case probatio.RangeInvalid():
                limits = _part(self.schema[field], probatio.Range)
                low, high = written(limits.min), written(limits.max)
                return RefusedError(
                    Reason.FIELD_OUT_OF_RANGE, field=field, value=value, minimum=low, maximum=high
                )
            case probatio.InInvalid():
                options = ", ".join(map(str, _part(self.schema[field], probatio.In).container))
                return RefusedError(
                    Reason.FIELD_NO_OPTION, field=field, value=value, options=options
                )
            case probatio.LengthInvalid():
                longest = str((err.placeholders or {})["max"])
                return RefusedError(
                    Reason.FIELD_TOO_LONG, field=field, value=value, maximum=longest
                )
        return RefusedError(Reason.FIELD_INVALID, field=field)


def _part[ValidatorT](check: probatio.All[Any], kind: type[ValidatorT]) -> ValidatorT:
    """Return the validator of a kind that a check is made of."""
    return next(each for each in check.validators if isinstance(each, kind))


def missing(field: str) -> ServiceValidationError:
    """Return the error for a missing required field."""
    return RefusedError(Reason.FIELD_MISSING, field=field)


def check_limits(
    field: str,
    value: float | None,
    minimum: float | None,
    maximum: float | None,
    reason: Reason = Reason.FIELD_OUT_OF_RANGE,
) -> None:
    """Raise ServiceValidationError for a value outside the range that the driver reports.

    A maximum that is not above the minimum is unknown.
    """
    if value is None:
        return
    if maximum is not None and maximum <= (minimum or 0):
        maximum = None
    low = minimum is not None and value < minimum
    if low or (maximum is not None and value > maximum):
        raise out_of_range(field, value, minimum, maximum, reason)


def out_of_range(
    field: str,
    value: float,
    minimum: float | None,
    maximum: float | None,
    reason: Reason = Reason.FIELD_OUT_OF_RANGE,
) -> ServiceValidationError:
    """Return the error for a value outside a range, one end of which may be unknown."""
    filling = {
        "value": written(value),
        "minimum": "?" if minimum is None else written(minimum),
        "maximum": "?" if maximum is None else written(maximum),
    }
    if reason is Reason.FIELD_OUT_OF_RANGE:
        filling["field"] = field
    return RefusedError(reason, **filling)
