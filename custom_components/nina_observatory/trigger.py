"""Triggers for the automation editor, named after the events they fire on."""

from typing import ClassVar, Final, override

from homeassistant.const import STATE_OFF, STATE_ON, Platform, UnitOfTime
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    EntityNumericalStateCrossedThresholdTriggerBase,
    EntityNumericalStateCrossedThresholdTriggerWithUnitBase,
    EntityTargetStateTriggerBase,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)
from homeassistant.util.unit_conversion import DurationConverter

from .api import EventType, Role
from .const import DOMAIN
from .events.own_types import OwnEventType
from .readings.safety import SafetyReason
from .readings.sequence import SequenceState

EVENTS: Final[dict[str, DomainSpec]] = {Platform.EVENT: DomainSpec()}
SENSORS: Final[dict[str, DomainSpec]] = {Platform.SENSOR: DomainSpec()}
STATES: Final[dict[str, DomainSpec]] = {
    Platform.BINARY_SENSOR: DomainSpec(),
    Platform.SENSOR: DomainSpec(),
}
SAFE: Final = {STATE_OFF}


def keep_own(hass: HomeAssistant, entities: set[str], key: str) -> set[str]:
    """Return the entities of this integration with a role and key, such as `hub_hfr`."""
    registry = er.async_get(hass)
    own = {f"{entry.entry_id}_{key}" for entry in hass.config_entries.async_entries(DOMAIN)}
    found = {entity_id: registry.async_get(entity_id) for entity_id in entities}
    return {
        entity_id
        for entity_id, entity in found.items()
        if entity is not None and entity.platform == DOMAIN and entity.unique_id in own
    }


class NinaTrigger(EntityTriggerBase):
    """A trigger for one kind of entity of this integration."""

    _key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return keep_own(self._hass, super().entity_filter(entities), self._key)


class MomentTrigger(NinaTrigger, StatelessEntityTriggerBase):
    """Fire when an event entity shows an event of a type."""

    _domain_specs = EVENTS
    _event_type: ClassVar[str]

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the event has that type."""
        return bool(state.attributes.get("event_type") == self._event_type)


class StateTrigger(NinaTrigger, EntityTargetStateTriggerBase):
    """Fire when an entity changes to a state."""

    _domain_specs = STATES


class SafeAgainTrigger(StateTrigger):
    """Fire when it becomes safe; the first reading after a start is no change."""

    _key = f"{Role.HUB}_not_safe"
    _to_states = SAFE

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether the state before was a known "not safe"."""
        known = from_state.attributes.get("reason") != SafetyReason.NO_READING
        return known and super().is_valid_transition(from_state, to_state)


class ThresholdTrigger(NinaTrigger, EntityNumericalStateCrossedThresholdTriggerBase):
    """Fire when a measurement crosses a threshold."""

    _domain_specs = SENSORS


class TimeToFlipTrigger(NinaTrigger, EntityNumericalStateCrossedThresholdTriggerWithUnitBase):
    """Fire when the meridian flip is less than the given time away."""

    _domain_specs = SENSORS
    _base_unit = UnitOfTime.MINUTES
    _unit_converter = DurationConverter
    _key = f"{Role.MOUNT}_time_to_meridian_flip"


def _moment(key: str, event_type: str) -> type[Trigger]:
    return type("Moment", (MomentTrigger,), {"_key": key, "_event_type": event_type})


def _state(key: str, state: str = STATE_ON) -> type[Trigger]:
    return type("State", (StateTrigger,), {"_key": key, "_to_states": {state}})


def _threshold(key: str) -> type[Trigger]:
    settings: dict[str, object] = {"_key": key}
    return type("Threshold", (ThresholdTrigger,), settings)


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "autofocus_failed": _moment("focuser_autofocus", EventType.AUTOFOCUS_FAILED),
    "autofocus_finished": _moment("focuser_autofocus", EventType.AUTOFOCUS_FINISHED),
    "camera_reached_temperature": _state("camera_at_target_temperature"),
    "guiding_error_crossed_threshold": _threshold("guider_rms_total"),
    "guiding_lost": _state("guider_guiding_lost"),
    "hfr_crossed_threshold": _threshold("hub_hfr"),
    "image_saved": _moment("hub_image", EventType.IMAGE_SAVED),
    "imaging_stalled": _state("hub_imaging_stalled"),
    "meridian_flip_finished": _moment("mount_mount", EventType.MERIDIAN_FLIP_FINISHED),
    "meridian_flip_started": _moment("mount_mount", EventType.MERIDIAN_FLIP_STARTED),
    "night_report_ready": _moment("hub_session", OwnEventType.NIGHT_REPORT),
    "rain_started": _state("weather_rain"),
    "roof_failed_to_close": _moment("dome_dome", OwnEventType.ROOF_CLOSE_FAILED),
    "roof_guard_closed_roof": _moment("dome_dome", OwnEventType.ROOF_GUARD_CLOSED),
    "roof_guard_closes_roof": _moment("dome_dome", OwnEventType.ROOF_GUARD_CLOSING),
    "safety_lost": _state("hub_not_safe"),
    "safety_restored": SafeAgainTrigger,
    "secure_finished": _moment("hub_session", OwnEventType.SECURE_FINISHED),
    "sequence_failed": _moment("hub_sequence", EventType.SEQUENCE_ENTITY_FAILED),
    "sequence_finished": _moment("hub_sequence", EventType.SEQUENCE_FINISHED),
    "sequence_started": _moment("hub_sequence", EventType.SEQUENCE_STARTED),
    "sequence_waits": _state("hub_sequence_state", SequenceState.WAITING),
    "sequence_waits_for_person": _state("hub_waiting_for_person"),
    "target_changed": _moment("hub_sequence", OwnEventType.TARGET_CHANGED),
    "time_to_meridian_flip_crossed_threshold": TimeToFlipTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of this integration."""
    return TRIGGERS
