"""What is kept on disk for an entry: small, checked when it is read, and never an obstacle."""

from collections.abc import Callable
import os
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER

# Bytes. Everything kept here is a few kilobytes; whatever is larger was not written by us.
LARGEST: Final = 1_000_000
# Seconds after a change until it is written.
SAVE_AFTER: Final = 10.0


class UnreadableError(ValueError):
    """What was kept has a shape that was never written."""


class KeptStore[DataT]:
    """One thing that an entry keeps over restarts.

    `decode` turns what was read into the data and raises ValueError, TypeError, KeyError or
    LookupError for any other shape. What cannot be read is renamed and logged once.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        name: str,
        decode: Callable[[dict[str, Any]], DataT],
        *,
        version: int = 1,
    ) -> None:
        """Name the thing; nothing is read yet."""
        self._hass = hass
        self._decode = decode
        self._store: Store[dict[str, Any]] = Store(hass, version, f"{DOMAIN}.{entry_id}.{name}")

    async def async_load(self) -> DataT | None:
        """Return what was kept, None where there is nothing that can be read."""
        path = Path(self._store.path)
        try:
            await self._hass.async_add_executor_job(_check_size, path)
            kept = await self._store.async_load()
            return None if kept is None else self._decode(kept)
        except Exception as err:  # noqa: BLE001  # whatever is on disk, the entry has to be set up
            aside = path.with_name(f"{path.name}.unreadable")
            moved = await self._hass.async_add_executor_job(_put_aside, path, aside)
            place = f"; moved to {aside.name}" if moved else ""
            LOGGER.warning("%s cannot be read and is not used: %r%s", path.name, err, place)
            return None

    def save_soon(self, data: Callable[[], dict[str, Any]]) -> None:
        """Write in a moment, and at the latest when Home Assistant stops."""
        self._store.async_delay_save(data, SAVE_AFTER)

    async def async_save(self, data: dict[str, Any]) -> None:
        """Write now."""
        await self._store.async_save(data)

    async def async_remove(self) -> None:
        """Delete what was kept: the entry is removed."""
        await self._store.async_remove()


def _check_size(path: Path) -> None:
    """Raise UnreadableError for a file that nothing here has written."""
    try:
        size = path.stat().st_size
    except OSError:
        return
    if size > LARGEST:
        raise UnreadableError(f"{size} bytes are more than {LARGEST}")


def _put_aside(path: Path, aside: Path) -> bool:
    """Rename a file, over an earlier one of that name; return whether that worked."""
    try:
        os.replace(path, aside)  # noqa: PTH105  # says that it replaces
    except OSError:
        return False
    return True
