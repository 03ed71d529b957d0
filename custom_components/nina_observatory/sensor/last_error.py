"""The last error of N.I.N.A., its equipment or the roof; kept over restarts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, override

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import callback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity
from homeassistant.util import dt as dt_util

from ..api import one_line
from ..api.models.wire import moment
from ..entities.source import SERVER
from ..events.bus import BusEvent, event_bus
from ..events.own_types import ERRORS
from ..readings.equipment_state import EquipmentState
from .description import NinaSensor, NinaSensorDescription

LONGEST_TEXT: Final = 255
# Keys of the payload with words of N.I.N.A.: what failed, and why.
_WORDS: Final = ("entity", "error")
_KINDS: Final = frozenset(str(each) for each in ERRORS)

LAST_ERROR: Final = NinaSensorDescription[EquipmentState](
    key="last_error",
    translation_key="last_error",
    source=SERVER,
    device_class=SensorDeviceClass.ENUM,
    options=[str(each) for each in ERRORS],
    # The entity shows what the bus of events brings.
    value_fn=lambda _: None,
)


@dataclass(frozen=True, slots=True)
class LastError(ExtraStoredData):
    """An error: its type, when it happened, and N.I.N.A.'s words for it, if there are any."""

    kind: str
    time: datetime
    text: str | None

    @override
    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "time": self.time.isoformat(), "text": self.text}

    @classmethod
    def of(cls, event: BusEvent) -> Self | None:
        """Return the error that an event reports; None if it reports none."""
        if event["type"] not in _KINDS:
            return None
        words = (event["data"].get(key) for key in _WORDS)
        text = ": ".join(
            one_line(each, LONGEST_TEXT) for each in words if isinstance(each, str) and each
        )
        time = moment(event["time"]) or dt_util.utcnow()
        return cls(event["type"], time, one_line(text, LONGEST_TEXT) or None)

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Self | None:
        """Return a stored error; None for any other shape."""
        kind, time, text = kept.get("kind"), moment(kept.get("time")), kept.get("text")
        if not isinstance(kind, str) or kind not in _KINDS or time is None:
            return None
        return cls(kind, time, one_line(text, LONGEST_TEXT) if isinstance(text, str) else None)


class NinaLastError(NinaSensor, RestoreEntity):
    """The last error, which is restored after a restart of Home Assistant."""

    _error: LastError | None = None

    @override
    async def async_added_to_hass(self) -> None:
        if (kept := await self.async_get_last_extra_data()) is not None:
            self._error = LastError.restored(kept.as_dict())
        await super().async_added_to_hass()
        bus = event_bus(self.hass, self.coordinator.config_entry)
        self.async_on_remove(bus.async_subscribe(self._handle_event))

    @property
    @override
    def available(self) -> bool:
        """Return True: an error stays known, no matter what is connected now."""
        return True

    @property
    @override
    def native_value(self) -> str | None:
        return None if self._error is None else self._error.kind

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        if self._error is None:
            return None
        return {"time": self._error.time, "text": self._error.text}

    @property
    @override
    def extra_restore_state_data(self) -> LastError | None:
        return self._error

    @callback
    def _handle_event(self, event: BusEvent) -> None:
        """Show an error; the bus brings events in their order, also those that were missed."""
        if (error := LastError.of(event)) is not None:
            self._error = error
            self.async_write_ha_state()
