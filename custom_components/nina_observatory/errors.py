"""Errors as people see them, by the key of their text; keywords fill its placeholders."""

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN


def failure(key: str, **placeholders: str) -> HomeAssistantError:
    """Return the error of what did not happen."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


def refusal(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error of what makes no sense, or cannot be now."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )
