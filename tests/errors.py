"""Errors as people see them: the right kind, with a text that says everything it promises."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
import json
from pathlib import Path
from string import Formatter

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.const import DOMAIN

TEXTS = json.loads((Path(integration.__file__).parent / "translations/en.json").read_text())


@contextmanager
def fails(key: str) -> Iterator[pytest.ExceptionInfo[HomeAssistantError]]:
    """Expect this error, refused or failed, whose text exists and has all its placeholders filled."""
    with pytest.raises(HomeAssistantError) as raised:
        yield raised
    error = raised.value
    assert (error.translation_domain, error.translation_key) == (DOMAIN, key)
    message = TEXTS["exceptions"][key]["message"]
    wanted = {name for _, name, _, _ in Formatter().parse(message) if name is not None}
    assert wanted == set(error.translation_placeholders or {})


@contextmanager
def raises(
    key: str, kind: type[HomeAssistantError] = HomeAssistantError
) -> Iterator[pytest.ExceptionInfo[HomeAssistantError]]:
    """Expect exactly this error, whose text exists and has all its placeholders filled."""
    with fails(key) as raised:
        yield raised
    # What was refused and what failed are different things to Home Assistant.
    assert isinstance(raised.value, kind)
    refusal = isinstance(raised.value, ServiceValidationError)
    assert refusal is issubclass(kind, ServiceValidationError)


def refused(key: str) -> AbstractContextManager[pytest.ExceptionInfo[HomeAssistantError]]:
    """Expect that something is not even tried."""
    return raises(key, ServiceValidationError)
