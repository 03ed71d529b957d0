"""The repair issues about a roof that is not known to be closed.

Absence proves nothing: they stay until a reading shows the roof closed, or open while it may be, or
until a person ignores them. An ignored one returns with the next danger.
"""

from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..helpers.issues import async_delete_issue, async_raise_issue
from ..helpers.local_time import date_and_minute
from ..helpers.markdown import escape_markdown
from .detector import Exposure, RoofReading

# The section of the documentation about all of them.
_TOPIC = "roof"
_READING_TEXT = f"component.{DOMAIN}.entity.sensor.roof_guard.state_attributes.reading.state.{{}}"


def roof_issue(entry: ConfigEntry) -> str:
    """Return the id of the repair issue of a roof that is not proven closed."""
    return f"roof_not_closed_{entry.entry_id}"


def unconfirmed_issue(entry: ConfigEntry) -> str:
    """Return the id of the repair issue of a first close that is not confirmed."""
    return f"roof_unconfirmed_{entry.entry_id}"


class RoofIssues:
    """The repair issues of one roof."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry

    @callback
    def async_raise(
        self,
        exposure: Exposure,
        reading: RoofReading | None,
        *,
        seen_at: datetime | None,
        began_at: datetime | None,
        message: str,
        renewed: bool,
    ) -> None:
        """Raise or update the issue; a `renewed` one is shown even if an earlier one was ignored."""
        if renewed:
            async_delete_issue(self._hass, roof_issue(self._entry))
        async_raise_issue(
            self._hass,
            roof_issue(self._entry),
            f"roof_{exposure.problem}",
            ir.IssueSeverity.CRITICAL,
            {
                "rig": self._entry.title,
                "reading": self._text_of(reading),
                "seen": _clock(seen_at),
                "since": _clock(began_at),
                "message": escape_markdown(_sentence(message)),
            },
            topic=_TOPIC,
            persistent=True,
        )

    @callback
    def async_raise_unconfirmed(self, reading: RoofReading | None, seconds: float) -> None:
        """Raise the issue about a first close that is not confirmed yet."""
        async_raise_issue(
            self._hass,
            unconfirmed_issue(self._entry),
            "roof_unconfirmed",
            ir.IssueSeverity.WARNING,
            {
                "rig": self._entry.title,
                "reading": self._text_of(reading),
                "seconds": f"{seconds:.0f}",
            },
            topic=_TOPIC,
        )

    @callback
    def async_end(self) -> None:
        """Delete the issue: a reading shows that nothing is wrong, or there is no roof."""
        async_delete_issue(self._hass, roof_issue(self._entry))

    @callback
    def async_end_unconfirmed(self) -> None:
        """Delete the issue about a close that is confirmed now, or that another issue is about."""
        async_delete_issue(self._hass, unconfirmed_issue(self._entry))

    def _text_of(self, reading: RoofReading | None) -> str:
        """Return a reading in the language of Home Assistant."""
        language = self._hass.config.language
        texts = async_get_cached_translations(self._hass, language, "entity", DOMAIN)
        shown = str(reading or RoofReading.UNKNOWN)
        return texts.get(_READING_TEXT.format(shown), shown)


def _clock(moment: datetime | None) -> str:
    """Return a moment in local time, with the day unless it is today."""
    if moment is None:
        return "?"
    local = dt_util.as_local(moment)
    today = local.date() == dt_util.now().date()
    return f"{local:%H:%M}" if today else date_and_minute(moment)


def _sentence(text: str) -> str:
    """Return a text with one full stop at its end; nothing for no text."""
    return f"{text.rstrip('.')}." if text else ""
