"""The words of a night report, from the translations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN

_PREFIX: Final = f"component.{DOMAIN}.common.report_"


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """Templates by key; a key without a template stands for itself."""

    templates: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its values; a translation with other placeholders stays as it is."""
        template = self.templates.get(key, key)
        try:
            return template.format(**values)
        except LookupError, ValueError, AttributeError:
            return template

    def night(self, night: date) -> str:
        """Return the heading of a night."""
        month = self(f"month_{night.month}")
        return self("title", month=month, day=night.day, year=night.year)

    def frames(self, count: int) -> str:
        """Return the number of frames."""
        return self("frame" if count == 1 else "frames", count=count)

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


@callback
def report_texts(hass: HomeAssistant) -> ReportTexts:
    """Return the texts in the language of Home Assistant."""
    texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    return ReportTexts(
        {key.removeprefix(_PREFIX): text for key, text in texts.items() if key.startswith(_PREFIX)}
    )
