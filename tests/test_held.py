"""Work that grows with a night is done outside the event loop, which answers nobody meanwhile."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
import threading
from typing import Any
from unittest.mock import AsyncMock, Mock

from homeassistant.core import HomeAssistant
from homeassistant.helpers import storage as ha_storage
import pytest

from custom_components.nina_observatory import media_source
from custom_components.nina_observatory.helpers import storage
from custom_components.nina_observatory.helpers.storage import async_load_kept
from custom_components.nina_observatory.night import keeper
from custom_components.nina_observatory.runtime import NinaConfigEntry


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[int]]:
    """Return the threads that functions run in from now on."""
    found: dict[str, set[int]] = {}

    def watch(owner: Any, name: str) -> None:
        function = getattr(owner, name)

        def watched(*args: Any, **more: Any) -> Any:
            found.setdefault(name, set()).add(threading.get_ident())
            return function(*args, **more)

        monkeypatch.setattr(owner, name, watched)

    watch(media_source, "shots")
    watch(keeper, "make_report")
    return found


async def test_nights_are_listed_and_reported_outside(
    hass: HomeAssistant, settled: NinaConfigEntry, threads: dict[str, set[int]]
) -> None:
    """The report of a night, and its frames as media."""
    source = media_source.FrameSource(hass)
    item = Mock(identifier=settled.entry_id)
    await source.async_browse_media(item)
    query = Mock(media_filter_classes=None, search_query="M 31")
    await source.async_search_media(item, query)
    await settled.runtime_data.nights.async_report()
    assert threads.keys() == {"shots", "make_report"}
    assert threading.get_ident() not in set().union(*threads.values())


@pytest.mark.parametrize("size", [100, storage.LONG])
async def test_long_files_are_decoded_outside(
    hass: HomeAssistant, tmp_path: Path, size: int
) -> None:
    """Short ones are not worth a thread."""
    path = tmp_path / "kept"
    path.write_bytes(b" " * size)
    store = Mock(spec=ha_storage.Store, path=str(path), async_load=AsyncMock(return_value={}))

    def decode(_kept: Mapping[str, Any]) -> int:
        return threading.get_ident()

    found = await async_load_kept(hass, store, decode)
    assert (found != threading.get_ident()) == (size >= storage.LONG)
