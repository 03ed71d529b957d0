"""The last autofocus run that N.I.N.A. reported."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ...api import AutofocusReport, decode, encode
from ...readings.settings import Settings, SettingsCoordinator
from .stores import FactStore, past


class AutofocusFact:
    """The last autofocus, shown until N.I.N.A. reports another one."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, settings: SettingsCoordinator
    ) -> None:
        self._settings = settings
        self._report: AutofocusReport | None = None
        self._store = FactStore(hass, entry.entry_id, "autofocus", self._encode, _decode)
        entry.async_on_unload(settings.async_add_listener(self._update))

    @property
    def shown(self) -> Settings | None:
        """The settings with the last autofocus; None if N.I.N.A. is closed and none is kept."""
        live = self._settings.data
        if live.autofocus is None and self._report is not None:
            return replace(live, autofocus=self._report)
        return live if live.reachable else None

    @property
    def report(self) -> AutofocusReport | None:
        """The last report, also one that N.I.N.A. does not return now."""
        return self._settings.data.autofocus or self._report

    @property
    def as_of(self) -> datetime | None:
        """The time of a report that N.I.N.A. does not return now; None if it does."""
        is_kept = self._settings.data.autofocus is None and self._report is not None
        return self._report.timestamp if is_kept and self._report is not None else None

    async def async_load(self) -> None:
        """Load the saved report."""
        self._report = await self._store.async_load()

    async def async_end(self) -> None:
        """Save for the last time."""
        await self._store.async_end()

    @callback
    def _update(self) -> None:
        """Keep a new report; save it at once when N.I.N.A. is closed."""
        live = self._settings.data
        if live.autofocus is not None and live.autofocus != self._report:
            self._report = live.autofocus
            self._store.async_change()
        if not live.reachable:
            self._store.async_hasten()

    def _encode(self) -> Mapping[str, object]:
        report = self._report
        return {"report": None if report is None else encode(report)}


def _decode(kept: Mapping[str, Any]) -> AutofocusReport | None:
    """Return the saved report; raises TypeError or LookupError for another shape."""
    if (told := kept["report"]) is None:
        return None
    if not isinstance(told, dict):
        raise TypeError("not a report")
    report = decode(AutofocusReport, told)
    return report if past(report.timestamp) is not None else None
