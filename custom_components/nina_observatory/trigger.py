"""Triggers for the automation editor, named after the events they fire on."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Final, override

from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_EXCLUDE,
    STATE_OFF,
    STATE_ON,
    Platform,
    UnitOfTime,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.trigger import (
    EntityNumericalStateCrossedThresholdTriggerBase,
    EntityNumericalStateCrossedThresholdTriggerWithUnitBase,
    EntityTargetStateTriggerBase,
    EntityTriggerBase,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import DurationConverter

from .api import EventType, Role
from .const import DOMAIN
from .events.bus import MOMENT
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


def meant_entities(
    hass: HomeAssistant,
    target: ConfigType,
    entities: set[str],
    domains: Iterable[str],
    key: str,
) -> set[str]:
    """Return the entities with a role and key, such as `hub_hfr`, of the observatories in a target.

    Any entity stands for its observatory, so that each of its devices can be the target. Entities
    that the target leaves out stay out.
    """
    registry = er.async_get(hass)
    found = [entity for each in entities if (entity := registry.async_get(each)) is not None]
    entries = {entity.config_entry_id for entity in found if entity.platform == DOMAIN}
    meant = {
        registry.async_get_entity_id(domain, DOMAIN, f"{entry_id}_{key}")
        for entry_id in entries
        for domain in domains
    }
    named = {entity_id for entity_id in meant if entity_id is not None}
    return named - _excluded(hass, target, named) if CONF_EXCLUDE in target else named


def _excluded(hass: HomeAssistant, target: ConfigType, entities: set[str]) -> set[str]:
    """Return those of the entities that a target leaves out, themselves or with their device."""
    registry = er.async_get(hass)
    excluded = async_extract_referenced_entity_ids(
        hass,
        TargetSelection(target[CONF_EXCLUDE]),
        expand_group=False,
        primary_entities_only=False,
    )
    named = excluded.referenced | excluded.indirectly_referenced
    devices = excluded.referenced_devices
    found = {entity_id: registry.async_get(entity_id) for entity_id in entities}
    with_device = {key for key, each in found.items() if each and each.device_id in devices}
    return (entities & named) | with_device


class NinaTrigger(EntityTriggerBase):
    """A trigger for one kind of entity of this integration."""

    _key: ClassVar[str]
    # A device of which only such entities are enabled stands for its observatory as well.
    _primary_entities_only = False

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return meant_entities(self._hass, self._target, entities, self._domain_specs, self._key)


class MomentTrigger(NinaTrigger, StatelessEntityTriggerBase):
    """Fire at a live event of a type.

    It has the variables that the event entity would bring, which may be off.
    """

    _domain_specs = EVENTS
    _event_type: ClassVar[str]

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Follow the events of all observatories, and run the action for those in the target."""

        @callback
        def handle_moment(
            entry_id: str, key: str, kind: str, shown: Callable[[], Mapping[str, object]]
        ) -> None:
            if key != self._key or kind != self._event_type:
                return
            identity = f"{entry_id}_{key}"
            registry = er.async_get(self._hass)
            entity_id = registry.async_get_entity_id(Platform.EVENT, DOMAIN, identity)
            if entity_id is None or entity_id not in self._targets():
                return
            attributes = {"event_type": kind, **shown()}
            run_action(
                {
                    ATTR_ENTITY_ID: entity_id,
                    "from_state": self._hass.states.get(entity_id),
                    "to_state": State(entity_id, dt_util.utcnow().isoformat(), attributes),
                    "for": None,
                },
                f"state of {entity_id}",
            )

        return async_dispatcher_connect(self._hass, MOMENT, handle_moment)

    def _targets(self) -> set[str]:
        """Return the event entities that the target means now."""
        selected = async_extract_referenced_entity_ids(
            self._hass,
            TargetSelection(self._target),
            expand_group=False,
            primary_entities_only=self._primary_entities_only,
        )
        return self.entity_filter(selected.referenced | selected.indirectly_referenced)


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
    "night_watch_noticed_problem": _moment("hub_session", OwnEventType.NIGHT_WATCH_PENDING),
    "night_watch_triggered": _moment("hub_session", OwnEventType.NIGHT_WATCH_TRIGGERED),
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
