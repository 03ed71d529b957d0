"""What Home Assistant and the harness do for every test, though nothing of it depends on the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import count
import json
import time
from typing import Any, override
from unittest.mock import patch

from homeassistant import core
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import JSONEncoder, json_bytes
from homeassistant.helpers.script import DATA_SCRIPTS
from homeassistant.helpers.storage import Store
from homeassistant.util.json import json_loads
import slugify
from ulid_transform import ulid_at_time

# Contexts are numbered: random ids for hundreds of them take milliseconds where the library has only
# what it has in Python.
_number = count()


@cache
def _prefix(second: int) -> str:
    """Return how ids of a second begin."""
    return ulid_at_time(float(second))[:10]


def _ulid(timestamp: float) -> str:
    """Stand in for `homeassistant.util.ulid.ulid_at_time`."""
    return f"{_prefix(int(timestamp))}{next(_number):016}"


def _ulid_now() -> str:
    """Stand in for `homeassistant.util.ulid.ulid_now`."""
    return _ulid(time.time())


def install() -> None:
    """Have the ids of contexts and the slugs of names found quickly."""
    for module, name, quick in (
        (core, "ulid_at_time", _ulid),
        (core, "ulid_now", _ulid_now),
        (slugify, "slugify", lru_cache(maxsize=10_000)(slugify.slugify)),
    ):
        setattr(module, name, quick)


def let_go(hass: HomeAssistant) -> None:
    """Let go of all that a Home Assistant knew, once it has stopped.

    Everything in it knows it: the garbage collector would have to look through all of that several
    times to find out that nobody else does.
    """
    if hass.state is core.CoreState.stopped:
        for entry in hass.config_entries.async_entries():
            vars(entry).pop("runtime_data", None)
        hass.states._states.clear()
        hass.bus._listeners.clear()
        hass.services._services.clear()
        # A script that is let go of takes itself out of all scripts.
        scripts = hass.data.get(DATA_SCRIPTS)
        hass.data.clear()
        if scripts is not None:
            hass.data[DATA_SCRIPTS] = scripts


class _Kept(dict[str, Any]):
    """What stores have written, read from its JSON where somebody looks at it."""

    @override
    def __getitem__(self, key: str) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, bytes):
            found = self[key] = json_loads(found)
        return found

    @override
    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  # it is what decodes


@contextmanager
def kept_in_memory() -> Iterator[dict[str, Any]]:
    """Have stores keep in a dictionary what they write, as the harness does.

    The harness makes mocks of functions for that, whose making takes longer than all that they do.
    """
    kept = _Kept()
    load = Store._async_load

    async def load_kept(store: Store[Any]) -> Any:
        """Return what is kept of a store, migrated if it has to be."""
        if store._data is None:
            if store.key not in kept:
                return None
            store._data = kept[store.key]
        return await load(store)

    async def write(store: Store[Any], content: dict[str, Any]) -> None:
        """Keep the JSON of what is written."""
        if "data_func" in content:
            content["data"] = content.pop("data_func")()
        if store._encoder in (None, JSONEncoder):
            kept[store.key] = json_bytes(content)
        else:
            kept[store.key] = json.dumps(content, cls=store._encoder).encode()

    async def remove(store: Store[Any]) -> None:
        """Forget what is kept of a store."""
        kept.pop(store.key, None)

    with patch.multiple(Store, _async_load=load_kept, _async_write_data=write, async_remove=remove):
        yield kept
