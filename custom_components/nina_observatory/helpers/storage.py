"""Data kept across restarts: validated when read, and set aside if unreadable."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..api.models.wire import moment
from ..const import LOGGER

# Far more than any stored data needs, in bytes.
LARGEST: Final = 1_000_000
# A file of this size is decoded outside the event loop, in bytes.
LONG: Final = 50_000
ASIDE: Final = ".unreadable"


async def async_load_kept[KeptT](
    hass: HomeAssistant,
    store: Store[dict[str, Any]],
    decode: Callable[[Mapping[str, Any]], KeptT],
    largest: int = LARGEST,
) -> KeptT | None:
    """Return the decoded data of a store; None if there is none, or it is unreadable.

    A file that is larger than `largest`, in bytes, of another version, or not what `decode` can
    read is renamed and logged, and never stops an entry from being set up.
    """
    try:
        size = await hass.async_add_executor_job(_size, Path(store.path), largest)
        kept = await store.async_load()
        if kept is None:
            return None
        return decode(kept) if size < LONG else await hass.async_add_executor_job(decode, kept)
    except Exception as err:  # noqa: BLE001
        # Stored data has names of devices and targets.
        LOGGER.warning("%s cannot be read and was set aside: %s", store.key, type(err).__name__)
        LOGGER.debug("%s: %r", store.key, err)
        await hass.async_add_executor_job(_put_aside, Path(store.path))
        return None


def _size(path: Path, largest: int) -> int:
    """Return the bytes of a file, 0 without one; raises ValueError if it is too large to be ours."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return 0
    if size > largest:
        raise ValueError(f"{size} bytes")
    return size


def _put_aside(path: Path) -> None:
    """Rename a file or directory; the last one is kept for inspection."""
    aside = Path(f"{path}{ASIDE}")
    with suppress(OSError):
        # Neither replaces the other.
        if aside.is_dir():
            rmtree(aside)
        elif path.is_dir():
            aside.unlink(missing_ok=True)
        path.replace(aside)


def absolute(kept: str) -> datetime:
    """Return a stored time; raises ValueError or TypeError for one without an offset."""
    if (found := moment(kept)) is None:
        raise ValueError("not a time, or one without a zone")
    return found


class SaveWithin:
    """Save a store within some seconds of each change, however many follow."""

    def __init__(
        self,
        store: Store[dict[str, Any]],
        encode: Callable[[], Mapping[str, object]],
        seconds: float,
    ) -> None:
        self._store = store
        self._encode = encode
        self._seconds = seconds
        self._due = False
        self._ended = False

    @callback
    def async_change(self) -> None:
        """Record a change; further changes do not delay a save that is due."""
        if not self._due and not self._ended:
            self._due = True
            self._store.async_delay_save(self._take, self._seconds)

    @callback
    def async_hasten(self) -> None:
        """Save at the next opportunity if a change is due; do nothing otherwise."""
        if self._due and not self._ended:
            self._store.async_delay_save(self._take, 0)

    @callback
    def async_save_soon(self) -> None:
        """Save all changes at the next opportunity."""
        self._due = True
        self._store.async_delay_save(self._take, 0)

    async def async_save(self) -> None:
        """Save at once."""
        await self._store.async_save(self._take())

    async def async_end(self, *, changes: bool = False) -> None:
        """Save at once, and nothing after that: a successor keeps the data from now on.

        Only `changes` means that nothing is written if none is due.
        """
        self._ended = True
        if self._due or not changes:
            await self.async_save()

    def _take(self) -> dict[str, Any]:
        self._due = False
        return dict(self._encode())
