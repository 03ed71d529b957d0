"""The reconciler of an entry, kept over reloads in memory and over restarts on disk."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..helpers.storage import SaveWithin, async_load_kept
from .reconciler import TORN, HistoryReconciler, KeptHistory

VERSION: Final = 1
# Delay in seconds until a change is saved, and thus the events at stake in a power cut.
SAVE_WITHIN: Final = TORN.total_seconds() / 2

_ACCOUNTS: HassKey[dict[str, HistoryReconciler]] = HassKey(f"{DOMAIN}_event_accounts")


def account_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the store for the reconciler of an entry."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry_id}.events")


class ReconcilerStore:
    """Keep the reconciler of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start with an empty reconciler, until the saved one is loaded."""
        self._hass = hass
        self._entry_id = entry.entry_id
        self._store = account_store(hass, entry.entry_id)
        self._saving = SaveWithin(self._store, self._encode, SAVE_WITHIN)
        self._following = False
        self.reconciler = HistoryReconciler()

    async def async_load(self) -> None:
        """Load the reconciler from before a reload, or the one on disk."""
        accounts = self._hass.data.setdefault(_ACCOUNTS, {})
        known = accounts.get(self._entry_id)
        if known is None:
            known = await async_load_kept(self._hass, self._store, HistoryReconciler.decode)
        elif known.begun:
            # The live events may belong to an N.I.N.A. that was closed meanwhile.
            known.unreachable()
        self.reconciler = accounts[self._entry_id] = known or self.reconciler

    @callback
    def async_follow(self, *, follow: bool) -> None:
        """Record that events are followed from now on, or no longer."""
        self._following = follow
        self._saving.async_save_soon()

    @callback
    def async_change(self) -> None:
        """Save changes after a short delay."""
        self._saving.async_change()

    def _encode(self) -> KeptHistory:
        return self.reconciler.encode(whole=not self._following)


async def async_forget_account(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the saved state: the entry is removed."""
    hass.data.get(_ACCOUNTS, {}).pop(entry_id, None)
    await account_store(hass, entry_id).async_remove()
