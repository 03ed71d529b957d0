"""Lines of the logbook for events that no entity shows, in the language of Home Assistant."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .api import EventType, one_line
from .api.models.wire import moment, number
from .const import DOMAIN, EVENT_LOGBOOK
from .events.own_types import OwnEventType
from .night.report_text import report_texts

type Payload = Mapping[str, object]
type Details = Callable[[Payload], tuple[str | None, ...]]

_TYPES: Final = f"component.{DOMAIN}.entity.event."
_ROOF: Final = f"component.{DOMAIN}.entity.event.dome.state_attributes.reason.state."
# A colon, with a space before it in French.
_NAMED: Final = f"component.{DOMAIN}.common.voice_named"
_SAFETY: Final = f"component.{DOMAIN}.entity.binary_sensor.not_safe.state."


def _number(value: object, unit: str) -> str | None:
    """Return a formatted measurement; None if it is not a number."""
    measured = number(value)
    return None if measured is None else f"{measured:.0f} {unit}".strip()


def _word(payload: Payload, key: str) -> str | None:
    """Return a text of the payload as one line."""
    value = payload.get(key)
    return one_line(value) if isinstance(value, str) else None


def _statistics(payload: Payload) -> Payload:
    """Return the statistics of the frame, empty without them."""
    statistics = payload.get("image_statistics")
    return statistics if isinstance(statistics, Mapping) else {}


def _frame(payload: Payload) -> tuple[str | None, ...]:
    """Return the properties of the frame."""
    frame = _statistics(payload)
    exposure = _number(frame.get("exposure_time"), "s")
    return (_word(frame, "target_name"), _word(frame, "filter"), exposure)


def _target(payload: Payload) -> tuple[str | None, ...]:
    """Return the target and its project."""
    return (_word(payload, "target_name"), _word(payload, "project_name"))


def _from_to(before: str, after: str, unit: str) -> Details:
    """Return a function that formats the old and the new value."""

    def details(payload: Payload) -> tuple[str | None, ...]:
        ends = [payload.get(before), payload.get(after)]
        named = [end.get("name") if isinstance(end, Mapping) else end for end in ends]
        words = [one_line(end) if isinstance(end, str) else _number(end, unit) for end in named]
        return (" → ".join(word for word in words if word),) if all(words) else ()

    return details


def _wait(payload: Payload) -> tuple[str | None, ...]:
    """Return the length of the wait."""
    end = moment(payload.get("wait_end_time"))
    return ("→ " + _time(end),) if end is not None else ()


def _words(*keys: str) -> Details:
    """Return a function that joins texts of the payload."""
    return lambda payload: tuple(_word(payload, key) for key in keys)


# Own event types whose reason has a text among those of the dome's event entity.
ROOF_EVENTS: Final = (
    OwnEventType.ROOF_CLOSE_FAILED,
    OwnEventType.ROOF_GUARD_CLOSED,
    OwnEventType.ROOF_GUARD_CLOSING,
)
DETAILS: Final[dict[str, Details]] = {
    EventType.CUSTOM: _words("text"),
    EventType.DOME_SLEWED: _from_to("from", "to", "°"),
    EventType.FILTER_CHANGED: _from_to("previous", "new", ""),
    EventType.FLAT_PANEL_BRIGHTNESS_CHANGED: _from_to("previous", "new", ""),
    EventType.IMAGE_SAVED: _frame,
    EventType.LIVE_STACK_STATUS_CHANGED: _words("status"),
    EventType.LIVE_STACK_UPDATED: _words("target", "filter"),
    EventType.ROTATOR_MOVED: _from_to("from", "to", "°"),
    EventType.SCHEDULER_NEW_TARGET_STARTED: _target,
    EventType.SCHEDULER_TARGET_STARTED: _target,
    EventType.SCHEDULER_WAIT_STARTED: _wait,
    EventType.SEQUENCE_ENTITY_FAILED: _words("entity", "error"),
    OwnEventType.NIGHT_REPORT: _words("summary"),
    OwnEventType.TARGET_CHANGED: _words("target"),
    OwnEventType.WAITING_FOR_PERSON: _words("text"),
}


def _time(happened: datetime) -> str:
    return f"{dt_util.as_local(happened):%H:%M:%S}"


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, object]]], None],
) -> None:
    """Describe the events of this integration."""

    @callback
    def describe(event: Event) -> dict[str, object]:
        """Return the device and the message of an event."""
        device_id = event.data.get("device_id")
        device = dr.async_get(hass).async_get(device_id) if device_id else None
        name = None if device is None else device.name_by_user or device.name
        return {
            LOGBOOK_ENTRY_NAME: name or DOMAIN,
            LOGBOOK_ENTRY_MESSAGE: message(hass, event.data),
            LOGBOOK_ENTRY_ICON: "mdi:telescope",
        }

    async_describe_event(DOMAIN, EVENT_LOGBOOK, describe)


@callback
def message(hass: HomeAssistant, told: Payload) -> str:
    """Return the translated message, with the time of the event if it was delivered late."""
    texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    kind, payload = str(told.get("type")), told.get("data")
    payload = payload if isinstance(payload, Mapping) else {}
    details = list(DETAILS[kind](payload)) if kind in DETAILS else []
    if kind == EventType.IMAGE_SAVED:
        hfr = number(_statistics(payload).get("hfr"))
        details.append(None if hfr is None else f"HFR {report_texts(hass).pixels(hfr)}")
    if kind == EventType.OTHER:
        details.append(one_line(str(told.get("name"))))
    if kind == EventType.SAFETY_CHANGED:
        details.append(texts.get(_SAFETY + ("on" if payload.get("is_safe") is not True else "off")))
    if kind in ROOF_EVENTS:
        details.append(texts.get(f"{_ROOF}{payload.get('reason')}"))
    text, told_with_it = _text(texts, kind), ", ".join(filter(None, details))
    if told_with_it:
        common = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
        text = common.get(_NAMED, "{name}: {answer}").format(name=text, answer=told_with_it)
    happened = moment(told.get("time")) if told.get("replayed") else None
    return text if happened is None else f"{text} ({_time(happened)})"


def _text(texts: Mapping[str, str], kind: str) -> str:
    """Return the text of an event type, the same wherever it is shown."""
    end = f".event_type.state.{kind}"
    found = (text for key, text in texts.items() if key.startswith(_TYPES) and key.endswith(end))
    return next(found, kind)
