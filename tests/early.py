"""Loaded before any plugin (`-p tests.early`) so that the harness runs on newer releases too.

Importing Home Assistant makes `httpx` an alias of `httpx2`, which has to happen before the harness
imports respx; and the harness resets a logger table that newer releases no longer have.
"""

from typing import Any

import homeassistant  # noqa: F401  # imported for its side effect, see above
from homeassistant.components import logger


def _nothing_to_clear(_hass: Any) -> None:
    """Stand in for the harness's reset of a table that is gone."""


if not hasattr(logger, "_clear_logger_overwrites"):
    logger._clear_logger_overwrites = _nothing_to_clear  # type: ignore[attr-defined]
