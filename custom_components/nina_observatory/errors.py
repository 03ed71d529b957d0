"""Errors as people see them, by the key of their text; keywords fill its placeholders."""

import asyncio

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


async def async_outcome[T](work: asyncio.Task[T], ended: str) -> T:
    """Return what comes of a task, which goes on when the caller gives up.

    Raises HomeAssistantError with the key `ended` where something else ended it.
    """
    await asyncio.wait([work])
    if work.cancelled():
        raise failure(ended)
    return work.result()
