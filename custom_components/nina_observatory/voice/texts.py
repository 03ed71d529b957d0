"""The words of answers, from the translations."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, language as language_util

from ..const import DOMAIN
from ..errors import error_key

# The languages that there are translations for.
ANSWERED: Final = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "pt-BR")
DEFAULT: Final = "en"

_PREFIX: Final = f"component.{DOMAIN}.common.voice_"


def closest(language: str, supported: Sequence[str]) -> str:
    """Return the supported language that is closest to another one, or else English."""
    return next(iter(language_util.matches(language, supported)), DEFAULT)


@dataclass(frozen=True, slots=True)
class VoiceTexts:
    """Answers in one language by key."""

    language: str
    templates: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return an answer with its values."""
        return self.templates[key].format(**values)

    def time(self, moment: datetime) -> str:
        """Return the time of day at home."""
        return f"{dt_util.as_local(moment):%H:%M}"

    def number(self, value: float) -> str:
        """Return a number with at most one decimal."""
        shown = f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
        return shown.replace(".", self("decimal_separator"))

    def duration(self, seconds: float) -> str:
        """Return a duration in hours and minutes."""
        hours, minutes = divmod(round(seconds / 60), 60)
        return (
            self("hours", hours=hours, minutes=minutes)
            if hours
            else self("minutes", minutes=minutes)
        )

    def either(self, names: Sequence[str]) -> str:
        """Return names to choose from."""
        *others, last = names
        return self("or", first=", ".join(others), second=last) if others else last


async def async_texts(hass: HomeAssistant, language: str) -> VoiceTexts:
    """Return the answers in the language that is closest to another one."""
    language = closest(language, ANSWERED)
    texts = await async_get_translations(hass, language, "common", [DOMAIN])
    own = {
        key.removeprefix(_PREFIX): text for key, text in texts.items() if key.startswith(_PREFIX)
    }
    return VoiceTexts(language, own)


async def async_explain(hass: HomeAssistant, texts: VoiceTexts, err: HomeAssistantError) -> str:
    """Return an error as a sentence, in the language of the answers where there is a translation."""
    message, domain, key = str(err), err.translation_domain, error_key(err)
    if domain is not None and key is not None:
        translated = await async_get_translations(hass, texts.language, "exceptions", [domain])
        template = translated.get(f"component.{domain}.exceptions.{key}.message")
        if template is not None:
            # One with other placeholders stays as it is.
            with suppress(LookupError, ValueError):
                message = template.format(**(err.translation_placeholders or {}))
    return message if message.endswith((".", "!", "?")) else f"{message}."
