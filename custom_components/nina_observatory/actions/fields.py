"""Validators for the fields of actions; their errors are translated.

Text is accepted as a number, because templates return text; nothing else is guessed: 2.5 is not an
integer, true is not a number, and "30 min" is not a number of seconds.
"""

from dataclasses import dataclass
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
    """An invalid value of a field: the reason and the placeholders of its text."""

    def __init__(self, reason: Reason, value: object, **placeholders: str) -> None:
        super().__init__(f"{reason}: {value!r}")
        self.reason = reason
        self.filling = {"value": str(value)[:60], **placeholders}


def written(number: float) -> str:
    """Return a number in plain notation: small ones without an exponent."""
    text = f"{number:.10g}"
    return f"{Decimal(text):f}" if abs(number) < 1 else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in the unit of the field's description."""

    low: float
    high: float
    whole: bool = False

    def __call__(self, value: object) -> float:
        """Return the number; raises FieldError."""
        number = self._read(value)
        if not self.low <= number <= self.high:
            raise FieldError(
                Reason.FIELD_OUT_OF_RANGE,
                value,
                minimum=written(self.low),
                maximum=written(self.high),
            )
        return int(number) if self.whole else number

    def _read(self, value: object) -> float:
        """Return any number of the right kind."""
        try:
            number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # raises TypeError
        except TypeError, ValueError, OverflowError:
            number = math.nan
        if not math.isfinite(number):
            raise FieldError(Reason.FIELD_NO_NUMBER, value)
        if self.whole and not number.is_integer():
            raise FieldError(Reason.FIELD_NO_WHOLE_NUMBER, value)
        return number


class Choice[OptionT: str]:
    """One of several options."""

    def __init__(self, *options: OptionT) -> None:
        self.options = options

    def __call__(self, value: object) -> OptionT:
        """Return the option as it was defined; raises FieldError."""
        for option in self.options:
            if value == option:
                return option
        raise FieldError(Reason.FIELD_NO_OPTION, value, options=", ".join(map(str, self.options)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Non-empty text."""

    longest: int = 255

    def __call__(self, value: object) -> str:
        """Return the text without surrounding whitespace; raises FieldError."""
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise FieldError(Reason.FIELD_NO_TEXT, value)
        if len(value.strip()) > self.longest:
            raise FieldError(Reason.FIELD_TOO_LONG, value, maximum=str(self.longest))
        return value.strip()


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
            raise _explain(err.errors[0]) from err
        except probatio.Invalid as err:
            raise _explain(err) from err


def _explain(err: probatio.Invalid) -> ServiceValidationError:
    field = str(err.path[0]) if err.path else "?"
    if isinstance(err, FieldError):
        return RefusedError(err.reason, field=field, **err.filling)
    if isinstance(err, probatio.RequiredFieldInvalid):
        return RefusedError(Reason.FIELD_MISSING, field=field)
    unknown = isinstance(err, probatio.ExtraKeysInvalid)
    return RefusedError(Reason.FIELD_UNKNOWN if unknown else Reason.FIELD_INVALID, field=field)


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
