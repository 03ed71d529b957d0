"""What is kept over restarts: read back with care, and put aside where it cannot be."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import LOGGER

# Far more than anything that is kept here needs, in bytes.
LARGEST: Final = 1_000_000
ASIDE: Final = ".unreadable"


async def async_load_kept[KeptT](
    hass: HomeAssistant,
    store: Store[dict[str, Any]],
    decode: Callable[[Mapping[str, Any]], KeptT],
) -> KeptT | None:
    """Return what a store has kept, decoded; None where there is nothing, or nothing readable.

    A file that is too large, of another version, or not what `decode` can read is renamed and
    logged, and never stops an entry from being set up.
    """
    try:
        await hass.async_add_executor_job(_check_size, Path(store.path))
        kept = await store.async_load()
        return None if kept is None else decode(kept)
    except Exception as err:  # noqa: BLE001
        LOGGER.warning("%s cannot be read and is put aside: %r", store.key, err)
        await hass.async_add_executor_job(_put_aside, Path(store.path))
        return None


def _check_size(path: Path) -> None:
    """Raise ValueError for a file that cannot be what was written here."""
    with suppress(FileNotFoundError):
        if (size := path.stat().st_size) > LARGEST:
            raise ValueError(f"{size} bytes")


def _put_aside(path: Path) -> None:
    """Rename a file; the last one of its kind stays for whoever wants to look at it."""
    with suppress(OSError):
        path.replace(f"{path}{ASIDE}")
