"""What Home Assistant's logbook shows, by its own rules, without a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from homeassistant.components import logbook as ha_logbook
from homeassistant.components.logbook.helpers import async_subscribe_events
from homeassistant.components.logbook.models import LogbookConfig, async_event_to_row
from homeassistant.components.logbook.processor import EventProcessor
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback

from custom_components.nina_observatory import logbook
from custom_components.nina_observatory.const import DOMAIN

type Line = dict[str, Any]


class Lines:
    """The lines of the page of the logbook since it was opened."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Open the page: everything of all entities and devices."""
        hass.data[ha_logbook.DOMAIN] = LogbookConfig({}, None, None)
        ha_logbook._process_logbook_platform(hass, DOMAIN, logbook)
        types = {*hass.data[ha_logbook.DOMAIN].external_events}
        self._processor = EventProcessor(hass, types, timestamp=True)
        self._events: list[Event[Any]] = []
        self._unsubscribe: list[CALLBACK_TYPE] = []

        @callback
        def note(event: Event[Any]) -> None:
            self._events.append(event)

        async_subscribe_events(hass, self._unsubscribe, note, types, None, None, None)

    def close(self) -> None:
        """Close the page."""
        for each in self._unsubscribe:
            each()

    def read(self) -> list[Line]:
        """Return all lines, oldest first."""
        rows = [async_event_to_row(event) for event in self._events]
        return self._processor.humanify(row for row in rows if row is not None)


@contextmanager
def open_logbook(hass: HomeAssistant) -> Iterator[Lines]:
    """Open the page of the logbook."""
    lines = Lines(hass)
    yield lines
    lines.close()
