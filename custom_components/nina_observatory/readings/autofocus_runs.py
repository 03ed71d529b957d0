"""The autofocus run that goes on, or went on last since Home Assistant started."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from ..api import AutofocusReport, EventType, FilterWheel, Focuser, Role
from ..helpers.listeners import Listeners
from .autofocus_run import AutofocusRun, RunState
from .equipment import EquipmentCoordinator
from .settings import SettingsCoordinator

# Time without an event after which a run is over. Points come every 25 s, and a failure is found
# after six minutes, unless the run began while nobody listened.
LONGEST_SILENCE: Final = timedelta(minutes=10)


class AutofocusRuns:
    """Follow the events of runs; a run is over when N.I.N.A. or the focuser is gone.

    `kept` returns the newest report from before, also while N.I.N.A. returns none.
    """

    def __init__(
        self,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        settings: SettingsCoordinator,
        kept: Callable[[], AutofocusReport | None],
    ) -> None:
        self._equipment = equipment
        self._settings = settings
        self._kept = kept
        self.run: AutofocusRun | None = None
        # The reports that there were when the run started, and whether that of N.I.N.A. is unread.
        self._reports_before: set[AutofocusReport | None] = set()
        self._is_unread = False
        self._listeners: Listeners[()] = Listeners()
        entry.async_on_unload(equipment.async_add_listener(self._note_reading))
        entry.async_on_unload(settings.async_add_listener(self._note_report))

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when the run changes; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    def is_reported(self, report: AutofocusReport | None) -> bool:
        """Return whether a report is that of the run: it is none of those when the run started.

        The clock of the imaging computer may be wrong, so times prove nothing.
        """
        return report is not None and report not in self._reports_before

    @callback
    def async_handle_event(self, event: Mapping[str, object]) -> None:
        """Follow a run by its events, including missed ones."""
        kind, data = event["type"], event["data"]
        if not isinstance(kind, str) or not isinstance(data, Mapping):
            return
        before, at = self.run, _time_of(event)
        if kind == EventType.AUTOFOCUS_STARTED:
            self._start(at)
        elif before is not None:
            self.run = before.after(kind, data, at)
        if self.run is not before:
            self._listeners.async_call()

    def _start(self, at: datetime) -> None:
        """Start another run."""
        state = self._equipment.data
        focuser, wheel = state.device(Role.FOCUSER), state.device(Role.FILTER_WHEEL)
        chosen = wheel.selected_filter if isinstance(wheel, FilterWheel) else None
        report = self._settings.data.autofocus
        self._reports_before, self._is_unread = {report, self._kept()}, report is None
        self.run = AutofocusRun(
            state=RunState.RUNNING,
            changed_at=at,
            filter=None if chosen is None else chosen.name,
            temperature=focuser.temperature if isinstance(focuser, Focuser) else None,
        )

    @callback
    def _note_report(self) -> None:
        """Take the first report that is read during a run for one from before: its own ends it."""
        report = self._settings.data.autofocus
        if self._is_unread and report is not None:
            self._is_unread = False
            if self.run is not None and self.run.state is RunState.RUNNING:
                self._reports_before.add(report)

    @callback
    def _note_reading(self) -> None:
        """End a run that nothing can report any more, or that was silent for too long."""
        run, now = self.run, dt_util.utcnow()
        if run is None or run.state is not RunState.RUNNING:
            return
        if self._equipment.data.device(Role.FOCUSER) is None:
            self.run = replace(run, state=RunState.ENDED, changed_at=now)
        elif now - run.changed_at > LONGEST_SILENCE:
            # Its end was missed, or never reported: its last point is all that is known of it.
            self.run = replace(run, state=RunState.ENDED)
        else:
            return
        self._listeners.async_call()


def _time_of(event: Mapping[str, object]) -> datetime:
    """Return when an event happened: by the clock of N.I.N.A. only if it was missed."""
    now, told = dt_util.utcnow(), event.get("time")
    at = dt_util.parse_datetime(told) if event.get("replayed") and isinstance(told, str) else None
    return now if at is None or at.tzinfo is None else min(at, now)
