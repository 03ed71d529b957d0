"""The words of a night report, from the translations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..helpers.plural import counted

_PREFIX: Final = f"component.{DOMAIN}.common.report_"


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """Templates by key; a key without a template stands for itself."""

    templates: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its values; a translation with other placeholders stays as it is."""
        return _filled(self.templates.get(key, key), values)

    def counted(self, key: str, count: int) -> str:
        """Return the text for a count, whose key ends with a plural form."""
        return _filled(counted(self.templates, key, self.language, count), {"count": count})

    def night(self, night: date) -> str:
        """Return the heading of a night."""
        month = self(f"month_{night.month}")
        return self("title", month=month, day=night.day, year=night.year)

    def duration(self, seconds: float) -> str:
        """Return a duration in hours and minutes, or in seconds if it is shorter than a minute."""
        minutes = round(seconds / 60)
        if not minutes:
            return self("seconds", seconds=f"{seconds:.0f}")
        hours, rest = divmod(minutes, 60)
        return self("hours", hours=hours, minutes=rest) if hours else self("minutes", minutes=rest)

    def pixels(self, value: float | None) -> str:
        """Return a size on the sensor."""
        return "–" if value is None else self("pixels", value=self._decimal(value))

    def arcseconds(self, value: float | None) -> str:
        """Return an angle."""
        return "–" if value is None else self("arcseconds", value=self._decimal(value))

    def spread(
        self,
        key: str,
        write: Callable[[float | None], str],
        average: float | None,
        extreme: float | None,
    ) -> str:
        """Return an average and its extreme, or that neither is known."""
        if average is None:
            return self(f"{key}_unknown")
        return self(key, average=write(average), extreme=write(extreme))

    def _decimal(self, value: float) -> str:
        return f"{value:.2f}".replace(".", self("decimal_separator"))


def _filled(template: str, values: Mapping[str, object]) -> str:
    try:
        return template.format(**values)
    except LookupError, ValueError, AttributeError:
        return template


@callback
def report_texts(hass: HomeAssistant) -> ReportTexts:
    """Return the texts in the language of Home Assistant."""
    language = hass.config.language
    texts = async_get_cached_translations(hass, language, "common", DOMAIN)
    return ReportTexts(
        {key.removeprefix(_PREFIX): text for key, text in texts.items() if key.startswith(_PREFIX)},
        language,
    )
