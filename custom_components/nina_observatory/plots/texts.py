"""Texts, numbers and times of plots in the language and the units of Home Assistant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import isfinite
from typing import Final

# Prefix of the keys of these texts among the common translations.
PREFIX: Final = "plot_"
_NARROW_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
# The sign between thousands in languages with a decimal comma; all others write 1,234.5.
_BETWEEN: Final = {
    **dict.fromkeys(("bs", "ca", "da", "de", "el", "es", "gl", "hr", "id"), "."),
    **dict.fromkeys(("is", "it", "nl", "pt", "ro", "sl", "sr", "tr", "vi"), "."),
    **dict.fromkeys(("af", "bg", "cs", "et", "eu", "fi", "fr", "hu", "hy"), _NARROW_SPACE),
    **dict.fromkeys(("ka", "lt", "lv", "mk", "nb", "nn", "pl", "ru"), _NARROW_SPACE),
    **dict.fromkeys(("sk", "sq", "sv", "uk"), _NARROW_SPACE),
}
# Variants of them that write 1,234.5.
_DECIMAL_POINT: Final = frozenset({"es-419", "es-MX", "de-CH", "gsw"})
_MINUS: Final = "\N{MINUS SIGN}"
_FAHRENHEIT_STEP: Final = 1.8
_FREEZING: Final = 32.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts by key without the prefix `plot_`, and how numbers and times are written.

    A text that is missing is its key. `zone` is the time zone of Home Assistant.
    """

    words: Mapping[str, str]
    language: str = "en"
    zone: tzinfo = UTC
    fahrenheit: bool = False

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with values in its placeholders; one that does not fit them as it is."""
        text = self.words.get(key, key)
        try:
            return text.format(**values)
        except LookupError, ValueError:
            return text

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """Return a number as the language writes it."""
        if not isfinite(value):
            return "–"
        text = f"{abs(value):,.{decimals}f}"
        zero = not text.strip("0.,")
        between = _BETWEEN.get(self.language.split("-")[0])
        if between is not None and self.language not in _DECIMAL_POINT:
            text = text.replace(",", "\0").replace(".", ",").replace("\0", between)
        if zero:
            return text
        return f"{_MINUS}{text}" if value < 0 else f"+{text}" if signed else text

    def temperature(self, celsius: float) -> str:
        """Return a temperature in the unit of Home Assistant."""
        if self.fahrenheit:
            return f"{self.number(celsius * _FAHRENHEIT_STEP + _FREEZING, 1)} °F"
        return f"{self.number(celsius, 1)} °C"

    def clock(self, moment: datetime | float, *, seconds: bool = False) -> str:
        """Return the time of day of a moment, given as such or as a timestamp."""
        return f"{self.local(moment):%H:%M:%S}" if seconds else f"{self.local(moment):%H:%M}"

    def date_and_clock(self, moment: datetime | float) -> str:
        """Return date and time of a moment."""
        return f"{self.local(moment):%Y-%m-%d %H:%M}"

    def local(self, moment: datetime | float) -> datetime:
        """Return a moment in the time zone of Home Assistant."""
        if isinstance(moment, datetime):
            return moment.astimezone(self.zone)
        return datetime.fromtimestamp(moment, self.zone)
