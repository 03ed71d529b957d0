"""Conditions for the automation editor, named after the states they test."""

from typing import ClassVar, Final, override

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .api import GuiderState
from .readings.sequence import SequenceState
from .roof.guard_state import GuardState
from .trigger import STATES, meant_entities

# The states of the roof guard while it is armed.
GUARDED: Final = tuple(state for state in GuardState if state is not GuardState.DISARMED)
# The states of a sequence that is known not to run, and is not about to.
STOPPED: Final = (
    SequenceState.NOT_READY,
    SequenceState.NOT_LOADED,
    SequenceState.IDLE,
    SequenceState.FINISHED,
    SequenceState.FAILED,
)


class NinaCondition(EntityStateConditionBase):
    """Test the state of one kind of entity of this integration."""

    _domain_specs = STATES
    _key: ClassVar[str]
    # As for triggers.
    _primary_entities_only = False

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return meant_entities(self._hass, self._target, entities, self._domain_specs, self._key)


def _state(key: str, *states: str) -> type[Condition]:
    return type("State", (NinaCondition,), {"_key": key, "_states": {*states}})


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_cooled": _state("camera_at_target_temperature", STATE_ON),
    "is_guiding": _state("guider_state", GuiderState.GUIDING),
    "is_imaging": _state("hub_imaging", STATE_ON),
    "is_parked": _state("mount_parked", STATE_ON),
    "is_roof_guarded": _state("dome_roof_guard", *GUARDED),
    "is_safe": _state("hub_not_safe", STATE_OFF),
    "is_sequence_running": _state(
        "hub_sequence_state", SequenceState.RUNNING, SequenceState.WAITING
    ),
    # *Not running* is true as well while the state is unknown.
    "is_sequence_stopped": _state("hub_sequence_state", *STOPPED),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of this integration."""
    return CONDITIONS
