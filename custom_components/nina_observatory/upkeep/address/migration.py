"""Entries of earlier versions of the integration, brought up to date in place.

A step converts the data of one minor version to the next; entities and devices stay the same,
since they are based on the id of the entry. A change that breaks an older version of the
integration needs a new major version.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError

from ...const import CONF_SCHEDULER_PORT, DOMAIN, LOGGER
from ...errors import Reason
from .hosts import InvalidHostError, parse_address

VERSION: Final = 1

type Data = Mapping[str, Any]


def _tidy(data: Data) -> Data:
    """Return the address in the present format: bare host, integer ports, no null ports."""
    host, port = parse_address(str(data[CONF_HOST]))
    tidy = {**data, CONF_HOST: host, CONF_PORT: port or int(data[CONF_PORT])}
    if (scheduler_port := tidy.pop(CONF_SCHEDULER_PORT, None)) is not None:
        tidy[CONF_SCHEDULER_PORT] = int(scheduler_port)
    return tidy


# By the minor version that a step leads to.
STEPS: Final[dict[int, Callable[[Data], Data]]] = {2: _tidy}
MINOR_VERSION: Final = max(STEPS)


async def async_migrate(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Migrate an entry; a later minor version needs no change.

    Raises ConfigEntryError for invalid data, which only the user can fix.
    """
    for minor, step in STEPS.items():
        if entry.minor_version >= minor:
            continue
        try:
            data = step(entry.data)
        except (InvalidHostError, KeyError, TypeError, ValueError) as err:
            raise ConfigEntryError(
                translation_domain=DOMAIN, translation_key=Reason.CANNOT_MIGRATE
            ) from err
        hass.config_entries.async_update_entry(entry, data=data, minor_version=minor)
        LOGGER.info("Migrated the entry of %s to version %s.%s", entry.title, VERSION, minor)
    return True
